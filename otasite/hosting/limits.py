"""What each host refuses: checked on the built site before anything is uploaded.

Each figure is followed by where the host publishes it. A limit that a paid plan raises, or that is only a habit, is a
warning; one that makes the upload fail for everybody is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from otasite.problems import Location, Problem, Refused, Severity, suggest

MIB = 2**20
GIB = 2**30

_ELSEWHERE = (
    "keep binaries elsewhere: upload them to S3, R2 or a GitHub release and record that address as “url:” instead of "
    "“file:”"
)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """A host's limits. Sizes in bytes; None means none that a site of apps could reach."""

    name: str
    file_size: int | None = None
    #: Whether a larger file is refused, or only slow or costly.
    file_severity: Severity = "error"
    total_size: int | None = None
    total_severity: Severity = "error"
    files: int | None = None
    source: str = ""


LIMITS: dict[str, Limits] = {
    "github-pages": Limits(
        name="GitHub Pages",
        file_size=100 * MIB,
        total_size=GIB,
        source="GitHub Docs: “About large files on GitHub”, “GitHub Pages limits”",
    ),
    "cloudflare-pages": Limits(
        name="Cloudflare Pages",
        file_size=25 * MIB,
        files=20_000,
        source="Cloudflare Docs: “Pages › Platform › Limits”",
    ),
    "netlify": Limits(
        name="Netlify",
        file_size=100 * MIB,
        file_severity="warning",
        source="no figure is published; deploys with larger files are slow and fail now and then",
    ),
    "firebase": Limits(
        name="Firebase Hosting",
        file_size=2 * GIB,
        total_size=10 * GIB,
        total_severity="warning",
        source="Firebase Docs: “Hosting › Usage, quotas and pricing”",
    ),
    "azure-static-web-apps": Limits(
        name="Azure Static Web Apps",
        total_size=250 * MIB,
        total_severity="warning",
        files=15_000,
        source="Microsoft Learn: “Quotas in Azure Static Web Apps” (250 MB on the free plan, 500 MB on Standard)",
    ),
    "s3": Limits(name="S3"),
    "nginx": Limits(name="nginx"),
    "caddy": Limits(name="Caddy"),
}


def check_limits(dist: Path, target: str) -> list[Problem]:
    """What ``target`` would refuse of the site in ``dist``; places are paths in it.

    Raises Refused for a host that is not in the table.
    """
    limits = LIMITS.get(target)
    if limits is None:
        known = suggest(target, LIMITS) or f"known are {', '.join(LIMITS)}"
        raise Refused(f"there is no host “{target}”", known)
    sizes = {
        path.relative_to(dist).as_posix(): path.stat().st_size for path in sorted(dist.rglob("*")) if path.is_file()
    }
    return [*_file_problems(limits, sizes), *_site_problems(limits, sizes)]


def _file_problems(limits: Limits, sizes: dict[str, int]) -> Iterator[Problem]:
    if limits.file_size is None:
        return
    for path, size in sizes.items():
        if size > limits.file_size:
            yield Problem(
                code="host-file-too-large",
                message=f"{human(size)} is more than the {human(limits.file_size)} that {limits.name} takes per file",
                hint=_ELSEWHERE,
                location=Location(path),
                severity=limits.file_severity,
            )


def _site_problems(limits: Limits, sizes: dict[str, int]) -> Iterator[Problem]:
    total = sum(sizes.values())
    if limits.total_size is not None and total > limits.total_size:
        yield Problem(
            code="host-site-too-large",
            message=f"the site has {human(total)}, {limits.name} takes {human(limits.total_size)}",
            hint=f"{_ELSEWHERE}, or keep fewer releases per channel",
            severity=limits.total_severity,
        )
    if limits.files is not None and len(sizes) > limits.files:
        yield Problem(
            code="host-too-many-files",
            message=f"the site has {len(sizes):,} files, {limits.name} takes {limits.files:,}",
            hint="keep fewer releases per channel (“keep:” in site.yaml)",
        )


def human(size: int) -> str:
    """A size for people: 25 MiB, 1.5 GiB."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (2**10, "KiB")):
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} bytes"
