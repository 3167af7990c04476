"""The cache on disk: damage, old versions and other processes cost time at most, never a wrong page."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import jinja2
import pytest

from otasite.theming.cache import BlobCache
from otasite.theming.templates import Renderer
from otasite.theming.themes import Theme

from .conftest import Project


@pytest.fixture
def theme(project: Project) -> Theme:
    project.template("base.html", "<{% block b %}{% endblock %}>")
    project.template("a.html", '{% extends "base.html" %}{% block b %}{{ t("k") }} {{ x }}{% endblock %}')
    project.locale("en", {"k": "value"})
    return project.load()


def _render(theme: Theme, cache: Path, x: object = 1) -> str:
    return Renderer(theme, cache=cache).render("a.html", "en", {"x": x}, "p")


def _compilations(theme: Theme, cache: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many templates are compiled for one page."""
    compiled: list[str] = []
    original = jinja2.Environment.compile

    def counted(self: jinja2.Environment, source: str, name: str, filename: str) -> object:
        compiled.append(name)
        return original(self, source, name, filename)

    with monkeypatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", counted)
        assert _render(theme, cache) == "<value 1>"
    return len(compiled)


def test_a_second_run_compiles_nothing(theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    assert _compilations(theme, cache, monkeypatch) == 2
    assert _compilations(theme, cache, monkeypatch) == 0


def test_an_edited_template_is_compiled_alone(
    project: Project, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    _render(theme, cache)
    project.template("base.html", "{# edited #}<{% block b %}{% endblock %}>")
    assert _compilations(project.load(), cache, monkeypatch) == 1
    assert _compilations(theme, cache, monkeypatch) == 0  # and the former version is still there


def test_another_jinja_version_does_not_use_it(theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    _render(theme, cache)
    monkeypatch.setattr(jinja2, "__version__", "99.0", raising=False)
    assert _compilations(theme, cache, monkeypatch) == 2


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "garbage", "folder", "swapped"])
def test_damaged_files_are_the_same_as_none(theme: Theme, tmp_path: Path, damage: str) -> None:
    cache = tmp_path / "cache"
    _render(theme, cache)
    files = sorted(cache.iterdir())
    assert len(files) == 3  # two templates and a catalogue
    whole = [file.read_bytes() for file in files]
    for number, file in enumerate(files):
        content = whole[number]
        file.unlink()
        if damage == "folder":
            file.mkdir()
            continue
        middle = len(content) * 2 // 3
        file.write_bytes(
            {
                "cut": content[:middle],
                "flip": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
                "empty": b"",
                "garbage": bytes(range(200)),
                "swapped": whole[number][:40] + whole[number - 1][40:],
            }[damage]
        )
    assert _render(theme, cache) == "<value 1>"
    assert _render(theme, cache) == "<value 1>"


def test_a_truncation_of_a_compiled_template_is_noticed(theme: Theme, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    _render(theme, cache)
    blobs = BlobCache(cache)
    file = next(cache.glob("*.template"))
    content = file.read_bytes()
    assert blobs.get(file.name) is not None
    for length in [*range(100), *range(100, len(content), 37), len(content) - 1]:
        file.write_bytes(content[:length])
        assert blobs.get(file.name) is None


def _render_in_process(theme: Theme, cache: Path, out: multiprocessing.SimpleQueue[str]) -> None:
    for number in range(20):
        out.put(_render(theme, cache, number))


def test_processes_that_share_a_cache_agree(theme: Theme, tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    out = context.SimpleQueue()
    cache = tmp_path / "cache"
    workers = [context.Process(target=_render_in_process, args=(theme, cache, out)) for _ in range(4)]
    for worker in workers:
        worker.start()
    results = [out.get() for _ in range(80)]
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert sorted(set(results)) == sorted(f"<value {n}>" for n in range(20))
    assert not [name for name in os.listdir(cache) if name.startswith(".new-")]


def test_a_folder_that_cannot_be_written_only_costs_time(theme: Theme, tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    assert _render(theme, blocked) == "<value 1>"


def test_a_full_cache_drops_its_older_half(tmp_path: Path) -> None:
    blobs = BlobCache(tmp_path, limit=10)
    for number in range(10):
        blobs.put(f"{number}", b"x")
        os.utime(tmp_path / f"{number}", (number, number))
    blobs.put("new", b"x")
    assert sorted(os.listdir(tmp_path)) == ["5", "6", "7", "8", "9", "new"]
    assert blobs.get("new") == b"x"


def test_each_language_has_its_own_compiled_templates(project: Project, tmp_path: Path) -> None:
    project.template("a.html", '{{ "2026-03-31"|date }} {{ 1234567|filesize }} {{ 1234567|number }} {{ t("k") }}')
    project.locale("en", {"k": "english"})
    project.locale("de", {"k": "deutsch"})
    cache = tmp_path / "cache"
    theme = project.load()
    english = Renderer(theme, cache=cache).render("a.html", "en", {}, "p")
    german = Renderer(theme, cache=cache).render("a.html", "de", {}, "p")
    assert english == "March 31, 2026 1.2 MB 1,234,567 english"
    assert german == "31. März 2026 1,2 MB 1.234.567 deutsch"


def test_an_edited_text_is_not_served_from_compiled_templates(project: Project, theme: Theme, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert _render(theme, cache) == "<value 1>"
    project.locale("en", {"k": "new"}, "")
    assert _render(project.load(), cache) == "<new 1>"
