"""From whatever goes wrong in a template to one located problem: file, line, and the page being rendered."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from types import TracebackType

import jinja2
import msgspec

from otasite.problems import Location, Problem, ProblemsFound, on_page, suggest
from otasite.theming.environment import MissingName
from otasite.theming.layers import BELOW


def describe_error(
    error: Exception, *, template_paths: Collection[str], names: Collection[str], known: Iterable[str], page: str
) -> list[Problem]:
    """The problems behind ``error``, raised while ``page`` was rendered.

    ``template_paths`` are the files in which the place is looked for, ``names`` the names of all templates, and
    ``known`` the names that the page's templates may use.
    """
    location = _place(error, template_paths)
    if isinstance(error, ProblemsFound):
        found = [msgspec.structs.replace(each, location=each.location or location) for each in error.problems]
    else:
        code, message, hint = _words(error, names, known)
        found = [Problem(code=code, message=message, hint=hint, location=location)]
    return [on_page(problem, page) for problem in found] if page else found


def syntax_problem(error: jinja2.TemplateSyntaxError, path: str) -> Problem:
    """The problem of a template that does not compile."""
    return Problem(
        code="template-syntax",
        message=(error.message or "not valid").rstrip("."),
        hint=_syntax_hint(error.message or ""),
        location=Location(path, error.lineno),
    )


def missing_template_hint(name: str, names: Collection[str]) -> str:
    """What to do about a template that does not exist."""
    if name.startswith(BELOW):
        return "no layer below this one has such a template: write the name without @theme/"
    return suggest(name, names) or "add it to the templates/ folder of the theme or of the site"


def _words(error: Exception, names: Collection[str], known: Iterable[str]) -> tuple[str, str, str]:
    """Code, message and hint."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        problem = syntax_problem(error, "")
        return problem.code, problem.message, problem.hint
    if isinstance(error, jinja2.TemplateNotFound):
        name = str(error.name)
        return "template-missing", f"there is no template “{name}”", missing_template_hint(name, names)
    if isinstance(error, jinja2.UndefinedError):
        return _undefined(error, known)
    if isinstance(error, RecursionError):
        return "template-error", "the template includes itself without end", "end the recursion with a condition"
    return "template-error", f"this cannot be worked out: {error}", ""


def _undefined(error: jinja2.UndefinedError, known: Iterable[str]) -> tuple[str, str, str]:
    message = error.args[0] if error.args else ""
    if isinstance(message, MissingName):
        listed = f"it has: {', '.join(message.known)}" if message.known else ""
        return "template-undefined", str(message), suggest(message.wanted, message.known) or listed
    name = str(message).partition("'")[2].partition("'")[0]
    return "template-undefined", str(message), suggest(name, known)


def _syntax_hint(message: str) -> str:
    if "No filter named" in message or "No test named" in message:
        return "the filters are those of Jinja and: date, datetime, filesize, number"
    return ""


def _place(error: Exception, template_paths: Collection[str]) -> Location | None:
    """Where it happened: the innermost template in the traceback, whose line numbers Jinja has translated."""
    if isinstance(error, jinja2.TemplateSyntaxError) and error.name in template_paths:
        return Location(error.name or "", error.lineno)
    place = None
    step: TracebackType | None = error.__traceback__
    while step is not None:
        path = step.tb_frame.f_code.co_filename
        if path in template_paths:
            place = Location(path, step.tb_lineno)
        step = step.tb_next
    return place
