"""What F-Droid's own code makes of the repository.

These tests need an environment with fdroidserver (``OTASITE_FDROIDSERVER`` is its Python) and a JDK's ``jarsigner``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from otasite.binaries.inspect import inspect_binary
from otasite.hosts.repository_key import read_key
from otasite.outputs.jar import signed_jar
from tests.outputs.fdroid import REPO, pem, publish, repository_site
from tests.outputs.projects import own_apk
from tests.projects import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return repository_site(tmp_path)


READ = """
import json, sys
from fdroidserver import common, index
from fdroidserver.exception import VerificationException
jarsigner, what, *rest = sys.argv[1:]
common.config = {"jarsigner": jarsigner, "cachedir": "."}
try:
    if what == "jar":
        entry, _, fingerprint = index.get_index_from_jar(*rest)
        found = {"entry": entry, "fingerprint": fingerprint}
    else:
        found = {"index": index.download_repo_index_v2(*rest)[0]}
except VerificationException as error:
    found = {"refused": str(error).splitlines()[0]}
print(json.dumps(found))
"""


@pytest.fixture
def oracle(tmp_path: Path) -> Any:
    """fdroidserver's reader: what it finds in a JAR (“jar”) or at an address (“repository”), or why it refuses."""
    python, jarsigner = os.environ.get("OTASITE_FDROIDSERVER", ""), shutil.which("jarsigner")
    if not python or jarsigner is None:
        pytest.skip("needs OTASITE_FDROIDSERVER (the Python of an environment with fdroidserver) and jarsigner (JDK)")

    def read(*what: str | Path) -> dict[str, Any]:
        command = [python, "-c", READ, jarsigner, *map(str, what)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    return read


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server on this machine that has a folder's files."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_fdroidserver_reads_back_what_the_apks_are(sandbox: Sandbox, oracle: Any) -> None:
    """Followed as a client follows it: from the address with the fingerprint to every APK."""
    own_apk(sandbox, "2.1", 51, channel="beta", date="2026-05-11", identifier="com.example.app.beta")
    publish(sandbox)
    fingerprint = read_key(pem()).fingerprint
    with served(sandbox.dist) as address:
        packages = oracle("repository", f"{address}/fdroid/repo?fingerprint={fingerprint}")["index"]["packages"]
        refused = oracle("repository", f"{address}/fdroid/repo?fingerprint={'ab' * 32}")["refused"]
        changed = sandbox.dist / REPO / "index-v2.json"
        changed.write_bytes(changed.read_bytes().replace(b"1.10", b"1.11"))
        assert (
            "does not match entry"
            in oracle("repository", f"{address}/fdroid/repo?fingerprint={fingerprint}")["refused"]
        )
    assert "fingerprint does not match" in refused
    read = [
        (
            identifier,
            version["manifest"]["versionName"],
            version["manifest"]["versionCode"],
            sha256,
            version["file"]["sha256"],
            version["file"]["size"],
            hashlib.sha256(
                (sandbox.dist / REPO / version["file"]["name"].removeprefix("/")).read_bytes()
            ).hexdigest(),
        )
        for identifier, package in packages.items()
        for sha256, version in package["versions"].items()
    ]
    files = [inspect_binary(path) for path in (sandbox.root / "content").rglob("*.apk")]
    assert len(files) == 4
    assert sorted(read) == sorted(
        (file.identifier, file.version, int(file.build), file.sha256, file.sha256, file.size, file.sha256)
        for file in files
    )


@pytest.mark.slow
def test_fdroidserver_takes_the_index_and_reads_it_back(sandbox: Sandbox, oracle: Any) -> None:
    publish(sandbox)
    fingerprint = read_key(pem()).fingerprint
    found = oracle("jar", sandbox.dist / REPO / "entry.jar", fingerprint)
    assert found["fingerprint"].lower() == fingerprint
    named = found["entry"]["index"]
    data = (sandbox.dist / REPO / named["name"].removeprefix("/")).read_bytes()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (named["sha256"], named["size"])
    assert named["numPackages"] == len(json.loads(data)["packages"]) == 1
    assert (found["entry"]["version"], found["entry"]["timestamp"]) == (20002, json.loads(data)["repo"]["timestamp"])


@pytest.mark.slow
def test_fdroidserver_refuses_another_fingerprint(sandbox: Sandbox, oracle: Any) -> None:
    publish(sandbox)
    assert "fingerprint does not match" in oracle("jar", sandbox.dist / REPO / "entry.jar", "ab" * 32)["refused"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", ["entry.json", "META-INF/MANIFEST.MF", "META-INF/OTASITE.SF", "META-INF/OTASITE.RSA"]
)
def test_fdroidserver_refuses_a_changed_index(tmp_path: Path, oracle: Any, part: str) -> None:
    key = read_key(pem())
    good = tmp_path / "good.jar"
    good.write_bytes(signed_jar("entry.json", b'{"timestamp": 1}', key))
    assert "entry" in oracle("jar", good, key.fingerprint)
    bad = tmp_path / "bad.jar"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[:-9] + bytes([data[-9] ^ 1]) + data[-8:] if name == part else data)
    assert "refused" in oracle("jar", bad, key.fingerprint)
