"""The hosts that otasite knows, and what site.yaml says of one under ``hosting:``."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

HostName = Literal[
    "github-pages",
    "netlify",
    "cloudflare-pages",
    "s3",
    "firebase",
    "azure-static-web-apps",
    "nginx",
    "caddy",
    "apache",
]
HOSTS: tuple[HostName, ...] = get_args(HostName)
Plan = Literal["free", "paid"]


class Host(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the site will be hosted, as far as that decides files and limits."""

    name: HostName
    plan: Plan = "free"
