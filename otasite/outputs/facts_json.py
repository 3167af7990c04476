"""``facts.json`` beside each release's page: what is inside of its binaries, for programs.

The keys are those of :class:`otasite.facts.model.BuildFacts`; ``catalogue.json`` names the address.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from otasite.catalogue.model import Release
from otasite.facts.model import ReleaseFacts
from otasite.outputs.output import Output, made_of
from otasite.site.addresses import AppAddresses
from otasite.site.artifacts import Artifact
from otasite.site.published import PublishedApp


class FactsFiles(Output[None]):
    """One file for each release of whose binaries something is known."""

    name = "facts"

    def of_app(self, app: PublishedApp) -> Iterator[Artifact]:
        for release in app.wanted:
            if path := facts_path(app.addresses, release):
                ios = release.ios.facts if release.ios else None
                android = release.android.facts if release.android else None
                data = msgspec.json.encode(ReleaseFacts(ios=ios, android=android))
                yield made_of(path, data, partial(bytes, data), source=release.source)


def facts_path(addresses: AppAddresses, release: Release) -> str:
    """Where a release's file is; "" for a release that has none."""
    known = any(binary.facts is not None for binary in release.binaries)
    return f"{addresses.release(release)}facts.json" if known else ""
