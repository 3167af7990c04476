"""What a host would refuse of a site that is right in itself."""

from __future__ import annotations

from typing import Final

from otasite.problems.codes import Code

_ELSEWHERE = "Let binaries live elsewhere: “binaries: base_url:” in site.yaml, or “url:” instead of “file:”."

CODES: Final[tuple[Code, ...]] = (
    Code(
        "host-changes-case",
        "The host leads addresses with capital letters to others in small letters.",
        "Write small letters, or turn that off in the host's settings.",
        "warning",
        since="0.2.0",
    ),
    Code("host-file-too-large", "A file is larger than the host takes, or takes well.", _ELSEWHERE, "either"),
    Code("host-refuses-binaries", "The host takes no .ipa and .apk files.", _ELSEWHERE),
    Code(
        "host-site-too-large",
        "The site is larger than the host takes.",
        f"{_ELSEWHERE} Or keep fewer releases (“keep:”).",
    ),
    Code(
        "host-too-many-files",
        "The site has more files than the host takes.",
        "Keep fewer releases per channel (“keep:” in site.yaml).",
    ),
)
