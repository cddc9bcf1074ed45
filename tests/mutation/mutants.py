# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mutants of a module: its text with one small mistake in each.

Operators that a stronger one implies are left out: a test that tells ``a and b`` from ``b`` also tells it from
``a or b`` and from ``not a and b``. What is written for people (sentences in messages, docstrings) is not changed, only
counted.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

#: Where it is evaluated when the module is imported, and not in a function.
IMPORTED = "(module)"

_BOUNDARIES: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "//"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"), ast.Pow: ("**", "*"), ast.BitOr: ("|", "&"), ast.BitAnd: ("&", "|"),
}  # fmt: skip
_CALLS = {"any": "all", "all": "any", "min": "max", "max": "min", "sorted": "list"}
#: Methods that give the same value in another form.
_FORMS = {"strip", "lstrip", "rstrip", "lower", "upper", "casefold", "replace", "astimezone"}
#: Text for people: two words, or a word beside a value.
_WORDING = re.compile(r"(?:[A-Za-z]{2,}|\})[,.:;']* ['(]?[A-Za-z]{2,}|[A-Za-z]{2,}[,.:;']* ['(]?\{")
_QUOTE = re.compile(rb"[A-Za-z]*(?:'''|\"\"\"|'|\")")
_NEGLIGIBLE = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)


Name = tuple[str, str, str, str]


@dataclass(frozen=True)
class Mutant:
    """One small mistake in a module.

    :param module: its path below plugins/.
    :param function: the qualified name of the function that it is in, or ``IMPORTED``.
    :param line: the first that changes.
    :param start, end: which bytes of the module ``new`` replaces.
    :param lines: the first and the last line by which coverage knows whether a test reaches it.
    :param before, after: the changed lines in full, without indentation.
    :param nth: which of those with the same name it is.
    """

    module: str
    function: str
    line: int
    start: int
    end: int
    new: str
    lines: tuple[int, int]
    before: str
    after: str
    nth: int = 0

    @property
    def name(self) -> Name:
        """What an explanation names it by: it outlives edits elsewhere in the module."""
        return self.module, self.function, self.before, self.after

    def applied(self, source: bytes) -> bytes:
        """The text of the module with the mistake."""
        return source[: self.start] + self.new.encode() + source[self.end :]


def mutants_of(module: str, source: bytes) -> tuple[list[Mutant], int]:
    """Every mutant of a module, and how many texts for people were left alone.

    :param module: its path below plugins/.
    """
    maker = _Maker(module, source)
    maker.visit(ast.parse(source))
    found = {(one.start, one.end, one.new): one for one in maker.found}
    names: Counter[Name] = Counter()
    numbered = []
    for _place, one in sorted(found.items()):
        numbered.append(replace(one, nth=names[one.name]))
        names[one.name] += 1
    return numbered, maker.wordings


class _Maker(ast.NodeVisitor):
    """Walks through a module and notes its mutants."""

    def __init__(self, module: str, source: bytes) -> None:
        self.module, self.source = module, source
        self.found: list[Mutant] = []
        self.wordings = 0
        self._names: list[str] = []
        #: The statement or lambda in which the walk is, whose lines coverage counts.
        self._unit: ast.AST = ast.Pass(lineno=1)
        self._runs_late = False
        self._offsets = [0]
        for line in source.splitlines(keepends=True):
            self._offsets.append(self._offsets[-1] + len(line))

    # -- where the walk is --------------------------------------------------------------------------------------------

    def visit(self, node: ast.AST) -> None:
        """Visit a node, and remember the statement it is."""
        if isinstance(node, _NEGLIGIBLE) or _is_for_types(node):
            return
        outer = self._unit
        if isinstance(node, (ast.stmt, ast.Lambda)):
            self._unit = node
        super().visit(node)
        self._unit = outer

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Defaults run with what surrounds the function; decorators and annotations are no logic."""
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(default)
        outer, self._runs_late = self._runs_late, True
        self._within(node.name, node.body)
        self._runs_late = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Its body runs when the module is imported."""
        self._within(node.name, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A small function without a name."""
        outer, self._runs_late = self._runs_late, True
        self.visit(node.body)
        self._runs_late = outer

    def visit_Module(self, node: ast.Module) -> None:
        """The docstring is none of the code."""
        self._each(node.body)

    def _within(self, name: str, body: Sequence[ast.stmt]) -> None:
        self._names.append(name)
        self._each(body)
        self._names.pop()

    def _each(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                self.visit(statement)

    # -- conditions ---------------------------------------------------------------------------------------------------

    def visit_If(self, node: ast.If) -> None:
        """Taken always, and never."""
        self._truth(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """The same."""
        self._truth(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        """Never; always would be no end."""
        self._replace(node.test, "False")
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """Without a filter, and nothing at all."""
        for condition in node.ifs:
            self._truth(condition)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Without one of the operands, and as if another had decided."""
        neutral, decided = ("True", "False") if isinstance(node.op, ast.And) else ("False", "True")
        for value in node.values:
            # A constant at the end of `or` is the value of the whole; it has mutants of its own.
            if not isinstance(value, ast.Constant):
                self._replace(value, neutral)
        self._replace(node, decided)
        # `not` and comparisons in it are implied by that, but not what they compare.
        for value in node.values:
            self._operands(value)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Always true, always false, and a limit that is moved by the least."""
        self._truth(node)
        self._operands(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """The other truth, the other sign."""
        if isinstance(node.op, ast.Not):
            self._truth(node)
        elif isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
            self._put(node, self._start(node), self._start(node) + 1, "+")
        self._operands(node)

    def _operands(self, node: ast.expr) -> None:
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for index, operator in enumerate(node.ops):
                if type(operator) in _BOUNDARIES:
                    self._swap(node, sides[index], sides[index + 1], *_BOUNDARIES[type(operator)])
            self.generic_visit(node)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self._operands(node.operand)
        elif isinstance(node, ast.UnaryOp):
            self.generic_visit(node)
        else:
            self.visit(node)

    def _truth(self, node: ast.expr) -> None:
        if isinstance(node, ast.BoolOp):
            return
        for truth in ("True", "False"):
            self._replace(node, truth)

    # -- values -------------------------------------------------------------------------------------------------------

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Another arithmetic."""
        if type(node.op) in _ARITHMETIC:
            self._swap(node, node.left, node.right, *_ARITHMETIC[type(node.op)])
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """The other truth, the numbers beside it, another text."""
        value = node.value
        if isinstance(value, bool):
            self._replace(node, str(not value))
        elif isinstance(value, int):
            self._replace(node, str(value + 1))
            self._replace(node, str(value - 1) if value else "(-1)")
        elif isinstance(value, float):
            self._replace(node, str(value + 1))
        elif isinstance(value, (str, bytes)):
            self._text(node, value if isinstance(value, str) else value.decode("latin-1"))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """The text, and the values in it."""
        parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
        self._text(node, "".join(parts))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def _text(self, node: ast.expr, text: str) -> None:
        if _WORDING.search(text):
            self.wordings += 1
            return
        quote = _QUOTE.match(self.source, self._start(node))
        if quote:
            self._put(node, quote.end(), quote.end(), "XX")

    def visit_Call(self, node: ast.Call) -> None:
        """Another function of its kind, or without a change of form."""
        function = node.func
        if ast.unparse(function) == "t.cast":
            self.visit(node.args[1])
            return
        if isinstance(function, ast.Name) and function.id in _CALLS:
            self._replace(function, _CALLS[function.id])
        elif isinstance(function, ast.Attribute) and function.attr in _FORMS:
            self._put(node, self._close(function.value), self._end(node), "")
        self.generic_visit(node)

    # -- statements ---------------------------------------------------------------------------------------------------

    def visit_Return(self, node: ast.Return) -> None:
        """Nothing is returned. What conditions and constants are returned has its own mutants."""
        if node.value is not None and not isinstance(node.value, (ast.BoolOp, ast.Compare, ast.Constant)):
            self._replace(node.value, "None")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A call for its effect, left out."""
        self._replace(node, "pass")
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """No error."""
        self._replace(node, "pass")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Not added."""
        self._replace(node, "pass")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Not kept, where something else than a name keeps it."""
        if any(isinstance(target, (ast.Attribute, ast.Subscript)) for target in node.targets):
            self._replace(node, "pass")
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Its annotation is no logic."""
        if node.value is not None:
            self.visit(node.value)

    def visit_Break(self, node: ast.Break) -> None:
        """The loop goes on."""
        self._replace(node, "continue")

    def visit_Continue(self, node: ast.Continue) -> None:
        """The loop ends."""
        self._replace(node, "break")

    # -- text ---------------------------------------------------------------------------------------------------------

    def _start(self, node: ast.expr | ast.stmt) -> int:
        return self._offsets[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr | ast.stmt) -> int:
        return self._offsets[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def _close(self, node: ast.expr) -> int:
        """The end of an expression with the brackets round it, before the point of a method."""
        end = self._end(node)
        return end + self.source[end:].index(b".") if b"." in self.source[end:] else end

    def _replace(self, node: ast.expr | ast.stmt, new: str) -> None:
        self._put(node, self._start(node), self._end(node), new)

    def _swap(self, node: ast.expr, left: ast.expr, right: ast.expr, old: str, new: str) -> None:
        """Another operator between two operands."""
        begin = self._end(left)
        at = self.source.index(old.encode(), begin, self._start(right))
        self._put(node, at, at + len(old), new)

    def _put(self, node: ast.expr | ast.stmt, start: int, end: int, new: str) -> None:
        if self.source[start:end] == new.encode():
            return
        first = self.source.rfind(b"\n", 0, start) + 1
        last = (self.source + b"\n").index(b"\n", end)
        before = self.source[first:last]
        after = self.source[first:start] + new.encode() + self.source[end:last]
        lines = (getattr(self._unit, "lineno", node.lineno), node.end_lineno or node.lineno)
        function = ".".join(self._names) if self._runs_late else IMPORTED
        line = self.source.count(b"\n", 0, start) + 1
        self.found.append(
            Mutant(self.module, function or IMPORTED, line, start, end, new, lines, _one_line(before), _one_line(after))
        )


def _is_for_types(node: ast.AST) -> bool:
    """Whether code is there for the type checker, or for those who read."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in ("t.TYPE_CHECKING", "TYPE_CHECKING")
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and ast.unparse(node.value.value) == "t"
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) == "__all__"
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("t.TypeVar", "t.NewType")


def _one_line(text: bytes) -> str:
    return " ".join(line.strip() for line in text.decode().splitlines()).strip()


def lines_of(mutant: Mutant) -> Iterator[int]:
    """The lines by which coverage knows whether a test reaches it."""
    return iter(range(mutant.lines[0], mutant.lines[1] + 1))
