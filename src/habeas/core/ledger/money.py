"""Money: whole minor units of a currency. Nothing here is ever a float.

The number of decimals of a currency is its ISO 4217 exponent.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

# ISO 4217: every other currency has two decimals.
_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS = {code: places for places, codes in _BY_EXPONENT.items() for code in codes.split()}


def exponent(currency: str) -> int:
    """How many decimals a currency has."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in whole minor units."""

    minor: int
    currency: str

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with all decimals of the currency."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def plus(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(minor=self.minor + other.minor, currency=self.currency)

    def minus(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(minor=self.minor - other.minor, currency=self.currency)

    def times(self, factor: Decimal | int) -> "Money":
        """Rounded once, half to even, to the minor unit."""
        return _rounded(Fraction(self.minor) * Fraction(factor), self.currency)

    def split(self, parts: Decimal | int) -> "Money":
        """One of so many equal parts, rounded once, half to even. Raises ZeroDivisionError for no parts."""
        return _rounded(Fraction(self.minor) / Fraction(parts), self.currency)

    def share_of(self, whole: "Money") -> Decimal:
        """Per cent of the whole, to one decimal."""
        self._same_currency(whole)
        return per_cent(self.minor, whole.minor)

    def _same_currency(self, other: "Money") -> None:
        assert self.currency == other.currency, f"{self.currency} is not {other.currency}"


def read_money(text: str, currency: str) -> Money:
    """The amount that a text such as "8500.00" says. Raises ValueError for any other."""
    try:
        minor = Decimal(text).scaleb(exponent(currency))
    except InvalidOperation:
        raise ValueError(f"{text!r} is no amount") from None
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise ValueError(f"{text!r} has more decimals than {currency}")
    return Money(minor=int(minor), currency=currency)


def per_cent(part: int, whole: int) -> Decimal:
    """Per cent to one decimal, half to even."""
    return Decimal(round(Fraction(part, whole) * 1000)).scaleb(-1)


def _rounded(minor: Fraction, currency: str) -> Money:
    return Money(minor=round(minor), currency=currency)  # Fraction rounds half to even
