"""Simplified Chinese, by the English template."""

from __future__ import annotations

from typing import Final

ZH: Final[dict[str, str]] = {}
"""English template -> Chinese template, with the same fields."""
