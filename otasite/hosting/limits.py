"""The limits of hosts, tested on a folder: also for hosts that site.yaml does not name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from otasite.catalogue.field_rules import ENDINGS
from otasite.hosting.catalogue import no_site
from otasite.hosts.limits import binary_problems, file_problems, site_problems
from otasite.hosts.names import Host
from otasite.problems import Location, Problem


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
