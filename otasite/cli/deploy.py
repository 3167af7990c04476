"""``otasite deploy``."""

from __future__ import annotations

from pathlib import Path

import click

from otasite.cli.announce import BEFORE
from otasite.cli.options import open_project, project_option
from otasite.cli.progress import progress_bar
from otasite.cli.report import plural
from otasite.hosting.deploy.run import Deployed, Orders, deploy
from otasite.site.limits import human


@click.command()
@click.argument("destination", metavar="s3://BUCKET/FOLDER")
@project_option
@click.option(
    "--dist", type=click.Path(path_type=Path, file_okay=False), help="The built site (default: the project's dist/)."
)
@click.option("--endpoint-url", metavar="URL", help="Another store that speaks S3, such as R2 or MinIO.")
@click.option("--dry-run", is_flag=True, help="Tell what would be done, and do nothing.")
@click.option("--delete", is_flag=True, help="Delete what earlier deploys uploaded and the site no longer has.")
@click.option(
    "--max-deletes",
    type=click.IntRange(min=0),
    default=500,
    metavar="N",
    help="Refuse to delete more files than this (default: 500).",
)
@click.option("--cloudfront", metavar="ID", help="Make this CloudFront distribution forget the changed pages.")
def command(
    destination: str,
    project: Path | None,
    dist: Path | None,
    endpoint_url: str | None,
    dry_run: bool,
    delete: bool,
    max_deletes: int,
    cloudfront: str | None,
) -> None:
    """Upload the built site to S3 or a compatible store.

    Only what changed is uploaded: first binaries and pictures, then manifests, pages, and the front page last. A
    deploy that was interrupted goes on where it stopped. Credentials come from where the AWS tools look for them.
    """
    found = open_project(project) if dist is None else None
    orders = Orders(
        dist=found.root / "dist" if found else dist or Path(),
        destination=destination,
        endpoint_url=endpoint_url,
        dry_run=dry_run,
        delete=delete,
        max_deletes=max_deletes,
        cloudfront=cloudfront,
    )
    with progress_bar("Uploading") as progress:
        done = deploy(orders, progress)
    if found is not None and done.former_catalogue is not None and not dry_run:
        found.state.mkdir(exist_ok=True)
        (found.state / BEFORE).write_bytes(done.former_catalogue)
    _print(done, dry_run=dry_run)


def _print(done: Deployed, *, dry_run: bool) -> None:
    if dry_run:
        for verb, paths in (("upload", done.uploaded), ("delete", done.deleted), ("forget", done.invalidated)):
            for path in paths:
                click.echo(f"would {verb} {path}")
    parts = [f"{plural(len(done.uploaded), 'file')} ({human(done.uploaded_bytes)}) uploaded"]
    parts += [f"{done.unchanged:,} unchanged"]
    if done.resumed:
        parts.append(f"{done.resumed:,} there from a deploy that was interrupted")
    if done.deleted:
        parts.append(f"{len(done.deleted):,} deleted")
    if done.invalidated:
        parts.append(f"{plural(len(done.invalidated), 'path')} invalidated")
    click.echo(f"{done.destination}: {', '.join(parts)}{' (dry run: nothing was changed)' if dry_run else ''}")
