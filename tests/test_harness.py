"""The tests' own tools: they must see what is wrong, or the tests that trust them mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.web.server import Server
from tests.web.visit import Visit

GOOD = (
    '<!doctype html><html lang="en"><head><title>A page</title></head>'
    "<body><main><h1>A page</h1><p>Words.</p></main></body></html>"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(GOOD)
    (tmp_path / "404.html").write_text(GOOD.replace("A page", "Not here"))
    return tmp_path


@pytest.mark.browser
def test_a_page_is_served_under_its_base_path(
    folder: Path, serve: Callable[..., Server], visit: Callable[..., Visit]
) -> None:
    server = serve(folder, "/repo/")
    assert server.url.endswith("/repo/")
    assert visit(server.url).page.title() == "A page"
    lost = visit(server.origin + "/elsewhere")
    assert lost.page.title() == "Not here"
    assert any(line.startswith("404 for") for line in lost.complaints)


@pytest.mark.browser
def test_headers_are_applied_and_their_violations_seen(
    folder: Path, serve: Callable[..., Server], visit: Callable[..., Visit]
) -> None:
    (folder / "_headers").write_text("/*\n  Content-Security-Policy: default-src 'none'\n")
    (folder / "index.html").write_text(GOOD.replace("<main>", '<main style="color:red">'))
    complaints = visit(serve(folder).url).complaints
    assert any("Content Security Policy" in line for line in complaints), complaints


@pytest.mark.browser
def test_requests_to_other_hosts_and_thrown_errors_are_seen(
    folder: Path, serve: Callable[..., Server], visit: Callable[..., Visit]
) -> None:
    script = (
        '<script>setTimeout(() => { throw new Error("ouch") })</script><img alt="" src="http://localhost:9/x.png">'
    )
    (folder / "index.html").write_text(GOOD.replace("<main>", "<main>" + script))
    seen = visit(serve(folder).url)
    assert seen.foreign_requests() == ["http://localhost:9/x.png"]
    assert any("ouch" in line for line in seen.complaints)


@pytest.mark.browser
def test_axe_works_under_a_strict_policy_and_finds_a_missing_name(
    folder: Path, serve: Callable[..., Server], visit: Callable[..., Visit], axe_source: str
) -> None:
    (folder / "_headers").write_text("/*\n  Content-Security-Policy: default-src 'none'; script-src 'self'\n")
    (folder / "bad.html").write_text(GOOD.replace("Words.", '<a href="/"></a>'))
    server = serve(folder)
    assert visit(server.url).violations(axe_source) == []
    assert [line.split(":")[0] for line in visit(server.url + "bad.html").violations(axe_source)] == ["link-name"]


def test_the_nu_checker_names_the_file_and_the_mistake(folder: Path, nu_checker: Callable[[Path], str]) -> None:
    assert nu_checker(folder) == ""
    (folder / "bad.html").write_text(GOOD.replace("Words.", "<b>Words."))
    assert "bad.html" in nu_checker(folder)
