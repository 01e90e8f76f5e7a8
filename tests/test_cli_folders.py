"""Where a command writes, and reads from, is named: nothing comes to lie where somebody happens to stand."""

from pathlib import Path

import pytest

from .test_cli import VKEY, Shell, habeas

__all__ = ["habeas"]

FOLDERS = {
    "export": ("export", ""),
    "backup": ("backup", ""),
    "restore": ("restore", " "),
    "roll": ("roll", "", "--secret", "no-file"),
    "mirror": ("mirror", "http://127.0.0.1:9", "", "--key", VKEY),
    "unwrap": ("readings", "unwrap", "no-file", "", "--secret", "no-file"),
    "witness": ("witness", "serve", "--secret", "no-file", "--log", VKEY, "--state", ""),
}


@pytest.mark.parametrize("words", FOLDERS.values(), ids=FOLDERS)
def test_a_folder_without_a_name_is_refused_and_nothing_is_written_where_somebody_stands(
    habeas: Shell, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for language, sentence in (("en", "no folder is named"), ("es", "no se nombra ninguna carpeta")):
        ended = habeas(*words, "--lang", language)

        assert (ended.code, ended.out) == (2, "")
        assert sentence in ended.err
    assert list(tmp_path.iterdir()) == []
