from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from core.models import Commune
from demo import operator


def demo_data() -> str:
    """Make the demonstration; what the command prints."""
    out = StringIO()
    call_command("demo_data", stdout=out)
    return out.getvalue()


@pytest.fixture(scope="package")
def filled(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[str]:
    """The demonstration, made once for all these tests and taken back at the end; what the command printed."""
    folder = tmp_path_factory.mktemp("demonstration")
    place = override_settings(MEDIA_ROOT=folder / "files", VAR_DIR=folder, EMAIL_BACKEND="demo.mailbox.MailboxBackend")
    with django_db_blocker.unblock(), place, transaction.atomic():
        load_communes()
        yield demo_data()
        transaction.set_rollback(True)


def load_communes() -> None:
    """The communes of the département, from the official data."""
    source = Path(settings.BASE_DIR) / "core" / "data" / "communes.csv.gz"
    with gzip.open(source, "rt", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["department"] == operator.DEPARTMENT:
                commune, _ = Commune.objects.get_or_create(
                    code=line["code"], defaults={"name": line["name"], "department": line["department"]}
                )
                for postcode in line["postcodes"].split():
                    commune.postcodes.get_or_create(code=postcode)
