"""HTML as a browser lays it out, so that no test depends on how a template is cut into lines.

Whitespace beside the edge of a block-level element, or beside other whitespace, is not seen: it is left out.
Elsewhere it is one space. What is kept as typed (textarea, pre, script, style, attribute values) is not touched.
"""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

_BLOCK = re.compile(
    r"html|head|body|title|meta|link|base|script|style|main|header|footer|nav|section|article|aside|div|p|h[1-6]|hr|br|pre"
    r"|ul|ol|li|dl|dt|dd|table|caption|colgroup|col|thead|tbody|tfoot|tr|th|td|form|fieldset|legend|option|optgroup|search"
    r"|details|summary|dialog|figure|figcaption|blockquote|address"
)
_BOX = re.compile(r"button|select|svg|datalist")  # inline, but what they hold has edges
_VOID = re.compile(r"img|input|wbr|area|embed|source|track")
_PIECE = re.compile(
    r"(?P<kept><(?P<name>pre|textarea|script|style)\b.*?</(?P=name)>)"
    r"|(?P<note><!--.*?-->)"
    r"|(?P<tag></?(?P<element>[a-zA-Z][\w-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|<![^>]*>)"
    r"|(?P<space>[ \t\r\n\f]+)"
    r"|(?P<text>[^< \t\r\n\f]+(?: [^< \t\r\n\f]+)*|<)",  # words, with one space between two
    re.S,
)
_BETWEEN_ATTRIBUTES = re.compile(r"(\"[^\"]*\"|'[^']*')|[ \t\r\n\f]+")


def laid_out(html: str) -> str:
    """`html` without the whitespace that is not seen."""
    out: list[str] = []
    leads = True  # a space here begins a line, or follows another
    waiting = -1  # where in `out` a space stands that is seen unless the line ends here; -1: none
    for piece in _PIECE.finditer(html):
        if piece["space"]:
            if not leads and waiting < 0:
                waiting = len(out)
            continue
        if piece["note"]:
            out.append(piece[0])
            continue
        name = (piece["element"] or piece["name"] or "").lower()
        tag, closing = bool(piece["tag"]), bool(piece["tag"]) and piece[0].startswith("</")
        block = bool(_BLOCK.fullmatch(name)) or piece[0].startswith("<!")
        box = bool(_BOX.fullmatch(name))
        hidden = name == "input" and 'type="hidden"' in piece[0]
        ends = block or (box and closing)
        if (closing and not ends) or hidden:  # the space before it may still end the line
            out.append(_one_line(piece[0]))
            continue
        seen = waiting >= 0 and not ends
        if seen:
            out.insert(waiting, " ")
        waiting = -1
        out.append(_one_line(piece[0]) if tag else piece[0])
        if block or (box and not closing):
            leads = True
        elif tag and not closing and not _VOID.fullmatch(name):
            leads = leads or seen
        else:
            leads = False
    return "".join(out)


def _one_line(tag: str) -> str:
    if "\n" not in tag:
        return tag
    return _BETWEEN_ATTRIBUTES.sub(lambda found: found[1] or " ", tag).replace(" >", ">")


as_sent = Client.request


def read_laid_out(client: Client, **asked: Any) -> Any:
    """In place of `Client.request`: the answer, an HTML page as it is laid out."""
    answer = as_sent(client, **asked)
    if not answer.streaming and answer.get("Content-Type", "").startswith("text/html"):
        answer.content = laid_out(answer.content.decode())
    return answer
