"""A mandate that was begun and waits for its signature, as any page may show it (billing/mandate_waiting.html)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from billing import mandates
from billing.models import Mandate


def waiting(draft: Mandate | None, url: Callable[..., str]) -> dict[str, Any]:
    """The context of the template, empty when there is no `draft`; `url` gives the address of "sign" and "abandon".

    « Reprendre » leads to the code, and from there to reading again when none is on its way.
    """
    if draft is None:
        return {}
    urls = {page: url(page, draft.pk) for page in ("sign", "abandon")}
    until = draft.created_at + timedelta(days=mandates.DRAFT_DAYS)
    return {"unsigned": draft, "unsigned_until": until, "unsigned_url": urls}
