"""What stands between a declaration and its validation: asked by each step, and again by the verb."""

from __future__ import annotations

from contributions import counting
from contributions.models import Campaign, Declaration
from contributions.states import CampaignState
from core.brand import brand
from core.dates import french_date

IDENTITY, PEOPLE, PRICE, FINAL = "declarations", "salaries", "cotisation", "validation"  # slugs of the four steps
STEPS = (IDENTITY, PEOPLE, PRICE)  # confirmed one by one before the validation


def closed_words(campaign: Campaign, *, for_employer: bool = False) -> str:
    """Why a campaign takes no declaration, and how to reach us; nothing when it does. Staff who validate for an
    employer do it in a closed campaign too: that is what these words tell him to ask for."""
    if campaign.accepts or (for_employer and campaign.state == CampaignState.CLOSED):
        return ""
    if campaign.state == CampaignState.CLOSED:
        return (
            f"La campagne {campaign.year} est close\u00a0: cette déclaration ne peut plus être validée en ligne. "
            f"Appelez notre {brand().team} au {brand().phone_display}, ou envoyez-nous une demande depuis «\u00a0Mes "
            "demandes\u00a0»\u00a0: nous la ferons avec vous."
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
    reached = declaration.signer_email or declaration.came_by  # who writes or calls may have no address to give
    if not (declaration.signer and declaration.signer_function and reached):
        found.append("Validation : indiquez votre nom, votre fonction et votre adresse électronique.")
    return found
