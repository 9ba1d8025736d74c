"""States of a campaign and of a declaration, and the moves allowed."""

from __future__ import annotations

from django.db import models


class CampaignState(models.TextChoices):
    PREPARED = "prepared", "En préparation"
    OPENING = "opening", "Ouverture en cours"
    OPEN = "open", "Ouverte"
    CLOSED = "closed", "Close"


ACCEPTING = (CampaignState.OPENING, CampaignState.OPEN)  # a declaration that is there already may be filled in

CAMPAIGN_MOVES: dict[str, tuple[str, ...]] = {
    CampaignState.PREPARED: (CampaignState.OPENING,),
    CampaignState.OPENING: (CampaignState.OPEN,),
    CampaignState.OPEN: (CampaignState.CLOSED,),
    CampaignState.CLOSED: (CampaignState.OPEN,),
}


class State(models.TextChoices):
    DRAFT = "draft", "À déclarer"
    VALIDATED = "validated", "Validée"
    REPLACED = "replaced", "Remplacée par une correction"


MOVES: dict[str, tuple[str, ...]] = {
    State.DRAFT: (State.VALIDATED,),
    State.VALIDATED: (State.REPLACED,),
    State.REPLACED: (),
}


class Way(models.TextChoices):
    """How a declaration that staff validate for the employer came to them; the labels end a sentence."""

    PAPER = "paper", "sur papier"
    PHONE = "phone", "par téléphone"
    MAIL = "mail", "par courriel"


class MidYear(models.TextChoices):
    """The operator's rule for employees who arrive after 1 January. What leaves in the year is never paid back."""

    NONE = "none", "Rien : ils comptent à la déclaration suivante"
    FULL = "full", "La cotisation entière, une fois atteinte la durée de présence"
