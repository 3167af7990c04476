"""``otasite deploy``."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from otasite.catalogue.project import Project
from otasite.cli.announce import BEFORE
from otasite.cli.build import build_and_tell, signed
from otasite.cli.options import build_options, environment, json_option, lock_option, open_project, project_option
from otasite.cli.progress import progress_bar
from otasite.cli.report import plural
from otasite.cli.terminal import remark, say, say_json
from otasite.hosting.catalogue import example_in
from otasite.hosting.deploy.bucket import parse_destination
from otasite.hosting.deploy.run import DeployRequest, can_upload, deploy
from otasite.hosting.deploy.signing import needs_signing
from otasite.hosting.deploy.uploads import Deployed
from otasite.problems import Refused
from otasite.publish.report import Report
from otasite.sizes import size_text
from otasite.workshop.workshop import Workshop


class DeployedTo(msgspec.Struct, frozen=True, kw_only=True):
    """What was done at one place, or, for a dry run, would be. ``resumed`` counts files of an interrupted deploy."""

    destination: str
    uploaded: tuple[str, ...]
    uploaded_bytes: int
    unchanged: int
    deleted: tuple[str, ...]
    resumed: int
    invalidated: tuple[str, ...]


class DeployAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What ``otasite deploy --json`` prints: binaries elsewhere first, the site last."""

    dry_run: bool
    places: tuple[DeployedTo, ...]


#: What this module prints as JSON, by the words of the command.
ANSWERS = {"deploy": DeployAnswer}


@click.command()
@click.argument("destination", metavar="[s3://BUCKET/FOLDER]", default="")
@project_option
@click.option(
    "--dist",
    type=click.Path(path_type=Path, file_okay=False),
    help="Upload this built site as it is, without building anything.",
)
@build_options
@click.option("--no-binaries", is_flag=True, help="Leave out binaries that live outside the site (“binaries:”).")
@click.option("--endpoint-url", metavar="URL", help="Another store that speaks S3, such as R2 or MinIO.")
@click.option("--dry-run", is_flag=True, help="Tell what would be uploaded and deleted, and do neither.")
@click.option("--delete", is_flag=True, help="Delete what earlier deploys uploaded and the site no longer has.")
@click.option(
    "--max-deletes",
    type=click.IntRange(min=0),
    default=500,
    metavar="N",
    help="Refuse to delete more files than this (default: 500).",
)
@click.option("--cloudfront", metavar="ID", help="Make this CloudFront distribution forget the changed pages.")
@json_option
@lock_option
def command(
    destination: str,
    project: Path | None,
    dist: Path | None,
    base_url: str | None,
    drafts: bool,
    future: bool,
    no_binaries: bool,
    endpoint_url: str | None,
    dry_run: bool,
    delete: bool,
    max_deletes: int,
    cloudfront: str | None,
    as_json: bool,
    no_wait: bool,
) -> None:
    """Build the site and upload it to S3 or a compatible store.

    Binaries that live outside the site (“binaries:” in site.yaml) go first, each to its own bucket or GitHub release;
    without a destination they are all that is uploaded. Addresses in private buckets are signed anew.

    Only what changed is uploaded: first binaries and pictures, then manifests, pages, and the front page last. A
    deploy that was interrupted goes on where it stopped. Credentials come from where the AWS tools look for them, for
    GitHub from GITHUB_TOKEN.
    """
    if destination:
        parse_destination(destination)  # a wrong one is said before anything is built
    found = _project(project, dist, base_url=base_url, drafts=drafts, future=future)
    report = build_and_tell(signed(found) if needs_signing(found) else found, wait=not no_wait) if found else None
    _refuse_examples(report, dist)
    request = DeployRequest(
        dist=report.out if report else dist or Path(),
        destination=destination,
        root=found.project.root if found else Path(),
        binaries=report.elsewhere if report and not no_binaries else (),
        environment=environment(),
        endpoint_url=endpoint_url,
        dry_run=dry_run,
        delete=delete,
        max_deletes=max_deletes,
        cloudfront=cloudfront,
    )
    with progress_bar("Uploading") as progress:
        done = deploy(request, progress)
    if found is not None and destination and not dry_run:
        _remember_before(found.project, done[-1])
    if as_json:
        say_json(DeployAnswer(dry_run=dry_run, places=tuple(map(_place, done))))
    else:
        for part in done:
            _print(part, dry_run=dry_run)
    if report:
        _print_by_hand(report)


def _refuse_examples(report: Report | None, dist: Path | None) -> None:
    """Refuse to upload a site with addresses that `otasite new` wrote, be it built just now or before."""
    problem = "the site has addresses that are only examples"
    if report and any(found.code == "example-address" for found in report.reminders):
        raise Refused(f"{problem}: nothing was uploaded", "write your own (warned of above), or give --base-url")
    if dist is not None and (example := example_in(dist)):
        raise Refused(f"{problem}, such as {example}: nothing was uploaded", "write your own, and build it again")


def _project(
    project: Path | None, dist: Path | None, *, base_url: str | None, drafts: bool, future: bool
) -> Workshop | None:
    """The project to build; None when a folder is uploaded as it is."""
    if dist is None:
        return open_project(project, base_url=base_url, drafts=drafts, future=future, needs_base_url=True)
    for name, value in (("base_url", base_url), ("drafts", drafts), ("future", future)):
        if value:
            raise Refused(f"--{name.replace('_', '-')} is for building, and --dist builds nothing", "leave one out")
    return None


def _remember_before(project: Project, site: Deployed) -> None:
    """Keep the catalogue that was live until now: ``announce`` tells what is new since then."""
    if site.former_catalogue is not None:
        project.state.mkdir(exist_ok=True)
        (project.state / BEFORE).write_bytes(site.former_catalogue)


def _place(done: Deployed) -> DeployedTo:
    return DeployedTo(**{name: getattr(done, name) for name in DeployedTo.__struct_fields__})


def _print(done: Deployed, *, dry_run: bool) -> None:
    if dry_run:
        for verb, paths in (("upload", done.uploaded), ("delete", done.deleted), ("forget", done.invalidated)):
            for path in paths:
                say(f"would {verb} {path}")
    uploaded = "to upload" if dry_run else "uploaded"
    parts = [f"{plural(len(done.uploaded), 'file')} ({size_text(done.uploaded_bytes)}) {uploaded}"]
    parts += [f"{done.unchanged:,} unchanged"]
    if done.resumed:
        parts.append(f"{done.resumed:,} there from a deploy that was interrupted")
    if done.deleted:
        parts.append(f"{len(done.deleted):,} {'to delete' if dry_run else 'deleted'}")
    if done.invalidated:
        parts.append(f"{plural(len(done.invalidated), 'path')} {'to invalidate' if dry_run else 'invalidated'}")
    end = " (dry run: nothing was changed)" if dry_run else ""
    (say if dry_run else remark)(f"{done.destination}: {', '.join(parts)}{end}")


def _print_by_hand(report: Report) -> None:
    """Name the binaries that nobody uploads."""
    left = [binary for binary in report.elsewhere if not can_upload(binary.store)]
    for binary in left:
        remark(f"note: {binary.source} belongs at {binary.url}", err=True)
    if left:
        remark("note: upload these yourself, or say where with “upload: s3://…” below “binaries:”", err=True)
