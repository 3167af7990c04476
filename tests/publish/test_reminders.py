"""What a build or a check says each time, of content in which nothing is wrong."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from otasite.problems import ProblemsFound
from otasite.publish.engine import build
from otasite.workshop.workshop import Workshop
from tests.projects import APP, SITE, Sandbox

URL = "https://downloads.acme.example/n.ipa"
RELEASE = f"version: '1'\nbuild: '1'\ndate: 2026-05-01\nios: {{url: {URL}}}\n"


def site(folder: Path) -> Sandbox:
    sandbox = Sandbox(folder)
    sandbox.write("content/site.yaml", SITE.replace("apps.example.com", "apps.acme.example"))
    sandbox.write("content/apps/notes/app.yaml", APP)
    sandbox.write("content/apps/notes/releases/1-1.yaml", RELEASE)
    return sandbox


def said(sandbox: Sandbox) -> list[str]:
    """Places and codes of what a build says, and again when nothing is left to do."""
    first, second = (build(Workshop(sandbox.project, sandbox.options())).reminders for _ in range(2))
    assert first == second
    assert {problem.severity for problem in first} <= {"warning"}
    return [f"{problem.location} {problem.code}" for problem in first]


def test_addresses_that_are_examples_are_said_and_strictly_refused(tmp_path: Path) -> None:
    sandbox = site(tmp_path)
    assert said(sandbox) == []
    sandbox.write("content/site.yaml", SITE)
    sandbox.write("content/apps/notes/releases/1-1.yaml", RELEASE.replace("acme.example", "example.com"))
    assert said(sandbox) == [
        "content/site.yaml:2:11 example-address",
        "content/apps/notes/releases/1-1.yaml:4:12 example-address",
    ]
    with pytest.raises(ProblemsFound):
        build(Workshop(sandbox.project, sandbox.options()), strict=True)


def test_many_addresses_that_are_examples_are_said_once(tmp_path: Path) -> None:
    sandbox = site(tmp_path)
    for number in range(1, 4):
        text = RELEASE.replace("acme.example", "example.com").replace("'1'", f"'{number}'")
        sandbox.write(f"content/apps/notes/releases/{number}-{number}.yaml", text)
    (problem,) = build(Workshop(sandbox.project, sandbox.options())).reminders
    assert problem.message == "“https://downloads.example.com/n.ipa” is an example: nothing is there; so are 2 more"


def test_an_icon_of_few_pixels_is_said(tmp_path: Path) -> None:
    sandbox = site(tmp_path)
    icon = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(icon, "PNG")
    sandbox.write("content/apps/notes/icon.png", icon.getvalue())
    sandbox.write("content/apps/notes/app.yaml", APP + "icon: icon.png\n")
    assert said(sandbox) == ["content/apps/notes/icon.png small-icon"]


def test_two_apps_with_one_identifier_are_said(tmp_path: Path) -> None:
    sandbox = site(tmp_path)
    sandbox.write("content/apps/other/app.yaml", APP)
    sandbox.write("content/apps/other/releases/1-1.yaml", RELEASE)
    assert said(sandbox) == ["content/apps/other/app.yaml twin-apps"]


def test_a_build_says_that_a_profile_has_expired(tmp_path: Path) -> None:
    sandbox = site(tmp_path)
    ends = f"{RELEASE}  \n".replace(f"{{url: {URL}}}", "\n  url: URL\n  signing: {type: ad-hoc, expires: DAY}")
    expired = ends.replace("URL", URL).replace("DAY", "2026-05-20")
    sandbox.write("content/apps/notes/releases/1-1.yaml", expired)
    assert said(sandbox) == ["content/apps/notes/releases/1-1.yaml:6:36 expired"]
    assert [(problem.code, problem.severity) for problem in sandbox.check()] == [("expired", "error")]
    newer = expired.replace("'1'", "'2'").replace("05-01", "05-02").replace("05-20", "07-01")
    sandbox.write("content/apps/notes/releases/2-2.yaml", newer)
    assert said(sandbox) == [], "what is in the history only is not"
