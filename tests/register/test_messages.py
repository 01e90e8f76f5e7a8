"""Every problem that the register can name has a sentence in both languages, with the same parameters."""

import ast
import re
import string
from pathlib import Path

from babel.messages.pofile import read_po

import habeas.register

PACKAGE = Path(habeas.register.__file__).parent
LOCALE = PACKAGE.parent / "locale"


def sentences(language: str) -> dict[str, str]:
    with (LOCALE / language / "register.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def parameters(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def trees() -> list[ast.Module]:
    return [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.glob("*.py"))]


def codes() -> set[str]:
    constants = [node.value for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {text for text in constants if isinstance(text, str) and re.fullmatch(r"register\.[a-z_]+", text)}


def test_every_code_has_a_sentence_in_both_languages() -> None:
    assert set(sentences("en")) == codes()
    assert set(sentences("es")) == codes()


def test_both_languages_have_the_same_parameters() -> None:
    english, spanish = sentences("en"), sentences("es")
    assert {code: parameters(text) for code, text in english.items()} == {
        code: parameters(text) for code, text in spanish.items()
    }


def test_a_sentence_asks_only_for_parameters_that_the_code_gives() -> None:
    english = sentences("en")
    calls = [node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    checked = 0
    for call in calls:
        code = call.args[0]
        given = {keyword.arg for keyword in call.keywords}
        if not isinstance(code, ast.Constant) or code.value not in english or not given:
            continue
        assert parameters(english[code.value]) == given, code.value
        checked += 1
    assert checked > 30
