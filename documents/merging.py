"""Several pieces as one PDF."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

import pikepdf

from documents import files
from documents.models import Upload


def merge(uploads: Iterable[Upload]) -> bytes:
    """One PDF of all the pages, in the order given, with a bookmark that names each piece."""
    return join((upload.name, files.opened(upload)) for upload in uploads)


def join(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """One PDF of several, each given as the name of its bookmark and its content."""
    with pikepdf.new() as target:
        with target.open_outline() as outline:
            for name, content in parts:
                start = len(target.pages)
                with pikepdf.open(BytesIO(content)) as piece:
                    target.pages.extend(piece.pages)
                outline.root.append(pikepdf.OutlineItem(name, start))
        target.Root.PageMode = pikepdf.Name.UseOutlines
        target.Root.Lang = pikepdf.String("fr")
        out = BytesIO()
        target.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()
