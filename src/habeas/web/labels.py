"""Labels of kinds, fields, acts, roles and stages, by their codes, in the language of the page."""

import unicodedata
from enum import StrEnum

from django.utils.translation import get_language, gettext

from habeas.core.entries import Unstated, kind_of
from habeas.core.messages import Message
from habeas.speech import say


def language() -> str:
    """The language of the page: `en` or `es`."""
    return "es" if (get_language() or "en").startswith("es") else "en"


def sentence(message: Message) -> str:
    """A message of the core as one sentence in the language of the page."""
    return say(message, language())


def label(code: str) -> str:
    """The label of a code such as `act.propose` or `stage.held`; the code itself when it has none."""
    return gettext(code)


def field_label(body: type, name: str) -> str:
    """What a field of an entry is called."""
    return label(f"entry.{kind_of(body)}.{name}")


def field_hint(body: type, name: str) -> str:
    """Help for a field, or nothing."""
    code = f"entry.{kind_of(body)}.{name}.hint"
    found = label(code)
    return "" if found == code else found


def choice_label(value: StrEnum) -> str:
    """One of the answers that a field allows."""
    if isinstance(value, Unstated):
        return label(f"unstated.{value.value}")
    return label(f"choice.{type(value).__name__}.{value.value}")


def sorting(text: str) -> str:
    """A key that sorts a name without regard to case and accents."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(each for each in apart if unicodedata.category(each) != "Mn")
