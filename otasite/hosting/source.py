"""Where other machines install otasite from: what recipes and generated workflows tell pip.

otasite is on no package index yet. Whoever registers its name there first would run code in every workflow that
installs it by that name; so recipes name a git repository and a revision, those that this copy was installed from.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import otasite
from otasite.problems import Refused

#: The name on the package index, from the day on which it is ours: then recipes install that name.
ON_INDEX: str | None = None

EXAMPLE = "git+https://git.example.com/tools/otasite@REVISION"
#: git@host:owner/otasite.git, as git clone takes it.
_SCP_LIKE = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+\.[\w-]+):(?!//)(?P<path>[^\s]+)")
_NAME_ALONE = re.compile(r"otasite\s*(\[[\w,\s-]*\])?\s*([<>=!~,.*\w\s-]*)", re.IGNORECASE)


def requirement(chosen: str | None = None) -> str:
    """What pip installs elsewhere: ``chosen``, or else this otasite at its revision.

    Raises :class:`Refused` when nothing was chosen and this copy does not know its repository, when its revision was
    never pushed, and when a name was chosen under which the index may hold somebody else's program.
    """
    if chosen is None:
        return ON_INDEX or requirement_of(_record_of_the_installation(), Path(otasite.__file__).parent.parent)
    if ON_INDEX is None and _NAME_ALONE.fullmatch(chosen.strip()):
        raise Refused(
            f"“{chosen}” would install whatever has that name on a package index, and otasite is on none yet",
            f"name your copy of its repository: --install '{EXAMPLE}'",
        )
    return chosen


def unpinned(chosen: str) -> bool:
    """Whether a git address names no revision, so that every push there changes what is installed."""
    address = chosen.partition("git+")[2].partition("#")[0]
    return bool(address) and "@" not in urlsplit(address).path


def requirement_of(record: Mapping[str, Any], folder: Path) -> str:
    """The git address of an otasite whose package is in ``folder`` and whose installation left ``record`` (PEP 610).

    Raises :class:`Refused` when neither knows a repository that others can reach, with this revision in it.
    """
    url = str(record.get("url", ""))
    if "vcs_info" in record:
        revision = str(record["vcs_info"]["commit_id"])
    else:
        url, revision = _where_a_checkout_came_from(_folder(url) if "dir_info" in record else folder)
    address = _public_address(url)
    if address is None:
        raise _unknown("the repository that it came from has no https address")
    return f"git+{address}@{revision}"


def _record_of_the_installation() -> dict[str, Any]:
    """What pip, pipx and uv note beside a package that came from no index; empty otherwise."""
    try:
        text = metadata.distribution("otasite").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        text = None
    found = json.loads(text or "{}")
    return found if isinstance(found, dict) else {}


def _folder(url: str) -> Path:
    return Path(url2pathname(unquote(urlsplit(url).path)))


def _where_a_checkout_came_from(checkout: Path) -> tuple[str, str]:
    """Address and revision of a clone of otasite. Raises :class:`Refused` where there are none, or none to fetch."""
    if not (checkout / ".git").exists():
        raise _unknown("this copy of it does not know its repository")
    url = _git(checkout, "remote", "get-url", "origin")
    revision = _git(checkout, "rev-parse", "HEAD")
    if not url or not revision:
        raise _unknown("this clone of it has no “origin”")
    if not _git(checkout, "branch", "--remotes", "--contains", revision):
        raise Refused(
            f"revision {revision[:12]} of otasite is only here: nobody else can install it",
            "push it first, or name another with --install",
        )
    return url, revision


def _git(checkout: Path, *words: str) -> str:
    """What git answers; empty when it cannot, or is not here."""
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "-C", str(checkout), *words]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else ""


def _public_address(url: str) -> str | None:
    """``url`` as anybody fetches it: over https, without a name or a token; ``None`` for a folder of this machine."""
    match = _SCP_LIKE.fullmatch(url)
    if match:
        return f"https://{match['host']}/{match['path']}"
    parts = urlsplit(url)
    if parts.scheme not in ("https", "ssh", "git") or not parts.hostname:
        return None
    port = f":{parts.port}" if parts.port and parts.scheme == "https" else ""
    return f"https://{parts.hostname}{port}{parts.path}"


def _unknown(why: str) -> Refused:
    return Refused(
        f"otasite is on no package index, and {why}: say where a workflow installs it from",
        f"name the repository and the revision that you trust: --install '{EXAMPLE}'",
    )
