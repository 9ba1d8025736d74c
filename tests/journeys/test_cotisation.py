"""A company declares, signs a mandate, pays and finds its invoice; its accountant does so for several.

With a real server, worker, mail server, SMS gateway and browser.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from billing.models import Collection, Invoice, Mandate
from contributions.models import Declaration
from contributions.states import State
from core.dates import today
from core.money import euros
from membership.models import Access, Member
from notifications.models import Message
from tests.browser import let_in
from tests.factories import PASSWORD, EmployeeFactory, UserFactory
from tests.factories_campaign import make_campaign
from tests.factories_contributions import fill
from tests.factories_sepa import OTHER_IBAN
from tests.factories_space import make_manager, make_member
from tests.harness.site import Site
from tests.harness.smtp import SmtpServer
from tests.harness.tcp import HttpServer
from tests.journeys.leaks import found, traces
from tests.journeys.space_story import WELCOME, Cashier, Visitor
from tests.journeys.stage import Stage, plain, said_in
from tests.journeys.story import WAYS, Way

pytestmark = [pytest.mark.browser, pytest.mark.process]
CLAIRE = "claire.morel@morel.example"  # whom we know in the company (make_member)
PAUL = "compta@cabinet.example"
IBAN_TYPED = " ".join(re.findall(".{1,4}", OTHER_IBAN))


@pytest.fixture
def stage(
    live_gunicorn: Callable, worker: Callable, beat: Callable, smtp_server: SmtpServer, http_server: HttpServer
) -> Stage:
    beat(OUTBOX_SWEEP_SECONDS="2")  # as deployed: a nudge that is lost holds nothing up
    return Stage.set_up(live_gunicorn, worker, smtp_server, http_server)


def employ(member: Member, *people: tuple[str, str]) -> None:
    """Employees of long standing, by name and category."""
    for last_name, category in people:
        EmployeeFactory(establishment=member.establishment, last_name=last_name, monitoring=category)


@pytest.fixture
def company(transactional_db: None) -> Member:
    """A member that the year's campaign calls, with three employees."""
    member = make_member(establishment__name="Ateliers Morel <b>& Fils</b>")
    employ(member, ("Durand", "SI"), ("Garnier", "SIA"), ("Petit", "SIR"))
    make_campaign(open=True)
    return member


def write_list(folder: Path) -> Path:
    """One who was there on 1 January, one who came later."""
    file = folder / "salaries.csv"
    file.write_text(
        "Nom;Prénom;Date de naissance;Date d’embauche;Type de contrat;Poste;Type de suivi\n"
        "Diallo;Aminata;03/05/1994;15/06/2021;CDI;Cariste;Renforcé\n"
        f"Tardif;Noé;03/05/1994;02/01/{today().year};CDI;Cariste;Simple\n",
        encoding="utf-8",
    )
    return file


@pytest.mark.req("A-01", "A-02", "A-04", "A-05", "X-02", "X-04", "D-02", "M-21", "M-22", "M-23", "D-18", "D-21")
@pytest.mark.req("C-01", "C-02", "C-03", "C-04", "C-05", "C-06", "C-07", "B-02", "B-15", "B-23")
@pytest.mark.fault("B9", "H4", "C5", "D3", "F2")
@pytest.mark.parametrize("way", WAYS)
def test_a_company_declares_and_pays(
    way: Way, company: Member, stage: Stage, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    claire = Visitor(new_page(way.width, javascript=way.javascript), stage, CLAIRE, javascript=way.javascript)
    stage.secrets |= {"IBAN": OTHER_IBAN, "IBAN as typed": IBAN_TYPED}

    # She asks for her access, chooses a password, and proves with a code that the mailbox is hers.
    stage.mail(CLAIRE, "déclaration")
    claire.asks_for_access(company.number, company.siret)
    claire.activates(stage.link(stage.mail(CLAIRE, "Votre accès")), "Une-phrase-de-2026-à-elle")
    claire.logs_in()
    claire.types_the_code(remember=True)
    claire.arrive(WELCOME)

    # Her employees: one added, a file, one who left before 1 January.
    claire.adds_an_employee("Lefèvre", "01/03/2022")
    claire.imports_employees(write_list(tmp_path))
    claire.notes_a_departure("Garnier Camille", f"30/12/{today().year - 1}")

    # The four steps, with a mandate signed on the way. On 1 January: 2 in simple, 2 in reinforced monitoring.
    claire.begins_to_declare()
    shown = claire.confirms_the_list()
    claire.signs_a_mandate(IBAN_TYPED, "06 12 34 56 78")
    claire.pays_by("Prélèvement")
    assert claire.validates("Gérante") == shown

    # What she saw, what is stored and what she is sent are one amount.
    declaration = Declaration.objects.get(member=company)
    invoice = Invoice.objects.get()
    amount = Decimal("559.20")  # (2 × 98 + 2 × 135) and 20 % of VAT
    assert {declaration.total, invoice.total, Collection.objects.get().amount} == {amount}
    assert shown == plain(euros(amount))
    sent = stage.mail(CLAIRE, f"({declaration.reference})")
    papers = {name: said_in(pdf, tmp_path) for name, pdf in sent.attachments.items()}
    assert len(papers) == 2
    assert all(shown in text for text in papers.values()), papers
    bordereau = next(text for text in papers.values() if "Bordereau de cotisation" in text)
    for declared in ("Durand", "Petit", "Lefèvre", "Diallo", str(company.establishment)):
        assert declared in bordereau
    assert "Garnier" not in bordereau
    assert "Tardif" not in bordereau
    mandate = Mandate.objects.get()
    signed = stage.mail(CLAIRE, f"est signé ({mandate.rum})")
    assert set(signed.attachments) == {f"mandat-{mandate.rum}.pdf"}
    assert stage.url + reverse("accounts:login") in signed.text
    claire.press("Se déconnecter")
    claire.arrive("Vous êtes déconnecté")

    # Staff record her payment, through the same door.
    marc = Cashier(
        new_page(way.width, javascript=way.javascript),
        stage,
        UserFactory(accountant=True, email="compta@guichet.example").email,
        javascript=way.javascript,
    )
    marc.knows(PASSWORD)
    marc.page.goto(f"{stage.url}/admin/")
    marc.logs_in()
    marc.types_the_code()
    marc.arrive("Travail en cours")
    marc.records_the_payment(invoice.number, "VIR MOREL")
    invoice.refresh_from_db()
    assert invoice.settled_on == today()

    # She comes back, without a code in this browser, and finds the invoice acquittée.
    stage.mail(CLAIRE, "acquittée")
    claire.follow("Me connecter à nouveau")
    claire.logs_in()
    claire.arrive(WELCOME)
    claire.menu("Prélèvement SEPA")
    claire.arrive("Prélèvement SEPA")
    expect(claire.page.get_by_text("En vigueur")).to_be_visible()
    expect(claire.page.get_by_text("Prélèvements à venir")).to_have_count(0)
    claire.menu("Mes documents")
    claire.arrive("Mes documents")
    row = claire.page.locator("tr", has_text=invoice.number)
    expect(row).to_contain_text("Acquittée")
    with claire.page.expect_download() as download:
        row.get_by_role("link", name="Télécharger").click()
    text = said_in(download.value.path().read_bytes(), tmp_path)
    assert "Acquittée le" in text
    assert shown in text

    _nothing_is_left_behind(stage, claire, company)


def _nothing_is_left_behind(stage: Stage, claire: Visitor, company: Member) -> None:
    """H4, C5: no log, queue, cache, session or table holds a secret in clear, be it sent or still waiting."""
    stage.worker.kill()  # so that the last link stays in the outbox, and the task that sends it in the queue
    claire.press("Se déconnecter")
    claire.follow("Me connecter à nouveau")
    claire.follow("Mot de passe oublié")
    claire.page.get_by_label("Adresse électronique").fill(CLAIRE)
    claire.press("Recevoir le lien")
    claire.arrive("Consultez votre messagerie")
    waiting = Message.objects.get(secret__isnull=False)
    stage.secrets["link to a new password"] = str(waiting.secret).rstrip("/").rpartition("/")[2]
    places = traces(stage)
    # The search does find what is there.
    control = found({"address": CLAIRE, "company": str(company.pk), "route": "connexion/"}, places)
    assert {"address: table notifications_message", "route: log of gunicorn"} <= set(control)
    for place in ("log of the worker", "subjects of mails", "sessions", "cache", "broker"):
        assert places[place].strip(), place
    assert len(stage.secrets) == 9, sorted(stage.secrets)
    assert found(stage.secrets, places) == []


@pytest.mark.req("A-03", "B-06")
@pytest.mark.fault("A2", "A7")
def test_an_accountant_keeps_two_companies(stage: Stage, new_page: Callable[..., Page]) -> None:
    morel, roy = (make_member(establishment__name=name) for name in ("Menuiserie Morel", "Garage Roy"))
    stranger = make_member(establishment__name="Fleurs Dupont")
    employ(morel, ("Durand", "SI"))
    make_campaign(open=True)
    paul = Visitor(new_page(), stage, PAUL)

    # Two managers invite him, one of them to declare, the other to consult.
    for member, right in ((morel, "Déclarer et régler les cotisations"), (roy, "")):
        manager = Visitor(new_page(), stage, make_manager(member).email)
        let_in(manager.page, stage.url, User.objects.get(email=manager.email))
        manager.page.goto(f"{stage.url}/espace/")
        manager.menu("Accès")
        manager.follow("Inviter une personne")
        for label, value in (("Prénom", "Paul"), ("Nom", "Compta"), ("Adresse électronique", PAUL)):
            manager.page.get_by_label(label, exact=True).fill(value)
        if right:
            manager.page.get_by_label(right).check()
        manager.press("Envoyer l’invitation")
        manager.told("L’invitation part")
        last = stage.mail(PAUL, f"« {member.establishment} »")
    paul.activates(stage.link(last), "Une-phrase-de-2026-à-lui")
    paul.logs_in()
    paul.types_the_code()
    paul.arrive("Mes entreprises")

    # He declares for the one.
    paul.follow("Menuiserie Morel")
    paul.begins_to_declare()
    paul.confirms_the_list()
    paul.pays_by("Virement")
    paul.validates("Expert-comptable")
    stage.mail(PAUL, "est validée")
    assert Declaration.objects.get(member=morel).validated_by == User.objects.get(email=PAUL)

    # On the other he reads, and what he may not do is refused with a way on.
    paul.follow("Changer d’entreprise")
    paul.follow("Garage Roy")
    paul.menu("Cotiser")
    expect(paul.page.get_by_text("Votre accès permet de consulter.")).to_be_visible()
    draft = Declaration.objects.get(member=roy)
    for refused in (
        reverse("space:mandate-current", args=[roy.pk]),
        reverse("space:accesses", args=[roy.pk]),
        reverse("space:employees-add", args=[roy.pk]),
        reverse("contributions:simulate", args=[roy.pk, draft.pk]),
    ):
        assert _status(paul, refused) == 403, refused
    paul.arrive("Vous n’avez pas accès à cette page")
    paul.follow("Revenir à l’accueil")
    paul.arrive(WELCOME)
    expect(paul.page.get_by_role("navigation", name="Espace adhérent")).to_contain_text("Garage Roy")
    assert _status(paul, reverse("space:home", args=[stranger.pk])) == 404

    # The day after the last one, the company is not his any more.
    Access.objects.filter(user__email=PAUL, member=morel).update(ends_on=today() - timedelta(days=1))
    assert _status(paul, reverse("space:home", args=[morel.pk])) == 404
    assert (
        _status(paul, reverse("contributions:declaration", args=[morel.pk, Declaration.objects.get(member=morel).pk]))
        == 404
    )
    paul.page.goto(f"{stage.url}/espace/?liste=1")
    paul.arrive(WELCOME)
    expect(paul.page.get_by_text("Menuiserie Morel")).to_have_count(0)
    expect(paul.page.get_by_text("Changer d’entreprise")).to_have_count(0)


def _status(person: Visitor, path: str) -> int:
    response = person.page.goto(person.site + path)
    assert response
    return response.status


@pytest.mark.req("C-06", "B-05")
@pytest.mark.fault("G1", "G2")
def test_two_tabs_and_a_colleague_make_one_declaration(
    live_site: Site, transactional_db: None, new_page: Callable[..., Page]
) -> None:
    member = make_member()
    employ(member, ("Durand", "SI"))
    make_campaign(open=True)
    draft = Declaration.objects.get(member=member)
    fill(draft)
    step = f"{live_site.url}{reverse('contributions:step', args=[member.pk, draft.pk, 'validation'])}"
    mine, hers = new_page(), new_page()
    me, her = make_manager(member), make_manager(member)
    for page, user in ((mine, me), (hers, her)):
        let_in(page, live_site.url, user)
    tabs = [mine, mine.context.new_page(), hers]
    for tab in tabs:
        tab.goto(step)
        tab.get_by_label("Je certifie exacts").check()

    for tab in tabs:  # each of them had opened the page before anybody validated
        tab.get_by_role("button", name="Valider", exact=True).click()
        expect(tab.get_by_role("heading", level=1)).to_have_text("Votre déclaration est validée")
    expect(hers.get_by_role("status")).to_contain_text(f"Cette déclaration a déjà été validée par {me.get_full_name()}")
    mine.reload()
    mine.go_back()
    expect(mine.get_by_role("heading", level=1)).to_contain_text(f"Déclaration {draft.campaign.year}")
    expect(mine.get_by_role("button", name="Valider")).to_have_count(0)

    assert [one.state for one in Declaration.objects.filter(member=member)] == [State.VALIDATED]
    assert Invoice.objects.count() == 1
    assert Message.objects.filter(dedupe_key__startswith="declared:").count() == 1
