"""An S3 store on loopback and a site to put there, in an older and a newer version."""

from __future__ import annotations

import hashlib
import os
import signal
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from otasite.hosting.deploy.run import DeployRequest, deploy
from otasite.hosting.deploy.uploads import Deployed
from otasite.hosting.verify.html import read_page
from tests.hosting.live_site import ipa
from tests.projects import SITE, Sandbox

BUCKET = "install-site"
#: A name that the record of a deploy may have.
RECORD = f".otasite-deploy-{'5' * 32}.json"
#: What the site's own address is; pages link relatively, manifests absolutely.
BASE = "https://apps.example.net/"

RELEASE = """\
version: "{version}"
build: "{build}"
date: 2026-05-{build:0>2}
channel: stable
ios:
  file: notes-{build}.ipa
"""


def two_versions(root: Path) -> tuple[Path, Path]:
    """Two builds of one project: in the newer one a release came, one went, and the texts changed."""
    sandbox = Sandbox(root / "project")
    sandbox.write("content/site.yaml", SITE.replace("example.com", "example.net") + "outputs: [badges, management]\n")
    sandbox.write("content/apps/notes/app.yaml", "name: Notes\nsubtitle: First\nbundle_id: com.example.app\n")
    releases = sandbox.root / "content/apps/notes/releases"
    for build in (1, 2):
        write_release(sandbox, build)
    sandbox.build(out=root / "old")
    (releases / "1.1.yaml").unlink()
    write_release(sandbox, 3)
    sandbox.write("content/apps/notes/app.yaml", "name: Notes\nsubtitle: Second\nbundle_id: com.example.app\n")
    sandbox.build(out=root / "new")
    return root / "old", root / "new"


def write_release(sandbox: Sandbox, build: int) -> None:
    """Release 1.<build> of “notes” with an IPA of its own."""
    folder = sandbox.root / "content/apps/notes/releases"
    folder.mkdir(parents=True, exist_ok=True)
    ipa(folder / f"notes-{build}.ipa", version=f"1.{build}", build=str(build), filler=20_000 + build)
    (folder / f"1.{build}.yaml").write_text(RELEASE.format(version=f"1.{build}", build=build))


class Store:
    """A bucket on moto's server, looked at with boto3 alone."""

    def __init__(self, url: str, bucket: str = BUCKET) -> None:
        self.url = url
        self.bucket = bucket
        self.client: Any = boto3.client("s3", endpoint_url=url, config=Config(retries={"max_attempts": 1}))
        self.client.create_bucket(Bucket=bucket)

    def keys(self) -> dict[str, str]:
        """Every object and the MD5 of its bytes, without the record."""
        listing = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", ())
        return {item["Key"]: item["ETag"].strip('"') for item in listing if ".otasite-deploy-" not in item["Key"]}

    def record(self) -> str:
        """The key of the one record of what was deployed."""
        listing = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", ())
        (key,) = [item["Key"] for item in listing if ".otasite-deploy-" in item["Key"]]
        return str(key)

    def read(self, key: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def put(self, key: str, body: bytes = b"foreign") -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body)

    def deploy(self, dist: Path, prefix: str = "", **more: Any) -> Deployed:
        (done,) = deploy(self.request(dist, prefix, **more), lambda done, total: None)
        return done

    def request(self, dist: Path, prefix: str = "", **more: Any) -> DeployRequest:
        more = {"endpoint_url": self.url, **more}
        return DeployRequest(dist=dist, destination=f"s3://{self.bucket}/{prefix}", **more)


def uploaded_files(dist: Path) -> dict[str, bytes]:
    """What the store should hold for a build."""
    skipped = {"_headers", ".nojekyll"}
    files = (path for path in dist.rglob("*") if path.is_file() and path.name not in skipped)
    return {path.relative_to(dist).as_posix(): path.read_bytes() for path in files}


def digests(dist: Path) -> dict[str, str]:
    """What :meth:`Store.keys` should say after a deploy of this build."""
    return {path: hashlib.md5(body).hexdigest() for path, body in uploaded_files(dist).items()}


def bodies(*dists: Path) -> dict[str, bytes]:
    """Every file of these builds by what :meth:`Store.keys` says of it, so that nothing need be fetched."""
    return {hashlib.md5(body).hexdigest(): body for dist in dists for body in uploaded_files(dist).values()}


def broken_links(objects: dict[str, bytes]) -> list[str]:
    """Whatever a visitor can reach from the front page, or a server from a manifest, and does not find."""
    broken = [
        f"{key} → {url}"
        for key, body in objects.items()
        if key.endswith("/manifest.plist")
        for url in _named_by(body)
        if url.startswith(BASE) and url.removeprefix(BASE) not in objects
    ]
    seen: set[str] = set()
    waiting = ["index.html"] if "index.html" in objects else []
    while waiting:
        key = waiting.pop()
        page = read_page(objects[key], BASE + key.removesuffix("index.html"))
        for address in (*page.links, *page.files, *_installed(objects, page.installs, broken)):
            if not address.startswith(BASE):
                continue
            target = address.removeprefix(BASE)
            target = f"{target}index.html" if not target or target.endswith("/") else target
            if target not in objects:
                broken.append(f"{key} → {target}")
            elif target.endswith(".html") and target not in seen:
                seen.add(target)
                waiting.append(target)
    return broken


def _installed(objects: dict[str, bytes], installs: tuple[tuple[str, str], ...], broken: list[str]) -> list[str]:
    """The manifests that a page installs, and everything those name."""
    from otasite.hosting.verify.html import link_parameters

    found = []
    for href, _ in installs:
        manifest = link_parameters(href)["url"]
        found.append(manifest)
        body = objects.get(manifest.removeprefix(BASE))
        if body is not None:
            found += _named_by(body)
    return found


def _named_by(manifest: bytes) -> list[str]:
    import plistlib

    return [asset["url"] for item in plistlib.loads(manifest)["items"] for asset in item["assets"]]


def deploy_until_killed(request: DeployRequest, requests: int) -> None:
    """In a process of its own: deploy, and die without a word when the n-th request is about to be sent."""
    import itertools

    from botocore.httpsession import URLLib3Session

    counter = itertools.count(1)
    send = URLLib3Session.send

    def counted(self: Any, request: Any) -> Any:
        if next(counter) > requests:
            os.kill(os.getpid(), signal.SIGKILL)
        return send(self, request)

    URLLib3Session.send = counted
    deploy(request, lambda done, total: None)
