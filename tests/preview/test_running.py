"""Starting, stopping, and going on whatever happens in between; the command itself."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.request import urlopen

import pytest
from watchdog.observers import Observer

from otasite.catalogue.project import Project
from otasite.preview import listeners
from otasite.preview.listeners import listen
from otasite.preview.running import News, Preview, Settings
from otasite.preview.stream import MOST, MOST_OF_CLIENT, Stream
from otasite.problems import Refused
from otasite.workshop.unit import AppUnit
from otasite.workshop.workshop import open_project
from tests.preview.projects import PATIENCE, Running, change, write_project

pytestmark = pytest.mark.thorough

T = TypeVar("T")

FERRY = "apps/ferry/app.yaml"


@contextmanager
def events(live: Running) -> Iterator[http.client.HTTPResponse]:
    """An open stream, read past its beginning."""
    connection = http.client.HTTPConnection("127.0.0.1", live.preview.port, timeout=PATIENCE)
    connection.request("GET", "/repo/_otasite/events")
    with closing(connection), connection.getresponse() as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.readline().startswith(b"retry: ")
        yield response


def next_version(stream: http.client.HTTPResponse) -> int:
    while not (line := stream.readline()).startswith(b"data: "):
        assert line, "the stream ended"
    return int(line.removeprefix(b"data: "))


# --- ports ----------------------------------------------------------------------------------------------------


def test_a_busy_usual_port_moves_on_and_one_that_was_asked_for_does_not() -> None:
    first, port = listen(["127.0.0.1"], None, first=28450)
    second, other = listen(["127.0.0.1"], None, first=28450)
    try:
        assert other > port
        with pytest.raises(Refused, match=f"port {port} of 127.0.0.1 is in use"):
            listen(["127.0.0.1"], port)
    finally:
        for sock in (*first, *second):
            sock.close()


def test_one_port_is_bound_on_all_hosts_or_on_none() -> None:
    taken, port = listen(["127.0.0.2"], 0)
    try:
        with pytest.raises(Refused):
            listen(["127.0.0.1", "127.0.0.2"], port)
        again, _ = listen(["127.0.0.1"], port)
        again[0].close()
    finally:
        taken[0].close()


def test_any_port_is_one_that_is_free_on_all_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system chooses for the first host alone, here at first a port that is busy on the second."""
    taken, busy = listen(["127.0.0.2"], 0)
    choices = [busy, 0]
    bind = listeners._bind

    def chosen(host: str, port: int) -> socket.socket:
        return bind(host, port or choices.pop(0))

    monkeypatch.setattr(listeners, "_bind", chosen)
    bound, port = listen(["127.0.0.1", "127.0.0.2"], 0)
    try:
        assert port != busy
        assert [sock.getsockname() for sock in bound] == [("127.0.0.1", port), ("127.0.0.2", port)]
        assert not choices
    finally:
        for sock in (*taken, *bound):
            sock.close()


@pytest.mark.parametrize("host", ["192.0.2.77", "not a host"])
def test_a_host_that_is_not_ours_is_refused(project: Project, host: str) -> None:
    with pytest.raises(Refused, match="is not an address of this machine"):
        Preview(open_project(project.root), Settings(host=host, port=0)).start()


def test_version_6_of_the_address(start: Callable[..., Running]) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    live = start(host="::1")
    assert live.url.startswith("http://[::1]:")
    assert live.get("ferry/").status == 200


# --- the stream -----------------------------------------------------------------------------------------------


def test_the_stream_tells_of_each_change(live: Running) -> None:
    with events(live) as stream:
        assert next_version(stream) == live.preview.site.version
        change(live.content / FERRY, "First", "Second")
        version = next_version(stream)
        assert version == live.preview.site.version
        assert live.preview.stream.count == 1
    change(live.content / FERRY, "Second", "Third")
    live.wait_for(lambda: live.preview.stream.count == 0, "the stream's end to be noticed")


def test_problems_are_news_and_so_is_their_end(live: Running) -> None:
    change(live.content / FERRY, "name:", "nome:")
    live.wait_for(lambda: any(news.problems for news in live.news), "problems")
    change(live.content / FERRY, "nome:", "name:")
    live.wait_for(lambda: live.news[-1].problems == (), "no problems")


# --- the end --------------------------------------------------------------------------------------------------


def test_it_ends_without_waiting_for_open_streams(live: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    for server in live.preview._serving._servers:
        server.config.timeout_graceful_shutdown = None  # if a stream kept it, it would be kept for ever
    monkeypatch.setattr("otasite.preview.serving.FAREWELL", 2 * PATIENCE)
    with events(live) as stream:
        ending = threading.Thread(target=live.stop)
        ending.start()
        ending.join(PATIENCE)
        assert not ending.is_alive()
        assert b"" in iter(stream.readline, None), "the stream was ended"
    with pytest.raises(ConnectionError):
        live.get("")
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("otasite-")]
    assert names == []


def test_the_end_does_not_wait_for_an_app_that_is_being_read(
    project: Project, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, read_on = threading.Event(), threading.Event()

    def reads_for_long(*_: object) -> None:
        begun.set()
        assert read_on.wait(PATIENCE)

    change(project.content / FERRY, "First", "To be read again")
    monkeypatch.setattr(AppUnit, "plan", reads_for_long)
    live = start(wait=False)
    assert begun.wait(PATIENCE)
    try:
        ending = threading.Thread(target=live.stop)
        ending.start()
        ending.join(PATIENCE / 2)
        assert not ending.is_alive()
    finally:
        read_on.set()
        live.preview._settler.join(PATIENCE)


def test_it_can_be_stopped_twice_and_used_in_a_with_statement(project: Project) -> None:
    with Preview(open_project(project.root), Settings(port=0)) as preview:
        assert preview.wait_until_settled(PATIENCE)
        preview.stop()


def test_a_stream_that_nobody_opened_can_be_closed() -> None:
    stream = Stream()
    stream.send(1)
    stream.close()
    assert stream.count == 0


# --- going on -------------------------------------------------------------------------------------------------


def test_an_unforeseen_error_is_shown_and_survived(live: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    site = live.preview.site

    def fails(*_: object) -> None:
        raise ZeroDivisionError("quite unforeseen")

    with monkeypatch.context() as patch:
        patch.setattr(site, "refresh", fails)
        change(live.content / FERRY, "First", "Second")
        live.wait_for(lambda: live.codes() == ["internal-error"], "the error")
    assert any("quite unforeseen" in news.note for news in live.news)
    with monkeypatch.context() as patch:
        patch.setattr(site, "respond", fails)
        reply = live.get("ferry/")
    assert reply.status == 500
    assert "ZeroDivisionError: quite unforeseen" in reply.text
    change(live.content / "apps/tug/app.yaml", "First", "Again")
    live.wait_for_text("tug/", "Again")
    assert live.codes() == []


def test_where_the_system_cannot_watch_it_looks(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Observer, "schedule", used_up)
    live = Running(project)
    try:
        assert any("looking for changes" in news.note for news in live.news)
        change(live.content / FERRY, "First", "Seen")
        live.wait_for_text("ferry/", "Seen")
    finally:
        live.stop()


def test_when_the_system_cannot_watch_more_it_looks_from_then_on(
    live: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Observer, "schedule", used_up)
    (live.content.parent / "themes" / "own").mkdir(parents=True)
    live.wait_for(lambda: any("No space left" in news.note for news in live.news), "the note")
    assert any("looking for changes" in news.note for news in live.news)
    change(live.content / FERRY, "First", "Seen")
    live.wait_for_text("ferry/", "Seen")


def used_up(*_: object, **__: object) -> None:
    """What inotify says when its watches are used up."""
    raise OSError(28, "No space left on device")


# --- what other devices see -----------------------------------------------------------------------------------


def test_other_devices_see_no_lines_of_files(project: Project) -> None:
    app = project.content / "apps" / "ferry" / "app.yaml"
    app.write_text(app.read_text() + "visibility: unlisted\nsecret_plans: none of your business\n")
    live = Running(project)
    try:
        assert live.codes()
        for path in ("ferry/", "_otasite/status?path=/repo/ferry/", "tug/", "nothing/"):
            here, elsewhere = live.get(path).text, live.get(path, X_Forwarded_For="192.0.2.7").text
            assert "secret_plans" not in elsewhere, path
            assert "app.yaml" not in elsewhere, path
            if path in ("ferry/", "_otasite/status?path=/repo/ferry/"):
                assert "secret_plans" in here
                assert "in the way" in elsewhere
                assert "shown-elsewhere" in elsewhere
    finally:
        live.stop()


def in_a_thread(coroutine: Coroutine[object, object, T]) -> T:
    """Run it where no loop is running: Playwright keeps one in the thread of the tests."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result(PATIENCE)


def test_a_device_holds_so_many_streams_and_no_more() -> None:
    async def hold() -> tuple[list[bool], int]:
        stream = Stream()
        held = [stream.events(1, "192.0.2.7") for _ in range(MOST_OF_CLIENT + 3)]
        other = stream.events(1, "192.0.2.8")
        for events in (other, *held):
            await anext(events)
        count = stream.count
        stream.send(2)
        alive = [await anext(events, b"") != b"" for events in (other, *held)]
        return alive, count

    alive, count = in_a_thread(hold())
    assert alive == [True] + [False] * 3 + [True] * MOST_OF_CLIENT
    assert count == MOST_OF_CLIENT + 1


def test_all_devices_together_hold_so_many_streams() -> None:
    async def hold() -> int:
        stream = Stream()
        held = [stream.events(1, f"192.0.2.{number}") for number in range(MOST + 5)]
        for events in held:
            await anext(events)
        return stream.count

    assert in_a_thread(hold()) == MOST


# --- the command ----------------------------------------------------------------------------------------------


class Command:
    """``otasite serve`` as a process of its own; what it prints is read as it comes."""

    def __init__(self, folder: Path, *flags: str, config: Path | None = None) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "OTASITE_CONFIG_DIR": str(config or folder / "none")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "otasite", "serve", *flags],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._printed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._printed:
                self.lines.append(line.rstrip("\n"))
                self._printed.notify_all()
        with self._printed:
            self._ended = True
            self._printed.notify_all()

    def wait_for(self, pattern: str) -> str:
        """The first line like ``pattern``, as soon as it is printed."""

        def found() -> str | None:
            return next((line for line in self.lines if re.search(pattern, line)), None)

        with self._printed:
            self._printed.wait_for(lambda: found() is not None or self._ended, PATIENCE)
            line = found()
        assert line is not None, f"no line like {pattern!r} in {self.lines}"
        return line

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait for the end that comes by itself; the exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def serve(project: Project) -> Iterator[Callable[..., Command]]:
    commands: list[Command] = []

    def begin(*flags: str, config: Path | None = None) -> Command:
        commands.append(Command(project.root, *flags, config=config))
        return commands[-1]

    yield begin
    for command in commands:
        command.process.kill()
        command.ended()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_is_clean_while_a_browser_listens(serve: Callable[..., Command], number: signal.Signals) -> None:
    command = serve("--port", "0")
    url = command.wait_for(r"^http://127\.0\.0\.1:\d+/repo/$")
    with urlopen(f"{url}_otasite/events", timeout=PATIENCE) as stream:
        assert stream.readline().startswith(b"retry: ")
        assert command.end(number) == 0
    assert command.lines == [url, "Ctrl-C ends the preview.", "the preview has ended"]


def test_the_terminal_shows_the_same_frames(serve: Callable[..., Command], project: Project) -> None:
    command = serve("--port", "0")
    command.wait_for("Ctrl-C")
    file = project.content / FERRY
    change(file, "subtitle", "subtitel")
    command.wait_for("changed: content/apps/ferry/app.yaml")
    command.wait_for(r"^content/apps/ferry/app\.yaml:2:1: error: there is no key “subtitel” here \[unknown-key\]$")
    command.wait_for(r"^  2 \| subtitel: First$")
    command.wait_for("^1 error$")
    change(file, "subtitel", "subtitle")
    command.wait_for("no problems any more")
    assert command.end() == 0


def test_a_busy_port_is_told_in_one_sentence(serve: Callable[..., Command]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = serve("--port", port)
        assert command.ended() == 2
        command.wait_for(f"^otasite: port {port} of 127.0.0.1 is in use by another program$")
        command.wait_for("hint: ")


def test_a_phone_is_invited_by_a_code(serve: Callable[..., Command], tmp_path: Path) -> None:
    config = tmp_path / "config"
    command = serve("--lan", "--https", "--host", "127.0.0.2", "--port", "0", config=config)
    command.wait_for("made a local certificate authority")
    command.wait_for(r"^http://127\.0\.0\.2:\d+/$")
    assert sum("█" in line for line in command.lines) > 8
    assert command.end() == 0
    forget = serve("--forget-ca", config=config)
    forget.wait_for("deleted")
    forget.wait_for("Remove Profile")
    assert forget.ended() == 0
    assert list(config.iterdir()) == []


def test_there_must_be_a_project(tmp_path: Path) -> None:
    command = Command(tmp_path)
    assert command.ended() == 2
    command.wait_for("there is no content/site.yaml here")


def test_news_say_how_long_it_took(live: Running) -> None:
    change(live.content / FERRY, "First", "Second")
    live.wait_for_text("ferry/", "Second")
    (news,) = [news for news in live.news if isinstance(news, News) and news.changes is not None]
    assert news.seconds > 0


def test_a_second_project_beside_the_first(tmp_path: Path, live: Running) -> None:
    other = Running(write_project(tmp_path / "other"))
    try:
        change(other.content / FERRY, "Ferry", "Barge")
        other.wait_for_text("ferry/", "Barge")
        assert "Barge" not in live.get("ferry/").text
    finally:
        other.stop()
