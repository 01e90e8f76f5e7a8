"""Check every entry by itself and in the chain of its key: form, signature, right to sign, nothing left out.

Every leaf of a log has the same length by its format (see `leaf`), so a leaf that parses and names this log
can't stick out.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from habeas.register.keys import LOG_PARTY, Key, KeyDisclosure, disclosed_key, introduction_problems
from habeas.register.leaf import NO_PREVIOUS, Leaf, check_leaf, verify_leaf_signature
from habeas.register.note import VerifierKey
from habeas.register.problems import GREATEST_PROBLEMS, ProblemList


@dataclass(slots=True)
class _Gap:
    """Counters [first, end) of one key were missing when the entry `index` came."""

    first: int
    end: int
    index: int


@dataclass(slots=True)
class _Chain:
    """How far one key's chain has come."""

    counter: int = 0
    last_hash: bytes = NO_PREVIOUS
    gaps: list[_Gap] = field(default_factory=list)


class ChainAudit:
    """Takes the entries in order; `allowed` are the keys that may sign now, one a party, by their fingerprints."""

    def __init__(
        self,
        origin: str,
        log_key: VerifierKey | None,
        introductions: Sequence[KeyDisclosure] | None,
        problems: ProblemList,
        verified: int = 0,
    ) -> None:
        """The signatures of the first `verified` entries are believed, and those of all if nothing is known of keys:
        whoever could not read the introductions has said so."""
        self.allowed: dict[bytes, Key] = {}
        self._ended: dict[bytes, int] = {}
        self._origin = origin
        self._verified = verified
        self._log_key = log_key
        self._knows_keys = introductions is not None
        self._introductions = {entry.index: entry for entry in introductions or ()}
        self._announced = {key.verifier.fingerprint: key for key in map(disclosed_key, introductions or ()) if key}
        self._chains: defaultdict[bytes, _Chain] = defaultdict(_Chain)
        self._problems = problems

    def add(self, index: int, data: bytes, data_hash: bytes) -> bool:
        """Check the next entry; `data_hash` is its tree hash. Whether a key that may sign it has signed it."""
        leaf = check_leaf(data, index, self._origin, self._problems)
        if leaf is None:
            return False
        if not self._knows_keys:
            self._follow(index, leaf, data_hash)
            return False
        before = self.allowed.get(leaf.key)  # whoever introduces its own successor may still do that
        self._introduce(index, leaf)
        key, later = before or self.allowed.get(leaf.key), self._announced.get(leaf.key)
        if key is not None:
            is_signed = index < self._verified or verify_leaf_signature(leaf, key.verifier)
            if not is_signed:
                self._problems.add("register.leaf_signature_wrong", index=index)
            self._follow(index, leaf, data_hash)
            return is_signed
        if leaf.key in self._ended:
            self._problems.add("register.key_ended", index=index, ended=self._ended[leaf.key])
        elif later is not None:
            self._problems.add("register.key_too_early", index=index, introduced=later.index)
        else:
            self._problems.add("register.key_unknown", index=index, key=leaf.key.hex())
        return False

    def finish(self) -> None:
        """Say what was still missing at the end of the log."""
        for gap in [gap for chain in self._chains.values() for gap in chain.gaps]:
            self._problems.add("register.chain_gap", index=gap.index, first_missing=gap.first, last_missing=gap.end - 1)

    def _introduce(self, index: int, leaf: Leaf) -> None:
        entry = self._introductions.get(index)
        if entry is None:
            if index == 0:
                self._problems.add("register.log_key_not_introduced")
            return
        wrong = introduction_problems(entry, leaf, self._log_key)
        self._problems.extend(wrong)
        key = disclosed_key(entry)
        if key is None:
            return
        if key.verifier.fingerprint in self.allowed or key.verifier.fingerprint in self._ended:
            self._problems.add("register.key_added_twice", index=index)
        elif wrong:
            self.allowed[key.verifier.fingerprint] = key  # told once, not again for each entry that it signed
        else:
            self._replace(key)

    def _replace(self, key: Key) -> None:
        """From here on a party signs with this key, and with none that it had."""
        for fingerprint, each in list(self.allowed.items()):
            if each.party == key.party:
                self._ended[fingerprint] = key.index
                del self.allowed[fingerprint]
        self.allowed[key.verifier.fingerprint] = key
        if key.party == LOG_PARTY:
            self._log_key = key.verifier

    def _follow(self, index: int, leaf: Leaf, data_hash: bytes) -> None:
        chain = self._chains[leaf.key]
        if leaf.counter < chain.counter:
            self._go_back(index, leaf.counter, chain)
            return
        if leaf.counter > chain.counter:
            if len(chain.gaps) < GREATEST_PROBLEMS:
                chain.gaps.append(_Gap(chain.counter, leaf.counter, index))
        elif leaf.previous != chain.last_hash:
            self._problems.add("register.chain_broken", index=index, counter=leaf.counter)
        chain.counter, chain.last_hash = leaf.counter + 1, data_hash

    def _go_back(self, index: int, counter: int, chain: _Chain) -> None:
        """A counter that came too late is one half of a swap; one that was there already is a second use."""
        gap = next((gap for gap in chain.gaps if gap.first <= counter < gap.end), None)
        if gap is None:
            self._problems.add("register.counter_reused", index=index, counter=counter)
            return
        chain.gaps.remove(gap)
        rest = [_Gap(gap.first, counter, gap.index), _Gap(counter + 1, gap.end, gap.index)]
        chain.gaps.extend(part for part in rest if part.first < part.end)
        self._problems.add("register.leaves_out_of_order", index=gap.index, other=index)
