"""What the core has to say: a code and parameters. One sentence is made of it at the edge, in the
reader's language (`habeas.speech`), so that page, command line and API say the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

Parameter: TypeAlias = "str | int | Decimal | date | datetime | tuple[str, ...] | None"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to say. `code` is a key of the catalogue, `parameters` fill the sentence's braces."""

    code: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
