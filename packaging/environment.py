"""Make an environment, install this checkout into it, and say what happens.

``python3 packaging/environment.py [--venv FOLDER] [EXTRA …]``; the folder is ``.venv`` unless told otherwise.

What ``make`` does first. It runs where nothing is installed yet, on a Python that may be too old for otasite: so it
imports nothing but the standard library, and keeps to what Python 3.6 can read.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

OLDEST = (3, 11)
PROJECT = Path(__file__).resolve().parent.parent
#: Seconds between two signs of life.
HEARTBEAT = 10
PLAIN = "some 35 packages, 35 MB; 10 to 60 seconds"
WITH_TESTS = "some 100 packages, 150 MB; one to three minutes"

_NO_ANSWER = re.compile(
    r"Temporary failure in name resolution|Name or service not known|nodename nor servname provided"
    r"|getaddrinfo failed|No route to host|Network is unreachable|Connection refused|Connection reset by peer"
    r"|actively refused|Cannot connect to proxy|Tunnel connection failed: [^'\")]+|certificate verify failed"
    r"|timed out"
)
_CANNOT_BUILD = re.compile(r"Failed building (?:wheel|editable) for ([\w.-]+)|Failed to build '?([\w.-]+)")


class CannotInstall(Exception):
    """The sentence that a person needs."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", default=".venv", help="the folder, below that of the project")
    parser.add_argument("extras", nargs="*", metavar="EXTRA", help="of pyproject.toml, such as test")
    chosen = parser.parse_args()
    try:
        need_a_new_enough_python()
        environment = Environment(chosen.venv)
        environment.make()
        environment.bring_pip()
        environment.install(chosen.extras)
    except CannotInstall as error:
        return f"otasite is not installed: {error}"
    except KeyboardInterrupt:
        return "Interrupted. Run make again: what is half done is done anew."
    return None


def say(text):
    print(text, flush=True)


def need_a_new_enough_python():
    """Go on with a newer Python when this one is too old and another is here."""
    if sys.version_info >= OLDEST:
        return
    names = [f"python3.{minor}" for minor in range(30, OLDEST[1] - 1, -1)]
    newer = next((found for found in map(shutil.which, names) if found), None)
    this = "{} is Python {}.{}".format(sys.executable, *sys.version_info)
    if newer is None:
        raise CannotInstall(
            f"{this}; it needs 3.11 or newer. Install one and name it: make PYTHON=/path/to/python3.13"
        )
    say(f"{this}, and otasite needs 3.11: going on with {newer}")
    os.execv(newer, [newer, *sys.argv])


class Environment:
    """A virtual environment, as yet perhaps missing, half made or broken."""

    def __init__(self, name):
        self.name = name
        self.folder = PROJECT / name
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        #: There while the environment is being made: what an interruption leaves behind is made anew.
        self.unfinished = self.folder / ".unfinished"
        self.log = self.folder / "install.log"

    def make(self):
        """Make the environment, unless there is one that works."""
        if not self.unfinished.exists() and self.succeeds("-c", ""):
            if not self.succeeds("-c", f"import sys; sys.exit(sys.version_info < {OLDEST})"):
                raise CannotInstall(f"{self.name} is of a Python before 3.11. {self._start_anew()}")
            return
        try:
            import ensurepip  # noqa: F401 – Debian has it in a package of its own
            import venv
        except ImportError:
            package = "python{}.{}-venv".format(*sys.version_info)
            raise CannotInstall(
                f"{sys.executable} cannot make virtual environments. On Debian and Ubuntu: apt-get install {package}"
            ) from None
        why = " anew: the old one is not complete, or its Python is gone" if self.folder.exists() else ""
        say(f"Making {self.name} with Python " + "{}.{}.{}".format(*sys.version_info) + why)
        builder = venv.EnvBuilder(symlinks=os.name != "nt")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            builder.clear_directory(str(self.folder))
            self.unfinished.touch()
            builder.create(str(self.folder))
        except OSError as error:
            raise CannotInstall(f"{self.name} cannot be made: {error}") from None

    def bring_pip(self):
        """Put pip into the environment where it is missing: other tools make environments without it."""
        if not self.unfinished.exists() and self.succeeds("-m", "pip", "--version"):
            return
        if not self.unfinished.exists():
            say(f"There is no pip in {self.name}: putting it there")
        if not self.succeeds("-m", "ensurepip", "--default-pip"):
            raise CannotInstall(
                f"there is no pip in {self.name}, and its Python cannot bring one. {self._start_anew()}"
            )
        if self.unfinished.exists():
            self.unfinished.unlink()

    def install(self, extras):
        """Install the checkout, with a sign of life now and then."""
        what = f"{PROJECT}[{','.join(extras)}]" if extras else str(PROJECT)
        size, whose = (WITH_TESTS, "what it and its tests need") if "test" in extras else (PLAIN, "what it needs")
        say(f"Installing otasite and {whose} into {self.name}: {size}")
        begun = time.monotonic()
        lines = []
        if "test" in extras and self._has_uv():
            if not self._run(
                ["uv", "pip", "install", "--python", str(self.python), "--editable", what], begun, lines
            ):
                return say(f"Installed in {time.monotonic() - begun:.0f} seconds")
            say(f"uv could not install it, which pip now tries. uv said: {lines[-1] if lines else 'nothing'}")
        options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
        if self._run(["pip", "install", *options, "--editable", what], begun, lines):
            raise CannotInstall(f"{reason(lines)} All that pip said: {self.name}/{self.log.name}")
        return say(f"Installed in {time.monotonic() - begun:.0f} seconds")

    def _has_uv(self):
        """Fetch uv, which installs what tests need in a tenth of pip's time; without it, pip does."""
        quickly = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1", "--timeout", "20"]
        return self.succeeds("-m", "pip", "install", *quickly, "--only-binary", ":all:", "uv")

    def succeeds(self, *words):
        """Whether the environment's Python ends well when it is called with ``words``."""
        silent = subprocess.DEVNULL
        try:
            return subprocess.call([str(self.python), *words], stdin=silent, stdout=silent, stderr=silent) == 0
        except OSError:
            return False

    def _start_anew(self):
        return f"Delete it and run make again: rm -rf {self.name}"

    def _run(self, words, begun, lines):
        """Let a module of the environment work; how it ended. What it says comes into ``lines`` and the log."""
        lines.clear()
        environment = dict(os.environ, PYTHONUNBUFFERED="1", PIP_USER="0")
        for theirs, ours in (("PIP_CONSTRAINT", "UV_CONSTRAINT"), ("PIP_CERT", "SSL_CERT_FILE")):
            if theirs in os.environ:
                environment.setdefault(ours, os.environ[theirs])
        process = subprocess.Popen(
            [str(self.python), "-m", *words],
            cwd=str(PROJECT),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        reader = threading.Thread(target=self._keep, args=(process.stdout, lines), daemon=True)
        reader.start()
        try:
            while reader.is_alive():
                reader.join(HEARTBEAT)
                if reader.is_alive() and lines:
                    say(f"{time.monotonic() - begun:5.0f} s: {lines[-1]:.90}")
            return process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise

    def _keep(self, stream, lines):
        with self.log.open("w", encoding="utf-8") as log:
            for line in stream:
                log.write(line)
                lines.append(line.strip())


def reason(lines):
    """Why pip failed, and what to do, in the words of a person."""
    text = "\n".join(lines)
    if "No space left on device" in text:
        return "the disk is full."
    silent = _NO_ANSWER.search(text)
    if silent:
        return (
            f"the package index does not answer ({silent.group()}). Check the network, or name a proxy (HTTPS_PROXY) "
            "or another index (PIP_INDEX_URL), and run make again."
        )
    unbuilt = _CANNOT_BUILD.search(text)
    if unbuilt:
        return (
            f"{unbuilt.group(1) or unbuilt.group(2)} has no ready-made package for this system, and building it "
            "failed; a C compiler and Python's headers may help."
        )
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip ended without a word"])[-1] + "."


if __name__ == "__main__":
    sys.exit(main())
