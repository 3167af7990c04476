"""The web application: files of the site at their addresses, and below ``_otasite/`` what the preview adds.

Nothing is looked up on the disk by what a request says: an address is the name of an artifact, or there is nothing.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from otasite.hosts.headers import IMMUTABLE, headers_for
from otasite.preview.frames import error_page, frames_for_others, frames_of, mishap
from otasite.preview.live_site import LiveSite
from otasite.preview.network import Hosts, host_of, is_loopback
from otasite.preview.rendering import TOOLS, LiveResponse, Redirect, digest_of
from otasite.preview.status import option_states, status_of
from otasite.preview.stream import Stream
from otasite.problems import Problem

_STATIC = Path(__file__).parent / "static"
_STATIC_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_HEAD = re.compile(rb"<head(?:\s[^>]*)?>", re.IGNORECASE)
_HASHED = re.compile(r"\.[0-9a-f]{8,}\.")
#: The largest request body that is read: values of theme options.
_LARGEST_BODY = 64_000


class Application:
    """An ASGI application for one live site.

    ``asked`` is called when a page with problems was asked for (the terminal should show them), ``tell`` with the
    traceback of an error that nobody foresaw. Requests that name one of ``lan_hosts`` come from phones.
    """

    def __init__(
        self,
        site: LiveSite,
        stream: Stream,
        hosts: Hosts,
        *,
        asked: Callable[[], None],
        tell: Callable[[str], None],
        lan_hosts: frozenset[str] = frozenset(),
        welcome_origin: str = "",
    ) -> None:
        self.site = site
        self.stream = stream
        self._hosts = hosts
        self._asked = asked
        self._tell = tell
        self._lan_hosts = lan_hosts
        self._welcome_origin = welcome_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except Exception as error:
            self._tell(traceback.format_exc())
            response = Response(self._error_page([mishap(error)], request), 500, media_type="text/html")
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if not self._hosts.allows(request.headers.get("host", "")):
            return _refusal(
                421,
                "This preview answers only to addresses of its own. If you reach it through a tunnel or a proxy, "
                "start it with --base-url and that address.",
            )
        path = request.url.path
        _, found, tool = path.rpartition(f"/{TOOLS}")
        if found:
            return await self._tool(tool, request)
        if request.method not in ("GET", "HEAD"):
            return _refusal(405, "Only GET and HEAD.", {"Allow": "GET, HEAD"})
        return await run_in_threadpool(self._page, path, request)

    def _is_local(self, request: Request) -> bool:
        """Whether a person at this machine asks, not a phone, and not through a tunnel.

        Others see the site as it is: without the bar, without paths of this machine, and they change nothing.
        """
        client = request.client.host if request.client else ""
        host = host_of(request.headers.get("host", ""))
        forwarded = "forwarded" in request.headers or "x-forwarded-for" in request.headers
        return is_loopback(client) and is_loopback(host) and host not in self._lan_hosts and not forwarded

    # --- files of the site --------------------------------------------------------------------------------

    def _page(self, path: str, request: Request) -> Response:
        base = self.site.base_path
        if not path.startswith(base):
            return RedirectResponse(base, 302) if path in ("/", base[:-1]) else self._not_found(request)
        response = self.site.respond(path[len(base) :])
        if response is None:
            return self._not_found(request)
        if isinstance(response, Redirect):
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{base}{response.path}{query}", 302)
        return self._response(response, request)

    def _not_found(self, request: Request) -> Response:
        return self._response(self.site.not_found(), request)

    def _response(self, response: LiveResponse, request: Request) -> Response:
        headers = headers_for(response.path)
        if not _HASHED.search(response.path):  # its name does not change with its content, whatever hosts are told
            headers["Cache-Control"] = "no-cache"
        if response.file is not None:
            return _file(response.file, headers)
        if not response.is_page:
            return _bytes(response.body, response, headers, request)
        if response.problems:
            self._asked()
        hidden = response.status >= 500 and response.problems and not self._is_local(request)
        page = self._error_page(response.problems, request) if hidden else response.body
        return _bytes(inject(page, self._scripts(response, request)), response, headers, request)

    def _error_page(self, problems: Sequence[Problem], request: Request) -> bytes:
        local = self._is_local(request)
        frames = frames_of(problems, self.site.project.root) if local else frames_for_others(problems)
        return error_page(frames, f"{self.site.base_path}{TOOLS}")

    def _scripts(self, response: LiveResponse, request: Request) -> bytes:
        """The script elements that make a page a live one; the bar is for people at this machine only."""
        data = {"digest": response.digest, "shape": response.shape, "error": "1" if response.status >= 500 else ""}
        attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items() if value)
        scripts = f'<script src="{self._tool_address("preview.js")}"{attributes}></script>'
        if self._is_local(request):
            scripts += f'<script src="{self._tool_address("bar.js")}"></script>'
        return scripts.encode()

    def _tool_address(self, name: str) -> str:
        """Where a script is; its content's digest is part of the address, so that pages need not ask for it again."""
        digest = digest_of((_STATIC / name).read_bytes())
        return f"{escape(self.site.base_path)}{TOOLS}{name}?{digest}"

    # --- what the preview adds ----------------------------------------------------------------------------

    async def _tool(self, name: str, request: Request) -> Response:
        if name == "options" and request.method == "POST":
            return await self._try_options(request)
        if request.method not in ("GET", "HEAD"):
            return _refusal(405, "Only GET and HEAD.", {"Allow": "GET, HEAD"})
        if name == "events":
            headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
            client = request.client.host if request.client else ""
            events = self.stream.events(self.site.version, client)
            return StreamingResponse(events, media_type="text/event-stream", headers=headers)
        if name == "trust":  # a phone's welcome page, which is of another origin, tries whether https works
            return Response(status_code=204, headers={"Access-Control-Allow-Origin": self._welcome_origin or "null"})
        if name == "status":
            return await run_in_threadpool(self._status, request)
        file = next((file for file in _STATIC.iterdir() if file.name == name), None)
        if file is None or file.suffix not in _STATIC_TYPES:
            return _refusal(404, "There is no such tool of the preview.")
        caching = IMMUTABLE if request.url.query else "no-cache"
        return FileResponse(file, media_type=_STATIC_TYPES[file.suffix], headers={"Cache-Control": caching})

    def _status(self, request: Request) -> Response:
        """What a page should know: whether it is still right, what is wrong, and what its bar shows."""
        path = request.query_params.get("path", "")
        base = self.site.base_path
        response = self.site.respond(path[len(base) :]) if path.startswith(base) else None
        if not isinstance(response, LiveResponse):
            response = self.site.not_found()
        if response.problems:
            self._asked()
        local = self._is_local(request)
        with_bar = "bar" in request.query_params and local
        return _json(status_of(self.site, response, with_bar=with_bar, with_lines=local))

    async def _try_options(self, request: Request) -> Response:
        headers = request.headers
        if not (
            self._is_local(request) and self._hosts.is_own_origin(headers.get("origin", ""), headers.get("host", ""))
        ):
            return _refusal(403, "Only a page of this preview may change its options.")
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_BODY:
                return _refusal(413, "Too long.")
        try:
            options = msgspec.json.decode(body, type=dict[str, str])
        except (msgspec.DecodeError, msgspec.ValidationError):
            return _refusal(400, "Send an object of option names and values, all of them text.")
        problems = await run_in_threadpool(self.site.try_options, options)
        self.stream.send(self.site.version)
        frames = frames_of(problems, self.site.project.root)
        return _json({"problems": frames, "options": option_states(self.site)}, 400 if problems else 200)


def inject(page: bytes, script: bytes) -> bytes:
    """The page with a script before all others, where scripts belong."""
    head = _HEAD.search(page)
    at = head.end() if head else 0
    if not at and page[:9].lower() == b"<!doctype":
        at = page.find(b">") + 1
    return page[:at] + script + page[at:]


def _file(path: Path, headers: dict[str, str]) -> Response:
    """A file as it is, in whole or in the ranges that were asked for."""
    if not path.is_file():
        return _refusal(404, "This file was there a moment ago.")
    return FileResponse(path, media_type=headers.pop("Content-Type"), headers=headers)


def _bytes(body: bytes, response: LiveResponse, headers: dict[str, str], request: Request) -> Response:
    if response.status == 200 and response.digest:
        headers["ETag"] = f'"{response.digest}"'
        # A page's bytes also hold what the preview adds, which a digest of the page does not cover.
        if not response.is_page and request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
    return Response(body, response.status, headers=headers)


def _json(value: object, status: int = 200) -> Response:
    body = msgspec.json.encode(value)
    return Response(body, status, headers={"Cache-Control": "no-store"}, media_type="application/json")


def _refusal(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers={"Cache-Control": "no-store", **(headers or {})})
