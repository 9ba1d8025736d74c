"""The journal of the back office: what each entry is about, in words, and found by the company's name or numbers."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from core.identifiers import format_siret
from core.journal import Actor, record
from core.models import JournalEntry
from membership.models import Member
from tests.factories import ApplicationFactory, MemberFactory, UserFactory, sign_in
from tests.factories_billing import make_invoice
from tests.factories_sepa import make_mandate

pytestmark = pytest.mark.django_db
JOURNAL = "admin:core_journalentry_changelist"
BY = Actor.person("Claire Morel")


def entries(client: Client, term: str) -> set[str]:
    shown = client.get(reverse(JOURNAL), {"q": term})
    return {entry.message for entry in shown.context["cl"].result_list}


@pytest.fixture
def reader() -> Client:
    client = Client()
    sign_in(client, UserFactory(reader=True))
    return client


@pytest.fixture
def member() -> Member:
    found = MemberFactory(establishment__name="Menuiserie Morel")
    record(found, by=BY, message="Accès de Paul retiré.")
    other = MemberFactory(establishment__name="Garage Petit")
    record(other, by=BY, message="Accès de Jean retiré.")
    return found


@pytest.mark.req("B-02")
@pytest.mark.parametrize("term", ["morel menuiserie", "{number}", "{siret}", "{spaced}"])
def test_a_company_is_found_by_its_name_and_its_numbers(member, reader, term):
    term = term.format(number=member.number, siret=member.siret, spaced=format_siret(member.siret))
    assert entries(reader, term) == {"Accès de Paul retiré."}


@pytest.mark.req("B-02")
def test_all_that_concerns_a_company_is_found_together(operator, member, reader):
    """Its dossier, its invoices and its mandates are other things, each with entries of its own."""
    dossier = ApplicationFactory(until="submitted", establishment__name="Menuiserie Morel")
    invoice = make_invoice(member, name="Menuiserie Morel")
    make_mandate(member)
    found = JournalEntry.objects.filter(message__in=entries(reader, "menuiserie"))
    assert {entry.subject_type for entry in found} >= {
        "membership.member",
        "membership.application",
        "billing.invoice",
        "billing.mandate",
    }
    assert entries(reader, invoice.number) == set(JournalEntry.objects.about(invoice).values_list("message", flat=True))
    assert dossier.reference


def test_what_was_done_and_by_whom_are_still_searched(member, reader):
    assert entries(reader, "Jean") == {"Accès de Jean retiré."}
    assert len(entries(reader, "claire")) == 2
    assert entries(reader, "rien de tel") == set()


@pytest.mark.fault("A8")
def test_nobody_finds_by_what_he_may_not_see(member, reader):
    account = UserFactory(email="secret@morel.example")
    record(account, by=BY, message="Mot de passe changé.")
    assert entries(reader, "secret@morel") == set()
    boss = Client()
    sign_in(boss, UserFactory(superuser=True))
    assert entries(boss, "secret@morel") == {"Mot de passe changé."}


@pytest.mark.req("B-02")
def test_an_entry_names_what_it_is_about_and_leads_there(member, reader):
    page = reader.get(reverse(JOURNAL)).content.decode()
    url = reverse("admin:membership_member_change", args=[member.pk])
    assert f'<a href="{url}">Adhérent · {member.number} Menuiserie Morel</a>' in page
    assert "membership.member" not in page
    entry = JournalEntry.objects.about(member).get()
    assert f">{make_invoice(member)}</a>" in reader.get(reverse(JOURNAL)).content.decode(), "« Facture » once"
    detail = reader.get(reverse("admin:core_journalentry_change", args=[entry.pk])).content.decode()
    assert f'<a href="{url}">' in detail


def test_what_is_gone_and_what_has_no_page_are_named_without_a_link(reader):
    member = MemberFactory(establishment__name="L’Atelier <b>")
    record(member, by=BY, message="Accès retiré.")
    record(member.establishment, by=BY, message="Adresse corrigée.")
    member.delete()
    page = reader.get(reverse(JOURNAL)).content.decode()
    assert '<td class="field-about">Adhérent</td>' in page
    assert f'<td class="field-about">Établissement · {escape("L’Atelier <b>")}</td>' in page


def test_a_page_asks_once_for_each_kind(operator, reader):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            reader.get(reverse(JOURNAL))
        return len(seen)

    record(MemberFactory(), by=BY, message="Accès retiré.")
    few = queries()
    for _ in range(10):
        record(MemberFactory(), by=BY, message="Accès retiré.")
    assert queries() == few
