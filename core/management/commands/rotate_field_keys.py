from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction
from django.db.models.functions import Cast

from core.crypto import WrongKey, decrypt, encrypt, is_current
from core.fields import EncryptedTextField

BATCH = 500
TOKEN = "gAAAA"  # how all that `encrypt` gives begins


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


def json_fields() -> Iterator[tuple[type[models.Model], models.JSONField]]:
    """Every column that may hold something encrypted among other things, as a document's snapshot holds an IBAN."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.JSONField) and not model._meta.proxy:
                yield model, field


def rotate_inside(model: type[models.Model], name: str) -> int:
    """The same of what stands encrypted inside a JSON column, row by row. What such a row tells does not change."""
    written = 0
    text = Cast(models.F(name), models.TextField())
    holding = model._base_manager.annotate(raw=text).filter(raw__contains=TOKEN).values_list("pk", flat=True)
    for pk in list(holding):
        with transaction.atomic():
            row = model._base_manager.filter(pk=pk).only("pk", name).select_for_update(of=("self",)).first()
            held = getattr(row, name, None)
            renewed = _renewed(held)
            if renewed != held:
                written += model._base_manager.filter(pk=pk).update(**{name: renewed})
    return written


def _renewed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _renewed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_renewed(each) for each in value]
    if isinstance(value, str) and value.startswith(TOKEN) and not is_current(value):
        with suppress(WrongKey):  # somebody's own text, or long lost: whoever reads it is told
            return encrypt(decrypt(value))
    return value


def _is_old(token: str | None) -> bool:
    return bool(token) and not is_current(token or "")


class Command(BaseCommand):
    help = "Encrypts again, with the first of FIELD_KEYS, every value that is still under an older key."

    def handle(self, *args: Any, **options: Any) -> None:
        for model, fields in encrypted_fields():
            self.stdout.write(f"{model._meta.label}: {rotate(model, fields)} rows under the newest key now")
        for model, field in json_fields():
            if written := rotate_inside(model, field.name):
                self.stdout.write(f"{model._meta.label}.{field.name}: {written} rows under the newest key now")
