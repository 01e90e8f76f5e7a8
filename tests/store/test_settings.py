"""Settings from the environment, and what the server writes about itself."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
from allauth.core.context import request_context
from django.core.exceptions import ImproperlyConfigured, RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import StopFutureHandlers
from django.test import RequestFactory
from django.urls import Resolver404, resolve

from habeas import settings
from habeas.store.keys import SealBroken
from habeas.store.models import Account
from habeas.store.second_factors import SealedSecondFactor
from habeas.store.sessions import SessionStore
from habeas.store.traces import WRONG_HOST, MemoryOnly, NoValues
from tests.store.test_secrecy import files_with

TYPED = "Zebulonia is no date"


def test_without_a_secret_key_every_process_draws_its_own() -> None:
    assert settings.secret_key({}) != settings.secret_key({})


def test_the_secret_key_can_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 50 + "\n")

    assert settings.secret_key({"HABEAS_SECRET_KEY_FILE": str(tmp_path / "key")}) == "k" * 50


@pytest.mark.parametrize(
    "given",
    [
        {"HABEAS_SECRET_KEY": "short"},
        {"HABEAS_SECRET_KEY": "k" * 50, "HABEAS_SECRET_KEY_FILE": "/nowhere"},
        {"HABEAS_SECRET_KEY_FILE": "/nowhere"},
    ],
)
def test_a_secret_key_that_makes_no_sense_stops_the_start(given: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured):
        settings.secret_key(given)


def test_only_the_demonstration_answers_without_a_name() -> None:
    assert settings.hosts({}, demo=False) == []
    assert settings.hosts({"HABEAS_HOSTS": "a.example, b.example"}, demo=False) == ["a.example", "b.example"]
    assert "127.0.0.1" in settings.hosts({}, demo=True)


def logged(message: str, **extra: object) -> str:
    """What the server would write about an error whose text quotes a form."""
    try:
        raise ValueError(TYPED)
    except ValueError:
        record = logging.LogRecord("django", logging.ERROR, __file__, 1, message, (), sys.exc_info())
    record.__dict__ |= extra
    return NoValues().format(record)


def test_an_error_is_logged_with_its_place_and_without_its_text() -> None:
    line = logged("Internal Server Error")

    assert "test_settings.py" in line
    assert "ValueError" in line
    assert "Zebulonia" not in line


def test_a_request_is_logged_without_its_query() -> None:
    request = RequestFactory().get("/cases/", {"name": "Zebulonia"})

    line = logged(f"Not Found: {request.get_full_path()}", request=request, status_code=404)

    assert "GET / (no such page) 404" in line
    assert "Zebulonia" not in line


def test_a_wrong_name_of_the_register_is_one_line_with_the_name_cut_short() -> None:
    request = RequestFactory().get("/cases/?name=Zebulonia", HTTP_HOST=f"elsewhere.example\n{'x' * 90}Zebulonia")

    line = logged("Invalid HTTP_HOST header", name=WRONG_HOST, request=request, status_code=400)

    assert line.endswith(f"GET / (no such page) 400 elsewhere.example\\n{'x' * 42} is not in HABEAS_HOSTS")
    assert line.count("\n") == 0


@pytest.mark.parametrize(
    "typed", ["/Zebulonia/", "/cases/Zebulonia/", "/cases/a\n2026-01-01 ERROR Zebulonia/", "/\x1b[2J/"]
)
def test_what_somebody_typed_into_a_path_is_not_logged(typed: str) -> None:
    request = RequestFactory().get("/")
    request.path = request.path_info = typed
    try:
        request.resolver_match = resolve(typed)
    except Resolver404:
        request.resolver_match = None

    line = logged(f"Not Found: {typed}", request=request, status_code=404)

    assert "Zebulonia" not in line
    assert "\x1b" not in line
    assert line.count("\n") == logged("").count("\n")


def test_the_web_server_logs_no_path() -> None:
    record = logging.LogRecord(
        "waitress", logging.ERROR, __file__, 1, "Exception while serving /Zebulonia/", (), None, "service"
    )
    assert "Zebulonia" not in NoValues().format(record)


def test_no_record_makes_two_lines_of_one() -> None:
    record = logging.LogRecord("habeas.work", logging.WARNING, __file__, 1, "señal\nERROR of somebody", (), None)
    assert "señal\\nERROR" in NoValues().format(record)


def test_a_second_factor_lies_sealed_in_the_database(data: Path) -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    with request_context(request):
        request.user = Account(username="so1")
        sealed = SealedSecondFactor().encrypt("JBSWY3DPEHPK3PXP")
        assert SealedSecondFactor().decrypt(sealed) == "JBSWY3DPEHPK3PXP"
        request.user = Account(username="so2")
        with pytest.raises(SealBroken):  # whoever copies their own to another account
            SealedSecondFactor().decrypt(sealed)

    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert files_with(data, "JBSWY3DPEHPK3PXP") == []


def test_an_upload_of_any_length_stays_in_memory() -> None:
    handler = MemoryOnly()
    handler.handle_raw_input(None, {}, 10**9, b"")
    with pytest.raises(StopFutureHandlers):
        handler.new_file("file", "letter.pdf", "application/pdf", 10**9)

    assert handler.receive_data_chunk(b"x" * 3_000_000, 0) is None
    assert isinstance(handler.file_complete(3_000_000), InMemoryUploadedFile)
    with pytest.raises(RequestDataTooBig):
        handler.receive_data_chunk(b"x" * settings.EVIDENCE_MAX_BYTES, 3_000_000)


def test_postgresql_ends_a_transaction_in_which_somebody_stands_still_unless_its_address_says_otherwise() -> None:
    address = "postgresql://habeas@db.example/habeas"
    found = [
        settings.database({"HABEAS_DATABASE": address + more}, Path())["OPTIONS"]
        for more in ("", "?options=-c%20jit=off")
    ]

    assert [each["options"] for each in found] == ["-c idle_in_transaction_session_timeout=60000", "-c jit=off"]
