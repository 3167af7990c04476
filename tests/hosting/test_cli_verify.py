"""``otasite verify`` as people call it."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from otasite.cli import cli
from tests.hosting.live_site import LiveSite


def run(live: LiveSite, *words: str) -> Result:
    return CliRunner().invoke(cli, ["verify", live.url, "--ca", str(live.authority.root), *words])


def test_a_good_site(live: LiveSite) -> None:
    done = run(live)
    assert done.exit_code == 0
    assert done.output == f"{live.url}: 6 pages, 2 manifests, 2 binaries: nothing amiss\n"


def test_everything_is_shown_when_asked(live: LiveSite) -> None:
    assert "bundle-identifier" in run(live, "--all").output


def test_a_broken_site_is_a_table_with_what_to_do(live: LiveSite) -> None:
    live.resource(".ipa").gzip = True
    live.resource("manifest.plist").headers["Content-Type"] = "text/plain"
    done = run(live)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[0].split() == ["result", "check", "what", "found"]
    assert lines[1].startswith("fail    binary-encoding")
    assert any(line.startswith("warn    manifest-type") for line in lines)
    assert any(line.startswith("binary-encoding: Switch compression off") for line in lines)
    assert lines[-1].endswith("1 failure and 1 warning")


def test_warnings_fail_only_when_strict(live: LiveSite) -> None:
    live.resource("manifest.plist").headers["Content-Type"] = "text/plain"
    assert run(live).exit_code == 0
    assert run(live, "--strict").exit_code == 1


def test_json(live: LiveSite) -> None:
    document = json.loads(run(live, "--json", "--dist", str(live.dist)).output)
    assert document["result"] == "ok"
    assert {"check", "subject", "result", "found", "fix"} == set(document["rows"][0])


def test_no_address() -> None:
    done = CliRunner().invoke(cli, ["verify", "apps.example.com"])
    assert "no address of a site" in str(done.exception)
