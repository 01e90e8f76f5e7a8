"""What a verification found: all problems, and the facts that they are about."""

from dataclasses import dataclass

from habeas.register.fields import Field
from habeas.register.keys import Key
from habeas.register.problems import Parameter, Problem

GREATEST_PROBLEMS = 1_000

ESTABLISHED = "register.verdict_established"
CONSISTENT_ONLY = "register.verdict_consistent_only"
REFUSED = "register.verdict_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answer about one export or one receipt.

    `signer_established`: the checkpoint is signed by a key that the asker brought. `origin`, `size` and
    `root` are what the checkpoint says (None if it can't be read). For a receipt: `index` of its entry,
    `party` whose key signed it, and the `disclosed` fields. Believe the facts only if `ok`.
    """

    signer_established: bool
    problems: tuple[Problem, ...]
    origin: str | None = None
    size: int | None = None
    root: bytes | None = None
    keys: tuple[Key, ...] = ()
    index: int | None = None
    party: str | None = None
    disclosed: tuple[Field, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything holds and the asker knows the signer. Exit code 0, otherwise 1."""
        return self.signer_established and not self.problems

    @property
    def verdict(self) -> str:
        """The code of the one sentence that answers."""
        if self.problems:
            return REFUSED
        return ESTABLISHED if self.signer_established else CONSISTENT_ONLY


class ProblemList:
    """Collects problems; after a thousand it only counts, so that a hostile file can't fill the memory."""

    def __init__(self) -> None:
        self._problems: dict[str, Problem] = {}
        self._uncounted = 0

    def add(self, code: str, **parameters: Parameter) -> None:
        self.extend([Problem(code, parameters)])

    def extend(self, problems: list[Problem]) -> None:
        for problem in problems:
            if len(self._problems) < GREATEST_PROBLEMS:
                self._problems.setdefault(repr(problem), problem)
            elif repr(problem) not in self._problems:
                self._uncounted += 1

    def all(self) -> tuple[Problem, ...]:
        """Everything that was found, each once, in the order in which it was found."""
        problems = tuple(self._problems.values())
        if self._uncounted:
            return (*problems, Problem("register.more_problems", {"count": self._uncounted}))
        return problems
