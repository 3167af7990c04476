"""A site in several languages: every page in each, what an app says in one of them, and the fallback for the rest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.projects import SITE, Sandbox
from tests.web.links import SiteLinks

BASE = "https://apps.example.com/"
LANGUAGES = ("en", "de", "ar")
#: One address of each kind, in the first language.
PAGES = ("", "notes/", "notes/stable/", "notes/1.0-1/", "about/", "help/")
APP = """\
name: {en: Notes, de: Notizen}
subtitle: {en: Write things down, de: Schreib es auf}
description: {en: Paper without *paper*., de: Papier ohne *Papier*.}
bundle_id: com.example.app
"""
RELEASE = """\
version: 1.0
build: 1
date: 2026-05-01
notes: {en: Better *margins*., de: Bessere *Ränder*.}
ios: {url: https://downloads.example.com/notes-1.ipa, minimum_os: 16.0}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    sandbox = Sandbox(tmp_path_factory.mktemp("project"))
    sandbox.write("content/site.yaml", SITE + f"languages: [{', '.join(LANGUAGES)}]\n")
    sandbox.write("content/apps/notes/app.yaml", APP)
    sandbox.write("content/apps/notes/releases/1.0.yaml", RELEASE)
    sandbox.write("content/pages/about.md", "# About\n\nWho we are, in a few words.\n")
    sandbox.write("content/pages/about.de.md", "# Über uns\n\nWer wir sind, in wenigen Worten.\n")
    sandbox.build()
    return sandbox


def address(language: str, page: str) -> str:
    return page if language == LANGUAGES[0] else f"{language}/{page}"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_exists_in_each_language_and_names_the_others(language: str, page: str, built: Sandbox) -> None:
    html = built.read(f"{address(language, page)}index.html")
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in html
    assert f'<link rel="canonical" href="{BASE}{address(language, page)}">' in html
    named = re.findall(r'<link rel="alternate" hreflang="([\w-]+)" href="([^"]*)">', html)
    assert named == [*((other, BASE + address(other, page)) for other in LANGUAGES), ("x-default", BASE + page)]
    assert len(re.findall(r'<li><a href="[^"]*" hreflang="\w+" lang="\w+"', html)) == len(LANGUAGES)


def test_no_link_between_languages_is_broken(built: Sandbox) -> None:
    assert SiteLinks(built.dist, BASE).broken() == []


@pytest.mark.parametrize("page", ["notes/", "notes/stable/", "notes/1.0-1/"])
def test_an_app_speaks_the_language_of_the_page_or_else_the_first(page: str, built: Sandbox) -> None:
    english = ("<h1>Notes</h1>", "Write things down", "Paper without <em>paper</em>.", "Better <em>margins</em>.")
    german = ("<h1>Notizen</h1>", "Schreib es auf", "Papier ohne <em>Papier</em>.", "Bessere <em>Ränder</em>.")
    for language, spoken in (("en", english), ("de", german), ("ar", english)):
        html = built.read(f"{address(language, page)}index.html")
        for text in spoken:
            assert text in html, (language, text)
    assert "تثبيت" in built.read(f"ar/{page}index.html"), "what the theme says is translated all the same"


def test_the_index_and_free_pages_speak_it_too(built: Sandbox) -> None:
    assert ">Notizen</a>" in built.read("de/index.html")
    assert ">Notes</a>" in built.read("ar/index.html")
    assert "<h1>Über uns</h1>" in built.read("de/about/index.html")
    assert "<h1>About</h1>" in built.read("ar/about/index.html")


def test_every_page_has_a_description_for_search_and_previews(built: Sandbox) -> None:
    expected = {
        "notes/": "Write things down",
        "de/notes/1.0-1/": "Schreib es auf",
        "de/about/": "Wer wir sind, in wenigen Worten.",
        "help/": "Find what you see, and what to do about it.",
        "": "Test Apps",
    }
    for page, text in expected.items():
        html = built.read(f"{page}index.html")
        assert f'<meta name="description" content="{text}">' in html, page
        assert f'<meta property="og:description" content="{text}">' in html, page


def test_an_app_without_a_subtitle_is_described_by_its_first_paragraph(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    sandbox.write("content/site.yaml", SITE)
    sandbox.write(
        "content/apps/notes/app.yaml",
        "name: Notes\nbundle_id: com.example.app\ndescription: |\n  Paper & *pen*.\n\n  More.\n",
    )
    sandbox.release("1.0", "1")
    sandbox.build()
    assert '<meta name="description" content="Paper &amp; pen.">' in sandbox.read("notes/index.html")


def test_a_site_with_its_own_help_page_gets_no_links_into_it(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    sandbox.write("content/site.yaml", SITE)
    sandbox.write("content/apps/notes/app.yaml", APP)
    sandbox.release("1.0", "1")
    sandbox.write("content/pages/help.md", "# Help\n\nAsk Ada.\n")
    sandbox.build()
    page = sandbox.read("notes/index.html")
    assert 'href="../help/"' in page
    assert "help/#" not in page
    assert SiteLinks(sandbox.dist, BASE).broken() == []
