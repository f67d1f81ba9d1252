"""The language of conditions: text to a tree of closures. It compares and combines, and can do nothing else.

    condition   = and-part { "or" and-part }
    and-part    = not-part { "and" not-part }
    not-part    = "not" not-part | comparison
    comparison  = operand [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" ) operand ]
                | name "in" "(" constant { "," constant } ")"
    operand     = name | number | word | "quoted" | "true" | "false" | "(" condition ")"

A number may have a unit: `16K`, `2M` (bytes, 1024 to the K), `5ms`, `1.5s` (time). A word that is no name stands for
itself: `call == recv`. Alone, a number is true where it isn't 0, a text and flags where they aren't empty.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from muxviz import printable
from muxviz.events import Event, split
from muxviz.trace.ask.names import NAMES, Instant, Type, Value

LONGEST: Final = 1_000
_DEEPEST: Final = 64


class ConditionError(ValueError):
    """A text that is no condition; one line says what is wrong, and at which column."""


Evaluate = Callable[[Instant], Value]


class Part(NamedTuple):
    """A part of a condition: its type, how to work it out, and the names in it."""

    type: Type
    value: Evaluate
    names: frozenset[str] = frozenset()
    word: str | None = None
    """The text of a constant."""


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


_TOKENS: Final = re.compile(
    r"""\s*(?:
        (?P<number>-?\d+(?:\.\d+)?(?:ns|us|µs|ms|s|K|M|G)?(?![\w.]))
      | (?P<quoted>"[^"]*"|'[^']*')
      | (?P<operator>==|!=|<=|>=|<|>|\(|\)|,)
      | (?P<word>[\w#][\w#|.:-]*)
    )""",
    re.VERBOSE,
)
_UNITS: Final = {
    "ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": 1_000_000_000,
    "K": 1 << 10, "M": 1 << 20, "G": 1 << 30,
}  # fmt: skip
_NUMBER: Final = re.compile(r"(-?\d+)(\.\d+)?(\D*)")
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def compile_condition(text: str) -> Part:
    """The condition that a text is. Raises ConditionError."""
    if len(text) > LONGEST:
        raise ConditionError(f"a condition has at most {LONGEST} characters")
    parser = _Parser(_tokens(text), len(text) + 1)
    part = parser.either(0)
    parser.expect_end()
    return part


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKENS.match(text, at)
        if match is None:
            column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            raise ConditionError(f"column {column}: {_shown(text[column - 1])} has no meaning here")
        kind = match.lastgroup or ""
        found.append(_Token(kind, match[kind], match.start(kind) + 1))
        at = match.end()
    return found


def _shown(text: str) -> str:
    return printable.text(repr(text)[1:-1], 24)


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens, self._end, self._at = tokens, end, 0

    def _next(self, *texts: str) -> _Token | None:
        """The next token, taken, where it is one of these words or signs."""
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind != "quoted" and token.text in texts:
                self._at += 1
                return token
        return None

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            raise ConditionError(f"column {token.column}: {_shown(token.text)} is not expected here; and, or?")

    def either(self, depth: int) -> Part:
        if depth > _DEEPEST:
            raise ConditionError(f"more than {_DEEPEST} parentheses or nots inside each other")
        part = self._both(depth)
        while self._next("or"):
            part = _or(part, self._both(depth))
        return part

    def _both(self, depth: int) -> Part:
        part = self._not(depth)
        while self._next("and"):
            part = _and(part, self._not(depth))
        return part

    def _not(self, depth: int) -> Part:
        count = 0
        while self._next("not"):
            count += 1
        part = self._comparison(depth)
        return part if not count else _truth(part, negated=count % 2 == 1)

    def _comparison(self, depth: int) -> Part:
        left = self._operand(depth)
        sign = self._next("==", "!=", "<", "<=", ">", ">=", "in")
        if sign is None:
            return left
        if sign.text == "in" and left.names and left.type in ("number", "text") and self._next("("):
            return _among(left, sign, self._constants(depth))
        return _compare(left, sign, self._operand(depth))

    def _constants(self, depth: int) -> list[Part]:
        """The rest of a list: constants up to its parenthesis."""
        found = [self._operand(depth)]
        while self._next(","):
            found.append(self._operand(depth))
        if not self._next(")"):
            column = self._tokens[self._at].column if self._at < len(self._tokens) else self._end
            raise ConditionError(f"column {column}: a list is written (7, 8)")
        return found

    def _operand(self, depth: int) -> Part:
        if self._at >= len(self._tokens):
            raise ConditionError(f"column {self._end}: something is missing here")
        token = self._tokens[self._at]
        self._at += 1
        if token.text == "(" and token.kind == "operator":
            part = self.either(depth + 1)
            if not self._next(")"):
                raise ConditionError(f"column {token.column}: this parenthesis is never closed")
            return part
        if token.kind == "number":
            return _constant("number", _number(token))
        if token.kind == "quoted":
            return _constant("text", token.text[1:-1])
        if token.kind == "operator" or token.text in ("and", "or", "in"):
            raise ConditionError(f"column {token.column}: {_shown(token.text)} is not expected here")
        if token.text in ("true", "false"):
            return _constant("truth", token.text == "true")
        name = NAMES.get(token.text)
        if name is None:
            return _constant("text", token.text)
        return Part(name.type, name.get, frozenset({token.text}))


def _number(token: _Token) -> Value:
    found = _NUMBER.fullmatch(token.text)
    assert found is not None
    whole, fraction, unit = found.groups()
    if fraction is None:
        return int(whole) * _UNITS.get(unit, 1)
    return float(whole + fraction) * _UNITS.get(unit, 1)


def _constant(type: Type, value: Value) -> Part:
    return Part(type, lambda moment: value, word=value if isinstance(value, str) else None)


def _truth(part: Part, *, negated: bool = False) -> Part:
    if part.word is not None:
        raise ConditionError(f"{_shown(part.word)} is no name: write it behind == or in")
    value = part.value
    if negated:
        return Part("truth", lambda moment: not value(moment), part.names)
    return Part("truth", lambda moment: bool(value(moment)), part.names)


def _or(left: Part, right: Part) -> Part:
    one, other = _truth(left).value, _truth(right).value
    return Part("truth", lambda moment: one(moment) or other(moment), left.names | right.names)


def _and(left: Part, right: Part) -> Part:
    one, other = _truth(left).value, _truth(right).value
    return Part("truth", lambda moment: one(moment) and other(moment), left.names | right.names)


def _among(left: Part, sign: _Token, listed: list[Part]) -> Part:
    for part in listed:
        if part.names:
            raise ConditionError(f"column {sign.column}: a list has constants in it, no names")
        if part.type != left.type:
            raise ConditionError(f"column {sign.column}: {left.type} and {part.type} are never equal")
    wanted = frozenset(part.value(_NOWHERE) for part in listed)
    value = left.value
    return Part("truth", lambda moment: value(moment) in wanted, left.names)


_NOWHERE: Final = Instant(Event(n=-1, t=0), None, None)
"""Constants are the same at each moment."""


def _compare(left: Part, sign: _Token, right: Part) -> Part:
    names = left.names | right.names
    one, other = left.value, right.value
    kinds = (left.type, right.type)
    if sign.text == "in":
        if kinds != ("text", "flags"):
            raise ConditionError(f"column {sign.column}: in asks for a flag: HUP in reported")
        return Part("truth", lambda m: one(m) in (other(m) or ()), names)  # type: ignore[operator]
    if sign.text in _ORDER:
        if kinds != ("number", "number"):
            raise ConditionError(
                f"column {sign.column}: {sign.text} compares numbers, not {left.type} and {right.type}"
            )
        order = _ORDER[sign.text]

        def ordered(moment: Instant) -> bool:
            a, b = one(moment), other(moment)
            return a is not None and b is not None and order(a, b)

        return Part("truth", ordered, names)
    wanted = sign.text == "=="
    if kinds in (("flags", "text"), ("text", "flags")):
        return Part("truth", lambda m: (_as_flags(one(m)) == _as_flags(other(m))) is wanted, names)
    if left.type != right.type:
        raise ConditionError(
            f"column {sign.column}: {left.type} and {right.type} are never {'equal' if wanted else 'compared'}"
        )

    def same(moment: Instant) -> bool:
        a, b = one(moment), other(moment)
        return a is not None and b is not None and (a == b) is wanted

    return Part("truth", same, names)


def _as_flags(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset(split(str(value or "")))


def truth(part: Part) -> Part:
    """A whole condition: a truth about something. Raises ConditionError for one that has no name in it."""
    part = _truth(part)
    if not part.names:
        raise ConditionError("a condition needs a name: fd, unread, reported, call, lane, …")
    return part
