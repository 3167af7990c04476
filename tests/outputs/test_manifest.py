"""Manifests are what plistlib writes, whether it wrote them or not."""

from __future__ import annotations

import plistlib

from hypothesis import given, settings
from hypothesis import strategies as st

from otasite.outputs.manifest import ManifestInput, manifest_bytes

TEXT = st.text("ab&<>'\"\n\t “ü”0{}\ue000\ue0013", max_size=6)


@settings(max_examples=200)
@given(st.lists(TEXT, min_size=7, max_size=7), st.none() | st.integers(1, 2**40), st.lists(TEXT, max_size=3))
def test_a_manifest_is_byte_for_byte_what_plistlib_writes(
    texts: list[str], size: int | None, chunks: list[str]
) -> None:
    package, display, full, identifier, build, title, subtitle = texts
    written = manifest_bytes(
        ManifestInput(
            package_url=package,
            display_image_url=display,
            full_size_image_url=full,
            identifier=identifier,
            build=build,
            title=title,
            subtitle=subtitle,
            chunk_size=size,
            chunks=tuple(chunks),
        )
    )
    asset: dict[str, object] = {"kind": "software-package", "url": package}
    if size and chunks:
        asset |= {"sha256-size": size, "sha256s": chunks}
    metadata = {"bundle-identifier": identifier, "bundle-version": build, "kind": "software", "title": title}
    metadata["platform-identifier"] = "com.apple.platform.iphoneos"
    if subtitle:
        metadata["subtitle"] = subtitle
    pictures = [{"kind": "display-image", "url": display}, {"kind": "full-size-image", "url": full}]
    assert written == plistlib.dumps({"items": [{"assets": [asset, *pictures], "metadata": metadata}]})
