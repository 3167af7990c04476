"""XML as bytes, built as a tree."""

from __future__ import annotations

from xml.etree import ElementTree as ET


def child_of(parent: ET.Element, tag: str, text: str) -> ET.Element:
    """A new element with text below another."""
    node = ET.SubElement(parent, tag)
    node.text = text
    return node


def xml_bytes(root: ET.Element) -> bytes:
    """A document with its declaration, in UTF-8."""
    xml: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"
