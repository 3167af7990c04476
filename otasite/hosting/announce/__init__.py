"""Telling a chat which releases are new."""
