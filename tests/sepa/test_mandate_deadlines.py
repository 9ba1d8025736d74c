"""What time does to a mandate: 36 months without a debit end it, 30 days without a signature erase it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from billing.models import Mandate
from core import deadlines
from core.dates import add_months
from core.models import OneTimeCode
from documents.models import Document
from notifications.models import Message
from tests.factories_sepa import ask_code, in_file, make_collection, make_draft, make_mandate

pytestmark = pytest.mark.django_db


@pytest.mark.fault("H1")
@pytest.mark.parametrize(
    ("signed", "last_good", "over"),
    [
        ("2024-02-29T12:00:00+01:00", "2027-02-27", "2027-02-28"),
        ("2025-08-31T23:59:59+02:00", "2028-08-30", "2028-08-31"),
        ("2025-12-31T23:59:59+01:00", "2028-12-30", "2028-12-31"),
        ("2023-10-28T22:30:00+00:00", "2026-10-28", "2026-10-29"),  # the 29th already, in Paris
    ],
)
def test_it_lapses_after_36_months_without_a_debit(signed, last_good, over):
    with time_machine.travel(signed, tick=False):
        mandate = make_mandate()
    for day, state in ((last_good, "active"), (over, "lapsed")):
        with time_machine.travel(f"{day}T12:00:00+01:00", tick=False):
            deadlines.run(timezone.now())
            deadlines.run(timezone.now())
        mandate.refresh_from_db()
        assert mandate.state == state
    assert Message.objects.filter(dedupe_key=f"mandate-lapsed:{mandate.pk}").count() == 1


def test_a_debit_starts_the_36_months_again():
    mandate = make_mandate()
    collection = make_collection(mandate)
    in_file(collection)
    mandate.refresh_from_db()
    assert mandate.lapses_on == add_months(collection.collects_on, 36)


def test_a_draft_nobody_signed_is_forgotten_with_its_papers(django_capture_on_commit_callbacks):
    draft = make_draft()
    ask_code(draft)
    name = draft.document.file.name
    later = timezone.now() + timedelta(days=31)
    with time_machine.travel(later, tick=False), django_capture_on_commit_callbacks(execute=True):
        deadlines.run(later)
    assert not Mandate.objects.exists()
    assert not Document.objects.about(draft).exists()
    assert not OneTimeCode.objects.exists()
    assert not default_storage.exists(name)
