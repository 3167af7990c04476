"""The page that a phone opens first, over plain http: how to trust this computer, and on to the site once it does.

No phone trusts the preview's certificate at first, so this page cannot be https itself. It offers the authority's
certificate, explains the two places in Settings, and keeps trying the https server: when that works, it goes there.
"""

from __future__ import annotations

import plistlib
import uuid
from collections.abc import Callable
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from otasite.preview.network import host_of


def certificate_profile(certificate: bytes, name: str) -> bytes:
    """A ``.mobileconfig`` that installs ``certificate`` (DER) as a root (payload type com.apple.security.root).

    Its identifiers follow from the certificate, so that installing it again replaces the first one.
    """
    own = uuid.uuid5(uuid.NAMESPACE_OID, certificate.hex())
    payload = uuid.uuid5(own, "payload")
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"otasite.preview.{own}",
        "PayloadUUID": str(own).upper(),
        "PayloadDisplayName": name,
        "PayloadDescription": "Lets this device install apps from a computer in your network. It vouches for private "
        "addresses only. Remove it when you have finished testing.",
        "PayloadContent": [
            {
                "PayloadType": "com.apple.security.root",
                "PayloadVersion": 1,
                "PayloadIdentifier": f"otasite.preview.{payload}",
                "PayloadUUID": str(payload).upper(),
                "PayloadDisplayName": name,
                "PayloadContent": certificate,
                "PayloadCertificateFileName": "otasite-preview.cer",
            }
        ],
    }
    return plistlib.dumps(profile)


_STATIC = Path(__file__).parent / "static"
_TYPES = {"welcome.css": "text/css; charset=utf-8", "welcome.js": "text/javascript; charset=utf-8"}
PROFILE = "otasite-preview.mobileconfig"
CERTIFICATE = "otasite-preview.crt"


class Welcome:
    """An ASGI application: the welcome page for requests that name one of ``hosts``, ``others`` for all else.

    ``site_url`` tells where the site is over https, ``trust_url`` what to fetch to see whether that is trusted.
    """

    def __init__(
        self,
        others: ASGIApp,
        *,
        hosts: frozenset[str],
        name: str,
        certificate: bytes,
        site_url: Callable[[], str],
        trust_url: Callable[[], str],
    ) -> None:
        self._others = others
        self._hosts = hosts
        self._name = name
        self._certificate = certificate
        self._site_url = site_url
        self._trust_url = trust_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if host_of(request.headers.get("host", "")) not in self._hosts:
            await self._others(scope, receive, send)
            return
        await self._respond(request)(scope, receive, send)

    def _respond(self, request: Request) -> Response:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("Only GET and HEAD.\n", 405, headers={"Allow": "GET, HEAD", **headers})
        name = request.url.path[1:]
        if name == "":
            return self._page(headers)
        if name == PROFILE:
            profile = certificate_profile(self._certificate, self._name)
            return Response(profile, headers=headers, media_type="application/x-apple-aspen-config")
        if name == CERTIFICATE:
            return Response(self._certificate, headers=headers, media_type="application/x-x509-ca-cert")
        if name in _TYPES:
            return FileResponse(_STATIC / name, headers=headers, media_type=_TYPES[name])
        return RedirectResponse("/", 302, headers=headers)

    def _page(self, headers: dict[str, str]) -> Response:
        trust = self._trust_url()
        origin = "/".join(trust.split("/")[:3])
        headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src 'self'; script-src 'self'; connect-src {origin}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        page = (
            (_STATIC / "welcome.html")
            .read_text("utf-8")
            .format(
                name=escape(self._name),
                trust=escape(trust),
                site=escape(self._site_url()),
                profile=PROFILE,
                certificate=CERTIFICATE,
            )
        )
        return Response(page, headers=headers, media_type="text/html; charset=utf-8")
