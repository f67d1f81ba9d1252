"""What is quoted, character by character: in markup, in JSON, in a URI and in a message of SARIF."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from muxviz import quoting
from muxviz.printable import REPLACEMENT
from muxviz.quoting import Markup, element, empty, json_text

EVERY = "".join(map(chr, range(sys.maxunicode + 1)))
UNSEEN = [
    (0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F),
    (0x2028, 0x202E), (0x2060, 0x206F), (0xD800, 0xDFFF), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xFFFE, 0xFFFF),
    (0xE0000, 0xE0FFF),
]  # fmt: skip
"""First and last of what no text of a document has."""
VISIBLE = re.sub("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in UNSEEN) + "]", "", EVERY)


class Attribute(HTMLParser):
    """The value of an attribute, as HTML reads it."""

    value: str | None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        ((_, self.value),) = attrs


# --- HTML and SVG ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quoted", [quoting.element_text, quoting.attribute])
def test_what_nobody_sees_or_what_reorders_is_replaced(quoted: Callable[[str], str]) -> None:
    assert quoted(EVERY).count(REPLACEMENT) == len(EVERY) - len(VISIBLE) + VISIBLE.count(REPLACEMENT)
    assert quoted(VISIBLE).count(REPLACEMENT) == VISIBLE.count(REPLACEMENT)
    assert not re.search("[\x00-\x08\x0b-\x1f]", quoted(EVERY))


def test_a_text_reads_as_what_it_was() -> None:
    assert quoting.element_text("&lt;<a href='x'>\t\n\"") == "&amp;lt;&lt;a href='x'&gt;\t\n\""
    assert ET.fromstring(element("p", {}, VISIBLE)).text == VISIBLE


def test_an_attribute_reads_as_what_it_was_on_one_line() -> None:
    assert quoting.attribute("<&>\"'\t\n") == '"&lt;&amp;&gt;&quot;&#39;  "'
    assert quoting.attribute(5) == '"5"'
    expected = VISIBLE.replace("\t", " ").replace("\n", " ")
    assert ET.fromstring(empty("p", {"a": VISIBLE})).get("a") == expected
    parser = Attribute()
    parser.feed(quoting.start("p", {"a": VISIBLE}))
    assert parser.value == expected


def test_an_element_quotes_texts_and_takes_markup() -> None:
    inside = element("b", {}, "<")
    assert element("a", {"x": 0, "y": None, "z": ""}, "&", inside) == '<a x="0" z="">&amp;<b>&lt;</b></a>'
    assert empty("a", {"x": "y"}) == '<a x="y"/>'
    assert all(isinstance(one, Markup) for one in (inside, empty("a"), quoting.start("a"), quoting.end("a")))


@pytest.mark.parametrize("name", ["", "a b", "a>", "1a", "-a", "a\n", "a=", "é"])
def test_what_is_no_name_is_refused(name: str) -> None:
    for made in (quoting.start, quoting.end, empty, lambda name: quoting.start("a", {name: ""})):
        with pytest.raises(ValueError, match="is no name"):
            made(name)
    assert quoting.start("h1", {"data-x": "", "xml:space": ""}) == '<h1 data-x="" xml:space="">'


@pytest.mark.parametrize("content", ["a</", "a<!--", "a\rb"])
def test_what_would_end_raw_text_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match="style element"):
        quoting.raw_text("style", {}, content)
    assert quoting.raw_text("style", {"id": "x"}, "a > b && '<'") == "<style id=\"x\">a > b && '<'</style>"


def test_json_in_a_script_has_no_markup() -> None:
    value = {"</script>": "<!-- & ]]>"}
    text = quoting.script_json(value)
    assert not set(text) & set("<>&") and json.loads(text) == value


def test_a_policy_names_a_script_by_its_digest() -> None:
    digest = base64.b64encode(hashlib.sha256("é".encode()).digest()).decode()
    assert quoting.allowed_by_hash("é") == f"'sha256-{digest}'"


# --- JSON ------------------------------------------------------------------------------------------------------------


def test_json_is_printable_ascii_on_one_line() -> None:
    text = json_text([EVERY])
    assert re.fullmatch("[ -~]*", text)
    assert json.loads(text) == [re.sub("[\ud800-\udfff]", "\ufffd", EVERY)]
    assert json_text({"a": [1, None], "b": 2}) == '{"a":[1,null],"b":2}'
    assert json_text({"a": [1]}, 2) == '{\n  "a": [\n    1\n  ]\n}'


def test_half_a_pair_is_replaced_wherever_it_stands() -> None:
    value = {"\ud800": [("\udfff",), {"a": "\udc80\U0001f600"}]}
    assert json_text(value) == '{"\\ufffd":[["\\ufffd"],{"a":"\\ufffd\\ud83d\\ude00"}]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_has_not_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        json_text(value)


def test_a_line_of_json_keeps_its_meaning_in_printable_ascii() -> None:
    line = '{"a":\t"\x7fé😀",\r"b":1}'.encode() + b'"\xff"'
    assert quoting.ascii_line(line) == '{"a": "\\u007f\\u00e9\\ud83d\\ude00", "b":1}"\\ufffd"'


# --- SARIF -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("/a b/c.py", "file:///a%20b/c.py"),
        ("//a/b", "file:///a/b"),
        ("a/b#c?d%", "a/b%23c%3Fd%25"),
        ("é", "%C3%A9"),
        ("\udc80\udcff\udc7f\udd00", "%80%FF%3F%3F"),
    ],
)
def test_a_path_as_a_uri(file: str, uri: str) -> None:
    assert quoting.uri_reference(file) == uri


def test_the_bytes_of_a_name_that_is_no_utf_8_come_back() -> None:
    name = bytes(range(1, 256)).replace(b"/", b"")
    assert unquote_to_bytes(quoting.uri_reference(name.decode("utf-8", "surrogateescape"))) == name


def test_a_message_has_no_placeholder_and_no_link() -> None:
    assert quoting.sarif_message("{0} [a](b) [c] (d)") == "{{0}} [a] (b) [c] (d)"


def test_values_other_than_texts_are_as_they_are() -> None:
    value: dict[str, Any] = {"a": [True, None, 1.5, "x"]}
    assert json.loads(json_text(value)) == value
