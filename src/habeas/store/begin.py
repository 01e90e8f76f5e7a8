"""How a register begins: with its parties, and for each a signing key that the register itself introduces."""

from dataclasses import replace
from datetime import UTC, datetime

from django.db import transaction

from habeas import safeguards
from habeas.core.entries.institutions import AgreementAdopted, KeyAdded
from habeas.core.released import packed
from habeas.register.keys import LOG_PARTY
from habeas.register.leaf import NO_PREVIOUS
from habeas.register.note import VerifierKey
from habeas.store import read, sequencer
from habeas.store.accounts import Invitation, appoint
from habeas.store.append import NoSigningKey, append_of_system, not_before_the_last
from habeas.store.beginning import Beginning
from habeas.store.keys import key_folder
from habeas.store.models import HeadRow, SignerRow
from habeas.store.streams import AGREEMENT, PARTY


class AlreadyBegun(Exception):
    """There is a register in this database."""


def adopt(*, at: datetime) -> dict[str, AgreementAdopted]:
    """Record the terms and safeguards at hand for every agreement that runs others here; by the ids of the entries.
    Where they ask less than was adopted before, each says so, and nothing is decided until the monitor confirms it."""
    found: dict[str, AgreementAdopted] = {}
    with transaction.atomic():
        at = not_before_the_last(at)
        asked = [each.parameters for each in read.less_than_adopted(at)]
        less = tuple(f"{each['safeguard']} {each.get('key', '')}".strip() for each in asked)
        for id in read.adopted_agreements():
            last, context = read.adoption(id, at), read.context(id, at)
            terms, law, asks = context.agreement.digest, context.safeguards.digest, packed(safeguards.demanded())
            now = replace(last, terms_digest=terms, safeguards_digest=law, demands=asks, less=less)
            if (terms, law) != (last.terms_digest, last.safeguards_digest):
                found[append_of_system(AGREEMENT + id, now, at=at)[0].id] = now
    return found


def new_key(party: str, *, at: datetime) -> VerifierKey:
    """Give a party, or the log, a new signing key: the one before signs nothing after this. Raises NoSigningKey for a
    party that never had one."""
    with transaction.atomic():
        if not SignerRow.objects.filter(party=party).exists():
            raise NoSigningKey(f"no signing key of the party {party} is in the register")
        key = key_folder().create_signer(HeadRow.objects.get().origin if party == LOG_PARTY else party)
        append_of_system(PARTY + party, KeyAdded(party=party, vkey=key.text), at=at)
    return key


def begin(beginning: Beginning, *, at: datetime) -> tuple[str, tuple[Invitation, ...]]:
    """Start a register in an empty database with its parties, its agreements and their first account managers.

    All, or nothing. Gives the log's verifier key as one line (vkey), which entry 0 introduces and whoever verifies
    must get another way than from here; and for each manager what opens the account, once. The system appoints
    these, and nobody else: each then invites the people of its own party. Raises AlreadyBegun; RegisterError for
    a name that a log or a key can't have.
    """
    with transaction.atomic():
        if HeadRow.objects.exists():
            raise AlreadyBegun("this database already holds a register")
        log = key_folder().create_signer(beginning.log)
        HeadRow.objects.create(origin=beginning.log, size=0, edge=b"", recorded_at=at.astimezone(UTC))
        SignerRow.objects.create(
            fingerprint=log.fingerprint.hex(), party=LOG_PARTY, introduced=-1, counter=0, previous=NO_PREVIOUS
        )
        append_of_system(PARTY + LOG_PARTY, KeyAdded(party=LOG_PARTY, vkey=log.text), at=at)
        for party in beginning.parties:
            key = KeyAdded(party=party.party, vkey=key_folder().create_signer(party.party).text)
            append_of_system(PARTY + party.party, party, key, at=at)
        for agreement in beginning.agreements:
            append_of_system(AGREEMENT + agreement.agreement, agreement, at=at)
        invitations = tuple(appoint(each, at=at) for each in beginning.managers)
    sequencer.place_all()
    return log.text, invitations
