"""Whose cosignatures a checkpoint needs (C2SP tlog-policy): logs, witnesses, groups of them, and one quorum.

log <vkey> [url]
witness <name> <vkey> [url]
group <name> <k|any|all> <member> ...
quorum <name|none>
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from habeas.register.cosignature import cosigned_at
from habeas.register.note import COSIGNER, Note, VerifierKey, parse_vkey
from habeas.register.problems import RegisterError

LENGTH_MAX = 64_000
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Who cosigns, and where it is asked; empty where the policy does not say."""

    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """So many of these members, which are witnesses or groups named before."""

    wanted: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A parsed policy. `quorum` names what must be met; None: no cosignature is asked."""

    logs: Mapping[str, tuple[VerifierKey, ...]]  # by origin; of one that took new keys as many as are named
    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str | None

    def is_met(self, cosigned: frozenset[str]) -> bool:
        """Whether these witnesses together are enough."""
        return self.quorum is None or self._met(self.quorum, cosigned)

    def covered(self, seen: Mapping[str, int]) -> int:
        """Up to which size enough of them have seen the log, each by the greatest size that it cosigned."""
        sizes = sorted({0, *seen.values()}, reverse=True)
        return next((size for size in sizes if self.is_met(frozenset(n for n, at in seen.items() if at >= size))), 0)

    def _met(self, name: str, cosigned: frozenset[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigned
        return sum(self._met(member, cosigned) for member in group.members) >= group.wanted

    def cosigners(self, note: Note) -> Mapping[str, int]:
        """When each witness of the policy cosigned the note. Raises RegisterError for a wrong cosignature."""
        times = {name: cosigned_at(note, each.key) for name, each in self.witnesses.items()}
        return {name: at for name, at in times.items() if at is not None}


def parse_policy(text: str) -> Policy:
    """Read a policy. Raises RegisterError with the first line that can't be used."""
    if len(text) > LENGTH_MAX:
        raise RegisterError("register.policy_line", line=1)
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        try:
            if words:
                reader.take(*words)
        except (RegisterError, TypeError, ValueError) as error:
            raise RegisterError("register.policy_line", line=number) from error
    if reader.quorum is None or not reader.logs:
        raise RegisterError("register.policy_incomplete")
    return Policy(
        logs=reader.logs,
        witnesses=reader.witnesses,
        groups=reader.groups,
        quorum=None if reader.quorum == NONE else reader.quorum,
    )


class _Reader:
    def __init__(self) -> None:
        self.logs: dict[str, tuple[VerifierKey, ...]] = {}
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None

    def take(self, word: str, *rest: str) -> None:
        lines: Mapping[str, Callable[..., None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        if word not in lines:
            raise ValueError("no such line")
        lines[word](*rest)

    def _log(self, vkey: str, _url: str = "") -> None:
        key = parse_vkey(vkey)
        self.logs[key.name] = (*self.logs.get(key.name, ()), key)

    def _witness(self, name: str, vkey: str, url: str = "") -> None:
        self._check_new(name)
        key = parse_vkey(vkey, COSIGNER)
        if any(each.key == key for each in self.witnesses.values()):
            raise ValueError("one key can't stand for two witnesses")
        self.witnesses[name] = Witness(key=key, url=url)

    def _group(self, name: str, wanted: str, *members: str) -> None:
        self._check_new(name)
        least = {"any": 1, "all": len(members)}.get(wanted) or int(wanted)
        if not 0 < least <= len(members) == len(set(members)) or any(self._is_new(each) for each in members):
            raise ValueError("a group asks for some of its members, each named before, each once")
        self.groups[name] = Group(wanted=least, members=members)

    def _quorum(self, name: str) -> None:
        if self.quorum is not None or (name != NONE and self._is_new(name)):
            raise ValueError("one quorum, of what is named before")
        self.quorum = name

    def _is_new(self, name: str) -> bool:
        return name not in self.witnesses and name not in self.groups

    def _check_new(self, name: str) -> None:
        if name == NONE or not self._is_new(name):
            raise ValueError("each name once")
