"""What a screen reader is told of a PDF, where WeasyPrint leaves it out.

WeasyPrint writes the tag tree; PDF/UA wants two things more of it, written here just before the file is closed: whether
a header cell heads its row or its column, and which is the label and which the value in a list of pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pydyf


def complete(document: Any, pdf: pydyf.PDF) -> None:
    """A WeasyPrint `finisher`."""
    elements = {item.reference: item for item in pdf.objects if isinstance(item, pydyf.Dictionary) and "S" in item}

    def kids(element: pydyf.Dictionary) -> Iterator[pydyf.Dictionary]:
        return (elements[kid] for kid in element.get("K", ()) if kid in elements)

    for element in list(elements.values()):
        if element["S"] == "/TR":
            _scope([cell for cell in kids(element) if cell["S"] in ("/TH", "/TD")])
        elif element["S"] == "/L":
            for group in kids(element):
                if group["S"] == "/Div":
                    _pair(group, [(item, list(kids(item))) for item in kids(group)])


def _scope(cells: list[pydyf.Dictionary]) -> None:
    """A row of nothing but headers heads the columns; a header beside data heads its row."""
    scope = "/Column" if all(cell["S"] == "/TH" for cell in cells) else "/Row"
    for cell in cells:
        if cell["S"] == "/TH":
            cell["A"]["Scope"] = scope


def _pair(group: pydyf.Dictionary, items: list[tuple[pydyf.Dictionary, list[pydyf.Dictionary]]]) -> None:
    """`<div><dt>…</dt><dd>…</dd></div>` in a `<dl>` is one item of the list: its label, then what it says."""
    group["S"] = "/LI"
    for number, (item, bodies) in enumerate(items):
        item["S"] = "/LBody" if number else "/Lbl"
        for body in bodies:
            body["S"] = "/NonStruct"
