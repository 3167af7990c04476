from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import rcssmin
import rjsmin

from otasite.theming.assets import Asset, _nests_templates

from .conftest import Project, shown

THEMES = Path(__file__).parents[2] / "themes"
STATIC = "themes/default/static/"


def css(project: Project, text: str, name: str = "site.css") -> str:
    project.write(f"{STATIC}{name}", text)
    return project.load().assets[name].data.decode()


def asset(project: Project, name: str) -> Asset:
    return project.load().assets[name]


def test_a_name_carries_the_hash_of_the_content(project: Project) -> None:
    project.write(f"{STATIC}icons/star.min.svg", "<svg/>")
    before = asset(project, "icons/star.min.svg")
    assert re.fullmatch(r"assets/icons/star\.min\.[0-9a-f]{10}\.svg", before.path)
    project.write(f"{STATIC}icons/star.min.svg", "<svg />")
    assert asset(project, "icons/star.min.svg").path != before.path


def test_the_file_of_the_upper_layer_counts(project: Project) -> None:
    project.write("themes/child/theme.yaml", "")
    project.write(f"{STATIC}a.txt", "default")
    project.write(f"{STATIC}b.txt", "default")
    project.write("themes/child/static/a.txt", "child")
    assets = project.load("child").assets
    assert (assets["a.txt"].data, assets["b.txt"].data) == (b"child", b"default")
    assert assets["a.txt"].source == "themes/child/static/a.txt"


def test_a_sites_own_static_folder_is_no_part_of_the_theme(project: Project) -> None:
    project.write("static/secret.txt", "x")
    assert not project.load().assets


def test_templates_find_assets_by_their_plain_names(project: Project) -> None:
    project.write(f"{STATIC}site.css", "a{}")
    project.template("a.html", '{{ asset("site.css") }}')
    assert project.render("a.html") == asset(project, "site.css").path


def test_an_unknown_asset_gets_a_suggestion(project: Project) -> None:
    project.write(f"{STATIC}site.css", "a{}")
    project.template("a.html", '{{ asset("stie.css") }}')
    assert "site.css" in project.render_problem("a.html").hint


SOURCES = [
    "site.scss",
    "css/_part.sass",
    "main.ts",
    "site.css.map",
    "tailwind.config.js",
    "package.json",
    "sub/package-lock.json",
]


def test_what_assets_are_made_from_is_not_published(project: Project) -> None:
    for name in (*SOURCES, "site.css", "config.js", "map.svg"):
        project.write(f"{STATIC}{name}", "")
    assert sorted(project.load().assets) == ["config.js", "map.svg", "site.css"]


def test_who_names_a_source_is_told_to_name_what_is_made_from_it(project: Project) -> None:
    project.write(f"{STATIC}site.scss", "")
    project.template("a.html", '{{ asset("site.scss") }}')
    assert "made from" in project.render_problem("a.html").hint


def test_stylesheets_name_the_hashed_files(project: Project) -> None:
    project.write(f"{STATIC}fonts/a.woff2", b"\0font")
    font = asset(project, "fonts/a.woff2").path.removeprefix("assets/")
    text = css(project, "@font-face{src:url(fonts/a.woff2?#iefix)}\nb{background:URL( 'fonts/a.woff2' )}")
    assert text == f'@font-face{{src:url("{font}?#iefix")}}b{{background:URL("{font}")}}'
    nested = css(project, 'a{src:url("../fonts/a.woff2")}', "css/deep/site.css".replace("deep/", ""))
    assert nested == f'a{{src:url("../{font}")}}'


def test_what_a_stylesheet_imports_becomes_part_of_it(project: Project) -> None:
    project.write(f"{STATIC}c.css", "c{}")
    project.write(f"{STATIC}b.css", "@import url(c.css);b{}")
    assert css(project, '@import "b.css";a{}', "a.css") == "c{}b{}a{}"
    before = asset(project, "a.css").path
    project.write(f"{STATIC}c.css", "d{}")
    assert asset(project, "a.css").path != before
    assert asset(project, "a.css").data == b"d{}b{}a{}"


def test_the_options_can_be_part_of_a_stylesheet(project: Project) -> None:
    project.write("themes/default/theme.yaml", 'options: {accent: {type: color, default: "#123456"}}')
    assert css(project, '@import "options.css";\na{}').startswith(":root{--ota-accent:#123456;")


def test_an_imported_stylesheet_keeps_its_addresses(project: Project) -> None:
    project.write(f"{STATIC}parts/star.svg", "<svg/>")
    project.write(f"{STATIC}parts/b.css", "b{background:url(star.svg)}")
    star = asset(project, "parts/star.svg").path.removeprefix("assets/")
    assert css(project, '@import "parts/b.css";', "a.css") == f'b{{background:url("{star}")}}'
    assert asset(project, "parts/b.css").data.decode() == f'b{{background:url("{star.removeprefix("parts/")}")}}'


def test_an_import_with_a_condition_stays_one_and_so_do_those_beside_it(project: Project) -> None:
    project.write(f"{STATIC}b.css", "b{}")
    project.write(f"{STATIC}p.css", "p{}")
    b, p = (asset(project, name).path.removeprefix("assets/") for name in ("b.css", "p.css"))
    text = '@import "b.css"; @import url(p.css) print;a{}'
    kept = f'@import "{b}";@import url("{p}") print;a{{}}'
    assert css(project, text, "a.css") == kept
    above = css(project, '@import "a.css";z{}', "z.css")
    assert above == f'@import "{asset(project, "a.css").path.removeprefix("assets/")}";z{{}}'


@pytest.mark.parametrize(
    "text",
    [
        'a{content:"url(none.png)"}',
        r'a{content:"\" url(none.png)"}',
        "a{mask:url(#own)}",
        "a{background:url()}",
        "a{b:curl(none.png)}",
        "a{content:'it\\'s url(none.png)'}",
    ],
)
def test_what_only_looks_like_a_reference_is_left_alone(project: Project, text: str) -> None:
    assert css(project, text) == text


@pytest.mark.parametrize(
    ("written", "ending", "data"),
    [
        ("data:image/png;base64,iVBORw0KGgo=", ".png", b"\x89PNG\r\n\x1a\n"),
        ("data:image/png;base64,iVBORw0KGgo", ".png", b"\x89PNG\r\n\x1a\n"),
        ("\"DATA:image/svg+xml,%3Csvg fill='(red)'/%3E\"", ".svg", b"<svg fill='(red)'/>"),
        ("'data:image/svg+xml;charset=utf-8,%3Csvg fill=%22%23000%22/%3E'", ".svg", b'<svg fill="#000"/>'),
        (r'"data:image/svg+xml,<svg fill=\"red\"/>"', ".svg", b'<svg fill="red"/>'),
        (r"'data:image/svg+xml,<svg class=\27 a\27/>'", ".svg", b"<svg class='a'/>"),
        ("data:font/woff2;base64,d09GMg==", ".woff2", b"wOF2"),
    ],
)
def test_what_a_data_address_holds_becomes_a_file(project: Project, written: str, ending: str, data: bytes) -> None:
    """The policy of pages lets them load files of the site, and nothing else."""
    project.write(f"{STATIC}parts/b.css", f"b{{background:url({written})}}")
    text = css(project, '@import "parts/b.css";')
    (made,) = [asset for name, asset in project.load().assets.items() if name.endswith(ending)]
    assert text == f'b{{background:url("{made.path.removeprefix("assets/")}")}}'
    assert made.data == data and made.source == f"{STATIC}parts/b.css"
    assert css(project, f"c{{background:url({written})}}", "parts/c.css") == (
        f'c{{background:url("../{made.path.removeprefix("assets/")}")}}'
    )


@pytest.mark.parametrize("written", ["data:text/html,hi", "data:image/png;base64,!!", "data:,x", "data:"])
def test_what_no_page_would_load_is_told(project: Project, written: str) -> None:
    project.write(f"{STATIC}site.css", f"a{{}}\nb{{background:url({written})}}")
    assert shown(project.load_problems()) == [f"{STATIC}site.css:2:1 asset-data"]


@pytest.mark.parametrize(
    ("name", "written", "published"),
    [
        ("a.css", "/* url(none.png) @import 'none.css' */", ""),
        (
            "a.css",
            "a .b { color: red; }\n/* one */\n\n.c > d { width: calc(1px + 2px) }\n",
            "a .b{color:red}.c>d{width:calc(1px + 2px)}",
        ),
        ("a.css", "@media (a: b) and (c: d) { a :is(b, c) { e: f } }", "@media (a:b) and (c:d){a :is(b,c){e:f}}"),
        ("a.css", "/*! Licence */\na { }", "/*! Licence */a{}"),
        ("a.min.css", "a { } /* as it is */", "a { } /* as it is */"),
        ("a.js", "// one\nlet a = 1; /* two */\nlet b = a / 2 / 1;\n", "let a=1;let b=a/2/1;"),
        ("a.js", "/*! Licence */\nlet a = `//  x ${ b }`;", "/*! Licence */let a=`//  x ${ b }`;"),
        ("a.js", "let a = `x ${b ? ` //  ${c}` : 1}`;", "let a = `x ${b ? ` //  ${c}` : 1}`;"),
        ("a.min.js", "let a = 1; // as it is", "let a = 1; // as it is"),
        ("a.txt", "a  /* text */", "a  /* text */"),
    ],
)
def test_only_what_a_browser_needs_is_published(project: Project, name: str, written: str, published: str) -> None:
    project.write(f"{STATIC}{name}", written)
    assert asset(project, name).data.decode() == published


@pytest.mark.parametrize("module", [rcssmin, rjsmin])
def test_without_its_compiled_part_the_minifier_says_the_same(module: Any) -> None:
    """The same site has the same bytes on every machine."""
    minify, slow = (module.cssmin, module._make_cssmin) if module is rcssmin else (module.jsmin, module._make_jsmin)
    ending = "*.css" if module is rcssmin else "*.js"
    files = [file.read_text() for file in THEMES.glob(f"*/static/{ending}")]
    assert files and [minify(text) for text in files] == [slow(python_only=True)(text) for text in files]


def test_our_own_scripts_can_all_be_shortened() -> None:
    for file in THEMES.glob("*/static/*.js"):
        assert not _nests_templates(file.read_bytes()), f"{file}: name the inner template literal"


def test_what_is_missing_or_elsewhere_is_located_all_at_once(project: Project) -> None:
    project.write(f"{STATIC}logo.png", "x")
    project.write(
        f"{STATIC}site.css",
        """\
        @import url(https://fonts.example/css);
        a{background:url(lgoo.png)}
        b{background:url(/logo.png)}
        c{background:url(//cdn.example/x.png)}
        d{background:url(../../../secret)}
        """,
    )
    problems = project.load_problems()
    assert shown(problems) == [
        "themes/default/static/site.css:1:1 asset-remote",
        "themes/default/static/site.css:2:1 unknown-asset",
        "themes/default/static/site.css:3:1 asset-remote",
        "themes/default/static/site.css:4:1 asset-remote",
        "themes/default/static/site.css:5:1 unknown-asset",
    ]
    assert "logo.png" in problems[1].hint


def test_stylesheets_that_import_each_other_are_a_problem(project: Project) -> None:
    project.write(f"{STATIC}a.css", '@import "b.css";')
    project.write(f"{STATIC}b.css", '\n@import "a.css";')
    (problem,) = project.load_problems()
    assert shown([problem]) == ["themes/default/static/b.css:2:1 asset-cycle"]
    assert "a.css → b.css → a.css" in problem.message


def test_a_circle_below_a_stylesheet_is_a_problem_once(project: Project) -> None:
    project.write(f"{STATIC}a.css", '@import "b.css";')
    project.write(f"{STATIC}b.css", '@import "c.css";')
    project.write(f"{STATIC}c.css", '@import "b.css";')
    codes = [problem.code for problem in project.load_problems()]
    assert codes == ["asset-cycle"]


def test_a_stylesheet_that_imports_itself_is_a_problem(project: Project) -> None:
    project.write(f"{STATIC}a.css", '@import "./a.css";')
    assert shown(project.load_problems()) == ["themes/default/static/a.css:1:1 asset-cycle"]


@pytest.mark.parametrize("name", ["a b.png", "ä.png", "a'b.css", "options.css"])
def test_names_that_cannot_be_addresses_are_refused(project: Project, name: str) -> None:
    project.write(f"{STATIC}{name}", "")
    assert shown(project.load_problems()) == [f"{STATIC}{name} asset-name"]


def test_a_stylesheet_that_is_not_utf8_is_a_problem(project: Project) -> None:
    project.write(f"{STATIC}a.css", b"\xff")
    assert shown(project.load_problems()) == [f"{STATIC}a.css not-utf8"]


def test_assets_come_in_one_order(project: Project) -> None:
    for name in ("z.js", "a/b.png", "m.css"):
        project.write(f"{STATIC}{name}", "")
    assert list(project.load().assets) == ["a/b.png", "m.css", "z.js"]


def test_the_options_are_a_file_only_where_somebody_links_it(project: Project) -> None:
    project.write(f"{STATIC}m.css", '@import "options.css";')
    assert list(project.load().assets) == ["m.css"]
    project.write(f"{STATIC}print.css", '@import "options.css" print;')
    assert list(project.load().assets) == ["m.css", "options.css", "print.css"]
    (project.root / f"{STATIC}print.css").unlink()
    project.template("a.html", "{{ asset('options.css') }}")
    assert list(project.load().assets) == ["m.css", "options.css"]
