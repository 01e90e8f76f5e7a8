"""Finding a person by name. The index lies in the memory of this process and nowhere else.

A query may leave out accents, give the names in any order, in any script, or misspell them a little. What is
found is filtered by who asks before anybody sees it.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock

from rapidfuzz import fuzz, process

from habeas.core.case import fold
from habeas.core.entries import Entry, Unstated
from habeas.core.entries.custody import Admitted, ArrivedUnannounced, DepartedUnproposed
from habeas.core.entries.procedure import Proposed
from habeas.store import streams
from habeas.store.keys import KeyDamaged, KeyLost
from habeas.store.models import LogRow, PendingRow, PlaceRow
from habeas.store.statements import places_at_once

KINDS_WITH_NAMES = ("proposed", "arrived_unannounced", "departed_unproposed", "admitted", "corrected")
LEAST_LIKENESS = 75.0
NAMED_BY_ORDER = 85.0
"""How like a name must be to one in an order, of 100: our own, stricter than a search, for it stops what is done."""
MOST_FOUND = 200

# Letters that Unicode does not take apart into a plain letter and an accent.
_PLAIN: dict[str, str] = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}

# A name is often asked for in another alphabet than the record's: Cyrillic and Greek, letter by letter.
_PLAIN |= zip(
    "абвгдезиіклмнопрстуфыэґαβγδεζηικλμνοπρσςτυφω", "abvgdeziiklmnoprstufyegavgdeziiklmnoprsstyfo", strict=True
)
_PLAIN |= zip("жхцчшщъьюяєθξχψ", "zh kh ts ch sh shch   yu ya ye th x ch ps".split(" "), strict=True)
_LETTERS = str.maketrans(_PLAIN)


def plain(text: str) -> str:
    """A name as it is compared: no accents, no capitals, no hyphens, one space between its parts."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(each for each in decomposed if not unicodedata.combining(each)).translate(_LETTERS)
    return " ".join("".join(each if each.isalnum() else " " for each in letters).split())


@dataclass(slots=True)
class NameIndex:
    """Every name on record, by case. `last` is how far the register was read, `leaf` the hash found there:
    another hash at that place is another register."""

    last: int = -1
    leaf: bytes = b""
    names: dict[str, str] = field(default_factory=dict)
    erased: Mapping[str, object] | None = None
    in_orders: dict[str, tuple[str, ...]] = field(default_factory=dict)  # what `named` found, while no name came
    lock: Lock = field(default_factory=Lock)

    def find(self, text: str) -> list[str]:
        """Cases with a name like this one, the likest first; none for an empty text."""
        wanted = plain(text)
        if not wanted:
            return []
        with self.lock:
            self._catch_up()
            names = dict(self.names)
        found = process.extract(
            wanted, names, scorer=fuzz.token_set_ratio, score_cutoff=LEAST_LIKENESS, limit=MOST_FOUND
        )
        return [case for _, _, case in found]

    def named(self, text: str) -> tuple[str, ...]:
        """Every case that a court's order means which names somebody so, the likest first. A single word names only
        whoever has no other: it would else name everybody called so."""
        wanted = plain(text)
        with self.lock:
            self._catch_up()
            if wanted not in self.in_orders:
                several, names = " " in wanted, self.names.items()
                among = {case: name for case, name in names if several or len(set(name.split())) == 1}
                scorer = fuzz.token_set_ratio
                found = process.extract(wanted, among, scorer=scorer, score_cutoff=NAMED_BY_ORDER, limit=None)
                self.in_orders[wanted] = tuple(case for _, _, case in found)
            return self.in_orders[wanted]

    def _catch_up(self) -> None:
        """Read the entries that came since the last search; everything when it is another register."""
        erased = streams.erased()
        if erased is not self.erased or self.last < 0 or self.leaf != self._leaf_at(self.last):
            self.last, self.names, self.in_orders, self.erased = -1, {}, {}, erased
        # What waits is read before what is placed: nothing falls between.
        pending = [] if places_at_once() else list(PendingRow.objects.values_list("ticket", flat=True))
        for row in LogRow.objects.filter(ticket__in=pending, kind__in=KINDS_WITH_NAMES).order_by("ticket"):
            self._learn(row.stream)
        end = PlaceRow.objects.order_by("-index").values_list("index", flat=True).first()
        new = LogRow.objects.filter(place__index__gt=self.last, kind__in=KINDS_WITH_NAMES)
        of_cases = new.filter(stream__startswith=streams.CASE).order_by("place__index")
        for stream in dict.fromkeys(of_cases.values_list("stream", flat=True)):
            self._learn(stream)
        self.last = self.last if end is None else end
        self.leaf = self._leaf_at(self.last)

    def _learn(self, stream: str) -> None:
        if stream.startswith(streams.CASE):
            self.in_orders.clear()
            with suppress(KeyLost, KeyDamaged):  # a finding of its own, which must not hide everybody else
                self.names[stream] = plain(" ".join(_names(streams.entries(stream))))

    @staticmethod
    def _leaf_at(index: int) -> bytes:
        """The hash of the leaf at an index; empty when there is none."""
        found = PlaceRow.objects.filter(index=index).values_list("leaf_hash", flat=True).first()
        return bytes(found or b"")


def _names(entries: Sequence[Entry]) -> Iterator[str]:
    """Every name that the record has for the person of a case, also those that were corrected away."""
    for each in (*fold(entries).entries, *entries):
        stated: tuple[str | Unstated, ...] = ()
        match each.body:
            case Proposed() | ArrivedUnannounced() | DepartedUnproposed() as opening:
                stated = (opening.given_names, opening.family_names, *opening.other_names)
            case Admitted(distinguishing_name=name):
                stated = (name,)
        yield from (name for name in stated if not isinstance(name, Unstated))


NAMES = NameIndex()
