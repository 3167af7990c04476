"""The texts of new projects: small, complete, with the editor's schema named in each first line."""

from __future__ import annotations

from otasite.site.reminders import EXAMPLE_DOWNLOADS
from otasite.typed_yaml.writing import scalar

GITIGNORE = "dist/\n.otasite/\n"

#: What a site on GitHub Pages says in site.yaml; its workflow takes the address from GitHub.
ON_GITHUB = """
# Its limits are tested by each build; its workflow knows the address better than base_url.
hosting: github-pages
"""

#: For a machine where otasite is installed; the hook of otasite's repository brings its own.
PRE_COMMIT = """\
repos:
  - repo: local
    hooks:
      - id: otasite-check
        name: otasite check
        entry: otasite check
        language: system
        pass_filenames: false
        files: ^(content|themes|templates|locales)/
"""

_SITE = """\
# yaml-language-server: $schema=../schema/site.json
title: {title}
description: Install our apps straight from this page.
# The https address where this site will live. Manifests and QR codes need it.
base_url: {base_url}

organisation:
  name: Example Company
  contact:
    email: apps@example.com

# The first channel is the one that an app's page shows.
channels:
  stable:
    title: Stable
  beta:
    title: Beta
    keep: 20
"""

_APP = """\
# yaml-language-server: $schema=../../../schema/app.json
name: {title}
subtitle: What it does, in a few words
bundle_id: {bundle_id}
{application_id}description: |
  What people should know before they install it.
# icon: icon.png

# Said once for every release; a release may say otherwise.
defaults:
  ios:
    minimum_os: 16.0
    signing:
      type: ad-hoc
"""

_RELEASE = """\
# yaml-language-server: $schema=../../../../schema/release.json
version: {version}
build: {build}
date: {date}
{channel}notes: |
  What is new.

{platform}:
  {key}: {place}
"""

_PAGE = """\
# Privacy

This site sets no cookie and loads nothing from anybody else.
"""


def site_files(title: str, base_url: str) -> dict[str, str]:
    """A site with one example app that builds as it is."""
    return {
        ".gitignore": GITIGNORE,
        "content/site.yaml": _SITE.format(title=scalar(title), base_url=scalar(base_url)),
        "content/pages/privacy.md": _PAGE,
        **app_files("hello", "Hello", "com.example.hello", None),
        "content/apps/hello/releases/1.0-1.yaml": release_text(
            "1.0", "1", "2026-01-31", None, "ios", ("url", f"{EXAMPLE_DOWNLOADS}/hello/1.0-1/Hello.ipa")
        ),
    }


def app_files(name: str, title: str, bundle_id: str, application_id: str | None) -> dict[str, str]:
    android = f"application_id: {scalar(application_id)}\n" if application_id else ""
    text = _APP.format(title=scalar(title), bundle_id=scalar(bundle_id), application_id=android)
    return {f"content/apps/{name}/app.yaml": text}


def release_text(
    version: str, build: str, date: str, channel: str | None, platform: str, place: tuple[str, str]
) -> str:
    return _RELEASE.format(
        version=scalar(version),
        build=scalar(build),
        date=scalar(date),
        channel=f"channel: {scalar(channel)}\n" if channel else "",
        platform=platform,
        key=place[0],
        place=scalar(place[1]),
    )
