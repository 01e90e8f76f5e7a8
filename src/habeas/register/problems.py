"""What can be wrong with bytes: a code and its parameters; the sentence is found at the edge, by the code."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

Parameter = str | int
Given = TypeVar("Given")

GREATEST_PROBLEMS = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `code` names the sentence, `parameters` fill it."""

    code: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


class RegisterError(Exception):
    """Something was refused; `problem` says what. The edge turns it into a sentence."""

    def __init__(self, code: str, **parameters: Parameter) -> None:
        super().__init__(code, parameters)
        self.problem = Problem(code, parameters)


class Unusable(RegisterError):
    """The question can't be asked: nothing to verify at the path, or the key given is no key. Exit code 2."""


class ProblemList:
    """Collects problems; after a thousand of a kind it only counts, so that a hostile file can't fill the memory and no
    kind hides another."""

    def __init__(self) -> None:
        self._problems: dict[str, Problem] = {}
        self._of_kind: Counter[str] = Counter()
        self._uncounted = 0

    def add(self, code: str, **parameters: Parameter) -> None:
        self.extend([Problem(code, parameters)])

    def extend(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if repr(problem) in self._problems:
                continue
            if self._of_kind[problem.code] < GREATEST_PROBLEMS:
                self._problems[repr(problem)] = problem
                self._of_kind[problem.code] += 1
            else:
                self._uncounted += 1

    def attempt(self, read: Callable[[], Given]) -> Given | None:
        """What `read` gives, or None and one more problem when it refuses."""
        try:
            return read()
        except RegisterError as error:
            self.extend([error.problem])
            return None

    def all(self) -> tuple[Problem, ...]:
        """Everything that was found, each once, in the order in which it was found."""
        problems = tuple(self._problems.values())
        if self._uncounted:
            return (*problems, Problem("register.more_problems", {"count": self._uncounted}))
        return problems
