"""Staff correct a member's company, addresses and contacts, whatever a change request or a call asks (A-06)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from billing.models import Invoice
from core.identifiers import format_siret
from core.journal import timeline
from core.models import JournalEntry, Naf
from core.transitions import Refused
from membership import company
from membership.buyer import buyer
from membership.models import Address, Application, Contact, Establishment, Member
from notifications.models import Message
from space import changes
from space.company import Company
from tests.core.threads import at_once
from tests.factories import CLERK, ApplicationFactory, MemberFactory, make_siret
from tests.factories_billing import make_invoice
from tests.factories_space import access_of, make_manager, make_member
from tests.reading import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("A-06")]
PAGES = ("entreprise", "adresses", "contacts", "contacts-add")


@pytest.fixture
def member(db: None) -> Member:
    Naf.objects.create(code="1623Z", label="Fabrication de charpentes")
    return make_member()


def address(member: Member, page: str, *more: Any) -> str:
    return reverse(f"admin:membership_member_{page}", args=[member.pk, *more])


def shown(client: Client, member: Member, page: str) -> dict[str, str]:
    """What the form holds as it is opened, ready to be sent back."""
    answer = client.get(address(member, page))
    assert answer.status_code == 200
    typed = {bound.html_name: bound.value() or "" for bound in answer.context["form"]}
    return {**typed, "seen": answer.context["seen"]}


def send(client: Client, member: Member, page: str, **typed: str) -> HttpResponse:
    return client.post(address(member, page), {**shown(client, member, page), **typed})


def told(member: Member) -> JournalEntry:
    """What was written last in the member's journal."""
    entry: JournalEntry = timeline(member, staff=True).last()
    return entry


def other_siret(number: int = 4321) -> str:
    return make_siret(number)


# --- The company ------------------------------------------------------------------------------------------------------


def test_the_company_is_corrected_and_the_journal_has_old_and_new(manager, member):
    answer = send(manager, member, "entreprise", name="Morel & Filles", naf="1623Z", phone="01 60 85 00 99")
    assert answer["Location"] == reverse("admin:membership_member_change", args=[member.pk])
    site = Establishment.objects.get(pk=member.establishment_id)
    assert (site.name, site.naf, site.phone) == ("Morel & Filles", "1623Z", "+33160850099")
    entry = told(member)
    assert entry.actor == manager.user
    assert entry.message == "Fiche de l’entreprise corrigée : Raison sociale, Téléphone, Code NAF (APE)."
    assert f"Raison sociale : {member.establishment} → Morel & Filles" in entry.reason
    assert "Téléphone : 01 60 85 00 00 → 01 60 85 00 99" in entry.reason
    text = manager.get(answer["Location"]).content.decode()
    assert "La fiche de l’entreprise est corrigée." in text
    assert "01 60 85 00 00 → 01 60 85 00 99" in text, "the history stands on the member's page"


def test_nothing_changed_writes_nothing(manager, member):
    assert send(manager, member, "entreprise").status_code == 302
    assert send(manager, member, "adresses").status_code == 302
    assert not timeline(member, staff=True).exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"siret": "123"}, "14 chiffres"),
        ({"siret": ""}, "SIRET"),
        ({"naf": "9999Z"}, "n’existe pas dans la nomenclature"),
        ({"name": " "}, "Raison sociale"),
        ({"phone": "12"}, "téléphone"),
        ({"postcode": "00000"}, "Aucune commune"),
    ],
)
def test_a_wrong_answer_is_said_and_the_rest_kept(manager, member, typed, words):
    answer = send(manager, member, "entreprise", trade_name="Gardez ceci", **typed)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    assert "Gardez ceci" in text
    assert Establishment.objects.get(pk=member.establishment_id).trade_name == ""


def test_a_siret_is_corrected_wherever_it_stands(manager, operator):
    dossier = ApplicationFactory(accepted=True)
    member = Member.objects.get()
    issued = Invoice.objects.get()
    siret = other_siret()
    assert send(manager, member, "entreprise", siret=format_siret(siret)).status_code == 302
    member.refresh_from_db()
    dossier.refresh_from_db()
    assert (member.siret, dossier.siret, member.establishment.siret) == (siret, siret, siret)
    assert f"→ {format_siret(siret)}" in told(member).reason
    assert buyer(member)["siret"] == siret
    assert Invoice.objects.get(pk=issued.pk).buyer["siret"] == issued.buyer["siret"] != siret, "issued: as it is"


def test_the_siret_of_another_member_is_refused_and_of_one_who_left_is_not(manager, member):
    other = MemberFactory(left_on=None)
    answer = send(manager, member, "entreprise", siret=other.siret, trade_name="Gardez ceci")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert f"est déjà celui de l’adhérent {other.number}" in text
    assert "Gardez ceci" in text
    member.establishment.refresh_from_db()
    member.refresh_from_db()
    assert member.siret == member.establishment.siret != other.siret
    Member.objects.filter(pk=other.pk).update(left_on=other.joined_on)
    assert send(manager, member, "entreprise", siret=other.siret).status_code == 302


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_two_members_given_one_siret_at_once_only_one_has_it():
    members = [make_member(), make_member()]
    siret = other_siret()

    def give(number: int) -> None:
        site = members[number].establishment
        seen = company.mark(company.identity(site))
        company.correct(members[number], {"siret": siret}, by=CLERK, seen=seen)

    outcomes = at_once(2, give)
    assert sorted(type(outcome) for outcome in outcomes if outcome is not None) == [Refused]
    assert Member.objects.filter(siret=siret).count() == Establishment.objects.filter(siret=siret).count() == 1


@pytest.mark.req("M-10", "M-11")
def test_what_the_wrong_siret_left_unpaid_holds_back_the_right_company(manager, operator):
    """Unpaid invoices are found by SIREN: moved, they free one dossier on hold and say so in its history."""
    dossier = ApplicationFactory(unpaid=True)
    debtor = Member.objects.get()
    assert dossier.siret[:9] == debtor.siret[:9]
    assert send(manager, debtor, "entreprise", siret=other_siret()).status_code == 302
    fresh = Application.objects.get(pk=dossier.pk)
    assert fresh.version == dossier.version + 1
    assert fresh.queue != dossier.queue


def test_paper_of_a_former_member_is_corrected_too(manager):
    """He was entered with a name and a SIRET only."""
    member = MemberFactory(establishment=Establishment.objects.create(siret=make_siret(77), name="X"))
    answer = send(manager, member, "entreprise", name="Xylo", email="contact@xylo.example")
    assert answer.status_code == 302
    assert "Email : (vide) → contact@xylo.example" in told(member).reason


# --- The addresses ----------------------------------------------------------------------------------------------------

BILLING = {
    "billing_same_as": "own",
    "billing_recipient": "Service comptable",
    "billing_street": "1 quai Neuf",
    "billing_postcode": "91000",
    "billing_commune": "91228",
}


def test_a_new_billing_address_reaches_the_next_invoice(manager, member):
    before = make_invoice(member)
    answer = send(manager, member, "adresses", **BILLING)
    assert answer.status_code == 302
    lines = ["Service comptable", "1 quai Neuf", "91000 Évry-Courcouronnes"]
    assert Member.objects.get().establishment.billing_lines() == lines
    assert buyer(Member.objects.get())["lines"] == lines
    assert Invoice.objects.get(pk=before.pk).buyer == before.buyer, "what is issued keeps its address"
    entry = told(member)
    assert entry.message == "Adresses modifiées : Adresse de facturation."
    assert "→ à l’attention de Service comptable, 1 quai Neuf, 91000 Évry-Courcouronnes" in entry.reason


def test_addresses_that_nobody_entered_are_those_of_the_establishment(manager, operator):
    member = MemberFactory(left_on=None)
    assert send(manager, member, "adresses", **BILLING).status_code == 302
    assert Address.objects.filter(establishment=member.establishment).count() == 3
    entry = told(member)
    assert "Adresse de facturation : Identique à l’adresse de l’établissement → " in entry.reason
    assert "convocations" not in entry.reason
    back = {"billing_same_as": "administrative", "billing_recipient": ""}
    assert send(manager, member, "adresses", **back).status_code == 302
    assert told(member).reason.endswith("→ Identique à l’adresse administrative")


def test_an_address_half_typed_is_said(manager, member):
    answer = send(manager, member, "adresses", **{**BILLING, "billing_street": ""})
    assert answer.status_code == 422
    assert "Adresse de facturation : " in read_page(answer)


# --- The contacts -----------------------------------------------------------------------------------------------------

PERSON = {
    "last_name": "Roy",
    "first_name": "Ada",
    "function": "Comptable",
    "roles": ["accounts"],
    "phone": "",
    "email": "ada@morel.example",
}


def test_contacts_are_added_changed_and_removed_each_in_the_journal(manager, member):
    page = manager.get(address(member, "contacts")).content.decode()
    assert "Morel Claire" in page
    added = manager.post(address(member, "contacts-add"), PERSON, follow=True)
    assert "Le contact a été ajouté." in added.content.decode()
    ada = Contact.objects.get(last_name="Roy")
    assert ada.establishment == member.establishment
    assert (told(member).message, told(member).actor) == ("Contact ajouté.", manager.user)
    assert told(member).reason.endswith("→ Ada Roy, Comptable, Comptabilité, ada@morel.example")
    edit = address(member, "contacts-edit", ada.pk)
    assert manager.post(edit, {**PERSON, "version": ada.version, "email": "roy@morel.example"}).status_code == 302
    assert "ada@morel.example → Ada Roy, Comptable, Comptabilité, roy@morel.example" in told(member).reason
    remove = address(member, "contacts-remove", ada.pk)
    assert "Retirer Ada Roy" in manager.get(remove).content.decode()
    assert manager.post(remove).status_code == 302
    assert (told(member).message, told(member).reason.endswith("→ (vide)")) == ("Contact retiré.", True)
    assert not Contact.objects.filter(pk=ada.pk).exists()
    assert manager.post(remove).status_code == 302, "asked twice, it is done once"
    assert timeline(member, staff=True).count() == 3


def test_emptying_the_list_tells_of_everybody(manager, member):
    manager.post(address(member, "contacts-add"), PERSON)
    assert manager.post(address(member, "contacts-empty")).status_code == 302
    assert not member.establishment.contacts.exists()
    removed = timeline(member, staff=True).filter(message="Contact retiré.")
    assert {entry.reason.split(" : ")[1].split(",")[0] for entry in removed} == {"Claire Morel", "Ada Roy"}


@pytest.mark.fault("A2")
def test_the_contact_of_another_company_is_not_reached(manager, member):
    other = make_member()
    theirs = other.establishment.contacts.get()
    assert manager.post(address(member, "contacts-remove", theirs.pk)).status_code == 302
    typed = {**PERSON, "version": theirs.version}
    assert manager.post(address(member, "contacts-edit", theirs.pk), typed).status_code == 409
    theirs.refresh_from_db()
    assert theirs.last_name == "Morel"


# --- Two at once, and who may -----------------------------------------------------------------------------------------


@pytest.mark.fault("G3")
@pytest.mark.parametrize(
    ("page", "mine", "theirs", "stands"),
    [
        ("entreprise", {"phone": "01 60 85 00 11"}, {"phone": "01 60 85 00 22"}, "01 60 85 00 22"),
        ("adresses", {**BILLING, "billing_street": "1 rue A"}, {**BILLING, "billing_street": "2 rue B"}, "2 rue B"),
    ],
)
def test_the_second_of_two_is_told_and_keeps_what_he_typed(login, manager, member, page, mine, theirs, stands):
    opened = shown(manager, member, page)
    send(login(manager=True), member, page, **theirs)
    answer = manager.post(address(member, page), {**opened, **mine})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Quelqu’un d’autre a modifié cette fiche entre-temps" in text
    assert stands in text
    assert next(iter(mine.values())) in text or "1 rue A" in text
    assert timeline(member, staff=True).count() == 1
    again = {**opened, **mine, "seen": re.findall(r'name="seen" value="(\w+)"', text)[0]}
    assert manager.post(address(member, page), again).status_code == 302, "having read, he may"
    assert stands in told(member).reason.split(" → ")[0]


@pytest.mark.fault("G3")
def test_of_two_who_change_one_contact_the_second_is_told(manager, member):
    claire = member.establishment.contacts.get()
    typed = {**PERSON, "version": claire.version}
    assert manager.post(address(member, "contacts-edit", claire.pk), typed).status_code == 302
    answer = manager.post(address(member, "contacts-edit", claire.pk), {**typed, "first_name": "Eva"})
    assert answer.status_code == 409
    assert "Quelqu’un d’autre a modifié cette ligne" in answer.content.decode()
    claire.refresh_from_db()
    assert claire.first_name == "Ada"


@pytest.mark.fault("A8")
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("traits", [{"reader": True}, {"accountant": True}, {"is_staff": True}])
def test_only_managers_correct(login, member, page, traits):
    client = login(**traits)
    assert client.get(address(member, page)).status_code == 403
    assert client.post(address(member, page), PERSON).status_code == (405 if page == "contacts" else 403)
    assert member.establishment.contacts.count() == 1


def test_readers_see_what_is_known_without_the_buttons(login, manager, member):
    page = reverse("admin:membership_member_change", args=[member.pk])
    text = login(reader=True).get(page).content.decode()
    for words in ("4 rue des Lilas", "Claire Morel", "Adresse de facturation", "Historique"):
        assert words in text, words
    for name in PAGES[:3]:
        assert address(member, name) not in text
        assert address(member, name) in manager.get(page).content.decode()


# --- From a change request --------------------------------------------------------------------------------------------


def test_a_request_by_message_leads_to_the_pages_that_do_it_and_its_author_is_told(manager, member):
    author = make_manager(member)
    asked = Company(access_of(author, member))
    change = changes.request_change(asked, {}, "Facturez au 1 quai Neuf.", asked.actor)
    page = reverse("admin:space_changerequest_change", args=[change.pk])
    text = manager.get(page).content.decode()
    assert "à la main" not in text
    for name in PAGES[:3]:
        assert f'href="{address(member, name)}"' in text
    send(manager, member, "adresses", **BILLING)
    seen = re.findall(r'name="seen" value="(\w+)"', manager.get(page).content.decode())[0]
    manager.post(reverse("admin:space_changerequest_apply", args=[change.pk]), {"seen": seen, "corrected": "on"})
    (mail,) = Message.objects.about(member)
    assert mail.to == author.email
    assert "Facturez au 1 quai Neuf." in str(mail.content)
