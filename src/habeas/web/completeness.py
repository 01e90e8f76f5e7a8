"""How complete the record of one person is: of what must be asked, what is known."""

from dataclasses import dataclass

from habeas.core.entries import Unstated, specs
from habeas.core.entries.custody import Admitted, ArrivedUnannounced
from habeas.core.entries.procedure import Proposed
from habeas.web.labels import field_label
from habeas.web.opened import Opened

ASKED = (Proposed, ArrivedUnannounced, Admitted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Of the answers that this account may see: how many were asked, how many are known, which are not."""

    asked: int
    known: int
    missing: tuple[str, ...]


def completeness(opened: Opened) -> Completeness:
    """Counts the answers that may be "not known" or "refused to say" in the opening and the book-in."""
    asked, missing = 0, []
    for entry in opened.case.entries:
        if not isinstance(entry.body, ASKED):
            continue
        for spec in specs(type(entry.body)):
            if spec.unstated and opened.sees(entry, spec):
                asked += 1
                if isinstance(getattr(entry.body, spec.name), Unstated):
                    missing.append(field_label(type(entry.body), spec.name))
    return Completeness(asked=asked, known=asked - len(missing), missing=tuple(missing))
