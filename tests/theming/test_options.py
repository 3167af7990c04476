from __future__ import annotations

import pytest

from otasite.theming.options import readable_on

from .conftest import Project, shown

DECLARED = """\
options:
  accent: {type: color, default: "#0A84FF", label: Accent}
  tint: {type: color}
  footer: {type: text}
  shape: {type: choice, choices: [round, square]}
  show_qr: {type: boolean, default: true}
  columns: {type: integer, default: 3, minimum: 1, maximum: 6}
"""


@pytest.fixture
def project(project: Project) -> Project:
    project.write("themes/default/theme.yaml", DECLARED)
    project.template("a.html", "{{ asset('options.css') }}")
    return project


def test_options_have_the_types_they_declare(project: Project) -> None:
    assert project.load().options == {
        "accent": "#0a84ff",
        "tint": "",
        "footer": "",
        "shape": "round",
        "show_qr": True,
        "columns": 3,
    }


def test_the_sites_choices_are_converted(project: Project) -> None:
    theme = project.load(accent="#F0a", footer="Ours <b>", shape="square", show_qr="False", columns="6")
    assert theme.options["accent"] == "#ff00aa"
    assert theme.options["footer"] == "Ours <b>"
    assert (theme.options["shape"], theme.options["show_qr"], theme.options["columns"]) == ("square", False, 6)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("accent", "red;}body{background:url(//evil)", "not a colour"),
        ("accent", "</style><script>", "not a colour"),
        ("accent", "red", "not a colour"),
        ("accent", "#ff00zz", "not a colour"),
        ("accent", "#fff\n", "not a colour"),
        ("accent", "#fff;--x:1", "not a colour"),
        ("accent", "", "is empty"),
        ("shape", "round;}", "no choice"),
        ("show_qr", "maybe", "neither true nor false"),
        ("show_qr", "yes", "neither true nor false"),
        ("columns", "06", "not a whole number"),
        ("columns", "7", "out of range"),
        ("columns", "0", "out of range"),
        ("columns", "3;}", "not a whole number"),
        ("columns", "٣", "not a whole number"),
        ("columns", "9" * 5000, "not a whole number"),
        ("footer", "a\x00b", "control characters"),
        ("footer", "x" * 1001, "longer than"),
    ],
)
def test_a_hostile_or_wrong_value_is_refused_where_it_stands(
    project: Project, name: str, value: str, words: str
) -> None:
    (problem,) = project.load_problems(**{name: value})
    assert shown([problem]) == ["content/site.yaml:3:1 option-value"]
    assert words in problem.message


def test_an_unknown_option_gets_a_suggestion(project: Project) -> None:
    (problem,) = project.load_problems(acent="#fff")
    assert problem.code == "unknown-option"
    assert "accent" in problem.hint


def test_all_wrong_options_are_reported_together(project: Project) -> None:
    assert len(project.load_problems(acent="#fff", shape="oval", columns="x")) == 3


def test_text_never_reaches_the_stylesheet_and_the_rest_only_in_safe_spellings(project: Project) -> None:
    css = project.load(footer="</style>}body{", tint="#FFF").assets["options.css"].data.decode()
    assert css == (
        ":root{--ota-accent:#0a84ff;--ota-accent-text:#000000;--ota-tint:#ffffff;--ota-tint-text:#000000;"
        "--ota-shape:round;--ota-show-qr:1;--ota-columns:3}\n"
    )


def test_a_colour_that_is_not_set_leaves_the_stylesheets_own(project: Project) -> None:
    assert "tint" not in project.load().assets["options.css"].data.decode()


def test_a_child_inherits_options_and_changes_defaults(project: Project) -> None:
    project.write(
        "themes/child/theme.yaml",
        """\
        options:
          accent: "#fff"
          columns: {maximum: 9}
          extra: {type: text, default: new}
        """,
    )
    theme = project.load("child", columns="8")
    assert theme.options["accent"] == "#ffffff"
    assert theme.options["columns"] == 8
    assert theme.options["extra"] == "new"
    assert theme.options["shape"] == "round"
    assert next(option for option in theme.declared if option.name == "accent").label == "Accent"


def test_a_child_cannot_change_the_type_its_parents_rely_on(project: Project) -> None:
    project.write("themes/child/theme.yaml", "options:\n  accent: {type: text}\n")
    assert shown(project.load_problems("child")) == ["themes/child/theme.yaml:2:18 theme-file"]


def test_a_new_option_needs_a_type(project: Project) -> None:
    project.write("themes/child/theme.yaml", "options:\n  glow: high\n")
    assert shown(project.load_problems("child")) == ["themes/child/theme.yaml:2:3 theme-file"]


@pytest.mark.parametrize(
    ("color", "text"),
    [("#000000", "#ffffff"), ("#ffffff", "#000000"), ("#0071e3", "#ffffff"), ("#ffcc00", "#000000")],
)
def test_text_on_a_colour_is_the_one_with_more_contrast(color: str, text: str) -> None:
    assert readable_on(color) == text
