"""Random samples of cases: what the register adds to a drawing, and the tickets with which anybody checks it."""

from dataclasses import replace

from habeas.core.entries import Body
from habeas.core.entries.oversight import SampleDrawn
from habeas.core.oversight import draw, ticket
from habeas.register.canonical import to_base64
from habeas.register.checkpoint import parse_signed_checkpoint
from habeas.store import memory, read, streams
from habeas.store.models import CheckpointRow, LogRow, PlaceRow


def described(body: Body) -> Body:
    """A drawing with its checkpoint, the first after the announcement, and the cases that it draws. Without
    them while nothing was recorded since; any other body as it is."""
    sample = read.oversight().sample(body.announced) if isinstance(body, SampleDrawn) else None
    if sample is None or not isinstance(body, SampleDrawn):
        return body
    place = PlaceRow.objects.filter(log=sample.announced.entry.index).values_list("index", flat=True).first()
    found = CheckpointRow.objects.filter(size__gt=place + 1).order_by("size") if place is not None else ()
    later = next(filter(memory.is_ours, found), None)
    if later is None:
        return body
    said, cases = parse_signed_checkpoint(later.note.encode("utf-8")).checkpoint, _cases(later.size)
    root = to_base64(said.root)
    drawn = draw(cases, root=root, seed=body.seed, size=sample.announced.body.size)
    return replace(body, checkpoint=later.size, root=root, population=len(cases), drawn=drawn)


def checkpoint(size: int) -> str:
    """What the register said of itself at this size, signed: `habeas verify --since` takes it."""
    found = memory.published(size)
    if found is None:
        raise CheckpointRow.DoesNotExist
    return found.note


def tickets(size: int) -> tuple[str, ...]:
    """The ticket of each case that the register of this size held, sorted."""
    return tuple(sorted(map(ticket, _cases(size))))


def _cases(size: int) -> list[str]:
    rows = LogRow.objects.filter(version=0, place__index__lt=size, stream__startswith=streams.CASE)
    return list(rows.values_list("stream", flat=True))
