"""The people of the story, and what each does on screen. Everything is done through the browser and the mailbox."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser import axe, let_in, side_scroll, watched
from tests.harness.smtp import Received, SmtpServer

MAIL = "claire.morel@morel.example"


@dataclass(frozen=True)
class Way:
    """How a journey is made: on which width, and whether scripts run."""

    name: str
    width: int
    javascript: bool = True


_OTHER_BROWSERS = [Way("phone", 320), Way("no-javascript", 1280, javascript=False)]
# What another browser changes, the engine behind the site does not see: one way is enough for the second of them.
WAYS = [
    pytest.param(Way("wide", 1280), id="wide"),
    *(pytest.param(way, id=way.name, marks=pytest.mark.once) for way in _OTHER_BROWSERS),
]


def link_in(received: Received) -> str:
    """The personal link of a mail, as somebody copies it from the plain text."""
    found = re.search(r"https?://\S+", received.text)
    assert found, received.text
    return found[0]


class Person:
    """Somebody at a browser. Each page arrived at is checked: no side-scroll, axe content, no policy violation."""

    with_axe = True

    def __init__(self, page: Page, site: str, *, javascript: bool = True):
        self.page, self.seen = watched(page)
        self.site, self.javascript = site, javascript

    def arrive(self, heading: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        self.page.wait_for_load_state()  # without JavaScript nothing else waits for the rest of the page
        if self.javascript:
            assert side_scroll(self.page) == 0, self.page.url
            assert not self.with_axe or axe(self.page) == [], self.page.url
        assert self.seen == [], self.page.url

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).click()


class Employer(Person):
    def begins(self) -> None:
        self.page.goto(f"{self.site}/")
        self.arrive("Devenir adhérent")
        self.press("Commencer ma demande")
        self.arrive("Validation de l’éligibilité")

    def passes_eligibility(self, siret: str) -> None:
        page = self.page
        self.press("Suivant")
        expect(page.get_by_role("alert")).to_contain_text("Indiquez le SIRET")
        page.wait_for_load_state()  # the postcode is listened to from then on
        page.get_by_label("SIRET").fill(siret)
        page.get_by_label("Code NAF").fill("62.01z")
        page.get_by_label("Code postal").fill("91220")
        page.get_by_label("Nombre de salariés").fill("2")
        page.get_by_label("Non", exact=True).check()
        page.get_by_label("Votre adresse électronique").fill(MAIL)
        if not self.javascript:
            # Several communes share the postcode: the list comes back filled, with a word to say so.
            self.press("Suivant")
            expect(page.get_by_role("alert")).to_contain_text("91220 couvre 2 communes")
        page.get_by_label("Commune").select_option(label="Brétigny-sur-Orge")
        self.press("Suivant")
        self.arrive("Votre établissement")

    def describes_the_establishment(self) -> None:
        page = self.page
        page.get_by_label("Raison sociale").fill("Ateliers Morel <b>& Fils</b>")
        page.get_by_label("Numéro et voie").fill("4 chemin du Moulin")
        page.get_by_label("Téléphone").fill("01 69 00 00 00")
        self.press("Suivant")
        self.arrive("Qui contacter chez vous ?")

    def names_a_contact(self) -> None:
        page = self.page
        self.follow("Ajouter un contact")
        self.arrive("Ajouter un contact")
        page.get_by_label("Nom", exact=True).fill("Morel")
        page.get_by_label("Prénom").fill("Claire")
        page.get_by_label("Dirigeant").check()
        page.get_by_label("Adresse électronique").fill(MAIL)
        self.press("Enregistrer")
        self.arrive("Qui contacter chez vous ?")
        self.press("Suivant")
        self.arrive("Où vous écrire ?")

    def gives_addresses(self) -> None:
        page = self.page
        billing = page.get_by_role("group", name="Adresse de facturation")
        billing.get_by_label("Une autre adresse").check()
        page.locator("[name=billing_street]").fill("10 avenue de la République")
        page.locator("[name=billing_postcode]").fill("91000")
        self.press("Suivant")
        self.arrive("Quels salariés suivre ?")

    def lists_employees(self) -> None:
        page = self.page
        self.follow("Ajouter un salarié")
        self.arrive("Ajouter un salarié")
        for label, value in (("Nom", "Lefèvre"), ("Prénom", "Camille"), ("Poste", "Comptable")):
            page.get_by_label(label, exact=True).fill(value)
        page.get_by_label("Date de naissance").fill("14/09/1988")
        page.get_by_label("Date d’embauche").fill("31/02/2020")
        page.get_by_label("Type de contrat").select_option("cdi")
        page.locator("[name=monitoring][value=SI]").check()
        self.press("Enregistrer")
        expect(page.get_by_role("alert")).to_contain_text("La date 31/02/2020 n’existe pas", ignore_case=True)
        page.get_by_label("Date d’embauche").fill("28/02/2020")
        self.press("Enregistrer")
        self.arrive("Quels salariés suivre ?")

    def pastes_employees(self) -> None:
        page = self.page
        self.follow("Coller ou importer une liste")
        page.get_by_role("textbox").fill(
            "Nom\tPrénom\tDate de naissance\tDate d'embauche\tType de contrat\tPoste\tSuivi\n"
            "Diallo\tAminata\t03/05/1994\t15/06/2025\tCDI\tCariste\tRenforcé\n"
        )
        page.get_by_role("button", name=re.compile("Vérifier|Lire|Continuer")).first.click()
        page.get_by_role("button", name=re.compile("Ajouter|Importer|Enregistrer")).first.click()
        self.arrive("Quels salariés suivre ?")
        expect(page.get_by_role("cell", name="Cariste")).to_be_visible()

    def sends_documents(self, kinds: dict[str, Path]) -> None:
        page = self.page
        for kind, path in kinds.items():
            page.locator(f"[name=kind][value={kind}]").check()
            page.locator("[name=files]").set_input_files(path)
            self.press("Ajouter ces fichiers")
            expect(page.get_by_role("status")).to_contain_text(f"« {path.name} » est ajouté")

    def leaves_and_comes_back(self, mailbox: SmtpServer) -> None:
        before = len(mailbox.messages)
        self.press("Enregistrer et quitter")
        self.arrive("C’est enregistré")
        mailbox.wait_for(before + 1)
        # Somebody else at this computer finds nothing.
        self.page.go_back()
        self.page.reload()
        expect(self.page.get_by_text("Camille")).to_have_count(0)
        self.page.goto(link_in(mailbox.messages[-1]))
        assert "reprendre" not in self.page.url

    def validates(self) -> None:
        page = self.page
        self.arrive("Finalisation de la demande d’adhésion")
        expect(page.get_by_text("10 avenue de la République", exact=False)).to_be_visible()
        page.get_by_label("Nom", exact=True).fill("Morel")
        page.get_by_label("Prénom").fill("Claire")
        page.get_by_label("Fonction").fill("Gérante")
        self.press("Valider ma demande")
        self.arrive("Votre demande est envoyée")


class Clerk(Person):
    def __init__(self, page: Page, site: str, login: str, *, javascript: bool = True):
        super().__init__(page, site, javascript=javascript)
        let_in(page, site, User.objects.get(email=login))
        page.goto(f"{site}/admin/")
        self.arrive("Travail en cours")

    def opens(self, company: str) -> None:
        self.page.goto(f"{self.site}/admin/?vue=tous")
        self.page.get_by_role("link", name=company).first.click()
        self.arrive(company)

    def does(self, verb: str, confirm: str = "", **typed: str) -> None:
        """Press a verb's button on the dossier, fill its page, confirm."""
        self.page.get_by_role("link", name=verb, exact=True).or_(
            self.page.get_by_role("button", name=verb, exact=True)
        ).first.click()
        for name, value in typed.items():
            self.page.locator(f"[name={name}]").fill(value)
        self.press(confirm or verb)

    def accepts_every_document(self) -> None:
        button = self.page.get_by_role("button", name=re.compile("^Accepter : "))
        while count := button.count():
            button.first.click()
            expect(button).to_have_count(count - 1)
