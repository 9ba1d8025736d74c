"""A mandate unused for 36 months debits nobody any more: neither by a file made before that day for a later one, nor by
a debit planned for it."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse

from billing import collections, pain008
from billing.models import Collection, CollectionFile, Mandate
from core.dates import french_date, today
from core.transitions import AlreadyDone, Refused
from tests.factories import UserFactory, sign_in
from tests.factories_billing import make_invoice
from tests.factories_sepa import CLERK, make_collection, make_mandate

pytestmark = [pytest.mark.django_db, pytest.mark.fault("H1")]


def lapses(mandate: Mandate, day: date) -> None:
    """As if it had been signed, or last used, 36 months before."""
    Mandate.objects.filter(pk=mandate.pk).update(lapses_on=day)


@pytest.mark.parametrize(("after", "leaves"), [(0, False), (1, True)])
def test_the_file_collects_until_the_day_before(after, leaves):
    collection = make_collection()
    lapses(collection.mandate, collection.collects_on + timedelta(days=after))
    if leaves:
        assert pain008.make_file(collection.collects_on, by=CLERK).lines.get() == collection
    else:
        with pytest.raises(AlreadyDone):
            pain008.make_file(collection.collects_on, by=CLERK)
        assert not CollectionFile.objects.exists()
    assert list(collections.lapsing(collection.collects_on)) == ([] if leaves else [collection])
    collection.refresh_from_db()
    assert collection.state == (Collection.State.EXPORTED if leaves else Collection.State.PLANNED)


def test_staff_are_told_what_the_file_leaves_out(client):
    kept, left = make_collection(), make_collection()
    assert kept.collects_on == left.collects_on
    lapses(left.mandate, left.collects_on)
    sign_in(client, UserFactory(accountant=True))
    url = reverse("admin:billing_collection_make", args=[left.collects_on.isoformat()])
    page = unescape(client.post(url, follow=True).content.decode())
    assert "1 prélèvement, 120,00" in page
    assert (
        f"1 prélèvement n’est dans aucun fichier, car son mandat sera caduc ce jour-là ({left.end_to_end_id})" in page
    )


def test_of_nothing_but_such_debits_no_other_reason_is_given(client):
    left = make_collection()
    lapses(left.mandate, left.collects_on)
    sign_in(client, UserFactory(accountant=True))
    page = unescape(client.post(reverse("admin:billing_collection_make", args=[left.collects_on]), follow=True).text)
    assert "car son mandat sera caduc" in page
    assert "Aucun prélèvement ne reste à transmettre" not in page


def test_a_debit_is_not_put_off_to_a_day_on_which_its_mandate_will_have_lapsed(client):
    kept, moved = make_collection(), make_collection()
    was, day = kept.collects_on, collections.bank_day(kept.collects_on + timedelta(days=30))
    lapses(kept.mandate, day)
    sign_in(client, UserFactory(accountant=True))
    url = reverse("admin:billing_collection_postpone", args=[was.isoformat()])
    form = client.get(url).context_data["form"]
    page = unescape(client.post(url, {**form.initial, "day": f"{day:%d/%m/%Y}", "version": 1}, follow=True).text)
    assert "1 prélèvement reporté et annoncé à nouveau. 1 reste prévu ce jour-là" in page
    kept.refresh_from_db()
    moved.refresh_from_db()
    assert (kept.collects_on, moved.collects_on) == (was, day)


@pytest.mark.parametrize(("after", "planned"), [(0, False), (1, True)])
def test_nothing_is_planned_from_that_day_on(after, planned):
    mandate = make_mandate()
    invoice = make_invoice(mandate.subject)
    day = collections.bank_day(today() + timedelta(days=30))
    lapses(mandate, day + timedelta(days=after))
    if planned:
        assert collections.plan(invoice, mandate, day, by=CLERK).collects_on == day
    else:
        with pytest.raises(Refused, match=f"sera caduc le {french_date(day)}"):
            collections.plan(invoice, mandate, day, by=CLERK)
