"""The member's space as its pages show it: a company with everything, one in each other state, and their people.

Names in `places` begin with the company: `firm` has all, `big` many employees and a declaration one click from its end,
`bare` nothing, `debit` a contribution to debit without a mandate, `nobody` no employee, `late` a campaign that is over.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import time_machine
from django.utils import timezone

from accounts import changes, passwords
from accounts.models import AppDevice, TrustedBrowser, User
from billing import excess
from billing.models.invoice import Mode
from contributions import workflow
from contributions.models import Campaign
from contributions.states import CampaignState
from core.dates import today
from core.journal import Actor
from core.models import AccessLink
from membership.models import Employee
from space import attestations, requests
from space.models import CannedReply, MemberRequest
from tests.factories import EmployeeFactory, UserFactory, give_access
from tests.factories_billing import BOOKKEEPER
from tests.factories_contributions import STEPS, CampaignFactory, DeclarationFactory, fill
from tests.factories_held import held_file, refused_file
from tests.factories_requests import make_request, make_theme, staff_writes
from tests.factories_space import make_member
from tests.full_company import FullCompany

DAY = timedelta(days=1)
LONG_NAME = "Établissements Vandenbroucke-Castelnaudary, Menuiserie-Charpente-Couverture et Fils"
LONG_MAIL = "administration.du.personnel@etablissements-vandenbroucke-castelnaudary.example"


class SpaceScene:
    """`places` for addresses, `users` who log in, `halfway` those who only gave their password."""

    def __init__(self) -> None:
        for slug in ("facture", "cotisation", "salaries"):
            make_theme(slug)
        self._campaigns()
        self.firm = FullCompany()
        excess.carry(self.firm.overpaid, self.firm.invoice, amount=Decimal(5), by=BOOKKEEPER)
        self._long_words()
        self.places: dict[str, Any] = {"firm": self.firm.member.pk, **self._rows()}
        self.member: User = self.firm.owner
        self.places |= self._big() | self._small_companies() | self._requests() | self._links()
        self.users = {
            "member": self.member,
            "reader": self.firm.reader,
            "stranger": UserFactory(),  # has an account, and no company yet
            "app": self._with_application(),
        }
        self.halfway = {
            "halfway": UserFactory(email="claire.morel.halfway@morel.example"),
            "halfway_app": self.users["app"],
        }

    def _campaigns(self) -> None:
        """One in each state."""
        year = today().year
        self.campaign: Campaign = CampaignFactory()
        self.prepared = CampaignFactory(year=year + 1, state=CampaignState.PREPARED)
        self.scheduled = CampaignFactory(year=year + 2, state=CampaignState.PREPARED, scheduled_at=timezone.now())
        self.closed = CampaignFactory(year=year - 2)
        CampaignFactory(year=year - 1)

    def _long_words(self) -> None:
        """The longest words that people have."""
        site = self.firm.member.establishment
        site.name, site.email, site.street_more = LONG_NAME, LONG_MAIL, "Bâtiment C, 2e étage, porte gauche"
        site.save()
        site.contacts.update(email=LONG_MAIL, function="Responsable des ressources humaines et de la prévention")
        User.objects.filter(pk=self.firm.access.user_id).update(
            email=LONG_MAIL, first_name="Marie-Antoinette", last_name="Vandenbroucke-Castelnaudary"
        )
        self.firm.draft.confirmed_steps = STEPS[:2]
        self.firm.draft.save()

    def _rows(self) -> dict[str, Any]:
        firm = self.firm
        return {
            "access": firm.access.pk,
            "firm_contact": firm.member.establishment.contacts.get().pk,
            "person": firm.employee.pk,
            "gone": firm.gone.pk,
            "person_to_correct": firm.to_correct.pk,
            "declared_to_correct": firm.declared_to_correct.pk,
            "declared": firm.validated.pk,
            "correction": firm.draft.pk,
            "mandate": firm.mandate.pk,
            "mandate_draft": firm.mandate_draft.pk,
            "bill": firm.invoice.pk,
            "overpaid": firm.overpaid.pk,
            "receipt": firm.receipt.pk,
            "collection": firm.exported.pk,
            "planned": firm.planned.pk,
            "day": f"{firm.planned.collects_on:%Y-%m-%d}",
            "file": firm.file.pk,
            "statement": firm.statement.pk,
            "line": firm.line.pk,
            "change": firm.change.pk,
            "request": firm.request.pk,
            "request_draft": firm.request_draft.pk,
            "attestation": firm.attestation.pk,
            "attestation_code": attestations.shaped(firm.attestation.code),
            "useful": firm.useful.pk,
            "theme": firm.request.theme_id,
            "campaign": self.campaign.pk,
            "prepared": self.prepared.pk,
            "scheduled": self.scheduled.pk,
            "closed": self.closed.pk,
            "fresh": uuid4(),
        }

    # --- Other companies ----------------------------------------------------------------------------------------------

    def _company(self, name: str = "", **columns: Any) -> Any:
        member = make_member(**columns)
        if name:
            member.establishment.name = name
            member.establishment.save()
        give_access(self.member, member)
        return member

    def _big(self) -> dict[str, Any]:
        """Sixty employees, declared last year; since then some came, left, or changed their category."""
        big, year = self._company("Menuiserie Morel"), today().year
        people = EmployeeFactory.create_batch(58, establishment=big.establishment)
        with time_machine.travel(datetime(year - 1, 1, 20, 9, tzinfo=UTC)):
            DeclarationFactory(validated=True, member=big, campaign=Campaign.objects.get(year=year - 1))
        Employee.objects.filter(pk__in=[one.pk for one in people[:2]]).update(left_on=date(year - 1, 6, 30))
        Employee.objects.filter(pk=people[2].pk).update(left_on=date(year, 3, 31))
        Employee.objects.filter(pk=people[3].pk).update(monitoring="SIR")
        EmployeeFactory.create_batch(4, establishment=big.establishment, hired_on=date(year - 1, 9, 1))
        EmployeeFactory(establishment=big.establishment, hired_on=date(year, 5, 4))
        declaration = fill(DeclarationFactory(member=big, campaign=self.campaign))
        return {"big_firm": big.pk, "filled": declaration.pk, "big_person": people[5].pk}

    def _small_companies(self) -> dict[str, Any]:
        bare = self._company("Boulangerie Petit")
        nobody = self._company("Garage Diallo")
        debit, zero, late = self._company("Imprimerie Roy"), self._company("Pressing Lam"), self._company("Café Noir")
        to_debit = DeclarationFactory(member=debit, campaign=self.campaign, employees=1, until="draft")
        fill(to_debit, Mode.DEBIT)
        over = DeclarationFactory(member=late, campaign=self.closed, employees=1)
        Campaign.objects.filter(pk=self.closed.pk).update(state=CampaignState.CLOSED)
        return {
            "bare_firm": bare.pk,
            "nobody_firm": nobody.pk,
            "nobody_draft": DeclarationFactory(member=nobody, campaign=self.campaign, confirmed_steps=STEPS[:1]).pk,
            "debit_firm": debit.pk,
            "to_debit": workflow.validate(to_debit, by=Actor.person("Claire Morel")).pk,
            "zero_firm": zero.pk,
            "zero": DeclarationFactory(validated=True, member=zero, campaign=self.campaign).pk,
            "late_firm": late.pk,
            "over": over.pk,
        }

    def _requests(self) -> dict[str, Any]:
        """One waits for the company, one is closed, one was cancelled."""
        found: dict[str, MemberRequest] = {}
        for name, verb in (("waiting_request", "ask"), ("closed_request", "close"), ("cancelled_request", "")):
            found[name] = make_request(self.member, self.firm.member, subject="Une question sur ma facture")
            if verb:
                staff_writes(found[name], verb)
            else:
                requests.cancel(found[name], by=Actor.person("Claire Morel"))
        asked = found["waiting_request"].messages.get(from_staff=False)
        held_file(asked, "request", "bulletins_de_paie_de_toute_l_equipe_de_novembre.pdf")
        refused_file(asked, "request", "contrat.pdf")
        canned = CannedReply.objects.create(title="Accusé de réception", text="Bonjour,\n\nNous revenons vers vous.")
        return {name: request.pk for name, request in found.items()} | {"canned": canned.pk}

    # --- People -------------------------------------------------------------------------------------------------------

    def _with_application(self) -> User:
        """A telephone, an application, recovery codes, two browsers."""
        user: User = UserFactory(phone="+33612345678")
        give_access(user, self.firm.member, "employees", ends_on=today() + 30 * DAY)
        AppDevice.objects.create(user=user, name="Application", confirmed=True)
        changes.renew_codes(user)
        for name in ("Firefox sous Windows", "Chrome sous Android"):
            TrustedBrowser.objects.create(user=user, name=name, token_hash=name, expires_at=timezone.now() + 30 * DAY)
        return user

    def _links(self) -> dict[str, str]:
        """Links to a new password: `forgetful` may choose one, `overdue` came too late, `done` was used."""
        keys = {}
        for name in ("forgetful", "overdue", "done"):
            link, keys[name] = AccessLink.issue(UserFactory(), passwords.RESET, DAY)
            if name == "overdue":
                AccessLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - DAY)
            elif name == "done":
                link.spend()
        return keys
