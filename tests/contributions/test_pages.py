"""The pages: what the steps show and store, who may open them, what a declaration refuses."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import Invoice
from contributions import workflow
from contributions.models import Declaration
from contributions.states import CampaignState, State
from tests.contributions.conftest import SIGNER, logged_in, people, press, url
from tests.factories import COMPANY, EmployeeFactory, MemberFactory, sign_in
from tests.factories_contributions import CampaignFactory, DeclarationFactory, fill

pytestmark = pytest.mark.django_db
EMPLOYEE = {
    "last_name": "Petit",
    "first_name": "Jeanne",
    "birth_date": "14/09/1988",
    "hired_on": "02/01/2024",
    "contract_type": "cdi",
    "job_title": "Comptable",
    "monitoring": "SI",
}


@pytest.fixture
def draft(campaign, member) -> Declaration:
    people(member, SI=2, SIR=1)
    return DeclarationFactory(campaign=campaign, member=member)


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
    assert "data:image/svg+xml" in page  # the EPC code
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


# --- Who may ----------------------------------------------------------------------------------------------------------

PAGES = ("declaration", "confirmation", "simulate", "resume", "employees-file", "employees-add", "employees-import")
POSTS = ("correct", "give-up")


@pytest.mark.fault("A2")
def test_another_company_finds_nothing(draft, declarer):
    stranger = logged_in(MemberFactory(left_on=None), "declares").client
    row = draft.member.establishment.employees.first().pk
    addresses = [
        *(url(name, draft) for name in PAGES),
        url("step", draft, "salaries"),
        url("document", draft, "bordereau"),
        url("choose", draft, "enlever"),
        url("employees-leave", draft, row),
        url("employees-edit", draft, row),
        reverse("contributions:home", args=[draft.member_id]),
    ]
    assert {stranger.get(address).status_code for address in addresses} == {404}
    posts = [*(url(name, draft) for name in POSTS), url("step", draft, "declarations")]
    assert {stranger.post(address).status_code for address in posts} == {404}
    draft.refresh_from_db()
    assert draft.confirmed_steps == []


@pytest.mark.fault("A2")
def test_the_declaration_of_another_company_is_not_reached_through_ones_own(draft, declarer, campaign):
    theirs = DeclarationFactory(campaign=campaign)
    for name in PAGES:
        address = reverse(f"contributions:{name}", args=[draft.member_id, theirs.pk])
        assert declarer.client.get(address).status_code == 404, name
    theirs_row = EmployeeFactory(establishment=theirs.member.establishment)
    address = reverse("contributions:employees-leave", args=[draft.member_id, draft.pk, theirs_row.pk])
    assert declarer.client.post(address, {"last_day": "01/12/2026"}).status_code == 404
    theirs_row.refresh_from_db()
    assert theirs_row.left_on is None


def test_who_may_only_read_sees_the_summary_and_changes_nothing(draft, member):
    reader = logged_in(member).client
    assert reader.get(url("step", draft, "declarations")).url == url("declaration", draft)
    assert reader.get(url("declaration", draft)).status_code == 200
    assert reader.post(url("step", draft, "declarations")).status_code == 403
    assert reader.get(url("employees-add", draft)).status_code == 403
    assert "Votre accès permet de consulter" in reader.get(reverse("contributions:home", args=[member.pk])).text


def test_nobody_without_an_account(draft):
    assert Client().get(url("step", draft, "declarations")).status_code == 302


@pytest.mark.fault("A10")
def test_what_changes_something_is_a_post(draft, declarer):
    for name in POSTS:
        assert declarer.client.get(url(name, draft)).status_code == 405
    row = draft.member.establishment.employees.first().pk
    assert declarer.client.get(url("employees-bring-back", draft, row)).status_code == 405
    assert declarer.client.get(reverse("contributions:start", args=[draft.member_id])).status_code == 405
    assert declarer.client.put(url("step", draft, "declarations")).status_code == 405


@pytest.mark.fault("D1")
def test_a_post_without_the_token_of_the_page_gives_back_what_was_typed(draft, member):
    client = logged_in(member, "declares", enforce_csrf_checks=True).client
    fill(draft)
    answer = client.post(url("step", draft, "validation"), SIGNER, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    assert "Gérante" in answer.text
    draft.refresh_from_db()
    assert draft.is_draft


# --- The list --------------------------------------------------------------------------------------------------------


@pytest.fixture
def on_list(draft, declarer):
    press(declarer.client, draft, "declarations")
    return draft


@pytest.mark.req("C-04", "D-21")
def test_a_new_employee_is_the_members_own(on_list, declarer):
    answer = declarer.client.post(url("employees-add", on_list), EMPLOYEE, follow=True)
    assert "Petit Jeanne" in answer.text
    assert on_list.member.establishment.employees.filter(last_name="Petit").exists()


@pytest.mark.req("C-04")
def test_hired_after_1_january_counts_next_time_and_it_is_said(on_list, declarer):
    answer = declarer.client.post(url("employees-add", on_list), {**EMPLOYEE, "hired_on": "05/01/2027"}, follow=True)
    assert "n’est pas dans cette déclaration" in answer.text
    assert "ils compteront à la prochaine" in answer.text
    assert answer.context["rows"]["total"] == 3


def test_born_tomorrow_is_refused(on_list, declarer):
    answer = declarer.client.post(url("employees-add", on_list), {**EMPLOYEE, "birth_date": "13/01/2027"})
    assert answer.status_code == 422
    assert on_list.member.establishment.employees.count() == 3


@pytest.mark.req("C-04")
@pytest.mark.parametrize(
    ("day", "there", "words"),
    [
        ("31/12/2026", 2, "n’est plus dans la liste"),
        ("01/01/2027", 3, "compte dans cette déclaration"),
        ("08/01/2027", 3, "compte dans cette déclaration"),
    ],
)
def test_removing_somebody_asks_the_day_which_says_whether_he_counts(on_list, declarer, day, there, words):
    row = on_list.member.establishment.employees.first()
    page = declarer.client.get(url("choose", on_list, "enlever"))
    assert url("employees-leave", on_list, row.pk) in page.text
    answer = declarer.client.post(url("employees-leave", on_list, row.pk), {"last_day": day}, follow=True)
    assert words in answer.text
    assert answer.context["rows"]["total"] == there
    row.refresh_from_db()
    assert row.left_on is not None


def test_a_last_day_before_the_hiring_is_refused(on_list, declarer):
    row = on_list.member.establishment.employees.first()
    answer = declarer.client.post(url("employees-leave", on_list, row.pk), {"last_day": "01/01/2019"})
    assert answer.status_code == 422


@pytest.mark.req("C-04")
def test_who_was_removed_by_mistake_is_chosen_and_put_back_once(on_list, declarer):
    row = EmployeeFactory(establishment=on_list.member.establishment, last_name="Revenu", left_on=date(2026, 11, 30))
    page = declarer.client.get(url("choose", on_list, "remettre"), {"q": "revenu"})
    assert "Revenu" in page.text
    answer = declarer.client.post(url("employees-bring-back", on_list, row.pk), follow=True)
    assert "de nouveau dans la liste" in answer.text
    assert answer.context["rows"]["total"] == 4
    declarer.client.post(url("employees-bring-back", on_list, row.pk))
    row.refresh_from_db()
    assert row.left_on is None


@pytest.mark.req("C-04")
def test_what_changed_since_last_year_is_counted_marked_and_can_be_filtered(declare, declarer):
    draft = declare(SI=3)
    site = draft.member.establishment
    first, second, _ = site.employees.all()
    site.employees.filter(pk=first.pk).update(monitoring="SIR")
    site.employees.filter(pk=second.pk).update(left_on=date(2026, 6, 30))
    EmployeeFactory(establishment=site, last_name="Zola", monitoring="SI")
    press(declarer.client, draft, "declarations")
    page = declarer.client.get(url("step", draft, "salaries"))
    changes = page.context["changes"]
    assert (changes.new, changes.moved, changes.gone, changes.now, changes.before) == (1, 1, 1, 3, 3)
    assert "Nouveau</span>" in page.text
    assert "Était SI</span>" in page.text
    assert [one.last_name for one in page.context["gone"]] == [second.last_name]
    only = declarer.client.get(url("step", draft, "salaries"), {"montrer": "nouveaux"}).context["rows"]["lines"]
    assert ["Zola" in line.name for line in only] == [True]
    assert not changes.unusual


@pytest.mark.req("C-04")
@pytest.mark.parametrize(("more", "warned"), [(3, False), (4, True)])
def test_beyond_thirty_per_cent_there_is_a_warning_and_no_block(declare, declarer, more, warned):
    draft = declare(SI=10)
    people(draft.member, SI=more)
    press(declarer.client, draft, "declarations")
    assert ("a beaucoup changé" in declarer.client.get(url("step", draft, "salaries")).text) is warned
    assert press(declarer.client, draft, "salaries").status_code == 302


def test_the_first_year_has_nothing_to_compare_with(on_list, declarer):
    page = declarer.client.get(url("step", on_list, "salaries"))
    assert page.context["changes"] is None
    assert "Nouveau</span>" not in page.text


@pytest.mark.req("C-04")
def test_nobody_is_confirmed_with_a_box_and_there_is_nothing_to_pay(campaign, member, declarer):
    draft = DeclarationFactory(campaign=campaign, member=member)
    press(declarer.client, draft, "declarations")
    refused = press(declarer.client, draft, "salaries")
    assert refused.status_code == 422
    assert "confirmez que vous n’en aviez aucun" in refused.text
    assert press(declarer.client, draft, "salaries", nobody="on").url == url("step", draft, "cotisation")
    assert "Vous n’avez rien à régler" in declarer.client.get(url("step", draft, "cotisation")).text
    press(declarer.client, draft, "cotisation")
    assert press(declarer.client, draft, "validation", **SIGNER).url == url("confirmation", draft)
    assert not Invoice.objects.exists()


@pytest.mark.fault("G14")
def test_a_file_gives_many_at_once_and_twice_changes_nothing(on_list, declarer):
    lines = "Nom\tPrénom\tDate de naissance\tDate d’embauche\tType de contrat\tPoste\tType de suivi\n" + "\n".join(
        f"Nom{n}\tLéa\t01/02/1990\t01/03/2021\tCDI\tVendeuse\tSimple" for n in range(30)
    )
    for expected in (33, 33):
        plan = declarer.client.post(url("employees-import", on_list), {"pasted": lines})
        sent = {"cells": plan.context["cells"], "action": "all"}
        answer = declarer.client.post(url("employees-import", on_list), sent, follow=True)
        assert answer.context["rows"]["total"] == expected


def test_lines_to_correct_hold_the_step_up(on_list, declarer):
    lines = "Nom\tPrénom\tDate de naissance\tDate d’embauche\tType de contrat\tPoste\tType de suivi\n"
    lines += "Faux\tLéa\t31/02/1990\t01/03/2021\tCDI\tVendeuse\tSimple"
    plan = declarer.client.post(url("employees-import", on_list), {"pasted": lines})
    declarer.client.post(url("employees-import", on_list), {"cells": plan.context["cells"], "action": "all"})
    assert press(declarer.client, on_list, "salaries").status_code == 422


@pytest.mark.req("C-04")
def test_the_list_of_5000_costs_no_more_queries_than_a_short_one(on_list, declarer, django_assert_max_num_queries):
    site = on_list.member.establishment
    type(site.employees.first()).objects.bulk_create(
        EmployeeFactory.build(establishment=site, last_name=f"N{n:05d}", monitoring="SI") for n in range(5000)
    )
    with django_assert_max_num_queries(10 + 4):  # the session, the account, its browser, its access come besides
        page = declarer.client.get(url("step", on_list, "salaries"))
    assert len(page.context["rows"]["lines"]) == 50
    assert page.context["rows"]["total"] == 5003


# --- Closed, late, corrected -----------------------------------------------------------------------------------------


def test_after_the_deadline_the_penalties_are_told(draft, declarer, clock):
    clock.move_to(date(2027, 3, 3))
    sign_in(declarer.client, declarer.user)  # the session of January is over
    fill(draft)
    assert "majorée de 10" in declarer.client.get(url("step", draft, "validation")).text
    assert press(declarer.client, draft, "validation", **SIGNER).status_code == 302


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


@pytest.mark.req("A-05", "C-01")
def test_accueil_says_what_is_due_until_it_is_done(draft, declarer):
    home = reverse("space:home", args=[draft.member_id])
    page = declarer.client.get(home).text
    assert "Votre déclaration 2027" in page
    assert "encore 47 jours" in page
    workflow.validate(fill(draft), by=COMPANY)
    assert "Votre déclaration 2027" not in declarer.client.get(home).text


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
