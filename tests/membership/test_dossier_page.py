"""« Mon dossier »: what happened to the money, and what is still to come of a dossier that is closed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from core.dates import french_date
from core.money import euros
from documents.models import Document, Upload
from membership import payments, pieces, workflow
from membership.dossier_views import events
from membership.models import Application
from tests.factories import CLERK, COMPANY, ApplicationFactory, UserFactory, add_pieces, pay, pdf_file, sign_in
from tests.reading import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator", "clock")]


def page(holder, dossier: Application) -> str:
    return read_page(holder(dossier).get(reverse("membership:dossier", args=[dossier.pk])))


@pytest.mark.req("B-02", "M-19")
def test_a_refund_to_come_says_how_much_who_acts_and_by_when(holder):
    dossier = ApplicationFactory(awaiting=True)
    first, second = pay(dossier, Decimal("60.00")), pay(dossier, Decimal("1240.50"))
    workflow.send_back(dossier, by=CLERK, reason="Pièces jamais reçues.")
    dossier.refresh_from_db()
    assert dossier.due_on
    assert events(dossier, [])[-1] == {
        "state": "next",
        "title": f"Remboursement de {euros(Decimal('1300.50'))}",
        "who": "À nous d’agir",
        "by": dossier.due_on,
    }
    assert f"À nous d’agir, au plus tard le {french_date(dossier.due_on)}" in page(holder, dossier)
    payments.refund(first, by=CLERK)
    dossier.refresh_from_db()
    assert events(dossier, [])[-1]["title"] == f"Remboursement de {euros(Decimal('1240.50'))}", "of what is left"
    payments.refund(second, by=CLERK)
    dossier.refresh_from_db()
    shown = page(holder, dossier)
    assert "À nous d’agir" not in shown
    assert f"Règlement de {euros(Decimal('1240.50'))} remboursé." in shown


@pytest.mark.req("B-02", "M-18")
def test_a_payment_received_shows_its_amount(holder):
    dossier = ApplicationFactory(awaiting=True)
    payment = pay(dossier)
    assert f"Règlement de {euros(payment.amount)} reçu." in page(holder, dossier)


@pytest.mark.req("B-02", "M-18")
def test_a_payment_in_part_is_not_called_missing(holder):
    dossier = ApplicationFactory(awaiting=True)
    total = dossier.proforma.total
    add_pieces(dossier)
    pay(dossier, total - Decimal("248.00"))
    staff = Client()
    sign_in(staff, UserFactory(manager=True))
    their_page = read_page(staff.get(reverse("admin:membership_application_change", args=[dossier.pk])))
    words = f"Reçu en partie : {euros(total - 248)} sur {euros(total)}. Reste à régler : {euros(Decimal(248))}"
    for shown in (page(holder, dossier), their_page):
        assert words in shown
        assert ">Incomplet</span>" in shown
        assert "Manquant" not in shown
    assert [piece.kind for piece in pieces.missing(dossier)] == [pieces.PAYMENT], "the company still has to act"


@pytest.mark.req("B-02", "M-23")
def test_once_accepted_the_invoice_is_there_and_the_way_into_the_space(holder):
    dossier = ApplicationFactory(accepted=True)
    shown = page(holder, dossier)
    invoice = Document.objects.about(dossier.invoice).current().get()
    address = reverse("membership:document", args=[dossier.pk, invoice.pk])
    sent = shown.index("Documents que nous vous avons envoyés")
    assert sent < shown.index(f'<a href="{address}">{invoice.title}</a>')
    answer = holder(dossier).get(address)
    assert answer.status_code in (200, 202), "the file, or that it is being prepared"
    assert f'href="{reverse("accounts:login")}">Ouvrir votre espace adhérent' in shown
    other = ApplicationFactory(accepted=True)
    assert holder(other).get(reverse("membership:document", args=[other.pk, invoice.pk])).status_code == 404


@pytest.mark.req("B-02")
@pytest.mark.parametrize("until", ["returned", "withdrawn", "accepted"])
def test_nothing_is_to_come_of_a_closed_dossier_without_money_to_give_back(holder, until):
    assert "à venir" not in page(holder, ApplicationFactory(until=until))


@pytest.mark.req("B-02")
@pytest.mark.parametrize("until", ["unpaid", "awaiting", "accepted", "returned", "withdrawn"])
def test_the_page_after_validation_says_nothing_of_a_dossier_that_moved_on(holder, until):
    dossier = ApplicationFactory(until=until)
    answer = holder(dossier).get(reverse("membership:confirmation", args=[dossier.pk]))
    assert answer.status_code == 302
    assert answer["Location"] == reverse("membership:dossier", args=[dossier.pk])


@pytest.mark.req("B-02", "M-09")
def test_the_page_after_validation_is_there_until_we_have_checked(holder):
    dossier = ApplicationFactory(submitted=True)
    shown = holder(dossier).get(reverse("membership:confirmation", args=[dossier.pk])).content.decode()
    assert "Votre demande est envoyée" in shown
    assert dossier.reference in shown


@pytest.mark.req("B-02")
def test_the_state_says_what_the_dossier_waits_for(holder):
    dossier = ApplicationFactory(awaiting=True)

    def heading() -> str:
        return page(holder, dossier).partition('<section class="card"><h2>')[2].partition("</h2>")[0]

    assert heading() == "En attente de votre règlement et de vos pièces"
    pay(dossier)
    assert heading() == "En attente de vos pièces"
    add_pieces(dossier)
    assert heading() == "En cours de vérification", "it is our turn"
    other = ApplicationFactory(awaiting=True)
    add_pieces(other)
    dossier = other
    assert heading() == "En attente de votre règlement"


@pytest.mark.req("B-02")
def test_only_what_is_missing_stands_under_what_is_missing(holder):
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "rib", accepted=True)
    shown = page(holder, dossier)
    missing, others = shown.index("Ce qui manque</h2>"), shown.index("Vos autres pièces</h3>")
    assert missing < shown.index("Manquant</span> Extrait Kbis") < others
    assert others < shown.index("Reçu et vérifié</span> RIB")
    add_pieces(dossier)
    pay(dossier)
    shown = page(holder, dossier)
    assert "Ce qui manque" not in shown
    assert "Vos autres pièces" not in shown
    assert shown.count("Reçu et vérifié</span> RIB") == 1


@pytest.mark.req("B-02", "B-04")
def test_another_document_is_asked_for_until_one_is_there(holder):
    dossier = ApplicationFactory(awaiting=True)
    again = "Envoyez un autre document ci-dessous."
    for kind in ("kbis", "other"):
        add_pieces(dossier, kind)
        first = Upload.objects.about(dossier).get(kind=kind)
        workflow.review_piece(dossier, first, accepted=False, by=CLERK, reason="Illisible.")
        assert page(holder, dossier).count(again) == 1
        workflow.add_piece(dossier, kind, pdf_file("mieux.pdf", f"mieux {kind}"), by=COMPANY)
        shown = page(holder, dossier)
        assert again not in shown
        assert "Un autre document le remplace." in shown


@pytest.mark.req("B-02")
@pytest.mark.parametrize("close", [workflow.withdraw, workflow.send_back])
def test_a_closed_dossier_keeps_nothing_open(holder, close):
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "rib")
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"], message="Un original.")
    staff = Client()
    sign_in(staff, UserFactory(manager=True))
    theirs = reverse("admin:membership_application_change", args=[dossier.pk])
    open_words = ("À vérifier par nos soins", "À vérifier</span>", "réponse attendue au plus tard le")
    seen = page(holder, dossier) + staff.get(theirs).content.decode()
    assert all(words in seen for words in open_words)
    dossier.refresh_from_db()
    close(dossier, by=CLERK, reason="Sans suite.")
    seen = page(holder, dossier) + staff.get(theirs).content.decode()
    assert [words for words in open_words if words in seen] == []
    assert "rib.pdf" in seen
    assert "Non vérifié</span>" in seen, "staff still read that nobody looked at it"
