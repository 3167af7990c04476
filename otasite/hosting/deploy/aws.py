"""Talking to AWS with boto3, whose import costs much: its clients, its errors in words, and CloudFront."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from otasite.hosting.deploy.plan import DeployFailed
from otasite.problems import Refused


def no_boto() -> Refused:
    """What to say when the extra is not installed."""
    return Refused(
        "deploying to S3 needs boto3",
        "put it beside otasite: pipx inject otasite boto3; in a clone: .venv/bin/python -m pip install '.[s3]'",
    )


def session_ended() -> Refused:
    """What to say when temporary credentials are too old."""
    return Refused("the session of these AWS credentials has ended", "log in again")


def client(service: str, connections: int, endpoint_url: str | None) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ModuleNotFoundError:
        raise no_boto() from None
    settings: dict[str, Any] = {"retries": {"mode": "standard", "max_attempts": 5}}
    settings["max_pool_connections"] = connections * 4
    if endpoint_url is not None:
        # Stores that imitate S3 do not all know its newest checksums; TLS and Content-Length remain.
        settings |= {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    try:
        with in_words(f"connect to {service}"):
            return boto3.client(service, endpoint_url=endpoint_url, config=Config(**settings))
    except ValueError:
        raise Refused(f"“{endpoint_url}” is no address of a store", "write https://host/") from None


@contextmanager
def in_words(doing: str, *, missing_is_fine: bool = False) -> Iterator[None]:
    """Turn the errors of boto3 into ours; with ``missing_is_fine`` a 404 passes as it is."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError
    from dateutil.parser import ParserError  # a library of botocore's

    try:
        yield
    except NoCredentialsError:
        raise Refused(
            "there are no AWS credentials", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        ) from None
    except NoRegionError:
        raise Refused("no AWS region is set", "set AWS_REGION (for R2: auto)") from None
    except ParserError:
        raise Refused(
            "AWS_CREDENTIAL_EXPIRATION is no date and time", "write it like 2026-03-31T09:30:00Z, or log in again"
        ) from None
    except RuntimeError as error:
        if "expired" not in str(error):
            raise
        raise session_ended() from None  # botocore has no exception of its own for that
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if missing_is_fine and code in ("404", "NoSuchKey", "NotFound"):
            raise
        if code in ("NoSuchBucket", "AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch"):
            raise Refused(f"cannot {doing}: {code}", "check the bucket's name and the permissions") from None
        raise DeployFailed(f"cannot {doing}: {error}") from None
    except (BotoCoreError, Boto3Error, OSError) as error:
        raise DeployFailed(f"cannot {doing}: {error}") from None


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
