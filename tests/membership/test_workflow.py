"""The business process, verb by verb: from the request to the member number, or back to the company."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from core.journal import timeline
from core.models import AccessLink
from core.money import euros
from core.transitions import AlreadyDone, Refused
from documents.models import Document, Upload
from documents.uploads import UploadRefused
from membership import drafts, payments, pieces, workflow
from membership.models import Application, Doctor, Member, Payment, Proforma, TariffYear
from membership.states import Queue, State
from notifications.models import Message
from notifications.tasks import drain
from tests.factories import (
    CLERK,
    COMPANY,
    ApplicationFactory,
    EmployeeFactory,
    EstablishmentFactory,
    MemberFactory,
    UnpaidInvoiceFactory,
    UserFactory,
    add_pieces,
    make_siret,
    pay,
    pdf_file,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]


def mails(dossier: Application) -> list[Message]:
    return list(Message.objects.about(dossier).order_by("created_at", "pk"))


def last_mail(dossier: Application) -> Message:
    return mails(dossier)[-1]


def attached(message: Message) -> list[str]:
    return [document.kind for document in message.documents()]


def said(dossier: Application) -> list[str]:
    return [entry.message for entry in timeline(dossier)]


def state_of(dossier: Application, kind: str) -> pieces.Piece:
    return next(piece for piece in pieces.pieces(dossier) if piece.kind == kind)


# --- The request ------------------------------------------------------------------------------------------------------


@pytest.mark.req("M-08", "M-09", "D-01")
def test_validating_gives_a_reference_and_mails_the_bordereau_alone(clock):
    dossier = workflow.submit(ApplicationFactory(representative_email="claire@morel.example"), by=COMPANY)
    assert dossier.state == State.SUBMITTED
    assert dossier.reference == "PA-2026-000001"
    assert dossier.submitted_at is not None
    mail = last_mail(dossier)
    assert mail.to == "claire@morel.example"
    assert attached(mail) == ["bordereau"]
    assert not Proforma.objects.exists()
    assert said(dossier) == ["Demande de pré-adhésion validée."]


@pytest.mark.req("M-09")
def test_mails_leave_from_the_operators_address(mailoutbox):
    drafts.send_link(ApplicationFactory())
    drain()
    assert mailoutbox[0].from_email == settings.DEFAULT_FROM_EMAIL
    assert "noreply@" in mailoutbox[0].from_email


@pytest.mark.req("M-10")
def test_a_request_waits_to_be_checked_by_staff_within_two_working_days(clock):
    dossier = ApplicationFactory(submitted=True)
    assert dossier.queue == Queue.CHECK
    assert dossier.due_on == date(2026, 11, 25)
    assert dossier.waiting_since is not None


@pytest.mark.fault("G1")
def test_submitting_twice_makes_one_dossier_one_bordereau_one_mail():
    dossier = ApplicationFactory()
    workflow.submit(dossier, by=COMPANY)
    with pytest.raises(AlreadyDone):
        workflow.submit(dossier, by=COMPANY)
    assert Document.objects.about(dossier).count() == 1
    assert len(mails(dossier)) == 1
    assert Application.objects.get(pk=dossier.pk).reference.endswith("000001")


# --- The check --------------------------------------------------------------------------------------------------------


@pytest.mark.req("M-12", "M-13", "D-01")
def test_once_checked_the_proforma_and_the_bordereau_go_out_together(clock):
    dossier = ApplicationFactory(submitted=True, employees=3)  # one SI, one SIA, one SIR
    dossier = workflow.send_proforma(dossier, by=CLERK)
    proforma = dossier.proforma
    assert dossier.state == State.AWAITING
    assert proforma.number == "PF-2026-000001"
    assert (proforma.net, proforma.vat, proforma.total) == (Decimal("405.00"), Decimal("81.00"), Decimal("486.00"))
    mail = last_mail(dossier)
    assert mail.to == dossier.representative_email
    assert attached(mail) == ["proforma", "bordereau"]
    assert len(mails(dossier)) == 2
    assert dossier.queue == Queue.COMPANY


@pytest.mark.req("M-12")
def test_a_former_member_without_debt_gets_his_proforma():
    dossier = ApplicationFactory(submitted=True)
    paid = UnpaidInvoiceFactory(
        member__establishment__siret=make_siret(7), paid_on=date(2023, 1, 1), member__siret=f"{dossier.siret[:9]}00017"
    )
    assert paid.member.siret[:9] == dossier.siret[:9]
    assert workflow.send_proforma(dossier, by=CLERK).state == State.AWAITING


@pytest.mark.req("M-10", "M-11")
def test_unpaid_invoices_of_any_establishment_of_the_company_bar_the_proforma(clock):
    dossier = ApplicationFactory(submitted=True)
    invoice = UnpaidInvoiceFactory(member__siret=f"{dossier.siret[:9]}00099", number="F2022-0001")
    with pytest.raises(Refused, match="impayée"):
        workflow.send_proforma(dossier, by=CLERK)
    assert not Proforma.objects.exists()
    assert len(mails(dossier)) == 1, "only the bordereau went out"

    dossier = workflow.hold_for_unpaid(dossier, by=CLERK)
    assert (dossier.state, dossier.queue) == (State.UNPAID, Queue.COMPANY)
    assert dossier.due_on == date(2027, 1, 23)
    assert attached(last_mail(dossier)) == []
    assert "F2022-0001" in str(last_mail(dossier).content)
    with pytest.raises(Refused, match="impayée"):
        workflow.send_proforma(dossier, by=CLERK)

    invoice.paid_on = date(2026, 11, 30)
    invoice.save()
    assert workflow.send_proforma(dossier, by=CLERK).state == State.AWAITING


@pytest.mark.req("M-10")
def test_somebody_elses_unpaid_invoices_are_no_reason_to_hold():
    dossier = ApplicationFactory(submitted=True)
    UnpaidInvoiceFactory(member__siret=make_siret(900_000))
    with pytest.raises(Refused, match="Aucune facture impayée"):
        workflow.hold_for_unpaid(dossier, by=CLERK)
    assert workflow.send_proforma(dossier, by=CLERK).state == State.AWAITING


@pytest.mark.req("M-12")
def test_without_this_years_tariff_nothing_goes_out_and_no_number_is_lost():
    dossier = ApplicationFactory(submitted=True)
    year = TariffYear.objects.get()
    TariffYear.objects.update(year=1999)
    with pytest.raises(Refused, match="tarif"):
        workflow.send_proforma(dossier, by=CLERK)
    assert Application.objects.get(pk=dossier.pk).state == State.SUBMITTED
    TariffYear.objects.filter(pk=year.pk).update(year=year.year)
    assert workflow.send_proforma(dossier, by=CLERK).proforma.number.endswith("-000001")


@pytest.mark.fault("G15")
def test_a_tariff_that_changes_later_does_not_change_the_proforma():
    dossier = ApplicationFactory(awaiting=True)
    before = Proforma.objects.filter(application=dossier).values().get()
    TariffYear.objects.get().tariffs.update(amount=Decimal("999.00"))
    assert Proforma.objects.filter(application=dossier).values().get() == before


# --- Missing pieces ---------------------------------------------------------------------------------------------------


@pytest.mark.req("M-15")
@pytest.mark.fault("H1")
@pytest.mark.parametrize(
    ("day", "last_day"),
    [
        ("2026-11-23", date(2027, 1, 23)),
        ("2026-12-31", date(2027, 2, 28)),
        ("2027-12-31", date(2028, 2, 29)),
        ("2026-12-31T23:59:59+01:00", date(2027, 2, 28)),
        ("2027-01-01T00:00:00+01:00", date(2027, 3, 1)),
    ],
)
def test_the_relance_names_the_pieces_and_gives_two_calendar_months(clock, day, last_day):
    dossier = ApplicationFactory(submitted=True)
    clock.move_to(f"{day}T12:00:00+01:00" if len(day) == 10 else day)
    request = workflow.ask_for_missing(dossier, by=CLERK, kinds=["rib", "kbis"], message="Kbis illisible.")
    dossier.refresh_from_db()
    assert request.pieces == ["kbis", "rib"]
    assert request.answer_by == dossier.answer_by == last_day
    assert dossier.last_call_on == last_day - timedelta(days=14)
    assert (dossier.queue, dossier.due_on) == (Queue.COMPANY, last_day)
    content = str(last_mail(dossier).content)
    assert "Kbis illisible." in content
    assert "RIB" in content


@pytest.mark.req("M-15")
@pytest.mark.parametrize("kinds", [[], ["inconnu"]])
def test_a_relance_for_nothing_is_refused(kinds):
    dossier = ApplicationFactory(submitted=True)
    with pytest.raises(Refused, match="au moins une pièce"):
        workflow.ask_for_missing(dossier, by=CLERK, kinds=kinds)


@pytest.mark.req("M-15")
@pytest.mark.parametrize("trait", ["unpaid", "accepted", "returned", "withdrawn"])
def test_pieces_are_asked_for_only_while_they_are_awaited(trait):
    dossier = ApplicationFactory(**{trait: True})
    with pytest.raises(Refused):
        workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])


@pytest.mark.req("M-14", "M-15")
def test_the_last_missing_piece_stops_the_clocks_and_wakes_staff(clock):
    dossier = ApplicationFactory(submitted=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis", "rib", "bordereau"])
    add_pieces(dossier, "kbis", "rib")
    dossier.refresh_from_db()
    assert dossier.answer_by is not None, "the bordereau is still missing"
    assert dossier.queue == Queue.CHECK, "what came is to be looked at meanwhile"
    add_pieces(dossier, "bordereau")
    dossier.refresh_from_db()
    assert (dossier.answer_by, dossier.last_call_on, dossier.relance_on) == (None, None, None)


@pytest.mark.req("M-14")
def test_the_signed_bordereau_and_the_payment_reach_the_dossier():
    dossier = ApplicationFactory(awaiting=True)
    upload = workflow.add_piece(dossier, "bordereau", pdf_file("signe.pdf"), by=COMPANY)
    assert upload.kind == "bordereau"
    assert "Document envoyé : Bordereau de pré-adhésion signé." in said(dossier)
    payment = pay(dossier)
    assert payment.application == dossier
    assert [(piece.kind, piece.status) for piece in pieces.pieces(dossier)] == [
        ("kbis", "absent"),
        ("rib", "absent"),
        ("bordereau", "pending"),
        ("payment", "accepted"),
    ]


@pytest.mark.parametrize("trait", ["accepted", "returned", "withdrawn"])
def test_a_closed_dossier_takes_no_more_documents_and_keeps_no_file(trait):
    dossier = ApplicationFactory(**{trait: True})
    before = Upload.objects.count()
    with pytest.raises(Refused, match="plus de document"):
        workflow.add_piece(dossier, "rib", pdf_file("rib2.pdf", "autre"), by=COMPANY)
    assert Upload.objects.count() == before


@pytest.mark.req("M-15", "B-04")
def test_what_was_accepted_is_not_asked_for_again_unless_it_is_refused_first():
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "kbis", accepted=True)
    pay(dossier)
    count = len(mails(dossier))
    for kind in ("kbis", "payment"):
        with pytest.raises(Refused, match="Déjà reçu et vérifié"):
            workflow.ask_for_missing(dossier, by=CLERK, kinds=["rib", kind])
    assert len(mails(dossier)) == count
    kbis = Upload.objects.about(dossier).get()
    workflow.review_piece(dossier, kbis, accepted=False, by=CLERK, reason="Périmé depuis.")
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["rib", "kbis"])
    assert "Refusé : Périmé depuis." in str(last_mail(dossier).content)


@pytest.mark.parametrize("verb", [workflow.send_back, workflow.withdraw])
def test_nothing_is_taken_out_of_a_closed_dossier(verb):
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "kbis")
    kbis, before = Upload.objects.about(dossier).get(), said(dossier)
    verb(dossier, by=CLERK)
    with pytest.raises(Refused, match="clos"):
        workflow.remove_piece(dossier, kbis, by=COMPANY)
    assert list(Upload.objects.about(dossier)) == [kbis]
    assert len(said(dossier)) == len(before) + 1


def test_a_dossier_closed_while_a_document_is_on_its_way_takes_nothing_of_it():
    """The page was read, and the file sent, while the dossier was still open."""
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "kbis")
    stale = Application.objects.get(pk=dossier.pk)
    workflow.send_back(dossier, by=CLERK)
    before = said(dossier)
    for kind, text in (("rib", "un RIB"), ("kbis", f"kbis {dossier.pk}")):
        with pytest.raises(Refused, match="plus de document"):
            workflow.add_piece(stale, kind, pdf_file(f"{kind}.pdf", text), by=COMPANY)
    assert [upload.kind for upload in Upload.objects.about(dossier)] == ["kbis"], "sent before, it stays"
    assert said(dossier) == before


# --- Documents one by one ---------------------------------------------------------------------------------------------


@pytest.mark.req("B-04")
def test_a_refused_document_says_why_and_can_be_sent_again(clock):
    dossier = ApplicationFactory(awaiting=True)
    scan = pdf_file("kbis.pdf").read()
    kbis = workflow.add_piece(dossier, "kbis", SimpleUploadedFile("kbis.pdf", scan), by=COMPANY)
    dossier = workflow.review_piece(dossier, kbis, accepted=False, by=CLERK, reason=" De plus de trois mois. ")
    piece = pieces.pieces(dossier)[0]
    assert (piece.status, piece.note, piece.company_must_act) == ("refused", "De plus de trois mois.", True)
    assert timeline(dossier).last().reason == "De plus de trois mois."
    with pytest.raises(UploadRefused, match="De plus de trois mois"):
        workflow.add_piece(dossier, "kbis", SimpleUploadedFile("kbis.pdf", scan), by=COMPANY)  # the very same file
    workflow.add_piece(dossier, "kbis", pdf_file("kbis.pdf", "un nouveau Kbis"), by=COMPANY)
    assert pieces.pieces(dossier)[0].status == "pending"


@pytest.mark.req("M-15", "B-04")
@pytest.mark.parametrize("kind", ["kbis", "other"])
def test_a_piece_asked_for_again_is_to_be_sent_again(kind, clock):
    """What waited when the relance left no longer counts as received; what was accepted does, but for « other »."""
    dossier = ApplicationFactory(awaiting=True)
    first = workflow.add_piece(dossier, kind, pdf_file("un.pdf", "un"), by=COMPANY)
    clock.shift(60)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=[kind])
    assert state_of(dossier, kind).company_must_act
    clock.shift(60)
    second = workflow.add_piece(dossier, kind, pdf_file("deux.pdf", "deux"), by=COMPANY)
    assert state_of(dossier, kind).status == "pending"
    workflow.review_piece(dossier, second, accepted=False, by=CLERK, reason="Illisible.")
    clock.shift(60)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=[kind])
    piece = state_of(dossier, kind)
    assert (piece.status, piece.note) == ("refused", "Illisible.")
    assert "Refusé : Illisible." in str(last_mail(dossier).content)
    workflow.review_piece(dossier, first, accepted=True, by=CLERK)
    assert state_of(dossier, kind).status == ("refused" if kind == "other" else "accepted")


@pytest.mark.req("B-04")
@pytest.mark.parametrize("reason", ["", "   "])
def test_a_document_is_not_refused_without_a_reason(reason):
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "kbis")
    kbis = Upload.objects.about(dossier).get()
    with pytest.raises(Refused, match="pourquoi"):
        workflow.review_piece(dossier, kbis, accepted=False, by=CLERK, reason=reason)
    kbis.refresh_from_db()
    assert kbis.review == "pending"


@pytest.mark.req("B-04")
def test_what_staff_checked_stays_what_they_did_not_may_be_taken_back():
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "kbis", "rib")
    kbis, rib = Upload.objects.about(dossier).order_by("kind")
    workflow.review_piece(dossier, kbis, accepted=True, by=CLERK)
    with pytest.raises(Refused, match="déjà été vérifié"):
        workflow.remove_piece(dossier, kbis, by=COMPANY)
    workflow.remove_piece(dossier, rib, by=COMPANY)
    assert list(Upload.objects.about(dossier)) == [kbis]


def test_documents_of_a_closed_dossier_are_not_reviewed():
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "kbis")
    workflow.withdraw(dossier, by=COMPANY)
    with pytest.raises(Refused, match="clos"):
        workflow.review_piece(dossier, Upload.objects.about(dossier).get(), accepted=True, by=CLERK)


# --- Money ------------------------------------------------------------------------------------------------------------


@pytest.mark.req("M-18", "M-24")
def test_a_payment_is_held_until_the_dossier_is_complete_then_cashed():
    dossier = ApplicationFactory(awaiting=True)
    payment = pay(dossier)
    assert payment.state == Payment.State.HELD
    assert f"Règlement de {euros(payment.amount)} reçu. Il sera encaissé une fois le dossier complet." in said(dossier)
    add_pieces(dossier, accepted=True)
    payment.refresh_from_db()
    assert payment.state == Payment.State.HELD, "complete is not yet accepted"
    workflow.accept(dossier, by=CLERK)
    payment.refresh_from_db()
    assert payment.state == Payment.State.CASHED


@pytest.mark.req("M-24")
def test_a_payment_in_two_parts_is_complete_when_nothing_is_due():
    dossier = ApplicationFactory(awaiting=True)
    total = dossier.proforma.total
    add_pieces(dossier, accepted=True)
    pay(dossier, Decimal("0.01"), mode=Payment.Mode.CHEQUE)
    assert not pieces.is_complete(dossier)
    assert "Reste à régler" in pieces.missing(dossier)[0].note
    pay(dossier, total - Decimal("0.01"))
    assert pieces.is_complete(dossier)


@pytest.mark.req("M-18")
@pytest.mark.parametrize("trait", ["submitted", "unpaid", "accepted"])
def test_no_payment_is_recorded_before_the_proforma_or_after_the_acceptance(trait):
    dossier = ApplicationFactory(**{trait: True})
    count = Payment.objects.count()
    payment = Payment(mode=Payment.Mode.TRANSFER, amount=Decimal(10), received_on=date(2026, 11, 23))
    with pytest.raises(Refused):
        payments.record_payment(dossier, payment, by=CLERK)
    assert Payment.objects.count() == count


@pytest.mark.req("M-16", "M-19")
def test_a_returned_dossier_gives_its_payment_back_once():
    dossier = ApplicationFactory(awaiting=True)
    payment = pay(dossier)
    dossier = workflow.send_back(dossier, by=CLERK, reason="Pièces jamais reçues.")
    payment.refresh_from_db()
    assert (dossier.state, dossier.queue) == (State.RETURNED, Queue.REFUND)
    assert payment.state == Payment.State.TO_REFUND
    assert "Votre règlement" in str(last_mail(dossier).content)

    payments.refund(payment, by=CLERK)
    payment.refresh_from_db()
    dossier.refresh_from_db()
    assert (payment.state, dossier.queue) == (Payment.State.REFUNDED, Queue.NONE)
    count = len(mails(dossier))
    with pytest.raises(Refused, match="déjà été"):
        payments.refund(payment, by=CLERK)
    assert len(mails(dossier)) == count


@pytest.mark.req("M-19")
def test_money_that_is_held_or_cashed_is_not_refunded():
    dossier = ApplicationFactory(awaiting=True)
    payment = pay(dossier)
    with pytest.raises(Refused):
        payments.refund(payment, by=CLERK)
    add_pieces(dossier, accepted=True)
    workflow.accept(dossier, by=CLERK)
    with pytest.raises(Refused):
        payments.refund(payment, by=CLERK)


@pytest.mark.req("M-19")
def test_without_a_payment_nothing_is_to_refund():
    dossier = workflow.send_back(ApplicationFactory(awaiting=True), by=CLERK)
    assert dossier.queue == Queue.NONE
    assert "Votre règlement" not in str(last_mail(dossier).content)


# --- The end ----------------------------------------------------------------------------------------------------------


@pytest.mark.req("M-17")
@pytest.mark.parametrize("lacking", ["kbis", "rib", "bordereau", "payment", "review"])
def test_no_member_number_until_everything_is_there_and_checked(lacking):
    dossier = ApplicationFactory(awaiting=True)
    for kind in {"kbis", "rib", "bordereau"} - {lacking}:
        add_pieces(dossier, kind, accepted=lacking != "review")
    if lacking != "payment":
        pay(dossier)
    with pytest.raises(Refused, match="pas complet"):
        workflow.accept(dossier, by=CLERK)
    assert not Member.objects.filter(left_on=None).exists()
    assert Application.objects.get(pk=dossier.pk).state == State.AWAITING


@pytest.mark.req("M-17")
@pytest.mark.parametrize("trait", ["submitted", "unpaid", "returned", "withdrawn"])
def test_no_member_number_from_any_other_state(trait):
    dossier = ApplicationFactory(**{trait: True})
    with pytest.raises(Refused):
        workflow.accept(dossier, by=CLERK)
    assert not Member.objects.filter(establishment=dossier.establishment).exists()


@pytest.mark.req("M-17")
def test_a_number_taken_by_hand_is_passed_over_and_blocks_nobody():
    """Entered before the form refused such numbers: 1 and 2 are somebody's, so none is missing."""
    MemberFactory(number="A000001")
    MemberFactory(number="a000002")
    assert workflow.accept(ApplicationFactory(complete=True), by=CLERK).number == "A000003"
    assert workflow.accept(ApplicationFactory(complete=True), by=CLERK).number == "A000004"


@pytest.mark.req("M-20", "M-25", "M-26")
def test_accepting_gives_number_team_receipt_and_the_way_in(operator, clock):
    dossier = ApplicationFactory(complete=True)
    assert dossier.queue == Queue.READY
    member = workflow.accept(dossier, by=CLERK)
    dossier.refresh_from_db()
    assert (dossier.state, dossier.queue) == (State.ACCEPTED, Queue.NONE)
    assert dossier.closed_at is not None
    assert member.number == "A000001"
    assert member.joined_on == date(2026, 11, 23)
    assert member.centre == operator.centres[0]
    assert member.doctor in operator.doctors[:2]
    mail = last_mail(dossier)
    assert attached(mail) == ["recepisse", "facture"]
    content = str(mail.content)
    for shown in (
        "maintenant adhérent",
        f"votre facture acquittée {dossier.invoice.number}",
        member.number,
        member.centre.name,
        member.doctor.name,
        member.doctor.secretary.email,
        dossier.representative_email,
    ):
        assert shown in content
    assert "/compte/activer/" in mail.secret
    assert "/compte/activer/" not in content, "the private link is not in the readable part"
    user = member.accesses.get().user
    assert user.email == dossier.representative_email
    assert not user.has_usable_password()
    assert said(dossier)[-1] == "Dossier complet et accepté : vous êtes maintenant adhérent."


@pytest.mark.req("M-20")
def test_somebody_with_an_account_keeps_it_and_his_password():
    user = UserFactory(email="claire.morel@morel.example")
    member = workflow.accept(ApplicationFactory(complete=True), by=CLERK)
    assert [access.user for access in member.accesses.all()] == [user]
    assert not AccessLink.objects.filter(purpose="activation").exists()


@pytest.mark.req("M-17")
def test_member_numbers_have_no_hole_although_acceptances_fail():
    first = ApplicationFactory(complete=True)
    second = ApplicationFactory(complete=True)
    third = ApplicationFactory(complete=True)
    assert workflow.accept(first, by=CLERK).number == "A000001"
    Doctor.objects.update(active=False)
    with pytest.raises(Refused, match="médecin"):
        workflow.accept(second, by=CLERK)
    assert Application.objects.get(pk=second.pk).state == State.AWAITING
    Doctor.objects.update(active=True)
    assert workflow.accept(third, by=CLERK).number == "A000002"
    assert workflow.accept(second, by=CLERK).number == "A000003"


@pytest.mark.req("M-24")
def test_the_doctor_with_most_room_at_the_communes_centre_is_chosen(operator):
    leroy, petit, caron = operator.doctors
    busy = MemberFactory(left_on=None, doctor=leroy, centre=leroy.centre)
    EmployeeFactory.create_batch(3, establishment=busy.establishment)
    gone = MemberFactory(doctor=petit, centre=petit.centre)  # left: counts for nothing
    EmployeeFactory.create_batch(9, establishment=gone.establishment)
    assert workflow.accept(ApplicationFactory(complete=True), by=CLERK).doctor == petit

    evry = EstablishmentFactory(commune_code="91228", commune_name="Évry-Courcouronnes", postcode="91000")
    assert workflow.accept(ApplicationFactory(establishment=evry, complete=True), by=CLERK).doctor == caron


@pytest.mark.req("M-24")
def test_load_is_relative_to_what_each_doctor_can_follow(operator):
    leroy, petit, _ = operator.doctors
    Doctor.objects.filter(pk=petit.pk).update(capacity=2)
    for doctor, followed in ((leroy, 100), (petit, 1)):
        member = MemberFactory(left_on=None, doctor=doctor, centre=doctor.centre)
        EmployeeFactory.create_batch(followed, establishment=member.establishment)
    assert workflow.accept(ApplicationFactory(complete=True), by=CLERK).doctor == leroy


@pytest.mark.parametrize("verb", [workflow.send_back, workflow.withdraw])
@pytest.mark.parametrize("trait", ["submitted", "unpaid", "awaiting"])
def test_an_open_dossier_may_be_returned_or_withdrawn_and_its_clocks_stop(verb, trait):
    dossier = ApplicationFactory(**{trait: True})
    if trait == "awaiting":
        workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    dossier = verb(dossier, by=CLERK, reason="Motif dit à l’entreprise.")
    assert dossier.state in (State.RETURNED, State.WITHDRAWN)
    clocks = (dossier.answer_by, dossier.last_call_on, dossier.relance_on, dossier.remind_on, dossier.purge_on)
    assert clocks == (None,) * 5
    assert dossier.queue == Queue.NONE
    assert "Motif dit à l’entreprise." in str(last_mail(dossier).content)
    with pytest.raises(AlreadyDone):
        verb(dossier, by=CLERK)


@pytest.mark.parametrize("verb", [workflow.send_back, workflow.withdraw, workflow.send_proforma, workflow.accept])
def test_a_draft_is_not_yet_anything_to_decide_on(verb):
    dossier = ApplicationFactory()
    with pytest.raises(Refused, match="pas possible à ce stade"):
        verb(dossier, by=CLERK)
    dossier.refresh_from_db()
    assert (dossier.state, dossier.closed_at, mails(dossier)) == (State.DRAFT, None, [])


@pytest.mark.req("M-16")
def test_a_returned_company_may_ask_again():
    first = ApplicationFactory(returned=True)
    again = ApplicationFactory(establishment=EstablishmentFactory(siret=first.siret))
    assert workflow.submit(again, by=COMPANY).state == State.SUBMITTED


# --- Between members of staff -----------------------------------------------------------------------------------------


@pytest.mark.req("B-02", "B-21")
def test_assignment_and_notes_are_for_staff_only():
    dossier = ApplicationFactory(submitted=True)
    nadia = UserFactory(manager=True)
    dossier = workflow.assign(dossier, to=nadia, by=CLERK)
    dossier = workflow.add_note(dossier, by=CLERK, text="Rappeler lundi.")
    assert dossier.assigned_to == nadia
    assert said(dossier) == ["Demande de pré-adhésion validée."]
    assert [entry.reason for entry in timeline(dossier, staff=True)][-1] == "Rappeler lundi."
    dossier = workflow.assign(dossier, to=None, by=CLERK)
    assert dossier.assigned_to is None


@pytest.mark.fault("G3")
@pytest.mark.parametrize(
    "verb",
    [
        lambda dossier, seen: workflow.send_proforma(dossier, by=CLERK, seen=seen),
        lambda dossier, seen: workflow.hold_for_unpaid(dossier, by=CLERK, seen=seen),
        lambda dossier, seen: workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"], seen=seen),
        lambda dossier, seen: workflow.send_back(dossier, by=CLERK, seen=seen),
        lambda dossier, seen: workflow.withdraw(dossier, by=CLERK, seen=seen),
        lambda dossier, seen: workflow.assign(dossier, to=None, by=CLERK, seen=seen),
        lambda dossier, seen: workflow.add_note(dossier, by=CLERK, text="x", seen=seen),
        lambda dossier, seen: workflow.accept(dossier, by=CLERK, seen=seen),
    ],
)
def test_who_acts_on_a_page_that_is_out_of_date_is_told_what_happened(verb, clock):
    dossier = ApplicationFactory(submitted=True)
    seen = dossier.version
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["rib"], message="")
    stored = Application.objects.filter(pk=dossier.pk).values().get()
    with pytest.raises(AlreadyDone) as told:
        verb(dossier, seen)
    assert "Nadia Benali" in str(told.value)
    assert "23 novembre 2026 à 10\u00a0h\u00a000" in str(told.value)
    assert "Pièces demandées" in str(told.value)
    assert Application.objects.filter(pk=dossier.pk).values().get() == stored
