"""Android's XML in either of its two compiled forms: that of an APK, and that of an app bundle."""

from __future__ import annotations

from otasite.binaries import app_bundle, axml
from otasite.binaries.axml import Element

#: Both forms are read up to this size.
MAX_BYTES = axml.MAX_BYTES
#: How a message begins whose first field, the outermost element, is another message.
_MESSAGE = b"\x0a"


def read_xml(data: bytes) -> list[Element]:
    """All elements in document order. Raises :class:`~otasite.binaries.unreadable.Unreadable`."""
    return app_bundle.read_xml(data) if data.startswith(_MESSAGE) else axml.read_xml(data)
