"""What happens by itself, on which day: reminders, relances, last calls, returns, purges."""

from __future__ import annotations

import os
import re
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from core import deadlines
from core.dates import today
from core.journal import timeline
from core.models import Finding, PendingRow
from core.models.subject import subject_key
from documents.models import Document, Upload
from documents.uploads import accept
from membership import corrections, drafts, settling, workflow
from membership.links import new_link
from membership.models import Application, Employee, Establishment, Payment, PieceRequest
from membership.states import Queue, State
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import (
    CLERK,
    ApplicationFactory,
    EmployeeFactory,
    EstablishmentFactory,
    UnpaidInvoiceFactory,
    add_pieces,
    make_operator,
    pay,
    pdf_file,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator", "clock")]
PARIS = ZoneInfo("Europe/Paris")


def sweep() -> dict[str, int]:
    """What a sweep did, by deadline; those with nothing to do are left out."""
    return {name: count for name, count in deadlines.run(timezone.now()).items() if count}


def subjects(dossier: Application) -> list[str]:
    return list(Message.objects.about(dossier).order_by("created_at").values_list("dedupe_key", flat=True))


def at(clock, day: date, hour: int = 0, minute: int = 0, second: int = 0) -> None:
    clock.move_to(datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=PARIS))


# --- Missing pieces ---------------------------------------------------------------------------------------------------


@pytest.mark.req("M-15", "B-03")
def test_fifteen_days_after_the_proforma_what_is_missing_is_asked_for(clock):
    dossier = ApplicationFactory(awaiting=True)
    pay(dossier)
    at(clock, date(2026, 12, 7), 23, 59, 59)
    assert sweep() == {}
    at(clock, date(2026, 12, 8))
    assert sweep() == {"relance": 1}
    assert sweep() == {}
    request = PieceRequest.objects.get(application=dossier)
    assert request.pieces == ["kbis", "rib", "bordereau"]
    assert request.answer_by == date(2027, 2, 8)
    assert str(request) == "Demande du 08/12/2026"


@pytest.mark.req("M-15", "M-16", "M-19", "B-03")
def test_the_whole_way_from_the_relance_to_the_return(clock):
    dossier = ApplicationFactory(awaiting=True)
    payment = pay(dossier)
    at(clock, date(2026, 12, 31), 10)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis", "rib", "bordereau"])
    at(clock, date(2027, 2, 13), 23, 59, 59)
    assert sweep() == {}
    at(clock, date(2027, 2, 14))
    assert sweep() == {"last-call": 1}, "fourteen days before 28 February"
    assert sweep() == {}
    at(clock, date(2027, 2, 28), 23, 59, 59)
    assert sweep() == {}, "the last day is included"
    at(clock, date(2027, 3, 1))
    assert sweep() == {"send-back": 1}
    assert sweep() == {}
    dossier.refresh_from_db()
    payment.refresh_from_db()
    assert (dossier.state, dossier.queue) == (State.RETURNED, Queue.REFUND)
    assert payment.state == Payment.State.TO_REFUND
    assert timeline(dossier).last().actor_name == "Échéance automatique"
    assert [key.partition(":")[0] for key in subjects(dossier)] == [
        "submit",
        "proforma",
        "pieces",
        "last-call",
        "last-call",
        "close",
    ]
    calls = Message.objects.about(dossier).filter(dedupe_key__startswith="last-call")
    assert set(calls.values_list("channel", "to")) == {("mail", dossier.mail_to), ("sms", "+33612345678")}


@pytest.mark.req("M-16")
def test_who_answers_in_time_is_not_returned_even_if_staff_are_slow(clock):
    dossier = ApplicationFactory(awaiting=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    pay(dossier)
    at(clock, date(2027, 1, 23), 23, 50)
    add_pieces(dossier)
    at(clock, date(2027, 6, 1))
    assert sweep() == {}
    dossier.refresh_from_db()
    assert (dossier.state, dossier.queue) == (State.AWAITING, Queue.CHECK)


@pytest.mark.req("M-15", "M-16")
@pytest.mark.parametrize("looked_at", [True, False])
def test_who_sent_all_that_was_asked_before_the_proforma_is_never_returned(clock, looked_at):
    """The bordereau is not asked yet: it is no reason to send the dossier back."""
    dossier = ApplicationFactory(submitted=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis", "rib"])
    add_pieces(dossier, "kbis", "rib", accepted=looked_at)
    dossier.refresh_from_db()
    assert (dossier.queue, dossier.answer_by, dossier.last_call_on) == (Queue.CHECK, None, None)
    at(clock, date(2027, 6, 1))
    assert sweep() == {}
    dossier.refresh_from_db()
    assert (dossier.state, dossier.queue) == (State.SUBMITTED, Queue.CHECK)


@pytest.mark.req("M-15", "M-16")
def test_the_proforma_begins_the_time_of_the_relance_anew(clock):
    """Whatever was asked before it, and is still missing, is asked again fifteen days later with all the rest."""
    dossier = ApplicationFactory(submitted=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    at(clock, date(2026, 12, 30))
    workflow.send_proforma(dossier, by=CLERK)
    at(clock, date(2027, 1, 14))
    assert sweep() == {"relance": 1}
    request = PieceRequest.objects.latest("pk")
    assert request.pieces == ["kbis", "rib", "bordereau", "payment"]
    assert request.answer_by == date(2027, 3, 14)
    at(clock, date(2027, 1, 24))
    assert sweep() == {}, "the old date is void"


@pytest.mark.req("M-15", "M-16")
def test_what_a_relance_did_not_name_is_asked_before_anything_goes_back(clock):
    dossier = ApplicationFactory(awaiting=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    at(clock, date(2027, 1, 20))
    add_pieces(dossier, "kbis", accepted=True)
    at(clock, date(2027, 1, 24))
    assert sweep() == {}
    at(clock, date(2027, 2, 4))
    assert sweep() == {"relance": 1}
    assert PieceRequest.objects.latest("pk").pieces == ["rib", "bordereau", "payment"]


@pytest.mark.req("M-11", "M-16")
def test_a_dossier_on_hold_is_not_returned_for_pieces(clock):
    dossier = ApplicationFactory(submitted=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    UnpaidInvoiceFactory(member__siret=f"{dossier.siret[:9]}00099")
    at(clock, date(2026, 12, 28))
    workflow.hold_for_unpaid(dossier, by=CLERK)
    at(clock, date(2027, 1, 24))  # the day after the last day of the relance
    assert sweep() == {}
    dossier.refresh_from_db()
    assert dossier.state == State.UNPAID


@pytest.mark.req("M-15")
def test_a_second_relance_gives_two_months_again(clock):
    dossier = ApplicationFactory(submitted=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    at(clock, date(2027, 1, 20))
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    at(clock, date(2027, 1, 24))
    assert sweep() == {}
    at(clock, date(2027, 3, 21))
    assert sweep() == {"send-back": 1}


@pytest.mark.req("M-16")
def test_a_sweep_that_comes_late_returns_the_dossier_without_a_last_call_for_a_day_gone_by(clock):
    dossier = ApplicationFactory(submitted=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    at(clock, date(2027, 9, 1))
    assert sweep() == {"send-back": 1}
    assert not any(key.startswith("last-call") for key in subjects(dossier))


@pytest.mark.fault("G8")
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_each_reminder_once(clock):
    make_operator()
    dossiers = [ApplicationFactory(awaiting=True) for _ in range(6)]
    at(clock, date(2026, 12, 8))
    moment = timezone.now()
    results = at_once(2, lambda _: deadlines.run(moment)["relance"])
    assert sum(results) == 6
    for dossier in dossiers:
        assert PieceRequest.objects.filter(application=dossier).count() == 1
        assert sum(key.startswith("pieces:") for key in subjects(dossier)) == 1


@pytest.mark.req("M-16")
def test_a_dry_run_shows_the_return_and_sends_nothing(clock):
    dossier = ApplicationFactory(submitted=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    before = subjects(dossier)
    out = StringIO()
    call_command("deadlines", "--at", "2027-01-24", "--dry-run", stdout=out)
    assert f"send-back: retourner un dossier resté incomplet ou impayé — {dossier}" in out.getvalue()
    dossier.refresh_from_db()
    assert (dossier.state, subjects(dossier)) == (State.SUBMITTED, before)


# --- Drafts -----------------------------------------------------------------------------------------------------------


@pytest.mark.req("B-01", "B-03")
def test_a_draft_is_reminded_after_a_week_and_a_week_before_it_goes(clock):
    dossier = ApplicationFactory()
    at(clock, date(2026, 11, 29), 23, 59, 59)
    assert sweep() == {}
    at(clock, date(2026, 11, 30))
    assert sweep() == {"draft-reminder": 1}
    assert sweep() == {}
    mail = Message.objects.about(dossier).get()
    assert mail.to == "claire.morel@morel.example"
    assert "22 janvier 2027" in str(mail.content), "says when it will be deleted"
    assert "/adhesion/reprendre/" in mail.secret
    at(clock, date(2027, 1, 14), 23, 59, 59)
    assert "draft-reminder" not in sweep()
    at(clock, date(2027, 1, 15))
    assert sweep()["draft-reminder"] == 1
    assert "draft-reminder" not in sweep()
    last = Message.objects.about(dossier).exclude(pk=mail.pk).get()
    assert last.to == mail.to
    assert "gardée jusqu’au 22 janvier 2027" in last.subject_line
    assert "supprimés le 23 janvier 2027" in str(last.content)
    at(clock, date(2027, 1, 23))
    assert sweep()["draft-purge"] == 1, "on the day that it said"


@pytest.mark.req("B-03")
def test_who_comes_back_after_the_last_reminder_has_both_again(clock):
    dossier = ApplicationFactory()
    at(clock, date(2027, 1, 15))
    assert sweep()["draft-reminder"] == 1, "so late that there is only the last one to send"
    dossier.refresh_from_db()
    assert dossier.remind_on is None
    dossier.touch()
    dossier.save()
    for day in (date(2027, 1, 22), date(2027, 3, 9)):
        at(clock, day)
        assert sweep()["draft-reminder"] == 1, day
        assert "draft-reminder" not in sweep(), day


@pytest.mark.req("B-03")
def test_a_sweep_told_another_day_reminds_as_on_that_day():
    dossier = ApplicationFactory()
    assert deadlines.run(timezone.now() + timedelta(days=54))["draft-reminder"] == 1
    dossier.refresh_from_db()
    assert dossier.remind_on is None, "the last one, and not again"


@pytest.mark.req("B-03")
def test_a_sweep_that_comes_after_the_end_reminds_of_nothing(clock):
    ApplicationFactory()
    at(clock, date(2027, 1, 23))
    done = sweep()
    assert done["draft-purge"] == 1
    assert not Message.objects.exists()


@pytest.mark.req("B-03")
def test_a_request_opened_again_by_staff_is_reminded_in_words_of_its_own(clock):
    dossier = corrections.reopen(ApplicationFactory(submitted=True), by=CLERK, reason="Un salarié manque.")
    for day in (date(2026, 11, 30), date(2027, 1, 15)):
        at(clock, day)
        assert sweep()["draft-reminder"] == 1
    mails = Message.objects.about(dossier).filter(dedupe_key__startswith="draft-reminder")
    assert mails.count() == 2
    for mail in mails:
        assert "rouverte pour être corrigée" in str(mail.content)
        assert "Vous avez commencé" not in str(mail.content)
        assert dossier.reference in mail.subject_line
        assert mail.to == dossier.representative_email


@pytest.mark.req("B-03")
def test_a_draft_without_an_address_is_not_reminded():
    dossier = ApplicationFactory(contact_email="", representative_email="", remind_on=date(2026, 11, 1))
    sweep()
    assert not Message.objects.about(dossier).exists()


@pytest.mark.req("B-01")
def test_work_on_a_draft_starts_its_clocks_again(clock):
    dossier = ApplicationFactory()
    at(clock, date(2026, 12, 24))
    dossier.touch()
    assert (dossier.remind_on, dossier.purge_on) == (date(2026, 12, 31), date(2027, 2, 22))


@pytest.mark.req("B-01", "M-07")
def test_each_change_of_the_documents_of_a_draft_puts_its_deletion_off(clock, holder):
    """« Chaque modification repousse cette date »: a document sent, moved or removed is one."""
    dossier = ApplicationFactory()
    client = holder(dossier)

    def kept_until(day: date, name: str, *more, **data) -> date:
        at(clock, day, 10)
        page = holder(dossier)  # the way back by mail: a cookie lasts a day
        assert page.post(reverse(f"membership:upload-{name}", args=[dossier.pk, *more]), data).status_code == 302
        dossier.refresh_from_db()
        return dossier.purge_on

    files = [pdf_file("un.pdf", "un"), pdf_file("deux.pdf", "deux")]
    assert kept_until(date(2026, 11, 25), "add", kind="kbis", files=files) == date(2027, 1, 24)
    first = Upload.objects.about(dossier).earliest("position")
    assert kept_until(date(2026, 11, 26), "move", first.pk, to="down") == date(2027, 1, 25)
    assert Upload.objects.about(dossier).latest("position") == first
    assert kept_until(date(2026, 11, 27), "move", first.pk, to="down") == date(2027, 1, 25), "it is the last already"
    assert kept_until(date(2026, 11, 28), "remove", first.pk) == date(2027, 1, 27)
    at(clock, date(2026, 11, 30), 10)
    client.get(reverse("membership:dossier", args=[dossier.pk]))
    dossier.refresh_from_db()
    assert dossier.purge_on == date(2027, 1, 27), "a visit changes nothing"


def test_a_submitted_dossier_is_neither_reminded_nor_purged(clock):
    ApplicationFactory(submitted=True)
    at(clock, date(2028, 1, 1))
    assert not {"draft-reminder", "draft-purge"} & set(sweep())


def rows_naming(*needles: str) -> list[str]:
    """Every row of every table in which one of these texts stands."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        for values in model._base_manager.values_list():
            text = " ".join(map(str, values)).replace("-", "")
            found += [f"{model._meta.label}: {text}" for needle in needles if needle.replace("-", "") in text]
    return found


def stored_files() -> set[str]:
    return {str(Path(folder) / name) for folder, _, names in os.walk(settings.MEDIA_ROOT) for name in names}


@pytest.mark.req("B-03")
@pytest.mark.fault("H7")
@pytest.mark.django_db(transaction=True)
def test_an_abandoned_draft_leaves_nothing_behind_in_any_table_nor_on_disk(clock):
    make_operator()
    kept = ApplicationFactory(contact_email="garde@autre.example", purge_on=date(2027, 6, 1))
    files = stored_files()
    dossier = ApplicationFactory(contact_email="abandon@morel.example", purge_on=date(2027, 1, 22))
    accept(dossier, "kbis", pdf_file("kbis.pdf", "à purger"))
    accept(dossier, "rib", pdf_file("rib.pdf", "à purger aussi"))
    drafts.send_link(dossier)
    PendingRow.objects.create(
        subject_type=dossier._meta.label_lower,
        subject_id=dossier.pk,
        kind="employees",
        line=2,
        values={"nom": "abandon"},
    )
    dossier.typed = {"eligibilite": {"siret": ["abandon"]}}
    dossier.save()
    needles = (str(dossier.pk), str(dossier.establishment_id), dossier.siret, "abandon")
    assert len(rows_naming(*needles)) > 10
    assert len(stored_files() - files) == 2

    at(clock, date(2027, 1, 22), 23, 59, 59)
    assert "draft-purge" not in sweep(), "kept until the 22nd: that day still counts"
    at(clock, date(2027, 1, 23))
    assert sweep()["draft-purge"] == 1
    assert rows_naming(*needles) == []
    assert stored_files() == files
    assert Application.objects.get().pk == kept.pk
    assert sweep() == {}


def test_a_draft_submitted_a_moment_before_its_purge_is_kept():
    dossier = ApplicationFactory()
    stale = Application.objects.get(pk=dossier.pk)
    workflow.submit(dossier, by=CLERK)
    drafts.purge(stale)
    assert Application.objects.get(pk=dossier.pk).state == State.SUBMITTED
    assert Document.objects.about(dossier).count() == 1
    assert not Upload.objects.about(dossier).exists()


def many_waiting(count: int) -> None:
    """Dossiers that wait for their company, and drafts of these days, bare: so many that reading them all is not as
    good as an index."""
    places = Establishment.objects.bulk_create(EstablishmentFactory.build_batch(count))
    begun = Establishment.objects.bulk_create(EstablishmentFactory.build_batch(count))
    Application.objects.bulk_create(ApplicationFactory.build(establishment=place) for place in begun)
    days = {"remind_on": None, "purge_on": None, "answer_by": today() + timedelta(days=60)}
    Application.objects.bulk_create(
        ApplicationFactory.build(
            establishment=place,
            reference=f"W{number:06d}",
            state=State.AWAITING,
            queue=Queue.COMPANY,
            submitted_at=timezone.now(),
            **days,
        )
        for number, place in enumerate(places)
    )


def test_every_deadline_reads_an_index():
    """Each column that a deadline asks about has a partial index of its own, so a sweep does not read all dossiers."""
    indexed = {index.fields[0] for index in Application._meta.indexes if index.name.startswith("dossier_")}
    for column in ("remind_on", "purge_on", "relance_on", "last_call_on", "answer_by"):
        assert column in indexed
    read = {
        "draft-reminder": ("dossier_remind_on", "remind_on"),
        "draft-purge": ("dossier_purge_on", "purge_on"),
        "relance": ("dossier_relance_on", "relance_on"),
        "last-call": ("dossier_(last_call_on|answer_by)", "(last_call_on|answer_by)"),
        "send-back": ("dossier_answer_by", "answer_by"),
        "unpaid-settled": ("dossier_(held|state)", ""),  # those on hold, one by one: few of all
        "dossier-purge": ("dossier_closed", "closed_at"),
        "employee-purge": ("employee_gone", "left_on"),
        "pending-purge": (r"core_pendingrow_created_at_\w+", "created_at"),
        "finding-purge": (r"core_finding_found_at_\w+", "found_at"),
        "link-purge": ("link_expires", "expires_at"),
    }
    every = {deadline.name: deadline for deadline in deadlines.all_deadlines()}
    many_waiting(300)
    Employee.objects.bulk_create(EmployeeFactory.build(establishment=place) for place in Establishment.objects.all())
    for number in range(50):
        Finding.note("Test.Marker", size=1, sha256=f"{number:064x}")
        PendingRow.objects.create(**subject_key(Application.objects.first()), kind="employees", line=number)
        new_link(Application.objects.all()[number])
    with connection.cursor() as cursor:
        for table in (
            *("membership_application", "membership_employee", "core_pendingrow", "core_finding"),
            "core_accesslink",
        ):
            cursor.execute(f"ANALYZE {table}")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # as it does with more rows than these
    for name, (index, column) in read.items():
        plan = deadlines.next_batch(every[name], timezone.now())[: deadlines.BATCH].explain()
        assert re.search(rf"\b{index}\b", plan), f"{name}: {plan}"
        # A range of that index, not a walk through all of it.
        assert not column or re.search(rf"{index} \({column}[<>]|Cond: .*\b{column} [<>]", plan), f"{name}: {plan}"
    assert timedelta(0) < settling.LAST_CALL_BEFORE < timedelta(days=59)
