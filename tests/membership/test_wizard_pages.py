"""The employer's steps over HTTP (the lists of people have tests of their own)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Naf
from core.wizard import FINGERPRINT
from documents.models import Document, Upload
from documents.uploads import accept
from membership import workflow
from membership.models import Address, Application, MedicalCentre
from membership.states import State
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import (
    CLERK,
    COMPANY,
    ApplicationFactory,
    UserFactory,
    add_pieces,
    make_operator,
    make_siret,
    pdf_file,
    sign_in,
)

pytestmark = pytest.mark.django_db

ELIGIBILITY = {
    "siret": make_siret(1),
    "naf": "62.01Z",
    "postcode": "91220",
    "commune": "91103",
    "headcount": "3",
    "agricultural": "non",
    "contact_email": "claire@morel.example",
}
SITE = {"name": "Menuiserie Morel", "street": "4 rue des Lilas", "phone": "01 60 85 00 00", "email": "a@morel.example"}
NAMES = {
    "representative_last_name": "Morel",
    "representative_first_name": "Claire",
    "representative_function": "Gérante",
    "representative_email": "claire@morel.example",
}
ALL_STEPS = ["eligibilite", "etablissement", "contacts", "adresses", "salaries", "documents"]


@pytest.fixture(autouse=True)
def _reference(operator):
    Naf.objects.get_or_create(code="6201Z", defaults={"label": "Programmation informatique"})
    Naf.objects.get_or_create(code="0111Z", defaults={"label": "Culture de céréales"})


@pytest.fixture
def begin(client) -> Callable[[], tuple[Client, Application]]:
    def start() -> tuple[Client, Application]:
        client.post(reverse("membership:start"))
        return client, Application.objects.latest("created_at")

    return start


def url(dossier: Application, step: str) -> str:
    return reverse("membership:step", args=[dossier.pk, step])


def ready(**fields: object) -> Application:
    """A draft with every step but the last one done."""
    dossier = ApplicationFactory(**fields)
    Application.objects.filter(pk=dossier.pk).update(confirmed_steps=ALL_STEPS)
    dossier.refresh_from_db()
    return dossier


@pytest.mark.req("M-01")
def test_the_start_page_names_the_two_phases_and_opens_a_draft(begin, client):
    page = client.get(reverse("membership:start")).content.decode()
    assert "La pré-adhésion en ligne" in page
    assert "La finalisation de votre adhésion" in page
    client, dossier = begin()
    assert dossier.state == State.DRAFT
    assert client.get(reverse("membership:dossier", args=[dossier.pk]))["Location"] == url(dossier, "eligibilite")


@pytest.mark.req("M-02", "M-03", "B-01")
def test_the_first_steps_store_what_was_typed_in_its_clean_form(begin):
    client, dossier = begin()
    assert client.post(url(dossier, "eligibilite"), ELIGIBILITY)["Location"] == url(dossier, "etablissement")
    assert client.post(url(dossier, "etablissement"), SITE)["Location"] == url(dossier, "contacts")
    dossier.refresh_from_db()
    site = dossier.establishment
    assert (dossier.siret, site.siret, site.naf, site.headcount) == (make_siret(1), make_siret(1), "6201Z", 3)
    assert (site.commune_code, site.commune_name, site.phone) == ("91103", "Brétigny-sur-Orge", "+33160850000")
    assert dossier.contact_email == "claire@morel.example"


@pytest.mark.req("M-02", "D-16", "B-01")
@pytest.mark.parametrize(
    ("changes", "why", "where"),
    [
        ({"agricultural": "oui"}, "régime agricole", "MSA"),
        ({"headcount": "0"}, "au moins un salarié", "première embauche"),
        ({"naf": "0111Z"}, "agriculture", "MSA"),
    ],
)
def test_a_refusal_is_explained_and_nothing_typed_is_lost(begin, changes, why, where):
    client, dossier = begin()
    answer = client.post(url(dossier, "eligibilite"), {**ELIGIBILITY, **changes})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert why in page
    assert where in page
    assert "claire@morel.example" in page
    dossier.refresh_from_db()
    assert (dossier.siret, dossier.confirmed_steps) == ("", [])
    assert "claire@morel.example" in client.get(url(dossier, "eligibilite")).content.decode()


@pytest.mark.req("B-01", "D-16")
def test_a_second_person_with_the_same_siret_is_told_and_sees_nothing_of_the_first(begin):
    first = ApplicationFactory(contact_email="first@morel.example")
    client, dossier = begin()
    answer = client.post(url(dossier, "eligibilite"), {**ELIGIBILITY, "siret": first.siret})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Une demande est déjà ouverte pour ce SIRET" in page
    assert reverse("membership:tell-owner", args=[dossier.pk]) in page
    assert "first@morel.example" not in page
    assert first.establishment.name not in page


@pytest.mark.fault("G2")
@pytest.mark.req("B-01")
@pytest.mark.django_db(transaction=True)
def test_of_several_people_who_type_one_siret_at_once_one_gets_it_and_the_others_are_told(holder):
    make_operator()
    dossiers = []
    for _ in range(4):
        client = Client()
        client.post(reverse("membership:start"))
        dossiers.append((client, Application.objects.latest("created_at")))

    def answer(number: int) -> int:
        client, dossier = dossiers[number]
        return client.post(url(dossier, "eligibilite"), ELIGIBILITY).status_code

    assert sorted(at_once(4, answer)) == [302, 422, 422, 422]
    assert Application.objects.filter(siret=make_siret(1)).count() == 1


@pytest.mark.req("M-05")
def test_addresses_are_the_same_as_another_or_their_own(holder):
    dossier = ApplicationFactory()
    Application.objects.filter(pk=dossier.pk).update(confirmed_steps=ALL_STEPS[:3])
    typed = {
        "administrative_same_as": "site",
        "billing_same_as": "own",
        "billing_recipient": "Comptabilité",
        "billing_street": "1 avenue de la Paix",
        "billing_postcode": "91000",
        "summons_same_as": "billing",
    }
    client = holder(dossier)
    assert client.post(url(dossier, "adresses"), {**typed, "billing_street": ""}).status_code == 422
    assert client.post(url(dossier, "adresses"), typed)["Location"] == url(dossier, "salaries")
    stored = {one.kind: one for one in Address.objects.filter(establishment=dossier.establishment)}
    lines = ["Comptabilité", "1 avenue de la Paix", "91000 Évry-Courcouronnes"]
    assert stored["billing"].resolved_lines() == lines
    assert stored["summons"].resolved_lines() == lines
    assert stored["administrative"].resolved_lines()[0] == dossier.establishment.street


@pytest.mark.req("M-05")
def test_what_is_wrong_with_an_address_names_the_address(holder):
    dossier = ApplicationFactory()
    Application.objects.filter(pk=dossier.pk).update(confirmed_steps=ALL_STEPS[:3])
    own = {"administrative_same_as": "site", "billing_same_as": "own", "summons_same_as": "own"}
    answer = holder(dossier).post(url(dossier, "adresses"), {**own, "summons_street": "2", "summons_postcode": "91220"})
    assert [message for _, message in answer.context["form"].problems] == [
        "Adresse de facturation : indiquez le numéro et la voie.",
        "Adresse de facturation : indiquez le code postal.",
        "Adresse d’envoi des convocations : choisissez la commune (le code postal 91220 couvre 2 communes).",
    ]


@pytest.mark.req("M-05")
def test_an_address_may_be_a_cedex(holder):
    dossier = ApplicationFactory()
    Application.objects.filter(pk=dossier.pk).update(confirmed_steps=ALL_STEPS[:3])
    typed = {
        "administrative_same_as": "site",
        "billing_same_as": "own",
        "billing_street": "TSA 10001",
        "billing_postcode": "75901",
        "summons_same_as": "site",
    }
    client = holder(dossier)
    refused = client.post(url(dossier, "adresses"), typed)
    assert "Bureau distributeur" in refused.context["form"].errors["billing_postcode"][0]
    accepted = client.post(url(dossier, "adresses"), {**typed, "billing_cedex": "PARIS CEDEX 15"})
    assert accepted["Location"] == url(dossier, "salaries")
    stored = dossier.establishment.addresses.get(kind="billing")
    assert (stored.commune_code, stored.resolved_lines()) == ("", ["TSA 10001", "75901 PARIS CEDEX 15"])
    page = client.get(url(dossier, "adresses")).content.decode()
    assert 'value="PARIS CEDEX 15"' in page
    again = {**typed, "billing_postcode": "91000", "billing_cedex": "PARIS CEDEX 15"}
    client.post(url(dossier, "adresses"), again)
    stored.refresh_from_db()
    assert stored.commune_name == "Évry-Courcouronnes", "a commune's postcode is no CEDEX"


@pytest.mark.req("M-08", "M-09")
def test_the_last_step_shows_everything_and_validates(holder):
    dossier = ready(representative_email="")
    client = holder(dossier)
    page = client.get(url(dossier, "finalisation")).content.decode()
    for shown in ("Menuiserie Morel", "Gérante", "Durand", "claire.morel@morel.example", "Estimation"):
        assert shown in page
    answer = client.post(url(dossier, "finalisation"), NAMES)
    assert answer["Location"] == reverse("membership:confirmation", args=[dossier.pk])
    dossier.refresh_from_db()
    assert dossier.state == State.SUBMITTED
    assert dossier.representative == "Claire Morel"
    assert Message.objects.get().to == "claire@morel.example"
    confirmation = client.get(answer["Location"]).content.decode()
    assert dossier.reference in confirmation
    assert "claire@morel.example" in confirmation


@pytest.mark.req("M-08")
def test_the_last_step_warns_of_a_headcount_that_is_not_the_list_and_names_what_is_not_joined(holder):
    dossier = ready(employees=2, establishment__headcount=3)
    dossier.establishment.employees.update(contract_type="cdd", pcs_code="623a")
    accept(dossier, "kbis", pdf_file("kbis.pdf"), uploaded_by="Claire Morel")
    shown = holder(dossier).get(url(dossier, "finalisation")).content.decode()
    notice = shown[shown.index("Vérifiez votre effectif") :].split("</div>")[0]
    assert "un effectif de 3 salariés" in notice
    assert "votre liste compte 2 salariés" in notice
    assert f'"{url(dossier, "eligibilite")}"' in notice
    assert f'"{url(dossier, "salaries")}"' in notice
    assert "CDD</td>" in shown
    assert "Menuisier (PCS 623a)</td>" in shown
    assert re.findall(r"<dt>Non joint</dt><dd[^>]*>([^<]+)", shown) == ["RIB de l’entreprise"]
    assert "vous pourrez l’envoyer après la validation" in shown
    workflow.submit(dossier, by=COMPANY)
    answers = holder(dossier).get(reverse("membership:answers", args=[dossier.pk])).content.decode()
    assert "2 salariés, pour un effectif de 3 annoncé" in answers
    assert "vous pourrez l’envoyer" not in answers
    assert "rifiez" not in answers, "validated: there is nothing left to correct"
    dossier = ready(employees=2, establishment__headcount=2)
    assert "Vérifiez votre effectif" not in holder(dossier).get(url(dossier, "finalisation")).content.decode()


@pytest.mark.req("B-01")
def test_save_and_leave_on_the_last_step_submits_nothing_and_mails_the_way_back(holder):
    dossier = ready(representative_email="")
    answer = holder(dossier).post(url(dossier, "finalisation"), {**NAMES, "action": "save"})
    assert answer["Location"] == reverse("membership:left", args=[dossier.pk])
    dossier.refresh_from_db()
    assert dossier.state == State.DRAFT
    assert [message.dedupe_key.partition(":")[0] for message in Message.objects.all()] == ["way-back"]
    assert 'value="Gérante"' in holder(dossier).get(url(dossier, "finalisation")).content.decode()


@pytest.mark.fault("A7")
@pytest.mark.parametrize("skipped", ALL_STEPS)
def test_finalising_with_a_step_missing_leads_to_that_step(holder, skipped):
    dossier = ready()
    Application.objects.filter(pk=dossier.pk).update(confirmed_steps=[one for one in ALL_STEPS if one != skipped])
    answer = holder(dossier).post(url(dossier, "finalisation"), NAMES)
    assert answer["Location"] == url(dossier, skipped)
    dossier.refresh_from_db()
    assert dossier.state == State.DRAFT


@pytest.mark.fault("A7")
def test_finalising_asks_every_step_again_what_is_wrong(holder):
    """Confirmed long ago, and since then the zone shrank and the employees were removed."""
    dossier = ready()
    dossier.establishment.employees.all().delete()
    for centre in MedicalCentre.objects.all():
        centre.communes.all().delete()
    answer = holder(dossier).post(url(dossier, "finalisation"), NAMES)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Ajoutez au moins un salarié" in page
    assert "zone d’agrément" in page
    assert "Gérante" in page
    dossier.refresh_from_db()
    assert dossier.state == State.DRAFT


@pytest.mark.fault("G1")
def test_refresh_and_back_after_validation_change_nothing_and_show_the_same_page(holder):
    dossier = ready()
    client = holder(dossier)
    first = client.post(url(dossier, "finalisation"), NAMES)
    again = client.post(url(dossier, "finalisation"), {**NAMES, "representative_last_name": "Autre"})
    assert again["Location"] == first["Location"]
    assert client.get(first["Location"]).status_code == 200
    assert client.get(url(dossier, "etablissement"))["Location"] == reverse("membership:dossier", args=[dossier.pk])
    dossier.refresh_from_db()
    assert dossier.representative_last_name == "Morel"
    assert (Document.objects.count(), Message.objects.count()) == (1, 1)


@pytest.mark.fault("G1", "G2")
@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_on_validate_make_one_dossier_and_all_see_the_confirmation(holder):
    make_operator()
    dossier = ready()
    clients = [holder(dossier) for _ in range(8)]
    answers = at_once(8, lambda n: clients[n].post(url(dossier, "finalisation"), NAMES)["Location"])
    assert set(answers) == {reverse("membership:confirmation", args=[dossier.pk])}
    assert (Document.objects.count(), Message.objects.count()) == (1, 1)


@pytest.mark.fault("A6")
def test_extra_fields_change_nothing_else(begin):
    client, dossier = begin()
    forged = {
        "state": "accepted",
        "reference": "PA-1",
        "queue": "ready",
        "confirmed_steps": "x",
        "id": "1",
        "price": "0",
    }
    client.post(
        url(dossier, "eligibilite"), {**ELIGIBILITY, **forged, "name": "Injecté", "representative_email": "x@y.fr"}
    )
    dossier.refresh_from_db()
    assert (dossier.state, dossier.reference, dossier.queue) == (State.DRAFT, None, "")
    assert dossier.confirmed_steps == ["eligibilite"]
    assert (dossier.establishment.name, dossier.representative_email) == ("", "")


@pytest.mark.fault("F2")
@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "{{ 7*7 }}{% load x %}", "'; DROP TABLE membership_application; --"]
)
def test_markup_is_text_like_any_other(begin, text):
    client, dossier = begin()
    client.post(url(dossier, "eligibilite"), ELIGIBILITY)
    assert client.post(url(dossier, "etablissement"), {**SITE, "name": text}).status_code == 302
    dossier.refresh_from_db()
    assert dossier.establishment.name == text
    page = client.get(url(dossier, "etablissement")).content.decode()
    assert "<script>alert" not in page
    assert "49" not in page.partition("Raison sociale")[2][:400]


@pytest.mark.fault("F3")
@pytest.mark.parametrize("field", ["name", "street", "email"])
def test_line_ends_in_a_field_are_an_error_beside_it(begin, field):
    client, dossier = begin()
    client.post(url(dossier, "eligibilite"), ELIGIBILITY)
    answer = client.post(url(dossier, "etablissement"), {**SITE, field: "a@b.fr\r\nBcc: evil@example.org"})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


@pytest.mark.fault("D1")
def test_without_the_page_token_nothing_is_stored_and_the_entry_is_offered_again(holder):
    dossier = ready()
    client = holder(dossier, enforce_csrf_checks=True)
    typed = {**SITE, "name": "Nom tapé longuement", "csrfmiddlewaretoken": "x" * 64}
    answer = client.post(url(dossier, "etablissement"), typed, HTTP_SEC_FETCH_SITE="same-origin")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Nom tapé longuement" in page
    dossier.establishment.refresh_from_db()
    assert dossier.establishment.name != "Nom tapé longuement"
    # The button of that page sends all of it again, with a token that is good.
    token = answer.context["csrf_token"]
    sent = client.post(url(dossier, "etablissement"), {**typed, "csrfmiddlewaretoken": str(token)})
    assert sent.status_code == 302
    dossier.establishment.refresh_from_db()
    assert dossier.establishment.name == "Nom tapé longuement"


@pytest.mark.fault("D1")
def test_a_form_posted_from_another_site_stores_nothing_and_is_not_played_back(holder):
    dossier = ready()
    client = holder(dossier, enforce_csrf_checks=True)
    answer = client.post(
        url(dossier, "finalisation"), NAMES, HTTP_ORIGIN="https://evil.example", HTTP_SEC_FETCH_SITE="cross-site"
    )
    assert answer.status_code == 403
    assert "Gérante" not in answer.content.decode()
    dossier.refresh_from_db()
    assert dossier.state == State.DRAFT


@pytest.mark.req("B-01")
def test_two_people_on_one_step_are_told(holder):
    dossier = ready()
    claire, marc = holder(dossier), holder(dossier)
    seen = marc.get(url(dossier, "etablissement")).context["fingerprint"]
    claire.post(url(dossier, "etablissement"), {**SITE, "name": "Par Claire"})
    answer = marc.post(url(dossier, "etablissement"), {**SITE, "name": "Par Marc", FINGERPRINT: seen})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Par Claire" in page
    assert "Par Marc" in page
    dossier.establishment.refresh_from_db()
    assert dossier.establishment.name == "Par Claire"


@pytest.mark.req("B-01")
def test_who_still_types_when_a_colleague_validates_is_led_to_the_dossier_and_told(holder):
    dossier = ready()
    marc, upload = holder(dossier), accept(dossier, "kbis", pdf_file())
    workflow.submit(dossier, by=CLERK)
    urls = [
        reverse("membership:employees-add", args=[dossier.pk]),
        reverse("membership:upload-move", args=[dossier.pk, upload.pk]),
    ]
    for there in urls:
        answer = marc.post(there, {"last_name": "Petit"}, follow=True)
        assert answer.redirect_chain == [(reverse("membership:dossier", args=[dossier.pk]), 302)]
        page = answer.content.decode()
        assert "a été validée" in page
        assert "n’en fait pas partie" in page
    assert not dossier.establishment.employees.filter(last_name="Petit").exists()


@pytest.mark.req("B-02")
def test_my_dossier_tells_what_happened_what_is_missing_who_acts_and_by_when(holder):
    dossier = ApplicationFactory(awaiting=True)
    page = holder(dossier).get(reverse("membership:dossier", args=[dossier.pk])).content.decode()
    for shown in (
        dossier.reference,
        "Demande de pré-adhésion validée.",
        "Demande vérifiée, facture proforma envoyée.",
        "Extrait Kbis",
        "Bordereau de pré-adhésion signé",
        "À vous d’agir",
        "FR76",
    ):
        assert shown in page


@pytest.mark.req("B-04")
def test_the_company_reads_why_a_document_was_refused(holder):
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "kbis")
    upload = next(iter(dossier_uploads(dossier)))
    workflow.review_piece(dossier, upload, accepted=False, by=CLERK, reason="Kbis de plus de trois mois.")
    workflow.add_note(dossier, by=CLERK, text="Client pénible.")
    page = holder(dossier).get(reverse("membership:dossier", args=[dossier.pk])).content.decode()
    assert "Kbis de plus de trois mois." in page
    assert "Client pénible." not in page
    assert "Note interne" not in page


def dossier_uploads(dossier: Application):
    return Upload.objects.about(dossier)


@pytest.mark.fault("A10")
def test_what_changes_something_answers_to_post_only(holder):
    dossier, draft = ApplicationFactory(awaiting=True), ApplicationFactory()
    upload = accept(draft, "kbis", pdf_file())
    client = holder(dossier, draft)
    post_only = [
        reverse("membership:tell-owner", args=[draft.pk]),
        reverse("membership:upload-add", args=[draft.pk]),
        reverse("membership:upload-remove", args=[draft.pk, upload.pk]),
        reverse("membership:upload-move", args=[draft.pk, upload.pk]),
        reverse("accounts:new-link"),
    ]
    for address in post_only:
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            assert client.generic(method, address).status_code == 405, (method, address)
    read_only = [
        reverse("home"),
        reverse("membership:way-back-sent"),
        reverse("membership:open", args=["jeton"]),
        reverse("membership:dossier", args=[dossier.pk]),
        reverse("membership:confirmation", args=[dossier.pk]),
        reverse("membership:answers", args=[dossier.pk]),
        reverse("membership:left", args=[dossier.pk]),
        reverse("membership:upload-view", args=[draft.pk, upload.pk]),
        reverse("membership:upload-preview", args=[draft.pk, upload.pk]),
        reverse("membership:upload-merged", args=[draft.pk]),
        reverse("accounts:open-activation", args=["jeton"]),
        reverse("accounts:activated"),
        reverse("communes"),
        reverse("brand-css"),
        reverse("health-alive"),
        reverse("health-ready"),
    ]
    for address in read_only:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert client.generic(method, address).status_code == 405, (method, address)
    both = [
        reverse("membership:start"),
        reverse("membership:way-back"),
        url(draft, "eligibilite"),
        reverse("accounts:activate"),
    ]
    for address in both:
        for method in ("PUT", "PATCH", "DELETE", "TRACE"):
            assert client.generic(method, address).status_code == 405, (method, address)
    assert dossier_uploads(draft).get() == upload
    assert not Message.objects.about(draft).exists()


@pytest.mark.fault("A9")
def test_a_disabled_account_is_out_with_its_next_request(client):
    user = UserFactory(reader=True)
    sign_in(client, user)
    assert client.get(reverse("admin:index")).status_code == 200
    user.is_active = False
    user.save()
    assert client.get(reverse("admin:index")).status_code == 302
