"""Checking a live site the way an iPhone's installer sees it."""
