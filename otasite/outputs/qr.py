"""QR codes as small SVG files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache, partial
from typing import Any

import zxingcpp

from otasite.memory import Results
from otasite.outputs.output import Output, made_of
from otasite.site.artifacts import Artifact
from otasite.site.published import PublishedApp, PublishedPage, PublishedSite
from otasite.site.views import AppPage, ChannelPage, PageView, RepositoryPage

#: Light modules around the code that scanners need (ISO/IEC 18004: four).
QUIET_ZONE = 4
_RUNS = re.compile(rb"\x00+|\xff+")
#: Rows are drawn in parts of as many modules: short enough that parts recur, and each is worked out once.
_PART = 12


class QrCodes(Output[None]):
    """Every page that wants one has its own address as a QR code beside it, and the codes of what can follow it."""

    name = "qr"

    def of_app(self, app: PublishedApp) -> Iterator[Artifact]:
        return _codes(app.made, app.context.made)

    def of_site(self, site: PublishedSite, left: Mapping[str, None]) -> Iterator[Artifact]:
        return _codes(site.made, site.context.made)


def _codes(pages: Iterable[PublishedPage], made: Results[str, bytes]) -> Iterator[Artifact]:
    for page in pages:
        for path, address in _addresses(page.view).items():
            key = f"qr {address}"
            made.want(key)
            draw = partial(made.get, key, partial(qr_svg, address))
            yield made_of(path, address, draw, source=page.source, kind="asset")


def _addresses(view: PageView) -> dict[str, str]:
    """The codes of a page: what each holds, by its path."""
    own = {view.page.qr: view.page.url} if view.page.qr else {}
    follow = view.follow if isinstance(view, AppPage | ChannelPage | RepositoryPage) else ()
    return own | {offer.qr: offer.address for offer in follow}


@lru_cache(2 << _PART)
def _strokes(modules: bytes) -> str:
    """Path commands for one part of a row: dark runs are drawn, light ones are moved over."""
    return "".join(f"h{len(run)}" if run[0] == 0 else f"m{len(run)} 0" for run in _RUNS.findall(modules))


@cache
def _parts(size: int) -> tuple[tuple[str, slice], ...]:
    """All parts of a code of ``size`` rows: the move to where a row begins, or nothing, and the modules."""
    return tuple(
        (f"M{QUIET_ZONE} {row}.5" if at == 0 else "", slice(row * size + at, row * size + min(at + _PART, size)))
        for row in range(size)
        for at in range(0, size, _PART)
    )


def qr_svg(url: str) -> bytes:
    """A QR code of ``url`` (error correction M) as SVG, dark on white so that it scans in dark mode too.

    Each row of modules is one line that is drawn and lifted, half a module below the row's upper edge.
    """
    barcode = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = barcode.to_image(scale=1, add_quiet_zones=False)  # its stubs tell of the buffer from Python 3.12 on
    modules = memoryview(image)
    data = bytes(modules)
    size = round(len(data) ** 0.5)
    width = size + 2 * QUIET_ZONE
    path = "".join([move + _strokes(data[part]) for move, part in _parts(size)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -{QUIET_ZONE} {width} {width}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0-{QUIET_ZONE}h{width}v{width}H0z"/>'
        f'<path stroke="#000" d="{path}"/></svg>\n'
    ).encode()
