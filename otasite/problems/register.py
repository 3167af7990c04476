"""All codes of problems, found by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from otasite.problems.codes import Code, binaries, builds, catalogue, commands, hosts, site, themes, verify, yaml

#: Subject → its codes, in the order of the documentation.
SUBJECTS: Final[Mapping[str, tuple[Code, ...]]] = {
    "YAML": yaml.CODES,
    "Catalogue": catalogue.CODES,
    "Binaries": binaries.CODES,
    "Builds": builds.CODES,
    "Site": site.CODES,
    "Themes and languages": themes.CODES,
    "Hosts": hosts.CODES,
    "Commands": commands.CODES,
    "otasite verify": verify.CODES,
}

REGISTER: Final[Mapping[str, Code]] = {code.name: code for codes in SUBJECTS.values() for code in codes}
