"""Values quoted for the place where they stand: the one way into HTML, SVG, JSON, a URI or a SARIF message.

Nobody else writes `<`: a document is made of `element`s, whose texts and attributes are quoted here, so that none can
be forgotten. What a terminal reads passes through `muxviz.printable`; what comes from a recording passes through it
too before it is drawn, and the functions here do not rely on that.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from muxviz.printable import REPLACEMENT

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
"""What XML 1.0 does not have (section 2.2), what HTML calls a parse error, what reorders or hides its neighbours."""
_ENTITIES: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_IN_ATTRIBUTE: Final = _ENTITIES | {ord('"'): "&quot;", ord("'"): "&#39;", ord("\t"): " ", ord("\n"): " "}
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9:-]*")
_ENDS_RAW_TEXT: Final = re.compile(r"</|<!--|\r")


class Markup(str):
    """Text that is markup already: an element, or several."""

    __slots__ = ()


# --- HTML and SVG ----------------------------------------------------------------------------------------------------


def element_text(value: str) -> Markup:
    """Text between tags."""
    return Markup(_UNSEEN.sub(REPLACEMENT, value).translate(_ENTITIES))


def attribute(value: object) -> Markup:
    """An attribute's value, with its quotation marks."""
    return Markup(f'"{_UNSEEN.sub(REPLACEMENT, str(value)).translate(_IN_ATTRIBUTE)}"')


def start(name: str, attributes: Mapping[str, object] = {}) -> Markup:
    """A start tag. An attribute that is None does not stand in it."""
    given = [f" {_named(key)}={attribute(value)}" for key, value in attributes.items() if value is not None]
    return Markup(f"<{_named(name)}{''.join(given)}>")


def end(name: str) -> Markup:
    """An end tag."""
    return Markup(f"</{_named(name)}>")


def element(name: str, attributes: Mapping[str, object] = {}, *content: str) -> Markup:
    """An element with its content: texts, which are quoted, and `Markup`, which is taken as it is."""
    inside = "".join([part if isinstance(part, Markup) else element_text(part) for part in content])
    return Markup(f"{start(name, attributes)}{inside}{end(name)}")


def empty(name: str, attributes: Mapping[str, object] = {}) -> Markup:
    """An element of XML without content."""
    return Markup(f"{start(name, attributes)[:-1]}/>")


def raw_text(name: str, attributes: Mapping[str, object], content: str) -> Markup:
    """A `style` or `script` element: HTML and XML alike take what stands in it as it is, so it must be all our own.
    Raises ValueError where it would end the element."""
    if _ENDS_RAW_TEXT.search(content):
        raise ValueError(f"this can't stand in a {name} element")
    return Markup(f"{start(name, attributes)}{content}{end(name)}")


def script_json(value: Any) -> str:
    """JSON as the content of a `script` element: nothing in it is taken for a tag, a comment or a reference."""
    return json_text(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def allowed_by_hash(content: str) -> str:
    """The source expression of a Content Security Policy (level 3, section 2.3.1) for one script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of an element or an attribute")
    return name


# --- JSON ------------------------------------------------------------------------------------------------------------

_UNPRINTABLE: Final = re.compile(r"[^ -~]+")
_LONE: Final = re.compile("[\ud800-\udfff]")


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON in printable ASCII on one line, or indented: a terminal may read it, and so may every parser, as half of a
    surrogate pair (a byte of a file name that is no UTF-8) is U+FFFD in it."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(_whole(value), ensure_ascii=True, indent=indent, separators=separators, allow_nan=False)
    return text.replace("\x7f", "\\u007f")


def ascii_line(line: bytes) -> str:
    """A JSON line with everything outside printable ASCII escaped, fields that we do not know kept as they are."""
    return _UNPRINTABLE.sub(_escaped, line.decode("utf-8", "replace"))


def _whole(value: Any) -> Any:
    """The same without lone surrogates."""
    if isinstance(value, str):
        return value if value.isascii() else _LONE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_whole(key): _whole(one) for key, one in value.items()}
    return [_whole(one) for one in value] if isinstance(value, list | tuple) else value


def _escaped(found: re.Match[str]) -> str:
    """Controls stand between the parts of an object only, as blanks, but for DEL, as everything else does in texts."""
    return "".join(
        " " if char < " " else f"\\u{ord(char):04x}" if char == "\x7f" else json.dumps(char)[1:-1] for char in found[0]
    )


# --- SARIF -----------------------------------------------------------------------------------------------------------


def uri_reference(file: str) -> str:
    """A path of POSIX as a URI (RFC 8089) where it is absolute, as a relative reference (RFC 3986) where it is not;
    bytes that are no UTF-8 are what they are."""
    data = b"".join(_byte(char) for char in file)
    # Two slashes would name a host to a reader of such URIs; to Linux they are one.
    return f"file:///{quote(data.lstrip(b'/'))}" if file.startswith("/") else quote(data)


def _byte(char: str) -> bytes:
    """A character's bytes in a file name (PEP 383)."""
    return char.encode("utf-8", "surrogateescape" if "\udc80" <= char <= "\udcff" else "replace")


def sarif_message(words: str) -> str:
    """A plain text message (SARIF 2.1.0, section 3.11): a brace would begin a placeholder, `[words](place)` a link."""
    return words.replace("{", "{{").replace("}", "}}").replace("](", "] (")
