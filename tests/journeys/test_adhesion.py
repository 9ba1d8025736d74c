"""The whole story, employer and staff, with a real server, worker, mail server and browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from core.models import Naf
from membership.models import Application, HelpText, Member, Payment
from tests.factories import UserFactory, make_operator, make_siret, pdf_file
from tests.harness.smtp import SmtpServer
from tests.journeys.stage import said_in
from tests.journeys.story import MAIL, WAYS, Clerk, Employer, Way, link_in

pytestmark = [pytest.mark.browser, pytest.mark.process]
COMPANY = "Ateliers Morel <b>& Fils</b>"


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, Path]:
    """What the employer has at hand: a Kbis as PDF, a RIB photographed, later the signed bordereau."""
    kbis, rib, signed = tmp_path / "kbis.pdf", tmp_path / "rib.jpg", tmp_path / "bordereau-signe.pdf"
    kbis.write_bytes(pdf_file("kbis.pdf", "Kbis").read())
    Image.new("RGB", (1200, 1600), "#ece8dd").save(rib)
    signed.write_bytes(pdf_file("bordereau-signe.pdf", "signe").read())
    return {"kbis": kbis, "rib": rib, "bordereau": signed}


@pytest.mark.req("M-01", "M-02", "M-03", "M-04", "M-05", "M-06", "M-07", "M-08", "M-09", "M-12", "M-13", "M-14")
@pytest.mark.req("M-15", "M-17", "M-18", "M-20", "M-24", "M-25", "M-26", "B-01", "B-02", "B-04", "B-23", "D-01", "D-17")
@pytest.mark.fault("D3", "C5", "D7", "F2")
@pytest.mark.parametrize("way", WAYS)
def test_an_employer_joins(
    way: Way,
    live_gunicorn: Callable,
    worker: Callable,
    beat: Callable,
    smtp_server: SmtpServer,
    new_page: Callable,
    papers: dict[str, Path],
    tmp_path: Path,
) -> None:
    make_operator()
    Naf.objects.get_or_create(code="6201Z", defaults={"label": "Programmation informatique"})
    HelpText.objects.get_or_create(slug="categorie-suivi", defaults={"title": "Quel suivi ?", "body": "SI, SIA, SIR."})
    manager = UserFactory(manager=True, email="gestion@test.example")
    accountant = UserFactory(accountant=True, email="compta@test.example")
    site = live_gunicorn(EMAIL_URL=smtp_server.url)
    worker(EMAIL_URL=smtp_server.url, SITE_URL=site.url)
    beat(OUTBOX_SWEEP_SECONDS="2")  # as deployed: a nudge that is lost holds nothing up

    # The employer fills the seven steps, leaves in the middle, and comes back by the mailed link.
    employer = Employer(new_page(way.width, javascript=way.javascript), site.url, javascript=way.javascript)
    employer.begins()
    employer.passes_eligibility(make_siret(4242))
    employer.describes_the_establishment()
    employer.names_a_contact()
    employer.gives_addresses()
    employer.lists_employees()
    employer.pastes_employees()
    employer.leaves_and_comes_back(smtp_server)
    employer.arrive("Quels salariés suivre ?")
    employer.press("Suivant")
    employer.arrive("Documents à joindre")
    employer.sends_documents({"kbis": papers["kbis"]})
    employer.press("Suivant")
    employer.validates()

    # The bordereau comes at once, with everything in it.
    bordereau = smtp_server.wait_for(2, to=MAIL)[-1]
    dossier = Application.objects.get()
    text = said_in(bordereau.attachments[f"bordereau-{dossier.reference}.pdf"], tmp_path)
    for entered in (COMPANY, "Lefèvre", "Diallo", "Cariste", "10 avenue de la République", "Claire", "kbis.pdf"):
        assert entered in text
    employer.follow("Suivre mon dossier")
    expect(employer.page.get_by_text("En cours de vérification")).to_be_visible()

    # Staff check, and send the proforma.
    clerk = Clerk(new_page(way.width, javascript=way.javascript), site.url, manager.email, javascript=way.javascript)
    clerk.opens(COMPANY)
    clerk.accepts_every_document()
    clerk.does("Vérifié : envoyer la proforma")
    clerk.arrive(COMPANY)
    proforma = smtp_server.wait_for(3, to=MAIL)[-1]
    dossier.refresh_from_db()
    assert set(proforma.attachments) == {
        f"proforma-{dossier.proforma.number}.pdf",
        f"bordereau-{dossier.reference}.pdf",
    }

    # A piece is missing: staff ask, the company is told what and until when, and sends it.
    clerk.does("Demander des pièces", message="Il nous manque aussi votre RIB.")
    asked = smtp_server.wait_for(4, to=MAIL)[-1]
    assert "Il nous manque aussi votre RIB." in asked.text
    employer.page.goto(link_in(asked))
    expect(employer.page.get_by_role("heading", name="Ce qui manque")).to_be_visible()
    assert "reprendre" not in employer.page.url
    employer.sends_documents({"rib": papers["rib"], "bordereau": papers["bordereau"]})

    # The transfer is recorded, held; the documents are checked; the dossier is accepted.
    cashier = Clerk(
        new_page(way.width, javascript=way.javascript), site.url, accountant.email, javascript=way.javascript
    )
    cashier.opens(COMPANY)
    cashier.does("Enregistrer un règlement", reference="VIR MOREL")
    cashier.arrive(COMPANY)
    assert Payment.objects.get().state == Payment.State.HELD
    assert not Member.objects.exists()
    clerk.opens(COMPANY)
    clerk.accepts_every_document()
    clerk.does("Accepter le dossier")
    clerk.arrive(COMPANY)
    member = Member.objects.get()
    assert Payment.objects.get().state == Payment.State.CASHED

    # The récépissé, the medical team, and a password of one's own.
    receipt = smtp_server.wait_for(5, to=MAIL)[-1]
    assert "Vous êtes maintenant adhérent" in receipt.text
    assert member.doctor is not None
    for told in (member.number, member.doctor.name, member.doctor.secretary.email):
        assert told in receipt.text
    assert member.number in said_in(next(iter(receipt.attachments.values())), tmp_path)
    employer.page.goto(link_in(receipt))
    employer.arrive("Créer votre mot de passe")
    for label in ("Votre mot de passe", "Confirmez votre mot de passe"):
        employer.page.get_by_label(label, exact=True).fill("Un-mot-de-passe-2026")
    employer.press("Activer mon accès")
    employer.arrive("Votre accès est activé")
    employer.page.goto(f"{site.url}/adhesion/{dossier.pk}/")
    expect(employer.page.get_by_text(member.number, exact=True)).to_be_visible()
    assert "reprendre/" not in "".join(line for line in site.log.splitlines() if '"route"' not in line)
