"""The invented people of the demonstration: nobody real has these names, numbers or dates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from habeas.core.entries.procedure import Sex

GIVEN = (
    "Çağrı",
    "Ardo",
    "Belvin",
    "Cosmar",
    "Davric",
    "Elmo-Per",
    "Fendrik",
    "Gustavio",
    "Halvard-Ix",
    "Ivrin",
    "Jorvik",
    "Kestrel",
    "Lomund",
    "Marvo",
    "Nerius",
    "Odvar",
    "Pelle-Ro",
    "Quillan",
    "Rasmo",
    "Svento",
    "Tormuz",
    "Ulvric",
    "Vasko",
    "Wendmar",
    "Xandro",
    "Yrjan",
    "Zoltric",
    "Åkvar",
    "Ädelmo",
    "Östmar",
    "كرزان",
    "李虚构",
    "Brannic",
    "Corvus",
    "Dorvald",
    "Emmerico",
    "Frodmar",
    "Gelasio",
    "Hjalvin",
    "Istvarn",
)
FAMILY = (
    "Øveraas-Ñúñez",
    "Vessimar",
    "Tandrupp",
    "Okhlund",
    "Brasquet",
    "Imbervald",
    "Quornström",
    "Zelvinge",
    "Harkonvik",
    "Mellbrand",
    "Drosvale",
    "Penhalt",
    "Urquisson",
    "Faldmere",
    "Grimsholt",
    "Nystavall",
    "Ravnskär",
    "Soldemar",
    "Tvistegaard",
    "Uhrqvist",
    "Valdrake",
    "Wrangmo",
    "Ymberg",
    "Zandvoll",
    "Abelgren",
    "Bjornvale",
    "Cederskog",
    "Drakmyr",
    "Ekfalk",
    "Fjordmar",
    "اسم-مختلق",
    "Xu-Fiktiv",
    "Hallonvik",
    "Isgrind",
    "Järnvide",
    "Kolmyr",
    "Lövsund",
    "Mossrike",
    "Nattfors",
    "Ormvik",
)
NATIONALITIES = (("NOR",), ("SWE",), ("POL",), ("SRB",), ("SWE", "CHL"), ("LTU",), ("MAR",), ("ALB",))
LANGUAGES = ("nb", "sv", "pl", "sr", "es", "lt", "ar", "sq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """One invented person."""

    number: int
    given_names: str
    family_names: str
    born_on: date
    sex: Sex
    nationalities: tuple[str, ...]
    language: str

    @property
    def home_reference(self) -> str:
        """A file number that no prison service uses."""
        return f"INVENTED-{self.number:04d}"


def people() -> Iterator[Invented]:
    """Forty invented people, always the same."""
    for number, (given, family) in enumerate(zip(GIVEN, FAMILY, strict=True)):
        which = number % len(NATIONALITIES)
        yield Invented(
            number=number,
            given_names=given,
            family_names=family,
            born_on=date(1971, 3, 2) + timedelta(days=number * 211),
            sex=Sex.MALE,
            nationalities=NATIONALITIES[which],
            language=LANGUAGES[which],
        )
