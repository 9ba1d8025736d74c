"""What the pages under test show: an operator, dossiers in every state, long words, and people to look at them.

The addresses and fields of `pages.py` name in braces what `Scene.places` holds.
"""

from __future__ import annotations

import shutil
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group
from django.db import models, transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.activation import ACTIVATION
from accounts.door import CONFIRMED_AT
from accounts.models import User
from accounts.welcome import welcome
from core.models import AccessLink, Commune, Finding, JournalEntry, Naf, PendingRow
from core.throttle import hit
from demo import mailbox
from documents import uploads
from documents.models import Document, Upload
from membership import corrections, drafts, pieces, thread, workflow
from membership.models import (
    Application,
    Doctor,
    ExcludedNaf,
    HelpText,
    MedicalCentre,
    Secretary,
    TariffYear,
    ZoneCommune,
)
from membership.models.application import LINK
from membership.steps import WIZARD
from notifications import letters, sender
from notifications.mail import Sms
from notifications.models import CallbackRequest, Message
from notifications.outbox import enqueue
from tests.factories import (
    CLERK,
    COMPANY,
    ApplicationFactory,
    EstablishmentFactory,
    MemberFactory,
    UnpaidInvoiceFactory,
    UserFactory,
    add_pieces,
    luhn,
    make_operator,
    make_siret,
    pay,
    pdf_file,
    sign_in,
)
from tests.factories_failures import failed_document, refused_mail
from tests.factories_held import held_file, refused_file
from tests.quality.scene_space import DAY, LONG_MAIL, LONG_NAME, SpaceScene

STATES = ["unpaid", "awaiting", "complete", "accepted", "returned", "refund", "withdrawn"]
Cookie = dict[str, Any]


class Scene:
    """Made at once. `cookies(who)` lets a browser in as `employer`, `superuser`, `member`…: see `sights`."""

    def __init__(self) -> None:
        make_operator()
        Naf.objects.get_or_create(code="6201Z", defaults={"label": "Programmation informatique"})
        Naf.objects.get_or_create(code="0111Z", defaults={"label": "Culture de céréales"})
        HelpText.objects.get_or_create(
            slug="categorie-suivi", defaults={"title": "Quel suivi choisir ?", "body": "SI : le cas général."}
        )
        self.users = {
            name: UserFactory(**{name: True, "email": f"{name}@guichet.example"})
            for name in ("superuser", "manager", "accountant")
        }
        self.users["leaving"] = self.users["manager"]  # a browser of its own, to log out of
        self.dossiers = {"submitted": ApplicationFactory(submitted=True)}
        sent = self._mailbox()
        self.dossiers |= {
            "new": drafts.start()[0],
            "bare": self._bare(),
            "draft": self._draft(),
            "big": self._big(),
            "asked": self._asked(),
            "checking": self._checking(),
            "to_reopen": ApplicationFactory(submitted=True),
            "reopened": self._talked(),
            **{state: ApplicationFactory(**{state: True}) for state in STATES},
        }
        self.dossiers["overtaken"] = ApplicationFactory(returned=True)
        ApplicationFactory(establishment__siret=self.dossiers["overtaken"].siret)  # begun by somebody else since
        self.reopen("reopened")
        for name in ("bare", "draft", "big", "reopened"):
            dossier = self.dossiers[name]
            dossier.confirmed_steps = [step.slug for step in WIZARD.steps[:-1]]
            dossier.save(update_fields=["confirmed_steps"])
        self.places: dict[str, Any] = {name: dossier.pk for name, dossier in self.dossiers.items()}
        self.places |= sent | self._details() | self._links() | self._back_office()
        self.space = SpaceScene()
        self.users |= self.space.users
        self.places |= self.space.places
        for _ in range(20):  # one more new request from here is too many
            hit("start", "127.0.0.1", limit=20, seconds=3600)

    def cookies(self, who: str) -> list[Cookie]:
        """The cookies of somebody who has logged in, or has opened the personal links of all the dossiers."""
        client = Client()
        if who in self.users:
            sign_in(client, self.users[who])
            session = client.session
            session[CONFIRMED_AT] = 2**40  # the walk may take longer than a password counts as just typed
            session.save()
            if who == "member":  # a new address waits for its code
                client.post(reverse("accounts:change-email"), {"email": "autre@morel.example"})
                self.space.firm.ask_code_in(client)
        elif who == "employer":
            for dossier in self.dossiers.values():
                client.get(reverse("membership:open", args=[AccessLink.issue(dossier, LINK, DAY)[1]]))
        elif who in self.space.halfway:
            client.force_login(self.space.halfway[who])
        elif who in ("invited", "late"):
            client.get(reverse("accounts:open-activation", args=[self.places[who]]))
        elif who in ("forgetful", "overdue"):
            client.get(reverse("accounts:open-reset", args=[self.places[who]]))
        return [{"name": name, "value": morsel.value} for name, morsel in client.cookies.items()]

    def reopen(self, name: str) -> None:
        """Staff reopen a dossier that was validated."""
        dossier = self.dossiers[name]
        self.dossiers[name] = corrections.reopen(dossier, by=CLERK, reason="Un salarié manque.")

    # --- Dossiers -----------------------------------------------------------------------------------------------------

    def _bare(self) -> Application:
        """Only the first step is answered."""
        dossier, _ = drafts.start()
        site, known = dossier.establishment, EstablishmentFactory.build()
        for name in ("siret", "naf", "headcount", "agricultural", "postcode", "commune_code", "commune_name"):
            setattr(site, name, getattr(known, name))
        site.save()
        dossier.siret, dossier.contact_email = site.siret, "claire.morel@morel.example"
        dossier.save()
        return dossier

    def _draft(self) -> Application:
        """Complete, with the longest words that people have."""
        dossier = ApplicationFactory(employees=3, contact_email=LONG_MAIL, representative_email=LONG_MAIL)
        site = dossier.establishment
        site.name, site.email, site.street_more = LONG_NAME, LONG_MAIL, "Bâtiment C, 2e étage, porte gauche"
        site.save()
        site.contacts.update(email=LONG_MAIL, function="Responsable des ressources humaines et de la prévention")
        for kind in (pieces.KBIS, pieces.RIB):
            uploads.accept(dossier, kind, pdf_file(f"{kind}_de_l_etablissement_principal_numérisé_le_12.pdf", kind))
        held_file(dossier, pieces.OTHER, "delegation_de_pouvoir_de_la_gerante_signée_le_12.pdf")
        refused_file(dossier, pieces.OTHER, "statuts_de_la_societe_mis_a_jour_le_12.pdf")
        return dossier

    def _big(self) -> Application:
        dossier = ApplicationFactory(employees=60)
        for line, hired, sentence in (
            (12, "31/02/2026", "La date 31/02/2026 n’existe pas : vérifiez le jour et le mois."),
            (47, "", "Indiquez la date d’embauche."),
        ):
            PendingRow.objects.create(
                subject_type=dossier._meta.label_lower,
                subject_id=dossier.pk,
                kind="employees",
                line=line,
                values={"last_name": "Lefèvre-Castelnaudary", "first_name": "Camille", "hired_on": hired},
                errors={"hired_on": [sentence]},
            )
        return dossier

    def _asked(self) -> Application:
        """Pieces were asked for; one that came was refused."""
        dossier = ApplicationFactory(awaiting=True)
        add_pieces(dossier, pieces.KBIS)
        upload = Upload.objects.about(dossier).get()
        held_file(dossier, pieces.RIB, "rib.pdf")
        refused_file(dossier, pieces.OTHER, "statuts.pdf")
        workflow.review_piece(dossier, upload, accepted=False, by=CLERK, reason="Le Kbis date de plus de trois mois.")
        workflow.ask_for_missing(
            dossier, by=CLERK, kinds=[pieces.KBIS, pieces.RIB], message="Il nous manque aussi votre RIB."
        )
        thread.write(dossier, "Bonjour,\nle RIB part demain.", key=uuid4(), by=COMPANY)
        thread.answer(dossier, "Merci : nous l’attendons.", key=uuid4(), by=CLERK)
        return dossier

    def _talked(self) -> Application:
        """Only written about so far."""
        dossier = ApplicationFactory(submitted=True)
        thread.write(dossier, "Bonjour,\nj’ai oublié un salarié.", key=uuid4(), by=COMPANY)
        thread.answer(dossier, "Nous rouvrons votre demande : ajoutez-le.", key=uuid4(), by=CLERK)
        return dossier

    def _checking(self) -> Application:
        """Everything came and waits to be checked; a colleague follows it and left a note."""
        dossier = ApplicationFactory(awaiting=True)
        add_pieces(dossier)
        pay(dossier)
        workflow.assign(dossier, to=self.users["manager"], by=CLERK)
        workflow.add_note(dossier, by=CLERK, text="Mme Morel rappelle jeudi.")
        thread.write(dossier, "Anticonstitutionnellement" * 8, key=uuid4(), by=COMPANY)
        return dossier

    def _details(self) -> dict[str, Any]:
        """Rows, papers and numbers that addresses name."""
        draft, big = self.dossiers["draft"].establishment, self.dossiers["big"]
        return {
            "contact": draft.contacts.get().pk,
            "employee": draft.employees.first().pk,
            "pending": PendingRow.objects.about(big).first().pk,
            "paper": Document.objects.about(self.dossiers["awaiting"]).first().pk,  # waits for a worker
            "upload": Upload.objects.about(self.dossiers["checking"]).first().pk,
            "taken_siret": self.dossiers["submitted"].siret,
            "free_siret": make_siret(900_000),
        }

    # --- Links --------------------------------------------------------------------------------------------------------

    def _links(self) -> dict[str, str]:
        """Personal links that a page is shown for: `late` died by its date, `spent` was used."""
        expired, expired_token = AccessLink.issue(self.dossiers["awaiting"], LINK, DAY)
        invited = AccessLink.issue(UserFactory(), ACTIVATION, DAY)[1]
        # Somebody without a password yet: who has one is told that the link has served.
        late, late_token = AccessLink.issue(User.objects.create_user("tard@guichet.example"), ACTIVATION, DAY)
        spent, spent_token = AccessLink.issue(UserFactory(), ACTIVATION, DAY)
        spent.spend()
        AccessLink.objects.filter(pk__in=[expired.pk, late.pk]).update(expires_at=timezone.now() - DAY)
        return {"expired": expired_token, "invited": invited, "late": late_token, "spent": spent_token}

    # --- Back office --------------------------------------------------------------------------------------------------

    def _back_office(self) -> dict[str, Any]:
        """One row of everything that staff look at, and a request of a company that left owing money."""
        debtor = ApplicationFactory(submitted=True)
        invoice = UnpaidInvoiceFactory(member__establishment__siret=luhn(f"{debtor.siret[:9]}0088"))
        MemberFactory(left_on=None, establishment__name=LONG_NAME)
        Application.objects.filter(pk=self.dossiers["submitted"].pk).update(due_on=timezone.now() - 3 * DAY)
        CallbackRequest.objects.create(name="Claire Morel", phone="+33612345678", topic="Mon numéro d’adhérent")
        one = {
            "group": Group,
            "commune": Commune,
            "entry": JournalEntry,
            "finding": Finding,
            "callback": CallbackRequest,
            "zone": ZoneCommune,
            "excluded": ExcludedNaf,
            "centre": MedicalCentre,
            "secretary": Secretary,
            "doctor": Doctor,
            "helptext": HelpText,
        }
        found: dict[str, Any] = {name: _first(model) for name, model in one.items()}
        return found | {
            "debtor": debtor.pk,
            "box": "{0.pk}:{0.version}".format(self.dossiers["submitted"]),
            "invoice": invoice.pk,
            "member": invoice.member.pk,
            "tariff": _first(TariffYear),
            "held": Upload.objects.filter(scan=Upload.Scan.HELD).first().pk,
            "message": Message.objects.filter(attached__isnull=False).first().pk,
            "unmade": failed_document(self.dossiers["returned"]).pk,
            "refused": refused_mail(self.dossiers["returned"]).pk,
            "letter": letters.by_post(refused_mail(self.dossiers["returned"], "by post"), CLERK).pk,
            "user": self.users["manager"].pk,
        }

    # --- Mailbox ------------------------------------------------------------------------------------------------------

    def _mailbox(self) -> dict[str, str]:
        """What is sent so far: a mail with a paper, one with a private button, an SMS. The rest waits for a worker."""
        shutil.rmtree(mailbox.folder(), ignore_errors=True)
        welcome(self.users["accountant"])
        with transaction.atomic():
            enqueue(
                Sms("0612345678", "Votre code est 481516"), about=self.dossiers["submitted"], dedupe_key="quality:sms"
            )
        with override_settings(EMAIL_BACKEND="demo.mailbox.MailboxBackend"):
            sender.drain()
        sent = [mailbox.Delivery(name) for name in mailbox.names()]
        return {
            "mail": next(each.name for each in sent if each.pieces),
            "sms": next(each.name for each in sent if each.is_sms),
        }


def _first(model: type[models.Model]) -> Any:
    return model._default_manager.order_by("pk").first().pk
