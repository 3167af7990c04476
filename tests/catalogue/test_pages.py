"""Free pages and their front matter."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from otasite.catalogue.load import Loader
from otasite.catalogue.model import FreePage
from otasite.catalogue.sources import Sources
from otasite.outputs.registry import output_kinds
from tests.projects import SITE, Sandbox, example


def pages(root: Path, **texts: str) -> tuple[tuple[FreePage, ...], list[str]]:
    sandbox = Sandbox(root)
    sandbox.write("content/site.yaml", SITE + "languages: [en, de]\n")
    for name, text in texts.items():
        (sandbox.root / "content/pages").mkdir(exist_ok=True)
        (sandbox.root / f"content/pages/{name.replace('_', '.')}.md").write_text(text)
    loader = Loader(Sources(root), output_kinds())
    found = loader.pages(loader.site())
    return found, [f"{problem.location}: {problem.code}" for problem in loader.findings.problems]


def test_front_matter_says_what_a_page_is(tmp_path: Path) -> None:
    german = "---\ntitle: Über uns\n---\nHallo.\n"
    text = (
        "---\ntitle: About us\ndescription: Who we are.\norder: 2\nnav: false\nnoindex: true\n---\n# Hi\n\nHello.\n"
    )
    (page,), problems = pages(tmp_path, about=text, about_de=german)
    assert problems == []
    assert page == FreePage(
        id="about",
        source="content/pages/about.md",
        title={"en": "About us", "de": "Über uns"},
        description={"en": "Who we are."},
        body={"en": "# Hi\n\nHello.\n", "de": "Hallo.\n"},
        order=2,
        nav=False,
        noindex=True,
        languages=("en", "de"),
    )


def test_pages_are_in_their_order_then_by_name(tmp_path: Path) -> None:
    found, _ = pages(tmp_path, a="A", b="---\norder: 10\n---\nB", c="---\norder: -1\n---\nC", d="D")
    assert [page.id for page in found] == ["c", "b", "a", "d"]


@pytest.mark.parametrize(
    "text", ["---\n\nA line across.\n", "---\n\nkey: value\n", "--- \ntitle: x\n", "text\n---\na: b\n---\n"]
)
def test_what_is_no_front_matter_is_text(text: str, tmp_path: Path) -> None:
    (page,), problems = pages(tmp_path, about=text)
    assert (page.body, problems) == ({"en": text}, [])


def test_a_heading_that_says_the_title_is_not_said_twice(tmp_path: Path) -> None:
    (page,), _ = pages(tmp_path, about="---\ntitle: About\n---\n\n# About\n\nText.\n")
    assert (page.title, page.body) == ({"en": "About"}, {"en": "\nText.\n"})


@pytest.mark.parametrize(
    ("text", "report"),
    [
        ("---\ntitel: x\n---\nText\n", "2:1: unknown-key"),
        ("---\ntitle: x\nnav: perhaps\n---\nText\n", "3:6: bad-value"),
        ("---\ntitle: x\n\nText\n", "1:1: front-matter"),
        ("---\nlanguages: [en, fr]\n---\nText\n", "2:17: unknown-language"),
    ],
)
def test_mistakes_have_their_place_in_the_file(text: str, report: str, tmp_path: Path) -> None:
    assert pages(tmp_path, about=text)[1] == [f"content/pages/about.md:{report}"]


def test_lists_and_machines_follow_it(tmp_path: Path) -> None:
    sandbox = example(tmp_path)
    sandbox.write("content/pages/about.md", "---\ndescription: Who we are.\nnoindex: true\n---\n# About\n\nText.\n")
    sandbox.write("content/pages/hidden.md", "---\nnav: false\n---\n# Hidden\n")
    sandbox.build()
    about = sandbox.read("about/index.html")
    assert '<meta name="description" content="Who we are.">' in about
    assert '<meta name="robots" content="noindex">' in about
    assert "hidden/" not in about
    assert "hidden/" in sandbox.read("sitemap.xml")
    assert "about/" not in sandbox.read("sitemap.xml")
    before = sandbox.files()
    sandbox.write("content/pages/about.md", "---\ndescription: Who we were.\nnoindex: true\n---\n# About\n\nText.\n")
    sandbox.build()
    assert [path for path, data in sandbox.files().items() if data != before[path]] == ["about/index.html"]


def test_pages_lie_in_folders(tmp_path: Path) -> None:
    sandbox = example(tmp_path)
    sandbox.write("content/pages/guides/index.md", "# Guides\n\nSee [how to start](first/start.md).\n")
    sandbox.write("content/pages/guides/first/start.md", "# Start\n\n![](shot.png) Back to [all](../index.md).\n")
    Image.new("RGB", (9, 9)).save(sandbox.root / "content/pages/guides/first/shot.png")
    sandbox.build()
    assert 'href="../guides/first/start/"' in sandbox.read("guides/index.html")
    start = sandbox.read("guides/first/start/index.html")
    assert 'href="../../../guides/"' in start
    assert 'src="../../../guides/first/start/files/shot.' in start
    assert "guides/first/start/" in sandbox.read("sitemap.xml")


def test_links_in_folders_of_pages_are_followed_once(tmp_path: Path) -> None:
    sandbox = example(tmp_path)
    sandbox.write("content/pages/guides/setup.md", "# Setup\n")
    (sandbox.root / "content/pages/guides/again").symlink_to("..")
    (sandbox.root / "content/pages/out").symlink_to(tmp_path.parent)
    assert sandbox.mistakes() == [
        "content/pages/guides/again: unreadable-file",
        "content/pages/out: outside-content",
    ]


def test_a_page_exists_in_the_languages_that_it_names(tmp_path: Path) -> None:
    sandbox = example(tmp_path)
    sandbox.write("content/site.yaml", SITE + "languages: [en, de, fr]\n")
    sandbox.write("content/pages/imprint.de.md", "---\nlanguages: [de]\n---\n# Impressum\n")
    sandbox.write("content/pages/about.md", "---\nlanguages: [fr, en]\n---\n# About\n\n[Imprint](imprint.de.md)\n")
    sandbox.build()
    files = sandbox.files()
    assert "de/imprint/index.html" in files and "about/index.html" in files and "fr/about/index.html" in files
    assert not {"imprint/index.html", "fr/imprint/index.html", "de/about/index.html"} & files.keys()
    assert "imprint/" in sandbox.read("de/index.html")
    assert "imprint/" not in sandbox.read("index.html")
    about = sandbox.read("about/index.html")
    assert 'href="../de/imprint/"' in about
    assert 'hreflang="fr"' in about and 'hreflang="de"' not in about
    assert "hreflang" not in sandbox.read("de/imprint/index.html")
    sitemap = sandbox.read("sitemap.xml")
    assert "/de/imprint/" in sitemap and "/fr/about/" in sitemap and "/de/about/" not in sitemap


def test_a_page_is_made_by_the_template_that_it_names(tmp_path: Path) -> None:
    sandbox = example(tmp_path)
    sandbox.write("content/pages/team.md", "---\ntemplate: pages/team.html\n---\n# Team\n\nWe are:\n")
    sandbox.write("content/pages/about.md", "# About\n")
    sandbox.write("content/data/team.yaml", "- Ada\n- Grace\n")
    assert sandbox.mistakes() == ["content/pages/team.md:2:11: template-missing"]
    body = "{% extends 'page.html' %}{% block main %}{{ super() }}{{ data.team | join(', ') }}{% endblock %}"
    sandbox.write("templates/pages/team.html", body)
    sandbox.build()
    assert "We are:" in sandbox.read("team/index.html") and "Ada, Grace" in sandbox.read("team/index.html")
    before = sandbox.files()
    sandbox.write("content/data/team.yaml", "- Ada\n- Grace\n- Katherine\n")
    assert sandbox.build().written == 1
    assert [path for path, data in sandbox.files().items() if data != before[path]] == ["team/index.html"]
