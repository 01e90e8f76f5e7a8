"""Verifiers that others wrote. Where one can't be had the tests that need it are skipped; with CI=true they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
GO_MODULES = Path("/usr/share/gocode")
NPM_PACKAGE = "@sigstore/verify@3.1.1"


def wanting(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true, and {what}", pytrace=False)
    pytest.skip(what)


def run(*command: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
    ended = subprocess.run(
        command, env={**os.environ, **(env or {})}, cwd=cwd, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        wanting(f"{' '.join(command[:3])} failed: {ended.stderr[-500:]}")


@pytest.fixture(scope="session")
def tlogcheck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checker on golang.org/x/mod/sumdb, built from Debian's packages."""
    if shutil.which("go") is None or not (GO_MODULES / "src/golang.org/x/mod/sumdb").is_dir():
        wanting("Go's sumdb is not here: apt-get install golang-go golang-golang-x-mod-dev")
    return built(tmp_path_factory.mktemp("go"))


def built(folder: Path) -> Path:
    """The checker, built in this folder."""
    env = {"GO111MODULE": "off", "GOPATH": str(GO_MODULES), "GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    run("go", "build", "-o", str(folder / "tlogcheck"), str(HERE / "tlogcheck.go"), env=env)
    return folder / "tlogcheck"


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which npm has installed the package."""
    if shutil.which("npm") is None:
        wanting("Node.js and npm are not here: apt-get install nodejs npm")
    folder = tmp_path_factory.mktemp("npm")
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", NPM_PACKAGE, cwd=folder)
    return folder
