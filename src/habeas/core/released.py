"""What a release demands of each safeguard, and where a set of safeguards asks less: such a set decides nothing.

A demand is plain data, so that a release writes it down (`safeguards/released.json`), and a register adopts it. Words,
articles and examples are no part of it. More safeguards, steps, states and stricter evidence are allowed; anything
else that differs is a difference, also in a key that did not exist when the release was made.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from typing import TypeAlias
from zlib import compress, decompress

from habeas.core.clock_rules import ClockRule
from habeas.core.entries import Entry, Role
from habeas.core.entries.institutions import AgreementAdopted
from habeas.core.entries.oversight import LessDemanded
from habeas.core.facts import CATALOGUE, FactDefinition
from habeas.core.messages import Message
from habeas.core.rules import Rule
from habeas.core.safeguards import Instrument, Safeguard, SafeguardSet

Demands: TypeAlias = Mapping[str, Mapping[str, object]]
"""What is demanded, as JSON holds it, by the id of the safeguard and the key of its file or its instrument's."""

_WORDS = frozenset("id name law article title reason reservations source examples is_unbound".split())
_ADDRESS = ("instrument", "duty_of", "owner")


def demands(found: SafeguardSet) -> Demands:
    """What the safeguards and the clocks of a set demand, and what the facts are that they ask for."""
    both = {each.id: _demand(each) for each in found.safeguards} | {each.id: _stated(each) for each in found.clocks}
    both |= {f"fact {name}": _stated(CATALOGUE[name]) for each in found.safeguards for name in _asked(each)}
    plain: Demands = json.loads(json.dumps(both, default=_plain))
    return plain


def weaker(at_hand: Demands, than: Demands, what: str = "seal.released") -> Iterator[Message]:
    """Each safeguard that a set lacks, narrows, dates out or re-addresses, and in which key. `what`: the code of the
    words for what it is held against."""
    if not than:
        yield Message("seal.no_release", {})
    for id, was in than.items():
        now = at_hand.get(id)
        if now is None:
            yield Message("seal.lacks", {"safeguard": id, "what": what})
            continue
        for key in dict.fromkeys((*was, *now)):
            old, new = was.get(key) or None, now.get(key) or None
            if not (_KEEPS[key](old, new) if key in _KEEPS else old == new):
                less = "dates_out" if key == "bound" and _later(old, new) else "narrows"
                other = "readdresses" if key in _ADDRESS else "differs"
                code = f"seal.{less if key in _KEEPS else other}"
                yield Message(code, {"safeguard": id, "key": key, "what": what})


def adopted_demands(entries: Iterable[Entry]) -> str:
    """What a register demands, `packed`, by its adoptions and what the monitor confirmed, in register order.

    An adoption that asks less than the one before counts for nothing until the monitor's own entry names it.
    """
    most, less = "", dict[str, str]()
    for each in entries:
        match each.body:
            case AgreementAdopted(demands=str() as demanded):
                if most and demanded != most and any(weaker(unpacked(demanded), unpacked(most))):
                    less[each.id] = demanded
                else:
                    most = demanded
            case LessDemanded(adopted=id) if each.actor.role is Role.MONITOR:
                most = less.get(id, most)
    return most


def packed(found: Demands) -> str:
    """As one field of an entry holds it: `written`, deflated, in base64."""
    return b64encode(compress(written(found).encode())).decode()


def unpacked(text: str) -> Demands:
    found: Demands = json.loads(decompress(b64decode(text)))
    return found


def written(found: Demands) -> str:
    """As JSON, one safeguard a line, in the order of their ids."""
    lines = (f"{json.dumps(id)}: {json.dumps(found[id], sort_keys=True)}" for id in sorted(found))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _demand(safeguard: Safeguard) -> Mapping[str, object]:
    """Instrument and safeguard as one. The evidence is what each fact needs, named here or in the catalogue."""
    kinds = {fact: safeguard.evidence.get(fact) or CATALOGUE[fact].settled_by for fact in _asked(safeguard)}
    evidence = [f"{fact} {kind}" for fact in sorted(kinds) for kind in kinds[fact]]
    unbound = sorted(safeguard.instrument.not_bound)
    both = {**_stated(safeguard.instrument), **_stated(safeguard)}
    return {**both, "instrument": safeguard.instrument.id, "evidence": evidence, "not_bound": unbound}


def _asked(safeguard: Safeguard) -> tuple[str, ...]:
    return (*safeguard.condition.facts, *(safeguard.applies_when.facts if safeguard.applies_when else ()))


def _stated(of: Safeguard | Instrument | ClockRule | FactDefinition) -> dict[str, object]:
    return {each.name: getattr(of, each.name) for each in fields(of) if each.init and each.name not in _WORDS}


def _plain(value: object) -> str:
    return " ".join(value.text.split()) if isinstance(value, Rule) else str(value)


def _within(old: object, new: object) -> bool:
    """Whether nothing is in the first that is not in the second, keys of tables and texts of lists."""
    return set(old if isinstance(old, list | dict) else ()) <= set(new if isinstance(new, list | dict) else ())


def _later(old: object, new: object) -> bool:
    """Whether a state that is still bound is bound from a later day. Without a day it is bound on every day."""
    both = isinstance(old, dict) and isinstance(new, dict) and [(old[each], new[each]) for each in old if each in new]
    return any((now or "") > (was or "") for was, now in both or ())


_KEEPS: Mapping[str, Callable[[object, object], object]] = {
    "steps": _within,
    "bound": lambda old, new: _within(old, new) and not _later(old, new),
    "not_bound": lambda old, new: _within(new, old),
    "evidence": lambda old, new: _within(new, old),
    "applies_when": lambda old, new: new is None or new == old,  # without one, it always applies
    "settled_by": lambda old, new: _within(new, old),
    **dict.fromkeys(("everyone", "standard_for_others", "protective"), lambda old, new: new or not old),
}
