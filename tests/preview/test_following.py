"""How a preview follows the files, and what it says of mistakes in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from otasite.catalogue.project import Project
from tests.preview.projects import APP, RELEASE, Running, change, put

pytestmark = pytest.mark.thorough

FERRY = "apps/ferry/app.yaml"
NEWEST = "apps/ferry/releases/1.1-11.yaml"


# --- following changes ----------------------------------------------------------------------------------------


def test_break_fetch_fix_fetch(live: Running) -> None:
    good = live.status("ferry/")["digest"]
    change(live.content / FERRY, "name:", "nome:")
    live.wait_for(lambda: live.codes("ferry/") != [], "problems")
    assert live.codes("tug/") == ["unknown-key"], "every page tells all problems"
    (frame,) = [each for each in live.status("ferry/")["problems"] if each["code"] == "unknown-key"]
    assert frame["place"] == "content/apps/ferry/app.yaml:1:1"
    assert (frame["line"], frame["text"], frame["column"]) == (1, "nome: Ferry", 1)
    assert "did you mean “name”?" in frame["hint"]
    assert live.status("ferry/")["digest"] == good, "the last good page stays"
    assert live.get("ferry/").status == 200
    change(live.content / FERRY, "nome: Ferry", "name: Fähre")
    live.wait_for_text("ferry/", "Fähre")
    assert live.codes("ferry/") == []
    assert live.status("ferry/")["digest"] != good


def test_an_edit_changes_the_pages_that_show_it_and_no_other(live: Running) -> None:
    pages = ("", "ferry/", "ferry/1.0-10/", "ferry/1.1-11/", "tug/", "about/", "no/such/page/")
    before = {page: live.status(page)["digest"] for page in pages}
    change(live.content / NEWEST, "Notes of 1.1", "Now with gulls")
    live.wait_for_text("ferry/", "gulls")
    after = {page: live.status(page)["digest"] for page in pages}
    assert {page for page in pages if before[page] != after[page]} == {"ferry/", "ferry/1.1-11/"}


def test_a_save_that_changes_nothing_does_nothing(live: Running) -> None:
    version = live.preview.site.version
    file = live.content / FERRY
    with file.open("r+b") as same:  # in place: emptied first, the file would for a moment really be another
        data = same.read()
        same.seek(0)
        same.write(data)
    os.utime(file, (1, 1))
    change(live.content / NEWEST, "Notes of 1.1", "Later")
    live.wait_for_text("ferry/", "Later")
    assert [sorted(seen.files) for seen in live.changes] == [["content/apps/ferry/releases/1.1-11.yaml"]]
    assert live.preview.site.version == version + 1


def test_reading_is_no_change(live: Running) -> None:
    for path in ("", "ferry/", "tug/", "about/", "ferry/1.0-10/"):
        live.get(path)
    for file in live.content.rglob("*.yaml"):
        file.read_bytes()
    change(live.content / FERRY, "First", "Second")
    live.wait_for_text("ferry/", "Second")
    assert len(live.changes) == 1


def test_a_new_app_a_new_release_and_their_end(live: Running) -> None:
    home = live.content / "apps" / "dredger"
    (home / "releases").mkdir(parents=True)
    (home / "app.yaml").write_text(APP.format(name="Dredger", id="dredger"))
    (home / "releases" / "1.yaml").write_text(RELEASE.format(version="0.1", build="12"))
    live.wait_for_text("", "Dredger")
    assert "Notes of 0.1" in live.get("dredger/").text
    (home / "releases" / "2.yaml").write_text(RELEASE.format(version="0.2", build="13"))
    live.wait_for_text("dredger/", "Notes of 0.2")
    (home / "releases" / "2.yaml").unlink()
    live.wait_for(lambda: live.get("dredger/0.2-13/").status == 404, "the release's end")
    shutil.rmtree(home)
    live.wait_for(lambda: live.get("dredger/").status == 404, "the app's end")
    assert "Dredger" not in live.get("").text
    assert live.codes() == []


def test_the_whole_content_can_go_and_come_back(live: Running, tmp_path: Path) -> None:
    live.content.rename(tmp_path / "away")
    live.wait_for(lambda: live.codes() != [], "problems")
    assert live.get("ferry/").status == 200, "the last good state stays"
    shutil.copytree(tmp_path / "away", live.content)
    live.wait_for(lambda: live.codes() == [], "no problems")
    change(live.content / FERRY, "First", "Back again")
    live.wait_for_text("ferry/", "Back again")


def test_folders_that_come_later_are_watched(live: Running) -> None:
    templates = live.project.root / "templates"
    templates.mkdir()
    put(templates / "404.html", "{% extends '@theme/404.html' %}{% block title %}Lost at sea{% endblock %}")
    live.wait_for_text("no/such/page", "Lost at sea")
    change(templates / "404.html", "Lost at sea", "Adrift")
    live.wait_for_text("no/such/page", "Adrift")
    shutil.rmtree(templates)
    live.wait_for(lambda: "Adrift" not in live.get("no/such/page").text, "the theme's own page")


def test_the_address_can_change_while_it_runs(live: Running) -> None:
    change(live.content / "site.yaml", "/repo/", "/elsewhere/")
    live.wait_for(lambda: live.get("/elsewhere/ferry/").status == 200, "the new path")
    assert live.preview.url.endswith("/elsewhere/")


def test_bursts_end_in_the_last_state(live: Running) -> None:
    file = live.content / NEWEST
    text = file.read_text()
    for number in range(300):
        file.write_text(text.replace("Notes of 1.1", f"Wave {number}."))
    live.wait_for_text("ferry/", "Wave 299.")
    names = [live.content / f"static/{number}.txt" for number in range(300)]
    names[0].parent.mkdir()
    for number, name in enumerate(names):
        name.write_text(f"file {number}")
    live.wait_for(lambda: live.get("static/").status == 404 and live.get("299.txt").status == 200, "the last file")
    assert all(live.get(name.name).text == f"file {number}" for number, name in enumerate(names) if number % 50 == 0)


# --- mistakes -------------------------------------------------------------------------------------------------


def test_it_starts_with_mistakes_and_shows_them_escaped(project: Project, start: Callable[..., Running]) -> None:
    site = project.content / "site.yaml"
    put(site, site.read_text() + "<script>alert(1)</script>: 1\n")
    live = start()
    reply = live.get("ferry/")
    assert reply.status == 500
    assert "content/site.yaml:6:1" in reply.text
    assert "<script>alert" not in reply.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;: 1" in reply.text
    assert reply.text.count("<article") == len(live.preview.site.problems())
    digest = live.status("ferry/")["digest"]
    assert f'data-digest="{digest}"' in reply.text
    put(site, site.read_text().replace("<script>alert(1)</script>: 1\n", ""))
    live.wait_for(lambda: live.get("ferry/").status == 200, "the page")
    assert live.status("ferry/")["digest"] != digest


def test_an_app_that_is_wrong_from_the_start_leaves_the_others_alone(
    project: Project, start: Callable[..., Running]
) -> None:
    change(project.content / FERRY, "bundle_id", "bundle")
    live = start()
    assert live.get("tug/").status == 200
    assert "Tug" in live.get("").text
    assert live.get("ferry/").status == 500
    assert "did you mean" in live.get("ferry/").text
    change(project.content / FERRY, "bundle", "bundle_id")
    live.wait_for(lambda: live.get("ferry/").status == 200, "the app")
    assert "Ferry" in live.get("").text


def test_a_mistake_in_a_template_names_its_line_and_keeps_the_page(live: Running) -> None:
    good = live.get("ferry/").text
    templates = live.project.root / "templates"
    templates.mkdir()
    put(templates / "app.html", "{% extends '@theme/app.html' %}\n{% block main %}{{ app.nome }}{% endblock %}")
    live.wait_for(lambda: live.codes("ferry/") != [], "problems")
    (frame,) = live.status("ferry/")["problems"]
    assert frame["place"].startswith("templates/app.html:2")
    assert "nome" in frame["message"]
    assert live.get("ferry/").text == good
    assert live.get("about/").status == 200
    put(templates / "app.html", "{% extends '@theme/app.html' %}\n{% block main %}{{ app.name }}!{% endblock %}")
    live.wait_for_text("ferry/", "Ferry!")
    assert live.codes("ferry/") == []


def test_a_template_that_does_not_compile_is_told_before_any_page_is_asked_for(live: Running) -> None:
    templates = live.project.root / "templates"
    templates.mkdir()
    put(templates / "page.html", "{% if %}")
    live.wait_for(lambda: live.preview.site.problems() != (), "problems")
    assert live.codes("tug/") == ["template-syntax"]
    shutil.rmtree(templates)
    live.wait_for(lambda: live.codes("tug/") == [], "no problems")


def test_problems_of_several_files_are_listed_together(live: Running) -> None:
    change(live.content / FERRY, "subtitle", "subtitel")
    change(live.content / "apps/tug/app.yaml", "subtitle", "subtitel")
    change(live.content / "site.yaml", "title: Harbour", "titel: Harbour")
    live.wait_for(lambda: live.codes() == ["unknown-key"] * 3, "three problems")
    places = [frame["place"].partition(":")[0] for frame in live.status()["problems"]]
    assert places == sorted(places)
    assert {"content/site.yaml", "content/apps/ferry/app.yaml", "content/apps/tug/app.yaml"} == set(places)


def test_what_only_a_page_shows_that_nobody_opened_is_told(live: Running) -> None:
    templates = live.project.root / "templates"
    templates.mkdir()
    put(
        templates / "release.html",
        "{% extends '@theme/release.html' %}\n"
        "{% block main %}{% if app.id == 'tug' %}{{ app.nome }}{% endif %}{% endblock %}",
    )
    live.wait_for(lambda: live.codes("about/") == ["template-undefined"], "the problem of another page")
    (frame,) = live.status("about/")["problems"]
    assert frame["place"].startswith("templates/release.html:2")
    assert "while rendering tug/3.0-12/" in frame["message"] or "while rendering tug/3.0-10/" in frame["message"]
    change(live.content / NEWEST, "Notes of 1.1", "An edit elsewhere")
    live.wait_for_text("ferry/", "An edit elsewhere")
    assert live.codes("about/") == ["template-undefined"], "it stays while nothing mends it"
    change(templates / "release.html", "app.nome", "app.name")
    live.wait_for(lambda: live.codes("about/") == [], "no problems")
    live.wait_until_settled()
    assert live.codes("about/") == []


def test_a_mistake_that_many_pages_show_is_told_once(live: Running) -> None:
    templates = live.project.root / "templates"
    templates.mkdir()
    put(templates / "base.html", "{% extends '@theme/base.html' %}\n{% block title %}{{ site.titel }}{% endblock %}")
    live.wait_for(lambda: live.codes("about/") != [], "the problem")
    live.wait_until_settled()
    assert live.codes("ferry/") == ["template-undefined"]


def test_two_inputs_for_one_path_are_told(live: Running) -> None:
    inside = live.content / "static" / "Ferry" / "1.0-10"
    inside.mkdir(parents=True)
    (inside / "index.html").write_text("<p>Mine")
    live.wait_for(lambda: live.codes("tug/") == ["path-clash"], "the clash with an app")
    (frame,) = live.status("tug/")["problems"]
    assert frame["place"] == "content/static/Ferry/1.0-10/index.html"
    assert "content/apps/ferry" in frame["message"]
    shutil.rmtree(live.content / "static")
    (live.content / "pages" / "Tug.md").write_text("# Mine")
    live.wait_for(
        lambda: [each["place"] for each in live.status()["problems"]] == ["content/pages/Tug.md"], "a page's"
    )
    (live.content / "pages" / "Tug.md").unlink()
    live.wait_for(lambda: live.codes("tug/") == [], "no problems")
    good = live.get("ferry/").text
    change(live.content / NEWEST, "version:", "id: stable\nversion:")
    live.wait_for(lambda: live.codes("tug/") == ["path-clash"], "the clash within an app")
    assert live.get("ferry/").text == good, "the last good page stays"
    change(live.content / NEWEST, "id: stable\n", "")
    live.wait_for(lambda: live.codes("tug/") == [], "no problems")
