"""The back office of direct debits: who handles money has buttons, who reads sees, nobody sees a whole IBAN."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing import collections, mandates
from billing.collection_days import collection_day
from billing.models import Collection, CollectionFile, Invoice, Mandate, Receipt
from core.brand import brand
from core.dates import french_date, today
from core.identifiers import format_iban
from core.models import JournalEntry
from notifications.models import Message
from tests.factories import UserFactory, sign_in
from tests.factories_sepa import CLERK, IBAN, in_file, make_collection, make_draft, make_mandate
from tests.reading import read_page

pytestmark = pytest.mark.django_db


def page(response) -> str:
    return unescape(read_page(response))


def at(name: str, *args) -> str:
    return reverse(f"admin:billing_{name}", args=args)


def confirm(client, url: str, typed: dict | None = None, **how):
    """Press the button of a verb's page."""
    return client.post(url, {**(typed or {}), "version": "0"}, **how)


@pytest.fixture
def accountant(client):
    user = UserFactory(accountant=True)
    sign_in(client, user)
    return user


@pytest.fixture
def reader(client):
    user = UserFactory(reader=True)
    sign_in(client, user)
    return user


@pytest.mark.fault("H4")
def test_no_page_shows_a_whole_iban(client, accountant):
    collection = make_collection()
    file = in_file(collection)
    draft = make_draft(holder="Pas encore signé")
    for url in (
        at("mandate_changelist"),
        at("mandate_change", collection.mandate_id),
        at("mandate_change", draft.pk),
        at("collection_changelist"),
        at("collection_change", collection.pk),
        at("collection_days"),
        at("collectionfile_changelist"),
        at("collectionfile_change", file.pk),
    ):
        response = client.get(url)
        assert response.status_code == 200, url
        assert IBAN not in page(response).replace(" ", "").replace("\u00a0", "")
    assert "FR76 •••• 0189" in page(client.get(at("mandate_changelist")))


def test_a_mandate_that_waits_for_its_signature_is_listed_and_only_looked_at(client, accountant):
    signed, draft, given_up = make_mandate(holder="Signé"), make_draft(holder="En attente"), make_draft(holder="Laissé")
    mandates.abandon(given_up, by=CLERK)
    listed = client.get(at("mandate_changelist"), {"state__exact": "draft"}).context_data["cl"]
    assert list(listed.queryset) == [draft]
    everything = page(client.get(at("mandate_changelist")))
    assert ("Signé" in everything, "Laissé" in everything, "Abandonné" in everything) == (True, False, False)
    shown = page(client.get(at("mandate_change", draft.pk)))
    assert "À signer" in shown
    assert "Préparé le" in shown
    assert "Signé" not in shown
    for verb in ("mandate_copy", "mandate_revoke"):
        assert at(verb, draft.pk) not in shown
        assert at(verb, signed.pk) in page(client.get(at("mandate_change", signed.pk)))
        assert confirm(client, at(verb, draft.pk), {"reason": "x"}).status_code == 404
    assert client.get(at("mandate_change", given_up.pk)).status_code == 302


def test_the_next_debit_of_a_mandate_is_said_as_people_do(client, accountant):
    mandate = make_mandate()
    url = at("mandate_change", mandate.pk)
    assert ">Premier<" in page(client.get(url))
    in_file(make_collection(mandate))
    assert ">Récurrent<" in page(client.get(url))
    Mandate.objects.update(state=Mandate.State.SUSPENDED)
    shown = page(client.get(url))
    assert "Récurrent" not in shown
    assert "Suivant" not in shown


def test_a_day_whose_debits_were_all_cancelled_is_no_row(client, accountant):
    collection = make_collection()
    day = collection.collects_on.isoformat()
    assert day in page(client.get(at("collection_days")))
    collections.cancel(collection, by=CLERK, reason="Accord avec le client")
    shown = page(client.get(at("collection_days")))
    assert day not in shown
    assert "Aucun prélèvement n’est prévu." in shown


def test_the_reference_given_as_an_example_is_of_this_year(client, accountant):
    for year in ("2026", "2031"):
        with time_machine.travel(f"{year}-06-10T12:00:00+02:00"):
            sign_in(client, accountant)
            assert f"PRL-{year}-0000012 ; AM04" in page(client.get(at("collection_returns")))


def test_a_mandate_is_found_by_its_whole_iban(client, accountant):
    mandate = make_mandate(holder="Menuiserie Cherchée")
    found = page(client.get(at("mandate_changelist"), {"q": "FR76 3000 6000 0112 3456 7890 189"}))
    assert "Menuiserie Cherchée" in found
    assert mandate.rum in page(client.get(at("mandate_changelist"), {"q": mandate.rum}))
    assert "Menuiserie Cherchée" not in page(client.get(at("mandate_changelist"), {"q": "RUM-1999-000001"}))


@pytest.mark.fault("H8")
def test_the_signed_copy_is_handed_out_and_written_down(client, accountant):
    mandate = make_mandate()
    assert client.get(at("mandate_copy", mandate.pk)).status_code == 405
    response = client.post(at("mandate_copy", mandate.pk))
    assert response.content.startswith(b"%PDF")
    entry = JournalEntry.objects.about(mandate).latest("pk")
    assert ("Copie du mandat" in entry.message, entry.actor, entry.internal) == (True, accountant, True)


def test_staff_revoke_with_a_reason(client, accountant):
    mandate = make_mandate()
    url = at("mandate_revoke", mandate.pk)
    assert "Révoquer le mandat" in page(client.get(url))
    assert confirm(client, url, {"reason": ""}).status_code == 422
    assert confirm(client, url, {"reason": "Demande par courrier"}).url == at("mandate_change", mandate.pk)
    mandate.refresh_from_db()
    assert mandate.state == Mandate.State.REVOKED
    assert confirm(client, url, {"reason": "Encore"}).status_code == 409


@pytest.mark.req("B-15", "D-18")
@pytest.mark.fault("G1")
def test_the_file_of_a_day_is_made_once_downloaded_twice_the_same_and_marked_as_collected(client, accountant):
    collection = make_collection(amount="120.00")
    day = collection.collects_on
    assert "Préparer le fichier" in page(client.get(at("collection_days")))
    make = at("collection_make", day.isoformat())
    assert client.get(make).status_code == 405
    assert "1 prélèvement" in page(client.post(make, follow=True))
    assert "déjà été préparé" in page(client.post(make, follow=True))
    file = CollectionFile.objects.get()
    first, second = (client.get(at("collectionfile_download", file.pk)) for _ in range(2))
    assert first.content == second.content
    assert first["Content-Type"] == "application/xml"
    assert file.reference in first["Content-Disposition"]
    assert JournalEntry.objects.about(file).filter(actor=accountant).count() == 2
    mark = at("collectionfile_collected", file.pk)
    assert confirm(client, mark).status_code == 409
    for early in (at("collection_days"), at("collectionfile_change", file.pk)):
        assert mark not in page(client.get(early)), "not offered before the day"
    with time_machine.travel(f"{day}T12:00:00+01:00"):
        sign_in(client, accountant)
        assert "Marquer comme encaissé" in page(client.get(at("collection_days")))
        assert mark in page(client.get(at("collectionfile_change", file.pk)))
        assert "1 prélèvement encaissé" in page(confirm(client, mark, follow=True))
        assert confirm(client, mark).status_code == 409
        assert "Marquer comme encaissé" not in page(client.get(at("collection_days")))
        assert mark not in page(client.get(at("collectionfile_change", file.pk)))
    assert Receipt.objects.get().recorded_by == accountant


def test_one_debit_is_returned_then_presented_again(client, accountant):
    collection = make_collection()
    in_file(collection)
    url = at("collection_return", collection.pk)
    assert "AM04 : La provision du compte est insuffisante" in page(client.get(url))
    assert confirm(client, url, {"code": "", "on": "01/01/2020"}).status_code == 422
    typed = {"code": "AM04", "on": today().strftime("%d/%m/%Y")}
    assert confirm(client, url, typed).status_code == 302
    assert confirm(client, url, typed).status_code == 409
    shown = page(client.get(at("collection_change", collection.pk)))
    assert "Présenter à nouveau" in shown
    again = at("collection_again", collection.pk)
    assert client.get(again).context_data["form"].initial["day"] == collection_day(today(), today()), "it can be kept"
    day = (today() + timedelta(days=20)).strftime("%d/%m/%Y")
    assert "prévu le" in page(confirm(client, again, {"day": day}, follow=True))
    assert confirm(client, again, {"day": day}).status_code == 409
    assert Collection.objects.filter(state="planned").count() == 1


def test_a_planned_debit_is_cancelled(client, accountant):
    collection = make_collection()
    url = at("collection_cancel", collection.pk)
    assert confirm(client, url, {"reason": "Accord avec le client."}).status_code == 302
    told = Message.objects.get(dedupe_key=f"collection-cancelled:{collection.pk}")
    assert "Motif : Accord avec le client." in told.content["paragraphs"]  # one full stop, whoever typed it
    number, due = collection.invoice.number, french_date(collection.invoice.due_on)
    last = told.content["paragraphs"][-1].replace("\u00a0", " ")
    assert last == (
        f"C’est à vous d’agir. La facture {number} ne sera pas prélevée : réglez 120,00 € par virement, au plus tard "
        f"le {due}."
    )
    facts = dict(told.content["facts"])
    assert facts["Reste à régler"].replace("\u00a0", " ") == "120,00 €"
    assert facts["IBAN"] == format_iban(brand().operator["iban"])
    assert facts["Référence à indiquer"] == number
    collection.refresh_from_db()
    assert collection.state == Collection.State.CANCELLED
    assert confirm(client, url, {"reason": "Accord avec le client"}).status_code == 409


def test_a_whole_day_is_put_off(client, accountant):
    collection = make_collection()
    was = collection.collects_on
    url = at("collection_postpone", was.isoformat())
    asked = client.get(url)
    assert asked.context_data["form"].initial["day"] == was
    assert "1 prélèvement est reporté, pour 120,00\u00a0€. Son titulaire reçoit par courriel" in page(asked)
    for day in (today(), was - timedelta(days=1), was):
        refused = confirm(client, url, {"day": day.strftime("%d/%m/%Y")})
        assert refused.status_code == 422
        assert f"annoncés pour le {french_date(was)} : ils ne peuvent être reportés qu’à une date plus" in page(refused)
    later = today() + timedelta(days=60)
    assert confirm(client, url, {"day": later.strftime("%d/%m/%Y")}).status_code == 302
    collection.refresh_from_db()
    assert collection.collects_on >= later
    assert client.get(at("collection_postpone", "2026-13-45")).status_code == 404


def test_nothing_is_put_off_to_a_day_before_its_invoice_is_due(client, accountant):
    collection = make_collection(days=15)
    due = today() + timedelta(days=50)
    Invoice.objects.filter(pk=collection.invoice_id).update(due_on=due)
    url = at("collection_postpone", collection.collects_on.isoformat())
    refused = confirm(client, url, {"day": (due - timedelta(days=1)).strftime("%d/%m/%Y")})
    assert f"n’est due que le {french_date(due)}" in page(refused)
    assert confirm(client, url, {"day": due.strftime("%d/%m/%Y")}).status_code == 302


def test_a_list_of_returns_keeps_the_lines_it_could_not_take(client, accountant):
    first, second = make_collection(), make_collection()
    in_file(first)
    day = today().strftime("%d/%m/%Y")
    text = f"{first.end_to_end_id};AM04\n{second.end_to_end_id};XX99\n"
    response = client.post(at("collection_returns"), {"on": day, "text": text})
    assert response.status_code == 422
    shown = page(response)
    assert "1 rejet enregistré, 1 ligne à corriger" in shown
    assert f"{second.end_to_end_id};XX99" in shown
    assert f"{first.end_to_end_id};AM04" not in shown
    assert client.post(at("collection_returns"), {"on": day, "text": ""}).status_code == 422


def test_a_file_of_returns_is_read_in_whatever_encoding(client, accountant):
    collection = make_collection()
    in_file(collection)
    text = f"Référence;Libellé;Motif\n{collection.end_to_end_id};Rejeté;MD01\n"
    sent = SimpleUploadedFile("rejets.csv", text.encode("cp1252"), content_type="text/csv")
    response = client.post(at("collection_returns"), {"on": today().strftime("%d/%m/%Y"), "text": "", "file": sent})
    assert response.status_code == 302
    collection.refresh_from_db()
    assert (collection.return_code, collection.mandate.state) == ("MD01", Mandate.State.SUSPENDED)
    pdf = SimpleUploadedFile("rejets.csv", b"%PDF-1.7 rien", content_type="text/csv")
    response = client.post(at("collection_returns"), {"on": today().strftime("%d/%m/%Y"), "file": pdf})
    assert response.status_code == 422


@pytest.mark.fault("A8")
def test_who_only_reads_has_no_button_and_no_file(client, reader):
    collection = make_collection()
    file = in_file(collection)
    planned = make_collection()
    for url in (
        at("mandate_change", collection.mandate_id),
        at("collection_change", collection.pk),
        at("collection_days"),
        at("collectionfile_change", file.pk),
    ):
        shown = page(client.get(url))
        for button in ("Révoquer", "Préparer le fichier", "Télécharger", "Marquer comme", "un rejet<", "Annuler le"):
            assert button not in shown
    for url in (
        at("mandate_revoke", collection.mandate_id),
        at("mandate_copy", collection.mandate_id),
        at("collection_make", planned.collects_on.isoformat()),
        at("collection_postpone", planned.collects_on.isoformat()),
        at("collection_returns"),
        at("collection_return", collection.pk),
        at("collection_cancel", planned.pk),
        at("collection_again", collection.pk),
        at("collectionfile_collected", file.pk),
    ):
        assert confirm(client, url, {"reason": "x", "day": "01/01/2030"}).status_code == 403, url
    assert client.get(at("collectionfile_download", file.pk)).status_code == 403


def test_who_may_not_learns_not_what_there_is(client, reader):
    nothing = uuid4()
    for url in (
        at("mandate_revoke", nothing),
        at("collection_return", nothing),
        at("collection_cancel", nothing),
        at("collection_again", nothing),
        at("collectionfile_collected", nothing),
        at("collection_postpone", "2026-13-45"),
    ):
        assert client.get(url).status_code == 403, url
    sign_in(client, UserFactory(is_staff=True))
    assert client.get(at("collection_days")).status_code == 403


def test_lists_and_days_cost_the_same_however_many(client, accountant, django_assert_max_num_queries):
    mandate = make_mandate()
    for days in (20, 30, 40):
        make_collection(mandate, days=days)
    in_file(Collection.objects.latest("collects_on"))
    for url in (at("collection_days"), at("collection_changelist"), at("mandate_changelist")):
        with django_assert_max_num_queries(10):
            client.get(url)
    day = Collection.objects.latest("collects_on").collects_on
    assert "PRL-" in page(client.get(at("collection_changelist"), {"collects_on": day.isoformat()}))


def test_the_page_of_an_invoice_shows_its_debits(client, accountant):
    collection = make_collection()
    address = at("invoice_change", collection.invoice_id)
    for state in ("Prévu", "Transmis à la banque"):
        shown = page(client.get(address))
        assert at("collection_change", collection.pk) in shown
        assert state in shown
        assert IBAN not in shown
        if state == "Prévu":
            in_file(collection)


@pytest.mark.fault("H1")
def test_histories_tell_the_days_of_paris(client, accountant):
    with time_machine.travel("2026-11-30T23:30:00+00:00"):
        collection = make_collection()
        collections.cancel(collection, by=CLERK, reason="Accord avec le client")
    assert "<div>01/12/2026 · Mandat RUM" in page(client.get(at("mandate_change", collection.mandate_id)))
    assert "<div>01/12/2026 · Prélèvement de" in page(client.get(at("collection_change", collection.pk)))
