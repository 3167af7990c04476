"""GitHub Pages: a workflow to copy, and the summary of a run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from otasite.hosting.catalogue import SiteCatalogue, built_catalogue
from otasite.outputs.catalogue_json import AppJson
from otasite.site.selection import newest_of

#: Where GitHub looks for it.
WORKFLOW_FILE = ".github/workflows/pages.yml"

_WORKFLOW = """\
# Builds the install site and publishes it on GitHub Pages.
# Once: Settings › Pages › Source › GitHub Actions.
name: Pages

on:
  push:
    branches: [main]
  pull_request:
  workflow_dispatch:

permissions:
  contents: read
  pages: write
  id-token: write

# One deploy at a time; one that has begun is not interrupted.
concurrency:
  group: pages
  cancel-in-progress: false

jobs:
  build:
    runs-on: ubuntu-latest
    env:
      # A long random text of your own: without it, what a cache brings is not believed, and not kept either.
      OTASITE_CACHE_KEY: ${{{{ secrets.OTASITE_CACHE_KEY }}}}
    steps:
      - uses: actions/checkout@v4
        with:
          lfs: true
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
      - id: pages
        uses: actions/configure-pages@v5
      - run: python -I -m pip install {install}
      # What earlier runs converted: Markdown and QR codes. Builds are faster with it, and right without it.
      - if: env.OTASITE_CACHE_KEY != ''
        uses: actions/cache@v4
        with:
          path: .otasite/cache
          key: otasite-${{{{ hashFiles('content/**/*.yaml', 'content/**/*.md') }}}}
          restore-keys: otasite-
      - run: otasite check --format github
      # What is inside of new builds, beside those before them; --fail-on permission,signer,size:10% refuses changes.
      - name: Compare new builds with those before them
        if: github.event.pull_request.base.sha || github.event.before
        env:
          BASE: ${{{{ github.event.pull_request.base.sha || github.event.before }}}}
        run: |
          # A checkout has the newest commit only; a branch that is new has none before it.
          if git fetch --quiet --depth=1 origin "$BASE"; then
            otasite diff --since "$BASE" --format github
          else
            echo "There is no commit $BASE to compare with."
          fi
      - name: Build
        env:
          PAGES_URL: ${{{{ steps.pages.outputs.base_url }}}}
          OTASITE_SECRET: ${{{{ secrets.OTASITE_SECRET }}}}
        # GitHub says http while a domain's certificate is on its way; iOS needs https.
        run: otasite build --base-url "https://${{PAGES_URL#*://}}/"
      - run: otasite hosting check github-pages
      - run: otasite hosting summary
      # Version 4 leaves out files whose names begin with a dot, such as .well-known.
      - uses: actions/upload-pages-artifact@v3
        with:
          path: dist

  deploy:
    if: github.event_name != 'pull_request'
    needs: build
    runs-on: ubuntu-latest
    environment:
      name: github-pages
      url: ${{{{ steps.deployment.outputs.page_url }}}}
    steps:
      - id: deployment
        uses: actions/deploy-pages@v4
"""


def pages_workflow(requirement: str) -> str:
    """The workflow's text; ``requirement`` is what pip installs: see :func:`otasite.hosting.source.requirement`."""
    return _WORKFLOW.format(install=shlex.quote(requirement))


def summary(dist: Path) -> str:
    """Markdown for the page of a workflow's run: the site with its QR code, and each app's newest release.

    Unlisted apps are absent: a run's page has more readers than they have. Raises Refused when nothing was built.
    """
    found = built_catalogue(dist)
    lines = [f"### [{markdown(found.title)}]({found.url})", ""]
    if (dist / "qr.svg").is_file():
        lines += [f'<img src="{found.url}qr.svg" width="160" height="160" alt="QR code of {found.url}">', ""]
    return "\n".join([*lines, *_table(found)]) + "\n"


def _table(found: SiteCatalogue) -> list[str]:
    rows = ["| app | newest | |", "| --- | --- | --- |"]
    for app in found.apps:
        rows.append(f"| {markdown(app.name)} | {markdown(_newest(app) or '–')} | [page]({app.url}) |")
    return rows


def _newest(app: AppJson) -> str:
    """The app's newest release; two when its platforms have their newest builds in different ones."""
    if not app.releases:
        return ""
    newest = newest_of([release for release in app.releases if release.channel == app.releases[0].channel])
    return "; ".join(f"{release.version} ({release.build}), {release.date[:10]}" for release in newest.releases)


#: What Markdown, or GitHub afterwards, makes more of than text: emphasis, code, links, tags, tables, entities,
#: addresses that become links by themselves.
_MARKUP = re.compile(r"[\\`*_\[\]<>|~&!:]|(?<=www)\.", re.IGNORECASE)
#: Someone who is mentioned, an issue that is named: GitHub looks for those in what Markdown made, so that only a
#: letter between helps. A word joiner (U+2060) has no width and breaks no line.
_MENTION = re.compile("[@#]")


def markdown(text: str) -> str:
    """``text`` on one line of GitHub's Markdown, where nothing in it becomes markup, a link or a mention."""
    return _MENTION.sub("\\\\\\g<0>\u2060", _MARKUP.sub(r"\\\g<0>", " ".join(text.split())))
