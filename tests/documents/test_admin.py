"""PDFs that could not be made: told on the home page of the back office, made again by a button (G12)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core.models import JournalEntry
from documents import issuing
from documents.models import Document
from documents.tasks import render_pending
from tests.documents.test_issuing import issued
from tests.factories import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.fault("G12")]
HOME, LIST = reverse("admin:index"), reverse("admin:documents_document_changelist")
TOLD = "1 PDF n’a pas pu être préparé"


def staff(*permissions: str) -> User:
    user = User.objects.create_user("lea.petit@guichet.example", is_staff=True, first_name="Léa", last_name="Petit")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


@pytest.fixture
def failed(dossier, settings, tmp_path) -> Document:
    """A document whose template was broken, and is mended by now."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]
    template = tmp_path / "late.html"
    template.write_text("{% include nothing %}")
    document = issued(dossier, template="late.html")
    Document.objects.filter(pk=document.pk).update(attempts=issuing.MAX_ATTEMPTS - 1)
    assert render_pending() == 0
    document.refresh_from_db()
    assert document.state == Document.State.FAILED
    template.write_text("<title>x</title><p>x</p>")
    settings.TEMPLATES = [*settings.TEMPLATES]  # a new engine, that has not read the template yet
    return document


def retry_url(document: Document) -> str:
    return reverse("admin:documents_document_retry", args=[document.pk])


def test_the_home_page_tells_and_the_button_has_it_made(client: Client, failed, dossier) -> None:
    sign_in(client, staff("view_document", "change_document"))
    home = client.get(HOME).content.decode()
    assert TOLD in home
    assert f'href="{LIST}?state__exact=failed"' in home
    listed = client.get(LIST, {"state__exact": "failed"}).content.decode()
    assert failed.title in listed
    page = client.get(reverse("admin:documents_document_change", args=[failed.pk])).content.decode()
    assert "Préparer à nouveau le PDF" in page
    assert failed.error in page
    answer = client.post(retry_url(failed), follow=True).content.decode()
    assert "1 PDF sera refait" in answer
    assert TOLD not in client.get(HOME).content.decode()
    assert render_pending() == 1
    failed.refresh_from_db()
    assert failed.is_ready
    assert failed.title not in client.get(LIST).content.decode()
    entry = JournalEntry.objects.about(dossier).get()
    assert (entry.message, entry.actor_name, entry.internal) == (f"Document relancé : {failed}", "Léa Petit", True)


def test_several_are_made_again_at_once_and_one_of_them_once(client: Client, failed, dossier) -> None:
    sign_in(client, staff("change_document"))
    form = {"action": "retry_selected", "_selected_action": [failed.pk]}
    assert "1 PDF sera refait" in client.post(LIST, form, follow=True).content.decode()
    assert "rien à refaire" in client.post(LIST, form, follow=True).content.decode()
    assert JournalEntry.objects.about(dossier).count() == 1


@pytest.mark.fault("A8", "A10")
def test_making_again_needs_the_permission_and_a_post(client: Client, failed) -> None:
    sign_in(client, staff("view_document"))
    page = client.get(reverse("admin:documents_document_change", args=[failed.pk])).content.decode()
    assert "Préparer à nouveau le PDF" not in page
    assert TOLD not in client.get(HOME).content.decode()  # nothing that this person could do
    assert client.post(retry_url(failed)).status_code == 403
    client.post(LIST, {"action": "retry_selected", "_selected_action": [failed.pk]})
    sign_in(client, User.objects.create_superuser("chef@guichet.example"))
    assert client.get(retry_url(failed)).status_code == 405
    failed.refresh_from_db()
    assert failed.state == Document.State.FAILED


def test_a_document_that_is_ready_is_neither_listed_nor_made_again(client: Client, dossier) -> None:
    ready = issuing.ensure_rendered(issued(dossier))
    sign_in(client, User.objects.create_superuser("chef@guichet.example"))
    assert ready.title not in client.get(LIST).content.decode()
    assert "rien à refaire" in client.post(retry_url(ready), follow=True).content.decode()
    ready.refresh_from_db()
    assert ready.is_ready


def test_the_alert_reads_an_index(failed) -> None:
    plan = Document.objects.filter(state=Document.State.FAILED).explain()
    assert "document_failed" in plan or "Seq Scan" in plan  # PostgreSQL reads a table of one row whole


def test_what_is_being_prepared_is_listed_and_not_told(client: Client, dossier) -> None:
    document = issued(dossier)
    sign_in(client, User.objects.create_superuser("chef@guichet.example"))
    assert document.title in client.get(LIST).content.decode()
    assert "PDF n’" not in client.get(HOME).content.decode()
    assert document.retry_at <= timezone.now()
