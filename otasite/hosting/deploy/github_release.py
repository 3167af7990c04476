"""Uploading binaries to a GitHub release, through GitHub's REST API (GitHub Docs: “Releases”, “Release assets”).

A file of a release has a public address without a login, as long as its repository is public. Files are only ever
added: one with the same name and other bytes is a mistake that a person must look at.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from otasite.catalogue.stores import ReleaseAddress
from otasite.hosting.bounded import ACCEPT_ENCODING, BadBody, bounded, json_value, whole_body
from otasite.hosting.deploy.plan import DeployFailed, SiteFile
from otasite.problems import Refused
from otasite.progress import Advance

T = TypeVar("T")

#: GitHub's limits for one file (“less than 2 GiB”) and for the files of one release.
LARGEST = 2 * 2**30
MOST = 1000
#: Bytes of an answer; GitHub's longest, a hundred files, have a few hundred thousand.
LONGEST_ANSWER = 8 * 2**20
#: Bytes a second below which a file that is read again is given up, beyond a minute.
SLOWEST = 10_000
#: Seconds before the second and the third attempt.
PAUSES = (1.0, 4.0)

#: GitHub replaces other characters in the names of files.
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._+-]*", re.ASCII)
_PIECE = 2**20


class _Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a release. ``state`` is “uploaded” once it is complete; ``digest`` is missing on old servers."""

    id: int
    name: str
    url: str
    size: int
    state: str = "uploaded"
    digest: str | None = None


class _Repository(msgspec.Struct, frozen=True, kw_only=True):
    private: bool


class _Release(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    upload_url: str


class _Said(msgspec.Struct, frozen=True):
    """What GitHub says of a mistake."""

    message: str = ""


class _Response(msgspec.Struct, frozen=True):
    """What GitHub answered: ``following`` is the address of a list's next page, ``fault`` why there is no body."""

    host: str
    status: int
    body: bytes
    following: str = ""
    fault: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class GitHubRelease:
    """One release and its files. Use as a context manager."""

    def __init__(
        self, address: ReleaseAddress, environment: Mapping[str, str], pauses: tuple[float, ...] = PAUSES
    ) -> None:
        token = environment.get("GITHUB_TOKEN", "")
        if not token:
            raise Refused(
                f"uploading to {address} needs a token",
                "set GITHUB_TOKEN to one that may write the contents of that repository",
            )
        self.address = address
        self._path = f"/repos/{address.owner}/{address.repository}"
        self._pauses = pauses
        self._api = _checked(environment.get("GITHUB_API_URL", "") or "https://api.github.com", "GITHUB_API_URL")
        self._client = httpx.Client(
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "Accept-Encoding": ACCEPT_ENCODING,
                "X-GitHub-Api-Version": "2022-11-28",
                "User-Agent": "otasite",
            },
            timeout=httpx.Timeout(30, write=300),
            follow_redirects=True,
        )
        self._release: _Release | None = None
        self._assets: dict[str, _Asset] = {}

    def __enter__(self) -> GitHubRelease:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def missing(self, files: Sequence[SiteFile]) -> list[SiteFile]:
        """Which of ``files`` the release has not. Changes nothing.

        Raises Refused when the release cannot take them, with every reason.
        """
        self._look()
        problems = [*self._limits(files), *self._conflicts(files)]
        if problems:
            raise Refused(
                f"{self.address} cannot take these files:\n  " + "\n  ".join(problems),
                "nothing was uploaded; files of a release are never replaced, because phones compare their bytes "
                "with hashes",
            )
        return [file for file in files if not self._is_complete(file.path)]

    def upload(self, file: SiteFile, advance: Advance) -> None:
        """Add one file to the release, which is made if need be. Raises DeployFailed."""
        release = self._release or self._create()
        url = f"{_checked(release.upload_url.partition('{')[0], 'upload_url')}?name={quote(file.path)}"
        for pause in (*self._pauses, None):
            self._remove_leftover(file.path)
            sent = _Sent(file.source, advance)
            headers = {"Content-Type": file.content_type, "Content-Length": str(file.size)}
            answer = self._once("POST", url, f"upload {file.path}", content=sent.pieces(), headers=headers)
            if answer is not None and answer.status == 201:
                self._check(file, _decoded(answer, _Asset))
                return
            sent.take_back()
            if self._has_arrived(file):  # only its answer was lost
                advance(file.size)
                return
            if pause is None or not _may_help(answer):
                break
            time.sleep(pause)
        raise DeployFailed(f"cannot upload {file.path} to {self.address}: {_trouble(answer)}")

    # --- looking --------------------------------------------------------------------------------------------

    def _look(self) -> None:
        found = self._request("GET", self._path, "find the repository")
        if _decoded(found, _Repository).private:
            raise Refused(
                f"{self.address.owner}/{self.address.repository} is private: phones cannot download its files",
                "use a public repository, or a private bucket (“private: true”)",
            )
        tag = quote(self.address.tag, safe="")
        found = self._request("GET", f"{self._path}/releases/tags/{tag}", "find the release", missing_ok=True)
        if found.status != 404:
            self._release = _decoded(found, _Release)
            self._list()

    def _list(self) -> None:
        assert self._release is not None
        url = f"{self._path}/releases/{self._release.id}/assets?per_page=100"
        found: dict[str, _Asset] = {}
        while url:
            answer = self._request("GET", url, "list the release's files")
            assets, before = _decoded(answer, list[_Asset]), len(found)
            found |= {asset.name: asset for asset in assets}
            url = answer.following
            if url and (len(found) == before or len(found) > MOST):
                raise DeployFailed(f"cannot list the release's files ({self.address}): the list does not end")
        self._assets = found

    def _limits(self, files: Sequence[SiteFile]) -> Iterator[str]:
        for file in files:
            if file.size >= LARGEST:
                yield f"{file.path}: GitHub takes files of less than 2 GiB"
            if not _NAME.fullmatch(file.path):
                yield f"{file.path}: GitHub would change this name"
        if len(self._assets.keys() | {file.path for file in files}) > MOST:
            yield f"a release can have {MOST:,} files: use another tag"

    def _conflicts(self, files: Sequence[SiteFile]) -> Iterator[str]:
        for file in files:
            if self._is_complete(file.path) and not self._is_same(file, self._assets[file.path]):
                yield f"{file.path}: the release has another file of this name"

    def _is_complete(self, name: str) -> bool:
        return name in self._assets and self._assets[name].state == "uploaded"

    def _is_same(self, file: SiteFile, asset: _Asset) -> bool:
        if asset.size != file.size:
            return False
        return (asset.digest or f"sha256:{self._download_digest(asset)}") == f"sha256:{file.sha256}"

    def _download_digest(self, asset: _Asset) -> str:
        """The SHA-256 of a file whose server does not tell it."""
        digest = hashlib.sha256()
        headers = {"Accept": "application/octet-stream", "Accept-Encoding": "identity"}
        try:
            with self._client.stream("GET", asset.url, headers=headers) as answer:
                if not answer.is_success:
                    raise DeployFailed(f"cannot read {asset.name} of {self.address}: HTTP {answer.status_code}")
                for piece in bounded(answer.iter_raw(_PIECE), asset.size, 60 + asset.size / SLOWEST):
                    digest.update(piece)
        except (httpx.HTTPError, BadBody) as error:
            told = str(error) if isinstance(error, BadBody) else type(error).__name__
            raise DeployFailed(f"cannot read {asset.name} of {self.address}: {told}") from None
        return digest.hexdigest()

    # --- changing -------------------------------------------------------------------------------------------

    def _create(self) -> _Release:
        """Make the release (and its tag, at the newest commit), but not the one that GitHub calls the latest."""
        body = {
            "tag_name": self.address.tag,
            "name": self.address.tag,
            "body": "Binaries of an install site.",
            "make_latest": "false",
        }
        answer = self._request("POST", f"{self._path}/releases", "make the release", json=body)
        self._release = _decoded(answer, _Release)
        return self._release

    def _remove_leftover(self, name: str) -> None:
        """Delete the empty file that an interrupted upload leaves: GitHub says that this is safe."""
        asset = self._assets.get(name)
        if asset is not None and asset.state != "uploaded":
            self._request("DELETE", f"{self._path}/releases/assets/{asset.id}", f"remove the rest of {name}")
            del self._assets[name]

    def _has_arrived(self, file: SiteFile) -> bool:
        self._list()
        return self._is_complete(file.path) and self._is_same(file, self._assets[file.path])

    def _check(self, file: SiteFile, asset: _Asset) -> None:
        if asset.name != file.path or not self._is_same(file, asset):
            raise DeployFailed(f"{self.address} stored {asset.name} ({asset.size:,} bytes) for {file.path}")

    # --- requests -------------------------------------------------------------------------------------------

    def _request(self, method: str, path: str, doing: str, *, missing_ok: bool = False, **more: Any) -> _Response:
        """One request that is repeated while GitHub is busy. Raises Refused or DeployFailed."""
        url = path if path.startswith(("https://", "http://")) else self._api + path
        answer = None
        for pause in (*self._pauses, None):
            answer = self._once(method, url, doing, missing_ok=missing_ok, **more)
            if pause is None or not _may_help(answer):
                break
            time.sleep(pause)
        if answer is not None and (answer.is_success or (missing_ok and answer.status == 404)):
            return answer
        raise DeployFailed(f"cannot {doing} ({self.address}): {_trouble(answer)}")

    def _once(self, method: str, url: str, doing: str, *, missing_ok: bool = False, **more: Any) -> _Response | None:
        """None when no answer came. Raises Refused for what another attempt does not change."""
        try:
            # A body cannot be sent twice: only GET follows redirects (a renamed repository has some).
            with self._client.stream(method, url, follow_redirects=method == "GET", **more) as response:
                answer = _read(response)
        except httpx.HTTPError:
            return None
        if answer.status == 401:
            raise Refused(f"cannot {doing}: GitHub does not know this token", "set GITHUB_TOKEN to one that is valid")
        if answer.status == 403 and b"rate limit" not in answer.body.lower():
            raise Refused(f"cannot {doing}: {_trouble(answer)}", "give the token the right to write contents")
        if answer.status == 404 and not missing_ok:
            raise Refused(
                f"cannot {doing}: {self.address.owner}/{self.address.repository} is not there, or the token may not "
                "write to it",
                "check the address of “binaries:”, and give the token the right to write contents",
            )
        return answer


class _Sent:
    """A file on its way; what was counted can be taken back when the attempt failed."""

    def __init__(self, path: Path, advance: Advance) -> None:
        self._path = path
        self._advance = advance
        self._count = 0

    def pieces(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
                self._count += len(piece)
                self._advance(len(piece))

    def take_back(self) -> None:
        self._advance(-self._count)


def _checked(url: str, what: str) -> str:
    """An address that may be sent the token: https, or on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1"):
        raise Refused(f"{what} is no https address", "it would be sent the token")
    return url.rstrip("/")


def _read(response: httpx.Response) -> _Response:
    following = response.links.get("next", {}).get("url", "")
    try:
        body, fault = whole_body(response, LONGEST_ANSWER), ""
    except BadBody as error:
        body, fault = b"", str(error)
    return _Response(response.url.host, response.status_code, body, following, fault)


def _decoded(answer: _Response, type_: type[T]) -> T:
    """What GitHub's answer says; a proxy's page, say, is no answer of GitHub's."""
    try:
        return json_value(answer.body, type_)
    except BadBody as error:
        fault = answer.fault or str(error)
    raise DeployFailed(f"{answer.host} answers something else than GitHub's API: {fault}")


def _may_help(answer: _Response | None) -> bool:
    """Whether the same request may go well a little later."""
    return answer is None or answer.status >= 500 or answer.status == 429


def _trouble(answer: _Response | None) -> str:
    """What GitHub said, in a few words."""
    if answer is None:
        return "no answer"
    try:
        message = json_value(answer.body, _Said).message
    except BadBody:
        message = ""
    return f"HTTP {answer.status}{f': {message}' if message else ''}"
