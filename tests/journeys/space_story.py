"""What people do in the member's space and, for money, in the back office."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage, plain
from tests.journeys.story import Person

WELCOME = re.compile("^Bienvenue, ")
FACTOR = "Tapez le code que vous recevez"


class Visitor(Person):
    """Somebody with an account. tests/quality walks these pages with axe; here they are used."""

    with_axe = False

    def __init__(self, page: Page, stage: Stage, email: str, *, javascript: bool = True):
        super().__init__(page, stage.url, javascript=javascript)
        self.stage, self.email, self.password = stage, email, ""

    # --- The account -------------------------------------------------------------------------------------------------

    def asks_for_access(self, number: str, siret: str) -> None:
        self.page.goto(f"{self.site}/connexion/")
        self.arrive("Bienvenue")
        self.follow("Créer votre accès")
        self.arrive("Créer votre accès")
        self.page.get_by_label("Numéro de personne").fill(number)
        self.page.get_by_label("SIRET de l’entreprise").fill(siret)
        self.press("Recevoir mon lien")
        self.arrive("Consultez votre messagerie")

    def activates(self, link: str, password: str) -> None:
        self.page.goto(link)
        self.arrive("Créer votre mot de passe")
        assert self.page.url == f"{self.site}/compte/activation/"
        for label in ("Votre mot de passe", "Confirmez votre mot de passe"):
            self.page.get_by_label(label, exact=True).fill(password)
        self.press("Activer mon accès")
        self.arrive("Votre accès est activé")
        self.knows(password)
        self.follow("Me connecter")

    def knows(self, password: str) -> None:
        self.password = password
        self.stage.secrets[f"password of {self.email}"] = password

    def logs_in(self) -> None:
        """The first step."""
        self.arrive("Bienvenue")
        self.page.get_by_label("Identifiant (adresse électronique)").fill(self.email)
        self.page.get_by_label("Mot de passe", exact=True).fill(self.password)
        self.press("Connexion")

    def types_the_code(self, *, remember: bool = False) -> None:
        """The second step, with the code that comes by mail."""
        self.arrive(FACTOR)
        self.page.get_by_label("Code à six chiffres").fill(self.stage.code(self.stage.mail(self.email, "Votre code")))
        if remember:
            self.page.get_by_label("Se souvenir de ce navigateur").check()
        self.press("Valider")

    def menu(self, name: str) -> None:
        """An entry of the menu, which is folded on a telephone."""
        self.page.wait_for_load_state()
        menu = self.page.get_by_role("navigation", name="Espace adhérent")
        if menu.locator("summary").is_visible():
            menu.locator("summary").click()
        menu.get_by_role("link", name=name, exact=True).click()

    def told(self, words: str) -> None:
        expect(self.page.get_by_role("status").filter(has_text=words)).to_be_visible()

    # --- « Mes salariés » --------------------------------------------------------------------------------------------

    def adds_an_employee(self, last_name: str, hired: str) -> None:
        page = self.page
        self.menu("Mes salariés")
        self.arrive("Mes salariés")
        self.follow("Ajouter un salarié")
        for label, value in (("Nom", last_name), ("Prénom", "Camille"), ("Poste", "Comptable")):
            page.get_by_label(label, exact=True).fill(value)
        page.get_by_label("Date de naissance").fill("14/09/1988")
        page.get_by_label("Date d’embauche").fill(hired)
        page.get_by_label("Type de contrat").select_option("cdi")
        page.locator("[name=monitoring][value=SI]").check()
        self.press("Enregistrer")
        self.arrive("Mes salariés")
        expect(page.get_by_role("link", name=f"{last_name} Camille", exact=True)).to_be_visible()

    def imports_employees(self, file: Path) -> None:
        self.follow("Coller ou importer une liste")
        self.page.get_by_label("Ou un fichier").set_input_files(file)
        self.press("Vérifier la liste")
        self.arrive("Vérifiez avant d’importer")
        self.press("Importer")
        self.arrive("Mes salariés")

    def notes_a_departure(self, name: str, last_day: str) -> None:
        self.page.get_by_role("link", name=f"Sortir {name}").click()
        self.page.get_by_label("Dernier jour de travail").fill(last_day)
        self.press("Enregistrer la sortie")
        self.told("La sortie est enregistrée.")

    # --- « Cotiser » -------------------------------------------------------------------------------------------------

    def begins_to_declare(self) -> None:
        self.menu("Cotiser")
        self.arrive("Cotiser")
        self.press("+ ces informations sont correctes")
        self.arrive("Mettez à jour la liste de vos salariés au 1er janvier")

    def confirms_the_list(self) -> str:
        """Goes on to the contribution; the amount shown there."""
        self.press("Suivant")
        self.arrive("Votre cotisation")
        return plain(self.page.locator(".amount").inner_text())

    def signs_a_mandate(self, iban: str, telephone: str) -> None:
        """From the third step and back to it, with a code by SMS."""
        page = self.page
        self.press("signez votre mandat en ligne")
        self.arrive("Votre compte")
        page.get_by_label("IBAN").fill(iban)
        self.press("Suivant")
        self.arrive("Lire le mandat")
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_role("radio", name="Par SMS").check()
        page.get_by_label("Votre numéro de téléphone portable").fill(telephone)
        self.press("Recevoir le code")
        self.arrive("Signer")
        page.get_by_label("Code reçu").fill(self.stage.sms_code())
        self.press("Signer")
        self.arrive("Votre mandat est signé")
        self.follow("Continuer")
        self.arrive("Votre cotisation")
        expect(page.get_by_role("radio", name=re.compile("^Prélèvement"))).to_be_checked()

    def pays_by(self, mode: str) -> None:
        self.page.get_by_role("radio", name=re.compile(f"^{mode}")).check()
        self.press("Valider")
        self.arrive("Validation")

    def validates(self, function: str) -> str:
        """The amount that the confirmation shows."""
        self.page.get_by_label("Fonction dans l’entreprise").fill(function)
        self.page.get_by_label("Je certifie exacts").check()
        self.press("Valider")
        self.arrive("Votre déclaration est validée")
        return plain(self.page.get_by_text(re.compile(r"^\s*Cotisation .* TTC\s*$")).locator("strong").inner_text())


class Cashier(Visitor):
    """Staff who may touch money."""

    def records_the_payment(self, number: str, reference: str) -> None:
        page = self.page
        self.follow("Factures et avoirs")
        page.get_by_role("link", name=number).click()
        self.arrive(re.compile(number))
        page.get_by_role("link", name="Enregistrer un règlement").or_(
            page.get_by_role("button", name="Enregistrer un règlement")
        ).first.click()
        self.arrive("Enregistrer un règlement")
        page.get_by_label("Mode").select_option(label="Virement")
        page.get_by_label("Référence").fill(reference)
        self.press("Enregistrer un règlement")
        self.arrive(re.compile(number))
        expect(page.get_by_role("main").get_by_text("Acquittée", exact=True).first).to_be_visible()
