"""The answer about an exported register or a receipt, for people and as one JSON document."""

import json
from collections.abc import Iterator

from habeas.core.messages import Message, Parameter
from habeas.register.canonical import to_base64
from habeas.register.fields import Field
from habeas.register.verify import Report
from habeas.speech import say, visible

JSON_VERSION = 1


def verify_text(report: Report, language: str) -> str:
    """The verdict, all that does not hold, and only if nothing is wrong what the files say."""
    lines = [say(Message(report.verdict), language)]
    if report.problems:
        lines += ["", *(f"- {visible(say(each, language))}" for each in report.problems)]
    else:
        lines += ["", *_facts(report, language)]
    return "\n".join(lines) + "\n"


def verify_json(report: Report, language: str) -> dict[str, object]:
    """The same as data. What the files claim stands under `claimed` unless `ok` is true."""
    facts: dict[str, object] = {
        "origin": report.checkpoint and report.checkpoint.origin,
        "size": report.checkpoint and report.checkpoint.size,
        "root": report.checkpoint and to_base64(report.checkpoint.root),
        "keys": [{"index": key.index, "party": key.party, "vkey": key.verifier.text} for key in report.keys],
        "index": report.index,
        "party": report.party,
        "disclosed": [{"path": each.path, "value": each.value} for each in report.disclosed],
    }
    return {
        "habeas_verify": JSON_VERSION,
        "ok": report.ok,
        "verdict": report.verdict.partition("_")[2],
        "signer_established": report.signer_established,
        "sentence": say(Message(report.verdict), language),
        "problems": [
            {"code": each.code, "parameters": dict(each.parameters), "sentence": say(each, language)}
            for each in report.problems
        ],
        "established" if report.ok else "claimed": facts,
    }


def _facts(report: Report, language: str) -> Iterator[str]:
    yield say(Message("cli.verify_established" if report.ok else "cli.verify_claimed"), language)
    if checkpoint := report.checkpoint:
        yield "  " + say(Message("cli.verify_origin", {"origin": checkpoint.origin}), language)
        yield "  " + say(Message("cli.verify_size", {"size": checkpoint.size}), language)
        yield "  " + say(Message("cli.verify_root", {"root": to_base64(checkpoint.root)}), language)
    for key in report.keys:
        parameters: dict[str, Parameter] = {"party": key.party, "key": key.verifier.text, "index": key.index}
        yield "  " + visible(say(Message("cli.verify_key", parameters), language))
    if report.index is not None:
        entry: dict[str, Parameter] = {"index": report.index, "party": report.party or ""}
        yield "  " + visible(say(Message("cli.verify_entry", entry), language))
    for each in report.disclosed:
        yield "    " + _field(each)


def _field(disclosed: Field) -> str:
    value = disclosed.value
    return visible(f"{disclosed.path}: {value if isinstance(value, str) else _as_json(value)}")


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
