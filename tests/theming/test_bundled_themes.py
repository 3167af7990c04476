"""The themes that come with otasite keep the rules that the theming room checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from otasite.theming.checks import check_templates
from otasite.theming.locale_checks import check_locales
from otasite.theming.resources import bundled_themes
from otasite.theming.themes import load_theme

NAMES = sorted(folder.name for folder in bundled_themes().iterdir() if (folder / "theme.yaml").is_file())


@pytest.mark.parametrize("name", NAMES)
def test_templates_name_only_what_exists(name: str, tmp_path: Path) -> None:
    assert check_templates(load_theme(name, site_root=tmp_path)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_language_has_every_text(name: str, tmp_path: Path) -> None:
    theme = load_theme(name, site_root=tmp_path)
    languages = sorted({language for layer in theme.layers for language in layer.locales})
    assert check_locales(theme, languages=languages) == []
