"""Google's bundletool, which makes an APK for every phone of an app bundle."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

import msgspec

from otasite.binaries.plain_text import shown
from otasite.problems import Refused


def universal_command(bundle: str) -> str:
    """The command, ready to paste, that makes ``App.apks`` with one APK for every phone of ``App.aab``."""
    output = str(PurePath(bundle).with_suffix(".apks").as_posix())
    words = ["bundletool", "build-apks", "--mode=universal", f"--bundle={bundle}", f"--output={output}"]
    return shlex.join(words)


class Keystore(msgspec.Struct, frozen=True):
    """With what bundletool signs. ``password`` opens both the file and the key in it."""

    path: Path
    alias: str
    password: str


@contextmanager
def universal_apks(bundle: Path, tool: Path, keystore: Keystore | None = None) -> Iterator[Path]:
    """The ``.apks`` file that bundletool makes of ``bundle``, for as long as the block lasts. Raises Refused.

    ``tool`` is ``bundletool.jar``, which needs Java, or the launcher that package managers install. Without
    ``keystore`` bundletool takes Android's debug key if there is one, and else signs nothing.
    """
    with tempfile.TemporaryDirectory(prefix="otasite-") as folder:
        output = Path(folder) / f"{bundle.stem}.apks"
        start = ["java", "-jar", str(tool)] if tool.suffix.lower() == ".jar" else [str(tool.absolute())]
        words = ["build-apks", "--mode=universal", f"--bundle={bundle}", f"--output={output}"]
        _run([*start, *words, *_signing(keystore, Path(folder))], tool)
        if not output.is_file():
            raise Refused(f"{tool.name} wrote no APKs of {bundle.name}", "run it by hand to see what it says")
        yield output


def _signing(keystore: Keystore | None, folder: Path) -> list[str]:
    """Options for the key. The password is handed over in a file: a command line can be read by everybody."""
    if keystore is None:
        return []
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(keystore.password, encoding="utf-8")
    return [
        f"--ks={keystore.path}",
        f"--ks-key-alias={keystore.alias}",
        f"--ks-pass=file:{secret}",
        f"--key-pass=file:{secret}",
    ]


def _run(command: list[str], tool: Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    except OSError as error:
        missing = "Java is needed to run it" if command[0] == "java" else "check the path"
        raise Refused(f"{tool.name} cannot be run: {error.strerror or error}", missing) from None
    if done.returncode:
        said = [shown(line) for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        cause = next((line for line in said if "Error" in line), said[-1] if said else "no word")
        raise Refused(f"{tool.name} failed: {cause[:500]}", "run it by hand to see everything that it says")
