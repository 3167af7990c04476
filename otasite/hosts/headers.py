"""The one table of HTTP headers: which file of dist/ is served with what type, cache life and protection.

Every host's own format (:mod:`otasite.hosts.targets`), the preview, the S3 deploy and ``verify`` read this table,
so they cannot disagree. Two properties make it portable:

- **No path gets the same header from two rules.** Netlify lets the later rule win, Cloudflare Pages joins the
  values with a comma; with disjoint rules both mean the same.
- **At most one ``*`` in a pattern**, anywhere in it and crossing slashes; ``:name`` stands for one whole segment.
  That is what both ``_headers`` dialects understand (Cloudflare refuses a second ``*``). No pattern ends in a fixed
  folder and ``/*``: for Netlify ``/assets/*`` also means ``/assets-app/``.

Pages have no Cache-Control rule of their own: ``_headers`` cannot name “an address that ends with a slash” on
Netlify, and both hosts already answer pages with ``max-age=0, must-revalidate``. :func:`headers_for` says
``no-cache``, which means the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

#: A file whose name contains the hash of its content never changes.
IMMUTABLE = "public, max-age=31536000, immutable"
#: ``no-transform`` keeps proxies and CDNs from compressing it: the chunk hashes in the manifest are of these bytes.
IMMUTABLE_BINARY = f"{IMMUTABLE}, no-transform"
#: A stable address whose content changes: keep a copy, ask before using it.
REVALIDATE = "no-cache"

NOINDEX = {"X-Robots-Tag": "noindex, nofollow"}

#: Unlisted apps live below this folder, so that one rule covers them without naming any of them.
UNLISTED_PREFIX = "u/"


def page_policy(origins: Iterable[str] = ()) -> str:
    """The Content-Security-Policy in a page's own head.

    Pages load their own pictures, fonts, films, stylesheets and scripts; they submit and embed nothing. Scripts fetch
    from their own host only (checkers such as Lighthouse read robots.txt through the page), and from ``origins``,
    where the page's binaries are: when an install does not start, it looks at them.
    """
    connect = " ".join(("'self'", *origins))
    return (
        "default-src 'none'; img-src 'self'; font-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; "
        f"connect-src {connect}; manifest-src 'self'; base-uri 'none'; form-action 'none'"
    )


#: The header is one for all files, and a host's configuration, made once, stays right whatever hosts binaries come
#: to: it leaves it to the pages which of them they may look at, since of two policies the stricter one counts.
#: Browsers ignore frame-ancestors in a page itself, which is all that hosts without headers leave (CSP 3, 6.3.2).
CONTENT_SECURITY_POLICY = f"{page_policy(('https:',))}; frame-ancestors 'none'"

SECURITY_HEADERS: dict[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

#: Types by file name ending. No host's own table knows the first four, and ``nosniff`` makes a guess matter.
CONTENT_TYPES: dict[str, str] = {
    "ipa": "application/octet-stream",
    "apk": "application/vnd.android.package-archive",
    "plist": "text/xml",
    "mobileconfig": "application/x-apple-aspen-config",
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "jar": "application/java-archive",
    "webmanifest": "application/manifest+json",
    "xml": "application/xml",
    "txt": "text/plain; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "avif": "image/avif",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "woff": "font/woff",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "vtt": "text/vtt; charset=utf-8",
    "pdf": "application/pdf",
}
FEED_TYPE = "application/atom+xml; charset=utf-8"
UNKNOWN_TYPE = "application/octet-stream"


class HeaderRule(msgspec.Struct, frozen=True):
    """Headers for the paths that ``pattern`` matches (see the module's text for the pattern language)."""

    pattern: str
    headers: dict[str, str]

    @property
    def regex(self) -> str:
        """The pattern as a regular expression that nginx, Caddy (RE2) and Python read alike."""
        pieces = re.split(r"(\*|:[a-z]+)", self.pattern)
        return "^" + "".join(_piece_regex(piece) for piece in pieces) + "$"

    def under(self, prefix: str) -> HeaderRule:
        """The same rule for a site that lives below ``prefix`` (``""`` or ``/repo``)."""
        return HeaderRule(prefix + self.pattern, self.headers)

    def matches(self, path: str) -> bool:
        """Whether ``path`` (from the site's root, with its leading slash) falls under this rule."""
        return re.match(self.regex, path) is not None


def _piece_regex(piece: str) -> str:
    if piece == "*":
        return ".*"
    if piece.startswith(":"):
        return "[^/]+"
    return piece.replace(".", r"\.")


def _content_type(extension: str, **more: str) -> HeaderRule:
    headers = {"Content-Type": CONTENT_TYPES[extension]}
    return HeaderRule(f"/*.{extension}", headers | {name.replace("_", "-"): text for name, text in more.items()})


def _immutable(pattern: str) -> HeaderRule:
    return HeaderRule(pattern, {"Cache-Control": IMMUTABLE})


FEED_RULE = HeaderRule("/*feed.xml", {"Content-Type": FEED_TYPE, "Cache-Control": REVALIDATE})

#: The table. Its order does not matter (see above); it is written from general to particular.
HEADER_RULES: tuple[HeaderRule, ...] = (
    HeaderRule("/*", SECURITY_HEADERS),
    HeaderRule(f"/{UNLISTED_PREFIX}:app/*", NOINDEX),
    HeaderRule(f"/:language/{UNLISTED_PREFIX}:app/*", NOINDEX),  # its pages in languages other than the first
    _content_type("ipa", Cache_Control=IMMUTABLE_BINARY),
    _content_type("apk", Cache_Control=IMMUTABLE_BINARY),
    _content_type("plist", Cache_Control=REVALIDATE),
    _content_type("mobileconfig", Cache_Control=REVALIDATE),
    _content_type("json", Cache_Control=REVALIDATE),
    _content_type("jar", Cache_Control=REVALIDATE),
    FEED_RULE,
    HeaderRule("/*.html", {"Cache-Control": REVALIDATE}),
    _immutable("/assets/:file"),
    _immutable("/assets/:folder/:file"),  # a theme may sort its files into folders
    _immutable("/assets/:folder/:inner/:file"),
    _immutable("/:app/icon-*.png"),
    _immutable("/:app/icon-*.webp"),
    _immutable("/:app/preview*.png"),
    _immutable("/:app/screenshots/:file"),
    _immutable("/:app/files/:file"),
    _immutable(f"/{UNLISTED_PREFIX}:app/icon-*.png"),
    _immutable(f"/{UNLISTED_PREFIX}:app/icon-*.webp"),
    _immutable(f"/{UNLISTED_PREFIX}:app/preview*.png"),
    _immutable(f"/{UNLISTED_PREFIX}:app/screenshots/:file"),
    _immutable(f"/{UNLISTED_PREFIX}:app/files/:file"),
)


def headers_for(path: str) -> dict[str, str]:
    """Every header that the file at ``path`` should be served with.

    ``path`` is relative to the site's root, with or without a leading slash; a folder's address (``""``,
    ``"rider/"``) stands for its ``index.html``.
    """
    path = "/" + path.removeprefix("/")
    found = {"Content-Type": content_type(path), "Cache-Control": REVALIDATE}
    for rule in HEADER_RULES:
        if rule.matches(path):
            found.update(rule.headers)
    return found


def content_type(path: str) -> str:
    """The Content-Type of the file at ``path``; of a page, when it is a folder's address."""
    if path.endswith("/") or not path:
        return CONTENT_TYPES["html"]
    name = path.rpartition("/")[2]
    return CONTENT_TYPES.get(name.rpartition(".")[2].lower(), UNKNOWN_TYPE)


def is_immutable(path: str) -> bool:
    """Whether the file at ``path`` never changes, because its name contains the hash of its content."""
    return "immutable" in headers_for(path)["Cache-Control"]


def netlify_headers(base_path: str = "/") -> bytes:
    """The ``_headers`` file that Netlify and Cloudflare Pages read.

    ``base_path`` is the folder below the domain where the site lives, with slashes at both ends.
    """
    prefix = base_path.rstrip("/")
    lines: list[str] = []
    for rule in HEADER_RULES:
        lines.append(rule.under(prefix).pattern)
        lines.extend(f"  {name}: {text}" for name, text in rule.headers.items())
        lines.append("")
    return "\n".join(lines).encode()
