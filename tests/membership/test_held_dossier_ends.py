"""A dossier held for unpaid invoices has an end: told by mail, called once more, then it goes back (M-11, M-16)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from billing import collections
from billing.invoicing import Line
from core import deadlines
from core.dates import today
from core.journal import timeline
from membership import former, workflow
from membership.deadlines import NEVER_PAID
from membership.models import Application, UnpaidInvoice
from membership.states import Queue, State
from notifications.models import Message
from tests.factories import (
    CLERK,
    COMPANY,
    ApplicationFactory,
    EstablishmentFactory,
    MemberFactory,
    UnpaidInvoiceFactory,
)
from tests.factories_billing import make_invoice
from tests.factories_sepa import make_mandate
from tests.reading import plain, read_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator"), pytest.mark.req("M-10", "M-11", "M-16")]
PARIS = ZoneInfo("Europe/Paris")


def at(clock, day: date, hour: int = 9, minute: int = 0) -> None:
    clock.move_to(datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS))


def sweep() -> dict[str, int]:
    return {name: count for name, count in deadlines.run(timezone.now()).items() if count}


def mails(dossier: Application, key: str) -> list[Message]:
    return list(Message.objects.about(dossier).filter(dedupe_key__startswith=key).order_by("channel"))


def text(message: Message) -> str:
    return " ".join([*message.content["paragraphs"], *message.content["after"]])


@pytest.mark.req("B-02", "B-03")
def test_the_whole_way_from_the_hold_to_the_return(clock):
    at(clock, date(2026, 12, 31))
    dossier = ApplicationFactory(unpaid=True)
    number = UnpaidInvoice.objects.get().number
    last = date(2027, 2, 28)  # two calendar months after 31 December
    assert (dossier.answer_by, dossier.last_call_on, dossier.due_on) == (last, date(2027, 2, 14), last)
    (mail,) = mails(dossier, "unpaid:")
    assert "C’est à vous d’agir, au plus tard le 28 février 2027." in text(mail)
    assert "Passé le 28 février 2027, le dossier vous est retourné" in text(mail)

    at(clock, date(2027, 2, 13), 23, 59)
    assert sweep() == {}
    at(clock, date(2027, 2, 14), 0)
    assert sweep() == {"last-call": 1}
    assert sweep() == {}
    call, sms = mails(dossier, "last-call:")
    assert plain(call.subject_line) == (
        f"Dernier rappel : une facture passée à régler au plus tard le 28 février 2027 ({dossier.reference})"
    )
    assert number in str(call.content["facts"])
    assert "240,00" in str(call.content["facts"])
    assert sms.to == "+33612345678"
    at(clock, last, 23, 59)
    assert sweep() == {}, "the last day is included"

    at(clock, date(2027, 3, 1), 0)
    assert sweep() == {"send-back": 1}
    assert sweep() == {}
    dossier.refresh_from_db()
    assert (dossier.state, dossier.queue, dossier.answer_by) == (State.RETURNED, Queue.NONE, None)
    entry = timeline(dossier).last()
    assert (entry.actor_name, entry.reason) == ("Échéance automatique", NEVER_PAID)
    (closed,) = mails(dossier, "close:")
    assert f"Motif : {NEVER_PAID}" in text(closed)
    again = ApplicationFactory(establishment=EstablishmentFactory(siret=dossier.siret))
    assert workflow.submit(again, by=COMPANY).state == State.SUBMITTED, "its SIRET is free"


@pytest.mark.parametrize("paid_on", [date(2027, 1, 5), date(2027, 1, 24)])
def test_who_pays_is_taken_up_and_never_goes_back(clock, paid_on):
    """Also on the morning after the last day, before a sweep has passed."""
    at(clock, date(2026, 11, 23))
    dossier = ApplicationFactory(unpaid=True)
    at(clock, paid_on)
    former.mark_paid(UnpaidInvoice.objects.all(), by=CLERK)
    dossier.refresh_from_db()
    assert (dossier.queue, dossier.answer_by, dossier.last_call_on) == (Queue.CHECK, None, None)
    at(clock, date(2027, 6, 1))
    assert not {"last-call", "send-back"} & set(sweep())
    dossier.refresh_from_db()
    assert dossier.state == State.UNPAID


def test_paid_without_a_word_it_is_taken_up_by_the_very_sweep_that_would_send_it_back(clock):
    at(clock, date(2026, 11, 23))
    dossier = ApplicationFactory(unpaid=True)
    UnpaidInvoice.objects.update(paid_on=date(2027, 1, 20))
    at(clock, date(2027, 1, 24))
    assert sweep() == {"unpaid-settled": 1}
    dossier.refresh_from_db()
    assert (dossier.state, dossier.queue) == (State.UNPAID, Queue.CHECK)


def test_one_of_two_invoices_paid_leaves_the_day_as_it_is(clock):
    at(clock, date(2026, 11, 23))
    dossier = ApplicationFactory(submitted=True)
    member = MemberFactory(siret=f"{dossier.siret[:9]}00099")
    first, _ = UnpaidInvoiceFactory.create_batch(2, member=member)
    dossier = workflow.hold_for_unpaid(dossier, by=CLERK)
    at(clock, date(2026, 12, 10))
    former.mark_paid([first], by=CLERK)
    dossier.refresh_from_db()
    assert (dossier.queue, dossier.answer_by) == (Queue.COMPANY, date(2027, 1, 23))
    at(clock, date(2027, 1, 10))
    assert sweep() == {"last-call": 1}
    assert "une facture passée à régler" in mails(dossier, "last-call:")[0].subject_line


def test_what_was_asked_before_the_hold_does_not_shorten_the_two_months(clock):
    at(clock, date(2026, 11, 23))
    dossier = ApplicationFactory(submitted=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    UnpaidInvoiceFactory(member__siret=f"{dossier.siret[:9]}00099")
    at(clock, date(2026, 12, 20))
    dossier = workflow.hold_for_unpaid(dossier, by=CLERK)
    assert (dossier.answer_by, dossier.due_on) == (date(2027, 2, 20), date(2027, 2, 20))


def test_a_debit_that_is_on_its_way_is_waited_for(clock):
    at(clock, date(2026, 11, 23))
    dossier = ApplicationFactory(submitted=True)
    member = MemberFactory(siret=f"{dossier.siret[:9]}00099")
    invoice = make_invoice(member, due_on=today() - timedelta(days=1))
    workflow.hold_for_unpaid(dossier, by=CLERK)
    collection = collections.plan(invoice, make_mandate(member), today() + timedelta(days=60), by=CLERK)
    at(clock, date(2027, 1, 30))
    assert not {"last-call", "send-back"} & set(sweep())
    collections.cancel(collection, by=CLERK, reason="Compte clos.")
    assert sweep()["send-back"] == 1


NOT_TWICE = "n’est pas à régler par virement"


def everything(message: Message) -> str:
    return f"{message.subject_line} {text(message)} {message.content['facts']}"


@pytest.fixture
def debited(clock):
    """A dossier to hold, and the one invoice, of 144 euros, that holds it: its debit is planned."""
    at(clock, date(2026, 11, 23))
    dossier = ApplicationFactory(submitted=True)
    member = MemberFactory(siret=f"{dossier.siret[:9]}00099")
    lines = [Line("Suivi", 1, Decimal("144.00"))]
    invoice = make_invoice(member, lines=lines, vat_rate="0", due_on=today() - timedelta(days=1))
    collection = collections.plan(invoice, make_mandate(member), today() + timedelta(days=30), by=CLERK)
    return SimpleNamespace(dossier=dossier, member=member, invoice=invoice, collection=collection)


@pytest.mark.req("B-02")
def test_what_is_being_debited_is_neither_threatened_nor_paid_twice(debited, holder):
    dossier = workflow.hold_for_unpaid(debited.dossier, by=CLERK)
    (mail,) = mails(dossier, "unpaid:")
    said = everything(mail)
    assert "Vous n’avez rien à faire." in said
    assert "sera prélevée le" in said
    assert NOT_TWICE in said
    assert "Si le prélèvement était rejeté, elle resterait à régler au plus tard le 23 janvier 2027." in said
    for words in ("C’est à vous d’agir", "retourné", "IBAN", "Total"):
        assert words not in said, words
    client, page = holder(dossier), reverse("membership:dossier", args=[dossier.pk])
    shown = read_page(client.get(page))
    assert "Vous n’avez rien à faire : votre demande reprend" in shown
    assert "Factures en cours de prélèvement" in shown
    assert "Prélèvement des factures passées" in shown
    for words in ("À régler&nbsp;: ", "vous est retourné", "IBAN", "À vous d’agir", "Les factures d’abord"):
        assert words not in shown, words

    collections.cancel(debited.collection, by=CLERK, reason="Compte clos.")
    shown = client.get(page).content.decode()
    for words in ("À régler&nbsp;: ", "vous est retourné", "IBAN", "À vous d’agir, au plus tard le 23 janvier 2027"):
        assert words in shown, words
    assert NOT_TWICE not in shown


@pytest.mark.req("B-02")
def test_beside_one_that_is_debited_the_other_alone_is_to_be_transferred(debited, holder, clock):
    other = UnpaidInvoiceFactory(member=debited.member)  # 240 euros
    dossier = workflow.hold_for_unpaid(debited.dossier, by=CLERK)
    collections.postpone(debited.collection.collects_on, to=date(2027, 2, 15), by=CLERK)
    at(clock, date(2027, 1, 10))
    assert sweep()["last-call"] == 1
    (asked,) = mails(dossier, "unpaid:")
    call = next(message for message in mails(dossier, "last-call:") if message.content.get("facts"))
    for mail in (asked, call):
        said, facts = everything(mail), dict(map(tuple, mail.content["facts"]))
        assert "au plus tard le 23 janvier 2027" in said
        assert facts["Référence à indiquer"] == other.number
        assert "Total à régler" not in facts, "one alone is to be paid"
        assert any(name.startswith(f"Facture {debited.invoice.number}, sera prélevée le") for name in facts)
        assert NOT_TWICE in said
    assert asked.subject_line.startswith("Une facture passée reste à régler")
    assert "une facture passée à régler" in call.subject_line
    page = holder(dossier).get(reverse("membership:dossier", args=[dossier.pk]))
    assert (page.context["owed"], page.context["owed_reference"]) == (Decimal("240.00"), other.number)
    shown = page.content.decode()
    assert debited.invoice.number in shown
    assert "vous est retourné" in shown
    assert NOT_TWICE in shown


@pytest.mark.req("B-02")
def test_the_page_says_until_when_and_what_then(clock, holder):
    at(clock, date(2026, 11, 23))
    dossier = ApplicationFactory(unpaid=True)
    shown = holder(dossier).get(reverse("membership:dossier", args=[dossier.pk])).content.decode()
    assert "À régler&nbsp;: " in shown
    assert "23 janvier 2027" in shown
    assert "À envoyer&nbsp;: " not in shown
    assert "Les factures d’abord&nbsp;: nous vous dirons ce qu’il faut envoyer" in shown
    assert "Manquant" not in shown, "no paper was asked for yet"
    UnpaidInvoice.objects.update(paid_on=today())
    sweep()
    shown = holder(dossier).get(reverse("membership:dossier", args=[dossier.pk])).content.decode()
    assert "Rien à faire pour l’instant" in shown
    assert "À régler&nbsp;: " not in shown


@pytest.mark.req("B-02")
@pytest.mark.parametrize("swept", [True, False])
def test_once_the_invoices_are_paid_the_page_says_that_it_is_up_to_us(clock, holder, swept):
    """Also before a sweep has taken the dossier up again."""
    at(clock, date(2026, 11, 23))
    dossier = ApplicationFactory(unpaid=True)
    client, page = holder(dossier), reverse("membership:dossier", args=[dossier.pk])
    shown = client.get(page).content.decode()
    assert "Réglez les factures ci-dessous" in shown
    assert "À vous d’agir, au plus tard le 23 janvier 2027" in shown
    UnpaidInvoice.objects.update(paid_on=today())
    if swept:
        sweep()
    shown = read_page(client.get(page))
    assert "Vos factures sont réglées : nous reprenons votre demande." in shown
    assert "<h2>En cours de vérification</h2>" in shown
    assert "Réglez les factures" not in shown
    assert "Règlement des factures passées" not in shown
    assert "À vous d’agir" not in shown
    assert ("À nous d’agir, au plus tard le 25 novembre 2026" in shown) == swept


@pytest.mark.fault("H3")
def test_those_held_before_get_an_end_not_sooner_than_in_four_weeks(clock):
    at(clock, date(2026, 11, 23))
    old, recent = ApplicationFactory(unpaid=True), ApplicationFactory(unpaid=True)
    clear = {"answer_by": None, "last_call_on": None}
    Application.objects.filter(pk=old.pk).update(due_on=date(2026, 3, 1), **clear)
    Application.objects.filter(pk=recent.pk).update(due_on=date(2027, 1, 20), **clear)
    import_module("membership.migrations.0019_fill_answer_by_of_held").fill(apps, None)
    days = Application.objects.filter(pk__in=[old.pk, recent.pk]).order_by("answer_by")
    assert list(days.values_list("answer_by", "last_call_on", "due_on")) == [
        (date(2026, 12, 21), date(2026, 12, 7), date(2026, 12, 21)),
        (date(2027, 1, 20), date(2027, 1, 6), date(2027, 1, 20)),
    ]
