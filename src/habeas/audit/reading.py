"""A file from outside, read into columns of texts: by a process of its own with limits, because nobody vouches for it.

`read` starts that process; what it hands back is a Parquet file of texts in a private folder, and what it says of every
line: the header, what stood before it, and each line that could not be read with the reason.
"""

import csv
import gzip
import json
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from habeas.audit.engine import engine
from habeas.core.messages import Message, Parameter
from habeas.core.rules.sql import name_sql, value_sql

MEMORY_MOST, SECONDS_MOST, WRITTEN_MOST = 4 << 30, 900, 64 << 30
LINE_MOST = 1 << 20
"""Bytes of one line; a longer one is no row of a table."""
HEAD_LINES, HEADER_WITHIN = 200, 40
DELIMITERS = ",;\t|"
GZIP = b"\x1f\x8b"
BLOCK = 1 << 20
OLD_ENCODING = "cp1252"
"""How a line is read that is not UTF-8: what spreadsheets on Windows write."""
UNREADABLE_TOLD = 1_000


class ReadingError(Exception):
    """A file that can't be read at all; `message` says why, and what to do."""

    def __init__(self, code: str, **parameters: Parameter) -> None:
        super().__init__(code, parameters)
        self.message = Message(f"audit.{code}", parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of one file. `texts` has the columns `line` and then those of `header`; `rows` is how many rows it
    has, `before` how many lines stood before the header, `other_encoding` how many were not UTF-8. `unreadable` are the
    first lines that could not be read, with the reason, of `unreadable_count`."""

    texts: Path
    header: tuple[str, ...]
    rows: int
    before: int
    other_encoding: int
    unreadable: tuple[tuple[int, str], ...]
    unreadable_count: int


def read(path: Path, folder: Path, number: int) -> Read:
    """Read one file in a process of its own. Raises ReadingError."""
    texts = folder / f"texts-{number}.parquet"
    command = [sys.executable, "-m", "habeas.audit.reading", str(path), str(folder), str(texts)]
    ended = subprocess.run(  # noqa: S603 - this very module, by its own interpreter
        command, capture_output=True, text=True, check=False, timeout=SECONDS_MOST * 2
    )
    try:
        told = json.loads(ended.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        raise ReadingError("not_read", number=number) from None  # its limits ended it, or the file a library
    if "code" in told:
        raise ReadingError(told["code"], number=number, **told["parameters"])
    header, unreadable = tuple(told.pop("header")), tuple((line, why) for line, why in told.pop("unreadable"))
    return Read(texts=texts, header=header, unreadable=unreadable, **told)


# --- within the process ------------------------------------------------------------------------------


def main(path: str, folder: str, texts: str) -> None:
    """Answer with one line of JSON."""
    _limit()
    try:
        told = _read(Path(path), Path(folder), Path(texts))
    except ReadingError as error:
        told = {"code": error.message.code.removeprefix("audit."), "parameters": dict(error.message.parameters)}
    print(json.dumps(told))  # noqa: T201 - the answer to whoever started this process


def _limit() -> None:
    try:
        import resource
    except ImportError:  # not on Windows: the engine's own bounds hold there
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_MOST),
        (resource.RLIMIT_CPU, SECONDS_MOST),
        (resource.RLIMIT_FSIZE, WRITTEN_MOST),
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _read(path: Path, folder: Path, texts: Path) -> dict[str, Any]:
    plain = texts.with_suffix(".txt")
    try:
        lines, other_encoding = _plain(path, plain)
        head = _head(plain)
        delimiter = _delimiter(head)
        at, header = _header(head, delimiter)
        return {
            "header": header,
            "before": at,
            "other_encoding": other_encoding,
            **_columns(plain, texts, header, delimiter, range(at + 1, lines)),
        }
    finally:
        plain.unlink(missing_ok=True)


def _plain(path: Path, plain: Path) -> tuple[int, int]:
    """Write the file as UTF-8 with one kind of line end, unpacked; how many lines it has, and how many were in another
    encoding."""
    other = count = 0
    try:
        with _opened(path) as file, plain.open("wb") as out:
            while line := file.readline(LINE_MOST + 1):
                count += 1
                if len(line) > LINE_MOST:
                    raise ReadingError("line_too_long", line=count, most=LINE_MOST)
                if count == 1:
                    if line[:2] in (b"\xff\xfe", b"\xfe\xff"):
                        raise ReadingError("utf16")
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if b"\0" in line:
                    raise ReadingError("no_text", line=count)
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    other += 1
                    line = line.decode(OLD_ENCODING, "replace").encode("utf-8")
                out.write(line)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ReadingError("cut_gzip", line=count) from None
    except OSError as error:
        raise ReadingError("cannot_open", problem=error.strerror or type(error).__name__) from None
    return count, other


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP
    return cast(BinaryIO, gzip.open(path)) if is_packed else path.open("rb")


def _head(plain: Path) -> list[str]:
    with plain.open(encoding="utf-8", newline="") as file:
        return [line.rstrip("\r\n") for _, line in zip(range(HEAD_LINES), file, strict=False)]


def _delimiter(head: list[str]) -> str:
    """The one that divides most lines into the same number of at least two cells."""

    def fit(delimiter: str) -> tuple[int, int]:
        widths = Counter(map(len, _cells(head, delimiter)))
        width, count = max(widths.items(), key=lambda each: (each[0] > 1, each[1], each[0]), default=(1, 0))
        return (count if width > 1 else 0, width)

    best = max(DELIMITERS, key=fit)
    if fit(best)[0] == 0:
        raise ReadingError("no_table")
    return best


def _cells(head: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(head, delimiter=delimiter)
    except csv.Error:
        return


def _header(head: list[str], delimiter: str) -> tuple[int, list[str]]:
    """How many lines stand before the header, and its cells: the first line as wide as most, all of whose cells are
    given and different and none of which is a number."""
    rows = list(_cells(head, delimiter))
    width = Counter(len(each) for each in rows if len(each) > 1).most_common(1)[0][0]
    for at, cells in enumerate(rows[:HEADER_WITHIN]):
        names = [each.strip() for each in cells]
        if len(names) == width and all(names) and len({*names}) == width and not any(map(_is_number, names)):
            return at, names
    raise ReadingError("no_header", width=width)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()


def _columns(plain: Path, texts: Path, header: list[str], delimiter: str, lines: range) -> dict[str, Any]:
    """Write the rows that stand in these lines, counted from 0, as Parquet; how many there are, and what could not be
    read."""
    columns = "{" + ", ".join(f"{value_sql(f'c{n}')}: 'VARCHAR'" for n in range(len(header))) + "}"
    named = ", ".join(f"trim(c{n}) AS {name_sql(name)}" for n, name in enumerate(header))
    options = (
        f"delim={value_sql(delimiter)}, quote='\"', header=false, skip={lines.start:d}, columns={columns},"
        " auto_detect=false, null_padding=false, strict_mode=true, store_rejects=true, rejects_limit=0,"
        f" max_line_size={2 * LINE_MOST:d}"
    )
    with engine([plain.parent]) as reader:
        reader.execute(f"CREATE TABLE rows AS SELECT * FROM read_csv({value_sql(str(plain))}, {options})")
        refused = reader.execute(
            "SELECT line, min(error_type) FROM reject_errors GROUP BY line ORDER BY line"
        ).fetchall()
        bad = [line for line, _ in refused]
        (rows,) = reader.execute("SELECT count(*) FROM rows").fetchone() or (0,)
        reader.execute("CREATE TABLE bad (line BIGINT)")
        reader.executemany("INSERT INTO bad VALUES (?)", [[each] for each in bad]) if bad else None
        # Rows keep their order: the lines that are left, one after another, are theirs.
        reader.execute(
            f"CREATE TABLE good AS SELECT line, row_number() OVER (ORDER BY line) AS number FROM"
            f" range({lines.start + 1:d}, {lines.stop + 1:d}) AS t(line) WHERE line NOT IN (SELECT line FROM bad)"
        )
        reader.execute(
            f"COPY (SELECT coalesce(line, number) AS line, {named} FROM"
            f" (SELECT *, row_number() OVER () AS number FROM rows) LEFT JOIN good USING (number) ORDER BY number)"
            f" TO {value_sql(str(texts))} (FORMAT parquet)"
        )
    return {"rows": rows, "unreadable": refused[:UNREADABLE_TOLD], "unreadable_count": len(refused)}


if __name__ == "__main__":
    main(*sys.argv[1:])
