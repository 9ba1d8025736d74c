"""The back office of a campaign: who may do what, what the pages show, and what they cost."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from openpyxl import load_workbook

from billing.models import Invoice
from contributions import dashboard, opening
from contributions.models import Campaign, Declaration, DeclaredEmployee, ReminderWave
from contributions.states import CampaignState, State
from core.dates import french_date, today
from membership.models import TariffYear
from notifications.models import Message
from tests.factories import CLERK, UserFactory, sign_in
from tests.factories_campaign import bill, called_member, declare, make_campaign, opened, work
from tests.reading import read_page

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def client_of(**traits) -> Client:
    client = Client()
    client.user = UserFactory(**traits)
    sign_in(client, client.user)
    return client


@pytest.fixture
def manager() -> Client:
    return client_of(manager=True)


def url(campaign: Campaign, name: str) -> str:
    return reverse(f"admin:contributions_campaign_{name}", args=[campaign.pk])


LISTING = "admin:contributions_declaration_changelist"


@pytest.fixture
def busy() -> SimpleNamespace:
    """Last year's campaign and this one, with members at every point."""
    year = today().year
    names = ("silent", "started", "same", "up", "down", "costly")
    members = {name: called_member(establishment__name=f"Société {name}") for name in names}
    last = make_campaign(year - 1, announces=False)
    Campaign.objects.filter(pk=last.pk).update(deadline=date(year - 1, 12, 31), opens_on=date(year - 1, 1, 2))
    for name in ("same", "up", "down"):
        declare(Declaration.objects.create(campaign=last, member=members[name]), headcount=2, net="210.00")
    Campaign.objects.filter(pk=last.pk).update(state=CampaignState.CLOSED, opened_at=timezone.now() - 300 * DAY)
    campaign = make_campaign(open=True, announces=False)
    mine = {name: Declaration.objects.get(campaign=campaign, member=member) for name, member in members.items()}
    Declaration.objects.filter(pk=mine["started"].pk).update(started_at=timezone.now())
    declare(mine["same"], headcount=2, net="210.00")
    declare(mine["up"], headcount=3, net="315.00", payment_mode="debit")
    declare(mine["down"], headcount=1, net="105.00")
    declare(mine["costly"], headcount=2, net="500.00", payment_mode="cheque")
    bill(mine["same"], paid="252.00")
    bill(mine["up"], paid="100.00", due_in=-1)
    for number, kind in enumerate(("SI", "SI", "SIR")):
        DeclaredEmployee.objects.create(
            declaration=mine["up"],
            last_name=f"Durand{number}",
            first_name="Ève",
            birth_date=date(1990, 1, 1),
            hired_on=date(2020, 1, 1),
            monitoring=kind,
        )
    return SimpleNamespace(campaign=campaign, last=last, members=members, **mine)


# --- Who --------------------------------------------------------------------------------------------------------------

PAGES = ("board", "progress", "change")
VERBS = ("ouvrir", "annuler_ouverture", "clore", "rouvrir", "remind")


@pytest.mark.fault("A1", "A8")
@pytest.mark.parametrize("group", ["reader", "manager", "accountant"])
def test_who_may_see_and_who_may_act(group):
    called_member()
    campaign = make_campaign()
    client = client_of(**{group: True})
    for name in PAGES:
        assert client.get(url(campaign, name)).status_code == 200
    assert client.get(reverse(LISTING)).status_code == 200
    allowed = group == "manager"
    for name in VERBS:
        assert (client.get(url(campaign, name)).status_code != 403) is allowed
        assert (client.post(url(campaign, name)).status_code != 403) is allowed
    assert (client.get(reverse("admin:contributions_campaign_add")).status_code == 200) is allowed
    campaign.refresh_from_db()
    assert (campaign.state == CampaignState.OPENING) is allowed


@pytest.mark.fault("A8")
def test_staff_of_no_group_get_nothing(busy):
    client = client_of(is_staff=True)
    pages = [
        *(url(busy.campaign, name) for name in (*PAGES, *VERBS)),
        reverse("admin:contributions_campaign_current"),
        reverse(LISTING),
        reverse("admin:contributions_declaration_export", args=["xlsx"]),
        reverse("admin:contributions_declaration_change", args=[busy.same.pk]),
        reverse("admin:contributions_declaration_document", args=[busy.same.pk, "facture"]),
    ]
    assert {client.get(page).status_code for page in pages} == {403}
    assert client.post(reverse("admin:contributions_declaration_remind", args=[busy.silent.pk])).status_code == 403
    assert "Campagne de cotisation" not in client.get("/admin/").content.decode()


@pytest.mark.fault("A8")
def test_nothing_is_written_by_hand_and_hidden_columns_are_not_reached(busy):
    client = client_of(superuser=True)
    page = reverse("admin:contributions_declaration_change", args=[busy.same.pk])
    assert client.post(page, {"state": "draft"}).status_code == 405
    assert client.post(reverse("admin:contributions_declaration_delete", args=[busy.same.pk])).status_code == 403
    assert client.get(reverse("admin:contributions_declaration_add")).status_code == 403
    for query in ({"member__doctor__name__startswith": "D"}, {"_to_field": "member"}):
        assert client.get(reverse(LISTING), query).status_code in (302, 400)
    delete = reverse("admin:contributions_campaign_delete", args=[busy.campaign.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403


@pytest.mark.fault("A10")
def test_reminding_one_is_a_post(busy, manager):
    assert manager.get(reverse("admin:contributions_declaration_remind", args=[busy.silent.pk])).status_code == 405


# --- Settings ---------------------------------------------------------------------------------------------------------


def typed(**changes) -> dict[str, str]:
    year = today().year
    return {
        "year": str(year),
        "opens_on": f"02/01/{year}",
        "deadline": f"28/02/{year}",
        "payment_days": "30",
        "midyear": "none",
        "midyear_days": "31",
        "penalties": "Majoration.",
        "announces": "on",
        **changes,
    }


def test_a_campaign_is_prepared_and_its_dates_are_checked(manager):
    add = reverse("admin:contributions_campaign_add")
    response = manager.post(add, typed(deadline=f"01/01/{today().year}"))
    assert "doit suivre le jour de l’ouverture" in response.content.decode()
    response = manager.post(add, typed(opens_on=f"15/12/{today().year - 1}"))
    assert "ouvrez ce jour-là ou après" in response.content.decode()
    response = manager.post(add, typed())
    campaign = Campaign.objects.get()
    assert response.headers["Location"] == url(campaign, "board")
    assert (campaign.state, campaign.deadline) == (CampaignState.PREPARED, date(today().year, 2, 28))
    shown = manager.get(url(campaign, "change")).content.decode()
    assert "n’est pas saisi" in shown


@pytest.mark.req("D-19")
def test_the_settings_show_the_tariff_and_warn_outside_the_corridor(manager):
    campaign = make_campaign()
    assert "sort de la fourchette légale" not in manager.get(url(campaign, "change")).content.decode()
    TariffYear.objects.get().tariffs.filter(monitoring="SI").update(amount=Decimal("10.00"))
    shown = manager.get(url(campaign, "change")).content.decode()
    assert "10,00" in shown
    assert "sort de la fourchette légale" in shown


@pytest.mark.fault("A6")
def test_once_open_the_year_and_its_rules_stay(manager):
    called_member()
    campaign = opened(make_campaign())
    later = campaign.deadline + 10 * DAY
    response = manager.post(
        url(campaign, "change"),
        typed(year="2001", midyear="full", deadline=f"{later:%d/%m/%Y}", state="prepared", opened_count="0"),
    )
    assert response.status_code == 302
    fresh = Campaign.objects.get()
    assert (fresh.year, fresh.midyear, fresh.state, fresh.opened_count) == (campaign.year, "none", "open", 1)
    assert fresh.deadline == later


# --- Opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.req("B-21")
def test_opening_says_how_many_and_how_much_before_it_does(manager):
    for _ in range(3):
        called_member(employees=2)
    campaign = make_campaign()
    page = manager.get(url(campaign, "ouvrir")).content.decode()
    assert "Ouvrir pour 3 adhérents" in page
    assert "756,00" in page  # 3 × (98 + 112) + VAT
    assert not Declaration.objects.exists()
    response = manager.post(url(campaign, "ouvrir"), follow=True)
    assert "3 déclarations se préparent" in response.content.decode()
    assert "Ouverture en cours" in response.content.decode()
    again = manager.post(url(campaign, "ouvrir"))
    assert again.status_code == 409
    assert "Déjà traité par" in again.content.decode()
    work()
    assert Declaration.objects.count() == 3


def test_what_bars_the_opening_leaves_no_button(manager):
    called_member()
    campaign = make_campaign()
    TariffYear.objects.all().delete()
    page = manager.get(url(campaign, "ouvrir")).content.decode()
    assert "ne peut pas encore ouvrir" in page
    assert "Ouvrir pour" not in page
    assert manager.post(url(campaign, "ouvrir")).status_code == 409


def test_an_opening_ahead_is_confirmed_and_taken_back(manager):
    called_member()
    campaign = make_campaign(opens_on=today() + 3 * DAY)
    assert "Confirmer l’ouverture du" in manager.get(url(campaign, "ouvrir")).content.decode()
    shown = manager.post(url(campaign, "ouvrir"), follow=True).content.decode()
    assert "Ouverture confirmée pour le" in shown
    assert "Annuler l’ouverture programmée" in shown
    manager.post(url(campaign, "annuler_ouverture"))
    campaign.refresh_from_db()
    assert campaign.scheduled_at is None


def test_progress_is_shown_until_the_opening_ends(manager, monkeypatch):
    monkeypatch.setattr(opening, "BATCH", 1)
    for _ in range(2):
        called_member()
    campaign = make_campaign()
    opening.open_campaign(campaign, by=CLERK)
    opening.prepare_batch(campaign.pk)
    page = manager.get(url(campaign, "progress"))
    assert "1 sur 2" in page.content.decode()
    assert "data-hx-get" in page.content.decode()
    assert "HX-Refresh" not in page.headers
    work()
    page = manager.get(url(campaign, "progress"))
    assert "data-hx-get" not in page.content.decode()
    assert page.headers["HX-Refresh"] == "true"


# --- Reminding --------------------------------------------------------------------------------------------------------


@pytest.mark.req("B-03", "B-21")
def test_the_page_of_reminders_counts_shows_a_sample_and_sends_once(busy, manager):
    page = manager.get(url(busy.campaign, "remind"), {"qui": "silent", "sauf": "7"})
    text = read_page(page)
    assert "1 adhérent à relancer" in text
    assert "Rappel : déclaration annuelle" in text
    assert "C’est à vous d’agir" in text
    assert not Message.objects.exists()
    sent = {"qui": "silent", "sauf": "7", "seen": "0"}
    assert manager.post(url(busy.campaign, "remind"), sent).status_code == 302
    assert manager.post(url(busy.campaign, "remind"), sent).status_code == 409
    work()
    assert Message.objects.count() == 1
    assert ReminderWave.objects.get().created_by == manager.user.get_full_name()
    after = manager.get(url(busy.campaign, "remind")).content.decode()
    assert "1 adhérent relancé" in after
    assert manager.get(url(busy.campaign, "remind"), {"qui": "silent"}).context_data["count"] == 0


@pytest.mark.parametrize("query", [{"qui": "x"}, {"sauf": "\x00"}, {"sauf": "-1"}])
def test_an_address_that_makes_no_sense_counts_nobody(busy, manager, query):
    assert manager.get(url(busy.campaign, "remind"), query).status_code == 422


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 20])
def test_a_page_without_its_number_sends_nothing(busy, manager, seen):
    sent = {"qui": "all", "sauf": "7", "seen": seen}
    assert manager.post(url(busy.campaign, "remind"), sent).status_code == 409
    assert not ReminderWave.objects.exists()


# --- Dashboard --------------------------------------------------------------------------------------------------------


@pytest.mark.req("B-21")
def test_the_figures(busy):
    found = dashboard.count(dashboard.with_tariff(busy.campaign.pk))
    assert (found.declared.count, found.started.count, found.silent.count) == (4, 1, 1)
    assert found.members == 6
    assert (found.declared.headcount, found.declared.net) == (8, Decimal("1130.00"))
    assert found.expected == 2 * Decimal("210.00")
    assert [found.share(group) for group in (found.declared, found.started, found.silent)] == [67, 17, 16]
    assert {label: group.count for label, group in found.modes.items()} == {
        "Virement": 2,
        "Prélèvement SEPA": 1,
        "Chèque": 1,
    }
    money = found.money
    assert (money.invoiced, money.paid, money.left) == (Decimal("630.00"), Decimal("352.00"), Decimal("278.00"))
    assert (money.overdue, money.overdue_count) == (Decimal("278.00"), 1)
    assert found.last
    assert (found.last.members, found.last.headcount) == (3, (6, 6))
    assert found.last.net == (Decimal("630.00"), Decimal("630.00"))
    assert [now for _, _, now in found.last.categories] == [2, 0, 1]
    assert found.outside == 1
    assert [(label, now) for label, now, *_ in found.categories] == [
        ("Simple (SI)", 2),
        ("Adapté (SIA)", 0),
        ("Renforcé (SIR)", 1),
    ]
    assert sum(count for _, count in found.weeks) == 4


@pytest.mark.parametrize(
    ("counts", "shares"),
    [((66, 20, 13), (67, 20, 13)), ((999, 1, 0), (99, 1, 0)), ((3, 0, 0), (100, 0, 0)), ((0, 0, 0), (0, 0, 0))],
)
def test_shares_add_up_and_100_is_when_nobody_is_missing(counts, shares):
    found = dashboard.Figures(timezone.now(), *(dashboard.Group(count) for count in counts))
    assert tuple(found.share(group) for group in (found.declared, found.started, found.silent)) == shares


@pytest.mark.req("B-21")
def test_categories_compare_the_same_members_with_themselves(busy):
    """Who has not declared yet, or declared for the first time, would make the years differ."""
    Declaration.objects.filter(pk=busy.up.pk).update(state=State.REPLACED)
    before = Declaration.objects.filter(campaign__year=busy.campaign.year - 1, state=State.VALIDATED)
    for row in before:
        DeclaredEmployee.objects.create(
            declaration=row,
            last_name="Roy",
            first_name="Ana",
            birth_date=date(1990, 1, 1),
            hired_on=date(2020, 1, 1),
            monitoring="SI",
        )
    last = dashboard.count(dashboard.with_tariff(busy.campaign.pk)).last
    assert last
    assert (before.count(), last.members) == (3, 2)
    assert last.categories[0][:2] == ("Simple (SI)", 2)


def test_a_correction_replaces_what_was_declared(busy):
    old = busy.up
    Declaration.objects.filter(pk=old.pk).update(state=State.REPLACED)
    new = Declaration(campaign=busy.campaign, member=old.member, version=2, replaces=old)
    declare(new, headcount=4, net="420.00")
    found = dashboard.count(dashboard.with_tariff(busy.campaign.pk))
    assert (found.declared.count, found.declared.headcount) == (4, 9)
    assert sum(count for _, count in found.weeks) == 4  # received once
    assert found.money.invoiced == Decimal("630.00")


@pytest.mark.req("B-21")
def test_what_one_paid_too_much_lessens_nobody_else_s_debt(busy):
    Invoice.objects.filter(pk=busy.same.invoice_id).update(paid=Decimal("10000.00"))
    money = dashboard.count(dashboard.with_tariff(busy.campaign.pk)).money
    assert (money.paid, money.left) == (Decimal("10100.00"), Decimal("278.00"))


@pytest.mark.req("B-21", "D-19")
def test_the_dashboard_page(busy, manager):
    assert manager.get(reverse("admin:contributions_campaign_current")).headers["Location"] == url(
        busy.campaign, "board"
    )
    assert reverse("admin:contributions_campaign_current") in manager.get("/admin/").content.decode()
    text = manager.get(url(busy.campaign, "board")).content.decode()
    assert "6 adhérents concernés" in text
    deadline, left = french_date(busy.campaign.deadline), (busy.campaign.deadline - today()).days
    head = " ".join(text.split('class="bo-head"')[1].split("</header>")[0].split())
    assert f"au plus tard le {deadline}, il reste {left} jours" in strip_tags(head)
    assert "hors de la fourchette légale" in text
    assert "278,00" in text
    assert text.count('<svg viewBox="0 0 360 150"') == 3
    assert text.count("Voir les chiffres") == 3
    assert not re.search(r"\sstyle=", text)


def many(campaign: Campaign, count: int) -> None:
    for _ in range(count):
        called_member(employees=1)
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.OPENING, opened_up_to=None)
    work()
    for declaration in Declaration.objects.filter(campaign=campaign, state=State.DRAFT)[: count // 2]:
        bill(declare(declaration))


def queries(client: Client, page: str) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as seen:
        assert client.get(page).status_code == 200
    return len(seen)


def test_pages_cost_the_same_queries_however_many_declarations(busy, manager):
    pages = [
        url(busy.campaign, "board"),
        f"{reverse(LISTING)}?campaign__id__exact={busy.campaign.pk}&etape=declaree",
    ]
    before = [queries(manager, page) for page in pages]
    many(busy.campaign, 30)
    assert [queries(manager, page) for page in pages] == before
    assert max(before) <= 10


def test_figures_are_kept_ten_minutes_and_say_their_hour(busy, manager):
    page = url(busy.campaign, "board")
    first = manager.get(page)
    declare(Declaration.objects.get(pk=busy.silent.pk))
    again = manager.get(page)
    assert again.context_data["figures"].declared.count == first.context_data["figures"].declared.count == 4
    assert "Chiffres du" in again.content.decode()
    cache.clear()
    assert manager.get(page).context_data["figures"].declared.count == 5


# --- Declarations -----------------------------------------------------------------------------------------------------


def found(client: Client, **query: str) -> set[str]:
    response = client.get(reverse(LISTING), query)
    assert response.status_code == 200
    return {row.member.establishment.name.removeprefix("Société ") for row in response.context_data["cl"].result_list}


@pytest.mark.req("B-21")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"etape": "silence"}, {"silent"}),
        ({"etape": "en-cours"}, {"started"}),
        ({"etape": "declaree"}, {"same", "up", "down", "costly"}),
        ({"etape": "retard"}, set()),
        ({"ecart": "hausse"}, {"up"}),
        ({"ecart": "baisse"}, {"down"}),
        ({"ecart": "nouveau"}, {"silent", "started", "costly"}),
        ({"couloir": "hors"}, {"costly"}),
        ({"facture": "reglee"}, {"same"}),
        ({"facture": "a-regler"}, {"up"}),
        ({"facture": "echue"}, {"up"}),
        ({"q": "société down"}, {"down"}),
        ({"etape": "\x00"}, {"silent", "started", "same", "up", "down", "costly"}),
    ],
)
def test_the_list_is_searched_and_filtered(busy, manager, query, names):
    assert found(manager, campaign__id__exact=str(busy.campaign.pk), **query) == names


def test_the_list_finds_by_siret_and_number_and_tells_who_is_late(busy, manager):
    member = busy.members["started"]
    spaced = f"{member.siret[:3]} {member.siret[3:6]} {member.siret[6:9]} {member.siret[9:]}"
    here = {"campaign__id__exact": str(busy.campaign.pk)}
    assert found(manager, q=spaced, **here) == found(manager, q=member.number, **here) == {"started"}
    Campaign.objects.filter(pk=busy.campaign.pk).update(opens_on=today() - 9 * DAY, deadline=today() - DAY)
    assert found(manager, etape="retard", **here) == {"silent", "started"}
    assert found(manager, etape="tardive", **here) == {"same", "up", "down", "costly"}


@pytest.mark.req("B-21")
def test_the_list_is_exported_as_it_is_filtered(busy, manager):
    query = {"campaign__id__exact": str(busy.campaign.pk), "etape": "declaree"}
    response = manager.get(reverse("admin:contributions_declaration_export", args=["xlsx"]), query)
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    head, *rows = sheet.iter_rows(values_only=True)
    assert {row[2] for row in rows} == {f"Société {name}" for name in ("same", "up", "down", "costly")}
    line = dict(zip(head, next(row for row in rows if row[2] == "Société up"), strict=True))
    assert (line["Cotisation HT"], line["Cotisation HT de l’an dernier"], line["Réglé"]) == (315, 210, 100)
    text = manager.get(reverse("admin:contributions_declaration_export", args=["csv"]), query)
    assert b"".join(text.streaming_content).decode("utf-8-sig").count("\r\n") == 5
    assert manager.get(reverse("admin:contributions_declaration_export", args=["pdf"]), query).status_code == 404


@pytest.mark.req("D-19", "B-02")
def test_the_page_of_a_declaration(busy, manager):
    def page(declaration: Declaration) -> str:
        return manager.get(reverse("admin:contributions_declaration_change", args=[declaration.pk])).content.decode()

    costly, up, silent = page(busy.costly), page(busy.up), page(busy.silent)
    assert "sort de la fourchette légale" in costly
    assert "sort de la fourchette légale" not in up
    assert "+\u00a050,0\u00a0%" in up
    assert "278,00" in up
    assert "Durand0" in up
    assert "2 salariés sur la liste de l’adhérent" in silent
    assert "Relancer par courriel" in silent
    assert "Relancer par courriel" not in up
    response = manager.post(reverse("admin:contributions_declaration_remind", args=[busy.silent.pk]), follow=True)
    assert "La relance part par courriel" in response.content.decode()
    assert "Relance envoyée par courriel." in page(busy.silent)
    assert manager.get(reverse("admin:contributions_declaration_change", args=["abc"])).status_code == 302


def test_staff_open_a_correction_and_give_it_up(busy, manager):
    def act(declaration: Declaration, verb: str):
        address = reverse(f"admin:contributions_declaration_{verb}", args=[declaration.pk])
        return manager.post(address, follow=True).content.decode()

    assert "La correction est ouverte" in act(busy.same, "correct")
    draft = Declaration.objects.get(replaces=busy.same)
    page = manager.get(reverse("admin:contributions_declaration_change", args=[draft.pk])).content.decode()
    assert "Abandonner la correction" in page
    assert "Relancer par courriel" not in page
    assert "La correction est abandonnée" in act(draft, "give_up")
    assert not Declaration.objects.filter(pk=draft.pk).exists()
    assert "Seule une déclaration validée se corrige" in act(busy.silent, "correct")


def test_versions_lead_to_each_other(busy, manager):
    Declaration.objects.filter(pk=busy.up.pk).update(state=State.REPLACED)
    new = declare(Declaration(campaign=busy.campaign, member=busy.up.member, version=2, replaces=busy.up), net="105.00")
    text = manager.get(reverse("admin:contributions_declaration_change", args=[new.pk])).content.decode()
    assert reverse("admin:contributions_declaration_change", args=[busy.up.pk]) in text
