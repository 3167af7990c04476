"""Where otasite keeps what belongs to a person on this machine, and to no project."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path


def config_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The user's folder for settings of otasite; ``OTASITE_CONFIG_DIR`` names another one."""
    return _folder(environment, platform, "OTASITE_CONFIG_DIR", "XDG_CONFIG_HOME", ".config")


def state_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The user's folder for what otasite remembers; ``OTASITE_STATE_DIR`` names another one."""
    return _folder(environment, platform, "OTASITE_STATE_DIR", "XDG_STATE_HOME", ".local/state")


def _folder(environment: Mapping[str, str], platform: str, own: str, shared: str, usual: str) -> Path:
    """By the habits of each system; on Linux those of the XDG Base Directory Specification.

    Raises ``RuntimeError`` when the system knows no home folder.
    """
    if environment.get(own):
        return Path(environment[own]).absolute()
    home = Path(environment["HOME"]) if environment.get("HOME") else Path.home()
    if platform == "darwin":
        return home / "Library" / "Application Support" / "otasite"
    if platform == "win32":
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "otasite"
    configured = environment.get(shared, "")
    return (Path(configured) if configured.startswith("/") else home / usual) / "otasite"
