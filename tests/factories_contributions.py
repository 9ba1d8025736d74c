"""Campaigns and declarations for tests. A declaration further on gets there by the real verbs.

campaign = CampaignFactory(year=2027)                 # open, with a tariff
declaration = DeclarationFactory(employees=3)         # a draft of a present member with three employees
declaration = DeclarationFactory(filled=True)         # each step confirmed: only « Valider » is missing
declaration = DeclarationFactory(validated=True, campaign=campaign, member=member)
"""

from __future__ import annotations

from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from billing.models.invoice import Mode
from contributions.models import Campaign, Declaration
from contributions.states import CampaignState
from core.dates import today
from tests.factories import COMPANY, EmployeeFactory, MemberFactory, make_operator

STEPS = ["declarations", "salaries", "cotisation", "validation"]


class CampaignFactory(DjangoModelFactory):
    """The open campaign of this year, or of `year`, with the tariff of that year."""

    class Meta:
        model = Campaign
        django_get_or_create = ("year",)

    year = factory.LazyFunction(lambda: today().year)
    opens_on = factory.LazyAttribute(lambda campaign: date(campaign.year, 1, 2))
    deadline = factory.LazyAttribute(lambda campaign: date(campaign.year, 2, 28))
    penalties = "Passé ce délai, la cotisation est majorée de 10 %."
    state = CampaignState.OPEN

    @classmethod
    def _create(cls, model_class: type[Campaign], *args: Any, **kwargs: Any) -> Campaign:
        make_operator(kwargs["year"])
        return super()._create(model_class, *args, **kwargs)


class DeclarationFactory(DjangoModelFactory):
    """A draft of a present member, or further by a trait. `employees` says how many were there on 1 January."""

    class Meta:
        model = Declaration
        skip_postgeneration_save = True

    class Params:
        filled = factory.Trait(until="filled")
        validated = factory.Trait(until="validated")

    campaign = factory.SubFactory(CampaignFactory)
    member = factory.SubFactory(MemberFactory, left_on=None)

    @classmethod
    def _create(
        cls, model_class: type[Declaration], *args: Any, until: str = "draft", employees: int = 0, **kwargs: Any
    ) -> Declaration:
        declaration = super()._create(model_class, *args, **kwargs)
        EmployeeFactory.create_batch(employees, establishment=declaration.member.establishment)
        if until != "draft":
            fill(declaration)
        if until == "validated":
            from contributions import workflow

            declaration = workflow.validate(declaration, by=COMPANY)
        return declaration


def fill(declaration: Declaration, mode: str = Mode.TRANSFER) -> Declaration:
    """As the employer left it one click before the end."""
    declaration.payment_mode = declaration.payment_mode or mode
    declaration.signer_last_name, declaration.signer_first_name = "Morel", "Claire"
    declaration.signer_function, declaration.signer_email = "Gérante", "claire.morel@morel.example"
    declaration.nobody = True
    declaration.confirmed_steps = STEPS[:3]
    declaration.touch()
    declaration.save()
    return declaration
