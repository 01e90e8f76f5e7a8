"""What one agreement, or one version of it, says and another doesn't, value by value in plain words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from habeas.core.terms import Agreement
from habeas.documents.terms_text import DETAIL, ITEM, PLAIN, Lines, Words, sources_of, terms_json
from habeas.documents.writing import Shown, as_data, fields, page, wrapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value that is another in the second, or that only one of the two has. `name` is its place in the file."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def how(self) -> str:
        return "changed" if self.before and self.after else "added" if self.after else "removed"


_SHOWN: Shown = {Change: fields("what=name how before after")}


def diff_text(first: Agreement, second: Agreement, lang: str) -> str:
    """What the second changes, adds and takes out, each with its sources."""
    one, other = _words(first, second, lang)
    found = tuple(_changes(one, other))
    texts = " ".join(text for each in found for text in (*each.before, *each.after))
    cited = {int(number) for number in re.findall(r"\[(\d+)[\],]", texts)}
    listed = (line for number, line in enumerate(one.listed(), start=1) if number in cited)
    return page(
        [
            wrapped(_heads(one, other)),
            *(one.section(f"terms.diff.{how}", _lines(one, how, found)) for how in ("changed", "added", "removed")),
            [] if found else [one.say("terms.text.no_difference")],
            one.section("terms.text.sources", listed),
        ]
    )


def diff_json(first: Agreement, second: Agreement, lang: str) -> dict[str, object]:
    """The same as one JSON document, with both agreements whole."""
    one, other = terms_json(first, lang), terms_json(second, lang)
    return {
        "habeas_terms_diff": 1,
        "differs_in": [name for name in one if name not in ("digest", "version") and one[name] != other.get(name)],
        "changes": as_data(tuple(_changes(*_words(first, second, lang))), lang, _SHOWN),
        "first": one,
        "second": other,
    }


def _words(first: Agreement, second: Agreement, lang: str) -> tuple[Words, Words]:
    """The words of both, with one list of sources."""
    sources = tuple(dict.fromkeys((*sources_of(first), *sources_of(second))))
    return Words(first, lang, sources), Words(second, lang, sources)


def _heads(one: Words, other: Words) -> Lines:
    for number, words in enumerate((one, other), start=1):
        agreement = words.agreement
        yield PLAIN, f"({number}) {agreement.title.said_in(words.lang)}"
        yield from ((DETAIL, text) for _, text in words.version())
        yield DETAIL, words.say("terms.text.digest", id=agreement.id, digest=agreement.digest)


def _changes(one: Words, other: Words) -> Iterator[Change]:
    before, after = ({name: tuple(text for _, text in lines) for name, lines in each.values()} for each in (one, other))
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name, ()), after.get(name, ())
        if was != now:
            yield Change(name=name, before=was, after=now)


def _lines(words: Words, how: str, found: tuple[Change, ...]) -> Lines:
    """The changes of one sort. What both say in the same words stands once, above what differs."""
    for each in found:
        if each.how != how:
            continue
        same = {*each.before} & {*each.after}
        texts = [] if how == "changed" else [*each.before, *each.after]
        texts += [text for text in each.before[:1] if text in same and how == "changed"]
        for code, said in (("before", each.before), ("after", each.after)):
            if how == "changed" and (other := " ".join(text for text in said if text not in same)):
                texts.append(words.say(f"terms.diff.{code}", text=other))
        yield from ((DETAIL if number else ITEM, text) for number, text in enumerate(texts))
