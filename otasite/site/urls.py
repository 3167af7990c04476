"""Addresses: the site's base URL, absolute and relative links, and the link that makes iOS install an app."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, urlsplit

import msgspec

from otasite.problems import Location, Problem, ProblemsFound

#: Characters with a meaning in a URL, kept when an address that somebody wrote is normalised.
_URL_CHARACTERS = ":/?#[]@!$&'()*+,;=%~"
#: A QR code (with error correction M) holds 2,331 characters; folders and names of pages come on top of the base.
LONGEST_BASE = 1_000


class BaseUrl(msgspec.Struct, frozen=True):
    """Where the site will live: ``https://host/path/`` with a slash at the end, and who said so."""

    url: str
    origin: str

    @property
    def path(self) -> str:
        """The path under which the site lives: ``/`` or ``/repo/``."""
        return urlsplit(self.url).path

    def absolute(self, path: str) -> str:
        """The absolute address of a path of the site (relative to its root, without a leading slash)."""
        return self.url + path


def choose_base_url(
    flag: str | None, environment: Mapping[str, str], configured: str, configured_at: Location | None = None
) -> BaseUrl:
    """The base URL by precedence: flag, ``OTASITE_BASE_URL``, Netlify's deploy variables, ``site.yaml``.

    Netlify sets ``CONTEXT``, and ``URL`` (the main address) or ``DEPLOY_PRIME_URL`` (this preview's own).
    Raises :class:`ProblemsFound` when there is none or the one that wins is not a plain https address.
    """
    netlify = "URL" if environment.get("CONTEXT") == "production" else "DEPLOY_PRIME_URL"
    candidates: list[tuple[str | None, str]] = [
        (flag, "--base-url"),
        (environment.get("OTASITE_BASE_URL"), "OTASITE_BASE_URL"),
        (environment.get(netlify) if environment.get("NETLIFY") else None, f"Netlify's {netlify}"),
        (configured, "site.yaml"),
    ]
    for url, origin in candidates:
        if url:
            at = configured_at if origin == "site.yaml" else None
            return BaseUrl(_normal_base(url, origin, at), origin)
    raise ProblemsFound(
        [
            Problem(
                code="missing-base-url",
                message="nothing says at which address the site will be: iOS needs absolute https addresses",
                hint="add base_url: https://… to content/site.yaml, or give --base-url or OTASITE_BASE_URL",
                location=configured_at and Location(configured_at.path),
            )
        ]
    )


def _normal_base(url: str, origin: str, at: Location | None) -> str:
    def wrong(why: str, hint: str) -> ProblemsFound:
        problem = Problem(code="bad-base-url", message=f"{origin}: “{url}” {why}", hint=hint, location=at)
        return ProblemsFound([problem])

    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise wrong("is not an address", "write https://host/ or https://host/path/") from error
    if parts.scheme != "https":
        raise wrong("is not https", "iOS installs apps from https addresses only: write https://host/")
    if not parts.hostname:
        raise wrong("has no host", "write https://host/ or https://host/path/")
    if parts.query or parts.fragment or parts.username or parts.password is not None:
        raise wrong("has a query, a fragment or a password in it", "write only https://host/path/")
    host = _ascii_host(parts.hostname)
    if host is None:
        raise wrong("has a host name that does not exist", "write the host as a browser shows it")
    path = quote(parts.path.strip("/"), safe="/%~")
    base = f"https://{host}{f':{port}' if port else ''}/{path}{'/' if path else ''}"
    if len(base) > LONGEST_BASE:
        raise wrong(
            f"has {len(base):,} characters", f"QR codes need addresses below {LONGEST_BASE:,}: shorten its path"
        )
    return base


def _ascii_host(host: str) -> str | None:
    """``host`` in its ASCII (punycode) form, or ``None`` if it cannot be a host name."""
    if ":" in host:
        return f"[{host}]"
    if host.isascii():
        return host if all(part and set(part) <= _HOST_CHARACTERS for part in host.rstrip(".").split(".")) else None
    import idna  # only addresses outside ASCII pay for its tables

    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return None


_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


@lru_cache(maxsize=10_000)
def normal_url(url: str) -> str:
    """An address as somebody wrote it with spaces and other raw characters percent-encoded, encodings kept."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host.isascii():
        url = url.replace(parts.netloc, parts.netloc.replace(host, _ascii_host(host) or host), 1)
    return quote(url, safe=_URL_CHARACTERS)


def filled(pattern: str, **value: str) -> str:
    """An address pattern with its one placeholder replaced; "" when either is missing."""
    ((name, text),) = value.items()
    return normal_url(pattern.replace(f"{{{name}}}", quote(text))) if pattern and text else ""


@lru_cache(maxsize=10_000)
def install_link(manifest_url: str) -> str:
    """The link that makes iOS fetch a manifest and install its app.

    The nested address is percent-encoded once and completely, because iOS replaces ``;`` by ``&``, splits the query
    on ``&`` and each part on ``=``, and keeps a part only if that gives exactly two pieces.
    """
    return f"itms-services://?action=download-manifest&url={quote(manifest_url, safe='')}"


_ORIGIN = re.compile(r"https://[a-z0-9_.-]+(:[0-9]+)?(?=[/?#]|\Z)", re.IGNORECASE)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address as :func:`normal_url` gives it; "" of one that is no https address."""
    found = _ORIGIN.match(url)
    return found[0].lower() if found else ""


def root_of(path: str) -> str:
    """The way from a page at ``path`` (a folder's address such as ``app/1.0-1/``) up to the site's root."""
    return "../" * path.count("/")
