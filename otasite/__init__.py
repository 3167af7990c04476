"""otasite: a static-site generator for app distribution pages."""

__version__ = "0.1.0"
