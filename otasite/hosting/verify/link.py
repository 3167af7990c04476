"""Taking an install link apart the way iOS does.

iOS replaces ``;`` by ``&``, splits the query on ``&`` and each part on ``=``, keeps a part only if that yields
exactly two pieces, and decodes once; ``+`` stays a plus. So a link that browsers understand may be dead there.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from otasite.hosting.verify.report import Row, failed, passed

SCHEME = "itms-services:"


def decode(link: str) -> dict[str, str]:
    """The parameters that iOS finds in a link; a part it cannot read is missing."""
    query = link.partition("#")[0].partition("?")[2].replace(";", "&")
    pieces = (part.split("=") for part in query.split("&"))
    return {piece[0]: unquote(piece[1]) for piece in pieces if len(piece) == 2}


def check(link: str, page: str) -> tuple[str, list[Row]]:
    """The manifest's address in ``link`` (``""`` when the link is dead), and what is wrong with it."""
    if not link.startswith(f"{SCHEME}//"):
        return "", [failed("link-malformed", page, f"“{link}” has no // after {SCHEME} and does nothing")]
    found = decode(link)
    if found.get("action") != "download-manifest":
        return "", [failed("link-malformed", page, f"iOS finds no action=download-manifest in “{link}”")]
    url = found.get("url", "")
    if not url:
        return "", [failed("link-malformed", page, f"iOS finds no url in “{link}”")]
    return _manifest_url(url, link, page)


def _manifest_url(url: str, link: str, page: str) -> tuple[str, list[Row]]:
    if url.lower().startswith(("https%3a", "http%3a")):
        once_more = unquote(url)
        return once_more, [failed("link-double-encoded", page, f"iOS decodes the address to “{url}”")]
    try:
        parts = urlsplit(url)
    except ValueError:  # such as https://[/
        return "", [failed("link-malformed", page, f"“{url}” is no address")]
    if not parts.scheme or not parts.netloc:
        return "", [failed("link-relative", page, f"the manifest's address is “{url}”")]
    if parts.scheme != "https":
        return "", [failed("https", page, f"the link names the manifest {url}")]
    if _cut_short(link):
        return url, [failed("link-malformed", page, f"iOS cuts the manifest's address short: “{url}”")]
    return url, [passed("link-malformed", page, url)]


def _cut_short(link: str) -> bool:
    """Whether raw ``&`` or ``;`` ended the address early: what follows then looks like more parameters."""
    query = link.partition("?")[2]
    names = {part.partition("=")[0] for part in query.replace(";", "&").split("&")}
    return bool(names - {"action", "url", ""}) or "#" in query
