"""Opening pages in Chromium and remembering what went wrong while they were open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Error, Page, Request, Response

AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@dataclass
class Visit:
    """One open page with what it said and fetched."""

    page: Page
    context: BrowserContext
    first: str
    """The address that was opened."""
    complaints: list[str] = field(default_factory=list)
    """Console errors and warnings (violations of the content security policy are among them), thrown errors
    and failed requests."""
    requests: list[str] = field(default_factory=list)
    listeners: list[tuple[str, Callable[..., None]]] = field(default_factory=list)

    def foreign_requests(self) -> list[str]:
        """Addresses fetched from another host than the page's own."""
        own = urlsplit(self.page.url).netloc
        return [url for url in self.requests if urlsplit(url).netloc != own and not url.startswith("data:")]

    def sideways_scroll(self) -> int:
        """How many pixels the page is wider than the window."""
        excess: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return excess

    def violations(self, axe_source: str) -> list[str]:
        """What axe-core finds, one line for each rule, with the first elements that break it."""
        # A page's strict policy forbids scripts of others, so axe comes in through the debugger, which may.
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(axe_source + "\n;undefined")
        found = self.page.evaluate(
            "tags => axe.run(document, {runOnly: tags}).then(result => result.violations)", list(AXE_TAGS)
        )
        return [
            f"{rule['id']}: {rule['help']}: {'; '.join(node['html'][:160] for node in rule['nodes'][:3])}"
            for rule in found
        ]


class Contexts:
    """Contexts (cookies, storage) and pages that tests use one after the other.

    A new page costs a new process, twice as much as what most tests do in it.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._kept: dict[tuple[object, ...], BrowserContext] = {}
        self._idle: dict[BrowserContext, list[Page]] = {}

    def new(self, javascript: bool, touch: bool, locale: str) -> BrowserContext:
        return self._browser.new_context(java_script_enabled=javascript, has_touch=touch, locale=locale)

    def kept(self, *how: Any) -> BrowserContext:
        """One that was made like this before, or a new one that stays for others."""
        if how not in self._kept:
            self._kept[how] = self.new(*how)
        return self._kept[how]

    def page(self, context: BrowserContext) -> Page:
        """A page of a kept context that shows nothing."""
        idle = self._idle.setdefault(context, [])
        return idle.pop() if idle else context.new_page()

    def give_back(self, page: Page) -> None:
        self._idle[page.context].append(page)

    def close(self) -> None:
        for context in self._kept.values():
            context.close()


class Visits:
    """Opens pages and closes them all. ``shared`` ones leave nothing behind but their context and an empty page."""

    def __init__(self, contexts: Contexts, *, shared: bool) -> None:
        self._contexts, self._shared = contexts, shared
        self._open: list[tuple[Visit, CDPSession | None]] = []

    def open(
        self,
        url: str,
        *,
        width: int = 390,
        height: int = 844,
        dark: bool = False,
        javascript: bool = True,
        user_agent: str | None = None,
        touch_points: int | None = None,
        locale: str = "en-GB",
        reduced_motion: Literal["no-preference", "reduce"] = "reduce",
        init_script: str = "",
        own_context: bool = False,
    ) -> Visit:
        """Open ``url`` and wait until it has loaded. ``init_script`` runs before the page's own scripts.

        ``own_context`` is for tests that change what a context's pages share, such as the clock.
        """
        how = javascript, bool(touch_points), locale
        shared = self._shared and not own_context
        context = self._contexts.kept(*how) if shared else self._contexts.new(*how)
        page = self._contexts.page(context) if shared else context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion=reduced_motion)
        session = context.new_cdp_session(page) if shared or user_agent else None
        if session and user_agent:
            session.send("Emulation.setUserAgentOverride", {"userAgent": user_agent, "acceptLanguage": locale})
        if touch_points is not None:
            init_script = (
                f"Object.defineProperty(navigator, 'maxTouchPoints', {{get: () => {touch_points}}});" + init_script
            )
        if init_script and session:
            session.send("Page.enable")
            session.send("Page.addScriptToEvaluateOnNewDocument", {"source": init_script})
        elif init_script:
            page.add_init_script(init_script)
        visit = Visit(page, context, url)
        self._open.append((visit, session if shared else None))
        _listen(visit)
        page.goto(url, wait_until="load")
        return visit

    def close(self) -> None:
        for visit, session in self._open:
            if session is None:
                visit.context.close()
            elif not visit.page.is_closed():
                self._clear(visit, session)
                self._contexts.give_back(visit.page)

    def _clear(self, visit: Visit, session: CDPSession) -> None:
        """Make a page as good as new: what was set in ``session`` goes with it."""
        page, addresses = visit.page, {visit.first, visit.page.url}
        page.evaluate("() => { try { sessionStorage.clear(); } catch {} }")
        for event, listener in visit.listeners:
            page.remove_listener(event, listener)
        page.unroute_all(behavior="wait")
        _leave(page)
        for url in addresses:
            origin = "://".join(urlsplit(url)[:2])
            session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        session.detach()
        page.emulate_media(media="null", forced_colors="null", contrast="null")


def _leave(page: Page) -> None:
    """Show nothing: a page that is on its way to another may never answer what is asked of it next."""
    try:
        page.goto("about:blank")
    except Error:  # it was on its way, and is there now
        page.goto("about:blank")


def _listen(visit: Visit) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            visit.complaints.append(f"console {message.type}: {message.text}")

    def on_error(error: Error) -> None:
        visit.complaints.append(f"thrown: {error}")

    def on_request(request: Request) -> None:
        visit.requests.append(request.url)

    def on_response(response: Response) -> None:
        if response.status >= 400:
            visit.complaints.append(f"{response.status} for {response.url}")

    def on_failed(request: Request) -> None:
        visit.complaints.append(f"failed: {request.url}: {request.failure}")

    visit.listeners += [
        ("console", on_console),
        ("pageerror", on_error),
        ("request", on_request),
        ("response", on_response),
        ("requestfailed", on_failed),
    ]
    for event, listener in visit.listeners:
        visit.page.on(event, listener)  # type: ignore[call-overload]
