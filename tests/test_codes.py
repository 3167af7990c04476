"""The register of codes: everything that the package reports is in it, and everything in it can be reported.

What is reported is found in the source: a constant that becomes a parameter or a field called ``code`` (in verify:
``check``), and the first of three in a function that returns code, message and hint.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from otasite.problems import Findings, Location, Problem, ProblemsFound
from otasite.problems.codes import Code, verify
from otasite.problems.register import REGISTER, SUBJECTS

PROJECT = Path(__file__).resolve().parent.parent
PACKAGE = PROJECT / "otasite"
REGISTER_FOLDER = PACKAGE / "problems" / "codes"
NAMES = ("code", "check")
#: What makes a problem: the code given to one of these must be known.
MAKERS = ("Problem", "Mistake", "report")
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Raised(NamedTuple):
    """A constant that is reported as a code, or an expression that nobody can look up (``code`` is None)."""

    code: str | None
    place: str


class Parameter(NamedTuple):
    """That a function, or the fields of a class, take a code at this position."""

    position: int
    name: str


@cache
def trees() -> dict[str, ast.Module]:
    """Every module but the register itself, by its path in the project."""
    files = (
        p for p in sorted(PACKAGE.rglob("*.py")) if REGISTER_FOLDER not in p.parents and "_bundled" not in p.parts
    )
    return {p.relative_to(PROJECT).as_posix(): ast.parse(p.read_text(encoding="utf-8")) for p in files}


@cache
def takers() -> dict[str, set[Parameter | None]]:
    """Name of a function or class → where it takes a code; None for each of that name that takes none."""
    found: dict[str, set[Parameter | None]] = defaultdict(set)
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                found[node.name].add(parameter([arg.arg for arg in node.args.args]))
            elif isinstance(node, ast.ClassDef):
                found[node.name].add(parameter(fields(node)))
    return found


def fields(node: ast.ClassDef) -> list[str]:
    """What a class is made from: the parameters of its ``__init__``, or its annotated fields."""
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
            return [arg.arg for arg in inner.args.args]
    named = [inner.target for inner in node.body if isinstance(inner, ast.AnnAssign)]
    return [target.id for target in named if isinstance(target, ast.Name)]


def parameter(names: list[str]) -> Parameter | None:
    names = [name for name in names if name not in ("self", "cls")]
    return next((Parameter(names.index(name), name) for name in NAMES if name in names), None)


def raised() -> Iterator[Raised]:
    for path, tree in trees().items():
        for node in ast.walk(tree):
            for value in codes_in(node):
                place = f"{path}:{value.lineno}"
                if isinstance(value, ast.IfExp):
                    yield from (Raised(text_of(side), place) for side in (value.body, value.orelse))
                else:
                    yield Raised(text_of(value), place)


def codes_in(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions in ``node`` (not below it) that are codes, without those that hand a code on."""
    if isinstance(node, ast.Call):
        yield from (value for value in codes_in_call(node) if not hands_on(value))
    elif isinstance(node, ast.FunctionDef):
        defaults = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        yield from (value for arg, value in defaults if arg.arg == "code" and value is not None)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "code":
        yield from () if node.value is None else (node.value,)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 3:
        first = node.value.elts[0]
        yield from (first,) if CODE.fullmatch(text_of(first) or "") else ()


def codes_in_call(call: ast.Call) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "code")
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    known = takers().get(name, set())
    for taker in known:
        if taker is None:
            continue
        yield from (keyword.value for keyword in call.keywords if keyword.arg == taker.name == "check")
        for given in call.args[taker.position : taker.position + 1]:
            if text_of(given) or isinstance(given, ast.IfExp) or (name in MAKERS and None not in known):
                yield given


def hands_on(value: ast.expr) -> bool:
    return getattr(value, "id", getattr(value, "attr", "")) in NAMES


def text_of(value: ast.expr) -> str | None:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


@pytest.mark.sources
def test_every_code_that_is_reported_is_in_the_register() -> None:
    absent = [f"{place} reports “{code}”" for code, place in raised() if code and code not in REGISTER]
    assert not absent, (
        "these codes are in no module of otasite/problems/codes/. Write an entry into the one of its subject:\n"
        '    Code("the-code", "What it means, in a sentence.", "What to do about it.", since="0.2.0"),\n'
        '(with severity="warning" if it is one; the documentation makes itself):\n' + "\n".join(sorted(set(absent)))
    )


@pytest.mark.sources
def test_every_entry_of_the_register_is_reported_somewhere() -> None:
    unused = REGISTER.keys() - {code for code, _ in raised()}
    assert not unused, f"nothing reports these: remove their entries from otasite/problems/codes/: {sorted(unused)}"


@pytest.mark.sources
def test_codes_are_written_where_they_are_reported() -> None:
    computed = [place for code, place in raised() if code is None]
    assert not computed, f"write the code as a constant, or hand it on in something called “code”: {computed}"


@pytest.mark.sources
def test_every_entry_of_the_register_has_a_test_that_names_it() -> None:
    """Those of verify are counted in tests/hosting, where each has a deployment that is broken so."""
    files = [*PROJECT.glob("tests/**/*.py"), *PROJECT.glob("tests/corpus/**/*.txt")]
    words = set(
        re.findall(r"[a-z0-9-]+", "\n".join(p.read_text("utf-8") for p in files if "node_modules" not in p.parts))
    )
    untested = REGISTER.keys() - words - {code.name for code in verify.CODES}
    assert not untested, f"no test shows that these can be reported: {sorted(untested)}"


@pytest.mark.parametrize("code", REGISTER.values(), ids=REGISTER.keys())
def test_an_entry_is_complete(code: Code) -> None:
    assert CODE.fullmatch(code.name)
    assert re.fullmatch(r"[A-Z“<].*[.]", code.meaning), code.meaning
    assert code.fix
    assert re.fullmatch(r"\d+\.\d+\.\d+", code.since)


def test_a_code_has_one_entry() -> None:
    assert len(REGISTER) == sum(map(len, SUBJECTS.values()))


def test_the_register_says_how_severe_a_problem_is() -> None:
    findings = Findings()
    findings.report("weak-secret", "too short", at=Location("content/site.yaml"))
    assert [problem.severity for problem in findings.problems] == ["warning"]
    assert Problem(code="missing-key", message="").is_error
    assert Problem(code="missing-key", message="", severity="warning").severity == "warning"
    assert Problem(code="of-an-extension", message="").is_error
    with pytest.raises(ProblemsFound):
        findings.report("missing-key", "no name")
        findings.raise_errors()


def explain(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "otasite", "explain", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_explain_prints_an_entry_outside_of_any_project(tmp_path: Path) -> None:
    done = explain("orphan-notes", tmp_path)
    entry = REGISTER["orphan-notes"]
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "orphan-notes (error, since 0.1.0)"
    assert entry.meaning in done.stdout
    assert entry.fix in done.stdout


def test_explain_suggests_the_code_that_was_meant(tmp_path: Path) -> None:
    done = explain("orphan-note", tmp_path)
    assert done.returncode == 2
    assert "did you mean “orphan-notes”?" in done.stderr
