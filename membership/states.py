"""States of a dossier de pré-adhésion, what each is called by whom, and the allowed moves."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    DRAFT = "draft", "Brouillon"
    SUBMITTED = "submitted", "À vérifier"
    UNPAID = "unpaid", "Suspendu : factures impayées"
    AWAITING = "awaiting", "En attente du règlement et des pièces"
    ACCEPTED = "accepted", "Accepté"
    RETURNED = "returned", "Retourné"
    WITHDRAWN = "withdrawn", "Retiré"


# What the employer reads on « Mon dossier ».
FOR_EMPLOYER = {
    State.DRAFT: "À terminer",
    State.SUBMITTED: "En cours de vérification",
    State.UNPAID: "En attente du règlement de factures passées",
    State.AWAITING: "En attente de votre règlement et de vos pièces",
    State.ACCEPTED: "Vous êtes maintenant adhérent",
    State.RETURNED: "Dossier retourné",
    State.WITHDRAWN: "Demande retirée",
}

LAST_STEP = "finalisation"  # of the wizard: confirming it submits

CAME_TO_NOTHING = [State.RETURNED, State.WITHDRAWN]
CLOSED = [State.ACCEPTED, *CAME_TO_NOTHING]

MOVES = {
    State.DRAFT: {State.SUBMITTED},  # one that nobody finishes is purged
    State.SUBMITTED: {State.DRAFT, State.UNPAID, State.AWAITING, State.RETURNED, State.WITHDRAWN},
    State.UNPAID: {State.AWAITING, State.RETURNED, State.WITHDRAWN},
    State.AWAITING: {State.ACCEPTED, State.RETURNED, State.WITHDRAWN},
}


class Queue(models.TextChoices):
    """Who must act next: the queues of the back office's home page."""

    NONE = "", "—"
    CHECK = "check", "À vérifier"
    READY = "ready", "Prêts à accepter"
    COMPANY = "company", "En attente de l’entreprise"
    REFUND = "refund", "Remboursements à faire"
