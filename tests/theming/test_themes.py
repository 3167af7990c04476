from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from otasite import __version__
from otasite.problems import Location, Problem, ProblemsFound
from otasite.theming.declaration import ThemeFileRecord
from otasite.theming.themes import Theme, fallbacks, list_themes, load_theme, watched_paths
from otasite.typed_yaml.convert import read_record

from .conftest import Project, shown


def test_layers_run_from_the_sites_overrides_down_to_default(project: Project) -> None:
    project.write("themes/shop/theme.yaml", "version: 2\nparent: corporate\n")
    project.write("themes/corporate/theme.yaml", "version: 1\n")
    theme = project.load("shop")
    assert [layer.theme for layer in theme.layers] == ["", "shop", "corporate", "default"]
    assert (theme.name, theme.version) == ("shop", "2")


def test_a_sites_own_theme_hides_a_bundled_one_of_the_same_name(project: Project) -> None:
    assert project.load("default").layers[1].folder == project.root / "themes" / "default"


def test_the_bundled_default_is_found_without_any_theme_in_the_site(tmp_path: Path) -> None:
    theme = load_theme("default", site_root=tmp_path)
    assert theme.find("base.html") is not None
    assert theme.layers[0].templates == {}


def test_an_unknown_theme_is_located_in_the_site_with_a_suggestion(project: Project) -> None:
    (problem,) = project.load_problems("defualt", accent="#fff")
    assert (problem.code, problem.location) == ("unknown-theme", Location("content/site.yaml", 1, 1))
    assert "default" in problem.hint


@pytest.mark.parametrize("name", ["../default", "/etc", "", "a/b", ".git", "a\0b"])
def test_a_theme_name_cannot_lead_out_of_the_themes_folder(project: Project, name: str) -> None:
    (problem,) = project.load_problems(name)
    assert problem.code == "unknown-theme"


def test_a_missing_parent_is_located_where_it_is_named(project: Project) -> None:
    project.write("themes/shop/theme.yaml", "version: 1\nparent: corprate\n")
    project.write("themes/corporate/theme.yaml", "")
    (problem,) = project.load_problems("shop")
    assert problem.location == Location("themes/shop/theme.yaml", 2, 9)
    assert "corporate" in problem.hint


def test_parents_that_form_a_circle_are_named_in_order(project: Project) -> None:
    project.write("themes/a/theme.yaml", "parent: b\n")
    project.write("themes/b/theme.yaml", "parent: a\n")
    (problem,) = project.load_problems("a")
    assert shown([problem]) == ["themes/b/theme.yaml:1:9 theme-parent"]
    assert "a → b → a" in problem.message


def test_a_theme_for_other_versions_of_otasite_is_refused(project: Project) -> None:
    project.write("themes/later/theme.yaml", 'version: "1"\notasite: ">=90.1"\n')
    (problem,) = project.load_problems("later")
    assert shown([problem]) == ["themes/later/theme.yaml:2:10 theme-needs-otasite"]
    assert f"is for otasite >=90.1; this is {__version__}" in problem.message
    project.write("themes/later/theme.yaml", 'version: "1"\notasite: ">=0.1, <90"\n')
    assert project.load("later").version == "1"
    project.write("themes/later/theme.yaml", 'version: "1"\notasite: "new"\n')
    assert shown(project.load_problems("later")) == ["themes/later/theme.yaml:2:10 bad-value"]


def test_default_has_no_parent(project: Project) -> None:
    project.write("themes/default/theme.yaml", "parent: other\n")
    assert shown(project.load_problems()) == ["themes/default/theme.yaml:1:9 theme-parent"]


def test_a_theme_without_theme_yaml_is_a_problem(project: Project) -> None:
    (project.root / "themes/bare").mkdir()
    assert shown(project.load_problems("bare")) == ["themes/bare/theme.yaml theme-file-missing"]


def test_a_theme_yaml_that_cannot_be_read(project: Project) -> None:
    (project.root / "themes/bare/theme.yaml").mkdir(parents=True)
    assert shown(project.load_problems("bare")) == ["themes/bare/theme.yaml unreadable-file"]


def test_every_mistake_of_theme_yaml_is_reported_at_once(project: Project) -> None:
    project.write(
        "themes/default/theme.yaml",
        """\
        verison: 1
        name: [a]
        name: twice
        x-free: {anything: goes}
        options:
          Bad Name: {type: text}
          colour: {type: colour}
          size: {type: integer, minimum: small}
          shape: {type: choice}
          odd: {type: choice, choices: [Round, "a b"], default: Round}
          hue: {type: color, default: blue}
          list: [1]
          flag: {type: boolean, default: maybe, lable: x}
        """,
    )
    found = project.load_problems()
    assert [(p.location.line, p.location.column) for p in found if p.location] == [
        (1, 1),
        (2, 7),
        (3, 1),
        (4, 1),
        (6, 3),
        (7, 18),
        (8, 34),
        (9, 3),
        (10, 33),
        (10, 40),
        (11, 31),
        (12, 9),
        (13, 34),
        (13, 41),
    ]
    assert "version" in found[0].hint
    assert "color" in found[5].hint


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "a: \x07", "- 1\n- 2\n", "just text", "&a {b: *a}"])
def test_what_is_not_a_yaml_mapping_is_one_located_problem(project: Project, text: str) -> None:
    project.write("themes/default/theme.yaml", text)
    (problem,) = project.load_problems()
    assert problem.location is not None
    assert problem.location.path == "themes/default/theme.yaml"


@pytest.mark.parametrize(
    "text", ["options:\n\taccent: red\n", "name: [a\n", "name: a: b\n", b"name: \xff\n", "a: 1\na: 2"]
)
def test_theme_yaml_is_told_of_in_the_words_that_content_gets(project: Project, text: str | bytes) -> None:
    file = project.write("themes/default/theme.yaml", text)
    same = read_record(file.read_bytes(), "themes/default/theme.yaml", ThemeFileRecord)
    assert project.load_problems() == tuple(sorted(same.problems, key=Problem.sort_key))


def test_an_empty_theme_yaml_is_enough(project: Project) -> None:
    project.write("themes/shop/theme.yaml", "")
    assert project.load("shop").version == ""


def test_a_version_stays_as_it_was_written(project: Project) -> None:
    project.write("themes/shop/theme.yaml", "version: 1.10\n")
    assert project.load("shop").version == "1.10"


def test_a_template_that_is_not_utf8_is_located_by_line(project: Project) -> None:
    project.template("a.html", "x")
    project.write("themes/default/templates/a.html", b"fine\n\xff\n")
    assert shown(project.load_problems()) == ["themes/default/templates/a.html:2:1 not-utf8"]


def test_a_link_out_of_the_theme_is_refused(project: Project) -> None:
    secret = project.write("secret.txt", "x")
    static = project.root / "themes/default/static"
    static.mkdir()
    (static / "leak.txt").symlink_to(secret)
    assert shown(project.load_problems()) == ["themes/default/static/leak.txt theme-file-outside"]


def test_a_link_within_the_theme_is_followed(project: Project) -> None:
    project.write("themes/default/static/a.txt", "x")
    (project.root / "themes/default/static/b.txt").symlink_to("a.txt")
    assert project.load().assets["b.txt"].data == b"x"


def test_editors_copies_hidden_files_and_licences_are_passed_over(project: Project) -> None:
    for name in ("a.html~", ".a.html.swp", "#a.html#", "4913", "LICENSE", "OFL.txt", "README.md", ".hidden/x.html"):
        project.template(name, "x")
    for name in ("licensing.txt", "license.html", "notice.svg"):
        project.template(name, "x")
    assert set(project.load().layers[1].templates) == {"licensing.txt", "license.html", "notice.svg"}


# --- the digest


def _tree(project: Project) -> Theme:
    project.template("a.html", "a")
    project.locale("en", {"k": "v"})
    project.locale("de", {"k": "w"})
    project.write("themes/default/static/a.css", "a{}")
    project.write("themes/default/theme.yaml", "version: 1.0\noptions: {accent: {type: color}}\n")
    return project.load()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("themes/default/templates/a.html", "b"),
        ("themes/default/templates/new.html", ""),
        ("templates/a.html", "a"),
        ("locales/en.po", 'msgid "k"\nmsgstr "x"\n'),
        ("themes/default/static/a.css", "b{}"),
        ("themes/default/theme.yaml", 'options: {accent: {type: color, default: "#fff"}}'),
    ],
)
def test_the_digest_changes_with_every_file(project: Project, path: str, text: str) -> None:
    before = _tree(project)
    assert project.load().digest == before.digest
    project.write(path, text)
    after = project.load()
    assert after.digest != before.digest


def test_the_digest_changes_with_the_sites_options(project: Project) -> None:
    before = _tree(project)
    after = project.load(accent="#fff")
    assert after.digest != before.digest


def test_the_digest_says_nothing_about_the_machine(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Project(tmp_path_factory.mktemp("elsewhere"))
    first, second = _tree(project), _tree(other)
    os.utime(other.root / "themes/default/templates/a.html", (1, 1))
    assert first.digest == second.digest == other.load().digest


def test_a_theme_can_be_sent_to_another_process(project: Project) -> None:
    theme = _tree(project)
    assert pickle.loads(pickle.dumps(theme)) == theme


# --- lists


def test_themes_are_listed_with_what_they_say_of_themselves(project: Project) -> None:
    project.write("themes/shop/theme.yaml", "name: The Shop\nversion: 2\ndescription: Rows.\nparent: default\n")
    listed = {info.name: info for info in list_themes(project.root)}
    assert (listed["shop"].title, listed["shop"].parent, listed["shop"].bundled) == ("The Shop", "default", False)
    assert (listed["default"].title, listed["default"].parent) == ("default", "")


def test_listing_reports_a_broken_theme(project: Project) -> None:
    project.write("themes/shop/theme.yaml", "a: [")
    with pytest.raises(ProblemsFound):
        list_themes(project.root)


def test_the_preview_learns_where_a_theme_lives(project: Project) -> None:
    paths = watched_paths("default", project.load(), site_root=project.root)
    assert project.root / "templates" in paths
    assert project.root / "themes" in paths
    broken = watched_paths("none", None, site_root=project.root)
    assert any((path / "default" / "theme.yaml").is_file() for path in broken)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("en",)),
        ("de", ("de", "en")),
        ("pt-BR", ("pt-BR", "pt", "en")),
        ("zh-Hant-TW", ("zh-Hant-TW", "zh-Hant", "zh", "en")),
        ("en-GB", ("en-GB", "en")),
    ],
)
def test_languages_fall_back_from_the_specific_to_english(language: str, expected: tuple[str, ...]) -> None:
    assert fallbacks(language) == expected
