"""YAML with positions into typed records, with every mistake of a file: a library that knows nothing of apps.

:func:`~otasite.typed_yaml.convert.read_record` reads a file as a msgspec struct; what is wrong comes back as problems
with line and column, and what is right all the same. :mod:`~otasite.typed_yaml.writing` changes a file in place.
"""
