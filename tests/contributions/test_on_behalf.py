"""Staff validate for an employer who wrote or called: the same verb, on his word, with what he says of his list."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from billing.models import Invoice
from contributions import midyear, on_behalf, workflow
from contributions.models import Declaration
from contributions.states import CampaignState, MidYear, State
from core.journal import Actor, timeline
from core.transitions import Refused
from documents.models import Upload
from membership.models import TariffYear
from notifications.models import Message
from tests.contributions.conftest import SIGNER, logged_in, people, press, url
from tests.factories import CLERK, COMPANY, EmployeeFactory, UserFactory, pdf_file, sign_in
from tests.factories_contributions import DeclarationFactory, fill
from tests.factories_sepa import make_mandate

pytestmark = pytest.mark.django_db
TYPED = {
    "came_by": "paper",
    "received_on": "11/01/2027",
    "signer_last_name": "Morel",
    "signer_first_name": "Claire",
    "signer_function": "Gérante",
    "payment_mode": "cheque",
    "version": "0",
}
EMPLOYEE = {
    "last_name": "Petit",
    "first_name": "Jeanne",
    "birth_date": "14/09/1988",
    "hired_on": "02/01/2024",
    "contract_type": "cdi",
    "job_title": "Comptable",
    "monitoring": "SI",
}


def staff_client(**group: bool) -> Client:
    client = Client()
    client.user = UserFactory(first_name="Marc", last_name="Roche", **group)
    sign_in(client, client.user)
    return client


@pytest.fixture
def manager(db) -> Client:
    return staff_client(manager=True)


def at(name: str, declaration: Declaration, *args: Any) -> str:
    return reverse(f"admin:contributions_declaration_{name}", args=[declaration.pk, *args])


def confirm(client: Client, declaration: Declaration, **typed: Any) -> Any:
    """Press « Valider pour l’employeur » with what the page held and what was typed."""
    page = client.get(at("validate", declaration))
    held = {"shown": page.context["form"].shown} if page.context else {}
    return client.post(at("validate", declaration), {**held, **TYPED, **typed})


def said(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


# --- What it does -----------------------------------------------------------------------------------------------------


@pytest.mark.req("C-04", "C-05", "C-06")
def test_the_page_shows_the_list_and_the_amount_of_step_3(draft, manager, declarer):
    page = manager.get(at("validate", draft))
    assert "3 salariés présents le 1er janvier 2027" in page.text
    fill(draft)
    step = declarer.client.get(url("step", draft, "cotisation"))
    for name in ("net", "vat", "total", "due"):
        assert getattr(page.context["priced"], name) == getattr(step.context["priced"], name)
    assert "397,20" in page.text
    assert at("people", draft) in page.text


@pytest.mark.req("C-06", "C-07")
def test_it_is_the_employers_validation_and_the_journal_says_who_did_it_and_on_whose_word(draft, manager):
    answer = confirm(manager, draft, signer_email="claire.morel@morel.example", note="Écriture peu lisible.")
    assert answer.status_code == 302
    done = Declaration.objects.get()
    assert (done.state, done.headcount, done.total) == (State.VALIDATED, 3, Decimal("397.20"))
    assert (done.came_by, done.received_on, done.validated_by) == ("paper", date(2027, 1, 11), manager.user)
    assert done.declared.count() == 3
    assert (done.invoice.total, done.invoice.mode) == (done.total, "cheque")
    assert done.invoice.buyer["email"] == "claire.morel@morel.example"
    entry = timeline(done).get(to_state=State.VALIDATED)
    assert entry.actor_name == "Marc Roche"
    assert "par notre service pour l’employeur" in entry.message
    assert entry.reason == "Reçue sur papier le 11 janvier 2027 de Claire Morel, gérante."
    note = timeline(done, staff=True).get(internal=True)
    assert note.reason == "Écriture peu lisible."
    message = Message.objects.get(dedupe_key=f"declared:{done.pk}")
    assert [one.pk for one in message.documents()] == [done.bordereau_id, done.invoice.document_id]
    assert "saisie d’après votre déclaration reçue sur papier" in str(message.content)
    assert "claire.morel@morel.example" in said(answer)
    page = manager.get(at("change", done)).text
    assert "Saisie par le service" in page
    assert "Valider pour l’employeur" not in page


@pytest.mark.req("C-07")
def test_the_bordereau_does_not_say_that_it_was_made_online(draft, manager):
    confirm(manager, draft, came_by="phone")
    snapshot = Declaration.objects.get().bordereau.snapshot
    assert snapshot["received"] == "reçue par téléphone le 11 janvier 2027"
    document = Declaration.objects.get().bordereau
    text = render_to_string("pdf/bordereau_cotisation.html", {**snapshot, "document": document})
    assert "saisie par notre service" in text
    assert "certifiée exacte" not in text
    assert "Bordereau envoyé à" not in text


def test_without_an_address_anywhere_staff_are_told_to_post_it(draft, manager):
    draft.member.establishment.email = ""
    draft.member.establishment.save()
    answer = confirm(manager, draft)
    assert "postez-les" in said(answer)
    assert not Message.objects.exists()
    done = Declaration.objects.get()
    assert done.invoice.buyer["email"] == ""
    home = logged_in(done.member, "declares").client.get(url("confirmation", done)).text
    assert "Notre service l’a saisie d’après votre déclaration reçue sur papier" in home
    assert "indésirables" not in home


def test_without_the_signers_address_the_company_is_told(draft, manager):
    boss = logged_in(draft.member, "manages").user
    answer = confirm(manager, draft)
    message = Message.objects.get()
    assert message.to == boss.email
    assert "a été validée par notre service pour votre compte" in message.subject_line
    assert boss.email in said(answer)


@pytest.mark.req("C-06")
def test_a_paper_received_in_time_is_not_late_whenever_it_is_entered(draft, manager, clock):
    clock.move_to(date(2027, 3, 8))
    manager = staff_client(manager=True)
    assert confirm(manager, draft, received_on="28/02/2027", signer_email="a@morel.example").status_code == 302
    done = Declaration.objects.get()
    assert "après la date limite" not in timeline(done).get(to_state=State.VALIDATED).message
    assert done.bordereau.snapshot["late"] is False
    assert "majorée" not in str(Message.objects.get(to="a@morel.example").content)
    listing = reverse("admin:contributions_declaration_changelist")
    assert not manager.get(listing, {"etape": "tardive"}).context_data["cl"].result_count
    Declaration.objects.update(received_on=date(2027, 3, 1))
    assert manager.get(listing, {"etape": "tardive"}).context_data["cl"].result_count == 1


def test_the_scanned_paper_is_kept_with_it_for_staff(draft, manager):
    answer = confirm(manager, draft, scan=pdf_file("bulletin.pdf", "Déclaration 2027"))
    assert answer.status_code == 302
    upload = Upload.objects.about(draft).get()
    assert upload.uploaded_by == "Marc Roche"
    assert at("scan", draft, upload.pk) in manager.get(at("change", draft)).text
    shown = manager.get(at("scan", draft, upload.pk))
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "application/pdf")
    other = DeclarationFactory(campaign=draft.campaign)
    assert manager.get(at("scan", other, upload.pk)).status_code == 404


def test_a_file_that_is_no_paper_is_refused_with_all_that_was_typed(draft, manager):
    answer = confirm(manager, draft, scan=SimpleUploadedFile("x.pdf", b"MZ nothing"), note="Gardée")
    assert answer.status_code == 409
    assert "Gardée" in answer.text
    assert 'value="Morel"' in answer.text
    assert "Choisissez à nouveau votre fichier" in answer.text
    assert Declaration.objects.get().is_draft
    assert not Upload.objects.exists()


def test_the_file_that_was_sent_with_a_mistake_is_asked_for_again(draft, manager):
    lost = confirm(manager, draft, signer_function="", scan=pdf_file("bulletin.pdf", "Déclaration 2027"))
    assert lost.status_code == 422
    assert "Choisissez à nouveau votre fichier" in lost.context["form"].errors["scan"][0]
    assert "scan" not in confirm(manager, draft, signer_function="").context["form"].errors


def test_a_scan_is_added_after_the_validation(draft, manager):
    assert at("add-scan", draft) not in manager.get(at("change", draft)).text
    refused = manager.post(at("add-scan", draft), {"scan": pdf_file("bulletin.pdf", "Déclaration 2027")})
    assert "qu’à une déclaration saisie par le service" in said(refused)
    confirm(manager, draft)
    assert at("add-scan", draft) in manager.get(at("change", draft)).text
    assert "Choisissez d’abord le fichier" in said(manager.post(at("add-scan", draft)))
    bad = manager.post(at("add-scan", draft), {"scan": SimpleUploadedFile("x.pdf", b"MZ nothing")})
    assert bad.status_code == 302
    assert not Upload.objects.exists()
    assert "est ajouté" in said(manager.post(at("add-scan", draft), {"scan": pdf_file("bulletin.pdf", "Déclaration")}))
    upload = Upload.objects.about(draft).get()
    assert at("scan", draft, upload.pk) in manager.get(at("change", draft)).text
    assert timeline(draft, staff=True).get(message="Papier numérisé ajouté.").internal


def test_staff_are_warned_that_the_employer_has_begun(draft, manager, declarer):
    assert "L’employeur a commencé" not in manager.get(at("validate", draft)).text
    press(declarer.client, draft, "declarations")
    page = manager.get(at("validate", draft)).text
    assert "L’employeur a commencé sa déclaration le 12 janvier 2027" in page
    confirm(manager, draft)
    assert "L’employeur a commencé" not in manager.get(at("validate", draft), follow=True).text


def test_in_a_closed_campaign_staff_do_it_as_its_words_promise(draft, manager):
    draft.campaign.state = CampaignState.CLOSED
    draft.campaign.save()
    assert confirm(manager, draft).status_code == 302
    assert Declaration.objects.get().state == State.VALIDATED


# --- What is asked ----------------------------------------------------------------------------------------------------


@pytest.mark.fault("A6")
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"came_by": ""}, "came_by"),
        ({"came_by": "pigeon"}, "came_by"),
        ({"received_on": "13/01/2027"}, "received_on"),
        ({"received_on": "31/12/2026"}, "received_on"),
        ({"signer_last_name": ""}, "signer_last_name"),
        ({"signer_function": ""}, "signer_function"),
        ({"signer_email": "chez moi"}, "signer_email"),
        ({"payment_mode": ""}, "payment_mode"),
    ],
)
def test_what_is_missing_is_said_beside_it_and_nothing_is_done(draft, manager, typed, field):
    answer = confirm(manager, draft, **{"note": "Gardée", **typed})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Gardée" in answer.text
    assert not Invoice.objects.exists()


def test_nobody_is_said_on_purpose_and_costs_nothing(campaign, member, manager):
    draft = DeclarationFactory(campaign=campaign, member=member)
    typed = {name: value for name, value in TYPED.items() if name != "payment_mode"}
    refused = manager.post(at("validate", draft), {**typed, "shown": "0,00\u00a0€"})
    assert (refused.status_code, "nobody" in refused.context["form"].errors) == (422, True)
    assert "payment_mode" not in refused.context["form"].fields
    assert confirm(manager, draft, nobody="on").status_code == 302
    assert (Declaration.objects.get().headcount, Invoice.objects.count()) == (0, 0)


def test_without_a_tariff_the_page_says_so_and_has_no_button(draft, manager):
    TariffYear.objects.all().delete()
    page = manager.get(at("validate", draft)).text
    assert "tarif 2027" in page
    assert '<button class="bo-btn bo-main">' not in page


def test_last_years_signer_and_mode_are_proposed(declare, manager):
    draft = declare(SI=2)
    page = manager.get(at("validate", draft))
    assert page.context["form"]["signer_last_name"].value() == "Morel"
    assert page.context["form"]["payment_mode"].value() == "transfer"


@pytest.mark.req("D-18")
def test_a_debit_is_refused_to_staff_without_a_mandate_in_force(draft, manager):
    answer = confirm(manager, draft, payment_mode="debit")
    assert answer.status_code == 422
    assert "L’employeur n’a pas de mandat en vigueur" in answer.context["form"].errors["payment_mode"][0]
    assert Declaration.objects.get().is_draft
    make_mandate(draft.member)
    assert confirm(manager, draft, payment_mode="debit").status_code == 302
    assert Declaration.objects.get().invoice.mode == "debit"


# --- Who is faster ----------------------------------------------------------------------------------------------------


@pytest.mark.fault("G1")
def test_the_employer_was_faster_and_staff_are_told(draft, manager):
    page = manager.get(at("validate", draft))
    assert "Exemple\u00a0: 12/01/2027" in page.text
    people(draft.member, SI=1)
    workflow.validate(fill(draft), by=COMPANY)
    answer = manager.post(at("validate", draft), {**TYPED, "shown": page.context["form"].shown, "note": "Gardée"})
    assert answer.status_code == 409
    assert "déjà été validée par Claire Morel" in answer.text
    assert "Gardée" in answer.text
    assert "La liste a changé" not in answer.text, "of two reasons, the one that counts"
    assert Invoice.objects.count() == 1
    assert said(manager.get(at("validate", draft))).startswith("Cette déclaration a déjà été validée")


@pytest.mark.fault("G1")
def test_staff_were_faster_and_the_employer_is_told(draft, manager, declarer):
    fill(draft)
    page = declarer.client.get(url("step", draft, "validation"))
    confirm(manager, draft, came_by="phone")
    answer = declarer.client.post(
        url("step", draft, "validation"), {**SIGNER, "shown": page.context["form"].shown, "action": "next"}, follow=True
    )
    assert "déjà été validée par notre service pour Claire Morel" in answer.text
    assert Invoice.objects.count() == 1


@pytest.mark.fault("G1")
def test_twice_does_it_once(draft, manager):
    held = {**TYPED, "shown": manager.get(at("validate", draft)).context["form"].shown}
    assert manager.post(at("validate", draft), held).status_code == 302
    again = manager.post(at("validate", draft), held)
    assert again.status_code == 409
    assert "déjà été validée par notre service" in again.text
    assert Invoice.objects.count() == 1


@pytest.mark.fault("G3")
def test_what_is_validated_is_the_amount_that_was_read(draft, manager):
    held = {**TYPED, "shown": manager.get(at("validate", draft)).context["form"].shown}
    people(draft.member, SIR=1)
    answer = manager.post(at("validate", draft), held)
    assert answer.status_code == 422
    assert "La liste a changé" in answer.text
    assert answer.context["form"].shown == "559,20\u00a0€"
    with pytest.raises(Refused, match="La liste a changé"):
        on_behalf.validate(draft, {}, shown=held["shown"], note="", by=CLERK)
    assert not Invoice.objects.exists()


def test_a_correction_shows_the_difference_that_it_bills(draft, manager):
    first = workflow.validate(fill(draft), by=COMPANY)
    people(first.member, SIR=1)
    second = workflow.correct(first, by=CLERK)
    page = manager.get(at("validate", second)).text
    assert "Différence facturée" in page
    assert confirm(manager, second).status_code == 302
    second.refresh_from_db()
    assert (second.state, second.invoice.total) == (State.VALIDATED, Decimal("162.00"))


# --- The list ---------------------------------------------------------------------------------------------------------


@pytest.mark.req("C-04", "D-21")
def test_staff_change_the_members_own_list(draft, manager):
    page = manager.get(at("people", draft)).text
    one = draft.member.establishment.employees.order_by("folded").first()
    assert str(one) in page
    added = manager.post(at("employees-add", draft), EMPLOYEE, follow=True)
    assert "Petit Jeanne" in added.text
    left = manager.post(at("employees-leave", draft, one.pk), {"last_day": "15/12/2026", "version": 1}, follow=True)
    assert "La sortie est enregistrée" in left.text
    back = manager.get(at("choose", draft, "remettre"))
    assert at("employees-bring-back", draft, one.pk) in back.text
    manager.post(at("employees-bring-back", draft, one.pk), {"version": 2})
    one.refresh_from_db()
    assert one.left_on is None
    assert timeline(one).last().actor_name == "Marc Roche"
    assert "4 salariés présents" in manager.get(at("validate", draft)).text
    entries = timeline(draft, staff=True).filter(message="Liste des salariés changée par notre service.")
    assert [entry.actor_name for entry in entries] == ["Marc Roche"] * 3
    twice = manager.post(at("employees-add", draft), {**EMPLOYEE, "job_title": "Assistante"})
    assert "est déjà dans la liste" in twice.text
    assert "vos salariés" not in twice.text


@pytest.mark.req("C-04")
def test_staff_import_the_list_that_the_employer_sent(draft, manager):
    rows = "Nom\tPrénom\tDate de naissance\tDate d’embauche\tType de contrat\tPoste\tSuivi\n"
    rows += (
        "Petit\tJeanne\t14/09/1988\t02/01/2024\tCDI\tComptable\tSimple\nGrand\tLuc\t?\t02/01/2024\tCDI\tSoudeur\tSIR\n"
    )
    plan = manager.post(at("employees-import", draft), {"pasted": rows})
    assert plan.status_code == 200
    stored = manager.post(at("employees-import", draft), {"cells": plan.context["cells"]}, follow=True)
    assert "Petit Jeanne" in stored.text
    obstacle = manager.get(at("validate", draft)).text
    assert "Il reste une ligne à corriger" in obstacle
    assert '<button class="bo-btn bo-main">' not in obstacle


@pytest.mark.fault("G1")
def test_the_list_of_a_validated_declaration_leads_back_and_changes_nothing(draft, manager):
    workflow.validate(fill(draft), by=COMPANY)
    answer = manager.post(at("employees-add", draft), EMPLOYEE)
    assert answer.url == at("change", draft)
    assert "Sa liste ne peut plus être modifiée" in said(answer)
    assert manager.get(at("people", draft)).url == at("change", draft)
    assert not draft.member.establishment.employees.filter(last_name="Petit").exists()


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.fault("A8")
@pytest.mark.parametrize("group", ["reader", "accountant", "is_staff"])
def test_only_who_runs_the_campaign_may(draft, group):
    client = staff_client(**{group: True})
    row = draft.member.establishment.employees.first().pk
    for name, *args in (
        *(("validate",), ("people",), ("employees-add",), ("employees-import",), ("employees-template",)),
        *(("employees-edit", row), ("employees-leave", row), ("choose", "remettre")),
    ):
        assert client.get(at(name, draft, *args)).status_code == 403, name
    assert client.post(at("validate", draft), TYPED).status_code == 403
    assert client.post(at("employees-bring-back", draft, row)).status_code == 403
    assert Declaration.objects.get().is_draft
    if group != "is_staff":
        assert "Valider pour l’employeur" not in client.get(at("change", draft)).text


def test_what_is_not_there_is_404(manager, db):
    nowhere = Declaration(pk="00000000-0000-4000-8000-000000000000")
    assert {manager.get(at(name, nowhere)).status_code for name in ("validate", "people", "employees-add")} == {404}


# --- The employer is told of what another declared --------------------------------------------------------------------


def declared_by(who: SimpleNamespace, draft: Declaration, **typed: str) -> Declaration:
    fill(draft)
    press(who.client, draft, "validation", **{**SIGNER, **typed})
    draft.refresh_from_db()
    assert draft.state == State.VALIDATED
    return draft


@pytest.mark.req("B-06", "C-07")
def test_the_employer_is_told_of_what_his_accountant_declared(draft):
    boss, accountant = logged_in(draft.member, "manages"), logged_in(draft.member, "declares")
    done = declared_by(accountant, draft, signer_email=accountant.user.email)
    sent = {message.to: message for message in Message.objects.all()}
    assert set(sent) == {accountant.user.email, boss.user.email}
    name = accountant.user.get_full_name()
    told = sent[boss.user.email]
    assert f"Votre déclaration 2027 a été validée par {name} pour votre compte" in told.subject_line
    assert [one.pk for one in told.documents()] == [done.bordereau_id, done.invoice.document_id]
    assert "Claire Morel reçoit aussi ce message : mettez-vous d’accord, un seul règlement suffit." in str(told.content)
    theirs = str(sent[accountant.user.email].content)
    assert f"{boss.user.get_full_name()} reçoit aussi ce message" in theirs
    page = accountant.client.get(url("confirmation", done)).text
    assert f"Un courriel prévient aussi {boss.user.get_full_name()}." in page


@pytest.mark.req("B-06")
def test_who_declares_alone_reads_nothing_of_who_pays(draft):
    boss = logged_in(draft.member, "manages", "declares")
    done = declared_by(boss, draft)
    assert "Convenez" not in str(Message.objects.get().content)
    assert "prévient aussi" not in boss.client.get(url("confirmation", done)).text


@pytest.mark.req("B-06", "C-06")
def test_who_is_logged_in_is_proposed_as_the_signer(draft):
    """An accountant is not taken for the manageress; who declared last time finds all of it."""
    accountant = logged_in(draft.member, "declares")
    fill(draft)
    form = accountant.client.get(url("step", draft, "validation")).context["form"]
    user = accountant.user
    expected = [user.last_name, user.first_name, user.email, ""]
    names = ["signer_last_name", "signer_first_name", "signer_email", "signer_function"]
    assert [form[name].value() for name in names] == expected
    boss = logged_in(draft.member, "manages", "declares", user=UserFactory(email="claire.morel@morel.example"))
    form = boss.client.get(url("step", draft, "validation")).context["form"]
    assert [form[name].value() for name in names] == ["Morel", "Claire", boss.user.email, "Gérante"]
    assert declared_by(accountant, draft, signer_last_name=user.last_name).signer_last_name == user.last_name


@pytest.mark.req("B-06")
def test_nobody_is_told_twice(draft):
    boss, accountant = logged_in(draft.member, "manages", "declares"), logged_in(draft.member, "declares")
    declared_by(accountant, draft, signer_email=boss.user.email.upper())
    assert [message.to.lower() for message in Message.objects.all()] == [boss.user.email]


@pytest.mark.req("B-06")
def test_who_manages_the_space_declares_for_himself(draft):
    logged_in(draft.member, "manages")
    declared_by(logged_in(draft.member, "manages", "declares"), draft)
    assert Message.objects.count() == 1


def test_who_is_billed_in_the_year_without_a_signers_address_is_the_company(campaign, member):
    campaign.midyear = MidYear.FULL
    campaign.save()
    people(member, SI=1)
    draft = DeclarationFactory(campaign=campaign, member=member)
    boss = logged_in(member, "manages").user
    answers = {**TYPED, "received_on": date(2027, 1, 11), "signer_email": ""}
    done = on_behalf.validate(draft, answers, shown="117,60\u00a0€", note="", by=Actor.staff(UserFactory(manager=True)))
    EmployeeFactory(establishment=member.establishment, hired_on=date(2027, 1, 15))
    with time_machine.travel(date(2027, 3, 1)):
        invoice = midyear.midyear_supplement(done)
    assert Message.objects.get(dedupe_key=f"arrivals:{invoice.number}").to == boss.email
    assert invoice.buyer["email"] == boss.email
