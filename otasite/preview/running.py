"""A preview from start to stop: the live site, its watcher, its server.

From a test::

    with Preview(open_project(folder), Settings(port=0)) as preview:
        urlopen(preview.url)
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

import msgspec

from otasite.catalogue.sources import Changes
from otasite.preview.address import Address
from otasite.preview.authority import Authority, authority_folder
from otasite.preview.frames import mishap
from otasite.preview.listeners import Listeners, Settings
from otasite.preview.live_site import LiveSite
from otasite.preview.network import Hosts, authority_name, host_of
from otasite.preview.rendering import TOOLS
from otasite.preview.server import Application
from otasite.preview.serving import Listener, Serving
from otasite.preview.stream import Stream
from otasite.preview.watch import Watcher
from otasite.preview.welcome import Welcome
from otasite.problems import Problem
from otasite.workshop.options import BuildOptions
from otasite.workshop.workshop import Workshop

#: Seconds without a change after which is done what no page waits for: pages that changed come first.
CALM = 0.25
#: More seconds without a change after which is rendered what nobody looks at, which takes time where there is much.
LONG_CALM = 1.0


__all__ = ["News", "Preview", "Settings"]


#: Seconds that the end of a preview waits for work in the background.
FAREWELL = 1.0
#: Seconds between two looks of pages that wait for a large catalogue to be read, or for all problems to be known.
HURRY = 0.5


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell the person at the terminal.

    ``changes`` are what a burst of events changed and ``seconds`` how long taking notice of it took; ``problems`` is
    everything wrong now, given when it is another list than before; ``note`` is a line of text.
    """

    changes: Changes | None = None
    seconds: float = 0.0
    problems: tuple[Problem, ...] | None = None
    note: str = ""


class Preview:
    """Serves a project until :meth:`stop`. ``tell`` is called with news from threads of the preview."""

    def __init__(self, workshop: Workshop, settings: Settings, tell: Callable[[News], None] | None = None) -> None:
        self.project = workshop.project
        self.settings = settings
        self._tell = tell or (lambda news: None)
        self.stream = Stream()
        self._saved = False
        self._has_changed = False
        self._hurried = 0.0
        self._told: tuple[Problem, ...] = ()
        self._unsettled = threading.Event()
        self._stopped = threading.Event()
        self._settled = threading.Event()
        self._settler = threading.Thread(target=self._settle, name="otasite-load", daemon=True)

    # --- life ---------------------------------------------------------------------------------------------

    def start(self) -> Preview:
        """Listen, load what all pages share, and watch. Raises :class:`Refused` for a port or host that is not free.

        Mistakes in the project do not keep it from starting: they are what its pages show.
        """
        settings = self.settings
        self.listeners = Listeners(settings)
        try:
            authority = self._authority() if settings.https else None
            address = Address(
                base_url=settings.base_url,
                base_path=settings.base_path,
                origin=self.listeners.secure_origin or None,
                fallback=f"https://localhost:{self.port}/",
            )
            options = BuildOptions(
                environment=settings.environment,
                drafts=settings.drafts,
                future=settings.future,
                keeps_binaries=True,
            )
            self.site = LiveSite(self.project, options, address)
            self._serving = Serving(self._listeners(authority))
            self._watch()
            self._serving.start()
        except BaseException:
            self.listeners.close()
            raise
        self._unsettled.set()
        self._settler.start()
        return self

    def _authority(self) -> Authority:
        authority = Authority(authority_folder(self.settings.environment), authority_name())
        if authority.ensure(outside=self.project.root):
            self._tell(News(note=f"made a local certificate authority: {authority.certificate_file}"))
        return authority

    def _listeners(self, authority: Authority | None) -> list[Listener]:
        listeners = self.listeners
        tunnel = host_of((self.settings.base_url or "//").split("/")[2])
        app = Application(
            self.site,
            self.stream,
            Hosts([listeners.host, *listeners.lan_hosts, tunnel]),
            asked=self._unsettled.set,
            tell=lambda text: self._tell(News(note=text)),
            lan_hosts=listeners.lan_hosts,
            welcome_origin=listeners.plain_origin,
        )
        if authority is None:
            return [Listener(sockets=listeners.plain, app=app)]
        secure = Listener(
            sockets=listeners.secure, app=app, certificate=authority.server_file(listeners.certificate_names)
        )
        if not listeners.plain:
            return [secure]
        welcome = Welcome(
            app,
            hosts=listeners.lan_hosts,
            name=authority_name(),
            certificate=authority.der(),
            site_url=lambda: self.site_url,
            trust_url=lambda: f"{self.site_url}{TOOLS}trust",
        )
        return [secure, Listener(sockets=listeners.plain, app=welcome)]

    def stop(self) -> None:
        """End everything; open streams are closed first, so that nothing has to be waited for.

        Reading a large app cannot be interrupted. It is not waited for either: what it found out is not kept then.
        """
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._unsettled.set()
        self.stream.close()
        self._watcher.stop()
        self._serving.stop()
        self._settler.join(FAREWELL)
        if not self._settler.is_alive():
            self.site.save()

    def __enter__(self) -> Preview:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- what a caller may want to know -------------------------------------------------------------------

    @property
    def port(self) -> int:
        """The port of the site: that of https, where there is one."""
        return self.listeners.secure_port or self.listeners.plain_port

    @property
    def url(self) -> str:
        """The address of the site's index, as a browser on this machine reaches it."""
        return f"{self.listeners.local_origin}{self.site.base_path}"

    @property
    def site_url(self) -> str:
        """The address of the site's index, as other devices reach it (with ``lan``, else as :attr:`url`)."""
        return f"{self.listeners.secure_origin or self.listeners.plain_origin}{self.site.base_path}"

    @property
    def welcome_url(self) -> str:
        """What a phone opens first: over http, where it learns to trust this server; "" unless both are on."""
        return f"{self.listeners.plain_origin}/" if self.listeners.secure and self.listeners.plain else ""

    def wait_until_settled(self, seconds: float = 60.0) -> bool:
        """Wait until all apps are loaded and all pages were rendered once, so that all problems are known."""
        return self._settled.wait(seconds)

    # --- following changes --------------------------------------------------------------------------------

    def _watch(self) -> None:
        self._watcher = Watcher(
            self.project.root,
            self.site.watched,
            self._changed,
            recall=self.site.known_content,
            poll=self.settings.poll,
            tell=lambda text: self._tell(News(note=text)),
        )
        self._watcher.start()

    def _changed(self, changes: Changes) -> None:
        started = time.perf_counter()
        self._settled.clear()
        self._has_changed = True
        with self._surviving():
            self.site.refresh(changes)
        self.stream.send(self.site.version)
        with self._surviving():
            self._watcher.watch_again()
        self._tell(News(changes=changes, seconds=time.perf_counter() - started))
        self._unsettled.set()

    def _settle(self) -> None:
        """Load and render in the background what no page has asked for yet, and tell what is wrong."""
        while self._unsettled.wait() and not self._stopped.is_set():
            self._unsettled.clear()
            with self._surviving():
                self._load_all()
            if not self._unsettled.is_set():
                self._settled.set()

    def _load_all(self) -> None:
        self.site.settle(self._hurry)
        if self._stopped.is_set():
            return
        self._serve_owed()
        self._tell_problems()
        if self._has_changed and self._unsettled.wait(CALM):
            return
        self.site.check_theme()
        self._tell_problems()
        if not self._saved:
            self.site.save()
            self._saved = True
            for note in self.site.notes():
                self._tell(News(note=note))
        if self._has_changed and self._unsettled.wait(LONG_CALM):
            return
        self.site.plan_rest()
        self._tell_problems()
        self._try_pages()
        self._tell_problems()

    def _try_pages(self) -> None:
        """Render what nobody asked for, half of the time, until something changes."""
        for seconds, is_news in self.site.try_pages():
            if is_news and time.monotonic() - self._hurried > HURRY:
                self._hurried = time.monotonic()
                self._tell_problems()
            if self._unsettled.wait(seconds):
                return

    def _hurry(self) -> bool:
        """Let pages that wait for a large catalogue look again, now and then; whether to go on."""
        if time.monotonic() - self._hurried > HURRY:
            self._hurried = time.monotonic()
            self._serve_owed()
        return not self._stopped.is_set()

    def _serve_owed(self) -> None:
        if self.site.is_owing:
            self.site.announce()
            self.stream.send(self.site.version)

    @contextmanager
    def _surviving(self) -> Iterator[None]:
        """Let no error end a thread: a preview that is dead and does not say so is worse than any page."""
        try:
            yield
        except Exception as error:
            self.site.note_mishap(mishap(error))
            self._tell(News(note=traceback.format_exc()))
            self._tell_problems()

    def _tell_problems(self) -> None:
        problems = self.site.problems()
        if problems != self._told:
            self._told = problems
            self._tell(News(problems=problems))
            self.site.announce()
            self.stream.send(self.site.version)
