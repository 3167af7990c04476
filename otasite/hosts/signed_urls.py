"""Addresses of files in a private bucket that anybody may fetch for some days: AWS Signature Version 4, in the query.

Written after Amazon's specification (“Authenticating Requests: Using Query Parameters”). The moment of signing is
given, not taken from a clock, so that the same input gives the same address.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from urllib.parse import quote, urlsplit

#: How long S3 accepts such an address at most.
LONGEST = dt.timedelta(days=7)

_ALGORITHM = "AWS4-HMAC-SHA256"
#: The region in the name of one of Amazon's own hosts.
_REGION = re.compile(r"(?:^|\.)s3[.-](?:dualstack\.)?([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$")


class UrlSigner:
    """Signs addresses with one key. ``until`` is when they end: after seven days, or when the key's session does.

    ``region`` counts where a host's name does not tell its own.
    """

    def __init__(
        self,
        *,
        key_id: str,
        secret: str,
        region: str,
        now: dt.datetime,
        token: str = "",
        session_end: dt.datetime | None = None,
    ) -> None:
        self.now = now.astimezone(dt.UTC).replace(microsecond=0)
        longest = self.now + LONGEST
        self.until = min(longest, session_end.astimezone(dt.UTC).replace(microsecond=0)) if session_end else longest
        self._region = region
        self._key_id = key_id
        self._secret = secret
        self._token = token

    def inputs(self) -> object:
        """Everything that shows in an address, without what must stay secret."""
        secrets = f"{self._secret}\0{self._token}".encode()
        digest = hashlib.blake2b(secrets, digest_size=16, person=b"otasite signer").digest()
        return [self._key_id, self._region, self.now, self.until, digest]

    def sign(self, url: str) -> str:
        """``url`` (https, without a query) with a signature that lets people GET it."""
        parts = urlsplit(url)
        scope = f"{self.now:%Y%m%d}/{self._region_of(parts.hostname or '')}/s3/aws4_request"
        query = self._query(scope)
        request = "\n".join(("GET", parts.path or "/", query, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"))
        hashed = hashlib.sha256(request.encode()).hexdigest()
        text = "\n".join((_ALGORITHM, self._moment, scope, hashed))
        return f"{url}?{query}&X-Amz-Signature={hmac.digest(self._key(scope), text.encode(), 'sha256').hex()}"

    def _region_of(self, host: str) -> str:
        match = _REGION.search(host)
        if match:
            return match[1]
        return "auto" if host.endswith(".r2.cloudflarestorage.com") else self._region

    @property
    def _moment(self) -> str:
        return f"{self.now:%Y%m%dT%H%M%SZ}"

    def _query(self, scope: str) -> str:
        values = {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{self._key_id}/{scope}",
            "X-Amz-Date": self._moment,
            "X-Amz-Expires": str(int((self.until - self.now).total_seconds())),
            "X-Amz-SignedHeaders": "host",
        }
        if self._token:
            values["X-Amz-Security-Token"] = self._token
        return "&".join(f"{name}={quote(values[name], safe='')}" for name in sorted(values))

    def _key(self, scope: str) -> bytes:
        """The key of a scope: an HMAC of each of its parts with the one before."""
        key = f"AWS4{self._secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key
