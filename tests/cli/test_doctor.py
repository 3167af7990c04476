"""``otasite doctor`` and ``otasite completion``."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from otasite import open_project
from otasite.cli import cli
from otasite.hosting.doctor import examine_site
from tests.projects import example

SECRET = "0123456789abcdef0123456789abcdef"


def doctor(folder: Path, *words: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["doctor", "-C", str(folder), "--offline", *words], env=environment)


class _Host(BaseHTTPRequestHandler):
    date = "Fri, 02 Jan 2026 10:00:00 GMT"

    def do_GET(self) -> None:
        self.send_response_only(200)
        self.send_header("Date", self.date)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_it_tells_versions_and_the_project(tmp_path: Path) -> None:
    example(tmp_path)
    done = doctor(tmp_path)
    assert done.exit_code == 0, done.output
    rows = {line.split("  ")[0].strip(): line for line in done.output.splitlines()}
    assert sys.version.split()[0] in rows["Python"]
    assert "apps" in rows["project"]
    assert {"jinja2", "markdown", "pyyaml", "watchdog"} <= rows.keys()


def test_secrets_are_told_to_be_there_and_never_shown(tmp_path: Path) -> None:
    example(tmp_path)
    address = "https://hooks.example.com/T0/very-secret"
    done = doctor(tmp_path, "--json", OTASITE_SECRET=SECRET, OTASITE_SLACK_URL=address, GITHUB_TOKEN="ghs_token")
    found = {each["name"]: each["found"] for each in json.loads(done.output)}
    assert found["OTASITE_SECRET"] == found["OTASITE_SLACK_URL"] == found["GITHUB_TOKEN"] == "set"
    assert not any(word in done.output for word in (SECRET, "very-secret", "ghs_token", str(tmp_path)))


def test_a_secret_that_can_be_guessed_is_said(tmp_path: Path) -> None:
    done = doctor(tmp_path, OTASITE_SECRET="summer")
    assert "found by trying" in done.output
    assert "summer" not in done.output


def test_without_a_project_the_machine_is_told_all_the_same(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert done.exit_code == 0
    assert "there is no content/site.yaml" in done.output


def test_a_project_with_mistakes_is_no_reason_to_fail(tmp_path: Path) -> None:
    example(tmp_path)
    (tmp_path / "content/site.yaml").write_text("title: [", encoding="utf-8")
    done = doctor(tmp_path)
    assert done.exit_code == 0
    assert "otasite check says" in done.output


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (dt.datetime(2026, 1, 2, 10, 0, 30, tzinfo=dt.UTC), "agrees with the site's host"),
        (dt.datetime(2026, 1, 2, 10, 10, tzinfo=dt.UTC), "600 seconds ahead of the site's"),
        (dt.datetime(2026, 1, 2, 9, 50, tzinfo=dt.UTC), "600 seconds behind the site's"),
    ],
)
def test_the_clock_is_compared_with_the_hosts(host: str, now: dt.datetime, found: str) -> None:
    site, clock = examine_site(host, now)
    assert (site.found, clock.found) == ("answers HTTP 200", found)


def test_a_date_that_is_none_is_passed_over(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Host, "date", "yesterday")
    assert [each.name for each in examine_site(host, dt.datetime.now(dt.UTC))] == ["site"]


def test_a_site_that_does_not_answer_is_said(host: str) -> None:
    (site,) = examine_site(host.replace("http:", "https:"), dt.datetime.now(dt.UTC))
    assert (site.state, site.found.partition(" (")[0]) == ("warning", "does not answer")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_words(shell: str) -> None:
    done = CliRunner().invoke(cli, ["completion", shell])
    assert done.exit_code == 0
    assert "_OTASITE_COMPLETE" in done.output


def test_a_shell_that_asks_gets_commands() -> None:
    asked = {**os.environ, "_OTASITE_COMPLETE": "bash_complete", "COMP_WORDS": "otasite che", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-m", "otasite"], env=asked, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["plain,check"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("completion")
    example(root)
    return root


def offered(words: list[str], incomplete: str) -> list[tuple[str, str]]:
    found = ShellComplete(cli, {}, "otasite", "_OTASITE_COMPLETE").get_completions(words, incomplete)
    return [(item.type, item.value) for item in found]


def test_a_shell_gets_names_of_the_project(demo: Path) -> None:
    project = ["-C", str(demo)]
    app = open_project(demo).apps[0]
    release = app.releases[0].id
    assert ("plain", app.id) in offered(["list", *project], app.id[:1])
    assert offered(["list", *project], "no-such-app") == []
    assert ("plain", release) in offered(["add", *project, "--app", app.id, "--release"], "")
    assert ("plain", app.releases[0].channel) in offered(["add", *project, "--channel"], "")
    assert ("plain", f"{app.id}/") in offered(["diff", *project], "")
    assert ("plain", f"{app.id}/{release}") in offered(["diff", *project], f"{app.id}/")
    assert offered(["diff", *project], "build/App") == [("file", "build/App")]


def test_a_shell_gets_no_names_where_there_is_no_project(tmp_path: Path) -> None:
    assert offered(["list", "-C", str(tmp_path)], "") == []
