"""Start real web servers and hosts' simulators on loopback, with the configuration that otasite writes for them."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.tools import from_npm, program


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def host_tool(package: str, name: str) -> str:
    """The path of a host's simulator from npm, or skip."""
    program("node", "nodejs")
    return str(from_npm("hosting", package).parents[package.count("/")] / ".bin" / name)


@contextmanager
def running(command: list[str], url: str, ca: Path | None, folder: Path, timeout: float = 300) -> Iterator[None]:
    """Run a server until the block ends; enter it when ``url`` answers."""
    log = (folder / "server.log").open("wb")
    environment = os.environ | {
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "CI": "1",
        "WRANGLER_SEND_METRICS": "false",
    }
    process = subprocess.Popen(
        command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder, env=environment, start_new_session=True
    )
    try:
        _wait(process, url, ca, folder / "server.log", timeout)
        yield
    finally:
        _end(process)
        log.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and what it started: they share one process group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, ca: Path | None, log: Path, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    verify = trusting(ca) if ca else True
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            httpx.get(url, verify=verify, timeout=10)
        except httpx.HTTPError:
            time.sleep(0.05)
            continue
        return
    pytest.fail(f"{process.args!r} did not answer:\n{log.read_text(errors='replace')[-3000:]}")


def trusting(ca: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca))
