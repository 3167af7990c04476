"""The themes that come with otasite keep the rules that the theming room checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from otasite.site.views import TEMPLATES
from otasite.theming.checks import check_templates
from otasite.theming.locale_checks import check_locales
from otasite.theming.scaffold import new_theme
from otasite.theming.templates import Renderer
from otasite.theming.themes import bundled_themes, load_theme
from tests.themes.default.pages import context
from tests.themes.default.samples import samples

NAMES = sorted(folder.name for folder in bundled_themes().iterdir() if (folder / "theme.yaml").is_file())


@pytest.mark.parametrize("name", NAMES)
def test_templates_name_only_what_exists(name: str, tmp_path: Path) -> None:
    assert check_templates(load_theme(name, site_root=tmp_path)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_language_has_every_text(name: str, tmp_path: Path) -> None:
    theme = load_theme(name, site_root=tmp_path)
    languages = sorted({language for layer in theme.layers for language in layer.locales})
    assert check_locales(theme, languages=languages) == []


def test_the_stylesheet_of_a_new_theme_is_the_last_on_every_page(tmp_path: Path) -> None:
    new_theme("ours", tmp_path)
    theme = load_theme("ours", site_root=tmp_path)
    renderer = Renderer(theme)
    for path, view in samples().items():
        page = renderer.render(TEMPLATES[type(view)], view.page.language, context(view), path)
        stylesheets = [
            name for name, asset in theme.assets.items() if f'{asset.path}"' in page and name.endswith("css")
        ]
        assert {"own.css", "site.css"} <= set(stylesheets) <= {"own.css", "site.css", "lists.css"}, path
        assert page.index(theme.assets["site.css"].path) < page.index(theme.assets["own.css"].path), path
