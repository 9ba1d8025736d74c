"""Dossiers played from their first click by the real verbs, each at its own time in the past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from core.dates import french_date
from core.journal import Actor
from demo import clock, people, post
from demo.member import activate
from demo.papers import paper
from demo.people import Company
from demo.years import Calendar, working_day
from documents import uploads
from documents.models import Upload
from membership import drafts, former, payments, pieces, thread, workflow
from membership.deadlines import NEVER_CAME
from membership.models import Application, Payment, UnpaidInvoice
from membership.unpaid import unpaid_invoices

PAUSE = timedelta(minutes=25)  # between two things that happen to one dossier on one day
Act = tuple[Any, ...]  # how many days ago (or the month and day of last year), which verb, with what


class Story:
    """What happened to the dossier of one company. Every public method is something that happened."""

    on_weekends = False

    def __init__(self, company: Company, staff: dict[str, User]):
        self.company, self.place = company, company.place
        self.clerk = Actor.staff(staff["gestion"])
        self.accountant = Actor.staff(staff["compta"])
        self.head = Actor.person(company.head)
        self.pk: Any = None

    @property
    def dossier(self) -> Application:
        return Application.objects.select_related("establishment").get(pk=self.pk)

    def begin(self, steps: int = len(people.STEPS) - 1) -> None:
        """The first steps of the form."""
        dossier, _ = drafts.start()
        self.pk, site = dossier.pk, dossier.establishment
        people.fill_establishment(site, self.company)
        if steps > 2:
            people.add_contacts(site, self.company)
        if steps > 3:
            people.add_addresses(site, self.company)
        if steps > 4:
            people.add_employees(site, self.company, timezone.localdate())
        dossier.siret, dossier.contact_email = self.company.siret, self.company.head_email
        dossier.confirmed_steps = people.STEPS[:steps]
        dossier.touch()
        dossier.save()

    def leave(self) -> None:
        """« Enregistrer et quitter »."""
        drafts.send_link(self.dossier)

    def join(self, *filenames: str) -> None:
        """Step 6: papers with the request, each named after its piece: `kbis.jpeg`."""
        for filename in filenames:
            uploads.accept(self.dossier, *self._paper(filename), uploaded_by=self.company.head)

    def submit(self) -> None:
        dossier = self.dossier
        dossier.representative_first_name, dossier.representative_last_name = self.company.head_names
        dossier.representative_function, dossier.representative_email = self.company.function, self.company.head_email
        dossier.confirmed_steps = people.STEPS
        dossier.save()
        workflow.submit(dossier, by=self.head)

    def assign(self) -> None:
        workflow.assign(self.dossier, to=self.clerk.user, by=self.clerk)

    def note(self, text: str) -> None:
        workflow.add_note(self.dossier, by=self.clerk, text=text)

    def write(self, text: str) -> None:
        """The company writes from « Mon dossier »."""
        thread.write(self.dossier, text, key=uuid4(), by=self.head)

    def answer(self, text: str) -> None:
        thread.answer(self.dossier, text, key=uuid4(), by=self.clerk)

    def hold(self) -> None:
        workflow.hold_for_unpaid(self.dossier, by=self.clerk)

    def pay_invoices(self) -> None:
        """The accounts receive what was unpaid."""
        numbers = [one.number for one in unpaid_invoices(self.dossier)]
        former.mark_paid(UnpaidInvoice.objects.filter(number__in=numbers), by=self.accountant)

    def proforma(self) -> None:
        workflow.send_proforma(self.dossier, by=self.clerk)

    def ask(self, kinds: Sequence[str], message: str = "") -> None:
        workflow.ask_for_missing(self.dossier, by=self.clerk, kinds=kinds, message=message)

    def last_call(self) -> None:
        workflow.last_call(self.dossier)

    def send(self, *filenames: str) -> None:
        """Papers sent from « Mon dossier »."""
        for filename in filenames:
            workflow.add_piece(self.dossier, *self._paper(filename), by=self.head)

    def check(self, refuse: str = "", reason: str = "") -> None:
        """Staff look at every paper that waits: all good, but for the kind `refuse`."""
        for upload in Upload.objects.about(self.dossier).filter(review=Upload.Review.PENDING):
            bad = upload.kind == refuse
            why = reason if bad else ""
            workflow.review_piece(self.dossier, upload, accepted=not bad, by=self.clerk, reason=why)

    def pay(self, mode: str = Payment.Mode.TRANSFER, payer_iban: str = "") -> None:
        dossier = self.dossier
        reference = dossier.reference if mode == Payment.Mode.TRANSFER else f"n° {4_120_000 + self.company.place}"
        payment = Payment(
            mode=mode,
            amount=dossier.proforma.total,
            received_on=timezone.localdate(),
            reference=reference,
            payer_iban=payer_iban,
        )
        payments.record_payment(dossier, payment, by=self.accountant)

    def cancel_payment(self, reason: str) -> None:
        payments.cancel_payment(self.dossier.payments.get(), by=self.accountant, reason=reason)

    def accept(self) -> None:
        workflow.accept(self.dossier, by=self.clerk)

    def activate(self) -> None:
        activate(self.company.head_email)

    def give_up_waiting(self) -> None:
        """What the deadline does when the two months have passed."""
        workflow.send_back(self.dossier, by=Actor.clock(), reason=NEVER_CAME)

    def withdraw(self, reason: str) -> None:
        workflow.withdraw(self.dossier, by=self.head, reason=reason)

    def refund(self) -> None:
        payments.refund(self.dossier.payments.get(), by=self.accountant)

    def _paper(self, filename: str) -> tuple[str, Any]:
        """The piece that a file is, and the file."""
        kind = filename.partition(".")[0].partition("-")[0]
        lines = [
            self.company.name,
            f"SIRET {self.company.siret}",
            f"{self.company.street}, {self.company.commune}",
            f"Établi le {french_date(timezone.now())}",
            self.company.head,
        ]
        return kind, paper(filename, pieces.LABELS[kind].partition(" (")[0], lines)


def play(stories: Sequence[tuple[Any, Sequence[Act]]], calendar: Calendar) -> None:
    """Everything that happened, in the order of time, so that numbers follow each other as they did."""
    now = timezone.now()
    events: list[tuple[datetime, int, Callable[[], None]]] = []
    for story, acts in stories:
        moment = None
        for when, verb, *arguments in sorted(acts, key=lambda act: calendar.day(act[0])):
            moment = _moment(now, calendar.day(when), story, moment)
            events.append((moment, len(events), lambda s=story, v=verb, a=arguments: getattr(s, v)(*a)))
    for moment, _, happen in sorted(events, key=lambda event: event[:2]):
        with clock.set_to(moment):
            happen()
            post.deliver(now)


def _moment(now: datetime, day: date, story: Any, previous: datetime | None) -> datetime:
    """A working hour of `day`, after `previous`; never later than now."""
    if not story.on_weekends:
        day = working_day(day)
    opening = timezone.make_aware(datetime.combine(day, time(8, 35)))
    moment = opening + timedelta(minutes=17 * story.place % 200)
    return min(max(moment, previous + PAUSE) if previous else moment, now)
