"""The log is served to everybody by the paths of an export: without account, cookie or page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from habeas.register.verify import verify_path
from habeas.store import proofs
from habeas.store.models import AuditRow
from tests.store.example import OFFICER, Register
from tests.web.conftest import People, browser

LONG = "tile/0/" + "x000/" * 5_000 + "000"


def test_everybody_is_served_what_an_export_has(register: Register, tmp_path: Path) -> None:
    proofs.export(tmp_path / "export")
    paths = [each for each in (tmp_path / "export").rglob("*") if each.is_file()]
    assert len(paths) == 4
    for each in paths:
        path = each.relative_to(tmp_path / "export").as_posix()
        got = Client().get(f"/log/v1/{path}")
        assert (got.status_code, got.content) == (200, each.read_bytes())
        (tmp_path / "served" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "served" / path).write_bytes(got.content)
    assert verify_path(tmp_path / "served", register.vkey).ok


def test_tiles_may_be_kept_for_ever_and_the_checkpoint_not_at_all(register: Register) -> None:
    register.fill(300)
    expected = {
        "checkpoint": ("text/plain; charset=utf-8", "no-store"),
        "keys.jsonl": ("text/plain; charset=utf-8", "no-store"),
        "tile/0/000": ("application/octet-stream", "public, max-age=31536000, immutable"),
        "tile/entries/001.p/9": ("application/octet-stream", "public, max-age=31536000, immutable"),
    }
    for path, (kind, kept) in expected.items():
        got, head = Client().get(f"/log/v1/{path}"), Client().head(f"/log/v1/{path}")
        assert (got["Content-Type"], got["Cache-Control"]) == (kind, kept)
        assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(got.content)))
        assert not {"Vary", "Set-Cookie", "Content-Language"} & set(got.headers)
        assert got["X-Content-Type-Options"] == "nosniff"
        assert got["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path", ["", "tile/0/001", "tile/0/0", "tile/00/000", "tile/0/000.p/0", "../checkpoint", "tile/0/000.p/999", LONG]
)
def test_what_is_not_there_is_not_found_and_nothing_more_is_said(register: Register, path: str) -> None:
    got = Client().get(f"/log/v1/{path}")
    assert got.status_code == 404
    assert path == "" or (got.content, got["Cache-Control"]) == (b"", "no-store")


def test_nothing_can_be_sent_there(register: Register) -> None:
    assert Client().post("/log/v1/checkpoint", {"size": "1"}).status_code == 405


def test_a_second_factor_is_not_asked_of_who_is_signed_in(people: People, settings: Settings) -> None:
    settings.HABEAS_DEMO = False
    assert people.alice.get("/work/").status_code == 302
    assert browser(OFFICER).get("/log/v1/checkpoint").status_code == 200


def test_everybody_reads_when_the_register_was_audited_last_and_what_was_found(register: Register) -> None:
    reader = Client()
    assert "Never" in reader.get("/log/").content.decode()
    AuditRow.objects.create(at=timezone.now() - timedelta(days=3), size=9, findings={})
    assert [each in reader.get("/log/").content.decode() for each in ("9 entries", "Late", "was as it was signed")] == [
        True
    ] * 3
    AuditRow.objects.create(at=timezone.now(), size=10, findings={"audit.leaf_changed": 2})
    spanish = reader.get("/log/", headers={"accept-language": "es"}).content.decode()
    assert "No todo está como se firmó" in spanish
    assert "<li>asientos que no son lo que contiene el árbol: 2 hallazgos</li>" in spanish
    assert reader.get("/log/status.json").json()["audit"]["findings"] == {"audit.leaf_changed": 2}
