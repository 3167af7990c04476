"""Requests as an iPhone makes them: without cookies, under the installer's name, politely and with patience.

At most a few requests run at once; a server that is busy is asked again later. Redirects are followed one by one so
that each step can be judged, and never to plain http.
"""

from __future__ import annotations

import datetime as dt
import ssl
import threading
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Literal
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from otasite.hosting.verify.report import Row, failed, without_query
from otasite.hosting.verify.tls import probe, unchecked_context

#: How iOS 18's installer names itself; some firewalls judge by it.
INSTALLER = "com.apple.appstored/1.0 iOS/18.0 model/iPhone16,2 hwp/t8130 build/22A3354 (6; dt:309) AMS/1"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
#: Bytes of a page, manifest or picture that are read; real ones are far smaller.
MAX_BODY = 16 * 2**20
MAX_HOPS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 500, 502, 503, 504})
#: Seconds; a server that asks for longer is given up.
LONGEST_PAUSE = 20.0


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """How patient and how greedy to be. Times in seconds; the pause doubles with each new attempt."""

    connections: int = 6
    attempts: int = 3
    pause: float = 0.5
    timeout: float = 30.0
    max_pages: int = 2000


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The last response of a chain of redirects, or why there is none (``error``, in words; then status is 0).

    ``hops`` are the addresses on the way to ``final``, the requested one first. ``rows`` judge the hops.
    """

    url: str
    final: str
    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""
    hops: tuple[str, ...] = ()
    error: str = ""
    rows: tuple[Row, ...] = ()

    @property
    def ok(self) -> bool:
        return self.status in (200, 206)

    @property
    def type(self) -> str:
        """The media type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def moved(self) -> bool:
        return len(self.hops) > 1


class Phone:
    """One phone that looks at one site. Thread-safe; use as a context manager."""

    def __init__(self, context: ssl.SSLContext, manners: Manners, now: dt.datetime) -> None:
        self.manners = manners
        self._context = context
        self._now = now
        self._slots = threading.BoundedSemaphore(manners.connections)
        self._checked = _client(context, manners)
        self._unchecked = _client(unchecked_context(), manners)
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *_: object) -> None:
        self._checked.close()
        self._unchecked.close()

    def tls_rows(self) -> list[Row]:
        """What the handshakes with all hosts met so far showed."""
        return [row for host in self._hosts.values() for row in host.rows]

    def get(
        self,
        url: str,
        *,
        agent: str = INSTALLER,
        method: Literal["GET", "HEAD"] = "GET",
        range_: tuple[int, int] | None = None,
        limit: int = MAX_BODY,
    ) -> Answer:
        """Request ``url``, at most ``limit`` bytes of it or the bytes of ``range_`` (both ends included)."""
        headers = {"User-Agent": agent}
        if range_ is not None:
            headers["Range"] = f"bytes={range_[0]}-{range_[1]}"

        def read(response: httpx.Response) -> bytes:
            return _bounded(response, limit) if method == "GET" else b""

        return self._patiently(lambda: self._follow(url, method, headers, read))

    def download(self, url: str, sink: Callable[[bytes], object]) -> Answer:
        """GET the whole of ``url`` as it comes over the wire into ``sink``; a cut is an error."""

        def pour(response: httpx.Response) -> bytes:
            if response.status_code == 200:
                for piece in response.iter_raw(2**16):
                    sink(piece)
            return b""

        return self._follow(url, "GET", {"User-Agent": INSTALLER}, pour)

    # --- one request ----------------------------------------------------------------------------------------

    def _patiently(self, attempt: Callable[[], Answer]) -> Answer:
        pause = self.manners.pause
        for left in reversed(range(self.manners.attempts)):
            answer = attempt()
            final = not answer.error.startswith(_TRANSIENT) and answer.status not in _BUSY
            if final or not left:
                return answer
            time.sleep(min(max(_retry_after(answer), pause), LONGEST_PAUSE))
            pause *= 2
        raise AssertionError("attempts is at least 1")

    def _follow(
        self, url: str, method: str, headers: dict[str, str], read: Callable[[httpx.Response], bytes]
    ) -> Answer:
        hops = [url]
        while True:
            answer = self._once(hops, method, headers, read)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location:
                return answer
            target = _target(hops[-1], location)
            if urlsplit(target).scheme != "https":
                row = failed("redirect-http", url, _step(hops[-1], target))
                return msgspec.structs.replace(answer, status=0, error="it leads to plain http", rows=(row,))
            if target in hops or len(hops) > MAX_HOPS:
                row = failed("redirect-loop", url, _step(hops[-1], target))
                return msgspec.structs.replace(answer, status=0, error="its redirects never end", rows=(row,))
            hops.append(target)

    def _once(
        self, hops: list[str], method: str, headers: dict[str, str], read: Callable[[httpx.Response], bytes]
    ) -> Answer:
        empty = Answer(url=hops[0], final=hops[-1], hops=tuple(hops))
        try:
            host = self._host(hops[-1])
            if not host.reachable:
                return msgspec.structs.replace(empty, error="its server does not answer")
            client = self._checked if host.trusted else self._unchecked
            with self._slots, client.stream(method, hops[-1], headers=headers) as response:
                body = b"" if response.status_code in _REDIRECTS else read(response)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return msgspec.structs.replace(empty, error=_words(error))
        return msgspec.structs.replace(empty, status=response.status_code, headers=dict(response.headers), body=body)

    def _host(self, url: str) -> _Host:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        with self._lock:
            host = self._hosts.setdefault(origin, _Host())
        with host.lock:
            if not host.probed:
                self._probe(origin, host)
        return host

    def _probe(self, origin: str, host: _Host) -> None:
        pause = self.manners.pause
        for left in reversed(range(self.manners.attempts)):
            found = probe(origin, self._context, self._now, self.manners.timeout)
            if found.reachable or not left:
                break
            time.sleep(pause)
            pause *= 2
        host.trusted, host.reachable, host.rows, host.probed = found.trusted, found.reachable, found.rows, True


class _Host:
    """What is known of one host, behind its own lock: hosts are probed side by side."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.probed = False
        self.trusted = False
        self.reachable = False
        self.rows: tuple[Row, ...] = ()


#: What is said of a body that is shorter than its Content-Length.
CUT = "the connection ended before the file did"
#: How errors begin that may go away by themselves.
_TRANSIENT = ("the connection", "no answer")


def _words(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.RemoteProtocolError) and "complete message body" in str(error):
        return CUT
    if isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError):
        return f"the connection failed: {error}"
    return f"the request failed: {error}"


def _step(url: str, target: str) -> str:
    return f"{without_query(url)} leads to {without_query(target)}"


def _target(url: str, location: str) -> str:
    """Where a redirect leads; a location that is no address leads nowhere."""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _retry_after(answer: Answer) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0.0


def _bounded(response: httpx.Response, limit: int) -> bytes:
    """The decoded body of a response, or its first ``limit`` bytes."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > limit:
            break
    return bytes(body[:limit])


def _client(context: ssl.SSLContext, manners: Manners) -> httpx.Client:
    client = httpx.Client(
        verify=context,
        timeout=manners.timeout,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_connections=manners.connections + 2),
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # the installer has no cookies
    return client
