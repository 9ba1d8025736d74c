"""The documents and payments on the page of a dossier: what was received, what was sent."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from billing.settlement import latest_document
from membership import workflow
from tests.backoffice.conftest import page
from tests.factories import CLERK, ApplicationFactory, add_pieces

pytestmark = pytest.mark.django_db


@pytest.mark.req("B-05")
def test_a_closed_dossier_asks_nobody_to_check_its_documents(operator, manager):
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier)
    recus = re.compile(r'id="(?:manque|recus)">.*?</section>', re.DOTALL)
    assert "À vérifier" in "".join(recus.findall(manager.get(page(dossier)).content.decode()))
    workflow.withdraw(dossier, by=CLERK)
    cards = "".join(recus.findall(manager.get(page(dossier)).content.decode()))
    assert "kbis.pdf" in cards
    assert "À vérifier" not in cards
    assert 'class="pending"' not in cards


@pytest.mark.req("M-23", "M-25")
def test_the_invoice_sent_with_the_welcome_is_among_the_documents_sent(operator, manager, login):
    dossier = ApplicationFactory(accepted=True)
    sent = latest_document(dossier.invoice)
    address = reverse("admin:billing_invoice_document", args=[dossier.invoice.pk, sent.pk])
    shown = login(superuser=True).get(page(dossier)).content.decode()
    card = shown[shown.index('id="emis"') :].split("</section>")[0]
    assert f'href="{address}"' in card
    assert sent.title in card
    assert "version" not in card
    shown = manager.get(page(dossier)).content.decode()
    assert (f'href="{address}"' in shown) == manager.user.has_perm("billing.view_invoice"), "no link to a page refused"


def test_each_payment_is_a_card_on_a_phone_and_each_of_its_cells_says_what_it_is(operator, manager):
    shown = manager.get(page(ApplicationFactory(complete=True))).content.decode()
    table = shown[shown.index('id="argent"') :].split("</table>")[0]
    assert 'class="bo-money bo-wide bo-lines"' in table, "the style that stacks"
    cells = re.findall(r"<td([^>]*)>", table)
    assert [re.search(r'data-label="([^"]+)"', cell)[1] for cell in cells] == ["Mode", "Montant", "État", "Saisi par"]
