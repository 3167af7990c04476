"""``hosting:`` in its three forms, and what can be wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from otasite.catalogue.load import Loader
from otasite.catalogue.sources import Sources
from otasite.hosts.names import Host
from otasite.outputs.registry import output_kinds
from tests.projects import SITE, Sandbox, example


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def hosts(sandbox: Sandbox, text: str) -> tuple[Host, ...]:
    sandbox.write("content/site.yaml", SITE + text)
    loader = Loader(Sources(sandbox.root), output_kinds())
    site = loader.site()
    assert not loader.findings.problems
    return site.hosting


def test_one_a_list_or_a_mapping(sandbox: Sandbox) -> None:
    assert hosts(sandbox, "") == ()
    assert hosts(sandbox, "hosting: netlify\n") == (Host(name="netlify"),)
    assert hosts(sandbox, "hosting: [nginx, s3]\n") == (Host(name="nginx"), Host(name="s3"))
    both = hosts(sandbox, "hosting:\n  s3:\n  cloudflare-pages: {plan: paid}\n")
    assert set(both) == {Host(name="s3"), Host(name="cloudflare-pages", plan="paid")}


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("hosting: github\n", "content/site.yaml:8:10: bad-value"),
        ("hosting: [netlify, github-page]\n", "content/site.yaml:8:20: bad-value"),
        ("hosting: {netlfy: {plan: free}}\n", "content/site.yaml:8:11: bad-value"),
        ("hosting: {netlify: {plan: gold}}\n", "content/site.yaml:8:27: bad-value"),
        ("hosting: {netlify: {site: x}}\n", "content/site.yaml:8:21: unknown-key"),
        ("hosting: [netlify, netlify]\n", "content/site.yaml:8:20: duplicate-host"),
    ],
)
def test_mistakes(sandbox: Sandbox, text: str, mistake: str) -> None:
    sandbox.write("content/site.yaml", SITE + text)
    assert sandbox.mistakes() == [mistake]


def test_a_channel_needs_no_settings(sandbox: Sandbox) -> None:
    """A key without a value is a mapping without keys here, not something to be left out."""
    sandbox.write("content/site.yaml", "title: Apps\nchannels:\n  stable:\n  beta: {keep: 3}\n  nightly:\n")
    site = Loader(Sources(sandbox.root), output_kinds()).site()
    assert [(channel.id, channel.title, channel.keep) for channel in site.channels] == [
        ("stable", "Stable", None),
        ("beta", "Beta", 3),
        ("nightly", "Nightly", None),
    ]
