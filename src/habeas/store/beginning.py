"""The file with which a register begins: its log, the parties, and the agreements that it runs.

Needs no database, so that a file can be refused before anything is made. docs/how-to/begin-a-register.md has one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from habeas import agreements, safeguards
from habeas.core.countries import PLACEHOLDERS
from habeas.core.entries import Role
from habeas.core.entries.institutions import AccountInvited, AgreementAdopted, PartyKind, PartyRegistered
from habeas.core.messages import FileError
from habeas.core.released import packed
from habeas.core.tables import Table, read_toml
from habeas.register.checkpoint import check_origin
from habeas.register.keys import LOG_PARTY
from habeas.register.note import check_name
from habeas.register.problems import RegisterError

KINDS = [each.value for each in PartyKind if each is not PartyKind.LOG]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What is recorded first. `log` names the register for all time; `managers` then invite all the others."""

    log: str
    parties: tuple[PartyRegistered, ...]
    managers: tuple[AccountInvited, ...]
    agreements: tuple[AgreementAdopted, ...]


def read_begin_file(text: str, file: str, on: date) -> tuple[Beginning, str]:
    """A register for real people that begins on a day, and the address of its pages. Raises FileError.

    Every party must be able to let its own people in, and nothing may be assumed.
    """
    root = read_toml(text, file)
    address, beginning = root.text("address"), read_beginning(root, on)
    root.done()
    if not address.startswith("https://"):
        raise root.error("begin.address", "address")
    managed = {each.party for each in beginning.managers}
    for party in beginning.parties:
        if party.party not in managed:
            raise root.table("parties").error("begin.no_manager", party.party)
    for adopted in beginning.agreements:
        terms = agreements.agreement(adopted.agreement)
        if {terms.sending, terms.receiving} & PLACEHOLDERS:
            raise root.table("agreements").error("begin.placeholder", adopted.agreement)
        if adopted.assumptions:
            raise root.table("agreements").error("begin.assumed", adopted.agreement)
    return beginning, address.rstrip("/")


def read_beginning(root: Table, on: date | None = None) -> Beginning:
    """What `log`, `parties` and `agreements` say, each agreement in the version of a day, or in its last. Raises
    FileError."""
    parties, agreed = root.table("parties"), root.table("agreements")
    registered = {id: _party(parties, id) for id in parties.names()}
    managers: dict[str, AccountInvited] = {}
    for id in registered:
        if account := parties.table(id).maybe_text("account_manager"):
            if account in managers:
                raise parties.table(id).error("begin.one_account", "account_manager", account=account)
            managers[account] = AccountInvited(account=account, party=id, role=Role.ACCOUNT_MANAGER)
    return Beginning(
        log=_fit(root, "log", root.text("log"), check_origin),
        parties=tuple(registered.values()),
        managers=tuple(managers.values()),
        agreements=tuple(_adopted(agreed, id, registered, on) for id in agreed.names()),
    )


def _party(parties: Table, id: str) -> PartyRegistered:
    table = parties.table(_fit(parties, id, id, check_name))
    if id == LOG_PARTY:
        raise parties.error("begin.reserved", id)
    kind = PartyKind(table.choice("kind", KINDS))
    of_a_state = kind is not PartyKind.NEITHER_EXECUTIVE
    state = table.country("state") if of_a_state or table.has("state") else None
    return PartyRegistered(party=id, name=table.text("name"), kind=kind, state=state)


def _adopted(agreed: Table, id: str, parties: Mapping[str, PartyRegistered], on: date | None) -> AgreementAdopted:
    """The released safeguards, and the terms in the version of that day."""
    agreed.check(id, id, agreements.ids())
    table = agreed.table(id)
    assumptions = table.texts("assumptions")
    for scenario in assumptions:
        table.check("assumptions", scenario, agreements.scenario_ids())
    terms = agreements.agreement(id, *assumptions, on=on)
    return AgreementAdopted(
        agreement=id,
        sending_party=table.choice("sending", _of(PartyKind.SENDING_STATE, terms.sending, parties)),
        receiving_party=table.choice("receiving", _of(PartyKind.RECEIVING_STATE, terms.receiving, parties)),
        terms_digest=terms.digest,
        safeguards_digest=safeguards.read().digest,
        assumptions=assumptions,
        demands=packed(safeguards.demanded()),
    )


def _of(kind: PartyKind, state: str, parties: Mapping[str, PartyRegistered]) -> list[str]:
    return [each.party for each in parties.values() if (each.kind, each.state) == (kind, state)]


def _fit(table: Table, key: str, name: str, check: Callable[[str], None]) -> str:
    """A name that a log or a key can have."""
    try:
        check(name)
    except RegisterError as error:
        raise FileError(error.problem.code, table.where(key)) from None
    return name
