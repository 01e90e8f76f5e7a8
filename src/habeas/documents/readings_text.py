"""What a body read, opened with its secret key, for people and as one JSON document."""

import json
from collections.abc import Iterable

from habeas.register.canonical import from_base64
from habeas.register.sealed import open_sealed
from habeas.speech import said, visible

Reading = dict[str, str]


def opened(lines: Iterable[str], secret: bytes) -> list[Reading]:
    """The readings that this key opens, in the order of time; those of other bodies are passed over."""
    found = (open_sealed(from_base64(each.strip()) or b"", secret) for each in lines)
    readings: list[Reading] = [json.loads(each) for each in found if each is not None]
    return sorted(readings, key=lambda each: each["at"])


def unwrapped(lines: Iterable[str], secret: bytes) -> dict[str, bytes]:
    """The people's keys that this key opens, by their ids."""
    named = (each.split(" ") for each in lines if each.count(" ") == 1)
    found = {key_id: open_sealed(from_base64(sealed.strip()) or b"", secret) for key_id, sealed in named}
    return {key_id: key for key_id, key in found.items() if key is not None}


def readings_text(readings: list[Reading], language: str) -> str:
    lines = [visible(f"{each['at']}  {each['account']}  {each['case']}") for each in readings]
    return "\n".join([*lines, said("cli.readings_count", language, count=len(readings))]) + "\n"


def readings_json(readings: list[Reading], language: str) -> dict[str, object]:
    return {"habeas_readings": 1, "readings": readings}
