from __future__ import annotations

from pathlib import Path

import pytest

from otasite.problems import Refused
from otasite.theming.themes import bundled_themes, starter_content


def test_a_wheel_carries_its_themes_and_starter_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "otasite"
    (package / "_bundled" / "themes").mkdir(parents=True)
    (package / "_bundled" / "starter").mkdir()
    assert bundled_themes(package) == package / "_bundled" / "themes"
    assert starter_content(package) == package / "_bundled" / "starter"


def test_a_checkout_has_them_beside_the_package(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "themes").mkdir()
    assert bundled_themes(tmp_path / "otasite") == tmp_path / "themes"


def test_somebody_elses_themes_folder_in_site_packages_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    with pytest.raises(Refused, match="incomplete"):
        bundled_themes(tmp_path / "otasite")


def test_the_current_folder_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "themes" / "default").mkdir(parents=True)
    before = bundled_themes()
    monkeypatch.chdir(tmp_path)
    assert bundled_themes() == before
    assert (before / "default" / "theme.yaml").is_file()
