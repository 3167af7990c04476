"""The tutorial, followed word for word by a shell: every console block, in its order, with real binaries."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.binaries import apple
from tests.binaries.apks import v2_block, with_signing_block, write_apk
from tests.hosting.authority import Authority
from tests.hosting.live_server import LiveServer
from tests.hosting.live_site import ipa

pytestmark = pytest.mark.slow

TUTORIAL = (Path(__file__).resolve().parent.parent / "docs/tutorial/first-page.md").read_text("utf-8")
ADDRESS = "https://apps.example.com/"
#: The block in which an APK carries signatures of scheme v2.
V2 = 0x7109871A
#: The command that goes on until somebody stops it.
SERVE = "otasite serve --open"


def commands(kind: str) -> list[str]:
    """The lines to type of every block of this kind."""
    blocks = re.findall(rf"^```{kind}\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


class Reader:
    """Somebody who types what the tutorial says, in one shell."""

    def __init__(self, home: Path) -> None:
        self.folder = home
        scripts = Path(sys.executable).parent
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OTASITE_")},
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "BROWSER": "true",
        }

    def types(self, line: str) -> str:
        words = shlex.split(line)
        if words[0] == "cd":
            self.folder /= words[1]
            return ""
        if line == SERVE:
            return self._looks_at(line)
        done = subprocess.run(
            line, shell=True, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def _looks_at(self, line: str) -> str:
        """Start the preview, read its front page, and stop it."""
        command = [*shlex.split(line), "--port", "0"]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as preview:
            assert preview.stdout is not None
            try:
                address = next(found[0] for text in preview.stdout if (found := re.search(r"http://\S+", text)))
                with urlopen(address, timeout=30) as page:
                    return str(page.read().decode())
            finally:
                preview.terminate()
                preview.communicate(timeout=30)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Has followed the tutorial to the end of its console blocks."""
    home = tmp_path_factory.mktemp("reader")
    reader = Reader(home)
    for line in commands("console"):
        said = reader.types(line)
        if line.startswith("otasite new site"):
            project = home / line.split()[-1]
            ipa(project / "App.ipa")
            apk = write_apk(project / "App.apk")
            apk.write_bytes(with_signing_block(apk.read_bytes(), {V2: v2_block(apple.certificate("Example"))}))
        if line == SERVE:
            assert "Example App" in said
    return reader


def test_every_command_works_as_written(reader: Reader) -> None:
    pages = sorted(path.relative_to(reader.folder).as_posix() for path in reader.folder.glob("dist/*/index.html"))
    assert len([page for page in pages if page.split("/")[1] not in ("help", "assets")]) >= 1
    assert not (reader.folder / "content/apps/hello").exists()
    assert list(reader.folder.glob("dist/*/*/manifest.plist"))


def test_the_phone_would_install_from_what_was_built(reader: Reader, tmp_path: Path) -> None:
    """What stands after the console blocks: the site on a host, and ``verify``."""
    authority = Authority(tmp_path)
    server = LiveServer(authority.issue())
    try:
        settings = reader.folder / "content/site.yaml"
        settings.write_text(
            re.sub(r"^base_url:.*$", f"base_url: {server.url}", settings.read_text("utf-8"), flags=re.M)
        )
        reader.types("otasite build")
        server.load(reader.folder / "dist")
        verify = next(line for line in commands("sh") if line.startswith("otasite verify"))
        line = f"{verify.replace(ADDRESS, server.url)} --ca {shlex.quote(str(authority.root))}"
        assert "nothing amiss" in reader.types(line)
    finally:
        server.close()
