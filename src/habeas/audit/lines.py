"""A text file made plain: one line a record, one sign between cells, no quotes, always as many cells as the header.

It is bytes in, bytes out, block by block, so that the size of a file never is the size in memory. A block whose lines
are all as they should be is passed on as it is; any other is read cell by cell. What is no record of the table keeps
its line, as a mark with the reason and the beginning of what stood there.
"""

import codecs
import csv
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from habeas.core.messages import Message, Parameter

CELL, MARK, WHY = "\x1f", "\x1d", "\x1e"  # separators that no table has inside a cell; one that does loses it
BLOCK, LONGEST, HEAD = 1 << 18, 1 << 20, 1 << 18  # larger blocks cost twice as much: each is mapped anew
LINES_IN_RECORD = 200
DELIMITERS = ",;\t|"
UNREADABLE = ("too_few_cells", "too_many_cells", "quote_open")
TOLD = 1_000
SHOWN = 80
EXPANDS_AT_MOST, EXPANDS_FREELY = 250, 1 << 28
"""How many times its own size a packed file may have unpacked, once it has that many bytes."""
OLD_ENCODING = "cp1252"
"""How a line is read that is not UTF-8: what spreadsheets on Windows write."""
ENCODINGS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
csv.field_size_limit(LONGEST)


class ReadingError(Exception):
    """A file that can't be read at all; `message` says why, and what to do."""

    def __init__(self, code: str, **parameters: Parameter) -> None:
        super().__init__(code, parameters)
        self.message = Message(f"audit.{code}", parameters)


@dataclass(slots=True)
class Bytes:
    """The bytes of a file, expanded where it is compressed, and what was met on the way."""

    file: BinaryIO
    is_gzip: bool
    met: Counter[str] = field(default_factory=Counter)
    taken: int = 0
    given: int = 0
    lines: int = 0

    def blocks(self) -> Iterator[bytes]:
        if not self.is_gzip:
            while some := self.file.read(BLOCK):
                yield some
            return
        expander = zlib.decompressobj(wbits=31)
        while some := self.file.read(1 << 16):
            self.taken += len(some)
            try:
                while some:
                    if expander.eof:  # a file may be several, one after the other
                        some = some.lstrip(b"\0")
                        expander = zlib.decompressobj(wbits=31) if some else expander
                    if made := expander.decompress(some, BLOCK):
                        yield self._held(made)
                    some = expander.unused_data if expander.eof else expander.unconsumed_tail
            except zlib.error:
                raise ReadingError("cut_gzip", line=self.lines + 1) from None
        if not expander.eof:
            raise ReadingError("cut_gzip", line=self.lines + 1)

    def _held(self, made: bytes) -> bytes:
        self.given += len(made)
        self.lines += made.count(b"\n")
        if self.given > max(EXPANDS_FREELY, EXPANDS_AT_MOST * self.taken):
            raise ReadingError("bomb", times=EXPANDS_AT_MOST)
        return made


def utf8(source: Bytes) -> Iterator[bytes]:
    """The blocks in UTF-8, without a mark at the beginning, and with line feeds alone."""
    blocks = source.blocks()
    first = next(blocks, b"")
    if not first:
        raise ReadingError("file_empty")
    encoding, mark = next(((name, mark) for mark, name in ENCODINGS if first.startswith(mark)), ("", b""))
    if not encoding and first[1:400:2].count(0) > len(first[:400]) // 3 and not first[:400:2].count(0):
        encoding = "utf-16-le"
    if not encoding and first[:HEAD].count(0) > len(first[:HEAD]) // 10:
        raise ReadingError("no_text", line=1)
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding.startswith("utf-16") else None
    if encoding:
        source.met[encoding] += 1
    only_returns = b"\r" in first and b"\n" not in first
    held = b""

    def changed(block: bytes, is_last: bool) -> bytes:
        block = decoder.decode(block, is_last).encode() if decoder else block
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")
            block = block.replace(b"\r", b"\n") if only_returns else block
        return block

    yield changed(first.removeprefix(mark), False)
    for block in blocks:
        block = held + block
        held = b"\r" if block.endswith(b"\r") and not only_returns and not decoder else b""
        yield changed(block[: len(block) - len(held)], False)
    yield changed(held, True)


def whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks again, each ending with a line."""
    rest, line = b"", 1
    for block in blocks:
        head, feed, rest = (rest + block).rpartition(b"\n")
        if feed:
            line += head.count(b"\n") + 1
            yield head + feed
        if len(rest) > LONGEST:
            raise ReadingError("line_too_long", line=line, most=LONGEST)
    if rest:
        yield rest + b"\n"


@dataclass(slots=True)
class Plain:
    """Writes the plain lines of one table; `line` is the next one in the file, from 1."""

    out: BinaryIO
    width: int
    met: Counter[str]
    line: int = 1
    marks: Counter[str] = field(default_factory=Counter)
    first: list[tuple[int, str]] = field(default_factory=list)

    def row(self, cells: Sequence[str], lines: int = 1) -> None:
        """One record, and empty marks for the lines that it goes on in."""
        if len(cells) > self.width and not any(cells[self.width :]):
            cells = cells[: self.width]
        if not any(cells):
            self.mark("empty", "")
        elif len(cells) == self.width:
            self._put(CELL.join(map(_cell, cells)))
        elif sum(map(bool, cells)) == 1 and len(cells) < self.width and not self._is_divided(max(cells, key=len)):
            self.mark("note", next(filter(None, cells)))
        else:
            self.mark("too_few_cells" if len(cells) < self.width else "too_many_cells", " | ".join(cells))
        for _ in range(lines - 1):
            self.mark("goes_on", "")

    def _is_divided(self, cell: str) -> bool:
        """Whether it is a whole row, by another delimiter than the rows before it."""
        return any(cell.count(each) >= self.width // 2 for each in DELIMITERS)

    def mark(self, why: str, text: str) -> None:
        """A line that is no record: why, and how it begins."""
        self.marks[why] += 1
        if why in UNREADABLE and len(self.first) < TOLD:
            self.first.append((self.line, why))
        self._put(f"{MARK}{why}{WHY}{_cell(text[:SHOWN])}" + CELL * (self.width - 1))

    def _put(self, line: str) -> None:
        self.out.write(line.encode() + b"\n")
        self.line += 1

    def block(self, block: bytes, delimiter: str, more: Callable[[], bytes]) -> None:
        """A block of whole lines; `more` gives the next one where a record goes on in it."""
        if b'"' not in block and b"\0" not in block and _is_utf8(block):
            made = block.replace(delimiter.encode(), CELL.encode())
            shape, width = made.translate(None, _ALL_BUT_SHAPE), self.width
            if shape == (CELL.encode() * (width - 1) + b"\n") * (len(shape) // width):
                self.out.write(made)
                self.line += len(shape) // width
                return
        self._cells(block, delimiter, more)

    def _cells(self, block: bytes, delimiter: str, more: Callable[[], bytes]) -> None:
        record = _Record(self._texts(block), lambda: self._texts(more()))
        while record.at < len(record.lines):
            first = record.lines[record.at]
            try:
                record.taken = 0
                cells = next(csv.reader(record, delimiter=delimiter))
                self.row([each.strip() for each in cells], record.taken)
            except (EOFError, csv.Error):
                record.taken = 1
                self.mark("quote_open", first.rstrip("\n"))
            record.at += record.taken

    def _texts(self, block: bytes) -> list[str]:
        if b"\0" in block:
            self.met["nul"] += 1
            block = block.replace(b"\0", b"")
        if _is_utf8(block):
            return [f"{each}\n" for each in block.decode().split("\n")[:-1]]
        texts = []
        for line in block.split(b"\n")[:-1]:
            if not _is_utf8(line):
                self.met["recoded"] += 1
            texts.append(line.decode("utf-8" if _is_utf8(line) else OLD_ENCODING, "replace") + "\n")
        return texts


@dataclass(slots=True)
class _Record:
    """The lines from `at` on, as one record asks for them: one that is open asks for more, and at last for too many."""

    lines: list[str]
    more: Callable[[], list[str]]
    at: int = 0
    taken: int = 0

    def __iter__(self) -> Iterator[str]:
        while self.taken < LINES_IN_RECORD:
            if self.at + self.taken == len(self.lines):
                self.lines += self.more()
            if self.at + self.taken == len(self.lines):
                break
            self.taken += 1
            yield self.lines[self.at + self.taken - 1]
        raise EOFError


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _cell(text: str) -> str:
    return text.translate(_CLEAN)


_CLEAN = {ord(each): " " for each in (CELL, MARK, WHY, "\n", "\r", "\0")}
_ALL_BUT_SHAPE = bytes(each for each in range(256) if chr(each) not in CELL + "\n")
