"""What each host refuses: tested by ``build`` and ``check`` for the hosts of site.yaml, before anything is uploaded.

Each figure is followed by where the host publishes it. A limit that is only a habit, or that a host counts in its own
way, is a warning; one that makes the upload fail is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from otasite.hosts.names import Host, HostName
from otasite.problems import Location, Problem, Severity
from otasite.sizes import size_text

MIB = 2**20
GIB = 2**30

_ELSEWHERE = (
    "let binaries live elsewhere (S3, R2, a GitHub release): name that place as “binaries: base_url:” in site.yaml, "
    "or record where you uploaded this one as “url:” instead of “file:”"
)
_FEWER = "keep fewer releases per channel (“keep:” in site.yaml)"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """A host's limits. Sizes in bytes; None means none that a site of apps could reach."""

    title: str
    file_size: int | None = None
    #: Whether a larger file is refused, or only slow or costly.
    file_severity: Severity = "error"
    #: Whether it takes .ipa and .apk files at all.
    takes_binaries: bool = True
    total_size: int | None = None
    total_severity: Severity = "error"
    files: int | None = None
    source: str = ""


#: Without a paid plan.
LIMITS: dict[HostName, Limits] = {
    "github-pages": Limits(
        title="GitHub Pages",
        file_size=100 * MIB,
        total_size=GIB,
        source="GitHub Docs: “About large files on GitHub”, “GitHub Pages limits”",
    ),
    "netlify": Limits(
        title="Netlify",
        file_size=100 * MIB,
        file_severity="warning",
        source="no figure is published; deploys with larger files are slow and fail now and then",
    ),
    "cloudflare-pages": Limits(
        title="Cloudflare Pages",
        file_size=25 * MIB,
        files=20_000,
        source="Cloudflare Docs: “Pages › Platform › Limits”",
    ),
    "s3": Limits(title="S3"),
    "firebase": Limits(
        title="Firebase Hosting",
        file_size=2 * GIB,
        takes_binaries=False,
        total_size=10 * GIB,
        source="Firebase Docs: “Hosting › Usage, quotas and pricing”, FAQ “hosting-exe-restrictions”",
    ),
    "azure-static-web-apps": Limits(
        title="Azure Static Web Apps",
        total_size=250 * MIB,
        files=15_000,
        source="Microsoft Learn: “Quotas in Azure Static Web Apps”",
    ),
    "nginx": Limits(title="nginx"),
    "caddy": Limits(title="Caddy"),
    "apache": Limits(title="Apache"),
}

#: Where a paid plan raises some of them.
PAID: dict[HostName, Limits] = {
    "cloudflare-pages": msgspec.structs.replace(LIMITS["cloudflare-pages"], files=100_000),
    "firebase": msgspec.structs.replace(LIMITS["firebase"], takes_binaries=True, total_size=None),
    "azure-static-web-apps": msgspec.structs.replace(LIMITS["azure-static-web-apps"], total_size=500 * MIB),
}


def limits_of(host: Host) -> Limits:
    return PAID.get(host.name, LIMITS[host.name]) if host.plan == "paid" else LIMITS[host.name]


def binary_problems(hosts: Iterable[Host], size: int, at: Location) -> Iterator[Problem]:
    """What the hosts say against a binary of ``size`` bytes in dist/; ``at`` is where the catalogue names it."""
    for host in hosts:
        limits = limits_of(host)
        if not limits.takes_binaries:
            yield Problem(
                code="host-refuses-binaries",
                message=f"{limits.title} takes no .ipa and .apk files on its free plan",
                hint=f"{_ELSEWHERE}{_or_paid(host)}",
                location=at,
            )
        yield from _too_large(limits, size, _ELSEWHERE, at)


def case_problems(hosts: Iterable[Host], path: str, at: Location) -> Iterator[Problem]:
    """What the hosts do to a folder whose name has capital letters."""
    if path != path.lower() and any(host.name == "netlify" for host in hosts):
        yield Problem(
            code="host-changes-case",
            message=f"Netlify writes addresses in small letters: visitors of /{path} are sent to /{path.lower()}",
            hint="write it in small letters (a release: id:), or turn “Pretty URLs” off in Netlify's settings",
            location=at,
        )


def file_problems(hosts: Iterable[Host], size: int, at: Location) -> Iterator[Problem]:
    """What the hosts say against any other file of dist/; ``at`` is the file that it is made from."""
    for host in hosts:
        yield from _too_large(limits_of(host), size, "make it smaller, or link to a copy on another host", at)


def _too_large(limits: Limits, size: int, hint: str, at: Location) -> Iterator[Problem]:
    if limits.file_size is not None and size > limits.file_size:
        yield Problem(
            code="host-file-too-large",
            message=f"{_more(size, limits.file_size)} that {limits.title} takes per file",
            hint=hint,
            location=at,
            severity=limits.file_severity,
        )


def _more(size: int, limit: int) -> str:
    if size_text(size) == size_text(limit):
        return f"{size:,} bytes are more than the {limit:,}"
    return f"{size_text(size)} is more than the {size_text(limit)}"


def site_problems(hosts: Iterable[Host], files: int, total: int, at: Location | None) -> Iterator[Problem]:
    """What the hosts say against a site of so many files with ``total`` bytes."""
    for host in hosts:
        limits = limits_of(host)
        if limits.total_size is not None and total > limits.total_size:
            yield Problem(
                code="host-site-too-large",
                message=f"the site has {size_text(total)}, {limits.title} takes {size_text(limits.total_size)}",
                hint=f"{_ELSEWHERE}, or {_FEWER}{_or_paid(host)}",
                location=at,
                severity=limits.total_severity,
            )
        if limits.files is not None and files > limits.files:
            yield Problem(
                code="host-too-many-files",
                message=f"the site has {files:,} files, {limits.title} takes {limits.files:,}",
                hint=f"{_FEWER}{_or_paid(host)}",
                location=at,
            )


def _or_paid(host: Host) -> str:
    is_raised = host.plan == "free" and host.name in PAID
    return f"; if your plan there is a paid one, say “hosting: {{{host.name}: {{plan: paid}}}}”" if is_raised else ""
