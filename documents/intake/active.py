"""Anything in a PDF that acts: scripts, programs to launch, forms that send themselves, files inside the file.

The objects themselves are searched, those packed in object streams included: a virus scanner that reads bytes does
not see into a compressed attachment. A place to open the document at, which many honest scanners write, is harmless
and simply not copied.
"""

from __future__ import annotations

from collections.abc import Iterator

from pikepdf import Array, Dictionary, Object, Pdf, Stream

from core.text import lower_first
from documents.intake.errors import UploadRefused

_MAX_OBJECTS = 100_000
_HARMLESS_ACTIONS = {"/GoTo", "/Named"}
_ACTING = {
    "/JavaScript",
    "/Launch",
    "/SubmitForm",
    "/ImportData",
    "/Rendition",
    "/RichMediaExecute",
    "/Movie",
    "/Sound",
    "/GoToE",
}
_ACTING_ANNOTATIONS = {"/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}

_PRINT = "Choisissez « Imprimer », puis « Enregistrer au format PDF », et envoyez ce nouveau fichier."
SCRIPT = (
    "Ce PDF contient un programme ou une action automatique (script, formulaire qui s’envoie, ouverture d’un autre "
    f"fichier…) : par prudence nous ne le prenons pas. {_PRINT}"
)
FORM = f"Ce PDF est un formulaire dynamique (XFA) que nous ne pouvons pas lire. {_PRINT}"
ATTACHMENT = (
    "Ce PDF contient un autre fichier joint : par prudence nous ne le prenons pas. Envoyez chaque document à part. "
    f"Pour garder seulement les pages : {lower_first(_PRINT)}"
)
TOO_COMPLEX = f"Ce PDF est trop compliqué pour être vérifié. {_PRINT}"


def refuse(pdf: Pdf) -> None:
    """Raise `UploadRefused` when anything in `pdf` acts."""
    if len(pdf.objects) > _MAX_OBJECTS:
        raise UploadRefused(TOO_COMPLEX)
    opening = pdf.Root.get("/OpenAction")
    if isinstance(opening, Dictionary) and not _harmless(opening):
        raise UploadRefused(SCRIPT)
    for item in pdf.objects:
        for node in _dictionaries(item):
            _refuse_node(node)


def _dictionaries(item: Object) -> Iterator[Dictionary | Stream]:
    """`item` and the dictionaries written directly inside it; those it refers to come on their own turn."""
    waiting = [item]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Dictionary | Stream):
            yield node
            children = [value for _, value in node.items()]
        elif isinstance(node, Array):
            children = list(node)
        else:
            continue
        waiting.extend(child for child in children if isinstance(child, Object) and not child.is_indirect)


def _refuse_node(node: Dictionary | Stream) -> None:
    if "/JS" in node or str(node.get("/S")) in _ACTING or str(node.get("/Subtype")) in _ACTING_ANNOTATIONS:
        raise UploadRefused(SCRIPT)
    if isinstance(node, Stream) and "/F" in node:  # a stream whose content is in another file
        raise UploadRefused(SCRIPT)
    if "/AA" in node and not _all_harmless(node["/AA"]):
        raise UploadRefused(SCRIPT)
    if "/XFA" in node:
        raise UploadRefused(FORM)
    if "/EF" in node or str(node.get("/Type")) == "/EmbeddedFile" or str(node.get("/Subtype")) == "/FileAttachment":
        raise UploadRefused(ATTACHMENT)


def _harmless(action: Object) -> bool:
    """Whether an action only goes to a page of the same document. What it chains to must be harmless too."""
    for _ in range(20):
        if not isinstance(action, Dictionary) or str(action.get("/S")) not in _HARMLESS_ACTIONS:
            return False
        following = action.get("/Next")
        if following is None:
            return True
        action = following
    return False


def _all_harmless(triggers: Object) -> bool:
    return isinstance(triggers, Dictionary) and all(_harmless(action) for _, action in triggers.items())
