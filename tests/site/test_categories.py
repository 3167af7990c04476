"""Categories have pages of their own: all public apps of one, and of no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from otasite.site.addresses import category_part
from tests.projects import APP, SITE, Sandbox, example


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    sandbox = example(tmp_path_factory.mktemp("categories"))
    sandbox.write("content/site.yaml", SITE + "languages: [en, de]\n")
    sandbox.write("content/apps/notes/app.yaml", APP + "category: Field & Work\n")
    for name, more in (
        ("Abacus", "category: field & work\n"),
        ("Chess", "category: 遊び\n"),
        ("Secret", "category: Secrets\nvisibility: unlisted\n"),
        ("Gone", "category: Field & Work\nvisibility: hidden\n"),
        ("Plain", ""),
    ):
        sandbox.write(
            f"content/apps/{name.lower()}/app.yaml", f"name: {name}\nbundle_id: com.example.{name.lower()}\n{more}"
        )
    sandbox.release("1.0", "1", app="secret")
    sandbox.release("1.0", "1", app="plain")
    sandbox.build(secret="s" * 32)
    return sandbox


def pages(sandbox: Sandbox) -> set[str]:
    return {path for path in sandbox.files() if path.startswith(("categories/", "de/categories/"))}


def test_each_category_has_one_in_every_language(built: Sandbox) -> None:
    folders = {f"categories/{name}/" for name in ("field-work", category_part("遊び"))}
    assert pages(built) == {f"{language}{folder}index.html" for folder in folders for language in ("", "de/")}


def test_it_lists_its_public_apps_by_name_whatever_their_case(built: Sandbox) -> None:
    page = built.read("de/categories/field-work/index.html")
    assert re.findall(r'<h2><a href="([^"]+)">(\w+)</a>', page) == [
        ("../../../de/abacus/", "Abacus"),
        ("../../../de/notes/", "Notes"),
    ]
    assert "<h1>field &amp; work</h1>" in page, "as the first of its apps writes it"


def test_apps_lead_to_it(built: Sandbox) -> None:
    assert '<a href="../categories/field-work/">Field &amp; Work</a>' in built.read("notes/index.html")
    assert "categories/" not in built.read("plain/index.html")


def test_the_index_leads_to_all_of_them_by_name(built: Sandbox) -> None:
    nav = re.search(r'<nav class="links" aria-label="Kategorien">(.*?)</nav>', built.read("de/index.html"), re.DOTALL)
    assert nav is not None
    assert re.findall(r'<a href="([^"]+)">([^<]+)</a>', nav[1]) == [
        ("../de/categories/field-work/", "field &amp; work"),
        (f"../de/categories/{category_part('遊び')}/", "遊び"),
    ]


def test_nothing_public_tells_of_the_category_of_an_unlisted_app(built: Sandbox) -> None:
    own = [path for path in built.files() if "u/" in path and path.endswith("/index.html")]
    assert any("Secrets" in built.read(path) for path in own)
    assert not any("categories/" in built.read(path) for path in own)
    listed = [path for path in built.files() if path.endswith((".html", ".xml", ".json")) and "u/" not in path]
    assert [path for path in listed if "ecrets" in path or "Secrets" in built.read(path)] == []


def test_the_sitemap_has_it_in_every_language(built: Sandbox) -> None:
    sitemap = built.read("sitemap.xml")
    for language in ("", "de/"):
        assert f"/{language}categories/field-work/</loc>" in sitemap


def test_categories_that_differ_in_their_signs_alone_have_different_addresses() -> None:
    names = ("C", "C++", "C#", "Büro", "B ro", "遊び", "仕事", "…")
    assert len({category_part(name) for name in names}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]*", category_part(name)) for name in names)


def test_two_that_would_have_one_address_are_told_with_their_apps(tmp_path: Path) -> None:
    sandbox = example(tmp_path)
    sandbox.write("content/apps/notes/app.yaml", APP + "category: Field & Work\n")
    sandbox.write("content/apps/abacus.yaml", "name: Abacus\ncategory: Field Work\n")
    (problem,) = [each for each in sandbox.check() if each.code == "path-clash"]
    assert "content/apps/abacus.yaml" in problem.message
    assert "content/apps/notes/app.yaml" in problem.message
