"""``otasite verify`` as people call it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from otasite.cli import cli
from otasite.cli.verify_table import MOST, folded, print_table, shown
from otasite.hosting.verify.report import failed
from otasite.problems.register import REGISTER
from tests.hosting.live_site import LiveSite


def run(live: LiveSite, *words: str) -> Result:
    return CliRunner().invoke(cli, ["verify", live.url, "--ca", str(live.authority.root), *words])


def test_a_good_site(live: LiveSite) -> None:
    done = run(live)
    assert done.exit_code == 0
    assert done.output == f"{live.url}: 6 pages, 2 manifests, 2 binaries: nothing amiss\n"


def test_everything_is_shown_when_asked(live: LiveSite) -> None:
    assert "bundle-identifier" in run(live, "--all").output


def test_a_broken_site_is_a_table_with_what_to_do(live: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    live.resource(".ipa").gzip = True
    live.resource("manifest.plist").headers["Content-Type"] = "text/plain"
    done = run(live)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[0].split() == ["result", "check", "found"]
    assert lines[1].split() == ["fail", "binary-encoding", "sent", "with", "Content-Encoding:", "gzip"]
    assert lines[2].strip() == live.path(".ipa")[1:], "addresses below the site's are shown from there"
    assert lines[3].strip() == f"Fix: {REGISTER['binary-encoding'].fix}"
    assert any(line.startswith("warn    manifest-type") for line in lines)
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


def test_many_addresses_of_one_finding_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    base = "https://apps.example.com/"
    rows = [failed("page-status", f"{base}{number}/", "HTTP 404") for number in range(MOST + 3)]
    print_table(base, rows)
    printed = capsys.readouterr().out
    assert printed.count("HTTP 404") == printed.count(REGISTER["page-status"].fix) == 1
    assert "and 3 more (--all shows each)" in printed
    print_table(base, rows, limit=None)
    assert f" {MOST + 2}/" in capsys.readouterr().out


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_table_fits_the_window(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    address = "https://downloads.example.com/driver/2.8.0-281/Driver-2.8.0-281.d5647fbfb2.ipa"
    print_table("https://apps.example.com/", [failed("binary-unreadable", address, "it cannot be read " * 9)])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    assert "".join(line.strip() for line in lines[1:]).count(address.rpartition("/")[2]) == 1


def test_addresses_are_cut_after_a_slash_and_before_a_signature() -> None:
    assert folded("https://a.example.com/one/two.ipa", 26) == ["https://a.example.com/one/", "two.ipa"]
    assert shown("https://a.example.com/one.ipa?X-Amz-Date=1", "https://a.example.com/") == "one.ipa?…"
    assert shown("https://a.example.com/", "https://a.example.com/") == "https://a.example.com/"
