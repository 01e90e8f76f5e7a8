"""What can be wrong with bytes: a code and its parameters; the sentence is found at the edge, by the code."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Parameter = str | int


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
    """The question can't be asked: the path does not exist, or the key given is no key. Exit code 2."""
