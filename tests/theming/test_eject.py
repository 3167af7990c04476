from __future__ import annotations

from pathlib import Path

import pytest

from otasite.problems import Refused
from otasite.theming.checks import check_templates
from otasite.theming.eject import drift, eject
from otasite.theming.scaffold import new_theme
from otasite.theming.themes import load_theme

from .conftest import Project, shown


@pytest.fixture
def project(project: Project) -> Project:
    project.write("themes/default/theme.yaml", "version: 1.0 rc\noptions: {accent: {type: color}}\n")
    project.template("partials/a.html", "\n{{ x }}\n")
    project.locale("de", {"k": "w"})
    project.write("themes/default/static/site.css", "a{}\n")
    return project


def test_an_ejected_template_renders_the_same_and_is_edited_by_the_site(project: Project) -> None:
    before = project.render("partials/a.html", {"x": 1})
    done = eject(project.load(), "partials/a.html", project.root)
    assert (done.path, done.original) == ("templates/partials/a.html", "themes/default/templates/partials/a.html")
    text = (project.root / done.path).read_text()
    assert text.startswith("{# otasite: ejected from default 1.0rc sha256:")
    assert project.render("partials/a.html", {"x": 1}) == before
    assert drift(project.load()) == []


def test_a_changed_original_is_warned_of_until_the_mark_is_removed(project: Project) -> None:
    done = eject(project.load(), "partials/a.html", project.root)
    project.write("themes/default/theme.yaml", "version: 1.1\noptions: {accent: {type: color}}\n")
    project.template("partials/a.html", "{{ x }} improved")
    (problem,) = drift(project.load())
    assert shown([problem]) == ["templates/partials/a.html:1:1 override-drift"]
    assert problem.severity == "warning"
    assert "version 1.0rc, now 1.1" in problem.message
    kept = (project.root / done.path).read_text().split("\n", 1)[1]
    project.write(done.path, kept)
    assert drift(project.load()) == []


def test_an_edited_copy_is_no_drift(project: Project) -> None:
    done = eject(project.load(), "partials/a.html", project.root)
    project.write(done.path, (project.root / done.path).read_text() + "mine")
    assert drift(project.load()) == []


def test_an_original_that_is_gone_is_drift(project: Project) -> None:
    eject(project.load(), "partials/a.html", project.root)
    (project.root / "themes/default/templates/partials/a.html").unlink()
    (problem,) = drift(project.load())
    assert "no longer in the theme" in problem.message


def test_nothing_is_ever_overwritten(project: Project) -> None:
    project.template("partials/a.html", "mine", "")
    with pytest.raises(Refused, match="there already"):
        eject(project.load(), "partials/a.html", project.root)
    assert (project.root / "templates/partials/a.html").read_text() == "mine"


def test_a_locale_is_ejected_with_a_comment_gettext_understands(project: Project) -> None:
    done = eject(project.load(), "de.po", project.root)
    assert done.path == "locales/de.po"
    assert project.load().layers[0].locales["de"].text.startswith("# otasite: ejected from default")
    project.template("a.html", '{{ t("k") }}')
    assert project.render("a.html", language="de") == "w"
    project.locale("de", {"k": "neu"})
    assert shown(drift(project.load())) == ["locales/de.po:1:1 override-drift"]


def test_an_asset_goes_to_the_sites_own_theme(project: Project) -> None:
    new_theme("ours", project.root)
    done = eject(project.load("ours"), "site.css", project.root)
    assert done.path == "themes/ours/static/site.css"
    assert project.load("ours").assets["site.css"].source == done.path
    project.write("themes/default/static/site.css", "b{}\n")
    assert shown(drift(project.load("ours"))) == ["themes/ours/static/site.css:1:1 override-drift"]


def test_a_picture_is_copied_as_it_is_and_not_tracked(project: Project) -> None:
    project.write("themes/default/static/a.png", b"\x89PNG")
    new_theme("ours", project.root)
    done = eject(project.load("ours"), "a.png", project.root)
    assert not done.tracked
    assert (project.root / done.path).read_bytes() == b"\x89PNG"


def test_a_charset_stays_the_first_bytes_of_a_stylesheet(project: Project) -> None:
    project.write("themes/default/static/c.css", '@charset "utf-8";\na{}')
    new_theme("ours", project.root)
    done = eject(project.load("ours"), "c.css", project.root)
    assert not done.tracked
    assert (project.root / done.path).read_text().startswith("@charset")


def test_assets_need_a_theme_of_the_site(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not a theme of this site") as raised:
        eject(load_theme("default", site_root=tmp_path), "site.css", tmp_path)
    assert "otasite new theme" in raised.value.hint


@pytest.mark.parametrize("name", ["partials/b.html", "../../secret", "/etc/passwd", ""])
def test_an_unknown_name_is_refused_with_a_suggestion(project: Project, name: str) -> None:
    with pytest.raises(Refused, match="no file") as raised:
        eject(project.load(), name, project.root)
    assert raised.value.hint


# --- new themes


def test_a_new_theme_works_at_once_on_top_of_the_bundled_default(tmp_path: Path) -> None:
    written = new_theme("ours", tmp_path)
    assert written == ["themes/ours/theme.yaml", "themes/ours/templates/base.html", "themes/ours/static/own.css"]
    theme = load_theme("ours", site_root=tmp_path)
    assert [layer.theme for layer in theme.layers] == ["", "ours", "default"]
    assert check_templates(theme) == []
    assert theme.options["accent"] != load_theme("default", site_root=tmp_path).options["accent"]


@pytest.mark.parametrize("name", ["default", "../x", "A", "a b", "", "a/b", "-a"])
def test_a_theme_needs_a_name_fit_for_a_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused):
        new_theme(name, tmp_path)
    assert not (tmp_path / "themes").exists()


def test_a_new_theme_does_not_touch_an_existing_one(tmp_path: Path) -> None:
    new_theme("ours", tmp_path)
    with pytest.raises(Refused, match="there already"):
        new_theme("ours", tmp_path)
