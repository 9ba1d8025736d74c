"""Ready replies, filled in for one request."""

from __future__ import annotations

import re

from django.db.models import Q, QuerySet

from space.models import CannedReply, MemberRequest
from space.models.requests import PLACEHOLDERS

_PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS)))
NOBODY = "Madame, Monsieur"  # who wrote without giving a name


def replies_for(request: MemberRequest) -> QuerySet[CannedReply]:
    """Those of its theme, and those for every theme."""
    return CannedReply.objects.filter(Q(theme=None) | Q(theme=request.theme_id))


def filled(reply: CannedReply, request: MemberRequest) -> str:
    """The text with its placeholders replaced. What replaces them is text, never looked into again."""
    first_name = request.author.first_name if request.author else ""
    values = {
        "{prénom}": first_name or NOBODY,
        "{entreprise}": str(request.member.establishment),
        "{référence}": request.reference or "",
    }
    return _PLACEHOLDER.sub(lambda found: values[found[0]], reply.text)
