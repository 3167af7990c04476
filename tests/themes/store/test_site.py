"""The store as a site gets it: one line in site.yaml, a real build, links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

import pytest

from tests.projects import SITE, Sandbox
from tests.web.links import PageLinks, SiteLinks

KINDS = ("css", "js")
BASE = "https://example.com/mobile/"
CATEGORIES = {
    "notes": "Writing",
    "pens": "writing",  # the same one: case does not count
    "mixer": "Sound & light",
    "tuner": "Sound & light",
    "cafe": "Für Gäste",
    "loose": "",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A store under a base path, in two languages, with one app that is not listed."""
    sandbox = Sandbox(tmp_path_factory.mktemp("project"))
    site = SITE.replace("https://apps.example.com/", BASE)
    sandbox.write("content/site.yaml", site + "theme: store\nlanguages: [en, ar]\n")
    for number, (app, category) in enumerate(CATEGORIES.items()):
        write_app(sandbox, app, category, "public")
        sandbox.release("1.0", str(number + 1), app=app, date=f"2026-05-0{number + 1}")
    write_app(sandbox, "secret", "Writing", "unlisted")
    sandbox.release("1.0", "70", app="secret")
    sandbox.build(secret="for tests")
    return sandbox


def write_app(sandbox: Sandbox, app: str, category: str, visibility: str) -> None:
    sandbox.write(
        f"content/apps/{app}/app.yaml",
        f"name: The {app}\nbundle_id: com.example.{app}\ncategory: {category!r}\nvisibility: {visibility}\n",
    )


def ids(text: str) -> set[str]:
    return PageLinks(text).ids


def test_categories_become_sections(built: Sandbox) -> None:
    page = built.read("index.html")
    assert {"in-writing", "in-sound-&-light", "in-für-gäste", "others", "new"} <= ids(page)
    assert page.count('class="category"') == 4
    assert 'href="#in-sound-%26-light"' in page
    assert page.index("in-sound-") < page.index("in-writing") < page.index("others"), "by name, the rest last"


def test_every_link_leads_somewhere(built: Sandbox) -> None:
    assert SiteLinks(built.dist, BASE).broken() == []


@pytest.mark.parametrize(("prefix", "up"), [("", "../"), ("ar/", "../../ar/")])
def test_an_app_leads_back_to_its_category(prefix: str, up: str, built: Sandbox) -> None:
    crumbs = built.read(f"{prefix}mixer/index.html").partition('<nav class="crumbs"')[2].partition("</nav>")[0]
    assert f'href="{up}categories/sound-light/"' in crumbs
    crumbs = built.read(f"{prefix}loose/index.html").partition('<nav class="crumbs"')[2].partition("</nav>")[0]
    assert "categories/" not in crumbs


def test_an_unlisted_app_stays_out_of_the_store(built: Sandbox) -> None:
    for page in ("index.html", "ar/index.html"):
        assert "secret" not in built.read(page)
    (secret,) = built.dist.glob("u/*/index.html")
    assert "categories/" not in secret.read_text("utf-8")


def test_the_newest_releases_of_all_apps_come_first(built: Sandbox) -> None:
    news = built.read("index.html").partition('id="new"')[2]
    places = [news.index(f"The {app}") for app in reversed(CATEGORIES)]
    assert places == sorted(places)


def test_only_the_newest_of_a_channel_is_told(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    sandbox.write("content/site.yaml", SITE + "theme: store\n")
    write_app(sandbox, "notes", "", "public")
    for day in range(1, 6):
        sandbox.release(f"1.{day}", str(day), date=f"2026-05-0{day}", channel="beta" if day % 2 else "stable")
    sandbox.build()
    news = sandbox.read("index.html").partition('id="new"')[2]
    assert re.findall("<bdi>(.+)</bdi>", news) == ["1.5", "1.4"]


def test_busy_nightlies_do_not_hide_other_apps(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    sandbox.write("content/site.yaml", SITE + "  nightly: {title: Nightly}\ntheme: store\n")
    for app, channel, count in (("busy", "nightly", 20), ("calm", "stable", 1)):
        write_app(sandbox, app, "", "public")
        for day in range(count):
            sandbox.release("1.0", str(day + 1), app=app, date=f"2026-05-{day + 1:02}", channel=channel)
    sandbox.build()
    news = sandbox.read("index.html").partition('id="new"')[2]
    assert re.findall(r"(The \w+) <bdi>", news) == ["The busy", "The calm"]


def test_a_page_waits_for_one_stylesheet_and_one_script(built: Sandbox) -> None:
    for path, style, script in (
        ("index.html", "store", ["store"]),
        ("mixer/index.html", "item", ["ota"]),
        ("404.html", "store", []),
    ):
        deferred = re.findall(r'<script src="([^"]+)" defer>', built.read(path))
        links = [link for link in PageLinks(built.read(path)).found if "assets/" in link and link not in deferred]
        names = {
            ending: [PurePath(link).name.split(".")[0] for link in links if link.endswith(ending)] for ending in KINDS
        }
        assert names == {"css": [style], "js": script}, "scripts that are deferred hold nothing up"


def test_a_site_can_change_one_row(tmp_path: Path) -> None:
    """The theme contract goes on: a template of the site stands above those of the store."""
    sandbox = Sandbox(tmp_path)
    sandbox.write("content/site.yaml", SITE + "theme:\n  name: store\n  options: {density: roomy, news: 0}\n")
    write_app(sandbox, "notes", "Writing", "public")
    sandbox.release("1.0", "1")
    sandbox.write("templates/partials/row.html", '{% include "@theme/partials/row.html" %}<!-- own {{ app.id }} -->')
    sandbox.build()
    page = sandbox.read("index.html")
    assert "<!-- own notes -->" in page
    assert 'class="store roomy"' in page
    assert 'id="new"' not in page
    assert sandbox.check() == ()


def test_a_wrong_option_is_named(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    sandbox.write("content/site.yaml", SITE + "theme:\n  name: store\n  options: {density: tight}\n")
    assert [problem.code for problem in sandbox.check()] == ["option-value"]
