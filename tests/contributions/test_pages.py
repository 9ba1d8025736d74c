"""The pages: what the steps show and store, and what a declaration refuses."""

from __future__ import annotations

import html
from datetime import date

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from billing.models import Invoice
from contributions import workflow
from contributions.models import Declaration
from contributions.states import CampaignState, State
from core import kept
from core.brand import brand
from core.wizard import FINGERPRINT
from documents import issuing
from documents.rendering import render_html
from tests.contributions.conftest import SIGNER, logged_in, people, press, url
from tests.factories import COMPANY, MemberFactory, UserFactory, give_access, sign_in
from tests.factories_contributions import CampaignFactory, DeclarationFactory, fill
from tests.reading import read_page

pytestmark = pytest.mark.django_db


# --- The whole way ---------------------------------------------------------------------------------------------------


@pytest.mark.req("C-01", "C-02", "C-03", "C-04", "C-05", "C-06", "C-07")
def test_four_steps_end_with_a_reference_and_documents(draft, declarer):
    client = declarer.client
    home = client.get(reverse("contributions:home", args=[draft.member_id]))
    assert "+ ces informations sont correctes" in home.text
    assert press(client, draft, "declarations").url == url("step", draft, "salaries")
    assert press(client, draft, "salaries").url == url("step", draft, "cotisation")
    assert press(client, draft, "cotisation", payment_mode="transfer").url == url("step", draft, "validation")
    answer = press(client, draft, "validation", **SIGNER)
    assert answer.url == url("confirmation", draft)
    page = client.get(answer.url).text
    assert f"DC-2027-{draft.member.number}" in page
    assert "courriers indésirables" in page
    assert "Code QR du virement" in page
    draft.refresh_from_db()
    assert draft.state == State.VALIDATED
    assert draft.validated_by == declarer.user


@pytest.mark.req("C-04")
def test_step_2_has_the_four_buttons_in_the_words_of_the_source(draft, declarer):
    press(declarer.client, draft, "declarations")
    page = declarer.client.get(url("step", draft, "salaries")).text
    for words in (
        "Ajouter un nouveau salarié",
        "Ajouter un salarié sorti par erreur",
        "Enlever un salarié sorti de votre effectif",
        "Modifier une information sur un salarié",
        "Mettez à jour la liste de vos salariés au 1er janvier",
    ):
        assert words in page
    assert "Ajouter un salarié</a>" not in page, "the same, said in other words under the list"
    assert page.count(f'href="{url("employees-add", draft)}"') == 1


@pytest.mark.req("B-12")
def test_step_3_shows_each_line_with_last_year_and_why_it_differs(declare, declarer):
    draft = declare(SI=2)
    people(draft.member, SI=1, SIR=1)
    Declaration.objects.filter(pk=draft.pk).update(confirmed_steps=["declarations", "salaries"])
    context = declarer.client.get(url("step", draft, "cotisation")).context
    assert [(row.category, row.quantity, row.last_quantity, row.why) for row in context["compared"]] == [
        ("SI", 3, 2, "1 salarié de plus"),
        ("SIR", 1, 0, "1 salarié de plus"),
    ]
    assert context["difference"] == context["priced"].total - context["last"].total
    assert context["causes"].people + context["causes"].tariff == context["net_difference"]


@pytest.mark.req("B-12")
@pytest.mark.parametrize("htmx", [True, False])
def test_a_simulation_shows_the_amount_and_stores_nothing(draft, declarer, htmx):
    headers = {"HX-Request": "true"} if htmx else {}
    answer = declarer.client.get(url("simulate", draft), {"SIR": "2"}, headers=headers)
    assert answer.context["imagined"].net == 2 * 98 + 3 * 135
    assert ("<html" in answer.text) is not htmx
    assert draft.member.establishment.employees.count() == 3
    assert declarer.client.get(url("simulate", draft), {"SI": "beaucoup"}).status_code == 422
    assert declarer.client.get(url("simulate", draft), {"SI": "-9"}).context["imagined"].headcount == 1


@pytest.mark.req("B-01")
def test_last_year_answers_are_there_and_what_is_typed_is_kept(declare, declarer):
    draft = declare(SI=1)
    press(declarer.client, draft, "declarations")
    draft.refresh_from_db()
    assert (draft.signer, draft.payment_mode) == ("Claire Morel", "transfer")
    Declaration.objects.filter(pk=draft.pk).update(confirmed_steps=["declarations", "salaries", "cotisation"])
    left = press(declarer.client, draft, "validation", "save", **{**SIGNER, "signer_function": "Associée"})
    assert left.url == reverse("contributions:home", args=[draft.member_id])
    assert "Associée" in declarer.client.get(url("step", draft, "validation")).text


@pytest.mark.fault("A7")
def test_a_step_further_on_leads_back_to_the_first_one_to_do(draft, declarer):
    assert declarer.client.get(url("step", draft, "validation")).url == url("step", draft, "declarations")
    assert declarer.client.post(url("step", draft, "validation"), SIGNER).url == url("step", draft, "declarations")
    assert declarer.client.get(url("resume", draft)).url == url("step", draft, "declarations")
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.fault("A6")
def test_fields_that_no_form_asks_for_are_ignored(draft, declarer):
    forged = {"state": "validated", "net": "0", "member": MemberFactory().pk, "version": "9", "headcount": "0"}
    press(declarer.client, draft, "declarations", **{name: str(value) for name, value in forged.items()})
    after = Declaration.objects.get(pk=draft.pk)
    assert (after.state, after.net, after.member_id, after.version, after.headcount) == (
        State.DRAFT,
        None,
        draft.member_id,
        1,
        None,
    )


def test_the_box_and_the_name_are_asked_for(draft, declarer):
    fill(draft)
    answer = press(declarer.client, draft, "validation", signer_last_name="Morel")
    assert answer.status_code == 422
    assert "Cochez cette case" in answer.text
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.fault("G1")
def test_an_amount_that_changed_meanwhile_is_read_again_before_it_is_validated(draft, declarer):
    fill(draft)
    page = declarer.client.get(url("step", draft, "validation"))
    held = {"shown": page.context["form"].shown, "_empreinte": page.context["fingerprint"]}
    people(draft.member, SIR=1)
    answer = declarer.client.post(url("step", draft, "validation"), {**held, **SIGNER})
    assert answer.status_code == 422
    assert "La liste a changé" in answer.text
    assert not Invoice.objects.exists()
    held["shown"] = answer.context["form"].shown
    assert declarer.client.post(url("step", draft, "validation"), {**held, **SIGNER}).status_code == 302
    assert Invoice.objects.get().net == 2 * 98 + 2 * 135


# --- Two tabs, two people, twice --------------------------------------------------------------------------------------


@pytest.mark.fault("G1", "G3")
def test_a_second_tab_and_a_second_person_end_on_the_same_confirmation(draft, declarer, member):
    colleague = logged_in(member, "declares")
    fill(draft)
    press(declarer.client, draft, "validation", **SIGNER)
    again = declarer.client.post(url("step", draft, "validation"), SIGNER)
    other = colleague.client.post(url("step", draft, "validation"), SIGNER, follow=True)
    assert again.url == url("confirmation", draft)
    assert "a déjà été validée par Claire Morel" in other.text
    assert Invoice.objects.count() == 1


@pytest.mark.fault("G1")
def test_two_people_on_the_payment_mode_the_second_is_told(draft, declarer, member):
    colleague = logged_in(member, "declares")
    fill(draft)
    opened = colleague.client.get(url("step", draft, "cotisation")).context["fingerprint"]
    press(declarer.client, draft, "cotisation", payment_mode="cheque")
    answer = colleague.client.post(
        url("step", draft, "cotisation"), {"_empreinte": opened, "payment_mode": "debit", "action": "next"}
    )
    assert answer.status_code == 409
    assert "Chèque" in answer.text


# --- Closed, late, corrected -----------------------------------------------------------------------------------------


def test_after_the_deadline_the_penalties_are_told(draft, declarer, clock):
    clock.move_to(date(2027, 3, 3))
    sign_in(declarer.client, declarer.user)  # the session of January is over
    fill(draft)
    assert "majorée de 10" in declarer.client.get(url("step", draft, "validation")).text
    assert press(declarer.client, draft, "validation", **SIGNER).status_code == 302


def test_who_has_nothing_prepared_and_is_late_reads_it_as_such(campaign, member, declarer, clock):
    clock.move_to(date(2027, 3, 3))
    sign_in(declarer.client, declarer.user)
    page = declarer.client.get(reverse("contributions:home", args=[member.pk])).text
    assert "Elle devait être faite au plus tard le <strong>28 février 2027</strong>" in page
    assert "majorée de 10" in page
    assert "terminé depuis" not in page


def test_a_closed_campaign_says_who_to_call_and_takes_nothing(draft, declarer):
    fill(draft)
    held = declarer.client.get(url("step", draft, "validation")).context["fingerprint"]
    draft.campaign.state = CampaignState.CLOSED
    draft.campaign.save()
    assert declarer.client.get(url("step", draft, "validation")).url == url("declaration", draft)
    assert "Appelez" in declarer.client.get(url("declaration", draft)).text
    answer = declarer.client.post(url("step", draft, "validation"), {**SIGNER, "_empreinte": held})
    assert answer.status_code == 422
    assert "est close" in answer.text
    assert declarer.client.get(url("employees-add", draft)).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_tab_left_open_on_the_list_leads_to_what_was_validated_since(draft, declarer, method):
    done = workflow.validate(fill(draft), by=COMPANY)
    before = done.member.establishment.employees.count()
    for page in (url("employees-add", done), url("employees-import", done)):
        answer = getattr(declarer.client, method)(page)
        assert (answer.status_code, answer.url) == (302, url("declaration", done))
        assert "déjà validée" in declarer.client.get(answer.url).text
    assert declarer.client.get(url("choose", done, "enlever")).url == url("declaration", done)
    assert done.member.establishment.employees.count() == before


@pytest.mark.req("C-06")
def test_a_correction_is_begun_abandoned_and_done_from_the_page(draft, declarer):
    done = workflow.validate(fill(draft), by=COMPANY)
    assert "Corriger ma déclaration" in declarer.client.get(url("declaration", done)).text
    declarer.client.post(url("correct", done))
    first = Declaration.objects.get(replaces=done)
    assert "Votre correction 2027" in declarer.client.get(reverse("contributions:home", args=[done.member_id])).text
    declarer.client.post(url("give-up", first))
    declarer.client.post(url("correct", done))
    again = Declaration.objects.get(replaces=done)
    people(done.member, SI=1)
    for step in ("declarations", "salaries"):
        press(declarer.client, again, step)
    assert "Différence à régler" in declarer.client.get(url("step", again, "cotisation")).text
    press(declarer.client, again, "cotisation", payment_mode="cheque")
    press(declarer.client, again, "validation", **SIGNER)
    again.refresh_from_db()
    assert again.invoice.net == 98
    assert "Remplacée par une correction" in declarer.client.get(url("declaration", done)).text


@pytest.mark.req("C-07")
def test_documents_and_the_list_are_there_to_download(draft, declarer):
    done = workflow.validate(fill(draft), by=COMPANY)
    waiting = declarer.client.get(url("document", done, "bordereau"))
    assert waiting.status_code == 202  # rendered by the worker
    assert declarer.client.get(url("document", done, "autre")).status_code == 404
    assert declarer.client.get(url("employees-file", done)).status_code == 200


@pytest.mark.req("C-07")
def test_the_bordereau_prints_a_function_as_it_was_typed(draft):
    fill(draft)
    draft.signer_function = "DRH"
    draft.save()
    paper = workflow.validate(draft, by=COMPANY).bordereau
    assert "Claire Morel, DRH," in render_html(paper.template, issuing.context_of(paper))


@pytest.mark.req("B-03", "B-12")
def test_what_a_delay_costs_is_told_before_the_deadline(draft, declarer):
    """And not only by the small print of the bordereau, once one has declared."""
    pages = [reverse(name, args=[draft.member_id]) for name in ("space:home", "contributions:home")]
    for page in pages:
        assert draft.campaign.penalties in read_page(declarer.client.get(page))
    draft.delete()  # nothing was prepared for this member: he begins it himself
    assert draft.campaign.penalties in read_page(declarer.client.get(pages[1]))


@pytest.mark.req("A-05", "C-01")
def test_accueil_says_what_is_due_until_it_is_done(draft, declarer):
    home = reverse("space:home", args=[draft.member_id])
    page = declarer.client.get(home).text
    assert "Votre déclaration 2027" in page
    assert "encore 47 jours" in page
    workflow.validate(fill(draft), by=COMPANY)
    assert "Faire ma déclaration" not in declarer.client.get(home).text


@pytest.mark.req("B-02")
def test_accueil_says_that_a_correction_was_begun_until_it_is_done_or_given_up(draft, declarer):
    home = reverse("space:home", args=[draft.member_id])
    done = workflow.validate(fill(draft), by=COMPANY)
    words = "Une correction de votre déclaration 2027 est commencée"
    assert words not in declarer.client.get(home).text
    correction = workflow.correct(done, by=COMPANY)
    page = declarer.client.get(home).text
    assert words in page
    assert f'href="{url("resume", correction)}">Continuer la correction</a>' in page
    reader = logged_in(draft.member)
    assert url("resume", correction) not in reader.client.get(home).text
    workflow.give_up(correction, by=COMPANY)
    assert words not in declarer.client.get(home).text


def test_with_no_campaign_there_is_nothing_to_do(member, declarer):
    page = declarer.client.get(reverse("contributions:home", args=[member.pk]))
    assert "rien à déclarer" in page.text
    answer = declarer.client.post(reverse("contributions:start", args=[member.pk]), follow=True)
    assert "Aucune campagne" in answer.text


@pytest.mark.req("M-22")
def test_a_campaign_without_a_prepared_declaration_is_begun_with_a_button(campaign, member, declarer):
    assert "Commencer ma déclaration" in declarer.client.get(reverse("contributions:home", args=[member.pk])).text
    answer = declarer.client.post(reverse("contributions:start", args=[member.pk]))
    assert answer.url == url("step", Declaration.objects.get(), "declarations")
    CampaignFactory(year=2026, state=CampaignState.CLOSED)


@pytest.mark.req("C-08", "B-25")
def test_every_step_says_whom_to_call_and_write_to(draft, declarer):
    page = declarer.client.get(url("step", draft, "declarations")).text
    operator = brand()
    assert operator.phone_display in page
    assert operator.email in page
    assert all(line in page for line in operator.hours_text)
    assert reverse("callback") in page
    assert "Service Adhérents" in page


@pytest.mark.req("B-02")
def test_the_page_of_a_declaration_tells_what_happened(draft, declarer):
    done = workflow.validate(fill(draft), by=COMPANY)
    page = read_page(declarer.client.get(url("declaration", done)))
    assert "Déclaration validée : 3 salariés" in page
    assert "Il reste" in page


def test_a_wrong_simulation_replaces_the_amount_shown_before(draft, declarer):
    """htmx leaves the page as it is on a 422: the error comes in place of the former amount."""
    answer = declarer.client.get(url("simulate", draft), {"SI": "beaucoup"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert 'class="why"' in answer.text
    assert "la cotisation serait" not in answer.text


@pytest.mark.req("B-01")
def test_a_step_sent_after_the_session_ended_is_given_back_as_typed(draft, declarer):
    client = declarer.client
    press(client, draft, "declarations")
    press(client, draft, "salaries")
    address = url("step", draft, "cotisation")
    print_ = client.get(address).context["fingerprint"]
    client.session.flush()
    del client.cookies[settings.SESSION_COOKIE_NAME]
    client.post(address, {"payment_mode": "transfer", FINGERPRINT: print_})
    sign_in(client, declarer.user)
    page = client.get(address)
    assert kept.ENDED in html.unescape(read_page(page))
    assert page.context["form"]["payment_mode"].value() == "transfer"
    assert page.context["fingerprint"] == print_
    draft.refresh_from_db()
    assert "cotisation" not in draft.confirmed_steps


@pytest.mark.req("B-06")
def test_the_list_of_companies_says_which_must_still_declare(campaign):
    accountant = UserFactory()
    ahead, begun, done, behind, corrected = (MemberFactory(left_on=None) for _ in range(5))
    for member in (ahead, begun, done, behind, corrected):
        give_access(accountant, member, "")
    DeclarationFactory(member=ahead, campaign=campaign)
    fill(DeclarationFactory(member=begun, campaign=campaign))
    DeclarationFactory(member=done, campaign=campaign, validated=True)
    DeclarationFactory(member=behind, campaign=CampaignFactory(year=2026, state=CampaignState.CLOSED))
    draft = workflow.correct(DeclarationFactory(member=corrected, campaign=campaign, validated=True), by=COMPANY)
    assert draft.is_draft
    client = Client()
    sign_in(client, accountant)
    rows = client.get(reverse("space:companies"), {"liste": "1"}).context["rows"]
    said = {access.member_id: [words for words, _ in standing] for access, standing in rows}
    assert said[ahead.pk] == ["À déclarer au plus tard le 28 février 2027"]
    assert said[begun.pk] == ["En cours, à déclarer au plus tard le 28 février 2027"]
    assert said[behind.pk] == ["Déclaration 2026 en retard"]
    assert "À déclarer" not in str(said[done.pk] + said[corrected.pk])
