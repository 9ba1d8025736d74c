"""What stands between a declaration and its validation: asked by each step, and again by the verb."""

from __future__ import annotations

from contributions import counting
from contributions.models import Campaign, Declaration
from contributions.states import CampaignState
from core.brand import brand
from core.dates import french_date

IDENTITY, PEOPLE, PRICE, FINAL = "declarations", "salaries", "cotisation", "validation"  # slugs of the four steps


def closed_words(campaign: Campaign) -> str:
    """Why a campaign takes no declaration, and whom to call; nothing when it does."""
    if campaign.accepts:
        return ""
    if campaign.state == CampaignState.CLOSED:
        return (
            f"La campagne {campaign.year} est close : cette déclaration ne peut plus être validée en ligne. "
            f"Appelez notre {brand().team} au {brand().phone_display}, nous la ferons avec vous."
        )
    return f"La campagne {campaign.year} ouvre le {french_date(campaign.opens_on)}. Revenez à partir de ce jour."


def people_problems(declaration: Declaration, nobody: bool) -> list[str]:
    """What is wrong with the list; `nobody` says that the box « aucun salarié » is ticked."""
    if wrong := counting.pending(declaration).count():
        lines = "une ligne" if wrong == 1 else f"{wrong} lignes"
        return [f"Il reste {lines} à corriger dans la liste, ou à en retirer."]
    if not nobody and not counting.headcount(declaration):
        return ["La liste est vide : ajoutez vos salariés, ou confirmez que vous n’en aviez aucun."]
    return []


def problems(declaration: Declaration) -> list[str]:
    """All that is missing, each with the step to go back to."""
    found = []
    if IDENTITY not in declaration.confirmed_steps:
        found.append("Vos déclarations : confirmez votre raison sociale et votre SIRET.")
    found += [f"Vos salariés : {words}" for words in people_problems(declaration, declaration.nobody)]
    if not declaration.payment_mode and counting.headcount(declaration):
        found.append("Votre cotisation : choisissez un mode de règlement.")
    if not (declaration.signer and declaration.signer_function and declaration.signer_email):
        found.append("Validation : indiquez votre nom, votre fonction et votre adresse électronique.")
    return found
