"""The only tables.

What stands in clear: ids that mean nothing outside, kinds, versions, moments and roles. Whatever a form asked
of or about a person lies encrypted in `LogRow.sealed` and `EvidenceFile.sealed`.

`LogRow`, `PlaceRow`, `NodeRow` and `CheckpointRow` are the register, `CosignatureRow` and `WitnessAnswerRow` what its
witnesses say of it: the database itself refuses to change or delete them. `HeadRow` and `SignerRow` say where it ends,
`PendingRow` what has no place in it yet (`store.sequencer`).
`CaseRow`, `StintRow` and `FamilyWordRow` are read models: `habeas rebuild` makes them again from the register.
"""

import hmac
import json
import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.contrib.auth import hashers
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from habeas.core.entries import Actor, Role
from habeas.store.keys import key_folder, keyed_hash

ID = 120  # the longest id of a stream, a party, an account or a facility
HEX_HASH = 64
KEPT = 32  # digits beside the hash of a password
PASSWORDS, MARKS, INVITATION = "passwords", "marks", "invitation-"
WITNESS = 300  # the longest key of a witness as one line (vkey)


def mark_of(row: models.Model) -> str:
    """What shows that the register itself wrote this row: who only writes to the database can't make it. Moments count
    in whole milliseconds, as a backup writes them."""
    columns = (each.attname for each in row._meta.concrete_fields if each.attname not in {"id", "mark"})
    told = [row._meta.db_table, {name: getattr(row, name) for name in columns}]
    return keyed_hash(MARKS, json.dumps(told, sort_keys=True, default=_in_words))


def _in_words(value: object) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds") if isinstance(value, datetime) else repr(value)


def random_id() -> str:
    """What tells a row apart where whoever inserts could take the next number."""
    return secrets.token_hex(16)


class Marked(models.Model):
    """A row that counts only with its mark (docs/decisions/0025-a-row-counts-by-its-mark.md). Its number is drawn at
    random where it has one: whoever inserts could take the next."""

    mark = models.CharField(max_length=HEX_HASH, db_default="")

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        self.pk = self.pk or secrets.randbits(62)
        self.mark = mark_of(self)
        super().save(**options)

    @property
    def is_marked(self) -> bool:
        """Whether the register itself wrote it so."""
        return hmac.compare_digest(str(self.mark).encode(), mark_of(self).encode())


class LogRow(models.Model):
    """One entry: its leaf, and everything behind it that is not a name. Of two entries, the later one that could
    know of the earlier has the greater `ticket`."""

    ticket = models.BigAutoField(primary_key=True)
    entry_id = models.CharField(max_length=32, unique=True)
    stream = models.CharField(max_length=ID)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=ID, null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    account = models.CharField(max_length=ID)
    party = models.CharField(max_length=ID)
    role = models.CharField(max_length=40)
    facility = models.CharField(max_length=ID, null=True)
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField()
    sealed = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["stream", "version"], name="one_entry_a_version")]
        indexes: ClassVar = [
            models.Index(fields=["kind"], name="entries_of_a_kind"),
            models.Index(fields=["subject"], condition=Q(version=0), name="first_of_a_person"),
        ]


class PlaceRow(models.Model):
    """Which place in the tree an entry has. SQLite places at once, and shows the log itself under this name."""

    index = models.BigIntegerField(primary_key=True)
    log = models.OneToOneField(LogRow, on_delete=models.DO_NOTHING, db_column="ticket", related_name="place")
    leaf_hash = models.BinaryField()

    class Meta:
        managed = False


class PendingRow(models.Model):
    """An entry that is committed and has no place in the tree yet."""

    ticket = models.BigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField()


class NodeRow(models.Model):
    """A finished subtree of the tree that a tile shows (`register.tree.Node`)."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["level", "index"], name="one_hash_a_node")]


class CheckpointRow(models.Model):
    """What the register said of itself at one size, signed. The database lets there be other rows of the size, which
    somebody may have put there before it: those that count are read by `store.memory` (migration 0022)."""

    size = models.BigIntegerField(primary_key=True)
    note = models.TextField()


class CosignatureRow(models.Model):
    """A witness (its vkey) cosigned the checkpoint of this size: its line, the time in it, and when it came."""

    size = models.BigIntegerField()
    witness = models.CharField(max_length=WITNESS)
    line = models.TextField()
    at = models.DateTimeField(db_index=True)
    recorded = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["witness", "size", "at", "line"], name="cosigned_once_a_time")
        ]
        indexes: ClassVar = [models.Index(fields=["size"], name="cosigned_sizes")]


class WitnessAnswerRow(Marked):
    """What a witness answered when it was another answer than the one before (`store.witnessed.Outcome`). `size` is the
    checkpoint that it was asked to cosign, `seen` the one that it says it has seen, where it says so, and `proof` that
    one itself, signed by the log, where it shows it."""

    witness = models.CharField(max_length=WITNESS, db_index=True)
    outcome = models.CharField(max_length=20)
    size = models.BigIntegerField()
    seen = models.BigIntegerField(null=True)
    proof = models.TextField(null=True)
    recorded = models.DateTimeField()


class AuditRow(Marked):
    """A standing audit that ended (`store.standing_audit`): of how many entries, and how many findings of each code. It
    holds no value."""

    at = models.DateTimeField(db_index=True)
    size = models.BigIntegerField()
    findings = models.JSONField()

    @property
    def count(self) -> int:
        return sum(self.findings.values())


class HeadRow(models.Model):
    """Where the register ends: one row, and the database takes no second (migration 0022). `edge` joins the hashes of
    the tree's right edge."""

    origin = models.CharField(max_length=200, primary_key=True)
    size = models.BigIntegerField()
    edge = models.BinaryField()
    recorded_at = models.DateTimeField()


class SignerRow(models.Model):
    """Where the chain of one signing key ends. `introduced` is the ticket of the entry that introduced it."""

    fingerprint = models.CharField(max_length=HEX_HASH, primary_key=True)
    party = models.CharField(max_length=ID, db_index=True)
    introduced = models.BigIntegerField()
    counter = models.BigIntegerField()
    previous = models.BinaryField()


class CaseRow(models.Model):
    """`core.summary.Summary` of one case."""

    case = models.CharField(max_length=ID, primary_key=True)
    person = models.CharField(max_length=ID, db_index=True)
    agreement = models.CharField(max_length=ID)
    sending = models.CharField(max_length=ID)
    receiving = models.CharField(max_length=ID)
    opened_at = models.DateTimeField(db_index=True)
    answers = models.CharField(max_length=ID)
    facility = models.CharField(max_length=ID, null=True)
    promised_by = models.CharField(max_length=ID, null=True)
    last_seen_at = models.DateTimeField(null=True)
    next_title_end_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_kind = models.CharField(max_length=60, null=True)
    end_confirmed = models.BooleanField()
    is_open = models.BooleanField()
    version = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["is_open", "facility"], name="open_cases_by_facility"),
            models.Index(fields=["promised_by"], condition=Q(promised_by__isnull=False), name="places_promised"),
        ]


class StintRow(models.Model):
    """A stretch of a case in one facility, half-open; the roll of any moment is a query over these."""

    stint = models.CharField(max_length=ID, primary_key=True)
    case = models.CharField(max_length=ID, db_index=True)
    facility = models.CharField(max_length=ID)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["facility", "until_at", "from_at"], name="rolls")]


class FamilyWordRow(models.Model):
    """A family word in force, by its slow keyed hash, and the case that it opens. The word itself is kept nowhere."""

    digest = models.CharField(max_length=HEX_HASH, primary_key=True)
    case = models.CharField(max_length=ID)


class EvidenceFile(models.Model):
    """The file of an `evidence_added` entry, sealed under the person's key."""

    entry_id = models.CharField(max_length=32, primary_key=True)
    sealed = models.BinaryField()


class ShownStreamRow(models.Model):
    """What shows in which stream an entry about an erased person was recorded: their key, which hid it, is gone. Of an
    entry there may be rows that show nothing (`records.is_shown`)."""

    id = models.CharField(max_length=32, primary_key=True, default=random_id)
    entry_id = models.CharField(max_length=ID)
    shown = models.JSONField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entry_id"], name="shown_by_entry")]


class Tickets(models.JSONField):
    """A list of numbers; none where somebody has put anything else."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        found = super().from_db_value(value, expression, connection)
        is_one = isinstance(found, list) and all(isinstance(each, int) and 0 <= each < 2**63 for each in found)
        return found if is_one else []

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.JSONField", args, options


class SentForm(models.Model):
    """A form that was sent and taken: sent again, it answers with the same entries."""

    account = models.CharField(max_length=ID)
    send_id = models.CharField(max_length=ID)
    tickets = Tickets()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "send_id"], name="a_form_is_sent_once")]


SIGNING_IN = ("password", "last_login", "is_active", "ended_at")
"""What of an account may change."""


class Account(AbstractBaseUser):
    """One human of one party, in one role. No name and no address: the party knows who it is. Accounts are
    made by `store.accounts` alone."""

    username = models.CharField(max_length=ID, unique=True)
    party = models.CharField(max_length=ID)
    role = models.CharField(max_length=40, choices=[(each.value, each.value) for each in Role])
    facility = models.CharField(max_length=ID, null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=False)

    objects: ClassVar = BaseUserManager["Account"]()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def save(self, **options: Any) -> None:
        """Who an account is never changes: on PostgreSQL nobody but the owner of the tables could (`store.rights`)."""
        if not self._state.adding:
            options.setdefault("update_fields", SIGNING_IN)
        super().save(**options)

    def set_password(self, raw_password: str | None) -> None:
        """Keep a slow hash of the password, which nobody can make who only writes to the database, and what shows that
        it is this one that was kept."""
        super().set_password(None if raw_password is None else self._mixed(raw_password))
        if raw_password is not None:
            self.password += f"${self._kept(self.password)}"

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password of this account."""
        if raw_password is None or not self._is_kept():
            return False
        return hashers.check_password(self._mixed(raw_password), self.password.rpartition("$")[0])

    def may_sign_in_as_kept(self, *, is_system: bool) -> bool:
        """Whether the row lets sign in whoever opened the account, and nobody while an invitation waits for it."""
        if key_folder().is_whole(INVITATION + self.username):
            return not self.is_active
        return self.is_active and (is_system or self._is_kept())

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is bound to: this account by its name, and its password."""
        told = f"{self.username}\0{self.password}"
        return salted_hmac("habeas.account", told, secret=secret, algorithm="sha256").hexdigest()

    def _mixed(self, password: str) -> str:
        """The password together with the name of the account, under a key that is in no database."""
        return keyed_hash(PASSWORDS, f"{self.username}\0{password}")

    def _is_kept(self) -> bool:
        hashed, _, kept = self.password.rpartition("$")
        return hmac.compare_digest(kept.encode(), self._kept(hashed).encode())

    def _kept(self, hashed: str) -> str:
        return keyed_hash(PASSWORDS, f"\0{self.username}\0{hashed}")[:KEPT]

    def is_as(self, actor: Actor) -> bool:
        """Whether the row says that it is this actor's."""
        said = (self.username, self.party, self.role, self.facility or None)
        return said == (actor.account, actor.party, actor.role.value, actor.facility or None)

    def actor(self) -> Actor:
        return Actor(account=self.username, party=self.party, role=Role(self.role), facility=self.facility or None)


class InviteToken(models.Model):
    """An invitation that nobody has accepted yet. Only the hash of its token is kept."""

    account = models.CharField(max_length=ID, primary_key=True)
    token_hash = models.CharField(max_length=HEX_HASH, unique=True)
    expires_at = models.DateTimeField()


class AskedRow(models.Model):
    """Where what somebody lodged is found again: a slow hash of their reference and their word together, and the
    random name of the stream in which they stand. Neither reference nor word is kept."""

    lookup = models.CharField(max_length=HEX_HASH, primary_key=True)
    asker = models.CharField(max_length=ID)


class DeskBucket(Marked):
    """How much one counter of the public desk still takes, for everybody together: nothing here is about anyone."""

    counter = models.CharField(max_length=40, primary_key=True)
    left = models.FloatField()
    filled_at = models.DateTimeField()
    turned_away = models.PositiveBigIntegerField(default=0)


class ReadingRow(models.Model):
    """One reading of a case, sealed to the key of the reader's own body (`store.readings`)."""

    id = models.CharField(max_length=32, primary_key=True)
    sealed = models.BinaryField()


class ConsultationRow(Marked):
    """An officer of a state looked into a case (`store.consultation`). No name, and no word that was typed."""

    id = models.CharField(max_length=32, primary_key=True)
    account = models.CharField(max_length=ID)
    party = models.CharField(max_length=ID)
    case = models.CharField(max_length=ID, db_index=True)
    what = models.CharField(max_length=40)
    entry = models.CharField(max_length=32, db_index=True)
    why = models.CharField(max_length=60)
    at = models.DateTimeField()


class UsedNonce(models.Model):
    """A request of a party's system that was answered, by a hash, so that nobody sends it again (`web.api`)."""

    digest = models.CharField(max_length=HEX_HASH, primary_key=True)
    at = models.DateTimeField(db_index=True)
