"""How a register begins, and how a party joins it: with a key that the register itself introduces."""

from datetime import UTC, datetime

from django.db import transaction

from habeas.core.entries import Body, Entry
from habeas.core.entries.institutions import AgreementAdopted, KeyAdded, PartyRegistered
from habeas.register.keys import LOG_PARTY
from habeas.register.leaf import NO_PREVIOUS
from habeas.register.note import KEY_LENGTH
from habeas.store.append import SYSTEM, Draft, append
from habeas.store.keys import key_folder
from habeas.store.models import HeadRow, LogRow, SignerRow
from habeas.store.source import SECRET, Source
from habeas.store.streams import agreement_stream, party_stream


class AlreadyBegun(Exception):
    """There is a register in this database."""


def begin(origin: str, *, at: datetime, source: Source = SECRET) -> str:
    """Start the register `origin` in an empty database; its log's key as one line (vkey).

    Entry 0 introduces the log's own key. Whoever verifies must get that line another way than from here.
    Raises AlreadyBegun, and NoteError or CheckpointError for an origin that can't name a log.
    """
    with transaction.atomic():
        if HeadRow.objects.exists():
            raise AlreadyBegun("this database already holds a register")
        key = key_folder().create_signer(origin, source.random_bytes(KEY_LENGTH))
        HeadRow.objects.create(origin=origin, size=0, edge=b"", recorded_at=at.astimezone(UTC))
        SignerRow.objects.create(
            fingerprint=key.fingerprint.hex(), party=LOG_PARTY, introduced=0, counter=0, previous=NO_PREVIOUS
        )
        body = KeyAdded(party=LOG_PARTY, vkey=key.text)
        append([_draft(party_stream(LOG_PARTY), body, at, source)], actor=SYSTEM, at=at, source=source)
    return key.text


def register_party(party: PartyRegistered, *, at: datetime, source: Source = SECRET) -> tuple[Entry, ...]:
    """Record a party and introduce its first signing key; both entries.

    Raises VersionConflict when the party is there already, NoteError when its id can't name a key.
    """
    with transaction.atomic():
        key = key_folder().create_signer(party.party, source.random_bytes(KEY_LENGTH))
        bodies = (party, KeyAdded(party=party.party, vkey=key.text))
        stream = party_stream(party.party)
        drafts = [_draft(stream, body, at, source, version) for version, body in enumerate(bodies)]
        return append(drafts, actor=SYSTEM, at=at, source=source)


def adopt_agreement(agreement: AgreementAdopted, *, at: datetime, source: Source = SECRET) -> tuple[Entry, ...]:
    """Record that this register runs an agreement, or runs it by another version of terms or safeguards."""
    with transaction.atomic():
        stream = agreement_stream(agreement.agreement)
        version = LogRow.objects.filter(stream=stream).count()
        return append([_draft(stream, agreement, at, source, version)], actor=SYSTEM, at=at, source=source)


def _draft(stream: str, body: Body, at: datetime, source: Source, version: int = 0) -> Draft:
    return Draft(stream=stream, expected_version=version, subject=None, body=body, occurred_at=at, id=source.new_id())
