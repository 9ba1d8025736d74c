"""Several pieces as one PDF."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

import pikepdf

from documents import files
from documents.models import Upload


def merge(uploads: Iterable[Upload]) -> bytes:
    """One PDF of all the pages, in the order given, with a bookmark that names each piece."""
    with pikepdf.new() as target:
        with target.open_outline() as outline:
            for upload in uploads:
                start = len(target.pages)
                with pikepdf.open(BytesIO(files.opened(upload))) as piece:
                    target.pages.extend(piece.pages)
                outline.root.append(pikepdf.OutlineItem(upload.name, start))
        target.Root.PageMode = pikepdf.Name.UseOutlines
        target.Root.Lang = pikepdf.String("fr")
        out = BytesIO()
        target.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()
