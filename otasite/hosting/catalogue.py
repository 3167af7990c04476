"""The built site as others find it: its ``catalogue.json`` for ``verify``, ``announce`` and summaries, its sizes.

The site may be somebody else's, or an older one: what is missing is empty, and other keys are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from otasite.catalogue.field_rules import ENDINGS
from otasite.hosting.bounded import BadBody, json_value
from otasite.hosts.limits import binary_problems, file_problems, site_problems
from otasite.hosts.names import Host
from otasite.outputs.catalogue_json import AppJson, BinaryJson, CatalogueJson
from otasite.problems import Location, Problem, Refused
from otasite.site.reminders import is_example

CATALOGUE = "catalogue.json"
#: Bytes of a catalogue from a server; 10,000 releases fill 6 MB.
MAX_CATALOGUE = 32 * 2**20


#: What is read: the type is the one that builds write.
SiteCatalogue = CatalogueJson[AppJson]


def manifests(catalogue: SiteCatalogue) -> dict[str, BinaryJson]:
    """The iOS builds by the addresses of their manifests, the fixed ones of channels among them."""
    found: dict[str, BinaryJson] = {}
    for app in catalogue.apps:
        builds = [(release.channel, release.ios) for release in app.releases if release.ios]
        found |= {build.manifest: build for _, build in builds if build.manifest}
        for channel, manifest in app.managed.items():
            newest = next((build for where, build in builds if where == channel), None)
            found |= {manifest: newest} if newest else {}
    return found


def android_binaries(catalogue: SiteCatalogue) -> dict[str, BinaryJson]:
    """The Android builds by their own addresses."""
    releases = (release for app in catalogue.apps for release in app.releases)
    return {release.android.url: release.android for release in releases if release.android and release.android.url}


def read_catalogue(data: bytes, name: str) -> SiteCatalogue:
    """Read a ``catalogue.json``. Raises Refused, which calls it ``name``, when it is none."""
    try:
        return json_value(data, SiteCatalogue)
    except BadBody as error:
        raise Refused(f"{name} is no catalogue of otasite: {error}") from None


def built_catalogue(dist: Path) -> SiteCatalogue:
    """The catalogue of the built site in ``dist``. Raises Refused when nothing was built there."""
    path = dist / CATALOGUE
    if not path.is_file():
        raise no_site(dist)
    return read_catalogue(path.read_bytes(), path.as_posix())


def example_in(dist: Path) -> str:
    """The first address in the catalogue of ``dist`` that is only an example; "" without one, or a catalogue."""
    if not (dist / CATALOGUE).is_file():
        return ""
    catalogue = built_catalogue(dist)
    releases = [release for app in catalogue.apps for release in app.releases]
    binaries = [binary for release in releases for binary in (release.ios, release.android) if binary is not None]
    addresses = (catalogue.url, *(binary.url for binary in binaries))
    return next(filter(is_example, addresses), "")


def no_site(dist: Path) -> Refused:
    """What to say of a folder that holds no built site."""
    return Refused(f"{dist} holds no built site", "run otasite build first, or name the folder with --dist")


def check_limits(dist: Path, hosts: Iterable[Host]) -> list[Problem]:
    """What the hosts would refuse of the site in ``dist``; places are paths in it.

    Raises Refused when ``dist`` holds no built site.
    """
    if not (dist / "index.html").is_file():
        raise no_site(dist)
    hosts = tuple(hosts)
    sizes = {
        path.relative_to(dist).as_posix(): path.stat().st_size for path in sorted(dist.rglob("*")) if path.is_file()
    }
    problems: list[Problem] = []
    for path, size in sizes.items():
        of_one_file = binary_problems if path.endswith(tuple(ENDINGS.values())) else file_problems
        problems += of_one_file(hosts, size, Location(path))
    problems += site_problems(hosts, len(sizes), sum(sizes.values()), None)
    return problems
