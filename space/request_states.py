"""States of a request and the moves between them: reading this file is reading who must act."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """The labels are those that the company and staff both read (A-28, for our own service)."""

    DRAFT = "draft", "Brouillon"
    OPEN = "open", "En cours"  # with us
    WAITING = "waiting", "En attente"  # waiting for the person
    CLOSED = "closed", "Clôturée"
    CANCELLED = "cancelled", "Annulée"


MOVES = {
    State.DRAFT: {State.OPEN},
    State.OPEN: {State.WAITING, State.CLOSED, State.CANCELLED},
    State.WAITING: {State.OPEN, State.CLOSED, State.CANCELLED},
    State.CLOSED: {State.OPEN},  # by answering, within REOPEN_DAYS of the closing
}

SENT = (State.OPEN, State.WAITING, State.CLOSED, State.CANCELLED)
IN_HAND = (State.OPEN, State.WAITING)
TONES = {State.OPEN: "wait", State.WAITING: "bad", State.CLOSED: "good", State.CANCELLED: ""}

# One sentence for the company: what happens now.
NEXT = {
    State.OPEN: "Votre demande est chez nous : nous vous répondons ici, et un courriel vous prévient.",
    State.WAITING: "Nous avons besoin d’une précision de votre part : répondez ci-dessous pour que nous continuions.",
    State.CANCELLED: "Vous avez annulé cette demande : nous n’y donnons pas suite.",
}
