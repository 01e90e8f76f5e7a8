"""A file is put in place whole, whoever else writes it at the same moment and whatever a killed process left of one."""

from __future__ import annotations

import fcntl
import threading
import time
from pathlib import Path

from habeas.register.files import alone_in, write_file


def waits_for_a_lock(thread: threading.Thread) -> bool:
    """Whether the system says so: a line with an arrow is somebody who waits."""
    lines = Path("/proc/locks").read_text("ascii").splitlines()
    return thread.is_alive() and any("-> FLOCK" in each for each in lines)


def waited_for(thread: threading.Thread) -> None:
    until = time.monotonic() + 120
    while not waits_for_a_lock(thread):
        assert thread.is_alive()
        assert time.monotonic() < until
        time.sleep(0.01)


def test_two_who_write_one_file_each_put_it_in_place_whole(tmp_path: Path) -> None:
    with (tmp_path / "a.new").open("wb") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        first.write(b"first, who has not finished")
        first.flush()
        second = threading.Thread(target=write_file, args=(tmp_path, "a", b"second"))
        second.start()
        waited_for(second)
        assert (tmp_path / "a.new").read_bytes() == b"first, who has not finished"
        (tmp_path / "a.new").replace(tmp_path / "a")
    second.join(120)

    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"a": b"second"}


def test_what_a_killed_process_left_of_a_file_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.new").write_bytes(b"half of something that was much longer")

    write_file(tmp_path, "a", b"whole")

    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"a": b"whole"}


def test_one_at_a_time_works_in_a_folder(tmp_path: Path) -> None:
    order: list[str] = []

    def other() -> None:
        with alone_in(tmp_path / "new" / "folder"):
            order.append("second")

    with alone_in(tmp_path / "new" / "folder"):
        second = threading.Thread(target=other)
        second.start()
        waited_for(second)
        order.append("first")
    second.join(120)

    assert order == ["first", "second"]
