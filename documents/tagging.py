"""What a screen reader is told of a PDF, where WeasyPrint leaves it out.

WeasyPrint writes the tag tree; three things more are written here, just before the file is closed: whether a header
cell heads its row or its column, which is the label and which the value in a list of pairs, and that the foot of a page
is no part of what the document says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pydyf

Elements = dict[bytes, pydyf.Dictionary]


def complete(document: Any, pdf: pydyf.PDF) -> None:
    """A WeasyPrint `finisher`."""
    elements = {
        item.reference: item
        for item in pdf.objects
        if isinstance(item, pydyf.Dictionary) and item.get("Type") == "/StructElem"
    }
    for element in list(elements.values()):
        if element["S"] == "/TR":
            _scope([cell for cell in _kids(element, elements) if cell["S"] in ("/TH", "/TD")])
        elif element["S"] == "/L":
            for group in _kids(element, elements):
                if group["S"] == "/Div":
                    _pair(group, elements)
    _set_feet_apart(pdf, elements)


def _kids(element: pydyf.Dictionary, elements: Elements) -> Iterator[pydyf.Dictionary]:
    return (elements[kid] for kid in element["K"] if kid in elements)


def _scope(cells: list[pydyf.Dictionary]) -> None:
    """A row of nothing but headers heads the columns; a header beside data heads its row."""
    scope = "/Column" if all(cell["S"] == "/TH" for cell in cells) else "/Row"
    for cell in cells:
        if cell["S"] == "/TH":
            cell["A"]["Scope"] = scope


def _pair(group: pydyf.Dictionary, elements: Elements) -> None:
    """`<div><dt>…</dt><dd>…</dd></div>` in a `<dl>` is one item of the list: its label, then what it says."""
    group["S"] = "/LI"
    for number, item in enumerate(_kids(group, elements)):
        item["S"] = "/LBody" if number else "/Lbl"
        for body in _kids(item, elements):
            body["S"] = "/NonStruct"


def _set_feet_apart(pdf: pydyf.PDF, elements: Elements) -> None:
    """Mark what the page margins hold as decoration: else it is read aloud between two paragraphs.

    WeasyPrint gives these texts elements that hang on the document without the document naming them.
    """
    told = set(_told([element for element in elements.values() if element["S"] == "/Document"], elements))
    objects = {item.reference: item for item in pdf.objects}
    apart = {reference for reference, element in elements.items() if reference not in told and _marks(element)}
    for reference in apart:
        page = objects[elements[reference]["Pg"]]
        _decorate(objects[page["Contents"]].stream, _marks(elements[reference]))
    parent_tree = objects[objects[pdf.catalog["StructTreeRoot"]]["ParentTree"]]
    for entry in parent_tree["Nums"]:
        if isinstance(entry, pydyf.Array):
            entry[:] = [b"null" if item in apart else item for item in entry]


def _marks(element: pydyf.Dictionary) -> set[int]:
    """The numbers of the pieces of the page that an element holds."""
    return {kid for kid in element["K"] if isinstance(kid, int)}


def _told(waiting: Iterable[pydyf.Dictionary], elements: Elements) -> Iterator[bytes]:
    """The elements that can be reached from the document."""
    queue = list(waiting)
    while queue:
        element = queue.pop()
        yield element.reference
        queue.extend(_kids(element, elements))


def _decorate(stream: list[Any], marks: set[int]) -> None:
    """Turn these marked contents of a page into artifacts: `/P <</MCID 7>> BDC` → `/Artifact <<…>> BDC`."""
    for place, item in enumerate(stream):
        if isinstance(item, pydyf.Dictionary) and item.get("MCID") in marks:
            stream[place - 1] = "/Artifact"
            stream[place] = pydyf.Dictionary({"Type": "/Pagination"})
