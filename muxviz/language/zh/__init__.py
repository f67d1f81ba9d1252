"""Simplified Chinese, by the English template."""

from __future__ import annotations

from typing import Final

from muxviz.language.zh.meanings import MEANINGS
from muxviz.language.zh.sentences import SENTENCES

ZH: Final[dict[str, str]] = {**SENTENCES, **MEANINGS}
"""English template -> Chinese template, with the same fields."""
