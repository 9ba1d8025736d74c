"""« À jour de cotisation » is not for who let a deadline go by without declaring, and ends with it (B-13)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from contributions import workflow
from contributions.models import Campaign
from contributions.states import CampaignState
from core.dates import add_months, today
from core.transitions import Refused
from space import attestations
from tests.contributions.conftest import people
from tests.factories import COMPANY
from tests.factories_billing import pay_invoice
from tests.factories_contributions import DeclarationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-13")]
UP_TO_DATE = attestations.Kind.UP_TO_DATE
AFTER = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize("state", [CampaignState.OPEN, CampaignState.CLOSED])
def test_who_never_declared_is_not_up_to_date(draft, clock, state):
    member = draft.member
    assert attestations.ask(member, UP_TO_DATE, by=COMPANY), "the deadline is still to come"
    clock.move_to(AFTER)
    Campaign.objects.update(state=state)
    with pytest.raises(Refused, match="Votre déclaration 2027, à faire au plus tard le 28 février 2027") as refused:
        attestations.ask(member, UP_TO_DATE, by=COMPANY)
    assert ("Appelez notre" if state == CampaignState.CLOSED else "Faites-la dans « Cotiser »") in str(refused.value)
    assert attestations.ask(member, attestations.Kind.MEMBERSHIP, by=COMPANY), "a member all the same"


def test_who_declared_is_up_to_date_even_while_correcting(campaign, member, clock):
    people(member, SI=1)
    done = DeclarationFactory(validated=True, campaign=campaign, member=member)
    workflow.correct(done, by=COMPANY)
    clock.move_to(AFTER)
    blamed = next(offer.obstacles for offer in attestations.offers(member) if offer.kind == UP_TO_DATE)
    assert not [sentence for sentence in blamed if "déclaration" in sentence]


def test_who_has_still_to_declare_is_up_to_date_until_the_deadline(draft, clock):
    """Taken before the deadline, the paper does not outlive it; whoever checks it reads so."""
    clock.move_to(datetime(2027, 2, 1, 9, tzinfo=UTC))
    made = attestations.ask(draft.member, UP_TO_DATE, by=COMPANY)
    assert made.valid_until == draft.campaign.deadline == date(2027, 2, 28)
    assert made.document.snapshot["valid_until"] == "28 février 2027"
    assert attestations.ask(draft.member, attestations.Kind.MEMBERSHIP, by=COMPANY).valid_until == date(2027, 5, 1)
    clock.move_to(datetime(2027, 2, 28, 9, tzinfo=UTC))
    assert attestations.check(made.code).today[1] == "Toujours valable"
    clock.move_to(AFTER)
    assert attestations.check(made.code).today[1] == "Validité dépassée"


def test_a_correction_under_way_ends_nothing(campaign, member):
    people(member, SI=1)
    done = DeclarationFactory(validated=True, campaign=campaign, member=member)
    pay_invoice(done.invoice)
    workflow.correct(done, by=COMPANY)
    assert today() < campaign.deadline < add_months(today(), 3)
    assert attestations.ask(member, UP_TO_DATE, by=COMPANY).valid_until == add_months(today(), 3)
