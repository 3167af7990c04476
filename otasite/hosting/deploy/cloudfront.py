"""CloudFront keeps copies of pages: it is told which to forget."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from otasite.hosting.deploy.aws import client, in_words

#: CloudFront forgets this many addresses in one request.
BATCH = 1000


def invalidate(distribution: str, addresses: Sequence[str]) -> None:
    """Make a CloudFront distribution forget these addresses."""
    reference = f"otasite-{uuid.uuid4().hex}"  # CloudFront ignores a reference that it has seen before
    service = client("cloudfront", 2, None)
    for number, start in enumerate(range(0, len(addresses), BATCH)):
        items = list(addresses[start : start + BATCH])
        with in_words(f"invalidate {distribution}"):
            service.create_invalidation(
                DistributionId=distribution,
                InvalidationBatch={
                    "Paths": {"Quantity": len(items), "Items": items},
                    "CallerReference": f"{reference}-{number}",
                },
            )
