"""How a run ends: every expected error, and every one of the system, becomes words on stderr and an exit code.

| code | meaning |
| --- | --- |
| 0 | all is well |
| 1 | something is wrong with the content, the site, or the machine |
| 2 | the request cannot be carried out as asked |
| 130 | stopped with Ctrl-C |
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from otasite.cli.terminal import prepare_streams, say, say_text
from otasite.problems import OtasiteError

INTERRUPTED = 130

#: What a person can do about an error of the system. Its own words say what happened.
_ADVICE_BY_NAME = {
    "EACCES": "give yourself the right to it, or name another place",
    "EPERM": "give yourself the right to it, or name another place",
    "EROFS": "that disk can only be read: name another place",
    "ENOSPC": "make room on the disk, or name another place",
    "EDQUOT": "your share of the disk is used up: make room, or name another place",
    "EFBIG": "the disk takes no files as large as that",
    "EIO": "the disk or the network drive does not work as it should",
    "EMFILE": "too many files are open: allow more (ulimit -n), or use fewer --workers",
    "ENFILE": "too many files are open on this machine: close other programs",
    "ENOMEM": "close other programs, or use fewer --workers",
    "ENAMETOOLONG": "give it a shorter name, or put the project into a folder with a shorter path",
    "ELOOP": "symbolic links lead in a circle",
    "ENOTDIR": "a part of this path is a file, not a folder",
    "EISDIR": "this is a folder where a file belongs",
    "ENOENT": "something else deleted it, or its folder is not there",
    "EEXIST": "there is something of that name already",
    "ENOTEMPTY": "something else wrote into this folder meanwhile: try again",
    "EBUSY": "another program uses it: close that, and try again",
    "ETXTBSY": "another program uses it: close that, and try again",
    "ESTALE": "the network drive lost it: try again",
    "ETIMEDOUT": "the network drive does not answer: try again",
    "EADDRINUSE": "another program listens there: use another --port",
    "EADDRNOTAVAIL": "this machine has no such address: use another --host",
    "EINVAL": "the file system does not take this name",
    "EILSEQ": "the file system does not take this name",
}
#: The same by number; not every system has all of them.
_ADVICE = {getattr(errno, name): advice for name, advice in _ADVICE_BY_NAME.items() if hasattr(errno, name)}


def run(command: click.Command, words: Sequence[str] | None = None) -> int:
    """Call ``command`` with ``words`` (default: those of the process) and return the exit code."""
    prepare_streams()
    try:
        code = _called(command, words)
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        return _after(error)
    return code


def _called(command: click.Command, words: Sequence[str] | None) -> int:
    opened: dict[str, Path] = {}
    try:
        result = command.main(args=words, prog_name="otasite", standalone_mode=False, obj=opened)
        return result if isinstance(result, int) else 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except (click.Abort, KeyboardInterrupt):
        say("otasite: stopped", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        _print_usage(error)
        return error.exit_code
    except OtasiteError as error:
        from otasite.cli.report import print_error

        print_error(error, root=opened.get("root"))
        return error.exit_code
    except MemoryError:
        say("otasite: there is not enough memory", err=True)
        _hint(_ADVICE[errno.ENOMEM])
        return 1


def _print_usage(error: click.ClickException) -> None:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        say_text(error.ctx.get_usage(), err=True)
        say(f"Try '{error.ctx.command_path} --help' for help.", err=True)
        say("", err=True)
    say_text(f"Error: {error.format_message()}", err=True)


def _after(error: OSError) -> int:
    """Say what the system refused. When nobody reads any more (a pipe to ``head``), there is nobody to tell."""
    if error.errno == errno.EPIPE or isinstance(error, BrokenPipeError):
        _silence()
        return 1
    try:
        say(f"otasite: {in_words(error)}", err=True)
        if error.errno in _ADVICE:
            _hint(_ADVICE[error.errno])
        sys.stderr.flush()
    except OSError:
        pass  # stderr is full or gone, too: the exit code is all that is left
    _silence()
    return 1


def in_words(error: OSError) -> str:
    """What happened, and to which file: the system's own words, and names as a person would write them."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):  # a folder that was copied in part
        _, target, reason = error.args[0][0]
        return f"{_shown(os.fspath(target))}: {re.sub(r'^.Errno [0-9]+. |: .*$', '', str(reason))}"
    names = [os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
    reason = error.strerror or str(error) or type(error).__name__
    return f"{' → '.join(map(_shown, names))}: {reason}" if names else reason


def _shown(path: str) -> str:
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):  # no folder to be in, or another drive
        return path
    return path if relative.startswith("..") else relative


def _hint(text: str) -> None:
    say(f"  hint: {text}", err=True)


def _silence() -> None:
    """Let Python write what is left in its buffers to nowhere: where they go does not take it."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except OSError:
        return
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            try:
                os.dup2(nowhere, stream.fileno())
            except (OSError, ValueError):
                continue
    os.close(nowhere)
