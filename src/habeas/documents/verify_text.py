"""The answer about an exported register or a receipt, for people and as one JSON document."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from habeas.register.asserted import Asserted
from habeas.register.canonical import to_base64
from habeas.register.problems import Problem
from habeas.register.verify import NOT_COMPARABLE, Report
from habeas.speech import Sayable, said, say, visible

JSON_VERSION = 1
KINDS_SHOWN, PLACES_SHOWN = 5, 3
GREATEST_SHOWN = 253_402_300_799  # the last second of the year 9999


def verify_text(report: Report, language: str) -> str:
    """The verdict, all that does not hold, and only if nothing is wrong what the files say."""
    is_wrong = {each.code for each in report.problems} - NOT_COMPARABLE
    found = _refused(report.problems, language) if is_wrong else _facts(report, language)
    return "\n".join([visible(_verdict(report, language)), "", *map(visible, found)]) + "\n"


def verify_json(report: Report, language: str) -> dict[str, object]:
    """The same as data. What the files claim stands under `claimed` unless `ok` is true."""
    facts: dict[str, object] = {
        "origin": report.checkpoint and report.checkpoint.origin,
        "size": report.checkpoint and report.checkpoint.size,
        "root": report.checkpoint and to_base64(report.checkpoint.root),
        "cosigned": {name: moment(at) for name, at in report.cosigned.items()},
        "later_key": report.later and {"index": report.later.index, "vkey": report.later.verifier.text},
        "keys": [{"index": key.index, "party": key.party, "vkey": key.verifier.text} for key in report.keys],
        "index": report.index,
        "party": report.party,
        "asserted": report.asserted
        and {
            "account": report.asserted.account,
            "with": _with(report.asserted),
            "key": report.asserted.key.fingerprint,
            "site": report.asserted.key.site,
            "introduced": report.asserted.introduced,
        },
        "disclosed": [{"path": each.path, "value": each.value} for each in report.disclosed],
    }
    return {
        "habeas_verify": JSON_VERSION,
        "ok": report.ok,
        "verdict": report.verdict.partition("_")[2],
        "signer_established": report.signer_established,
        "sentence": _verdict(report, language),
        "problems": _sentences(report.problems, language),
        "remarks": _sentences(report.remarks, language),
        "established" if report.ok else "claimed": facts,
    }


def _verdict(report: Report, language: str) -> str:
    """In one sentence; of many problems the first, of which the others come."""
    what = say(report.problems[0], language) if report.problems else ""
    return said(report.verdict, language, what=what, **report.told)


def _refused(problems: Iterable[Problem], language: str) -> Iterator[str]:
    """What to do, and where else something is wrong: a sentence for each kind of problem, and a few more entries."""
    yield said("cli.verify_refused", language)
    kinds: dict[str, list[Problem]] = {}
    for each in problems:
        kinds.setdefault(each.code, []).append(each)
    for at, (first, *more) in enumerate(list(kinds.values())[:KINDS_SHOWN]):
        places = [str(each.parameters["index"]) for each in more[:PLACES_SHOWN] if "index" in each.parameters]
        entries = ", ".join(places) + (", …" if len(more) > len(places) else "")
        also = said(
            "cli.verify_more_entries" if places else "cli.verify_more", language, count=len(more), entries=entries
        )
        # The first sentence is in the verdict.
        if sentences := [*([say(first, language)] if at else []), *([also] if more else [])]:
            yield f"- {' '.join(sentences)}"
    if left := sum(map(len, list(kinds.values())[KINDS_SHOWN:])):
        yield f"- {said('cli.verify_more_kinds', language, count=left)}"


def _sentences(about: Iterable[Sayable], language: str) -> list[dict[str, object]]:
    return [{"code": each.code, "parameters": dict(each.parameters), "sentence": say(each, language)} for each in about]


def _facts(report: Report, language: str) -> Iterator[str]:
    yield said("cli.verify_established" if report.ok else "cli.verify_claimed", language)
    if checkpoint := report.checkpoint:
        yield "  " + said("cli.verify_origin", language, origin=checkpoint.origin)
        yield "  " + said("cli.verify_size", language, size=checkpoint.size)
        yield "  " + said("cli.verify_root", language, root=to_base64(checkpoint.root))
    for name, at in sorted(report.cosigned.items()):
        yield "  " + said("cli.verify_cosigned", language, name=name, at=moment(at))
    for key in report.keys:
        yield "  " + said("cli.verify_key", language, party=key.party, key=key.verifier.text, index=key.index)
    if report.index is not None:
        yield "  " + said("cli.verify_entry", language, index=report.index, party=report.party or "")
    if by := report.asserted:
        told: dict[str, str | int] = {
            "account": by.account,
            "key": by.key.fingerprint,
            "index": by.introduced,
            "site": by.key.site or "",
        }
        yield "  " + said(f"cli.verify_by_{_with(by)}", language, **told)
    elif report.index is not None:
        yield "  " + said("cli.verify_by_party_alone", language)
    for each in report.disclosed:
        value = each.value if isinstance(each.value, str) else json.dumps(each.value, ensure_ascii=False)
        yield f"    {each.path}: {value}"
    for remark in report.remarks:
        yield from ("", say(remark, language))


def _with(by: Asserted) -> str:
    return "passkey" if by.key.site else "system_key"


def moment(seconds: int) -> str:
    """Unix seconds as UTC."""
    return datetime.fromtimestamp(min(seconds, GREATEST_SHOWN), UTC).isoformat()
