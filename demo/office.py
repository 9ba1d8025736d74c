"""The operator's own work around the contribution: campaigns, the bank, papers for all; and what the calendar does."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, timedelta

from django.utils import timezone

from accounts.models import User
from billing import collections, pain008, receipts, returns, statements
from billing.models import BankStatement, Collection, CollectionFile, Invoice, StatementLine
from contributions import opening, reminders
from contributions.models import Campaign
from contributions.states import CampaignState, MidYear
from core.dates import today
from core.deadlines import all_deadlines
from core.journal import Actor
from demo import bank
from demo.operator import theme_of
from demo.papers import paper
from membership.models import Member
from space import papers
from space.models import CannedReply, UsefulDocument

PENALTIES = "Passé ce délai, la cotisation est majorée de 10 % (article 8 de nos statuts)."
SWEPT = (
    *("campaign-reminder", "midyear-arrivals", "debit-waiting", "invoice-reminder", "lost-debit-reminder"),
    *("access-reminder", "access-end", "message-purge", "link-purge"),
)


class Office:
    """Every public method is something that staff did, or that the sweep did by itself."""

    place, on_weekends = 0, True

    def __init__(self, staff: dict[str, User], members: dict[str, Member]):
        self.clerk, self.accountant = Actor.staff(staff["gestion"]), Actor.staff(staff["compta"])
        self.members = members

    # --- Campaigns ----------------------------------------------------------------------------------------------------

    def open(self, year: int, deadline: date, midyear: str = MidYear.NONE) -> None:
        campaign = Campaign(year=year, opens_on=today(), deadline=deadline, penalties=PENALTIES, midyear=midyear)
        opening.keep_settings(campaign, by=self.clerk, changed=())
        opening.open_campaign(campaign, by=self.clerk)
        opening.resume(_soon())

    def prepare(self, year: int, opens_on: date) -> None:
        deadline = opens_on + timedelta(days=60)
        campaign = Campaign(year=year, opens_on=opens_on, deadline=deadline, penalties=PENALTIES, midyear=MidYear.FULL)
        opening.keep_settings(campaign, by=self.clerk, changed=())

    def close(self) -> None:
        opening.close(self._campaign(), by=self.clerk)

    def remind(self, target: str) -> None:
        """Staff write to all of them at once, sparing whom the calendar has just reminded."""
        campaign = self._campaign()
        seen = campaign.waves.count()
        reminders.ask(campaign, target=target, spare_since=reminders.spared_from(2), seen=seen, by=self.clerk)
        reminders.resume(_soon())

    def sweep(self) -> None:
        """What a date triggers by itself, in this part of the house."""
        now = timezone.now()
        for deadline in all_deadlines():
            if deadline.name in SWEPT:
                for row in list(deadline.due(now)):
                    deadline.act(row, now)
        reminders.resume(_soon())

    def _campaign(self) -> Campaign:
        return Campaign.objects.filter(state=CampaignState.OPEN).latest("year")

    # --- The bank -----------------------------------------------------------------------------------------------------

    def export_debits(self, days: int) -> None:
        """A file for each day of the next `days` on which debits are planned."""
        window = (collections.first_open_day(), today() + timedelta(days=days))
        planned = Collection.objects.filter(state=Collection.State.PLANNED, collects_on__range=window)
        for day in sorted(set(planned.values_list("collects_on", flat=True))):
            pain008.make_file(day, by=self.accountant)

    def collect(self) -> None:
        """The bank has credited the files whose day has come."""
        out = CollectionFile.objects.filter(collects_on__lte=today(), lines__state=Collection.State.EXPORTED)
        for file in out.distinct():
            collections.mark_collected(file, by=self.accountant)

    def returned(self, key: str, code: str) -> None:
        """The bank sends back the last debit of a member."""
        about = Invoice.objects.about(self.members[key])
        debit = Collection.objects.filter(invoice__in=about, state__in=["exported", "collected"]).latest("collects_on")
        returns.record_return(debit, code=code, on=today(), by=self.accountant)

    def statement(self, lines: Sequence[tuple[str, str, str]]) -> None:
        """A CAMT.053 of the day: for each line whose invoice it pays, what of it (see `demo.bank`), and its words."""
        transfers = [self._transfer(*line) for line in lines]
        name = f"releve-{today():%Y-%m-%d}.xml"
        statements.take_in(bank.camt053(transfers, today()), name, by=self.accountant)

    def _transfer(self, key: str, amount: str, words: str) -> bank.Transfer:
        if not key:
            payer, _, text = words.partition(" : ")
            return bank.Transfer(amount, payer, text)
        member = self.members[key]
        invoice = Invoice.objects.about(member).unsettled().order_by("issued_on", "number")[0]
        value = amount or f"{invoice.left:.2f}"
        return bank.Transfer(value, member.establishment.name.upper(), words.format(invoice.number))

    def confirm_statement(self, aside: str) -> None:
        """The sure line that comes first is confirmed, and one that is no contribution is set aside."""
        lines = BankStatement.objects.latest("imported_at").lines.open()
        first = lines.filter(certainty=StatementLine.Certainty.CERTAIN).order_by("position")[0]
        statements.confirm(first, by=self.accountant)
        other = lines.get(payer__icontains=aside)
        statements.set_aside(other, reason="Ce n’est pas une cotisation.", by=self.accountant)

    def mistake(self, key: str) -> None:
        """A cheque entered on the wrong invoice, and taken back."""
        invoice = Invoice.objects.about(self.members[key]).unsettled().latest("issued_on")
        receipt = receipts.record_receipt(
            invoice, mode="cheque", amount=invoice.left, received_on=today(), by=self.accountant
        )
        receipts.cancel_receipt(receipt, reason="Ce chèque était d’une autre entreprise.", by=self.accountant)

    # --- Papers -------------------------------------------------------------------------------------------------------

    def publish(self, title: str, section: str, service: str, description: str) -> None:
        document = UsefulDocument(title=title, section=section, service=service, description=description)
        document.position = UsefulDocument.objects.count() + 1
        document.save()
        papers.publish(document, paper(f"{title}.pdf", title, [service, description]), by=self.clerk)

    def canned(self, title: str, theme: str, text: str) -> None:
        CannedReply.objects.create(title=title, theme=theme_of(theme), text=text, position=10)


def _soon() -> float:
    return time.monotonic() + 120
