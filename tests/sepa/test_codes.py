"""One-time codes: few tries, ten minutes, one session, one document, one use."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from core import codes
from core.codes import Asker, WrongCode
from core.models import OneTimeCode
from core.transitions import AlreadyDone, Refused
from tests.core.threads import at_once
from tests.factories import MemberFactory

ASKER = Asker("session-1", "account-1", "198.51.100.7", "Firefox")
PRINT = "a" * 64


def send(subject, *, asker=ASKER, fingerprint=PRINT, to="claire@morel.example", channel="mail"):
    with transaction.atomic():
        return codes.prepare(subject, purpose="test", fingerprint=fingerprint, asker=asker, channel=channel, to=to)


def use(row, digits, *, asker=ASKER, fingerprint=PRINT):
    codes.check(row, digits, fingerprint=fingerprint, asker=asker)
    with transaction.atomic():
        codes.spend(row)


def other(digits: str) -> str:
    return f"{(int(digits) + 1) % 10**6:06d}"


@pytest.fixture
def subject(db):
    return MemberFactory()


def test_the_right_code_is_used_once_and_its_digits_are_nowhere(subject):
    row, digits = send(subject)
    assert len(digits) == 6
    assert digits not in str(OneTimeCode.objects.values_list().get())
    use(row, digits)
    with pytest.raises(AlreadyDone):
        use(row, digits)


@pytest.mark.fault("B4")
def test_five_wrong_codes_void_it_and_the_right_one_comes_too_late(subject):
    row, digits = send(subject)
    for left in ("4 essais", "3 essais", "2 essais", "un essai"):
        with pytest.raises(WrongCode, match=left):
            use(row, other(digits))
    with pytest.raises(WrongCode, match="annulé après cinq essais"):
        use(row, other(digits))
    with pytest.raises(Refused, match="annulé"):
        use(row, digits)


@pytest.mark.fault("B4")
def test_sending_again_gives_no_try_back_and_ends_the_older_digits(subject):
    row, old = send(subject)
    for _ in range(3):
        with pytest.raises(WrongCode):
            use(row, other(old))
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        again, new = send(subject)
        assert (again.pk, again.tries, again.sendings) == (row.pk, 3, 2)
        if old != new:
            with pytest.raises(WrongCode, match="un essai"):
                use(again, old)
        use(again, new)


@pytest.mark.fault("B5")
@pytest.mark.django_db(transaction=True)
def test_of_five_submissions_of_one_code_at_once_one_succeeds():
    row, digits = send(MemberFactory())
    results = at_once(5, lambda _: use(OneTimeCode.objects.get(pk=row.pk), digits))
    assert [type(result) for result in results].count(type(None)) == 1
    assert sum(isinstance(result, Refused) for result in results) == 4


@pytest.mark.fault("B6")
def test_it_serves_until_ten_minutes_and_not_a_second_more(subject):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        row, digits = send(subject)
    with time_machine.travel(start + timedelta(minutes=10, seconds=1), tick=False), pytest.raises(Refused, match="dix"):
        use(row, digits)
    with time_machine.travel(start + timedelta(minutes=10, seconds=-1), tick=False):
        use(row, digits)


@pytest.mark.fault("B7")
def test_a_code_of_one_session_is_refused_in_another(subject):
    row, digits = send(subject)
    thief = Asker("session-2", "account-1", "203.0.113.9", "curl")
    with pytest.raises(Refused, match="autre connexion"):
        use(row, digits, asker=thief)
    use(row, digits)


def test_a_code_for_one_document_does_not_sign_another(subject):
    row, digits = send(subject)
    with pytest.raises(Refused, match="a changé"):
        use(row, digits, fingerprint="b" * 64)


@pytest.mark.fault("B11")
def test_sending_again_waits_a_minute_and_ends_after_six(subject):
    moment = timezone.now()
    with time_machine.travel(moment, tick=False):
        send(subject)
        with pytest.raises(Refused, match="60 secondes"):
            send(subject)
    for turn in range(1, codes.MAX_SENDINGS):
        with time_machine.travel(moment + timedelta(minutes=2 * turn), tick=False):
            send(subject)
    with time_machine.travel(moment + timedelta(minutes=30), tick=False), pytest.raises(Refused, match="Trop de codes"):
        send(subject)


@pytest.mark.fault("B11")
@pytest.mark.parametrize("same", ["to", "account", "address"])
def test_nobody_floods_one_address_from_one_account_or_one_place(same, db):
    sent = 0
    with pytest.raises(Refused, match="Trop de codes"):
        for turn in range(100):
            asker = Asker(
                "session",
                "one" if same == "account" else f"account-{turn}",
                "198.51.100.7" if same == "address" else f"198.51.101.{turn}",
                "Firefox",
            )
            send(MemberFactory(), asker=asker, to="+33612345678" if same == "to" else f"p{turn}@morel.example")
            sent += 1
    assert sent == (codes.HOURLY_FROM_ONE_PLACE if same == "address" else codes.HOURLY)


def test_tries_wasted_from_elsewhere_do_not_lock_the_signer_out(subject):
    row, digits = send(subject)
    thief = Asker("session-2", "account-1", "203.0.113.9", "curl")
    for _ in range(codes.MAX_TRIES):
        with pytest.raises(Refused):
            use(row, digits, asker=thief)
    again, digits = send(subject)
    assert again.pk != row.pk
    use(again, digits)


@pytest.mark.parametrize(
    ("to", "masked"), [("claire.morel@morel.example", "c•••@morel.example"), ("+33612345678", "•• •• •• •• 78")]
)
def test_where_it_went_is_kept_masked(to, masked):
    assert codes.mask(to) == masked
