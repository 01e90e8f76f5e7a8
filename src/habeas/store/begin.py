"""How a register begins: with its parties, and for each a signing key that the register itself introduces."""

from datetime import UTC, datetime

from django.db import transaction

from habeas.core.entries.institutions import KeyAdded
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
            fingerprint=log.fingerprint.hex(), party=LOG_PARTY, introduced=0, counter=0, previous=NO_PREVIOUS
        )
        append_of_system(PARTY + LOG_PARTY, KeyAdded(party=LOG_PARTY, vkey=log.text), at=at)
        for party in beginning.parties:
            key = KeyAdded(party=party.party, vkey=key_folder().create_signer(party.party).text)
            append_of_system(PARTY + party.party, party, key, at=at)
        for agreement in beginning.agreements:
            append_of_system(AGREEMENT + agreement.agreement, agreement, at=at)
        invitations = tuple(appoint(each, at=at) for each in beginning.managers)
    return log.text, invitations
