"""« Mes documents »: invoices in the words of the page, what we issued, what staff publish."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from billing.settlement import latest_document
from core.dates import french_date, today
from core.journal import Actor
from documents.issuing import ensure_rendered
from documents.models import Document, Upload
from space import papers
from space.models import UsefulDocument
from tests import factories_billing
from tests.factories import ApplicationFactory, MemberFactory, pdf_file, sign_in
from tests.factories_requests import make_document, make_employer, make_invoice

CLERK = Actor("Nadia Benali")


def url(employer, name: str, *args) -> str:
    return reverse(f"space:{name}", args=[employer.member.pk, *args])


def page(employer, query: str = "") -> str:
    return re.sub(r"[ \n]+", " ", employer.client.get(url(employer, "documents") + query).content.decode())


def publish(title: str = "Livret de garanties", **columns) -> UsefulDocument:
    document = UsefulDocument.objects.create(title=title, **columns)
    papers.publish(document, pdf_file(f"{title}.pdf"), by=CLERK)
    document.refresh_from_db()
    return document


@pytest.mark.req("M-23")
def test_each_invoice_says_its_number_date_amount_and_what_is_due(employer):
    day, member = today(), employer.member
    paid = make_invoice(member, "F2026-000001", settled_on=day, paid=Decimal("120.00"))
    due = make_invoice(member, "F2026-000002", total=Decimal("1382.76"), due_on=day, paid=Decimal("382.76"))
    late = make_invoice(member, "F2026-000003", due_on=day - timedelta(days=1))
    credit = make_invoice(member, "F2026-000004", kind="credit", corrects=paid)
    make_invoice(make_employer()[1], "F2026-000009")
    html = page(employer)
    for words in (
        *(paid.number, due.number, late.number, credit.number, "1\u202f382,76\u00a0€"),
        *(f"Acquittée le {french_date(day)}", f"À régler au plus tard le {french_date(due.due_on)}"),
        *("En retard", f"échue le {french_date(late.due_on)}", "Avoir", f"sur la facture {paid.number}"),
        "reste 1\u202f000,00\u00a0€",
    ):
        assert words in html, words
    assert "F2026-000009" not in html


@pytest.mark.req("M-23")
@pytest.mark.fault("E7")
def test_an_invoice_is_downloaded_in_its_latest_version(employer):
    invoice = factories_billing.make_invoice(employer.member)
    factories_billing.pay_invoice(invoice)
    settled = latest_document(invoice)
    assert settled.replaces == invoice.document
    served = employer.client.get(url(employer, "invoice-download", invoice.pk))
    assert served.status_code == 200
    assert served.content.startswith(b"%PDF")
    assert settled.filename in served["Content-Disposition"]
    assert served["Content-Disposition"].startswith("attachment")
    assert served["X-Content-Type-Options"] == "nosniff"


@pytest.mark.req("A-40", "A-41")
def test_bordereaux_and_recepisse_stand_there_in_their_last_version(employer):
    dossier = ApplicationFactory(establishment=employer.member.establishment)
    make_document(dossier, "recepisse", "B000001", title="Récépissé d’adhésion B000001")
    old = make_document(employer.member, "bordereau-cotisation", "BC-1", title="Bordereau de cotisation, version 1")
    make_document(employer.member, "bordereau-cotisation", title="Bordereau de cotisation, version 2", replaces=old)
    make_document(MemberFactory(), "bordereau", "X", title="Celui d’un autre")
    invoice = make_invoice(employer.member, "F2026-000001")
    html = page(employer)
    assert "Récépissé d’adhésion B000001" in html
    assert "Bordereau de cotisation, version 2" in html
    assert "Bordereau de cotisation, version 1" not in html
    assert "Celui d’un autre" not in html
    assert html.count(invoice.number) == 2  # its row, and the name of its link
    served = employer.client.get(
        url(employer, "document-download", papers.papers(employer.member).get(kind="recepisse").pk)
    )
    assert served.content.startswith(b"%PDF")


@pytest.mark.fault("A2", "A5")
def test_nobody_elses_paper_is_served(employer):
    invoice = make_invoice(employer.member, "F2026-000001")
    paper = make_document(employer.member, "bordereau", "B1")
    other_user, other = make_employer()
    stranger = Client()
    sign_in(stranger, other_user)
    for name, key in (("invoice-download", invoice.pk), ("document-download", paper.pk)):
        assert employer.client.get(url(employer, name, key)).status_code == 200
        assert stranger.get(url(employer, name, key)).status_code == 404
        assert stranger.get(reverse(f"space:{name}", args=[other.pk, key])).status_code == 404
        assert Client().get(url(employer, name, key)).status_code == 302


@pytest.mark.fault("G12")
def test_a_paper_that_cannot_be_made_yet_says_so(employer):
    paper = make_document(employer.member, "bordereau", "B1")
    Document.objects.filter(pk=paper.pk).update(claimed_at=paper.created_at)  # a worker is at it
    response = employer.client.get(url(employer, "document-download", paper.pk))
    assert response.status_code == 202
    assert "en préparation" in response.content.decode()


def test_a_year_is_chosen_and_a_long_section_has_pages_of_its_own(employer, django_assert_max_num_queries):
    for number in range(60):
        make_invoice(employer.member, f"F2025-{number:06d}", issued_on=date(2025, 3, 1))
    make_invoice(employer.member, "F2024-000001", issued_on=date(2024, 3, 1))
    publish()
    with django_assert_max_num_queries(10):
        html = page(employer)
    assert html.count('<th scope="row">') == 10
    assert "?rubrique=factures" in html
    for year in ("2024", "2025"):
        assert f'<option value="{year}"' in html
    with django_assert_max_num_queries(10):
        whole = page(employer, "?rubrique=factures&annee=2025")
    assert whole.count('<th scope="row">') == 50
    assert "?page=2&rubrique=factures&annee=2025" in whole.replace("&amp;", "&")
    assert page(employer, "?rubrique=factures&annee=2025&page=2").count('<th scope="row">') == 10
    for odd in ("020250", "99999", "²025", "9" * 5000):  # all the years
        assert page(employer, f"?annee={odd}").count('<th scope="row">') == 10, odd
    assert re.findall(r"F202\d-\d{6}", page(employer, "?annee=2024"))[0] == "F2024-000001"
    for odd in ("?annee=%00", "?annee=99999999999", "?annee=-1", "?rubrique=autre&page=0"):
        assert employer.client.get(url(employer, "documents") + odd).status_code == 200


@pytest.mark.req("A-40", "A-41")
def test_staff_publish_useful_documents_by_section_from_one_day_to_another(employer):
    day = today()
    guarantees = publish("Garanties 2027", section="guarantees", service="Prévoyance", description="Le tableau.")
    publish("Guide RH", published_until=day)
    publish("Pas encore", published_from=day + timedelta(days=1))
    over = publish("Terminé", published_from=day - timedelta(days=9), published_until=day - timedelta(days=1))
    UsefulDocument.objects.create(title="Sans fichier")
    html = page(employer)
    for words in (
        "Documents utiles",
        "Garanties 2027",
        "Prévoyance",
        "Le tableau.",
        "Afficher les garanties",
        "Guide RH",
    ):
        assert words in html, words
    for words in ("Pas encore", "Terminé", "Sans fichier"):
        assert words not in html, words
    served = employer.client.get(url(employer, "useful-download", guarantees.pk))
    assert served.status_code == 200
    assert served["Content-Security-Policy"].startswith("sandbox")
    assert employer.client.get(url(employer, "useful-download", over.pk)).status_code == 404


@pytest.mark.req("A-41")
def test_useful_documents_of_a_service_stand_together_under_its_name(employer):
    for title, service, section in (
        ("Notice B", "Service Adhérents", "guides"),
        ("Sans nom", "", "guides"),
        ("Affiche A", "Prévention", "guides"),
        ("Notice C", "Service Adhérents", "guides"),
        ("Affiche B", "Prévention", "forms"),
    ):
        publish(title, service=service, section=section)
    html = page(employer)
    forms, guides = html.split("<h3>Formulaires et bulletins</h3>")[1].split("<h3>Guides et tutoriels</h3>")
    found = re.findall(r"<h4>(.+?)</h4>|<li><strong>(.+?)</strong>", guides)
    assert [heading or title for heading, title in found] == [
        *("Prévention", "Affiche A", "Service Adhérents", "Notice B", "Notice C", "Autres services", "Sans nom")
    ]
    assert re.findall(r"<h4>(.+?)</h4>", forms) == ["Prévention"]


def admin_form(**changes) -> dict:
    return {
        "title": "Guide RH",
        "section": "guides",
        "service": "",
        "description": "",
        "position": "0",
        "published_from": f"{today():%d/%m/%Y}",
        "published_until": "",
        **changes,
    }


@pytest.mark.req("A-41")
@pytest.mark.fault("E1", "E3")
@pytest.mark.django_db(transaction=True)
def test_staff_send_the_file_through_the_same_checks_and_replace_it(employer, staff, media):
    client, add = staff(), reverse("admin:space_usefuldocument_add")
    bad = SimpleUploadedFile("faux.pdf", b"MZ rien", content_type="application/pdf")
    for wrong in ({"new_file": bad}, {}, {"new_file": pdf_file(), "published_until": "01/01/2020"}):
        response = client.post(add, admin_form(**wrong))
        assert response.status_code == 200
        assert response.context["adminform"].form.errors
    assert not UsefulDocument.objects.exists()
    assert client.post(add, admin_form(new_file=pdf_file("un.pdf"))).status_code == 302
    document = UsefulDocument.objects.get()
    assert document.file.name == "un.pdf"
    change = reverse("admin:space_usefuldocument_change", args=[document.pk])
    assert "un.pdf" in client.get(change).content.decode()
    client.post(change, admin_form(title="Guide RH 2", new_file=pdf_file("deux.pdf")))
    document.refresh_from_db()
    assert (document.title, document.file.name) == ("Guide RH 2", "deux.pdf")
    assert Upload.objects.count() == 1
    assert len(list(media.rglob("*.pdf"))) == 1
    assert client.get(reverse("admin:space_usefuldocument_file", args=[document.pk])).status_code == 200
    assert employer.client.get(reverse("admin:space_usefuldocument_file", args=[document.pk])).status_code == 403
    client.post(reverse("admin:space_usefuldocument_delete", args=[document.pk]), {"post": "yes"})
    assert not UsefulDocument.objects.exists()
    assert not list(media.rglob("*.pdf"))


def test_the_page_of_a_new_member_says_what_will_come(employer):
    html = page(employer)
    for words in ("Aucune facture", "Aucun document", "Aucune attestation", "Demander une attestation"):
        assert words in html
    assert "Documents utiles" not in html


def test_a_rendered_paper_keeps_its_bytes(employer):
    paper = ensure_rendered(make_document(employer.member, "bordereau", "B1"))
    served = employer.client.get(url(employer, "document-download", paper.pk))
    assert served.content == paper.file.read()
