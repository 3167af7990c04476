"""Requests as an iPhone makes them: without cookies, under the installer's name, politely and within bounds.

At most a few requests run at once; a server that is busy is asked again later. Redirects are followed one by one so
that each step can be judged, and never to plain http. No server can hold a run up: each request has a deadline for
all of it, and so has the run.
"""

from __future__ import annotations

import datetime as dt
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx
import msgspec

from otasite.hosting.bounded import BadBody, Deadline, OutOfTime, count_of, read_body
from otasite.hosting.verify.connections import TimedBackend
from otasite.hosting.verify.report import Row, failed, without_query
from otasite.hosting.verify.tls import probe, unchecked_context

#: How iOS 18's installer names itself; some firewalls judge by it.
INSTALLER = "com.apple.appstored/1.0 iOS/18.0 model/iPhone16,2 hwp/t8130 build/22A3354 (6; dt:309) AMS/1"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
#: Bytes of a page, manifest or picture that are read; real ones are far smaller.
MAX_BODY = 8 * 2**20
#: Letters of an address; browsers, servers and CDNs refuse longer ones.
MAX_ADDRESS = 8192
MAX_HOPS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 500, 502, 503, 504})
#: Seconds; a server that asks for longer is given up.
LONGEST_PAUSE = 20.0

#: Takes bytes as they come.
Sink = Callable[[bytes], object]


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How often a request is made, and the seconds before the second time; the pause doubles with each new one."""

    attempts: int = 3
    pause: float = 0.5


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one run may take. Times in seconds: ``silence`` without a byte, all of one request, all of the run.

    ``pages`` and ``files`` are how many of each are looked at.
    """

    connections: int = 6
    silence: float = 30.0
    request: float = 60.0
    run: float = 600.0
    pages: int = 2000
    files: int = 20_000


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """The last response of a chain of redirects, or why there is none (``error``, in words; then status is 0).

    ``hops`` are the addresses on the way to ``final``, the requested one first. ``rows`` judge the hops. ``cut`` says
    that the body was longer than what was wanted of it.
    """

    url: str
    final: str
    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""
    cut: bool = False
    hops: tuple[str, ...] = ()
    error: str = ""
    rows: tuple[Row, ...] = ()

    @property
    def ok(self) -> bool:
        return self.status in (200, 206) and not self.error

    @property
    def type(self) -> str:
        """The media type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def moved(self) -> bool:
        return len(self.hops) > 1


#: Reads what is wanted of a response's body, and tells whether there was more.
_Read = Callable[[httpcore.Response, Mapping[str, str]], tuple[bytes, bool]]


class _Request(msgspec.Struct, frozen=True):
    """What is sent to each hop of a chain of redirects, and how the last response is read."""

    method: str
    headers: list[tuple[bytes | str, bytes | str]]
    read: _Read
    deadline: Deadline


class Client:
    """One phone that looks at one site. Thread-safe; use as a context manager.

    Its methods raise OutOfTime when the time of the run is over; whatever else goes wrong is in the response.
    """

    def __init__(self, context: ssl.SSLContext, retry: RetryPolicy, limits: Limits, now: dt.datetime) -> None:
        self.limits = limits
        self._retry = retry
        self._context = context
        self._now = now
        self._deadline = Deadline(limits.run)
        self._slots = threading.BoundedSemaphore(limits.connections)
        self._backend = TimedBackend()
        self._checked = self._pool(context)
        self._unchecked = self._pool(unchecked_context())
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._checked.close()
        self._unchecked.close()

    def tls_rows(self) -> list[Row]:
        """What the handshakes with all hosts met so far showed."""
        return [row for host in list(self._hosts.values()) for row in host.rows]

    def get(
        self,
        url: str,
        *,
        agent: str = INSTALLER,
        method: Literal["GET", "HEAD"] = "GET",
        range_: tuple[int, int] | None = None,
        limit: int = MAX_BODY,
    ) -> Response:
        """Request ``url``, at most ``limit`` decoded bytes of it or the bytes of ``range_`` (both ends included)."""

        def read(response: httpcore.Response, headers: Mapping[str, str]) -> tuple[bytes, bool]:
            if method == "HEAD":
                return b"", False
            return read_body(response.iter_stream(), headers.get("content-encoding", ""), limit)

        def attempt() -> Response:
            return self._follow(url, _Request(method, _headers(agent, range_), read, Deadline(self.limits.request)))

        return self._patiently(attempt)

    def download(self, url: str, sink: Sink, limit: int, range_: tuple[int, int] | None = None) -> Response:
        """GET all bytes of ``url`` (or of ``range_``) into ``sink`` as they come over the wire.

        A cut is an error, and so are more than ``limit`` bytes. It may take all the time that the run has left.
        Until the first byte it is as patient as ``get``: a server may close a kept connection at the moment
        when the next request goes out (RFC 9112, 9.3.1), which says nothing of the file.
        """
        count = 0

        def pour(response: httpcore.Response, headers: Mapping[str, str]) -> tuple[bytes, bool]:
            nonlocal count
            if response.status != (206 if range_ else 200):
                return b"", False
            for piece in response.iter_stream():
                count += len(piece)
                if count > limit:
                    raise BadBody(f"more than {limit:,} bytes came")
                sink(piece)
            return b"", False

        request = _Request("GET", _headers(INSTALLER, range_), pour, self._deadline)
        return self._patiently(lambda: self._follow(url, request), may_repeat=lambda: not count)

    # --- one request ----------------------------------------------------------------------------------------

    def _patiently(self, attempt: Callable[[], Response], may_repeat: Callable[[], bool] = lambda: True) -> Response:
        pause = self._retry.pause
        for left in reversed(range(self._retry.attempts)):
            response = attempt()
            final = not response.error.startswith(_TRANSIENT) and response.status not in _BUSY
            if final or not left or not may_repeat():
                return response
            time.sleep(min(max(_retry_after(response), pause), LONGEST_PAUSE, self._deadline.left()))
            pause *= 2
        raise AssertionError("attempts is at least 1")

    def _follow(self, url: str, request: _Request) -> Response:
        hops = [url]
        while True:
            response = self._once(hops, request)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or not location:
                return response
            target = _target(hops[-1], location)
            if urlsplit(target).scheme != "https":
                row = failed("redirect-http", url, _step(hops[-1], target))
                return msgspec.structs.replace(response, status=0, error="it leads to plain http", rows=(row,))
            if target in hops or len(hops) > MAX_HOPS:
                row = failed("redirect-loop", url, _step(hops[-1], target))
                return msgspec.structs.replace(response, status=0, error="its redirects never end", rows=(row,))
            hops.append(target)

    def _once(self, hops: list[str], request: _Request) -> Response:
        empty = Response(url=hops[0], final=hops[-1], hops=tuple(hops))
        if len(hops[-1]) > MAX_ADDRESS:
            return msgspec.structs.replace(empty, error="its address is too long")
        try:
            host = self._host(hops[-1])
            if not host.reachable:
                return msgspec.structs.replace(empty, error="its server does not answer")
            return self._exchange(empty, self._checked if host.trusted else self._unchecked, request)
        except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError, httpx.InvalidURL, ValueError) as error:
            return msgspec.structs.replace(empty, error=f"the request failed: {error}")
        except httpcore.TimeoutException:
            if not self._deadline.left():
                raise OutOfTime from None
            return msgspec.structs.replace(empty, error=LATE)
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            return msgspec.structs.replace(empty, error=f"the connection failed: {str(error).rstrip('.')}")

    def _exchange(self, empty: Response, pool: httpcore.ConnectionPool, request: _Request) -> Response:
        silence = self.limits.silence
        extensions = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), silence)}
        with (
            self._slots,
            self._backend.until(min(request.deadline.left(), self._deadline.left())),
            pool.stream(
                request.method, _address(empty.final), headers=request.headers, extensions=extensions
            ) as response,
        ):
            answered = msgspec.structs.replace(empty, status=response.status, headers=_received(response))
            if response.status in _REDIRECTS:
                return answered
            try:
                body, cut = request.read(response, answered.headers)
            except BadBody as error:
                return msgspec.structs.replace(answered, error=str(error))
            except (httpcore.RemoteProtocolError, httpcore.NetworkError):
                return msgspec.structs.replace(answered, status=0, error=CUT)
        return msgspec.structs.replace(answered, body=body, cut=cut)

    # --- hosts ----------------------------------------------------------------------------------------------

    def _pool(self, context: ssl.SSLContext) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=self.limits.connections + 2,
            keepalive_expiry=5.0,
            network_backend=self._backend,
        )

    def _host(self, url: str) -> _Host:
        parts = urlsplit(url)
        if parts.scheme != "https":
            raise ValueError("the address is not https")
        origin = f"https://{parts.netloc.rpartition('@')[2]}"
        with self._lock:
            host = self._hosts.setdefault(origin, _Host())
        with host.lock:
            if not host.probed:
                self._probe(origin, host)
        return host

    def _probe(self, origin: str, host: _Host) -> None:
        pause = self._retry.pause
        for left in reversed(range(self._retry.attempts)):
            seconds = min(self.limits.silence, self._deadline.left())
            if not seconds:
                raise OutOfTime
            found = probe(origin, self._context, self._now, seconds)
            if found.reachable or not left:
                break
            time.sleep(min(pause, self._deadline.left()))
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
#: What is said of a server that keeps silent, or that takes too long for all of a response.
LATE = "no answer in time"
#: How errors begin that may go away by themselves.
_TRANSIENT = ("the connection", LATE)


def _headers(agent: str, range_: tuple[int, int] | None) -> list[tuple[bytes | str, bytes | str]]:
    headers: list[tuple[bytes | str, bytes | str]] = [
        ("User-Agent", agent),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip, deflate"),
    ]
    return headers if range_ is None else [*headers, ("Range", f"bytes={range_[0]}-{range_[1]}")]


def _address(url: str) -> httpcore.URL:
    """The address as it goes over the wire: host in Punycode, other letters percent-encoded."""
    parts = httpx.URL(url)
    return httpcore.URL(scheme=parts.raw_scheme, host=parts.raw_host, port=parts.port, target=parts.raw_path)


def _received(response: httpcore.Response) -> dict[str, str]:
    """Headers by their names in lower case; values of one name are joined as HTTP says."""
    headers: dict[str, str] = {}
    for name, value in response.headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _step(url: str, target: str) -> str:
    return f"{without_query(url)} leads to {without_query(target)}"


def _target(url: str, location: str) -> str:
    """Where a redirect leads; a location that is no address leads nowhere."""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _retry_after(response: Response) -> float:
    return float(count_of(response.headers.get("retry-after", "")) or 0)


def trouble(response: Response) -> str:
    """Why there is no usable response, in a few words."""
    if response.error:
        return response.error
    headers = response.headers
    if headers.get("cf-mitigated") or "x-vercel-mitigated" in headers:
        return f"HTTP {response.status}: a check for robots, which phones cannot pass"
    if response.status == 401:
        return "HTTP 401: it asks for a password"
    return f"HTTP {response.status}"
