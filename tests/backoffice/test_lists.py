"""What lists of the admin say, and what they cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.dates import today
from membership.models import UnpaidInvoice
from tests.factories import MemberFactory, UnpaidInvoiceFactory
from tests.factories_billing import make_invoice

pytestmark = pytest.mark.django_db
LIST = "admin:{}_changelist"


@pytest.mark.req("M-10")
def test_the_list_of_members_counts_what_is_unpaid_whatever_its_length(operator, manager):
    late = MemberFactory()
    MemberFactory.create_batch(12)
    UnpaidInvoiceFactory(member=late)
    make_invoice(late, due_on=today() - timedelta(days=1))
    with CaptureQueriesContext(
        connection,
    ) as seen:
        text = manager.get(reverse(LIST.format("membership_member"))).content.decode()
    assert len(seen) <= 10
    assert '<td class="field-unpaid">2</td>' in text
    assert text.count('<td class="field-unpaid">aucun</td>') == 12


def test_lists_speak_french(operator, manager):
    text = manager.get(reverse(LIST.format("notifications_callbackrequest"))).content.decode()
    assert "0 demande de rappel" in " ".join(text.split())
    UnpaidInvoiceFactory(amount="1382.50", due_on=today().replace(month=12, day=1))
    text = manager.get(reverse(LIST.format("membership_unpaidinvoice"))).content.decode()
    assert "1\u202f382,50\u00a0€" in text
    assert f"{UnpaidInvoice.objects.get().due_on:%d/%m/%Y}" in text


@pytest.mark.parametrize("typed", ["cafe COTES", "Hélène morel", "helene", "A-0042", "a 0042"])
def test_members_and_their_invoices_are_found_whatever_the_accents_and_by_the_trade_name(operator, manager, typed):
    names = {"establishment__name": "Menuiserie Morel Hélène", "establishment__trade_name": "Café des Côtes"}
    UnpaidInvoiceFactory(member=MemberFactory(number="A-0042", **names))
    UnpaidInvoiceFactory(member=MemberFactory(establishment__name="Boulangerie Martin"))
    for model in ("membership_member", "membership_unpaidinvoice"):
        text = manager.get(reverse(LIST.format(model)), {"q": typed}).content.decode()
        assert "Menuiserie Morel" in text or "A-0042" in text, model
        assert "Boulangerie" not in text, model
