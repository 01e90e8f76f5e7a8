"""A restore that is killed, and what a killed backup leaves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.db import connection

from habeas.store import memory, proofs, sequencer, standing_audit
from habeas.store.backup import LIST, backup
from habeas.store.models import CosignatureRow, HeadRow, LogRow, SentForm
from habeas.store.restore import restore
from tests.store.example import Register
from tests.store.test_memory import copied
from tests.store.test_restore import AT, cosigned, lived, state


def test_killed_in_the_middle_it_brought_back_nothing_and_then_all(
    register: Register, data: Path, tmp_path: Path
) -> None:
    sequencer.place_all()
    put_back = copied(data)
    register.fill(3_000)
    sequencer.place_all()
    backup(tmp_path / "backup")
    before = state()
    put_back()
    size = HeadRow.objects.get().size
    connection.close()
    environment = os.environ | {"HABEAS_DATA": str(data), "HABEAS_KILL": "1"}
    if connection.vendor == "postgresql":
        from tests import postgres

        environment["HABEAS_DATABASE"] = postgres.url_of(str(connection.settings_dict["NAME"]))
    code = (
        "import os, signal; os.environ['DJANGO_SETTINGS_MODULE'] = 'habeas.settings'; import django; django.setup();"
        "from datetime import UTC, datetime; from pathlib import Path; from habeas.store import restore as r;"
        "seen = [];"
        f"r.restore(Path({str(tmp_path / 'backup')!r}), at=datetime.now(UTC), progress=lambda done, of:"
        " (seen.append(done), seen.count(done) == 2 and done > 1000 and os.kill(os.getpid(), signal.SIGKILL)))"
    )

    killed = subprocess.run([sys.executable, "-c", code], env=environment, check=False)

    assert killed.returncode == -signal.SIGKILL
    time.sleep(0.2)
    assert (HeadRow.objects.get().size, memory.behind() is not None) == (size, True)
    restore(tmp_path / "backup", at=AT)
    assert state() == before


def test_of_a_backup_that_was_killed_comes_nothing_that_hangs_on_later_entries(
    register: Register, data: Path, tmp_path: Path
) -> None:
    lived(register)
    put_back = copied(data)
    size = backup(tmp_path / "backup")
    (alice,) = register.propose("alice", "Alice", "Example")
    sequencer.place_all()
    SentForm.objects.create(account="officer-1", send_id="s2", tickets=[LogRow.objects.get(entry_id=alice.id).ticket])
    register.propose("charlie", "Charlie", "Example")
    sequencer.place_all()
    cosigned(register.now.replace(microsecond=0))
    proofs.export(tmp_path / "mirror")
    shutil.copytree(tmp_path / "backup", tmp_path / "killed")
    backup(tmp_path / "backup")
    _as_before_its_public_part(tmp_path / "backup", tmp_path / "killed")
    put_back()

    restored = restore(tmp_path / "killed", at=AT)
    leaves = restore(tmp_path / "mirror", at=AT, leaves_only=True)

    assert (restored.size, leaves.size, leaves.lost) == (size, size + 2, 2)
    assert list(SentForm.objects.values_list("send_id", flat=True)) == ["s1"]
    assert all(map(memory.holds, CosignatureRow.objects.all()))
    assert {each.code for each in standing_audit.audit(AT)} == {"audit.content_lost"}


def _as_before_its_public_part(done: Path, killed: Path) -> None:
    """What of a newer backup lies in the older folder when it is killed once its list is there."""
    lists = {line for folder in (killed, done) for line in (folder / LIST).read_text("utf-8").splitlines()}
    for line in lists:
        path = line.partition("  ")[2]
        if (done / path).exists():
            (killed / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(done / path, killed / path)
    (killed / LIST).write_text("".join(f"{line}\n" for line in sorted(lists)), encoding="utf-8")
