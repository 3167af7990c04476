"""What is newest is a matter of channel and platform, and of the system that somebody has."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest

from otasite.facts.difference import system_key
from otasite.hosting.announce.news import find_news
from otasite.hosting.catalogue import SiteCatalogue, built_catalogue
from otasite.hosting.github import summary
from tests.projects import SITE, Sandbox, example

APP = "name: Rider\nbundle_id: com.example.rider\napplication_id: com.example.rider\n"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """An app whose iOS and Android builds of one version have build numbers of their own, so that they are two."""
    sandbox = example(tmp_path)
    sandbox.write("content/apps/rider/app.yaml", APP)
    write(sandbox, "1.1.0", "40", "2026-04-01", "ios", "For all.")
    write(sandbox, "1.2.0", "45", "2026-05-01", "ios", "For iPhones.")
    write(sandbox, "1.2.0+45", "2045", "2026-05-03", "android", "For Androids.")
    return sandbox


def write(
    sandbox: Sandbox, version: str, build: str, date: str, platform: str, notes: str = "", **binary: object
) -> None:
    ending = "ipa" if platform == "ios" else "apk"
    own = {"url": f"https://h.example.com/{build}.{ending}"} | binary
    sandbox.write(
        f"content/apps/rider/releases/{version.replace('+', '-')}-{build}.yaml",
        f"version: {version}\nbuild: {build}\ndate: {date}\nnotes: {notes or 'None.'}\n"
        f"{platform}: {json.dumps(own, default=str)}\n",
    )


def latest(sandbox: Sandbox) -> dict[str, Any]:
    channel = json.loads(sandbox.read("rider/latest.json"))["channels"]["stable"]
    assert isinstance(channel, dict)
    return channel


def test_latest_json_has_the_newest_build_of_each_platform(sandbox: Sandbox) -> None:
    sandbox.build()
    channel = latest(sandbox)
    assert (channel["version"], channel["build"], channel["notes_html"]) == (
        "1.2.0+45",
        "2045",
        "<p>For Androids.</p>",
    )
    assert (channel["android"]["version"], channel["android"]["build"]) == ("1.2.0+45", "2045")
    assert "origin" not in channel["android"]
    ios = channel["ios"]
    assert (ios["version"], ios["build"]) == ("1.2.0", "45")
    assert str(ios["manifest"]).endswith("/rider/1.2.0-45/manifest.plist")
    assert ios["origin"] == {
        "id": "1.2.0-45",
        "version": "1.2.0",
        "build": "45",
        "date": "2026-05-01",
        "channel": "stable",
        "url": "https://apps.example.com/rider/1.2.0-45/",
        "notes_html": "<p>For iPhones.</p>",
    }
    (app,) = (app for app in built_catalogue(sandbox.dist).apps if app.id == "rider")
    assert (app.latest, app.newest) == ("1.2.0-45-2045", {"ios": "1.2.0-45", "android": "1.2.0-45-2045"})


def test_the_page_offers_both_with_their_own_versions_dates_and_notes(sandbox: Sandbox) -> None:
    sandbox.build()
    for path in ("rider/index.html", "rider/stable/index.html"):
        page = sandbox.read(path)
        assert "rider%2F1.2.0-45%2Fmanifest.plist" in page
        assert "https://h.example.com/2045.apk" in page
        for text in ("1.2.0 (45)", "1.2.0+45 (2045)", "May 1, 2026", "May 3, 2026", "For iPhones.", "For Androids."):
            assert text in page, (path, text)
        assert "There is no" not in page, "nobody is told that their platform is missing"
        history = page[page.index('class="releases"') :]
        assert re.findall(r'id="since-([^"]*)"', history) == ["1.1.0-40"], "what is on offer is not history"


def test_information_names_the_commit_of_each_platform(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", f"{SITE}source_code: {{commit_url: 'https://code.example.com/{{commit}}'}}\n")
    for name, commit in (("1.2.0-45", "aaa111"), ("1.2.0-45-2045", "bbb222")):
        path = sandbox.root / f"content/apps/rider/releases/{name}.yaml"
        path.write_text(f"commit: {commit}\nbranch: of-{commit}\n{path.read_text('utf-8')}", "utf-8")
    sandbox.build()
    page = sandbox.read("rider/index.html")
    ios, android = page.partition('class="card information"')[2].split("<h3>")[1:3]
    assert "https://code.example.com/aaa111" in ios and "of-aaa111" in ios and "bbb222" not in ios
    assert "https://code.example.com/bbb222" in android and "of-bbb222" in android and "aaa111" not in android


def test_the_index_shows_both_versions_and_lists_both_as_new(sandbox: Sandbox) -> None:
    sandbox.build()
    assert "1.2.0 · 1.2.0+45" in sandbox.read("index.html") or "1.2.0+45 · 1.2.0" in sandbox.read("index.html")
    sandbox.write("content/site.yaml", (sandbox.root / "content/site.yaml").read_text() + "theme: store\n")
    sandbox.build()
    news = sandbox.read("index.html").partition('id="new"')[2]
    assert re.findall(r"Rider <bdi>([^<]*)</bdi>", news) == ["1.2.0+45", "1.2.0"]


def test_a_channel_keeps_so_many_of_each_platform(sandbox: Sandbox) -> None:
    sandbox.write(
        "content/site.yaml", "title: T\nbase_url: https://apps.example.com/\nchannels: {stable: {keep: 1}}\n"
    )
    write(sandbox, "1.0.9", "39", "2026-03-01", "android")
    report = sandbox.build()
    shown = sorted(path.parent.name for path in (sandbox.dist / "rider").glob("*-*/index.html"))
    assert shown == ["1.2.0-45", "1.2.0-45-2045"]
    assert report.dropped == 2 + 1  # two of “rider”, one of “notes”


def test_the_signing_of_an_ios_build_counts_until_a_newer_one_for_ios(sandbox: Sandbox) -> None:
    for day, severity in (("2026-06-20", "warning"), ("2026-05-20", "error")):
        write(
            sandbox,
            "1.2.0",
            "45",
            "2026-05-01",
            "ios",
            "",
            signing={"type": "ad-hoc", "expires": dt.date.fromisoformat(day)},
        )
        found = [(problem.code, problem.severity) for problem in sandbox.check()]
        assert found == [("expires-soon" if severity == "warning" else "expired", severity)]
    write(sandbox, "1.3.0", "50", "2026-05-10", "ios")
    assert [(problem.code, problem.severity) for problem in sandbox.check()] == [("expired", "warning")]


def test_a_release_page_names_what_replaces_it_on_its_own_platform(sandbox: Sandbox) -> None:
    write(sandbox, "1.1.5", "2040", "2026-04-02", "android")
    sandbox.build()
    assert "There is a newer build." not in sandbox.read("rider/1.2.0-45/index.html")
    assert "Version 1.2.0 (45)" in _newer(sandbox, "1.1.0-40")
    assert "Version 1.2.0+45 (2045)" in _newer(sandbox, "1.1.5-2040")


def _newer(sandbox: Sandbox, release: str) -> str:
    page = sandbox.read(f"rider/{release}/index.html")
    start = page.index("There is a newer build.")
    return page[start : page.index("</div>", start)]


def test_a_fix_for_one_platform_leaves_the_other_on_the_page(sandbox: Sandbox) -> None:
    sandbox.write(
        "content/apps/rider/releases/2.yaml",
        "version: 2.0\nbuild: 50\ndate: 2026-05-05\nnotes: Both.\n"
        "ios: {url: 'https://h.example.com/2.ipa'}\nandroid: {url: 'https://h.example.com/2.apk'}\n",
    )
    write(sandbox, "2.0.1", "51", "2026-05-06", "ios", "Fix.")
    sandbox.build()
    channel = latest(sandbox)
    assert (channel["id"], channel["android"]["origin"]["id"]) == ("2.0.1-51", "2.0-50")
    page = sandbox.read("rider/index.html")
    assert "2.apk" in page
    assert 'id="since-2.0-50"' in page, "for iPhones it is history"
    banner = _newer(sandbox, "2.0-50")
    assert "2.0.1 (51) · iPhone and iPad" in banner


def test_news_are_told_of_each_platform(sandbox: Sandbox) -> None:
    sandbox.build()
    news = find_news(sandbox.dist, SiteCatalogue())
    told = {item.build: (item.platforms, item.notes) for item in news.items if item.app == "rider"}
    assert told["45"] == (("ios",), "For iPhones.")
    assert told["2045"] == (("android",), "For Androids.")
    before = built_catalogue(sandbox.dist)
    path = sandbox.root / "content/apps/rider/releases/1.2.0-45.yaml"
    path.write_text(
        path.read_text() + "android: {url: 'https://h.example.com/more.apk', version: 1.2.0.1, build: 3001}\n"
    )
    sandbox.build()
    (item,) = find_news(sandbox.dist, before).items
    assert (item.platforms, item.version, item.build) == (("android",), "1.2.0.1", "3001")
    assert find_news(sandbox.dist, built_catalogue(sandbox.dist)).items == ()


def test_the_summary_of_a_run_names_both(sandbox: Sandbox) -> None:
    sandbox.build()
    (row,) = (line for line in summary(sandbox.dist).splitlines() if "Rider" in line)
    assert "1.2.0+45 (2045), 2026-05-03; 1.2.0 (45), 2026-05-01" in row.replace("\\", "")


def test_builds_for_older_systems_come_from_the_history(sandbox: Sandbox) -> None:
    for version, build, day, system in (
        ("1.0", "10", "01", "12.0"),
        ("1.1", "11", "02", "15"),
        ("1.2", "12", "03", "14.2"),
        ("1.3", "13", "04", "14.10"),
        ("1.4", "14", "05", "16.0"),
        ("1.5", "15", "06", "16"),
    ):
        write(sandbox, version, build, f"2026-05-{day}T12:00:00Z", "ios", "", minimum_os=system)
    sandbox.build()
    earlier = re.compile(r'data-earlier="ios" data-fits="([^"]*)"')
    assert earlier.findall(sandbox.read("rider/index.html")) == ["14.10", "14.2", "12.0"]
    assert earlier.findall(sandbox.read("rider/1.3-13/index.html")) == ["14.2", "12.0"]
    assert earlier.findall(sandbox.read("rider/1.0-10/index.html")) == []


@pytest.mark.parametrize("other", [{"identifier": "com.example.other"}, {"device_family": ["ipad"]}])
def test_a_build_for_other_devices_is_no_way_out(sandbox: Sandbox, other: dict[str, object]) -> None:
    write(sandbox, "1.3", "50", "2026-05-04", "ios", "", minimum_os="17.0")
    write(sandbox, "1.1.0", "40", "2026-04-01", "ios", "", minimum_os="15.0")
    sandbox.build()
    assert sandbox.read("rider/index.html").count("data-fits") == 1
    write(sandbox, "1.1.0", "40", "2026-04-01", "ios", "", minimum_os="15.0", **other)
    sandbox.build()
    assert "data-fits" not in sandbox.read("rider/index.html")


def test_an_edited_minimum_reaches_the_pages_of_later_releases(sandbox: Sandbox) -> None:
    write(sandbox, "1.3", "50", "2026-05-04", "ios", "", minimum_os="17.0")
    write(sandbox, "1.1.0", "40", "2026-04-01", "ios", "", minimum_os="15.0")
    sandbox.build()
    write(sandbox, "1.1.0", "40", "2026-04-01", "ios", "", minimum_os="13.0")
    sandbox.build()
    for path in ("rider/index.html", "rider/1.3-50/index.html"):
        assert 'data-fits="13.0"' in sandbox.read(path)


def test_versions_of_systems_are_numbers() -> None:
    ordered = ["", "4.4", "8.0", "9", "10", "15.2", "15.10", "16.0.1"]
    assert sorted(set(ordered), key=system_key) == ordered
    assert system_key("16") == system_key("16.0.0") == system_key("016")
