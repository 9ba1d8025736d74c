"""The declaration in a real browser: five clicks when nothing changed, wide, at 320 px, with and without JavaScript."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import Page, expect

from contributions import midyear, workflow
from contributions.models import Campaign, Declaration
from contributions.states import MidYear, State
from core.dates import add_months, today
from membership import employees
from membership.models import Member
from tests.browser import check_page, watched
from tests.contributions.conftest import logged_in, people, url
from tests.factories import COMPANY, EmployeeFactory, MemberFactory
from tests.factories_contributions import CampaignFactory, DeclarationFactory, fill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def draft(live_site) -> Declaration:
    """This year's draft of a member who declared the same three employees last year."""
    member = MemberFactory(left_on=None)
    people(member, SI=2, SIR=1)
    with time_machine.travel(add_months(today(), -12)):
        old = CampaignFactory(deadline=today() + timedelta(days=30))
        DeclarationFactory(validated=True, member=member, campaign=old)
    campaign = CampaignFactory(deadline=today() + timedelta(days=30))
    return DeclarationFactory(member=member, campaign=campaign)


def enter(page: Page, site: Any, member: Member) -> Page:
    """Logged in as somebody who declares for the company."""
    client = logged_in(member, "declares", "employees", "manages").client
    cookies = [{"name": name, "value": one.value, "url": site.url} for name, one in client.cookies.items()]
    page.context.add_cookies(cookies)
    return page


def look(page: Page, name: str) -> None:
    """Check the page, and keep its picture where SCREENSHOTS says."""
    check_page(page)
    if PICTURES:
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)


@pytest.mark.req("C-01", "C-02", "C-03", "C-04", "C-05", "C-06", "C-07")
@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (320, True), (320, False)])
def test_an_unchanged_case_takes_five_clicks_from_cotiser(live_site, new_page, draft, width, javascript):
    page, seen = watched(new_page(width, javascript=javascript))
    enter(page, live_site, draft.member)
    page.goto(live_site.url + reverse("contributions:home", args=[draft.member_id]))
    clicks = [
        lambda: page.get_by_role("button", name="+ ces informations sont correctes"),
        lambda: page.get_by_role("button", name="Suivant"),
        lambda: page.get_by_role("button", name="Valider"),
        lambda: page.get_by_label("Je certifie exacts"),
        lambda: page.get_by_role("button", name="Valider"),
    ]
    for number, target in enumerate(clicks):
        if javascript:
            look(page, f"{number}-etape")
        target().click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre déclaration est validée")
    if javascript:
        look(page, "5-confirmation")
    assert len(clicks) <= 5
    assert seen == []
    draft.refresh_from_db()
    assert draft.state == State.VALIDATED


@pytest.mark.req("B-12")
def test_the_simulation_answers_while_typing(live_site, new_page, draft):
    page, seen = watched(new_page())
    enter(page, live_site, fill(draft).member)
    page.goto(live_site.url + url("step", draft, "cotisation"))
    page.get_by_text("Et si l’effectif changeait").click()
    page.get_by_label("Suivi renforcé").fill("2")
    expect(page.get_by_text("Avec 5 salariés")).to_be_visible()
    look(page, "simulation")
    assert seen == []


@pytest.mark.req("B-12")
def test_the_simulation_without_javascript_is_a_page(live_site, new_page, draft):
    page = enter(new_page(320, javascript=False), live_site, fill(draft).member)
    page.goto(live_site.url + url("step", draft, "cotisation"))
    page.get_by_text("Et si l’effectif changeait").click()
    page.get_by_label("Suivi renforcé").fill("2")
    page.get_by_role("button", name="Calculer").click()
    expect(page.get_by_text("Avec 5 salariés")).to_be_visible()


@pytest.mark.once
@pytest.mark.req("C-04")
@pytest.mark.parametrize("width", [1280, 320])
def test_the_pages_of_step_2_and_of_the_declaration_hold(live_site, new_page, draft, width):
    page, seen = watched(new_page(width))
    enter(page, live_site, draft.member)
    site = draft.member.establishment
    first = site.employees.first()
    site.employees.filter(pk=first.pk).update(monitoring="SIA")
    EmployeeFactory(establishment=site, hired_on=draft.campaign.reference_day + timedelta(days=9), last_name="Tardif")
    gone = EmployeeFactory(establishment=site, left_on=draft.campaign.reference_day - timedelta(days=40))
    fill(draft)
    for name, address in {
        "liste": url("step", draft, "salaries"),
        "remettre": url("choose", draft, "remettre"),
        "enlever": url("choose", draft, "enlever"),
        "sortie": url("employees-leave", draft, first.pk),
        "ajout": url("employees-add", draft),
        "import": url("employees-import", draft),
        "simulation": url("simulate", draft),
        "brouillon": url("declaration", draft),
    }.items():
        page.goto(live_site.url + address)
        look(page, name)
    page.goto(live_site.url + url("choose", draft, "remettre"))
    page.get_by_role("button", name="Remettre dans la liste").click()
    expect(page.get_by_text("de nouveau dans la liste")).to_be_visible()
    gone.refresh_from_db()
    assert gone.left_on is None
    done = workflow.validate(draft, by=COMPANY)
    for name, address in {
        "declaration": url("declaration", done),
        "accueil-cotiser": reverse("contributions:home", args=[done.member_id]),
        "accueil": reverse("space:home", args=[done.member_id]),
    }.items():
        page.goto(live_site.url + address)
        look(page, name)
    correction = fill(workflow.correct(done, by=COMPANY))
    people(done.member, SIR=2)
    for name, address in {
        "corriger-cotisation": url("step", correction, "cotisation"),
        "corriger-validation": url("step", correction, "validation"),
    }.items():
        page.goto(live_site.url + address)
        look(page, name)
    assert seen == []


@pytest.mark.once
@pytest.mark.req("C-04", "C-05")
def test_the_steps_of_a_correction_hold_on_a_phone(live_site, new_page, draft):
    """With somebody of each kind to name, and an arrival whose invoice is credited."""
    Campaign.objects.filter(pk=draft.campaign_id).update(midyear=MidYear.FULL)
    done = workflow.validate(fill(Declaration.objects.get(pk=draft.pk)), by=COMPANY)
    day, site = draft.campaign.reference_day, draft.member.establishment
    arrived = EmployeeFactory(establishment=site, hired_on=day + timedelta(days=9))
    midyear.midyear_supplement(done, on=done.midyear_on + timedelta(days=62))
    site.employees.filter(pk=arrived.pk).update(hired_on=day - timedelta(days=9))
    one, other, *_ = site.employees.exclude(pk=arrived.pk)
    site.employees.filter(pk=one.pk).update(monitoring="SIA")
    employees.leave(other, day + timedelta(days=1), by=COMPANY)
    employees.rehire(other, {"hired_on": day + timedelta(days=5)}, by=COMPANY)
    correction = fill(workflow.correct(done, by=COMPANY))
    page, seen = watched(new_page(320))
    enter(page, live_site, draft.member)
    for name, address in {
        "correction-liste": url("step", correction, "salaries"),
        "correction-cotisation": url("step", correction, "cotisation"),
        "correction-validation": url("step", correction, "validation"),
        "correction-sortie": url("employees-leave", correction, other.pk),
    }.items():
        page.goto(live_site.url + address)
        look(page, name)
    assert not seen
