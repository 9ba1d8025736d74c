"""Numbers without a hole, whoever asks and whoever gives up."""

from __future__ import annotations

import pytest
from django.db import transaction

from core.models import Sequence
from core.numbering import next_number
from tests.core.threads import at_once


class GivenUp(Exception):
    """The caller's work fails after it took its number."""


@pytest.mark.django_db
def test_series_count_from_one_each_on_its_own():
    with transaction.atomic():
        assert [next_number("proforma-2026") for _ in range(3)] == [1, 2, 3]
        assert next_number("proforma-2027") == 1
        assert next_number("proforma-2026") == 4


@pytest.mark.django_db(transaction=True)
def test_a_number_outside_a_transaction_is_a_programming_error():
    with pytest.raises(RuntimeError):
        next_number("member")
    assert not Sequence.objects.exists()


@pytest.mark.django_db
def test_a_number_that_was_rolled_back_is_given_again():
    with pytest.raises(GivenUp), transaction.atomic():
        assert next_number("member") == 1
        raise GivenUp
    with transaction.atomic():
        assert next_number("member") == 1


@pytest.mark.fault("G16")
@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_get_each_number_once_and_leave_no_hole():
    """Half of the transactions are rolled back: their numbers go to others. The series does not exist before."""

    def take_five(writer: int) -> list[int]:
        kept = []
        for turn in range(5):
            try:
                with transaction.atomic():
                    number = next_number("proforma-2026")
                    if (writer + turn) % 2:
                        raise GivenUp
            except GivenUp:
                continue
            kept.append(number)
        return kept

    results = at_once(8, take_five)
    numbers = sorted(number for result in results for number in result)
    assert numbers == list(range(1, 21))
    assert Sequence.objects.get(pk="proforma-2026").last == 20
