"""The shape of the package: who may import whom, and how large things may grow.

Each room has a floor. A module imports from rooms on lower floors and from its own room, and nothing else; in
a room there are no circles. That is why any module can be read, and tested, with only those below it in mind.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.sources

PROJECT = Path(__file__).resolve().parent.parent
PACKAGE = PROJECT / "otasite"

#: The floor of each room. Rooms on one floor do not know each other.
FLOORS = {
    "problems": 0,
    "user_folders": 0,
    "progress": 0,
    "sizes": 0,
    "memory": 1,
    "typed_yaml": 1,
    "hosts": 1,
    "facts": 1,
    "catalogue": 2,
    "binaries": 2,
    "theming": 2,
    "site": 3,
    "outputs": 4,
    "workshop": 5,
    "publish": 6,
    "preview": 7,
    "hosting": 7,
    "cli": 8,
    "__main__": 9,
}
MODULE_LINES = 400
FUNCTION_LINES = 40
SHORT_SHARE = 0.95

#: What costs start-up time, and therefore comes in only with the command that uses it.
HEAVY = {
    "PIL",
    "asn1crypto",
    "asyncio",
    "babel",
    "boto3",
    "botocore",
    "concurrent.futures",
    "cryptography",
    "httpx",
    "importlib.metadata",
    "jinja2",
    "markdown",
    "moto",
    "multiprocessing",
    "nh3",
    "rich",
    "ssl",
    "starlette",
    "urllib.request",
    "uvicorn",
    "watchdog",
    "yaml",
    "zipfile",
    "zxingcpp",
}


class Import(NamedTuple):
    """``importer`` (module name) needs ``imported`` (module name), written at ``line``."""

    importer: str
    imported: str
    line: int


class Function(NamedTuple):
    name: str
    place: str
    lines: int


def module_name(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    files = (p for p in PACKAGE.rglob("*.py") if "_bundled" not in p.parts)
    return {module_name(path): path for path in sorted(files)}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def imports() -> list[Import]:
    """Every import of otasite by otasite, wherever in a module it stands.

    What the package itself names for type checkers it imports when somebody asks for it.
    """
    return [
        found
        for module in modules()
        for node in ast.walk(tree(module))
        for found in targets(module, node)
        if module != "otasite" or node not in typing_only(module)
    ]


def typing_only(module: str) -> list[ast.stmt]:
    """What stands below ``if TYPE_CHECKING:``."""
    blocks = [node for node in tree(module).body if isinstance(node, ast.If)]
    return [line for block in blocks if ast.unparse(block.test) == "TYPE_CHECKING" for line in block.body]


def targets(module: str, node: ast.AST) -> list[Import]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names if alias.name.split(".")[0] == "otasite"]
        return [Import(module, name, node.lineno) for name in names]
    if not isinstance(node, ast.ImportFrom):
        return []
    source = absolute(module, node)
    if source.split(".")[0] != "otasite":
        return []
    inner = [f"{source}.{alias.name}" for alias in node.names]
    found = {name if name in modules() else source for name in inner}
    return [Import(module, name, node.lineno) for name in sorted(found)]


def absolute(module: str, node: ast.ImportFrom) -> str:
    """The full name of what ``from … import`` names, with leading dots resolved."""
    if not node.level:
        return node.module or ""
    package = module.split(".") if modules()[module].name == "__init__.py" else module.split(".")[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def complaint(found: Import) -> str | None:
    """Why an import is not allowed, or None."""
    here, there = room(found.importer), room(found.imported)
    if here == there or not there:  # its own room, or the package's version
        return None
    place = f"{modules()[found.importer].relative_to(PROJECT).as_posix()}:{found.line}"
    if not here:
        return f"{place}: otasite/__init__.py imports nothing of otasite, so that importing it stays free"
    if FLOORS[here] > FLOORS[there]:
        return None
    return (
        f"{place}: {found.importer} (floor {FLOORS[here]}) imports {found.imported} (floor {FLOORS[there]}); "
        "a module imports only from floors below. Move what both need down, or hand it in as an argument."
    )


def test_every_room_has_a_floor() -> None:
    homeless = {room(module) for module in modules()} - set(FLOORS) - {""}
    assert not homeless, f"give {', '.join(sorted(homeless))} a floor in FLOORS, or a room that exists"


def test_imports_go_down() -> None:
    complaints = [text for found in imports() if (text := complaint(found))]
    assert not complaints, "\n" + "\n".join(complaints)


def test_no_circles_inside_a_room() -> None:
    graph: dict[str, set[str]] = {module: set() for module in modules()}
    for found in imports():
        if found.importer != found.imported:
            graph[found.importer].add(found.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(f"these import each other: {' → '.join(reversed(circle.args[1]))}", pytrace=False)


def test_modules_have_one_subject() -> None:
    large = {name: count for name in modules() if (count := len(lines_of(name))) > MODULE_LINES}
    assert not large, f"longer than {MODULE_LINES} lines, split by subject: {large}"


def test_no_drawer_for_everything() -> None:
    drawers = [name for name in modules() if name.split(".")[-1] in {"utils", "util", "helpers", "common", "misc"}]
    assert not drawers, f"name these by what they hold: {drawers}"


def test_functions_are_short() -> None:
    functions = [function for module in modules() for function in functions_of(module)]
    long = sorted((f for f in functions if f.lines >= FUNCTION_LINES), key=lambda f: -f.lines)
    listing = "\n".join(f"{f.place}: {f.name} has {f.lines} lines" for f in long)
    allowed = int(len(functions) * (1 - SHORT_SHARE))
    assert len(long) <= allowed, f"{len(long)} of {len(functions)} functions are long, {allowed} may be:\n{listing}"


def test_a_wrong_import_is_told_with_its_place() -> None:
    text = complaint(Import("otasite.catalogue.model", "otasite.site.views", 7)) or ""
    assert text.startswith("otasite/catalogue/model.py:7: otasite.catalogue.model (floor 2) imports")
    assert complaint(Import("otasite.binaries", "otasite.theming", 1)), "rooms on one floor are strangers"
    assert complaint(Import("otasite.site.views", "otasite.catalogue.model", 1)) is None


#: What makes a path that is written down or looked up by its name: relative ones, and the places of problems.
RELATIVE = {"relative_to", "relpath"}
#: Modules without any of these need not be looked through.
PERHAPS_NATIVE = re.compile(r"relative_to|relpath|(Location\(|shown_as=)\s*(str|os\.)")
#: Where somebody reads a path who may give it to the next command: as this system writes it.
FOR_A_SHELL = {"otasite.cli.ending._shown"}


def native_names(module: str, code: ast.AST) -> list[int]:
    """The lines where a name of a file is made that has backslashes on Windows, and is no path any more."""
    parents = {child: node for node in ast.walk(code) for child in ast.iter_child_nodes(node)}
    return [
        node.lineno
        for node in ast.walk(code)
        if isinstance(node, ast.Call)
        and is_native_name(node, parents)
        and function_around(module, node, parents) not in FOR_A_SHELL
    ]


def is_native_name(call: ast.Call, parents: dict[ast.AST, ast.AST]) -> bool:
    written = ast.unparse(call.func)
    if written in {"str", "os.fspath"}:  # as the place of a problem, or the name that a problem calls a file by
        user = parents[call]
        return (isinstance(user, ast.keyword) and user.arg == "shown_as") or (
            isinstance(user, ast.Call) and ast.unparse(user.func) == "Location"
        )
    if written.rpartition(".")[2] not in RELATIVE or written.startswith("posixpath."):
        return False
    user = parents[call]
    if isinstance(user, ast.Call) and ast.unparse(user.func) == "Path":
        user = parents[user]
    return not (isinstance(user, ast.Attribute) and user.attr in {"as_posix", "parts"})


def function_around(module: str, node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    while node in parents and not isinstance(node, ast.FunctionDef):
        node = parents[node]
    return f"{module}.{getattr(node, 'name', '')}"


def test_names_of_files_have_forward_slashes_on_every_system() -> None:
    """Keys, records, JSON and problems are the same on Windows, where ``str`` of a path has backslashes."""
    places = [
        f"{modules()[module].relative_to(PROJECT).as_posix()}:{line}"
        for module in modules()
        if PERHAPS_NATIVE.search(modules()[module].read_text(encoding="utf-8"))
        for line in native_names(module, tree(module))
    ]
    assert not places, f"follow these by .as_posix(): {', '.join(places)}"


@pytest.mark.parametrize(
    ("line", "is_native"),
    [
        ("name = str(path.relative_to(root))", True),
        ("name = os.path.relpath(path, root)", True),
        ("name = f'{path.relative_to(root)}/'", True),
        ("Location(str(path), 3)", True),
        ("read(data, shown_as=str(path))", True),
        ("name = path.relative_to(root).as_posix()", False),
        ("name = Path(os.path.relpath(path, root)).as_posix()", False),
        ("top = path.relative_to(root).parts[0]", False),
        ("way = posixpath.relpath(one, other)", False),
        ("Location(shown(path))", False),
        ("run([str(path)])", False),
    ],
)
def test_a_name_with_backslashes_is_seen(line: str, is_native: bool) -> None:
    assert bool(native_names("otasite.example", ast.parse(line))) == is_native


def lines_of(module: str) -> list[str]:
    return modules()[module].read_text(encoding="utf-8").splitlines()


def functions_of(module: str) -> list[Function]:
    """All functions of a module with their length, decorators and docstring included."""
    place = modules()[module].relative_to(PROJECT).as_posix()
    return [
        Function(node.name, f"{place}:{node.lineno}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize("words", [["--version"], ["--help"]], ids=lambda words: words[0])
def test_help_and_version_load_little(words: list[str]) -> None:
    script = (
        "import sys; from otasite.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    loaded = HEAVY & set(done.stderr.splitlines())
    assert not loaded, f"otasite {words[0]} imports {sorted(loaded)}: import them in the function that uses them"
