"""Hold the limits of STYLE.md on the size of functions, files and the whole, and print what is over them."""

from __future__ import annotations

import ast
import sys
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
    total = sum(line_count(path) for path in source)
    if total > SOURCE_LINES_MAX:
        found.append(f"src: {total} lines of Python without migrations; {SOURCE_LINES_MAX} at most.")
    return found


def main() -> int:
    found = problems(ROOT)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
