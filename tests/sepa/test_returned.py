"""Debits that come back: whatever was done by hand before, the return is recorded, and the next debit is right."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from billing import collections, receipts, returns
from billing.models import Collection, Mandate, Receipt
from core.dates import today
from core.transitions import AlreadyDone, Refused
from notifications.models import Message
from tests.factories import UserFactory, sign_in
from tests.factories_billing import pay_invoice, version_of
from tests.factories_sepa import CLERK, in_file, make_collection, make_mandate
from tests.sepa.test_collections import collected

pytestmark = pytest.mark.django_db


# --- Its receipt ------------------------------------------------------------------------------------------------------


def test_what_was_collected_is_cancelled_by_its_return_alone():
    collection = collected(make_collection(amount="120.00"))
    with time_machine.travel(f"{collection.collects_on}T12:00:00+01:00"):
        with pytest.raises(Refused, match="enregistrez le rejet du prélèvement"):
            receipts.cancel_receipt(collection.receipt, reason="Erreur.", by=CLERK)
        collection.receipt.refresh_from_db()
        assert collection.receipt.cancelled_at is None
        returns.record_return(collection, code="AM04", on=today(), by=CLERK)
        with pytest.raises(AlreadyDone):
            receipts.cancel_receipt(collection.receipt, reason="Erreur.", by=CLERK)


def test_a_return_is_recorded_though_its_receipt_was_cancelled_by_hand():
    """As it could be once: such rows are there."""
    collection = collected(make_collection(amount="120.00"))
    columns = {"cancelled_at": timezone.now(), "cancel_reason": "Impayé"}
    Receipt.objects.filter(pk=collection.receipt_id).update(**columns)
    with time_machine.travel(f"{collection.collects_on + timedelta(days=3)}T12:00:00+01:00"):
        returns.record_return(collection, code="AC04", on=today(), by=CLERK)
    collection.refresh_from_db()
    assert (collection.state, collection.mandate.state) == (Collection.State.RETURNED, Mandate.State.SUSPENDED)
    assert collection.receipt.cancel_reason == "Impayé"
    assert Message.objects.filter(dedupe_key=f"collection-returned:{collection.pk}").exists()


def test_the_page_leaves_out_what_was_collected_and_says_why(client):
    collection = collected(make_collection(amount="120.00"))
    with time_machine.travel(f"{collection.collects_on}T12:00:00+01:00"):
        sign_in(client, UserFactory(accountant=True))
        url = reverse("admin:billing_invoice_annuler", args=[collection.invoice_id])
        alone = unescape(client.get(url).content.decode())
        assert "enregistrez son rejet sur la page du prélèvement" in alone
        assert 'name="reason"' not in alone
        assert "Confirmer" not in alone
        typed = {"version": version_of(collection.invoice), "receipt": collection.receipt_id, "reason": "x"}
        assert client.post(url, {**typed, "taken_back": "on"}).status_code == 422
        other = pay_invoice(collection.invoice, "10.00", allow_excess=True)
        response = client.get(url)
        form, page = response.context_data["form"], unescape(response.content.decode())
        assert (list(form.fields["receipt"].queryset), form.initial["receipt"]) == ([other], other)
        assert "enregistrez son rejet sur la page du prélèvement" in page
        assert 'name="reason"' in page
        typed = {"version": version_of(collection.invoice), "receipt": other.pk, "reason": "Erreur"}
        assert client.post(url, typed).status_code == 302
    collection.invoice.refresh_from_db()
    assert (collection.invoice.paid, collection.receipt.cancelled_at) == (Decimal("120.00"), None)


# --- The next debit ---------------------------------------------------------------------------------------------------


def sent(mandate: Mandate, *days: int) -> list[Collection]:
    """Debits of this mandate at the bank, each in a file of its own, in this order."""
    found = [make_collection(mandate, days=each) for each in days]
    for collection in found:
        in_file(collection)
    return found


def bounced(collection: Collection) -> None:
    with time_machine.travel(f"{collection.collects_on + timedelta(days=1)}T12:00:00+01:00"):
        returns.record_return(collection, code="AM04", on=today(), by=CLERK)


def following(mandate: Mandate) -> str:
    """The sequence of its next debit."""
    mandate.refresh_from_db()
    return str(mandate.sequence)


def test_a_first_debit_that_came_back_after_another_has_settled_makes_no_other_first():
    mandate = make_mandate()
    first, second = sent(mandate, 20, 40)
    assert (first.sequence, second.sequence) == ("FRST", "RCUR")
    with time_machine.travel(f"{second.collects_on}T12:00:00+01:00"):
        collections.mark_collected(second.file, by=CLERK)
    bounced(first)
    assert following(mandate) == "RCUR"
    second.refresh_from_db()
    bounced(second)
    assert following(mandate) == "RCUR", "it had settled all the same"


def test_as_long_as_another_is_at_the_bank_it_is_not_known():
    mandate = make_mandate()
    first, second = sent(mandate, 20, 40)
    bounced(first)
    assert following(mandate) == "RCUR"
    bounced(second)
    assert following(mandate) == "FRST", "none has ever settled"
