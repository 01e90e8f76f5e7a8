"""How a register begins, and how a party joins it: with a key that the register itself introduces."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from habeas.core.entries import Entry
from habeas.core.entries.institutions import AgreementAdopted, KeyAdded, PartyRegistered
from habeas.register.keys import LOG_PARTY
from habeas.register.leaf import NO_PREVIOUS
from habeas.store.accounts import Invitation, appoint
from habeas.store.append import append_of_system
from habeas.store.beginning import Beginning
from habeas.store.keys import key_folder
from habeas.store.models import HeadRow, SignerRow
from habeas.store.streams import AGREEMENT, PARTY


class AlreadyBegun(Exception):
    """There is a register in this database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The log's verifier key, and for each first account manager what opens the account, once."""

    log_key: str
    invitations: tuple[Invitation, ...]


def begin_with(beginning: Beginning, *, at: datetime) -> Begun:
    """Start a register with its parties, its agreements and their first account managers: all, or nothing.

    The system appoints these, and nobody else: each then invites the people of its own party. Raises as `begin`.
    """
    with transaction.atomic():
        log_key = begin(beginning.log, at=at)
        for party in beginning.parties:
            register_party(party, at=at)
        for agreement in beginning.agreements:
            adopt_agreement(agreement, at=at)
        invitations = tuple(appoint(each, at=at)[1] for each in beginning.managers)
    return Begun(log_key=log_key, invitations=invitations)


def begin(origin: str, *, at: datetime) -> str:
    """Start the register `origin` in an empty database; its log's key as one line (vkey).

    Entry 0 introduces the log's own key. Whoever verifies must get that line another way than from here.
    Raises AlreadyBegun, and RegisterError for an origin that can't name a log.
    """
    with transaction.atomic():
        if HeadRow.objects.exists():
            raise AlreadyBegun("this database already holds a register")
        key = key_folder().create_signer(origin)
        HeadRow.objects.create(origin=origin, size=0, edge=b"", recorded_at=at.astimezone(UTC))
        SignerRow.objects.create(
            fingerprint=key.fingerprint.hex(), party=LOG_PARTY, introduced=0, counter=0, previous=NO_PREVIOUS
        )
        append_of_system(PARTY + LOG_PARTY, KeyAdded(party=LOG_PARTY, vkey=key.text), at=at)
    return key.text


def register_party(party: PartyRegistered, *, at: datetime) -> tuple[Entry, ...]:
    """Record a party and introduce its first signing key; both entries.

    Raises VersionConflict when the party is there already, RegisterError when its id can't name a key.
    """
    key = key_folder().create_signer(party.party)
    added = KeyAdded(party=party.party, vkey=key.text)
    return append_of_system(PARTY + party.party, party, added, expected_version=0, at=at)


def adopt_agreement(agreement: AgreementAdopted, *, at: datetime) -> tuple[Entry, ...]:
    """Record that this register runs an agreement, or runs it by another version of terms or safeguards."""
    return append_of_system(AGREEMENT + agreement.agreement, agreement, at=at)
