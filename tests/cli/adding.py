"""A project and binaries for tests of ``otasite add``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from otasite.cli import cli
from otasite.typed_yaml.reading import read_yaml
from tests.binaries import apks, apple
from tests.binaries.apple import icon
from tests.binaries.ipas import info_values, primary, write_ipa
from tests.projects import Sandbox

SITE = "title: Apps\nbase_url: https://apps.example.org/x\nchannels:\n  stable: {}\n  beta: {}\n"
#: Everything signed here is valid for long after any day these tests run.
LATER = apple.EXPIRES.replace(year=2099, tzinfo=None)
RELEASE = "content/apps/example-app/releases/1.10-0123.yaml"


def signed_profile(kind: str = "ad-hoc", **changes: Any) -> bytes:
    certificate = apple.lasting_certificate().public_bytes(Encoding.DER)
    return apple.profile(kind, **{"ExpirationDate": LATER, "DeveloperCertificates": [certificate]} | changes)


def ipa(sandbox: Sandbox, name: str = "Example.ipa", extra: dict[str, bytes] | None = None, **keys: Any) -> Path:
    files = {"Icon60x60@3x.png": icon(180)} | (extra or {})
    info = info_values(**({"CFBundleIcons": primary("Icon60x60")} | keys))
    return write_ipa(
        sandbox.root.parent / name, files, info=info, profile=signed_profile(), signer=apple.lasting_certificate()
    )


def apk(sandbox: Sandbox, **keys: Any) -> Path:
    root = apks.manifest(sdk={"minSdkVersion": 26, "targetSdkVersion": 29}, **keys)
    return apks.write_apk(sandbox.root.parent / "Example.apk", apks.jar_signature(apple.signed(b"x")), root=root)


def add(sandbox: Sandbox, *words: str | Path, text: str | None = None, **environment: str) -> Result:
    arguments = ["add", "-C", str(sandbox.root), *(str(word) for word in words)]
    return CliRunner().invoke(cli, arguments, input=text, env=environment)


def added(sandbox: Sandbox, *words: str | Path, **more: Any) -> dict[str, Any]:
    """The first item of the JSON answer; the command must succeed."""
    result = add(sandbox, *words, "--json", **more)
    assert result.exit_code == 0, result.output + repr(result.exception)
    item: dict[str, Any] = json.loads(result.stdout)["added"][0]
    return item


def refusal(result: Result) -> str:
    assert result.exception is not None and not isinstance(result.exception, SystemExit), result.output
    return str(result.exception)


def yaml(sandbox: Sandbox, path: str = RELEASE) -> dict[str, Any]:
    return read_yaml((sandbox.root / path).read_bytes(), path).value


def release_files(sandbox: Sandbox) -> list[str]:
    return sorted(path.name for path in (sandbox.root / "content/apps/example-app/releases").glob("*.yaml"))


def apk_of_another_key(sandbox: Sandbox, **keys: Any) -> Path:
    builder = PKCS7SignatureBuilder().set_data(b"x")
    builder = builder.add_signer(apple.lasting_certificate(), apple.signing_key(), SHA256())
    root = apks.manifest(sdk={"minSdkVersion": 26, "targetSdkVersion": 29}, **keys)
    signature = apks.jar_signature(builder.sign(Encoding.DER, [PKCS7Options.Binary]))
    return apks.write_apk(sandbox.root.parent / "Other.apk", signature, root=root)
