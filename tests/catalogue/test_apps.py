"""From files to the model: the three forms of an app, defaults, notes, order, and what text keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from otasite.catalogue.apps import AppLoader
from otasite.catalogue.load import Loader
from otasite.catalogue.model import App
from otasite.catalogue.sources import Sources
from otasite.outputs.registry import output_kinds
from tests.projects import APP, SITE, Sandbox


def load(sandbox: Sandbox) -> dict[str, App]:
    loader = Loader(Sources(sandbox.root), output_kinds())
    site = loader.site()
    apps = AppLoader(loader.sources, site, loader.findings, loader.kinds, {})
    found = {source.id: apps.load(source) for source in loader.app_sources()}
    loader.findings.raise_errors()
    return found


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = Sandbox(tmp_path)
    sandbox.write("content/site.yaml", SITE)
    return sandbox


INLINE = """\
name: Tool
bundle_id: com.example.tool
releases:
  - {version: 1.10, build: 0123, date: 2026-01-02, ios: {url: 'https://h/a.ipa'}}
  - {version: 1.9, build: 0122, date: 2026-01-02, ios: {url: 'https://h/b.ipa'}}
"""


def test_three_forms_of_an_app(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/one.yaml", INLINE)
    sandbox.write("content/apps/two/app.yaml", INLINE)
    sandbox.write("content/apps/three/app.yaml", APP)
    sandbox.release("1.0", "1", app="three")
    apps = load(sandbox)
    assert {name: len(app.releases) for name, app in apps.items()} == {"one": 2, "two": 2, "three": 1}


def test_text_stays_as_written(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/one.yaml", INLINE)
    newest = load(sandbox)["one"].releases[0]
    assert (newest.version, newest.build, newest.id) == ("1.10", "0123", "1.10-0123")


def test_same_day_releases_are_ordered_by_version(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/one.yaml", INLINE)
    assert [release.version for release in load(sandbox)["one"].releases] == ["1.10", "1.9"]


def test_defaults_reach_every_depth_and_a_release_wins(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/one/app.yaml", """\
        name: Tool
        bundle_id: com.example.tool
        defaults:
          channel: beta
          branch: main
          ios:
            minimum_os: 16.0
            signing: {type: enterprise, team: Example, expires: 2027-01-01}
          android: {minimum_os: 9}
        """)  # fmt: skip
    sandbox.write("content/apps/one/releases/1.yaml", """\
        version: 1
        build: 1
        date: 2026-01-01
        ios:
          url: https://h/a.ipa
          signing: {type: ad-hoc}
        """)  # fmt: skip
    (release,) = load(sandbox)["one"].releases
    assert release.android is None
    assert release.ios is not None
    assert (release.channel, release.branch, release.ios.minimum_os) == ("beta", "main", "16.0")
    assert (release.ios.signing.type, release.ios.signing.team) == ("ad-hoc", "Example")
    assert release.ios.signing.expires is not None
    assert release.ios.signing.expires.isoformat() == "2027-01-01T00:00:00+00:00"
    assert release.ios.identifier == "com.example.tool"


def test_notes_by_language(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", SITE + "languages: [en, de]\n")
    sandbox.write("content/apps/one/app.yaml", "name: {en: Tool, de: Werkzeug}\nbundle_id: com.example.tool\n")
    for build in ("1", "2"):
        text = f"version: 1.0\nbuild: {build}\ndate: 2026-01-0{build}\nios: {{url: 'https://h/a.ipa'}}\n"
        sandbox.write(f"content/apps/one/releases/1.0-{build}.yaml", text)
    sandbox.write("content/apps/one/releases/1.0-1.md", "English")
    sandbox.write("content/apps/one/releases/1.0-1.de.md", "Deutsch")
    sandbox.write("content/apps/one/releases/1.0-2.md", "Only English")
    app = load(sandbox)["one"]
    assert app.name == {"en": "Tool", "de": "Werkzeug"}
    assert [release.notes for release in app.releases] == ["Only English", {"de": "Deutsch", "en": "English"}]


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-03-01", "2026-03-01T00:00:00+00:00"),
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00+00:00"),
        ("2026-03-01 09:30Z", "2026-03-01T09:30:00+00:00"),
        ("2026-03-01T09:30:00+02:00", "2026-03-01T07:30:00+00:00"),
    ],
)
def test_dates(sandbox: Sandbox, written: str, utc: str) -> None:
    sandbox.release("1.0", "1", date=written)
    sandbox.write("content/apps/notes/app.yaml", APP)
    (release,) = load(sandbox)["notes"].releases
    assert (release.date, release.timestamp.isoformat()) == (written, utc)


def test_a_link_that_leads_out_of_the_content_is_refused(sandbox: Sandbox) -> None:
    from otasite.problems import ProblemsFound

    outside = sandbox.write("outside.png", b"x")
    sandbox.write("content/apps/notes/app.yaml", APP + "icon: icon.png\n")
    (sandbox.root / "content/apps/notes/icon.png").symlink_to(outside)
    with pytest.raises(ProblemsFound) as caught:
        load(sandbox)
    assert [problem.code for problem in caught.value.problems] == ["outside-content"]
