"""What reading one release's file costs, beside other ways to read YAML: ``python -m benchmarks.yaml_reading``.

The figures are microseconds of processor time, the best of many rounds, for a file of 18 lines.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import yaml

from otasite.catalogue.records import ReleaseRecord
from otasite.typed_yaml.composing import PurePythonParser, compose
from otasite.typed_yaml.convert import convert, read_record
from otasite.typed_yaml.reading import read_yaml

SAMPLE = """\
version: 2.14.0
build: 0412
date: 2026-03-31T09:30:00Z
channel: stable
notes: |
  - Faster search
  - Fixes a crash when the map opens
commit: 3f2a9c1
ios:
  file: binaries/Field-2.14.0.ipa
  size: 48211334
  sha256: 0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0
  minimum_os: "16.4"
  signing:
    type: ad-hoc
    team: Example GmbH
    expires: 2027-01-31
    devices: 42
"""
ROUNDS = 60
CALLS = 100


def main() -> None:
    data = SAMPLE.encode()
    document = read_yaml(data, "release.yaml")
    careful = read_yaml(data + b"x-note: free keys take the careful way\n", "release.yaml").text
    ways: dict[str, Callable[[], object]] = {
        "yaml.load, SafeLoader": lambda: yaml.load(SAMPLE, yaml.SafeLoader),
        "yaml.load, CSafeLoader": lambda: yaml.load(SAMPLE, yaml.CSafeLoader),
        "yaml.load, CBaseLoader": lambda: yaml.load(SAMPLE, yaml.CBaseLoader),
        "yaml.parse (events), CBaseLoader": lambda: list(yaml.parse(SAMPLE, yaml.CBaseLoader)),
        "yaml.compose, CBaseLoader": lambda: yaml.compose(SAMPLE, yaml.CBaseLoader),
        "compose": lambda: compose(SAMPLE, "release.yaml"),
        "compose without libyaml": lambda: compose(SAMPLE, "release.yaml", PurePythonParser),
        "read_yaml": lambda: read_yaml(data, "release.yaml"),
        "read_yaml, the careful way": lambda: read_yaml(careful, "release.yaml"),
        "convert": lambda: convert(document, ReleaseRecord),
        "read_record": lambda: read_record(data, "release.yaml", ReleaseRecord),
    }
    for name, way in ways.items():
        print(f"{name:34} {microseconds(way):8.1f} µs")


def microseconds(way: Callable[[], object]) -> float:
    """The time of one call, from the fastest of several rounds."""
    fastest = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(CALLS):
            way()
        fastest = min(fastest, (time.process_time() - start) / CALLS)
    return fastest * 1e6


if __name__ == "__main__":
    main()
