"""Uploading a built site to S3 or a compatible store, so that visitors never see half of it."""
