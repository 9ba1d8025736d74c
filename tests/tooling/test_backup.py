"""A backup restored elsewhere is the whole service: people log in, documents open, nothing is missing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core import backup
from documents import files, uploads
from documents.models import Document, Upload
from documents.tasks import render_pending
from membership.models import Application
from tests.documents.samples import pdf_bytes, received
from tests.factories import PASSWORD, ApplicationFactory, UserFactory, make_operator
from tests.harness.environment import ROOT
from tests.harness.site import database_url

pytestmark = [pytest.mark.process, pytest.mark.django_db(transaction=True)]

IBAN = "FR1420041010050500013M02606"
CHECK = """
import json, os, sys
import django
django.setup()
from django.conf import settings
from django.test import Client
from accounts.models import User
from documents.models import Document
from documents.tasks import render_pending
from documents import files
from membership.models import Application
user = User.objects.get(email=sys.argv[1])
document = Document.objects.get(pk=sys.argv[2])
data = files.read(document.file.name)
print(json.dumps({
    "password": user.check_password(sys.argv[3]),
    "pdf": data[:5].decode(), "intact": files.sha256(data) == document.sha256,
    "dossiers": Application.objects.count(),
    "ready": Client(headers={"host": "testserver"}).get("/sante/pret/").status_code,
}))
"""


@pytest.fixture
def elsewhere(tmp_path):
    """The environment of another machine: a database of its own, empty, and another folder."""
    var = tmp_path / "elsewhere"
    var.mkdir()
    if connection.vendor == "sqlite":
        return {**os.environ, "VAR_DIR": str(var), "DATABASE_URL": f"sqlite:///{var / 'guichet.sqlite3'}"}
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS guichet_restored")
        cursor.execute("CREATE DATABASE guichet_restored")
    return {**os.environ, "VAR_DIR": str(var), "DATABASE_URL": re.sub(r"[^/]+$", "guichet_restored", database_url())}


def _run(env, *command: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def _service() -> tuple[str, Document]:
    """Something of everything: an account, a dossier with documents that are rendered."""
    make_operator()
    user = UserFactory(manager=True)
    dossier = ApplicationFactory(awaiting=True)
    render_pending()
    return user.email, Document.objects.about(dossier).filter(state="ready").first()


@pytest.mark.fault("H6")
def test_a_backup_restored_elsewhere_is_the_whole_service(tmp_path, elsewhere):
    email, document = _service()
    out = StringIO()
    call_command("backup", tmp_path / "backup", stdout=out)
    assert re.search(r"Saved \d+ rows in \d+ tables, \d+ files: [\d.]+ MB in [\d.]+ s", out.getvalue())

    restored = _run(elsewhere, "manage.py", "restore", str(tmp_path / "backup"))
    assert restored.returncode == 0, restored.stderr
    assert re.search(r"all there, in [\d.]+ s", restored.stdout)

    seen = _run(elsewhere, "-c", CHECK, email, str(document.pk), PASSWORD)
    assert seen.returncode == 0, seen.stderr
    found = json.loads(seen.stdout.splitlines()[-1])
    assert found == {
        "password": True,
        "pdf": "%PDF-",
        "intact": True,
        "dossiers": Application.objects.count(),
        "ready": 200,
    }


@pytest.mark.fault("H6")
def test_nothing_is_written_over_and_a_damaged_backup_is_told(tmp_path, elsewhere):
    _service()
    folder = tmp_path / "backup"
    call_command("backup", folder, stdout=StringIO())
    with pytest.raises(CommandError, match="is not empty"):
        call_command("backup", folder)
    with pytest.raises(CommandError, match="The database is not empty"):
        call_command("restore", folder)

    name = next(iter(json.loads((folder / "manifest.json").read_text())["files"]))
    with (folder / "files" / name).open("r+b") as file:
        file.write(b"X")
    damaged = _run(elsewhere, "manage.py", "restore", str(folder))
    assert damaged.returncode == 1
    assert "was damaged" in damaged.stderr


@pytest.mark.fault("H6")
def test_what_goes_and_comes_while_files_are_copied_stops_nothing(tmp_path, elsewhere, monkeypatch):
    """The files are those that the dump names. One that a purge removed meanwhile, or that was lost, is told."""
    _service()
    dossier = Application.objects.get()
    purged, lost = (uploads.accept(dossier, kind, received(pdf_bytes(kind))).file.name for kind in ("kbis", "rib"))
    files.delete(lost)
    late = []

    def copy(name, target, *, copy=backup._copy_out):
        if not late:
            uploads.remove(Upload.objects.get(file=purged))
            late.append(uploads.accept(dossier, "autre", received(pdf_bytes("autre"))).file.name)
        return copy(name, target)

    monkeypatch.setattr(backup, "_copy_out", copy)
    told = StringIO()
    call_command("backup", tmp_path / "backup", stdout=StringIO(), stderr=told)
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    assert set(manifest["missing"]) == {purged, lost}
    assert lost in told.getvalue()
    assert late[0] not in manifest["files"]
    assert manifest["files"]
    restored = _run(elsewhere, "manage.py", "restore", str(tmp_path / "backup"))
    assert restored.returncode == 0, restored.stderr


@pytest.mark.fault("H5", "H6")
def test_a_backup_holds_neither_keys_nor_readable_account_numbers(tmp_path):
    make_operator()
    dossier = ApplicationFactory(awaiting=True)
    dossier.payments.create(
        mode="transfer",
        amount="10.00",
        received_on=dossier.submitted_at.date(),
        payer_iban="FR1420041010050500013M02606",
    )
    call_command("backup", tmp_path / "backup", stdout=StringIO())
    for path in (tmp_path / "backup").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert IBAN.encode() not in data
            assert os.environ["FIELD_KEYS"].encode() not in data
