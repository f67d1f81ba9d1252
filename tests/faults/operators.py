"""The small slips that are planted: those of cosmic-ray that a tired engineer makes too, and four of our own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import parso
from cosmic_ray import plugins
from cosmic_ray.operators.operator import Example, Operator

_THEIRS: Final = (
    "AddNot",
    "ExceptionReplacer",
    "NumberReplacer",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ReplaceFalseWithTrue",
    "ReplaceTrueWithFalse",
    "ReplaceUnaryOperator_Delete_Invert",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Delete_USub",
    "ZeroIterationForLoop",
    *(
        f"ReplaceComparisonOperator_{pair}"
        for pair in (
            "Eq_NotEq", "NotEq_Eq", "Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_GtE", "Gt_LtE", "Is_IsNot", "IsNot_Is",
        )
    ),
    *(
        f"ReplaceBinaryOperator_{pair}"
        for pair in (
            "Add_Sub", "Sub_Add", "Mul_FloorDiv", "FloorDiv_Mul", "Div_Mul", "Mod_FloorDiv", "BitAnd_BitOr",
            "BitOr_BitAnd", "BitXor_BitOr", "LShift_RShift", "RShift_LShift",
        )
    ),
)  # fmt: skip

_SWAPPED: Final = dict(
    pair
    for one, other in (
        ("min", "max"),
        ("any", "all"),
        ("find", "rfind"),
        ("index", "rindex"),
        ("partition", "rpartition"),
        ("startswith", "endswith"),
        ("bisect_left", "bisect_right"),
    )
    for pair in ((one, other), (other, one))
)

Position = tuple[tuple[int, int], tuple[int, int]]


class _Ours(Operator):  # type: ignore[misc]  # cosmic-ray has no types
    @classmethod
    def examples(cls) -> Sequence[Example]:
        return ()


class DropStatement(_Ours):
    """A call or an assignment into an object, left out."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        if node.type != "simple_stmt":
            return
        said = node.children[0]
        called = said.type == "atom_expr" and said.children[-1].get_code().startswith("(")
        put = said.type == "expr_stmt" and (
            said.children[0].type == "atom_expr"  # x.y = ..., x[y] = ...
            or (said.children[1].type == "operator" and said.children[1].value != "=")  # x += ...
        )
        if called or put or said.type == "del_stmt":
            yield said.start_pos, said.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        nothing = parso.parse("pass").children[0]
        nothing.prefix = node.children[0].get_first_leaf().prefix
        node.children[0] = nothing
        return node


class SwapName(_Ours):
    """One function for its twin: the least for the most, the first for the last."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        if node.type == "name" and node.value in _SWAPPED:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.value = _SWAPPED[node.value]
        return node


class SwapIn(_Ours):
    """`in` for `not in`, and the other way."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        for operator in self._found(node):
            yield operator.start_pos, operator.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        operator = self._found(node)[index]
        said = " in" if operator.type == "comp_op" else " not in"
        node.children[node.children.index(operator)] = parso.parse(said)
        return node

    @staticmethod
    def _found(node: Any) -> list[Any]:
        if node.type != "comparison":
            return []
        return [each for each in node.children[1::2] if " ".join(each.get_code().split()) in ("in", "not in")]


class DropMember(_Ours):
    """One of several things in braces, or of those asked with `in`, left out."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        for member in self._found(node):
            yield member.start_pos, member.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        at = node.children.index(self._found(node)[index])
        del node.children[at : at + 2]  # with the comma after it: the last has none, and leaves its own
        return node

    @staticmethod
    def _found(node: Any) -> list[Any]:
        if (
            node.type not in ("testlist_comp", "dictorsetmaker")
            or node.parent is None
            or node.children[1].type != "operator"
        ):
            return []
        asked = node.parent.parent is not None and node.parent.parent.type == "comparison"
        braces = node.type == "dictorsetmaker"
        if node.children[1].get_code().strip() != "," or not (asked or braces) or len(node.children) < 3:
            return []
        return list(node.children[::2])


def operators() -> dict[str, Operator]:
    """Every slip, by its name."""
    found: dict[str, Operator] = {name: plugins.get_operator(f"core/{name}")() for name in _THEIRS}
    return found | {each.__name__: each() for each in (DropStatement, SwapName, SwapIn, DropMember)}
