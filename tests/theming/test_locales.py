"""Texts: lookup through languages and layers, plural rules, placeholders, and broken catalogues."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from otasite.memory import Memory
from otasite.problems import ProblemsFound
from otasite.theming.catalogue_files import read_catalogue
from otasite.theming.languages import direction, language_name
from otasite.theming.layers import Source, read_source
from otasite.theming.locales import Translations, load_translations
from otasite.theming.mistakes import Mistake

from .conftest import Project, shown

ARABIC = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
RUSSIAN = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"


def texts(project: Project, language: str = "en", theme: str = "default") -> Translations:
    return load_translations(project.load(theme), language)


def po(project: Project, text: str, language: str = "en", layer: str = "themes/default/") -> None:
    project.write(f"{layer}locales/{language}.po", text)


def locale_problems(project: Project, language: str = "en") -> list[str]:
    with pytest.raises(ProblemsFound) as raised:
        texts(project, language)
    return shown(raised.value.problems)


# --- lookup


def test_the_specific_language_counts_before_the_general_and_english_last(project: Project) -> None:
    project.locale("pt-BR", {"a": "br"})
    project.locale("pt", {"a": "pt", "b": "pt"})
    project.locale("en", {"a": "en", "b": "en", "c": "en"})
    found = texts(project, "pt-BR")
    assert [found.text(key) for key in "abc"] == ["br", "pt", "en"]


def test_in_each_language_the_upper_layer_counts(project: Project) -> None:
    project.write("themes/child/theme.yaml", "")
    project.locale("de", {"a": "default", "b": "default", "c": "default"})
    project.locale("de", {"a": "child", "b": "child"}, "themes/child/")
    project.locale("de", {"a": "site"}, "")
    found = texts(project, "de", "child")
    assert [found.text(key) for key in "abc"] == ["site", "child", "default"]


def test_english_wording_of_an_upper_layer_does_not_hide_a_translation(project: Project) -> None:
    project.locale("de", {"a": "deutsch"})
    project.locale("en", {"a": "own words"}, "")
    assert texts(project, "de").text("a") == "deutsch"
    assert texts(project, "en").text("a") == "own words"


def test_untranslated_and_fuzzy_entries_fall_through(project: Project) -> None:
    project.locale("en", {"a": "en", "b": "en"})
    po(project, 'msgid "a"\nmsgstr ""\n\n#, fuzzy\nmsgid "b"\nmsgstr "guess"\n', "de")
    found = texts(project, "de")
    assert (found.text("a"), found.text("b")) == ("en", "en")


def test_a_key_that_exists_nowhere_is_a_mistake_with_a_suggestion(project: Project) -> None:
    project.locale("en", {"install.button": "Install"})
    with pytest.raises(Mistake) as raised:
        texts(project).text("instal.button")
    assert raised.value.problem.code == "unknown-translation"
    assert "install.button" in raised.value.problem.hint


# --- placeholders


def test_placeholders_are_filled_and_other_braces_are_left(project: Project) -> None:
    project.locale("en", {"a": "{app} {version}: {} { x } {App} {app}"})
    assert texts(project).text("a", app="Depot", version="1.0") == "Depot 1.0: {} { x } {App} Depot"


def test_a_value_with_braces_is_not_filled_again(project: Project) -> None:
    project.locale("en", {"a": "{x} {y}"})
    assert texts(project).text("a", x="{y}", y="{x}") == "{y} {x}"


def test_a_missing_value_names_the_placeholder(project: Project) -> None:
    project.locale("en", {"a": "{app} {version}"})
    with pytest.raises(Mistake, match=r"\{version\}"):
        texts(project).text("a", app="x")


def test_texts_and_values_are_escaped_once(project: Project) -> None:
    project.locale("en", {"a": "<b>{x}</b> & more"})
    project.template("a.html", '{{ t("a", x=x) }}')
    assert project.render("a.html", {"x": "<i>"}) == "&lt;b&gt;&lt;i&gt;&lt;/b&gt; &amp; more"


def test_a_value_that_is_html_stays_html_and_the_rest_is_escaped(project: Project) -> None:
    project.locale("en", {"a": "Tap {link} & {x}"})
    project.template(
        "a.html", "{% macro link() %}<a href=\"#\">go</a>{% endmacro %}{{ t('a', link=link(), x='<i>') }}"
    )
    assert project.render("a.html") == 'Tap <a href="#">go</a> &amp; &lt;i&gt;'
    assert texts(project).text("a", link=Markup("<b>x</b>"), x="<") == "Tap <b>x</b> &amp; &lt;"


@pytest.mark.parametrize(
    "text",
    [
        '{{ t("a") }}|{{t("a")}}|{{- t("a") -}} |{{ t("a") ~ "" }}|{{ t(key) }}',
        '<p title="{{ t("a") }}">{% if true %}{{ t("a") }}{% endif %}</p>',
    ],
)
def test_a_text_compiled_into_the_template_is_the_same_as_one_asked_for(project: Project, text: str) -> None:
    project.locale("en", {"a": "<b> & it's {{ x }}", "c": "{x}"})
    project.template("a.html", text)
    project.template("b.html", "{% set t_ = t %}" + text.replace("t(", "t_("))
    assert project.render("a.html", {"key": "a"}) == project.render("b.html", {"key": "a"})
    assert "&lt;b&gt; &amp; it&#39;s {{ x }}" in project.render("a.html", {"key": "a"})


@pytest.mark.parametrize(
    "text",
    [
        '{% macro t(x) %}own{% endmacro %}{{ t("a") }}',
        '{% macro f(t) %}{{ t("a") }}{% endmacro %}{{ f(o.t) }}',
        '{% set t = o.t %}{{ t("a") }}',
        '{% for t in [o.t] %}{{ t("a") }}{% endfor %}',
        '{% with t=o.t %}{{ t("a") }}{% endwith %}',
        '{{ o.t("a") }}',
    ],
)
def test_a_template_may_call_something_else_t(project: Project, text: str) -> None:
    project.locale("en", {"a": "text"})
    project.template("a.html", text)
    assert project.render("a.html", {"o": {"t": lambda key: "own"}}) == "own"


# --- plurals


def _plural_file(language: str, rule: str, forms: list[str]) -> str:
    entries = "\n".join(f'msgstr[{n}] "{form}"' for n, form in enumerate(forms))
    header = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Plural-Forms: {rule}\\n"\n\n'
    return f'{header}msgid "builds"\nmsgid_plural "builds"\n{entries}\n'


@pytest.mark.parametrize(
    ("language", "rule", "forms", "expected"),
    [
        ("en", "nplurals=2; plural=(n != 1);", 2, {0: 1, 1: 0, 2: 1}),
        ("ja", "nplurals=1; plural=0;", 1, {0: 0, 1: 0, 7: 0}),
        ("fr", "nplurals=2; plural=(n > 1);", 2, {0: 0, 1: 0, 2: 1}),
        ("ru", RUSSIAN, 3, {1: 0, 2: 1, 5: 2, 11: 2, 21: 0, 22: 1, 112: 2}),
        ("ar", ARABIC, 6, {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 102: 5, 103: 3}),
    ],
)
def test_plural_forms_follow_the_catalogues_rule(
    project: Project, language: str, rule: str, forms: int, expected: dict[int, int]
) -> None:
    po(project, _plural_file(language, rule, [f"form{n} {{count}}" for n in range(forms)]), language)
    found = texts(project, language)
    assert {n: found.plural("builds", n) for n in expected} == {n: f"form{form} {n}" for n, form in expected.items()}


def test_the_count_is_written_as_the_language_writes_numbers(project: Project) -> None:
    po(project, _plural_file("de", "nplurals=2; plural=(n != 1);", ["{count} Build", "{count} Builds"]), "de")
    project.template("a.html", '{{ n("builds", 12345) }}, {{ n("builds", 1, count="ein") }}')
    assert project.render("a.html", language="de") == "12.345 Builds, ein Build"


def test_english_forms_are_picked_by_the_english_rule_in_another_language(project: Project) -> None:
    po(project, _plural_file("en", "nplurals=2; plural=(n != 1);", ["one", "many"]), "en")
    po(project, _plural_file("ja", "nplurals=1; plural=0;", [""]), "ja")
    assert texts(project, "ja").plural("builds", 1) == "one"


def test_t_and_n_are_not_mixed_up(project: Project) -> None:
    po(project, _plural_file("en", "nplurals=2; plural=(n != 1);", ["one", "many"]) + '\nmsgid "a"\nmsgstr "A"\n')
    found = texts(project)
    with pytest.raises(Mistake, match="has plural forms"):
        found.text("builds")
    with pytest.raises(Mistake, match="has no plural forms"):
        found.plural("a", 1)
    with pytest.raises(Mistake, match="wants a number"):
        found.plural("builds", "3")  # type: ignore[arg-type]


# --- broken files


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('msgid "a"\nmsgstr "b\n', 2),
        ('msgid "a"\nmsgstr b"\n', 2),
        ('msgid "a"\nmsgstr "b"c"\n', 2),
        ('msgid "a"\nmsgstr "b\\"\n', 2),
        ('msgid "a"\nmgstr "b"\n', 2),
        ("nonsense\n", 1),
        ('"a"\n', 1),
        ('msgstr "a"\n', 1),
        ('msgid "a"\nmsgid "b"\nmsgstr "c"\n', 2),
        ('msgid "a"\nmsgstr "b"\nmsgstr "c"\n', 3),
        ('msgid "a"\nmsgid_plural "a"\nmsgstr "c"\n', 3),
        ('msgctxt "x"\nmsgid "a"\nmsgstr "c"\n', 1),
        ('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n', 4),
        ('msgid "Some text"\nmsgstr "b"\n', 1),
        ('msgid "a"\nmsgstr "b"\n\nmsgid "c"\n', 4),
        ('msgid "a"\nmsgid_plural "a"\nmsgstr[0] "b"\nmsgstr[1] "b"\n', 0),
        (_plural_file("en", "nplurals=2; plural=n ? 5 : 0;", ["b"]), 4),
        (_plural_file("en", "nplurals=2; plural=__import__(1);", ["b"]), 4),
        (_plural_file("en", "nplurals=2; plural=1/0;", ["b"]), 4),
        (_plural_file("en", "nplurals=x; plural=0;", ["b"]), 0),
        ('msgid ""\nmsgstr ""\n"Language: no such language at all\\n"\n', 0),
    ],
)  # fmt: skip
def test_a_broken_catalogue_is_located(project: Project, text: str, line: int) -> None:
    po(project, text)
    place = f":{line}:1" if line else ""
    assert locale_problems(project) == [f"themes/default/locales/en.po{place} locale-file"]


def test_all_broken_lines_of_all_files_are_reported_at_once(project: Project) -> None:
    po(project, 'msgid "a\nmsgstr b\n')
    po(project, "oops\n", "de")
    assert locale_problems(project, "de") == [
        "themes/default/locales/de.po:1:1 locale-file",
        "themes/default/locales/en.po:1:1 locale-file",
        "themes/default/locales/en.po:2:1 locale-file",
    ]


def test_a_language_nobody_uses_is_not_read(project: Project) -> None:
    po(project, "oops\n", "de")
    project.locale("en", {"a": "A"})
    assert texts(project).text("a") == "A"


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1)


@settings(max_examples=50)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8})?", fullmatch=True), TEXT, max_size=5))
def test_what_babel_writes_is_read_back(expected: dict[str, str]) -> None:
    catalog = Catalog()
    for key, text in expected.items():
        catalog.add(key, text)
    written = io.BytesIO()
    write_po(written, catalog)
    source = Source("en.po", Path("en.po"), written.getvalue(), "digest")
    assert read_catalogue(source, Memory(None)).texts == expected


# --- cache and languages


def test_a_warm_start_reads_the_same_catalogue_without_babel(project: Project, tmp_path: Path) -> None:
    import subprocess

    file = project.write("themes/default/locales/ru.po", _plural_file("ru", RUSSIAN, ["a", "b", "c"]))
    cache = tmp_path / "cache"
    cold = read_catalogue(read_source(file, "ru.po"), Memory(cache))
    code = f"""
import sys
from pathlib import Path
from otasite.memory import Memory
from otasite.theming.catalogue_files import read_catalogue
from otasite.theming.layers import read_source
found = read_catalogue(read_source(Path({str(file)!r}), "ru.po"), Memory(Path({str(cache)!r})))
print(found.plural_form()(21), found.plurals, "babel" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"0 {cold.plurals} False"


@pytest.mark.parametrize(
    ("language", "name", "way"),
    [
        ("en", "English", "ltr"),
        ("de", "Deutsch", "ltr"),
        ("fr", "Français", "ltr"),
        ("es", "Español", "ltr"),
        ("pt-BR", "Português (Brasil)", "ltr"),
        ("ja", "日本語", "ltr"),
        ("zh-Hans", "简体中文", "ltr"),
        ("zh-Hant", "繁體中文", "ltr"),
        ("ko", "한국어", "ltr"),
        ("ar", "العربية", "rtl"),
        ("he", "עברית", "rtl"),
    ],
)
def test_languages_have_their_own_names_and_directions(language: str, name: str, way: str) -> None:
    assert (language_name(language), direction(language)) == (name, way)


@pytest.mark.parametrize(
    "language", ["ug", "ckb", "sd", "ks", "ku-Arab", "pa-Arab", "he-IL", "dv", "arz", "nqo", "uz-Arab-AF"]
)
def test_what_is_written_in_a_script_from_right_to_left(language: str) -> None:
    assert direction(language) == "rtl"


@pytest.mark.parametrize("language", ["ku", "pa", "uz", "sd-Deva", "ar-Latn", "ks-Deva", "xx", "pt-BR", "zh-Hant-TW"])
def test_what_is_written_in_another(language: str) -> None:
    assert direction(language) == "ltr"


@pytest.mark.parametrize("language", ["xx", "", "de_DE!", "../en"])
def test_an_unknown_language_is_a_mistake(language: str) -> None:
    with pytest.raises(Mistake) as raised:
        language_name(language)
    assert raised.value.problem.code == "unknown-language"
