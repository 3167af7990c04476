"""Projects with binaries that outputs can name."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.binaries import apple
from tests.binaries.apks import Tag, manifest, v2_block, with_signing_block, write_apk
from tests.projects import APP, SITE, Sandbox, example

ANDROID_APP = APP.replace("com.example.app", "com.example.app\napplication_id: com.example.app")


@cache
def certificate() -> bytes:
    """One signer for all APKs of a run: the key is made anew each time."""
    return apple.certificate("Example Release")


def own_apk(
    sandbox: Sandbox,
    version: str = "1.10",
    code: int = 42,
    *,
    app: str = "notes",
    channel: str = "stable",
    date: str = "2026-05-09",
    notes: str = "Notes of *{version}*.",
    identifier: str = "com.example.app",
) -> Path:
    """Put a signed .apk with a release of an app that names it."""
    name = f"{version}-{code}"
    path = sandbox.write(f"content/apps/{app}/releases/{name}.apk", b"")
    described = manifest(package=identifier, versionName=version, versionCode=code)
    camera = Tag("uses-permission", {"name": "android.permission.CAMERA"})
    described = replace(described, children=[*described.children, camera])
    write_apk(path, {"lib/arm64-v8a/libexample.so": b"\x7fELF"}, root=described)
    block = v2_block(certificate())
    path.write_bytes(with_signing_block(path.read_bytes(), {0x7109871A: block}))
    sandbox.write(
        f"content/apps/{app}/releases/{name}.yaml",
        f"version: '{version}'\nbuild: '{code}'\ndate: {date}\nchannel: {channel}\n"
        f"notes: |\n  {notes.format(version=version)}\nandroid:\n  file: {name}.apk\n  identifier: {identifier}\n",
    )
    return path


def android_example(root: Path, outputs: str, app: str = "") -> Sandbox:
    """A project with two Android releases in the default channel and one in another."""
    sandbox = example(root)
    sandbox.write("content/site.yaml", SITE + f"outputs: {outputs}\n")
    sandbox.write("content/apps/notes/app.yaml", ANDROID_APP + app)
    own_apk(sandbox, "1.9", 41, date="2026-05-08")
    own_apk(sandbox, "1.10", 42)
    own_apk(sandbox, "2.0", 50, channel="beta", date="2026-05-10")
    return sandbox
