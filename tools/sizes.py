"""Hold the limits of STYLE.md on the size of functions, files and the whole, and print what is over them.

Functions and files are counted as they stand; the whole by its lines of code, and the other number is printed beside it
(docs/decisions/0009-lines-of-code.md).
"""

from __future__ import annotations

import ast
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
FUNCTION_LINES_MAX = 70
FUNCTION_LINES_MEDIAN_MAX = 10
FILE_LINES_MAX = 500
SOURCE_LINES_MAX = 15_000


@dataclass(frozen=True, slots=True)
class Function:
    place: str
    name: str
    lines: int


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "migrations" not in path.parts)


def line_count(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_line_count(path: Path) -> int:
    """Lines that hold code: neither blank, nor a comment alone, nor part of a docstring."""
    with tokenize.open(path) as file:
        tokens = [each for each in tokenize.generate_tokens(file.readline) if each.type not in NO_CODE]
    lines = {line for each in tokens for line in range(each.start[0], each.end[0] + 1)}
    return len(lines - docstring_lines(path))


def docstring_lines(path: Path) -> set[int]:
    documented = (each for each in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(each, DOCUMENTED))
    first = (each.body[0] for each in documented if ast.get_docstring(each, clean=False) is not None)
    return {line for each in first for line in range(each.lineno, (each.end_lineno or each.lineno) + 1)}


def functions(path: Path, root: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(f"{path.relative_to(root)}:{node.lineno}", node.name, lines)


def problems(root: Path) -> list[str]:
    """One sentence for each limit that is passed: long functions and files anywhere, the whole in src/."""
    source = python_files(root / "src")
    everything = [*source, *python_files(root / "tools"), *python_files(root / "tests")]
    found = [
        f"{each.place}: {each.name} has {each.lines} lines; a function has {FUNCTION_LINES_MAX} at most."
        for path in everything
        for each in functions(path, root)
        if each.lines > FUNCTION_LINES_MAX
    ]
    found += [
        f"{path.relative_to(root)}: {lines} lines; a file has {FILE_LINES_MAX} at most."
        for path in everything
        if (lines := line_count(path)) > FILE_LINES_MAX
    ]
    middle = median([each.lines for path in source for each in functions(path, root)] or [0])
    if middle > FUNCTION_LINES_MEDIAN_MAX:
        found.append(f"src: the median function has {middle} lines; {FUNCTION_LINES_MEDIAN_MAX} at most.")
    total = sum(code_line_count(path) for path in source)
    if total > SOURCE_LINES_MAX:
        found.append(f"src: {total} lines of code without migrations; {SOURCE_LINES_MAX} at most.")
    return found


def main() -> int:
    found = problems(ROOT)
    for problem in found:
        print(problem)
    source = python_files(ROOT / "src")
    code, lines = sum(map(code_line_count, source)), sum(map(line_count, source))
    print(f"src: {code} lines of code without migrations; {lines} with blank lines, comments and docstrings.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
