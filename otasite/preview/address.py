"""Where the previewed site says it lives: the address in its manifests, QR codes and canonical links."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from otasite.problems import ProblemsFound
from otasite.site.urls import BaseUrl, choose_base_url


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """How the site's address follows from what was asked for.

    ``base_url`` (a flag, for a tunnel or reverse proxy) wins. Else ``origin`` is this server's own https origin,
    when an iPhone can reach it: then manifests must name it. Else the site keeps the address it is configured with,
    so that pages look as they will; ``fallback`` is for a site without one. ``base_path`` changes only the path.
    """

    base_url: str | None = None
    base_path: str | None = None
    origin: str | None = None
    fallback: str = "https://localhost/"

    def base_for(self, configured: str, environment: Mapping[str, str]) -> str | None:
        """The base URL to ask for, ``None`` for the one that the site finds by itself.

        ``configured`` is what ``site.yaml`` says. Never raises: a wrong address is the site's to report.
        """
        try:
            found: BaseUrl | None = choose_base_url(self.base_url, environment, configured)
        except ProblemsFound:
            found = None
        if self.base_url or (found is not None and not self.base_path and not self.origin):
            return self.base_url and self._with_path(self.base_url)
        if found is None and configured and not self.origin:
            return None
        base = found or BaseUrl(self.fallback, "the preview")
        origin = self.origin or base.url[: -len(base.path)]
        return self._with_path(f"{origin}{base.path}")

    def _with_path(self, url: str) -> str:
        if self.base_path is None:
            return url
        origin = "/".join(url.split("/")[:3])
        path = self.base_path.strip("/")
        return f"{origin}/{path}/" if path else f"{origin}/"
