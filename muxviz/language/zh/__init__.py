"""Simplified Chinese, by the English template."""

from __future__ import annotations

from typing import Final

from muxviz.language.zh.check import CHECK
from muxviz.language.zh.facts import FACTS
from muxviz.language.zh.findings import FINDINGS
from muxviz.language.zh.keys import KEYS
from muxviz.language.zh.meanings import MEANINGS
from muxviz.language.zh.notices import NOTICES
from muxviz.language.zh.predict import PREDICT
from muxviz.language.zh.programs import PROGRAMS
from muxviz.language.zh.reference import REFERENCE
from muxviz.language.zh.screen import SCREEN
from muxviz.language.zh.sentences import SENTENCES
from muxviz.language.zh.tls import TLS
from muxviz.language.zh.traced import TRACED

ZH: Final[dict[str, str]] = {
    **SENTENCES,
    **MEANINGS,
    **SCREEN,
    **KEYS,
    **NOTICES,
    **REFERENCE,
    **FINDINGS,
    **PREDICT,
    **PROGRAMS,
    **FACTS,
    **TRACED,
    **TLS,
    **CHECK,
}
"""English template -> Chinese template, with the same fields."""
