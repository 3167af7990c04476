"""What stands inside an Android App Bundle (.aab): manifest and resource table as Protocol Buffers.

The same things as in an APK in another form, so they become the same elements and values. The numbers of fields are
those of ``ResourceTable.proto`` and ``Configuration.proto`` in Android's aapt2.
"""

from __future__ import annotations

from collections.abc import Iterator

from otasite.binaries.android_chunks import BOOLEAN, COLOURS, FLOAT, INTEGERS, REFERENCE, STRING, Value
from otasite.binaries.axml import ANDROID_NAMES, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, Element
from otasite.binaries.budget import Budget
from otasite.binaries.protobuf import Message
from otasite.binaries.resources import MAX_LOOKUPS, Config, ResourceTable
from otasite.binaries.unreadable import Unreadable

#: Where a bundle keeps the app itself; other folders are modules that are installed on demand.
BASE = "base/"
#: The manifest, in that folder.
MANIFEST = "manifest/AndroidManifest.xml"
#: The resource table, in that folder.
RESOURCES = "resources.pb"
#: Levels of elements inside each other.
MAX_NESTING = 100
#: Entries of one table; large apps have some 50,000.
MAX_ENTRIES = 500_000

#: Fields of a primitive value by number, with the kind that they have in compiled XML.
_PRIMITIVES = {3: FLOAT, 6: INTEGERS[0], 7: INTEGERS[1], 8: BOOLEAN, **dict(zip(range(9, 13), COLOURS, strict=True))}


def read_xml(data: bytes) -> list[Element]:
    """All elements of an ``XmlNode`` in document order. Raises Unreadable."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"it is longer than {MAX_BYTES:,} bytes")
    budget = Budget(elements=MAX_ELEMENTS, steps=10 * MAX_ELEMENTS, depth=MAX_NESTING)
    elements = list(_elements(Message(data, budget), (), budget))
    if not elements:
        raise Unreadable("it holds no elements")
    return elements


def _elements(node: Message, around: tuple[str, ...], budget: Budget) -> Iterator[Element]:
    element = node.message(1)
    if element is None:
        return
    budget.spend_elements()
    path = (*around, element.text(3))[-MAX_DEPTH:]
    yield Element(path=path, attributes=dict(_attributes(element, budget)))
    with budget.level():
        for child in element.messages(5):
            yield from _elements(child, path, budget)


def _attributes(element: Message, budget: Budget) -> Iterator[tuple[str, Value]]:
    for attribute in element.messages(4):
        budget.spend_elements()
        compiled = attribute.message(6)
        value = _item(compiled) if compiled else None
        name = ANDROID_NAMES.get(attribute.number(5)) or attribute.text(2)
        yield name, value or Value(kind=STRING, data=0, text=attribute.text(3))


def _item(item: Message) -> Value | None:
    """The value of an ``Item``: a reference, a text, a file, or a primitive."""
    for number, content in item.fields():
        if not isinstance(content, Message):
            continue
        if number == 1:
            return Value(kind=REFERENCE[0], data=content.number(2))
        if number in (2, 3, 4, 5):
            return Value(kind=STRING, data=0, text=content.text(1))
        if number == 7:
            return next((_primitive(*field) for field in content.fields()), None)
    return None


def _primitive(number: int, content: int | Message) -> Value | None:
    if number not in _PRIMITIVES or not isinstance(content, int):
        return None
    return Value(kind=_PRIMITIVES[number], data=content & 0xFFFFFFFF)


class Table(ResourceTable):
    """The values of a ``ResourceTable``: an index of its entries is made at first, values are read when asked for."""

    def __init__(self, data: bytes) -> None:
        budget = Budget(elements=MAX_ENTRIES, steps=4 * MAX_ENTRIES)
        self._entries: dict[int, list[Message]] = {}
        self._budget = Budget(steps=MAX_LOOKUPS)
        for package in Message(data, budget).messages(2):
            first = package.message(1)
            for kind in package.messages(3):
                second = kind.message(1)
                prefix = (first.number(1) if first else 0) << 24 | (second.number(1) if second else 0) << 16
                for entry in kind.messages(3):
                    budget.spend_elements()
                    third = entry.message(1)
                    number = prefix | (third.number(1) if third else 0)
                    self._entries.setdefault(number, []).append(entry)

    def direct(self, number: int) -> Iterator[tuple[Config, Value]]:
        for entry in self._entries.get(number, ()):
            for configured in entry.messages(6):
                self._budget.spend_steps(1)
                value = configured.message(2)
                item = value.message(4) if value else None
                found = _item(item) if item else None
                if found is not None:
                    yield _config(configured.message(1)), found


def _config(message: Message | None) -> Config:
    """Language, density and SDK of a ``Configuration``."""
    if message is None:
        return Config(density=0, locale="", sdk=0)
    return Config(density=message.number(18), locale=message.text(3).partition("-")[0], sdk=message.number(24))
