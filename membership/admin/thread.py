"""The thread of a dossier on its page of the back office, and its two verbs: answer, set aside (B-05)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.http import HttpRequest

from core.acting import Verb
from core.kept import sent_to
from membership import thread
from membership.forms.thread import AnswerForm
from membership.models import Application
from membership.permissions import PROCESS


def _answer(do: Any) -> None:
    """The second click of two is told what the first one did."""
    with suppress(thread.AlreadySent):
        thread.answer(do.dossier, do.typed["message"], key=do.typed["key"], by=do.by, seen=do.seen)


ANSWER = Verb(
    "ecrire",
    "Envoyer le message",
    PROCESS,
    lambda now: not now.dossier.is_draft,
    _answer,
    "Le message est envoyé ; l’entreprise en est prévenue par courriel.",
    form=AnswerForm,
    show=lambda dossier: {"thread": thread.shown(dossier)},
)
SET_ASIDE = Verb(
    "sans-reponse",
    "Pas de réponse à donner",
    PROCESS,
    lambda now: now.dossier.unanswered_since is not None,
    lambda do: thread.set_aside(do.dossier, by=do.by, seen=do.seen),
    "Le message n’attend plus de réponse.",
    page=False,
)
VERBS = [ANSWER, SET_ASIDE]


def context(request: HttpRequest, dossier: Application) -> dict[str, Any]:
    """What templates/admin/membership/thread.html shows: the thread and, for who may, the form to write."""
    may_write = request.user.has_perm(PROCESS) and not dossier.is_draft
    sent = sent_to(request, f"admin:membership_application_{ANSWER.slug}")
    form = AnswerForm(*([sent[1]] if sent else []), dossier=dossier) if may_write else None
    return {
        "thread": thread.shown(dossier),
        "thread_form": form,
        "thread_open": form is not None and (form.is_bound or dossier.unanswered_since is not None),
        "may_set_aside": request.user.has_perm(PROCESS) and dossier.unanswered_since is not None,
    }
