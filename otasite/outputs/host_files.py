"""What hosts read from the site's own folder: ``_headers``, ``_redirects``, ``.nojekyll`` and their like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from otasite.hosts.targets import files_for
from otasite.outputs.output import Output, made_of
from otasite.site.artifacts import Artifact
from otasite.site.published import PublishedSite


class HostFiles(Output[None]):
    """The files of the hosts that ``site.yaml`` names; without any, those that suit most."""

    name = "hosts"

    def of_site(self, site: PublishedSite, left: Mapping[str, None]) -> Iterator[Artifact]:
        hosts = (host.name for host in site.context.site.hosting)
        for name, data in files_for(hosts, site.context.base.path).items():
            yield made_of(name, data, partial(bytes, data))
