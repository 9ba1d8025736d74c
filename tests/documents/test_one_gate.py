"""Whatever comes in passes the virus scanner, and whatever goes out passes the one gate: no way around either (E4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse

from billing.models import BankStatement
from core.dates import today
from core.formfields import ScannedFileField
from core.models import Finding
from core.sheets import Column, write_xlsx
from membership.models import Employee
from tests.documents.samples import MARKER
from tests.factories import ApplicationFactory, UserFactory, sign_in
from tests.harness.environment import ROOT
from tests.rows.conftest import CAMILLE, HEADERS, visit

pytestmark = pytest.mark.fault("E4")

APPS = ("accounts", "billing", "contributions", "core", "documents", "membership", "notifications", "space")
# Where files come in by hand, and go to `uploads.accept`, which shows them to the scanner.
ACCEPTED = {
    "membership/upload_views.py",
    "membership/wizard_views.py",
    "space/admin/request_page.py",
    "space/request_draft_views.py",
    "space/request_views.py",
}
# Where they go to a form, whose fields the first test looks at; or are only counted.
BY_FORM = {
    "billing/admin/collections.py",
    "billing/admin/statements.py",
    "contributions/admin/validating.py",
    "core/rows/import_views.py",
    "core/wizard.py",
}
COUNTED = {"core/views.py"}


def _sources() -> Iterator[tuple[str, str]]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def _containing(pattern: str) -> set[str]:
    return {path for path, text in _sources() if re.search(pattern, text)}


def _forms(cls: type = forms.BaseForm) -> Iterator[type]:
    for form in cls.__subclasses__():
        yield form
        yield from _forms(form)


def test_every_file_of_a_form_is_scanned():
    assert get_resolver().url_patterns  # every form of the site is loaded
    fields = {
        f"{form.__name__}.{name}": field
        for form in _forms()
        if form.__module__.partition(".")[0] in APPS
        for name, field in form.base_fields.items()
        if isinstance(field, forms.FileField)
    }
    assert {name for name, field in fields.items() if isinstance(field, ScannedFileField)} == {
        *("ImportForm.file", "StatementForm.file", "ReturnListForm.file")
    }
    by_hand = {name for name, field in fields.items() if not isinstance(field, ScannedFileField)}
    assert by_hand == {"UsefulDocumentForm.new_file", "OnBehalfForm.scan"}, "go to intake.clean, to uploads.accept"


def test_every_file_of_a_request_is_known():
    assert _containing(r"request\.FILES") == ACCEPTED | BY_FORM | COUNTED


def test_stored_files_are_read_in_one_place():
    assert _containing(r"default_storage\.open|\.file\.open|\.file\.read|\.file\.url") == {
        *("documents/files.py", "core/backup.py"),
        "notifications/mail.py",  # documents that we issued
    }
    assert _containing(r"\bfiles\.read\(") == {"documents/held.py", "documents/issuing.py"}, (
        "what people are shown comes from files.opened"
    )


# --- Files that are read at once --------------------------------------------------------------------------------------


def _workbook(*extra: str) -> SimpleUploadedFile:
    rows = [[*CAMILLE[:-1], cell] for cell in (CAMILLE[-1], *extra)]
    return SimpleUploadedFile("liste.xlsx", write_xlsx([Column(name) for name in HEADERS], rows).read())


def _accountant() -> Client:
    client = Client()
    sign_in(client, UserFactory(accountant=True))
    return client


@pytest.fixture
def senders(db):
    """Each way of sending a file that is read at once: `(send, its words when all is well)`."""
    dossier = ApplicationFactory(employees=0, confirmed_steps=["eligibilite", "etablissement", "contacts", "adresses"])
    lists, money = visit(dossier), _accountant()
    import_page = reverse("membership:employees-import", args=[dossier.pk])
    day = f"{today():%d/%m/%Y}"

    def statement(marked: str) -> SimpleUploadedFile:
        return SimpleUploadedFile("releve.csv", f"Date;Libellé;Montant\n{day};VIREMENT{marked};12,00\n".encode())

    def returns(marked: str) -> SimpleUploadedFile:
        return SimpleUploadedFile("rejets.csv", f"PRL-2027-0000012;AM04{marked}".encode())

    return {
        "import": lambda marked: lists.post(import_page, {"file": _workbook(*([marked] if marked else []))}),
        "statement": lambda marked: money.post(
            reverse("admin:billing_bankstatement_drop"), {"file": statement(marked)}
        ),
        "returns": lambda marked: money.post(
            reverse("admin:billing_collection_returns"), {"on": day, "text": "", "file": returns(marked)}
        ),
    }


@pytest.mark.process
@pytest.mark.django_db
@pytest.mark.parametrize("way", ["import", "statement", "returns"])
def test_a_file_that_is_read_at_once_is_refused_or_asked_again_later(senders, clamd, way):
    send = senders[way]
    found = send(MARKER.decode())
    assert found.status_code == 422
    assert "programme malveillant (Test.Marker" in found.content.decode()
    assert Finding.objects.get().subject_id is None
    clamd.stop()
    away = send("")
    assert away.status_code == 422
    assert "Réessayez dans quelques minutes" in away.content.decode()
    assert not BankStatement.objects.exists()
    assert not Employee.objects.exists()
    clamd.start()
    well = send("")
    assert "programme malveillant" not in well.content.decode()
    assert "Réessayez dans quelques minutes" not in well.content.decode()
    assert well.status_code == {"import": 200, "statement": 302, "returns": 422}[way]  # of the returns, none is known
