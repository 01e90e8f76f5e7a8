"""Who of a party signed an entry, from its receipt alone: the assertion, and the entries about its key.

An entry `passkey_given` or `system_key_given` introduces the key, and is disclosed whole, or two readers could be
shown two different keys. An entry `signing_key_ended` ends it. Both count by position in the tree, never by a clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from habeas.register.assertion import NOT_SIGNED, PATH, SigningKey, check_assertion, signed_digest, site_name
from habeas.register.canonical import Value, from_base64
from habeas.register.fields import Disclosure, field_digest
from habeas.register.leaf import Leaf
from habeas.register.problems import RegisterError

PASSKEY_GIVEN, SYSTEM_KEY_GIVEN, KEY_ENDED = "passkey_given", "system_key_given", "signing_key_ended"
ACCOUNT, PARTY = "actor.account", "actor.party"


@dataclass(frozen=True, slots=True)
class Stated:
    """An entry of a receipt; `party` is whose key signed its leaf. What is disclosed was checked against the leaf."""

    index: int
    party: str | None
    disclosure: Disclosure

    @property
    def values(self) -> Mapping[str, Value]:
        return {item.path: item.value for item in self.disclosure.disclosed}

    @property
    def is_whole(self) -> bool:
        return len(self.disclosure.disclosed) == len(self.disclosure.digests)


@dataclass(frozen=True, slots=True)
class Asserted:
    """Who signed an entry: an account, with a key that the entry `introduced` gave it."""

    account: str
    key: SigningKey
    introduced: int


def key_given(values: Mapping[str, Value]) -> tuple[str, SigningKey]:
    """The account and the key that an entry with these fields introduces. Raises RegisterError if it is none."""
    account, site = values.get(ACCOUNT), values.get("body.site")
    if values.get("kind") == SYSTEM_KEY_GIVEN:
        account, site = values.get("body.account"), None
    elif values.get("kind") != PASSKEY_GIVEN or not isinstance(site, str) or site_name(site) is None:
        raise RegisterError("register.assertion_without_key")
    text = values.get("body.public_key")
    public = from_base64(text) if isinstance(text, str) else None
    if public is None or not isinstance(account, str):
        raise RegisterError("register.assertion_without_key")
    return account, SigningKey(public, site)


def asserted_by(entry: Stated, leaf: Leaf, about: Sequence[Stated]) -> Asserted | None:
    """Who signed the entry with this leaf; None when no assertion is disclosed. `about` are the entries about the key.

    Raises RegisterError with the first thing that does not hold.
    """
    values = entry.values
    if PATH not in values:
        return None
    if not about or not about[0].is_whole:
        raise RegisterError("register.assertion_without_key")
    if not values.keys() >= {*NOT_SIGNED, ACCOUNT, PARTY}:
        raise RegisterError("register.assertion_hidden")
    given, *later = about
    account, key = key_given(given.values)
    if account != values[ACCOUNT] or not entry.party == given.party == values[PARTY]:
        raise RegisterError("register.assertion_not_theirs")
    if given.index >= entry.index:
        raise RegisterError("register.key_too_early", index=entry.index, introduced=given.index)
    for each in later:
        ends = each.values.get("kind") == KEY_ENDED and each.values.get("body.key") == key.fingerprint
        if not ends or each.party != given.party:
            raise RegisterError("register.assertion_without_key")
        if each.index < entry.index:
            raise RegisterError("register.assertion_key_ended", index=entry.index, ended=each.index)
    unsigned = {field_digest(item) for item in entry.disclosure.disclosed if item.path in NOT_SIGNED}
    signed = set(entry.disclosure.digests) - unsigned
    check_assertion(values[PATH], signed_digest(leaf.origin, leaf.entry_id, signed), key)
    return Asserted(account, key, given.index)
