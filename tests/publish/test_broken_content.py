"""Whatever stands in the files of a project: check and build end in problems, never in anything else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otasite.problems import ProblemsFound
from tests.projects import Sandbox

SITE = """\
title: {en: Apps, de: Programme}
base_url: https://apps.example.com/
theme: {name: default, options: {accent: "#123456"}}
languages: [en, de]
channels:
  stable: {title: Stable}
  beta: {title: Beta, keep: 2}
hosting: {netlify: {plan: paid}}
binaries: {base_url: https://binaries.example.com/x/}
organisation: {name: Example, contact: {email: help@example.com}}
"""
APP = """\
name: {en: Notes}
bundle_id: com.example.notes
application_id: com.example.notes
platforms: [ios, android]
links: {website: https://example.com/}
defaults: {ios: {minimum_os: "15.0"}}
"""
RELEASE = """\
version: 2.0
build: 2
date: 2026-02-01T10:00:00Z
channel: beta
notes: {en: Much is new.}
ios:
  url: https://downloads.example.com/b.ipa
  size: 10
  signing: {type: ad-hoc, expires: 2027-01-01, devices: 3}
android: {url: https://downloads.example.com/b.apk}
"""
FILES = {
    "content/site.yaml": SITE,
    "content/apps/notes/app.yaml": APP,
    "content/apps/notes/releases/2.0-2.yaml": RELEASE,
    "content/apps/other.yaml": APP.replace(".notes", ".other") + "releases: []\n",
}
JUNK = (
    "\t",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "- ",
    "'",
    '"',
    "~",
    "x",
    "\n",
    "*a",
    "&a ",
    "!t ",
    "|\n",
    "#",
    "0",
    "[]",
    "{}",
    "\xa0",
    "“",
)
VALUES = ("", " []", " {}", " x", " [a, b]", " {a: b}", " ~", " 0", " ''")


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, str]:
    """The files, one or two of them with a line too few, a wrong value or junk in them."""
    files = dict(FILES)
    for path in draw(st.lists(st.sampled_from(sorted(FILES)), min_size=1, max_size=2)):
        lines = files[path].splitlines(keepends=True)
        number = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["cut", "value", "junk"])):
            case "cut":
                del lines[number]
            case "value":
                lines[number] = f"{lines[number].partition(':')[0]}:{draw(st.sampled_from(VALUES))}\n"
            case _:
                at = draw(st.integers(0, len(lines[number])))
                lines[number] = f"{lines[number][:at]}{draw(st.sampled_from(JUNK))}{lines[number][at:]}"
        files[path] = "".join(lines)
    return files


@pytest.mark.slow
@given(damaged())
@settings(
    max_examples=500 if os.environ.get("OTASITE_SOAK") == "1" else 24,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_damage_ends_in_problems(tmp_path: Path, files: dict[str, str]) -> None:
    sandbox = Sandbox(tmp_path)
    for path, text in files.items():
        sandbox.write(path, text)
    try:
        sandbox.check()
    except ProblemsFound as found:
        assert found.problems
    try:
        sandbox.build()
    except ProblemsFound as found:
        assert found.problems


@pytest.mark.parametrize(
    "site", ["title: [\n", "title: a: b\n", "channels: [stable]\n", "title: A\nchannels: {beta: []}\n"]
)
def test_a_channel_that_a_broken_site_may_have_is_not_missed(tmp_path: Path, site: str) -> None:
    sandbox = Sandbox(tmp_path)
    for path, text in (FILES | {"content/site.yaml": site}).items():
        sandbox.write(path, text)
    assert {place.partition(":")[0] for place in sandbox.mistakes()} == {"content/site.yaml"}
    assert {problem.location.path for problem in sandbox.check() if problem.location} == {"content/site.yaml"}
