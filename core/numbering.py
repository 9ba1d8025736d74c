"""Gapless numbers: quotes, invoices, members. The law wants no hole, so a database sequence will not do."""

from __future__ import annotations

from django.db import IntegrityError, connection, transaction

from core.models import Sequence


def next_number(series: str) -> int:
    """The next number of `series` (1, 2, 3…), given for good if and only if the caller's transaction commits.

    The row stays locked until then, so two callers wait for each other and no number is skipped or given twice.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("next_number() must be called in the transaction that uses the number")
    row = Sequence.objects.select_for_update().filter(pk=series).first()
    if row is None:
        try:
            with transaction.atomic():
                Sequence.objects.create(pk=series)
        except IntegrityError:
            pass  # somebody else began the series a moment ago
        row = Sequence.objects.select_for_update().get(pk=series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
