"""Who may do what: a table of verbs by group, and of pages by group."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from core.dates import today
from core.journal import timeline
from core.models import Commune
from documents.models import Upload
from membership import permissions
from membership.models import Application, Member, Payment, UnpaidInvoice
from notifications.models import Message
from tests.backoffice.conftest import page, post, url
from tests.factories import ApplicationFactory, MemberFactory, UnpaidInvoiceFactory, UserFactory, add_pieces

pytestmark = pytest.mark.django_db

GROUPS = ("reader", "manager", "accountant")
PAYMENT = {"mode": "cash", "amount": "10", "received_on": f"{today():%d/%m/%Y}"}
# verb: (state of the dossier, what is typed, who may)
VERBS: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "proforma": ("submitted", {}, {"manager"}),
    "suspendre": ("submitted", {}, {"manager"}),
    "demander": ("awaiting", {"kinds": ["rib"]}, {"manager"}),
    "accepter": ("complete", {}, {"manager"}),
    "renvoyer": ("awaiting", {"reason": "Hors zone"}, {"manager"}),
    "retirer": ("submitted", {}, {"manager"}),
    "lien": ("submitted", {}, {"manager"}),
    "adresse": ("submitted", {"email": "claire@morel.example"}, {"manager"}),
    "supprimer": ("draft", {}, {"manager"}),
    "rouvrir": ("submitted", {"reason": "Le code postal est faux."}, {"manager"}),
    "attribuer": ("submitted", {"to": "personne"}, {"manager"}),
    "noter": ("submitted", {"text": "Bonjour"}, {"manager"}),
    "reglement": ("awaiting", PAYMENT, {"accountant"}),
    "reglement-tardif": ("returned", PAYMENT, {"accountant"}),
    "rembourser": ("refund", {}, {"accountant"}),
    "accept_piece": ("awaiting", {}, {"manager"}),
    "refuse_piece": ("awaiting", {"reason": "Illisible"}, {"manager"}),
}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("verb", VERBS)
def test_who_may_do_which_verb(operator, login, verb, group):
    state, typed, allowed = VERBS[verb]
    dossier = ApplicationFactory(until=state)
    more = []
    if verb == "suspendre":
        UnpaidInvoiceFactory(member__establishment__siret=f"{dossier.siret[:9]}00999")
    if verb.endswith("_piece"):
        add_pieces(dossier, "kbis")
        dossier.refresh_from_db()
        more = [Upload.objects.about(dossier).get().pk]
    if verb == "rembourser":
        typed = {"payment": Payment.objects.get().pk}
    client = login(**{group: True})
    before = (dossier.version, Message.objects.count())
    shown = f'"{url(dossier, verb, *more)}"' in client.get(page(dossier)).content.decode()
    response = post(client, dossier, verb, *more, **typed)
    left = Application.objects.filter(pk=dossier.pk).values_list("version", flat=True).first()
    after = (left, Message.objects.count())
    if group in allowed:
        assert shown
        assert response.status_code == 302
        assert after != before
    else:
        assert not shown
        assert response.status_code == 403
        assert client.get(url(dossier, verb, *more)).status_code == 403
        assert after == before


READS = (
    "membership_member",
    "membership_zonecommune",
    "membership_doctor",
    "membership_tariffyear",
    "membership_helptext",
)
# page: who may (besides a superuser)
PAGES = {
    **{f"{model}_changelist": set(GROUPS) for model in READS},
    "membership_application_changelist": set(GROUPS),
    "membership_unpaidinvoice_changelist": set(GROUPS),
    "notifications_message_changelist": set(GROUPS),
    "core_commune_changelist": set(GROUPS),
    "core_finding_changelist": set(GROUPS),
    "core_journalentry_changelist": set(GROUPS),
    "documents_upload_changelist": set(GROUPS),
    "documents_document_changelist": set(GROUPS),
    "membership_zonecommune_many": {"manager"},
    "membership_zonecommune_add": {"manager"},
    "membership_excludednaf_add": {"manager"},
    "membership_medicalcentre_add": {"manager"},
    "membership_doctor_add": {"manager"},
    "membership_tariffyear_add": {"accountant"},
    "membership_member_add": {"manager", "accountant"},
    "accounts_user_changelist": set(),
    "accounts_user_add": set(),
    "auth_group_changelist": set(),
    "auth_group_add": set(),
}


@pytest.mark.fault("A1", "A8")
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("name", PAGES)
def test_who_may_open_which_page(operator, login, name, group):
    status = login(**{group: True}).get(reverse(f"admin:{name}"), follow=True).status_code
    assert status == (200 if group in PAGES[name] else 403)


@pytest.mark.parametrize("name", PAGES)
def test_a_superuser_opens_all_and_staff_of_no_group_nothing(operator, login, name):
    assert login(superuser=True).get(reverse(f"admin:{name}"), follow=True).status_code == 200
    assert login(is_staff=True).get(reverse(f"admin:{name}"), follow=True).status_code == 403


@pytest.mark.fault("A8")
def test_a_reader_gets_nothing_done_by_a_bulk_action(operator, login):
    reader, dossier = login(reader=True), ApplicationFactory(submitted=True)
    invoice = UnpaidInvoiceFactory()
    data = {"dossier": f"{dossier.pk}:{dossier.version}", "a": "moi"}
    assert reader.post(reverse("admin:queue-assign"), data).status_code == 403
    listing = reverse("admin:membership_unpaidinvoice_changelist")
    for action in ("mark_paid", "delete_selected"):
        reader.post(listing, {"action": action, "_selected_action": [invoice.pk]})
    reader.post(
        reverse("admin:membership_member_changelist"),
        {"action": "delete_selected", "_selected_action": [invoice.member.pk]},
    )
    invoice.refresh_from_db()
    assert invoice.paid_on is None
    assert Member.objects.count() == 1
    dossier.refresh_from_db()
    assert dossier.assigned_to is None


@pytest.mark.fault("A8")
@pytest.mark.parametrize(
    "query",
    [
        {"app_label": "membership", "model_name": "zonecommune", "field_name": "commune", "term": "bre"},
        {"app_label": "accounts", "model_name": "user", "field_name": "groups", "term": "a"},
        {"app_label": "x", "model_name": "y", "field_name": "z"},
        {},
    ],
)
def test_autocomplete_gives_nothing_without_the_permission(operator, login, query):
    assert login(is_staff=True).get(reverse("admin:autocomplete"), query).status_code == 403


@pytest.mark.fault("A8", "F4")
@pytest.mark.parametrize("term", ["bré", "91220", "\x00", "a\x00", "x" * 5000, "😀"])
def test_communes_are_looked_up(operator, manager, term):
    query = {"app_label": "membership", "model_name": "zonecommune", "field_name": "commune", "term": term}
    response = manager.get(reverse("admin:autocomplete"), query)
    assert response.status_code == 200
    if term == "91220":
        assert {each["text"] for each in response.json()["results"]} == {"Brétigny-sur-Orge", "Le Plessis-Pâté"}


@pytest.mark.fault("A8")
def test_hidden_columns_are_not_reached_by_the_address(operator, manager):
    listing = reverse("admin:membership_member_changelist")
    for query in (
        {"users__password__startswith": "p"},
        {"_to_field": "siret"},
        {"establishment__contacts__email": "a"},
    ):
        assert manager.get(listing, query).status_code in (302, 400)


@pytest.mark.fault("A6")
def test_a_member_keeps_his_number_whatever_is_posted(operator, manager):
    invoice = UnpaidInvoiceFactory()
    member = invoice.member
    data = {
        "number": "X1",
        "siret": "1",
        "joined_on": "01/01/2000",
        "left_on": "01/02/2023",
        "centre": "",
        "doctor": "",
        "invoices-TOTAL_FORMS": "0",
        "invoices-INITIAL_FORMS": "0",
    }
    response = manager.post(reverse("admin:membership_member_change", args=[member.pk]), data)
    assert response.status_code == 302
    fresh = Member.objects.get()
    assert (fresh.number, fresh.siret, fresh.joined_on) == (member.number, member.siret, member.joined_on)
    assert f"{fresh.left_on:%d/%m/%Y}" == "01/02/2023"


@pytest.mark.req("A-05")
def test_managers_choose_the_adviser_among_the_staff_and_the_journal_says_so(operator, login, manager, accountant):
    member = MemberFactory(left_on=None)
    employer = UserFactory(first_name="Claire", last_name="Morel")
    clerk = UserFactory(reader=True, first_name="Youssef", last_name="Amrani")
    address = reverse("admin:membership_member_change", args=[member.pk])
    text = manager.get(address).content.decode()
    assert "Youssef Amrani</option>" in text
    assert "Claire Morel</option>" not in text
    data = {"left_on": "", "centre": "", "doctor": "", "invoices-TOTAL_FORMS": "0", "invoices-INITIAL_FORMS": "0"}
    accountant.post(address, {**data, "adviser": clerk.pk})
    assert manager.post(address, {**data, "adviser": employer.pk}).status_code == 200
    assert Member.objects.get().adviser is None
    assert manager.post(address, {**data, "adviser": clerk.pk}).status_code == 302
    assert Member.objects.get().adviser == clerk
    entry = timeline(member, staff=True).get()
    assert (entry.message, entry.actor) == ("Fiche modifiée : Chargé d’affaires.", manager.user)
    assert entry.reason == "Chargé d’affaires : (vide) → Youssef Amrani"


def test_nobody_adds_edits_or_deletes_a_dossier_by_hand(operator, login):
    client, dossier = login(superuser=True), ApplicationFactory(submitted=True)
    assert client.get("/admin/membership/application/add/").status_code == 403
    assert client.post(f"/admin/membership/application/{dossier.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Application.objects.count() == 1


def test_a_reference_in_use_is_not_deleted(operator, login):
    client = login(superuser=True)
    commune = Commune.objects.first()
    assert client.get(reverse("admin:core_commune_delete", args=[commune.pk])).status_code == 403
    centre = operator.centres[0]
    response = client.post(reverse("admin:membership_medicalcentre_delete", args=[centre.pk]), {"post": "yes"})
    centre.refresh_from_db()
    assert response.status_code == 200  # Django's page that lists what stands in the way


def test_the_groups_are_made_by_migrate_and_again_exact(db):
    reader = Group.objects.get(name=permissions.READER)
    assert {permission.codename.split("_")[0] for permission in reader.permissions.all()} == {"view"}
    reader.permissions.add(Permission.objects.get(codename="delete_member"))
    permissions.ensure_groups()
    assert not reader.permissions.filter(codename="delete_member").exists()
    for name, wanted in permissions.GROUPS.items():
        held = Group.objects.get(name=name).permissions.select_related("content_type")
        assert {f"{each.content_type.app_label}.{each.codename}" for each in held} == wanted


def test_only_the_accountant_touches_invoices(operator, manager, accountant):
    invoice = UnpaidInvoiceFactory()
    address = reverse("admin:membership_member_change", args=[invoice.member.pk])
    data = {
        "left_on": "31/12/2022",
        "centre": "",
        "doctor": "",
        "invoices-TOTAL_FORMS": "1",
        "invoices-INITIAL_FORMS": "1",
        "invoices-0-id": invoice.pk,
        "invoices-0-member": invoice.member.pk,
        "invoices-0-number": invoice.number,
        "invoices-0-amount": "1,00",
        "invoices-0-due_on": "31/03/2022",
        "invoices-0-paid_on": "01/04/2022",
    }
    manager.post(address, data)
    invoice.refresh_from_db()
    assert (invoice.amount, invoice.paid_on) == (240, None)
    assert accountant.post(address, data).status_code == 302
    invoice.refresh_from_db()
    assert invoice.amount == 1
    assert UnpaidInvoice.objects.get().paid_on is not None
