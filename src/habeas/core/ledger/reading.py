"""How a file of terms says a fee: amounts are texts such as "8500.00", so that no figure is ever a float."""

from collections.abc import Callable, Mapping

from habeas.core.ledger.fees import (
    Fee,
    FeeTerms,
    FixedPlusVariable,
    FlatBlock,
    LumpGrant,
    Observed,
    Outside,
    PerDiem,
    PerDiemWithMinimum,
    Reimbursement,
    RentAndAid,
    Reported,
)
from habeas.core.ledger.money import Money, read_money
from habeas.core.terms_reading import Sources
from habeas.core.terms_toml import Table


def read_fee(table: Table, sources: Sources) -> Fee:
    """The fee of `[fee]`, with every figure reported and what it leaves out. Raises TermsError."""
    currency = table.text("currency")
    fee = Fee(
        terms=_FEES[table.choice("shape", _FEES)](table, currency),
        source=sources.of(table),
        reported=tuple(_reported(each, currency, sources) for each in table.tables("reported")),
        outside=tuple(_outside(each, sources) for each in table.tables("outside")),
    )
    table.done()
    return fee


def _reported(table: Table, currency: str, sources: Sources) -> Reported:
    reported = Reported(amount=_money(table, "amount", currency), source=sources.of(table))
    table.done()
    return reported


def _outside(table: Table, sources: Sources) -> Outside:
    outside = Outside(text=table.words("text"), source=sources.of(table))
    table.done()
    return outside


def _money(table: Table, key: str, currency: str) -> Money:
    try:
        return read_money(table.text(key), currency)
    except ValueError:
        raise table.error("terms.not_an_amount", key, currency=currency) from None


def _maybe_money(table: Table, key: str, currency: str) -> Money | None:
    return _money(table, key, currency) if table.maybe_text(key) else None


def _flat_block(table: Table, currency: str) -> FeeTerms:
    return FlatBlock(yearly=_money(table, "yearly", currency), places=table.number("places"))


def _fixed_plus_variable(table: Table, currency: str) -> FeeTerms:
    return FixedPlusVariable(
        minimum_people=table.number("minimum_people"),
        rate=_money(table, "rate", currency),
        months=table.number("months"),
        stated=_maybe_money(table, "stated", currency),
        transition=_maybe_money(table, "transition", currency),
    )


def _per_diem(table: Table, currency: str) -> FeeTerms:
    return PerDiem(rate=_money(table, "rate", currency))


def _per_diem_with_minimum(table: Table, currency: str) -> FeeTerms:
    return PerDiemWithMinimum(rate=_money(table, "rate", currency), minimum_people=table.number("minimum_people"))


def _lump_grant(table: Table, currency: str) -> FeeTerms:
    return LumpGrant(grant=_money(table, "grant", currency), covers_days=table.maybe_number("covers_days"))


def _rent_and_aid(table: Table, currency: str) -> FeeTerms:
    return RentAndAid(
        rent=_money(table, "rent", currency), aid=_money(table, "aid", currency), places=table.number("places")
    )


def _reimbursement(table: Table, currency: str) -> FeeTerms:
    return Reimbursement(
        up_front=_maybe_money(table, "up_front", currency), yearly=_maybe_money(table, "yearly", currency)
    )


_FEES: Mapping[str, Callable[[Table, str], FeeTerms]] = {
    "F1": _flat_block,
    "F2": _fixed_plus_variable,
    "F3": _per_diem,
    "F4": _per_diem_with_minimum,
    "F5": _lump_grant,
    "F6": _rent_and_aid,
    "F7": _reimbursement,
}


def read_observed(table: Table, sources: Sources) -> Observed:
    """What happened, of `[observed]`. Raises TermsError."""
    observed = Observed(
        people=table.number("people"),
        from_on=table.day("from_on"),
        until_on=table.day("until_on"),
        source=sources.of(table),
        assumption=table.words("assumption"),
    )
    if observed.until_on < observed.from_on:
        raise table.error("terms.ends_before_it_begins", "until_on")
    table.done()
    return observed
