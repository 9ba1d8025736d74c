"""What the pages of staff say: labels, last days, what is missing, how many."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from billing import statements
from billing.models import ExcessUse, Invoice, Proposal, Receipt, StatementLine
from core.journal import timeline
from membership import workflow
from membership.models import Payment, Tariff, ZoneCommune
from notifications.models import CallbackRequest, Message
from space.models import ChangeRequest
from tests.backoffice.conftest import page, url
from tests.billing.statements_samples import camt, credit
from tests.factories import CLERK, ApplicationFactory, UnpaidInvoiceFactory, luhn
from tests.factories_requests import make_employer, make_request
from tests.reading import read_page

pytestmark = pytest.mark.django_db


@pytest.mark.req("M-15")
def test_the_bordereau_is_asked_once_there_is_a_proforma(operator, manager):
    dossier = ApplicationFactory(submitted=True)
    form = manager.get(url(dossier, "demander")).context_data["form"]
    assert form.initial["kinds"] == ["kbis", "rib"]
    text = manager.get(page(dossier)).content.decode()
    assert (text.count(">Manquant<"), text.count(">Plus tard<")) == (2, 1)
    assert "bordereau" in dict(form.fields["kinds"].choices)


def test_buttons_say_what_they_do(operator, manager):
    text = manager.get(page(ApplicationFactory(submitted=True))).content.decode()
    assert "Envoyer un nouveau lien" in text
    assert "Clore et retourner le dossier" in text


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (Receipt(mode="transfer", amount=Decimal("1240.5")), "Virement de 1 240,50 €"),
        (ExcessUse(kind="refunded", amount=Decimal("12")), "Remboursé : 12,00 €"),
        (StatementLine(amount=Decimal("240"), booked_on=date(2027, 2, 8)), "240,00 € du 08/02/2027"),
        (Proposal(amount=Decimal("240"), invoice=Invoice(number="F2027-000001")), "240,00 € pour Facture F2027-000001"),
        (Payment(mode="cheque", amount=Decimal("120")), "Chèque de 120,00 €"),
        (Tariff(monitoring="SIR", amount=Decimal("135")), "Renforcé (SIR) : 135,00 €"),
    ],
)
def test_an_amount_is_named_as_french_people_write_it(row, words):
    assert " ".join(str(row).split()) == words


@pytest.mark.req("B-02")
@pytest.mark.parametrize("until", ["returned", "refund", "withdrawn"])
def test_nothing_is_missing_in_a_closed_dossier(operator, manager, until):
    text = manager.get(page(ApplicationFactory(until=until))).content.decode()
    assert "Reste à régler" not in text
    assert ">Manquant<" not in text


@pytest.mark.req("M-10")
def test_having_found_no_former_membership_is_said(operator, manager):
    never = "Jamais adhérent&nbsp;: aucune facture impayée connue pour ce SIREN."
    dossier = ApplicationFactory(submitted=True)
    assert never in manager.get(page(dossier)).content.decode()
    assert never not in manager.get(page(ApplicationFactory(accepted=True))).content.decode()
    UnpaidInvoiceFactory(member__establishment__siret=luhn(f"{dossier.siret[:9]}0099"))
    assert never not in manager.get(page(dossier)).content.decode()


@pytest.mark.req("B-02")
def test_a_last_day_is_said_to_be_one(operator, manager):
    dossier = ApplicationFactory(awaiting=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    text = manager.get(page(dossier)).content.decode()
    assert "réponse attendue au plus tard le" in text
    assert "répondre à notre demande de pièces au plus tard le" in text
    assert "avant le " not in text
    assert "à envoyer au plus tard le" in timeline(dossier).last().message


@pytest.mark.req("B-25")
def test_the_home_page_says_who_waits_for_a_call(operator, manager, login, django_assert_max_num_queries):
    assert "rappelée" not in manager.get("/admin/").content.decode()
    for name in ("Paul", "Anne"):
        CallbackRequest.objects.create(name=name, phone="+33612345678")
    text = manager.get("/admin/").content.decode()
    waiting = reverse("admin:notifications_callbackrequest_changelist") + "?done_at__isempty=1"
    assert f'<a href="{waiting}">2 personnes attendent d’être rappelées</a>' in text
    assert manager.get(waiting).context_data["cl"].result_count == 2
    cache.clear()
    with django_assert_max_num_queries(10):
        manager.get("/admin/")


@pytest.mark.req("B-21")
def test_figures_say_how_old_they_may_be(operator, manager):
    assert "mis à jour toutes les 10 minutes" in manager.get("/admin/").content.decode()


@pytest.mark.req("M-02")
def test_one_commune_is_singular(operator, login):
    client = login(superuser=True)
    ZoneCommune.objects.filter(commune="91228").delete()
    data = {"codes": "91000", "centre": operator.centres[0].pk}
    text = client.post(reverse("admin:membership_zonecommune_many"), data, follow=True).content.decode()
    assert "1 commune ajoutée, 0 rattachée à un autre centre, 0 déjà là." in text
    assert "Supprimer les communes de la zone" in text


@pytest.mark.req("B-21")
def test_an_address_that_begins_a_sentence_stays_as_it_is_written(operator, login):
    dossier = ApplicationFactory(submitted=True, representative_email="lea@morel.example")
    sent = {"state": Message.State.SENT, "sent_at": timezone.now(), "next_attempt_at": None, "secret": None}
    Message.objects.about(dossier).update(**sent)  # its link is gone: it cannot go again
    message = Message.objects.about(dossier).first()
    resend = reverse("admin:notifications_message_resend", args=[message.pk])
    text = read_page(login(superuser=True).post(resend, follow=True))
    assert "lea@morel.example : Ce message contenait" in text
    assert "Lea@" not in text


@pytest.mark.req("M-10")
def test_one_invoice_and_one_call_are_singular(operator, login):
    client = login(superuser=True)
    invoice = UnpaidInvoiceFactory()
    call = CallbackRequest.objects.create(name="Paul", phone="+33612345678")
    for model, action, row, said in (
        ("membership_unpaidinvoice", "mark_paid", invoice, "1 facture notée comme réglée."),
        ("notifications_callbackrequest", "mark_done", call, "1 appel marqué comme fait."),
    ):
        data = {"action": action, "_selected_action": str(row.pk)}
        assert said in client.post(reverse(f"admin:{model}_changelist"), data, follow=True).content.decode()


@pytest.mark.req("B-21")
@pytest.mark.parametrize(
    ("group", "told"),
    [
        ("manager", {"modification d’entreprise à vérifier", "2 demandes d’adhérents à traiter"}),
        ("accountant", {"ligne de relevé bancaire à rapprocher", "2 demandes d’adhérents à traiter"}),
        ("reader", set()),
    ],
)
def test_the_home_page_says_what_else_waits_to_those_who_may_act(
    operator, login, django_assert_max_num_queries, group, told
):
    employer, member = make_employer()
    requests = [make_request(employer, member) for _ in range(2)]
    ChangeRequest.objects.create(member=member, new={"name": "Morel et fils"}, asked_by_name="Claire Morel")
    statements.take_in(camt([credit("120.00", "inconnu")]), "releve.xml", by=CLERK)
    client = login(**{group: True})
    cache.clear()
    with django_assert_max_num_queries(10):
        shown = client.get("/admin/")
    alerts = shown.context_data["alerts"]
    assert {words for words in told if any(words in text for text, _ in alerts)} == told
    assert len(alerts) == len(told)
    for text, where in alerts:
        assert f'<a href="{where}">{text}</a>' in shown.text
        assert client.get(where).context_data["cl"].result_count == (len(requests) if text.startswith("2 ") else 1)


@pytest.mark.parametrize("demo", [True, False])
def test_the_mailbox_of_the_demonstration_is_at_hand_there_only(operator, manager, settings, demo):
    settings.DEMO = demo
    for address in ("/admin/", "/admin/membership/member/"):
        assert ('href="/boite/"' in manager.get(address).text) is demo
