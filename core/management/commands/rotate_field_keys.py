from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction
from django.db.models.functions import Cast

from core.crypto import is_current
from core.fields import EncryptedTextField

BATCH = 500


def encrypted_fields() -> Iterator[tuple[type[models.Model], list[EncryptedTextField]]]:
    """Every table that has encrypted columns."""
    for model in apps.get_models():
        fields = [field for field in model._meta.local_concrete_fields if isinstance(field, EncryptedTextField)]
        if fields and not model._meta.proxy:
            yield model, fields


def rotate(model: type[models.Model], fields: list[EncryptedTextField]) -> int:
    """Put every value of these columns under the newest key, batch by batch; returns how many rows it wrote.

    Rows are locked while they are read and written again, so that a change made meanwhile is not undone. Stopped half
    way, it is simply run again: what is already under the newest key is left alone.
    """
    names = [field.name for field in fields]
    # The stored text itself: a cast takes the column past `from_db_value`.
    raw = {f"raw_{name}": Cast(models.F(name), models.TextField()) for name in names}
    last, written = None, 0
    while True:
        with transaction.atomic():
            rows = model._base_manager.order_by("pk").annotate(**raw).only("pk", *names)
            if last is not None:
                rows = rows.filter(pk__gt=last)
            batch = list(rows.select_for_update()[:BATCH])
            old = [row for row in batch if any(_is_old(getattr(row, name)) for name in raw)]
            if old:
                model._base_manager.bulk_update(old, names)
        written += len(old)
        if len(batch) < BATCH:
            return written
        last = batch[-1].pk


def _is_old(token: str | None) -> bool:
    return bool(token) and not is_current(token or "")


class Command(BaseCommand):
    help = "Encrypts again, with the first of FIELD_KEYS, every value that is still under an older key."

    def handle(self, *args: Any, **options: Any) -> None:
        for model, fields in encrypted_fields():
            self.stdout.write(f"{model._meta.label}: {rotate(model, fields)} rows under the newest key now")
