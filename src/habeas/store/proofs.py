"""What proves the record to outsiders: a receipt of one entry, and the whole register as static files.

A receipt discloses exactly the fields that the page would show to the same account. Of all others it holds
only digests, which say nothing without their salts. An export may be published: leaves say nothing of
anybody, and only the introductions of keys are disclosed.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from habeas.core import asking
from habeas.core.case import fold
from habeas.core.entries import Actor, Entry, FieldSpec, Role, kind_of, specs
from habeas.core.entries.institutions import KeyAdded
from habeas.core.entries.oversight import FindingFiled
from habeas.core.orders import StayOrder
from habeas.core.visibility import (
    ORDER_READERS,
    Sight,
    may_open,
    recorded_by,
    sees_author,
    show,
    show_of_order,
    tells_of_monitoring,
    visible,
)
from habeas.inputs import unusable
from habeas.register import assertion
from habeas.register.checkpoint import parse_signed_checkpoint
from habeas.register.export import CHECKPOINT, KEYS, ExportError, Unverified, published_before, write_export
from habeas.register.fields import Disclosure, disclose
from habeas.register.files import alone_in, is_there
from habeas.register.keys import KeyDisclosure, key_line, log_keys_of
from habeas.register.leaf import parse_leaf
from habeas.register.note import VerifierKey
from habeas.register.proof import TlogProof
from habeas.register.receipt import Receipt, make_receipt, qr_text
from habeas.register.tiles import TILE_WIDTH, pack_bundle, parse_tile_path
from habeas.register.tree import TILE_HEIGHT, SubtreeHash, consistency_path, inclusion_path
from habeas.register.verify import verify_leaves
from habeas.store import chains, memory, read, sequencer, signing, streams, witnessed
from habeas.store.append import NotBegun
from habeas.store.keys import EndChanged, key_folder
from habeas.store.models import LogRow, PlaceRow
from habeas.store.nodes import hashes, subtrees
from habeas.store.records import BODY, Record, all_of, record_of
from habeas.store.sequencer import index_of, place_all

TOLD_OUTSIDE = ("kind", "stream", "version", "occurred_at", "recorded_at", "actor.party", "actor.role")
OF_BACKUP = ("sealed", "sealed.sha256")
"""What a backup has first and an export never: a folder with it must not be published."""


def receipt(entry_id: str, actor: Actor, chosen: Collection[str] = ()) -> bytes | None:
    """The receipt of an entry for this account; None when there is no such entry, or none of it is theirs to see.

    With `chosen` fields of its body it discloses just these, and what kind of entry it is of which stream, when and
    for which party: for a court that asked for one field. None when one of them is not theirs to see.
    """
    row = LogRow.objects.filter(entry_id=entry_id).first()
    if row is None or row.stream in streams.erased():
        return None
    record = record_of(row)
    shown = _paths(record, actor)
    if chosen:
        wanted = {BODY + each for each in chosen}
        shown = [each for each in shown if each in wanted or each in TOLD_OUTSIDE] if wanted <= {*shown} else []
    return _receipt(row, disclose(record.fields, shown)) if shown else None


def receipt_of(entry_id: str, fields: Collection[str]) -> bytes | None:
    """The receipt of an entry that discloses these fields of its body, what kind of entry it is, when it was
    recorded and for which party, and nothing else: never by whom. For somebody outside who may have just these."""
    row = LogRow.objects.filter(entry_id=entry_id).first()
    if row is None or row.stream in streams.erased():
        return None
    kept = record_of(row).fields
    paths = {*TOLD_OUTSIDE, *(BODY + each for each in fields)}
    shown = [each.path for each in kept if each.path in paths]
    return _receipt(row, disclose(kept, shown))


def qr(entry_id: str) -> str | None:
    """What the QR code on a printed receipt holds; None when there is no such entry."""
    row = LogRow.objects.filter(entry_id=entry_id).first()
    index = index_of(row.ticket) if row is not None else None
    if row is None or index is None:
        return None
    leaf = bytes(row.leaf)
    return qr_text(leaf, index, origin=parse_leaf(leaf).origin, log_key=log_key())


def export(directory: Path, progress: Callable[[int, int], None] | None = None) -> int:
    """Write the register into a folder, or bring an older export there up to date; the number of entries.

    `progress` is told how many entries of how many are done. Raises NotBegun, ExportError when the folder
    holds something else, Unverified, OSError when the disk fails.
    """
    with alone_in(directory):
        if any(is_there(directory / each) for each in OF_BACKUP):
            raise ExportError("register.export_into_backup", path=str(directory))
        place_all()
        note = witnessed.published_note()
        demand_verified(directory, note, progress)
        return write_out(directory, note, progress)


def demand_verified(directory: Path, note: bytes, progress: Callable[[int, int], None] | None = None) -> None:
    """Raise Unverified unless whoever verifies the register at this checkpoint, as it would lie in this folder, would
    be content. Of what lies there already the signatures were verified when it came; all else is asked again.
    Raises ExportError, and KeyLost when the key that signs is not ours."""
    checkpoint = parse_signed_checkpoint(note).checkpoint
    since, introductions = published_before(directory, checkpoint), _key_disclosures(checkpoint.size)
    declared = log_keys_of(introductions)
    key = key_folder().signer(declared[-1].verifier.fingerprint.hex()).verifier if declared else log_key()
    report = verify_leaves(_leaves(0, checkpoint.size, progress), note, introductions, key.text, since)
    if not report.ok:
        raise Unverified(report.problems)


def write_out(directory: Path, note: bytes, progress: Callable[[int, int], None] | None = None) -> int:
    """Write the register as it was at this checkpoint, which is published; its size. Raises ExportError, OSError."""
    size = parse_signed_checkpoint(note).checkpoint.size
    write_export(directory, _leaves(0, size, progress), checkpoint_note=note, key_disclosures=_key_disclosures(size))
    return size


def log_file(path: str) -> bytes | None:
    """What an export at the published checkpoint has at this path, or had there at a smaller one; None for nothing.
    Raises BehindPublished rather than go back: whoever has more would take an old copy for a lie."""
    tile = parse_tile_path(path)
    if tile is None and path not in (CHECKPOINT, KEYS):
        return None
    _demand_not_behind()
    try:
        note = witnessed.published_note()
    except NotBegun:
        return None
    _demand_not_behind()  # asked twice: what was read before a restore ended is an old copy's too
    size = parse_signed_checkpoint(note).checkpoint.size
    if tile is None:
        return b"".join(map(key_line, _key_disclosures(size))) if path == KEYS else note
    level, index, width = tile
    start, end = index * TILE_WIDTH, index * TILE_WIDTH + width
    if end > size >> TILE_HEIGHT * (level or 0):
        return None
    return pack_bundle(_leaves(start, end)) if level is None else b"".join(hashes(level, start, end))


def _demand_not_behind() -> None:
    if (found := memory.behind()) and found.published > found.size:
        raise found


def log_key() -> VerifierKey:
    """The log's own key: whoever verifies must get it another way than from an export."""
    return key_folder().signer(sequencer.log_key()).verifier


def demand_own_policy() -> None:
    """Raise inputs.Unusable unless the policy, if there is one, can be read and is about this register."""
    known = witnessed.policy()
    if known and LogRow.objects.exists() and (key := log_key()) not in known.logs.get(key.name, ()):
        raise unusable("server.policy_other_log", file=str(settings.HABEAS_POLICY), key=key.text)


def first_log_key() -> VerifierKey:
    """The key with which the register began: it introduced itself, and then the log's next one."""
    return chains.log_keys()[0][1].verifier


def _key_disclosures(size: int) -> list[KeyDisclosure]:
    introduced = LogRow.objects.filter(kind=kind_of(KeyAdded), place__index__lt=size)
    keys = introduced.annotate(index=F("place__index")).order_by("index")
    return [KeyDisclosure(row.index, all_of(row)) for row in keys]


def consistency(first: int, size: int) -> tuple[bytes, ...]:
    """The proof that the register of this size continues what it was at `first`; empty from nothing."""
    return consistency_path(first, size, subtrees()) if first else ()


def _paths(record: Record, actor: Actor) -> list[str]:
    """The paths that this account may see. The envelope is theirs when any of the body is."""
    kept = {field.path for field in record.fields}
    body = {BODY + each.name: each for each in specs(type(record.entry.body))}
    sees = _sight(record.entry, actor)
    shown = [path for path in sorted(kept & body.keys()) if sees(body[path])]
    envelope = [path for path in sorted(kept) if not path.startswith(BODY)]
    return envelope + shown if shown or not body else []


def _sight(entry: Entry, actor: Actor) -> Callable[[FieldSpec], bool]:
    orders = read.orders()
    if not sees_author(actor, entry) or not _is_listed(entry, actor):
        return lambda spec: False  # its envelope names who acted
    if entry.stream.startswith(streams.CASE):
        case = fold(streams.entries(entry.stream))
        opens = may_open(actor, case, orders)
        known = read.oversight()
        return lambda spec: opens and show(actor, case, entry, spec, orders, known=known)
    concerned = _is_concerned(entry, actor, orders)
    by_concern = {Sight.ALL: True, Sight.OWN: concerned}
    of_order = entry.stream.startswith(streams.ORDER)

    def sees(spec: FieldSpec) -> bool:
        named = getattr(entry.body, spec.name) if spec.refers == "case" else ()
        named = (named,) if isinstance(named, str) else named or ()
        sight = by_concern.get(visible(actor.role, spec.field_class), False)
        return sight and _opens_all(named, actor, orders) and (not of_order or show_of_order(actor, entry, spec))

    return sees


def _is_listed(entry: Entry, actor: Actor) -> bool:
    """Whether some page tells this account that the entry is there. The number of every entry is public, so what the
    pages hold back must not be had by its number."""
    if entry.stream.startswith((streams.ENQUIRY, streams.ASKER, streams.CLAIM)):
        return actor.role is Role.MONITOR or asking.sees(actor, entry, streams.entries(entry.stream)[0].body)
    if entry.stream.startswith(streams.ORDER):
        return actor.role in ORDER_READERS
    of_monitor = entry.stream.startswith(streams.OVERSIGHT)
    return not of_monitor or tells_of_monitoring(actor, entry, read.oversight(), timezone.now())


def _opens_all(cases: tuple[str, ...], actor: Actor, orders: tuple[StayOrder, ...]) -> bool:
    """Whether this account may open each of these cases. A field has one digest, so its numbers are disclosed
    all together or not at all."""
    return all(entries and may_open(actor, fold(entries), orders) for entries in map(streams.entries, cases))


def _is_concerned(entry: Entry, actor: Actor, orders: tuple[StayOrder, ...]) -> bool:
    """An order is shown to whoever recorded it, and to whoever may open a case that it names; one for a
    class, to everybody whom it may bind; what came in at the public desk to those who may read it there; a finding of
    the monitor to whoever may open the case that it is about."""
    if recorded_by(actor, entry) or entry.stream.startswith((streams.ENQUIRY, streams.ASKER, streams.CLAIM)):
        return True
    if isinstance(entry.body, FindingFiled) and entry.body.case:
        return _opens_all((entry.body.case,), actor, orders)
    entries = {each.id for each in streams.entries(entry.stream)}
    of_stream = [order for order in orders if order.id in entries]
    return any(
        order.describes_a_class or any(_opens_all((case,), actor, orders) for case in order.known_cases)
        for order in of_stream
    )


def _receipt(row: LogRow, disclosure: Disclosure) -> bytes | None:
    """The file of a receipt; None while the entry has no place in the tree."""
    index = index_of(row.ticket)
    if index is None:
        return None
    note = witnessed.note_holding(index)
    hashed = subtrees()
    proved = _proved(row, disclosure, note, hashed)
    in_it = LogRow.objects.filter(place__index__lt=parse_signed_checkpoint(note).checkpoint.size).order_by(
        "place__index"
    )
    signed = next((each.value for each in disclosure.disclosed if each.path == assertion.PATH), None)
    if isinstance(signed, dict):
        about = [each.id for each in signing.about_key(row.party, str(signed["key"]))]
        rows = in_it.filter(entry_id__in=about)
        proved = replace(proved, signing_key=tuple(_proved(each, all_of(each), note, hashed) for each in rows))
    log_keys = [each.ticket for each, _ in chains.log_keys()[1:]]
    later = tuple(_alone(each, all_of(each), note, hashed) for each in in_it.filter(ticket__in=log_keys))
    return make_receipt(replace(proved, log_keys=later))


def _proved(row: LogRow, disclosure: Disclosure, note: bytes, hashed: SubtreeHash) -> Receipt:
    """The receipt of an entry under a checkpoint, with that of its key, which ends at entry 0: nothing in these is
    hidden."""
    proved = _alone(row, disclosure, note, hashed)
    if proved.proof.index == 0:
        return proved
    found = chains.introductions()
    if (by := parse_leaf(proved.leaf).key.hex()) not in found:
        raise EndChanged
    rows = LogRow.objects.get(place__index=0), found[by][0]
    first, key = (_alone(each, all_of(each), note, hashed) for each in rows)
    return replace(proved, signer=replace(key, signer=first) if key.proof.index else first)


def _alone(row: LogRow, disclosure: Disclosure, note: bytes, hashed: SubtreeHash) -> Receipt:
    index, size = PlaceRow.objects.get(log=row.ticket).index, parse_signed_checkpoint(note).checkpoint.size
    path = inclusion_path(index, size, hashed)
    return Receipt(bytes(row.leaf), disclosure, TlogProof(index, path, note), None)


def _leaves(start: int, end: int, progress: Callable[[int, int], None] | None = None) -> Iterator[bytes]:
    rows = LogRow.objects.filter(place__index__gte=start, place__index__lt=end).order_by("place__index")
    leaves = rows.values_list("leaf", flat=True).iterator(chunk_size=2000)
    for done, leaf in enumerate(leaves, start=start + 1):
        if progress is not None:
            progress(done, end)
        yield bytes(leaf)
