"""A file from outside, read into columns of texts: by a process of its own with limits, because nobody vouches for it.

`read` starts that process; what it hands back is a Parquet file of texts for each table (of a spreadsheet, each sheet)
in a private folder, and what it says of every line: the header, what stood before it, and each line that could not be
read with the reason.
"""

import csv
import json
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

import duckdb

from habeas.audit.engine import engine
from habeas.audit.lines import (
    BLOCK,
    CELL,
    DELIMITERS,
    HEAD,
    LONGEST,
    MARK,
    UNREADABLE,
    WHY,
    Bytes,
    Plain,
    ReadingError,
    utf8,
    whole_lines,
)
from habeas.core.rules.sql import name_sql, value_sql
from habeas.inputs import NO_ROOM

__all__ = ["Read", "ReadingError", "read"]
MEMORY_MOST, SECONDS_MOST, WRITTEN_MOST = 6 << 30, 900, 64 << 30
HEAD_LINES, HEADER_WITHIN, COLUMNS_MOST = 200, 40, 2_000
SHEETS_MOST, UNPACKED_MOST = 200, 3 << 29
GZIP, PARQUET, SHEETS = b"\x1f\x8b", b"PAR1", (b"PK\3\4", b"\xd0\xcf\x11\xe0")
NOT_ROWS = ("before", "empty", "goes_on")
TOTALS = (*"total totals subtotal sum summe gesamt totaal suma".split(), "grand total", "total general")
_SHEET = re.compile(r"xl/worksheets/[^/]*\.xml", re.IGNORECASE)
_FORMULA = rb"<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*"
_UNCOUNTED = re.compile(
    rb"<c\b[^>]*>\s*%b$|<c\b(?![^>]*\bt=.str)[^>]*>\s*%b(?:<v\s*/>|<v>\s*</v>)\s*$" % (_FORMULA, _FORMULA)
)
"""The end of a cell with a formula and no value. One that gives an empty text has an empty one, of the type `str`."""
FAULT, VALUE = "habeas fault", "habeas value"
ROW = "file_row_number"
"""The row of a table of texts, from 0: the engine's own column, so no column of a file is called so."""
WRITTEN = "FORMAT parquet, DICTIONARY_SIZE_LIMIT 1000, WRITE_BLOOM_FILTER false"
"""How tables of texts are written: most columns have too many values for a dictionary."""
KEPT = ("DATE", "DOUBLE", "FLOAT", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "BOOLEAN", "TIMESTAMP WITH TIME ZONE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of one table. `input` is the number of its file. `texts` has a row for each line, in their order,
    with the columns FAULT and VALUE (why a line is no row of the table, and how it begins), and then those of `header`;
    `rows` is how many rows it has, `before` how many lines stood before the header, `other_encoding` how many were not
    UTF-8. `unreadable` are the first lines that could not be read, with the reason, of `unreadable_count`. `sheet` and
    `title` are of its sheet, which has no columns where none of its rows names any. `twice` are the columns of the
    header that have a name that one before them has; `sha256` is of the bytes that were read."""

    input: int
    texts: Path
    header: tuple[str, ...]
    rows: int
    before: int = 0
    other_encoding: int = 0
    unreadable: tuple[tuple[int, str], ...] = ()
    unreadable_count: int = 0
    sheet: int = 0
    title: str = ""
    twice: tuple[str, ...] = ()
    sha256: str = ""


def read(path: Path, folder: Path, number: int) -> tuple[Read, ...]:
    """Read the tables of one file in a process of its own. Raises ReadingError, also where the file changes meanwhile:
    nobody could say then which bytes were read."""
    before, is_over = _state(path), Event()
    command = [sys.executable, "-m", "habeas.audit.reading", str(path), str(folder), str(number)]
    with ThreadPoolExecutor(1) as beside:
        hashed = beside.submit(_sha256, path, is_over)
        try:
            ended = subprocess.run(  # noqa: S603 - this very module, by its own interpreter
                command,
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS_MOST * 2,
                env={**os.environ, "TMPDIR": str(folder)},  # what it leaves there goes, however it ends
            )
            told = json.loads(ended.stdout.splitlines()[-1])
            if "code" in told:
                raise ReadingError(told["code"], number=number, **told["parameters"])
            digest = hashed.result()
        except (ValueError, IndexError, subprocess.TimeoutExpired):
            raise ReadingError("not_read", number=number) from None  # its limits ended it, or the file a library
        finally:
            is_over.set()
    if before is None or digest is None or before != _state(path):
        raise ReadingError("changed_meanwhile", number=number)
    return tuple(_handed(table, folder, input=number, sha256=digest) for table in told["tables"])


def _state(path: Path) -> tuple[int, ...] | None:
    """What changes with a file, None where it is gone."""
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns


def _sha256(path: Path, is_over: Event) -> str | None:
    """Of the bytes of a file, None where it can't be read or nobody wants it any more."""
    digest = sha256()
    try:
        with path.open("rb") as file:
            while some := file.read(1 << 20):
                if is_over.is_set():
                    return None
                digest.update(some)
    except OSError:
        return None
    return digest.hexdigest()


def _handed(table: dict[str, Any], folder: Path, **more: Any) -> Read:
    unreadable = tuple((line, why) for line, why in table.pop("unreadable", ()))
    texts, header, twice = folder / table.pop("texts"), tuple(table.pop("header")), tuple(table.pop("twice", ()))
    return Read(texts=texts, header=header, unreadable=unreadable, twice=twice, **more, **table)


# --- within the process ------------------------------------------------------------------------------


def main(path: str, folder: str, number: str) -> None:
    """Answer with one line of JSON."""
    _limit()
    try:
        told: dict[str, Any] = {"tables": [*_read(Path(path), Path(folder), f"texts-{number}")]}
    except ReadingError as error:
        told = {"code": error.message.code.removeprefix("audit."), "parameters": dict(error.message.parameters)}
    except MemoryError:
        told = {"code": "not_read", "parameters": {}}
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


def _read(path: Path, folder: Path, name: str) -> Iterator[dict[str, Any]]:
    plain = folder / f"{name}.txt"
    try:
        with path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            if magic == PARQUET:
                yield _of_parquet(path, folder / f"{name}.parquet")
            elif magic in SHEETS:
                yield from _of_sheets(path, plain)
            else:
                is_packed = magic.startswith(GZIP)
                try:
                    yield _of_text(Bytes(file, is_packed), plain)
                except ReadingError:
                    if path.suffix.lower() == ".gz" and not is_packed and magic:
                        raise ReadingError("no_gzip") from None
                    raise
    except OSError as error:
        if error.errno in NO_ROOM:  # only what is written here needs room
            raise ReadingError("no_room", folder=str(folder.parent)) from None
        raise ReadingError("cannot_open", problem=error.strerror or type(error).__name__) from None
    finally:
        plain.unlink(missing_ok=True)


def _of_text(source: Bytes, plain: Path) -> dict[str, Any]:
    blocks = whole_lines(utf8(source))
    first = next(blocks, b"")
    while len(first) < HEAD and (more := next(blocks, b"")):
        first += more
    head = [f"{each}\n" for each in first[:HEAD].decode("utf-8", "replace").split("\n")[:HEAD_LINES]]
    delimiter = _delimiter(head)
    lines, before, header, twice = _header(*_rows(head, delimiter))
    with plain.open("wb") as out:
        writer = Plain(out, len(header), source.met)
        *above, block = first.split(b"\n", lines)
        for line in above:
            writer.mark("before", line.decode("utf-8", "replace"))
        while block:
            writer.block(block, delimiter, lambda: next(blocks, b""))
            block = next(blocks, b"")
    return _table(plain, plain.with_suffix(".parquet"), header, writer, before) | {"twice": twice}


def _delimiter(head: Sequence[str]) -> str:
    """The one that divides most lines into the same number of at least two cells."""

    def fit(delimiter: str) -> tuple[int, int]:
        widths = Counter(map(len, _rows(head, delimiter)[0]))
        width, count = max(widths.items(), key=lambda each: (each[0] > 1, each[1], each[0]), default=(1, 0))
        return (count if width > 1 else 0, width)

    best = max(DELIMITERS, key=fit)
    if fit(best)[0] == 0:
        raise ReadingError("no_table")
    return best


def _rows(head: Sequence[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first rows, and the line on which each ends."""
    rows, ends = [], []
    reader = csv.reader(head, delimiter=delimiter)
    try:
        for cells in reader:
            rows.append([each.strip() for each in cells])
            ends.append(reader.line_num)
    except csv.Error:
        pass
    return rows, ends


def _header(rows: Sequence[Sequence[str]], ends: Sequence[int]) -> tuple[int, int, list[str], list[str]]:
    """The line on which the header ends, how many lines that say something stand before it, its cells, and those of
    them that have a name again: the first row as wide as most, almost all of whose cells are given and different and
    none of which is a number."""
    width = Counter(len(each) for each in rows if len(each) > 1).most_common(1)
    if width and width[0][0] > COLUMNS_MOST:
        raise ReadingError("too_many_columns", count=width[0][0], most=COLUMNS_MOST)
    for at, cells in enumerate(rows[:HEADER_WITHIN] if width else ()):
        given = [each for each in cells if each]
        if len(cells) != width[0][0] or len(given) < max(2, 0.6 * len(cells)) or any(map(_is_number, given)):
            continue
        if len({*given}) >= 0.6 * len(given):
            names = _named(cells)
            changed = [pair for pair in zip(names, cells, strict=True) if pair[0] != pair[1]]
            twice = [name for name, cell in changed if cell.lower() not in ("", ROW)]
            return ends[at], sum(any(each) for each in rows[:at]), names, twice
    raise ReadingError("no_header", width=width[0][0] if width else 2)


def _named(cells: Sequence[str]) -> list[str]:
    """Each with a name of its own: a column without one by its place, a second one of a name by its number."""
    names: dict[str, str] = {ROW: ""}  # in small letters, for which the engine takes them
    for place, each in enumerate(cells, 1):
        name, again = each or f"column {place}", 1
        while name.lower() in names:
            again += 1
            name = f"{each or f'column {place}'} ({again})"
        names[name.lower()] = name
    return [*names.values()][1:]


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()


def _table(plain: Path, texts: Path, header: Sequence[str], writer: Plain, before: int) -> dict[str, Any]:
    """Write the plain lines as Parquet; how many rows there are, and what could not be read."""
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(header)))
    named = ", ".join(f"{_bare(f'c{n}')} AS {name_sql(name)}" for n, name in enumerate(header))
    again = " AND ".join(
        f"c{n} = {value_sql(name)}" for n, name in enumerate(header[:4]) if not name.startswith("column ")
    )
    first = f"coalesce({', '.join(f'c{n}' for n in range(min(3, len(header))))})"
    longest = 2 * max(map(len, TOTALS))
    first = f"CASE WHEN strlen({first}) <= {longest} THEN lower(rtrim(trim({first}), ': ')) END"
    mark, why = value_sql(MARK), value_sql(WHY)
    source = (
        f"read_csv({value_sql(str(plain))}, header=false, auto_detect=false, delim={value_sql(CELL)}, quote='',"
        f" escape='', columns={{{columns}}}, null_padding=false, strict_mode=true, max_line_size={2 * LONGEST:d})"
    )
    with engine([plain.parent]) as reader:
        reader.execute(
            f"COPY (SELECT"
            f" CASE WHEN starts_with(c0, {mark}) THEN split_part(substr(c0, 2), {why}, 1)"
            f" WHEN {again or 'FALSE'} THEN 'header_again'"
            f" WHEN {first} IN ({', '.join(map(value_sql, TOTALS))}) THEN 'total' END AS {name_sql(FAULT)},"
            f" CASE WHEN starts_with(c0, {mark}) THEN split_part(c0, {why}, 2) END AS {name_sql(VALUE)}, {named}"
            f" FROM {source}) TO {value_sql(str(texts))} ({WRITTEN})"
        )
    return {
        "texts": texts.name,
        "header": list(header),
        "rows": writer.line - 1 - sum(writer.marks[each] for each in (*NOT_ROWS, *UNREADABLE)),
        "before": before,
        "other_encoding": writer.met["recoded"],
        "unreadable": writer.first,
        "unreadable_count": sum(writer.marks[each] for each in UNREADABLE),
    }


# --- spreadsheets and Parquet ------------------------------------------------------------------------


def _of_sheets(path: Path, plain: Path) -> Iterator[dict[str, Any]]:
    from python_calamine import CalamineWorkbook

    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(each.file_size for each in archive.infolist()) > UNPACKED_MOST:
                raise ReadingError("sheets_too_large", most=UNPACKED_MOST >> 20)
            if lacking := sum(_uncounted(archive, each) for each in archive.namelist() if _SHEET.fullmatch(each)):
                raise ReadingError("formulas_uncounted", count=lacking)
    found = 0
    for sheet, title, rows in _sheets(CalamineWorkbook, path):
        head = [[_text(cell) for cell in row] for row in rows[:HEAD_LINES]]
        try:
            lines, before, header, twice = _header(_trimmed(head), range(1, len(head) + 1))
        except ReadingError:
            filled = sum(any(map(_text, row)) for row in rows)
            yield {"texts": "", "header": [], "rows": filled, "sheet": sheet, "title": title}
            continue
        found += 1
        with plain.open("wb") as out:
            writer = Plain(out, len(header), Counter())
            for at, row in enumerate(rows, 1):
                cells = [_text(cell) for cell in row]
                writer.row(cells) if at > lines else writer.mark("before", " ".join(cells))
        yield {
            **_table(plain, plain.with_name(f"{plain.stem}-{sheet}.parquet"), header, writer, before),
            "sheet": sheet,
            "title": title,
            "twice": twice,
        }
    if not found:
        raise ReadingError("no_table")


def _uncounted(archive: zipfile.ZipFile, name: str) -> int:
    """How many cells of a sheet are a formula of which nobody has stored what it gives: they would be read as empty."""
    count, rest = 0, b""
    try:
        with archive.open(name) as part:
            while some := part.read(BLOCK):
                *cells, rest = (rest + some).split(b"</c>")
                count += sum(b"<f" in each and bool(_UNCOUNTED.search(each)) for each in cells)
                if len(rest) > LONGEST:
                    break  # no cell is as long: whoever reads it says so
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError):
        pass  # likewise
    return count


def _sheets(book: Any, path: Path) -> Iterator[tuple[int, str, list[list[Any]]]]:
    """Each sheet with its number and name; whatever the parser meets in a foreign file is said in one way."""
    try:
        opened = book.from_path(str(path))
        if len(opened.sheet_names) > SHEETS_MOST:
            raise ReadingError("too_many_sheets", most=SHEETS_MOST)
        for number, name in enumerate(opened.sheet_names, 1):
            yield number, name, opened.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (ReadingError, MemoryError):
        raise
    except Exception as error:
        raise ReadingError("broken_sheets", problem=type(error).__name__) from None


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    """Without the empty cells that a sheet has to the right of its table: as wide as its widest row that is full."""
    width = max((at for row in rows for at, cell in enumerate(row, 1) if cell), default=0)
    return [row[:width] for row in rows]


def _text(cell: Any) -> str:
    """A cell of a spreadsheet as it would stand in a file of text."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1 << 53:
        return str(int(cell))
    return str(cell).strip()


def _of_parquet(path: Path, texts: Path) -> dict[str, Any]:
    source = f"read_parquet({value_sql(str(path))})"
    try:
        with engine([path, texts.parent]) as reader:
            described = reader.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
            header = _named([name for name, *_ in described])
            named = zip(described, header, strict=True)
            values = ", ".join(f"{_value(name, type)} AS {name_sql(called)}" for (name, type, *_), called in named)
            none = f"CAST(NULL AS VARCHAR) AS {name_sql(FAULT)}, CAST(NULL AS VARCHAR) AS {name_sql(VALUE)}"
            reader.execute(f"COPY (SELECT {none}, {values} FROM {source}) TO {value_sql(str(texts))} ({WRITTEN})")
            [(rows,)] = reader.execute(f"SELECT count(*) FROM {source}").fetchall()
    except duckdb.Error as error:
        raise ReadingError("broken_parquet", problem=type(error).__name__) from None
    return {"texts": texts.name, "header": header, "rows": rows}


def _value(name: str, type: str) -> str:
    """A column of Parquet: what is a day or a number stays one, all else is text."""
    if type.startswith("TIMESTAMP") and type not in KEPT:
        return f"CAST({name_sql(name)} AS TIMESTAMP)"
    return name_sql(name) if type in KEPT else _bare(f"CAST({name_sql(name)} AS VARCHAR)")


def _bare(text: str) -> str:
    """Without spaces before and after, which few have."""
    return f"CASE WHEN {text} LIKE ' %' OR {text} LIKE '% ' THEN trim({text}) ELSE {text} END"


if __name__ == "__main__":
    main(*sys.argv[1:])
