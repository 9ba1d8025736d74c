"""A contribution to be debited: planned at the validation, or once the mandate is signed (D-18)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import mandates, returns
from billing.models import Collection, Mandate
from billing.models.invoice import Mode
from billing.models.mandate import MandateState
from contributions import dashboard, workflow
from contributions.models import Declaration
from core import deadlines
from core.dates import add_months, french_date, today
from core.money import euros
from core.wizard import FINGERPRINT
from membership import unpaid
from membership.models import Member
from notifications.models import Message
from tests import factories_sepa
from tests.contributions.conftest import SIGNER, people, press, url
from tests.factories import COMPANY, UserFactory, sign_in
from tests.factories_billing import pay_invoice
from tests.factories_contributions import DeclarationFactory, fill
from tests.reading import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("D-18")]


@pytest.fixture
def ready(campaign, member) -> Declaration:
    people(member, SI=2)
    return fill(DeclarationFactory(campaign=campaign, member=member), mode=Mode.DEBIT)


def make_mandate(member: Member) -> Mandate:
    """A mandate in force, as its signature leaves it."""
    with transaction.atomic():
        draft = mandates.begin_mandate(
            member,
            iban="FR7630006000011234567890189",
            holder="Menuiserie Morel",
            lines=["4 rue des Lilas"],
            email="claire.morel@morel.example",
            by=COMPANY,
        )
    draft.signed_at, draft.lapses_on, draft.state = timezone.now(), add_months(today(), 36), MandateState.ACTIVE
    draft.save()
    return draft


def test_with_a_mandate_in_force_the_debit_is_planned_on_the_due_day(ready, member):
    mandate = make_mandate(member)
    done = workflow.validate(ready, by=COMPANY)
    collection = Collection.objects.get()
    assert (collection.mandate, collection.invoice, collection.amount) == (mandate, done.invoice, done.total)
    assert collection.collects_on >= done.invoice.due_on


def test_signed_afterwards_it_is_planned_by_the_sweep_once(ready, member, clock):
    done = workflow.validate(ready, by=COMPANY)
    now = datetime(2027, 1, 13, 9, tzinfo=UTC)
    assert deadlines.run(now)["debit-waiting"] == 0
    make_mandate(member)
    assert deadlines.run(now)["debit-waiting"] == 1
    assert deadlines.run(now)["debit-waiting"] == 0
    assert Collection.objects.get().invoice == done.invoice


def test_the_confirmation_leads_to_the_mandate_to_sign(ready, declarer):
    assert "signez votre mandat en ligne" in declarer.client.get(url("step", ready, "cotisation")).text
    page = declarer.client.get(press(declarer.client, ready, "validation", **SIGNER).url).text
    assert "Signer mon mandat de prélèvement" in page


def test_by_cheque_the_confirmation_says_where_to_send_it(ready, declarer):
    Declaration.objects.filter(pk=ready.pk).update(payment_mode=Mode.CHEQUE)
    page = declarer.client.get(press(declarer.client, ready, "validation", **SIGNER).url).text
    assert "Pour régler par chèque" in page
    assert "Code QR du virement" not in page
    mail = Message.objects.get(to=SIGNER["signer_email"]).content
    number = Declaration.objects.get(pk=ready.pk).invoice.number
    assert f"par chèque à l’ordre de Santé Travail Val d’Orge, le numéro {number} au dos." in str(mail["paragraphs"])
    address = "Santé Travail Val d’Orge, 12 rue des Tilleuls, 91220 Brétigny-sur-Orge"
    assert ["Chèque à envoyer à", address] in mail["facts"]
    assert "IBAN" not in dict(mail["facts"])


def test_the_confirmation_says_the_day_of_the_debit(ready, member, declarer):
    make_mandate(member)
    page = declarer.client.get(press(declarer.client, ready, "validation", **SIGNER).url).text
    assert f"seront prélevés le {french_date(Collection.objects.get().collects_on)}" in page
    assert "avec son montant et sa date" not in page


def chosen(client, declaration: Declaration) -> str:
    return client.get(url("step", declaration, "cotisation")).context["form"]["payment_mode"].value()


def test_what_was_ticked_stays_when_one_leaves_to_sign_and_gives_up(draft, member, declarer):
    press(declarer.client, draft, "declarations")
    press(declarer.client, draft, "salaries")
    Declaration.objects.filter(pk=draft.pk).update(payment_mode=Mode.TRANSFER)
    step = url("step", draft, "cotisation")
    page = declarer.client.get(step)
    assert 'formaction="?mandat"' in page.text
    held = {FINGERPRINT: page.context["fingerprint"], "payment_mode": Mode.DEBIT, "action": "save"}
    answer = declarer.client.post(f"{step}?mandat", held)
    there = reverse("space:mandate-new", args=[member.pk])
    assert answer.url == f"{there}?{urlencode({'next': step})}"
    assert chosen(declarer.client, draft) == Mode.DEBIT


@pytest.mark.parametrize("answered", [False, True], ids=["last year's mode", "a mode chosen here"])
def test_back_from_signing_the_debit_is_chosen(draft, member, declarer, clock, answered):
    press(declarer.client, draft, "declarations")
    press(declarer.client, draft, "salaries")
    Declaration.objects.filter(pk=draft.pk).update(payment_mode=Mode.TRANSFER)
    if answered:
        press(declarer.client, draft, "cotisation", payment_mode=Mode.TRANSFER)
    assert chosen(declarer.client, draft) == Mode.TRANSFER
    clock.shift(timedelta(minutes=5))
    make_mandate(member)
    assert chosen(declarer.client, draft) == Mode.DEBIT
    clock.shift(timedelta(minutes=5))
    press(declarer.client, draft, "cotisation", payment_mode=Mode.DEBIT)
    draft.refresh_from_db()
    assert draft.payment_mode == Mode.DEBIT, "pressed as it was shown, it is stored"
    press(declarer.client, draft, "cotisation", payment_mode=Mode.CHEQUE)
    assert chosen(declarer.client, draft) == Mode.CHEQUE, "what was chosen after the signature stays"


def test_the_choice_of_the_debit_names_the_account_once_a_mandate_is_signed(ready, member, declarer):
    step, to_sign = url("step", ready, "cotisation"), "Vous signez un mandat en ligne"
    assert to_sign in declarer.client.get(step).text
    mandate = make_mandate(member)
    page = declarer.client.get(step).text
    assert f"Sur le compte {mandate.masked_iban}." in page
    assert mandate.iban not in page
    assert to_sign not in page
    assert "signez votre mandat en ligne" not in page


def test_a_mandate_signed_before_changes_nothing_of_what_is_stored(draft, member, declarer, clock):
    make_mandate(member)
    clock.shift(timedelta(minutes=5))
    press(declarer.client, draft, "declarations")
    press(declarer.client, draft, "salaries")
    Declaration.objects.filter(pk=draft.pk).update(payment_mode=Mode.TRANSFER)
    assert chosen(declarer.client, draft) == Mode.TRANSFER


def test_what_will_be_debited_falls_due_on_that_day(ready, member, campaign):
    """Never before: the invoice prints penalties that run from its due day."""
    make_mandate(member)
    campaign.payment_days = 32  # 13 February 2027 is a Saturday
    campaign.save()
    done = workflow.validate(Declaration.objects.get(pk=ready.pk), by=COMPANY)
    day = Collection.objects.get().collects_on
    assert day == done.invoice.due_on == date(2027, 2, 15)
    assert done.invoice.document.snapshot["debit_on"] == "15 février 2027"
    text = said(done)
    assert "prélevés le 15 février 2027" in text
    assert "signez votre mandat" not in text
    assert reverse("space:mandate-current", args=[member.pk]) not in text
    for printed in papers(done):
        assert "selon votre mandat" in printed
        assert "15 février 2027" in printed
        assert "dès que votre mandat" not in printed


def test_without_a_mandate_the_mail_and_the_papers_say_that_one_must_sign(ready, member):
    done = workflow.validate(ready, by=COMPANY)
    text = said(done)
    assert "signez votre mandat en ligne" in text
    assert reverse("space:mandate-current", args=[member.pk]) in text
    assert "rien à faire" not in text
    assert done.invoice.document.snapshot["debit_on"] == ""
    for printed in papers(done):
        assert "dès que votre mandat" in printed
        assert "rien à faire" not in printed


def papers(done: Declaration) -> list[str]:
    """The bordereau and the invoice, before they are made PDFs."""
    return [
        render_to_string(one.template, {**one.snapshot, "document": one})
        for one in (done.bordereau, done.invoice.document)
    ]


def test_accueil_asks_for_the_mandate_until_it_is_signed(ready, member, declarer):
    """Also while one was begun and waits for its code."""
    home = reverse("space:home", args=[member.pk])
    assert "Signez votre mandat" not in declarer.client.get(home).text
    done = workflow.validate(ready, by=COMPANY)
    shown = declarer.client.get(home).text
    assert "Signez votre mandat de prélèvement" in shown
    assert done.invoice.number in shown
    assert reverse("space:mandate-new", args=[member.pk]) in shown
    draft = factories_sepa.make_draft(member)
    shown = declarer.client.get(home).text
    assert "Un mandat de prélèvement attend votre signature" in shown
    assert reverse("space:mandate-sign", args=[member.pk, draft.pk]) in shown
    mandates.abandon(draft, by=COMPANY)
    mandate = sign(member)
    shown = declarer.client.get(home).text
    assert "Signez votre mandat" not in shown
    assert "attend votre signature" not in shown
    mandates.revoke(mandate, by=COMPANY)
    assert done.invoice.number in declarer.client.get(home).text, "its debit is lost with the mandate"


def said(done: Declaration) -> str:
    """What the mail of the validation says."""
    return str(Message.objects.get(dedupe_key=f"declared:{done.pk}").content)


# --- A mandate signed after the validation ----------------------------------------------------------------------------


def sign(member: Member) -> Mandate:
    """A mandate signed as on the pages, with its code."""
    return factories_sepa.make_mandate(member)


@pytest.mark.parametrize(
    ("signed_on", "collected_on"),
    [
        # The invoice of 12 January falls due on 11 February; PRENOTIFICATION_DAYS is 14.
        ("2027-01-20", date(2027, 2, 11)),  # the notice fits before the due day: the due day
        ("2027-02-01", date(2027, 2, 15)),  # it does not: 14 days later
        ("2027-02-06", date(2027, 2, 22)),  # 14 days later is a Saturday
        ("2027-03-01", date(2027, 3, 15)),  # signed when it was late already
    ],
)
def test_signed_afterwards_it_is_planned_at_once_on_the_first_day_the_notice_permits(
    ready, member, clock, signed_on, collected_on
):
    done = workflow.validate(ready, by=COMPANY)
    assert done.invoice.due_on == date(2027, 2, 11)
    clock.move_to(f"{signed_on}T10:00:00+01:00")
    mandate = sign(member)
    debit = Collection.objects.get()
    assert (debit.mandate, debit.invoice, debit.collects_on) == (mandate, done.invoice, collected_on)
    notice = str(Message.objects.get(dedupe_key__startswith="collection-notice:").content)
    assert french_date(collected_on) in notice
    assert ("vous n’êtes pas en retard" in notice) == (collected_on > done.invoice.due_on)
    assert deadlines.run(timezone.now())["debit-waiting"] == 0


def test_nobody_is_late_while_a_debit_is_planned_or_under_way(ready, member, declarer, clock):
    done = workflow.validate(ready, by=COMPANY)
    staff, clerk = Client(), UserFactory(accountant=True)

    def on(day: str) -> None:
        clock.move_to(f"{day}T10:00:00+01:00")
        sign_in(declarer.client, declarer.user)  # sessions do not last so long
        sign_in(staff, clerk)

    on("2027-03-01")
    papers = reverse("space:documents", args=[member.pk])
    home = reverse("space:home", args=[member.pk])
    bill = reverse("admin:billing_invoice_change", args=[done.invoice.pk])
    late = reverse("admin:billing_invoice_changelist") + "?etat=late"
    board = dashboard.count(dashboard.with_tariff(done.campaign_id)).money
    assert "En retard" in declarer.client.get(papers).text
    assert "en retard" in declarer.client.get(home).text
    assert "En retard" in staff.get(bill).text
    assert done.invoice.number in staff.get(late).text
    assert (board.overdue, board.overdue_count) == (done.total, 1)

    mandate = sign(member)
    debit = Collection.objects.get()
    for day, said in (("2027-03-01", "Sera prélevée le 15 mars 2027"), ("2027-03-16", "Prélèvement en cours")):
        on(day)
        page = declarer.client.get(papers).text
        assert said in page
        assert "En retard" not in page
        assert "en retard" not in declarer.client.get(home).text
        assert "En retard" not in staff.get(bill).text.replace(">En retard</a>", "")
        assert done.invoice.number not in staff.get(late).text
        assert dashboard.count(dashboard.with_tariff(done.campaign_id)).money.overdue_count == 0
        if debit.state == Collection.State.PLANNED:
            on("2027-03-10")
            factories_sepa.in_file(debit)
    declared = declarer.client.get(url("declaration", done)).text
    assert "15 mars 2027" in declared
    assert "vous n’êtes pas en retard" in declared
    # Whoever asks what is unpaid is told of the debit, not of a lateness.
    (one,) = unpaid.unpaid_of([member])
    assert one.since == "prélèvement en cours, présenté le 15 mars 2027"

    returns.record_return(debit, code="AM04", on=today(), by=COMPANY)
    assert "En retard" in declarer.client.get(papers).text
    assert mandate.is_active


def test_the_page_after_the_signature_says_what_will_be_debited(ready, member, declarer, clock):
    done = workflow.validate(ready, by=COMPANY)
    mandate = sign(member)
    page = declarer.client.get(reverse("space:mandate-done", args=[member.pk, mandate.pk])).text
    assert "seront prélevés le 11 février 2027" in page
    assert done.invoice.number in page


@pytest.mark.parametrize(("mode", "how"), [(Mode.TRANSFER, "par virement"), (Mode.CHEQUE, "par chèque")])
def test_an_invoice_to_be_paid_otherwise_is_named_at_the_signature(campaign, member, declarer, clock, mode, how):
    """Whoever chose another way and then signs would believe that he has nothing left to do."""
    people(member, SI=2)
    done = workflow.validate(fill(DeclarationFactory(campaign=campaign, member=member), mode=mode), by=COMPANY)
    mandate = sign(member)
    said = f"La facture {done.invoice.number} ne sera pas prélevée : réglez {euros(done.total)} {how}, au plus tard le"
    page = reverse("space:mandate-done", args=[member.pk, mandate.pk])
    assert said in read_page(declarer.client.get(page))
    content = Message.objects.get(dedupe_key=f"mandate-signed:{mandate.pk}").content
    mail = " ".join(content["paragraphs"])
    assert said in mail
    assert "rien d’autre à faire" not in mail
    assert {"Pour régler par virement, IBAN", "Chèque à envoyer à"} <= dict(content["facts"]).keys()
    clock.shift(timedelta(days=60))
    sign_in(declarer.client, declarer.user)
    assert "son échéance du 11 février 2027 est passée" in declarer.client.get(page).text
    pay_invoice(done.invoice)
    assert "ne sera pas prélevée" not in declarer.client.get(page).text


def test_without_a_mandate_the_page_promises_no_debit_of_every_invoice(member, declarer):
    page = declarer.client.get(reverse("space:mandate-current", args=[member.pk])).text
    assert "les factures que vous choisissez de régler ainsi" in page


# --- A mandate begun and not signed -----------------------------------------------------------------------------------


def test_the_step_of_the_payment_leads_back_to_the_signature(ready, member, declarer):
    step = url("step", ready, "cotisation")
    assert "Un mandat attend votre signature" not in declarer.client.get(step).text
    draft = factories_sepa.make_draft(member)
    page = declarer.client.get(step).text
    assert "Un mandat attend votre signature" in page
    assert "Reprendre la signature" in page
    assert "signez votre mandat en ligne" not in page
    back = urlencode({"next": step})
    assert f"{reverse('space:mandate-sign', args=[member.pk, draft.pk])}?{back}" in page
    abandon = f"{reverse('space:mandate-abandon', args=[member.pk, draft.pk])}?{back}"
    assert abandon in page
    assert declarer.client.post(abandon).url == step
    assert "signez votre mandat en ligne" in declarer.client.get(step).text


def test_a_correction_that_lowers_the_debit_says_so_everywhere(ready, member, declarer):
    mandate = make_mandate(member)
    first = workflow.validate(ready, by=COMPANY)
    debit = Collection.objects.get()
    announced = debit.amount
    member.establishment.employees.first().delete()
    correction = fill(workflow.correct(first, by=COMPANY))
    lower = declarer.client.get(url("step", correction, "cotisation")).text
    page = declarer.client.get(press(declarer.client, correction, "validation", **SIGNER).url).text
    debit.refresh_from_db()
    correction.refresh_from_db()
    assert debit.amount == correction.total < announced
    sentence = f"Le prélèvement du {french_date(debit.collects_on)} passe à {euros(debit.amount)}."
    for text in (lower, page):
        assert sentence in text
        assert "rien à régler" not in text
    assert sentence in Message.objects.get(dedupe_key=f"declared:{correction.pk}").content["paragraphs"]
    coming = declarer.client.get(reverse("space:mandate-current", args=[member.pk])).text
    assert euros(debit.amount) in coming
    assert euros(announced) not in coming
    assert mandate.is_active
