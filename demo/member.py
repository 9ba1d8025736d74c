"""A member of long standing: what the people of one company did, year after year, by the real verbs."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.activation import ACTIVATION
from accounts.models import User
from billing import collections, mandates, receipts
from billing.models import Collection, Invoice, Mandate
from contributions import checks, workflow
from contributions.models import Campaign, Declaration
from contributions.states import CampaignState
from core.codes import Asker
from core.dates import french_date, today
from core.journal import Actor
from core.models import AccessLink
from core.money import cents
from demo import people
from demo.operator import PASSWORD, theme_of
from demo.papers import paper
from demo.people import Company as Line
from documents.issuing import ensure_rendered
from membership import accesses, employees
from membership.accesses import Given
from membership.models import RIGHTS, Access, Member
from notifications.models import Message
from space import attestations, changes, request_files, requests
from space.company import Company
from space.models import Attestation, ChangeRequest, MemberRequest

STEPS = [checks.IDENTITY, checks.PEOPLE, checks.PRICE]


@cache
def _hash() -> str:
    """One for all: each takes a good part of a second, as it must."""
    return make_password(PASSWORD)


def activate(email: str) -> None:
    """Somebody opens the link of his mail and chooses the password of the demonstration."""
    user = User.objects.get(email=email)
    for link in AccessLink.objects.alive().about(user).filter(purpose=ACTIVATION):
        link.spend()
    user.password = _hash()
    user.save(update_fields=["password"])


class MemberStory:
    """Every public method is something that happened to the member. The person who acts is the head of the company."""

    on_weekends = False

    def __init__(self, company: Line, member: Member, staff: dict[str, User]):
        self.company, self.key = company, member.pk
        self.place = company.place
        self.clerk, self.accountant = Actor.staff(staff["gestion"]), Actor.staff(staff["compta"])
        self.dice = random.Random(1000 + company.place)

    @property
    def member(self) -> Member:
        return Member.objects.select_related("establishment").get(pk=self.key)

    @property
    def user(self) -> User:
        return User.objects.get(email=self.company.head_email)

    @property
    def head(self) -> Actor:
        return Actor(self.company.head, User.objects.filter(email=self.company.head_email).first())

    # --- Accounts -----------------------------------------------------------------------------------------------------

    def let_in(self) -> None:
        """Staff give the company its access; the head gets an activation link."""
        self._give(self.company.head, self.company.head_email, RIGHTS, None, self.clerk)

    def activate(self) -> None:
        activate(self.company.head_email)

    def invite(self, person: str, email: str, rights: Sequence[str], until: int | None = None) -> None:
        """The head lets somebody in, for so many days or for good."""
        self._give(person, email, rights, _ahead(until), self.head)
        activate(email)

    def _give(self, person: str, email: str, rights: Sequence[str], ends_on: date | None, by: Actor) -> Access:
        first, last = person.split(" ", 1)
        given = Given(frozenset(rights), ends_on)
        return accesses.give(self.member, given, email=email, first_name=first, last_name=last, by=by)

    # --- The list of employees ----------------------------------------------------------------------------------------

    def arrive(self, count: int = 1, ahead: int = 0) -> None:
        for _ in range(count):
            hired_on = today() + timedelta(days=ahead)
            site = self.member.establishment
            employees.hire(people.newcomer(site, self.company, hired_on, self.dice), by=self.head)

    def leave(self, count: int = 1, last_day: date | None = None, ahead: int = 0) -> None:
        """Some of those who are there go. `last_day` is when, if it was forgotten until now."""
        last_day = last_day or today() + timedelta(days=ahead)
        settled = min(last_day, today() - timedelta(days=200))  # not the one who has just arrived
        there = self.member.establishment.employees.present().filter(left_on=None, hired_on__lte=settled)
        rows = list(there.order_by("last_name", "first_name", "birth_date"))
        for employee in self.dice.sample(rows, min(count, len(rows) - 1)):
            employees.leave(employee, last_day, by=self.head)

    def move(self, count: int = 1) -> None:
        """Another job, another category of monitoring."""
        rows = self.member.establishment.employees.staying().filter(monitoring="SI").order_by("last_name", "first_name")
        for employee in rows[:count]:
            employee.monitoring, employee.version = "SIA", employee.version + 1
            employees.change(employee, ["monitoring"], by=self.head)

    # --- The declaration ----------------------------------------------------------------------------------------------

    @property
    def declaration(self) -> Declaration:
        """Its last version, in the open campaign."""
        campaign = Campaign.objects.filter(state=CampaignState.OPEN).latest("year")
        return Declaration.objects.filter(campaign=campaign, member=self.key).order_by("-version")[0]

    def begin(self, steps: int = 1) -> None:
        """The first steps, then « Enregistrer et quitter »."""
        declaration = self.declaration
        declaration.confirmed_steps = STEPS[:steps]
        declaration.touch()
        declaration.save()

    def declare(self, mode: str) -> None:
        declaration = self.declaration
        declaration.confirmed_steps, declaration.payment_mode = STEPS, mode
        declaration.signer_first_name, declaration.signer_last_name = self.company.head_names
        declaration.signer_function, declaration.signer_email = self.company.function, self.company.head_email
        declaration.touch()
        declaration.save()
        workflow.validate(declaration, by=self.head)

    def correct(self, gone: int = 0, forgotten: int = 0) -> None:
        """A correction begins: people who had left by 1 January, or whom nobody had entered."""
        declaration = workflow.correct(self.declaration, by=self.head)
        new_year = declaration.campaign.reference_day
        if gone:
            self.leave(gone, new_year - timedelta(days=12))
        for _ in range(forgotten):
            site, hired_on = self.member.establishment, new_year - timedelta(days=30)
            employees.hire(people.newcomer(site, self.company, hired_on, self.dice), by=self.head)
        declaration.confirmed_steps = STEPS[:2]
        declaration.touch()
        declaration.save()

    # --- Money --------------------------------------------------------------------------------------------------------

    @property
    def invoice(self) -> Invoice:
        """The oldest one that something is due on."""
        return Invoice.objects.about(self.member).unsettled().order_by("issued_on", "number")[0]

    def pay(self, mode: str, share: str = "1") -> None:
        """The accountant records what came: all that is due, or a `share` of it."""
        invoice = self.invoice
        reference = invoice.number if mode == "transfer" else f"n° {5_310_000 + self.place}"
        receipts.record_receipt(
            invoice,
            mode=mode,
            amount=cents(invoice.left * Decimal(share)),
            received_on=today(),
            reference=reference,
            by=self.accountant,
        )

    def sign_mandate(self, account: int = 0) -> None:
        """Read, tick, ask for the code, type it. `account` tells one bank account of the company from another."""
        mandate = self._mandate(account)
        mandate.document = ensure_rendered(mandate.document)
        asker = Asker(f"demo-{uuid4()}", str(self.user.pk), f"198.51.100.{self.place}", "Firefox")
        accepted, to = mandates.consents(mandate), self.company.head_email
        code = mandates.ask_code(mandate, accepted=accepted, channel="mail", to=to, asker=asker)
        mail = Message.objects.get(dedupe_key=mandates.code_key(code))
        digits = re.search(r"\b\d{6}\b", str(mail.secret))
        mandates.sign(mandate, digits[0] if digits else "", asker=asker, by=self.head)

    def prepare_mandate(self, account: int = 0) -> None:
        """Prepared, and left there: nobody has signed it yet."""
        self._mandate(account)

    def _mandate(self, account: int) -> Mandate:
        site = self.member.establishment
        return mandates.begin_mandate(
            self.member,
            holder=site.name,
            lines=site.address_lines,
            iban=people.make_iban(self.place + 500 * account),
            email=self.company.head_email,
            by=self.head,
        )

    def revoke_mandate(self) -> None:
        mandate = mandates.in_force(self.member)
        if mandate:
            mandates.revoke(mandate, by=self.head, reason="Nous changeons de banque.")

    def cancel_debit(self) -> None:
        debit = Collection.objects.get(mandate__in=Mandate.objects.about(self.member), state=Collection.State.PLANNED)
        collections.cancel(debit, by=self.accountant, reason="Vous nous réglez par virement.")

    # --- Asking -------------------------------------------------------------------------------------------------------

    def ask_change(self, answers: dict[str, str], message: str = "") -> None:
        access = Access.objects.alive().select_related("user").get(member=self.key, user=self.user)
        access.member = self.member
        changes.request_change(Company(access), answers, message, self.head)

    def change_applied(self) -> None:
        changes.apply_change(self._change(), by=self.clerk)

    def change_refused(self, reason: str) -> None:
        changes.refuse_change(self._change(), by=self.clerk, reason=reason)

    def _change(self) -> ChangeRequest:
        return ChangeRequest.objects.get(member=self.key, state=ChangeRequest.State.WAITING)

    def draft_request(self, theme: str, subject: str, text: str, *filenames: str) -> MemberRequest:
        message = requests.keep_draft(
            uuid4(),
            self.member,
            author=self.user,
            by=self.head,
            theme=theme_of(theme),
            subject=subject,
            text=text,
        )
        files = [paper(name, subject, [self.company.name, french_date(timezone.now())]) for name in filenames]
        request_files.take(message, files, user=self.user, by=self.company.head)
        return message.request

    def ask(self, theme: str, subject: str, text: str, *filenames: str) -> None:
        requests.send(self.draft_request(theme, subject, text, *filenames), by=self.head)

    def staff_say(self, verb: str, text: str) -> None:
        """Staff answer by `verb`: reply, ask or close."""
        request = self._request()
        message = requests.draft_answer(
            request, uuid4(), author=self.clerk.user, by=self.clerk, text=text, from_staff=True
        )
        getattr(requests, verb)(message, by=self.clerk, seen=request.version)

    def say(self, text: str) -> None:
        message = requests.draft_answer(self._request(), uuid4(), author=self.user, by=self.head, text=text)
        requests.answer(message, by=self.head)

    def keep_request(self) -> None:
        """Somebody of the staff takes it."""
        requests.assign(self._request(), to=self.clerk.user, by=self.clerk)

    def cancel_request(self, reason: str) -> None:
        requests.cancel(self._request(), by=self.head, reason=reason)

    def _request(self) -> MemberRequest:
        return MemberRequest.objects.filter(member=self.key, reference__isnull=False).latest("sent_at")

    def attestation(self, kind: str) -> None:
        attestations.ask(self.member, Attestation.Kind(kind), by=self.head)


def _ahead(days: int | None) -> date | None:
    return None if days is None else today() + timedelta(days=days)
