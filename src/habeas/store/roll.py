"""The roll made again outside both states, out of a backup and the keys that are wrapped for the monitor; and the roll
as this system's own tables have it, to be held against the other.

Out of a backup an entry counts only if it opens and is what its leaf commits to. A case of which anything does not is
named and stands on no roll: what is missing could be an arrival or a release.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from django.db.models import Q

from habeas.core.case import fold
from habeas.core.entries import Entry, kind_of
from habeas.core.entries.erasure import CaseErased
from habeas.core.entries.fields import to_json
from habeas.core.messages import Message
from habeas.core.roll import APART, Held, Roll, differences, held
from habeas.register.checkpoint import Checkpoint
from habeas.register.export import read_bundle
from habeas.register.files import read_file
from habeas.register.leaf import parse_leaf
from habeas.register.problems import ProblemList, RegisterError
from habeas.register.tiles import TILE_WIDTH
from habeas.register.tree import leaf_hash
from habeas.store import read, statements, streams
from habeas.store.backup import FILE_MOST, WRAPPED, sealed_path, told_of
from habeas.store.keys import KeyDamaged, KeyFolder, KeyLost, SealBroken
from habeas.store.models import CaseRow, HeadRow, LogRow, PendingRow, StintRow
from habeas.store.records import CLEAR, LOST, is_committed, key_id, record_of, shows_stream

ABOUT_NOBODY, NO_KEY, CHANGED, GAP, NOT_SHOWN = (
    f"roll.{each}" for each in ("about_nobody", "no_key", "changed", "gap", "not_shown")
)
_ERASED, NO_ENTRY = kind_of(CaseErased), (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def rebuilt(directory: Path, said: Checkpoint, keys: Mapping[str, bytes], *, at: datetime, until: int) -> Roll:
    """The roll at a moment out of the first `until` entries of a backup at this checkpoint, whose leaves were verified;
    those after it are opened too. `keys` are those that the monitor opened. Raises RegisterError when the folder can't
    be read any more."""
    entries, unread = defaultdict[str, list[Entry]](list), defaultdict[tuple[str, str], list[int]](list)
    erased, rows_of, unused, folder = dict[str, int](), Counter[str](), {*keys}, KeyFolder(directory / WRAPPED, keys)
    for index, row, shown in _rows(directory, said.size):
        case = row.stream if row and row.stream.startswith(streams.CASE) else ""
        unused.discard(key_id(case, row.subject if row else None))
        is_erasure = row is not None and row.kind == _ERASED
        found: Entry | str | None = _opened(row, folder, shown)
        if is_erasure and found != CHANGED:
            erased[case] = index
        if isinstance(found, Entry):
            entries[case] += [found] if index < until else []
            found = None if found.version == rows_of[case] else GAP
        if isinstance(found, str) and (index < until or found != ABOUT_NOBODY):
            unread[case, found].append(index)
        rows_of[case] += 1
    about_nobody = len(unread.pop(("", ABOUT_NOBODY), ()))
    unread |= {(each, "roll.key_unused"): [said.size] for each in unused}
    rows = dict[str, Held | None]()
    for case in sorted(entries.keys() - erased.keys() - {case for case, _ in unread}):
        try:
            rows[case] = held(fold(entries[case]), at) if entries[case] else None
        except ValueError:
            unread[case, GAP].append(entries[case][0].index)
    why = (each for each in sorted(unread.items()) if each[0][0] not in erased or each[0][1] == CHANGED)
    told = (Message(code, {"case": case, "index": of[0], "count": len(of)}) for (case, code), of in why)
    known = {case: each for case, each in rows.items() if each}
    return Roll(said.origin, until, at, known, tuple(told), tuple(erased.items()), about_nobody)


def compared(directory: Path, size: int, here: Roll, there: Roll, now: datetime) -> list[Message]:
    """What `there` says otherwise than the roll that `rebuilt` made of its moment and its number of entries out of a
    folder of this size, all of whose rows were opened: about a case that is unread here, nothing."""
    unsure, out_of_time = {each.parameters["case"] for each in here.unread}, defaultdict[str, list[int]](list)
    for index, row, _ in _rows(directory, size):
        if row and index >= there.size and row.recorded_at < there.at - APART:
            out_of_time["roll.left_out"].append(index)
        if row and index < there.size and row.recorded_at > there.at + APART:
            out_of_time["roll.recorded_later"].append(index)
        if row and row.recorded_at > now + APART:
            out_of_time["roll.recorded_to_come"].append(index)
    told = [
        Message(code, {"case": "", "size": there.size, "at": there.at, "now": now, "index": of[0], "count": len(of)})
        for code, of in out_of_time.items()
    ]
    known = {case: row for case, row in there.held.items() if case not in unsure}
    return [*there.unread, *told, *differences(here.held, known)]


def of_tables(at: datetime) -> Roll:
    """The roll at a moment as the lists of the pages have it: which cases, and in which facility since when, by the
    tables; how each stands, by its entries. Names are left out."""
    with statements.snapshot():
        head, lasting = HeadRow.objects.get(), Q(until_at=None) | Q(until_at__gt=at)
        stretches = {each.case: each for each in StintRow.objects.filter(lasting, from_at__lte=at)}
        cases = CaseRow.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at)).order_by("case")
        rows = [_of_tables(each, stretches.get(each.case), at) for each in cases]
        size = head.size + PendingRow.objects.count()
    return Roll(head.origin, size, at, {each.case: each for each in rows if each})


def _of_tables(row: CaseRow, stretch: StintRow | None, at: datetime) -> Held | None:
    case = next(read.readable([row.case]), None)
    found = held(case, at) if case else Held(row.case, row.person, None, None, None, row.answers)
    if found is None or stretch is None:
        return found and found._replace(facility=None, name=None)
    return found._replace(facility=stretch.facility, since_at=str(to_json(stretch.from_at)), name=None)


def _rows(directory: Path, size: int) -> Iterator[tuple[int, LogRow | None, object]]:
    """Every place, with the row of its entry where the folder has one, and its leaf in it; and what is to show of which
    stream it is."""
    for first in range(0, size, TILE_WIDTH):
        path = sealed_path(first, size)
        data = ProblemList().attempt(partial(read_file, directory, path, limit=FILE_MOST)) or b""
        lines = (ProblemList().attempt(partial(told_of, line, path)) for line in data.splitlines())
        told = {each["entry_id"]: each for each in lines if each}
        leaves = read_bundle(directory, first // TILE_WIDTH, min(TILE_WIDTH, size - first))
        for index, leaf in enumerate(leaves, start=first):
            columns = told.get(parse_leaf(leaf).entry_id.hex(), {})
            said = {name: columns[name] for name in (*CLEAR, "sealed") if columns}
            row = LogRow(ticket=index, leaf=leaf, leaf_hash=leaf_hash(leaf), **said) if said else None
            yield index, row, columns.get("shown")


def _opened(row: LogRow | None, keys: KeyFolder, shown: object) -> Entry | str:
    """The entry of a row, or why there is none."""
    if row is None or row.kind == LOST:
        return "roll.row_missing" if row is None else "roll.lost"
    if streams.is_about_nobody(row):
        return ABOUT_NOBODY if shows_stream(shown, row) else NOT_SHOWN
    try:
        record = record_of(row, keys)
        return record.entry if is_committed(record, bytes(row.leaf)) else CHANGED
    except KeyLost:
        return NO_KEY
    except (SealBroken, KeyDamaged, RegisterError, *NO_ENTRY):
        return CHANGED  # whoever has the person's key can seal anything with it
