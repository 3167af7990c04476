"""Compiled templates, kept on disk between runs."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

from otasite.theming.cache import BlobCache

#: Change this when the environment's settings change what a template compiles to.
_SETTINGS = "environment-1"


class DiskBytecode(jinja2.BytecodeCache):
    """Jinja's compiled code by the template's name and content, Jinja's and Python's version.

    ``texts`` identifies the texts that are compiled into the templates.

    The cache verifies every file's digest before Jinja unmarshals it: damaged code would crash the interpreter.
    """

    def __init__(self, folder: Path, texts: str) -> None:
        self._texts = texts
        self._blobs = BlobCache(folder)

    def load_bytecode(self, bucket: Bucket) -> None:
        stored = self._blobs.get(self._file(bucket))
        if stored is not None:
            bucket.bytecode_from_string(stored)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._blobs.put(self._file(bucket), bucket.bytecode_to_string())

    def _file(self, bucket: Bucket) -> str:
        """Unlike Jinja's own key this has the content in it: branches and edits do not push each other out."""
        parts = (_SETTINGS, self._texts, jinja2.__version__, sys.version, bucket.key, bucket.checksum)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest() + ".template"
