"""Templates compiled for speed, for the usual case: everything that a template asks for is there.

Compared with Jinja's own code: an included template stands where it is included (one context for a page instead of
one for each include), attributes are read and functions called directly, and a block gives its text as one piece. The
text is the same. What is not usual (a key of a mapping, a name that nobody has, any mistake) raises here, and then
:class:`otasite.theming.templates.Renderer` takes Jinja's own code, which does it or says what is wrong.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer

from otasite.theming.environment import ThemeEnvironment

#: Fields of views that are mappings, and what templates call them: of more mappings perhaps.
_MAPPINGS = ("options", "extra", "data", "arguments")
#: What could be a key as well, of a mapping that came from anywhere: only the environment knows.
_METHODS = frozenset(dir(dict))
#: Includes that become part of one template; templates that include each other many times over stay apart.
_MOST_INCLUDES = 200
#: Tests and filters for what may be missing.
_ASKING = ("defined", "undefined", "default", "d")
#: What makes a template one of its own, wherever it is included.
_OWN_NODES = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block, nodes.EvalContextModifier)
_OWN_NAMES = frozenset({"self", "super", "caller", "varargs", "kwargs"})


class FastCode(CodeGenerator):
    """Writes the Python code of a template."""

    environment: ThemeEnvironment
    _gathers = True
    _may_be_missing = False

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        _IncludedTemplates(self.environment, str(self.name)).visit(node)
        # Jinja gives the text of an include without context past whatever is gathered.
        self._gathers = all(include.with_context for include in node.find_all(nodes.Include))
        super().visit_Template(node, frame)

    # --- one piece of text for each template and block ------------------------------------------------------

    def enter_frame(self, frame: Frame) -> None:
        super().enter_frame(frame)
        if self._gathers and _is_whole(frame):
            self.buffer(frame)

    def leave_frame(self, frame: Frame, with_python_scope: bool = False) -> None:
        super().leave_frame(frame, with_python_scope)
        if self._gathers and _is_whole(frame):
            self.writeline(f"yield concat({frame.buffer})")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _escapes(frame):
            self.write("(escaped[value] if type(value := (")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _escapes(frame):
            self.write(")) is str else escape(value))")
        else:
            super()._output_child_post(node, frame, finalize)

    # --- attributes and calls -------------------------------------------------------------------------------

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        is_plain = node.attr not in _METHODS and not keyword.iskeyword(node.attr)
        if self._may_be_missing or not is_plain or _is_mapping(node.node):
            super().visit_Getattr(node, frame)
            return
        self.write("(")
        self.visit(node.node, frame)
        self.write(f").{node.attr}")

    def visit_Test(self, node: nodes.Test, frame: Frame) -> None:
        with self._asked(node):
            super().visit_Test(node, frame)

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:
        with self._asked(node):
            super().visit_Filter(node, frame)

    @contextmanager
    def _asked(self, node: nodes.Test | nodes.Filter) -> Iterator[None]:
        before = self._may_be_missing
        self._may_be_missing = before or node.name in _ASKING
        yield
        self._may_be_missing = before

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """A name that is called is a function of the theme or a macro: none of them needs what Jinja may pass."""
        is_plain = isinstance(node.node, nodes.Name) and not (forward_caller or node.dyn_args or node.dyn_kwargs)
        if (
            not is_plain
            or not frame.eval_ctx.autoescape
            or any(keyword.iskeyword(kwarg.key) for kwarg in node.kwargs)
        ):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")


def _escapes(frame: Frame) -> bool:
    """Whether it is known now that what is put out there is escaped."""
    return frame.eval_ctx.autoescape and not frame.eval_ctx.volatile


def _is_mapping(node: nodes.Node) -> bool:
    """Whether what stands below it are keys: those of a mapping, or the blocks of the template itself."""
    if isinstance(node, nodes.Name):
        return node.name == "self" or node.name in _MAPPINGS
    return isinstance(node, nodes.Getattr) and (node.attr in _MAPPINGS or _is_mapping(node.node))


def _is_whole(frame: Frame) -> bool:
    """Whether it is that of a whole template or block."""
    return frame.parent is None and (frame.toplevel or frame.block_frame)


class _IncludedTemplates(NodeTransformer):
    """Puts what a template includes where it is included, as far as it means the same there."""

    def __init__(self, environment: ThemeEnvironment, path: str, above: tuple[str, ...] = ()) -> None:
        self._environment = environment
        self._path = path
        self._above = (*above, path)
        self._count = 0

    def visit_ScopedEvalContextModifier(self, node: nodes.ScopedEvalContextModifier) -> nodes.Node:
        return node  # a template escapes whatever holds where it is included

    def visit_Include(self, node: nodes.Include) -> nodes.Node:
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        if not isinstance(name, str) or not node.with_context or self._count >= _MOST_INCLUDES:
            return node
        path = self._environment.join_path(name, self._path)
        if path in self._above:
            return node
        template = self._environment.parsed(path)
        if template is None:
            return node
        inner = _IncludedTemplates(self._environment, path, self._above)
        inner.visit(template)
        self._count += 1 + inner._count
        if _stays_apart(template):
            return node
        self._environment.note_included(self._above[0], name, self._path, path)
        return nodes.Scope(template.body, lineno=node.lineno).set_environment(self._environment)


def _stays_apart(template: nodes.Template) -> bool:
    """Whether it has what would mean something else inside of another template. One walk: sites wait for this."""
    waiting: list[tuple[nodes.Node, bool]] = [(template, False)]
    while waiting:
        node, in_loop = waiting.pop()
        if isinstance(node, _OWN_NODES):
            return True
        if isinstance(node, nodes.Name) and (node.name in _OWN_NAMES or (node.name == "loop" and not in_loop)):
            return True
        body = {id(part) for part in node.body} if isinstance(node, nodes.For) else ()
        waiting.extend((child, in_loop or id(child) in body) for child in node.iter_child_nodes())
    return False
