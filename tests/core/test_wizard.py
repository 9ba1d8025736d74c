"""The wizard engine, with four small steps of its own on a real dossier."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django import forms
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.csrf import csrf_exempt

from config import urls as site
from core.access import PUBLIC, audience
from core.forms import GuichetModelForm
from core.wizard import FINGERPRINT, MAX_TYPED, Problem, Step, Wizard, WizardView
from membership.models import Application
from membership.states import State
from tests.core.threads import at_once
from tests.factories import ApplicationFactory

pytestmark = pytest.mark.django_db


def step_form(field: str, label: str, **options: Any) -> type[GuichetModelForm]:
    meta = type("Meta", (), {"model": Application, "fields": [field]})
    return type("ToyForm", (GuichetModelForm,), {field: forms.CharField(label=label, **options), "Meta": meta})


class Name(Step):
    slug, title, heading = "nom", "Nom", "Votre nom"
    form_class = step_form("representative_last_name", "Nom", max_length=20)
    invalidates = ("fonction",)


class FirstName(Step):
    """Asked of everybody but « Seul »."""

    slug, title, heading = "prenom", "Prénom", "Votre prénom"
    form_class = step_form("representative_first_name", "Prénom", max_length=20, required=False)

    def applies(self, dossier: Application) -> bool:
        return dossier.representative_last_name != "Seul"


class Function(Step):
    slug, title, heading = "fonction", "Fonction", "Votre fonction"
    form_class = step_form("representative_function", "Fonction", max_length=20)


class Send(Step):
    slug, title, heading = "envoi", "Envoi", "Envoyez"
    form_class = step_form("representative_email", "Adresse")

    def save(self, dossier: Application, form: Any, request: Any) -> None:
        super().save(dossier, form, request)
        dossier.state, dossier.reference, dossier.submitted_at = (
            State.SUBMITTED,
            f"T-{dossier.pk.hex[:12]}",
            timezone.now(),
        )
        dossier.version += 1


WIZARD = Wizard(Name(), FirstName(), Function(), Send())


class ToyWizard(WizardView):
    wizard = WIZARD

    def get_dossier(self) -> Application:
        return Application.objects.get(pk=self.kwargs["pk"])

    def step_url(self, dossier: Application, step: Step) -> str:
        return f"/essai/{dossier.pk}/{step.slug}/"

    def left(self, dossier: Application) -> HttpResponse:
        return HttpResponse("left")

    def closed(self, dossier: Application) -> HttpResponse:
        return HttpResponse("closed")


# Its step names stand in the stepper of the real templates; the token is tested on the real wizard.
view = csrf_exempt(audience(PUBLIC)(ToyWizard.as_view()))
urlpatterns = [*site.urlpatterns, path("essai/<uuid:pk>/<slug:step>/", view), path("essai/<uuid:pk>/", view)]


@pytest.fixture(autouse=True)
def _toy_urls(settings):
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def dossier() -> Application:
    return ApplicationFactory(
        representative_last_name="", representative_first_name="", representative_function="", representative_email=""
    )


class Browser:
    """One person at the toy wizard."""

    def __init__(self, dossier: Application):
        self.client, self.dossier = Client(), dossier

    def url(self, step: str) -> str:
        return f"/essai/{self.dossier.pk}/{step}/" if step else f"/essai/{self.dossier.pk}/"

    def get(self, step: str = "") -> Any:
        return self.client.get(self.url(step))

    def open(self, step: str) -> str:
        """The page's fingerprint, which its form sends back."""
        page = self.get(step).content.decode()
        return re.search(rf'name="{FINGERPRINT}" value="([0-9a-f]+)"', page)[1]

    def post(self, step: str, fingerprint: str | None = None, action: str = "next", **data: str) -> Any:
        sent = {FINGERPRINT: fingerprint if fingerprint is not None else self.open(step), "action": action, **data}
        return self.client.post(self.url(step), sent)

    def fill(self, *steps: str) -> None:
        answers = {
            "nom": {"representative_last_name": "Morel"},
            "prenom": {"representative_first_name": "Claire"},
            "fonction": {"representative_function": "Gérante"},
        }
        for step in steps:
            assert self.post(step, **answers[step]).status_code == 302


@pytest.fixture
def claire(dossier) -> Browser:
    return Browser(dossier)


def again(dossier: Application) -> Application:
    dossier.refresh_from_db()
    return dossier


# --- The way through --------------------------------------------------------------------------------------------------


@pytest.mark.req("B-01")
def test_each_step_is_saved_and_leads_to_the_next(claire, dossier):
    answer = claire.post("nom", representative_last_name="Morel")
    assert answer["Location"] == claire.url("prenom")
    assert again(dossier).representative_last_name == "Morel"
    assert dossier.confirmed_steps == ["nom"]
    assert claire.get()["Location"] == claire.url("prenom"), "who comes back is led to where he was"


def test_an_optional_step_may_be_left_empty_and_counts_as_done(claire, dossier):
    claire.fill("nom")
    assert claire.post("prenom", representative_first_name="")["Location"] == claire.url("fonction")
    assert again(dossier).confirmed_steps == ["nom", "prenom"]


@pytest.mark.req("B-01")
def test_a_step_is_not_done_because_its_fields_happen_to_be_filled(claire, dossier):
    Application.objects.filter(pk=dossier.pk).update(representative_last_name="Morel")
    assert claire.get()["Location"] == claire.url("nom")


@pytest.mark.fault("A7")
def test_nobody_skips_ahead(claire, dossier):
    claire.fill("nom")
    assert claire.get("envoi")["Location"] == claire.url("prenom")
    answer = claire.post("envoi", fingerprint="", representative_email="a@b.fr")
    assert answer["Location"] == claire.url("prenom")
    assert again(dossier).state == State.DRAFT
    assert dossier.representative_email == ""


def test_a_step_that_does_not_exist_is_not_found(claire):
    assert claire.get("inconnue").status_code == 404


def test_going_back_loses_nothing(claire, dossier):
    claire.fill("nom", "prenom")
    assert 'value="Morel"' in claire.get("nom").content.decode()
    claire.fill("nom")
    assert again(dossier).confirmed_steps == ["prenom", "nom"]
    assert claire.get()["Location"] == claire.url("fonction")


def test_a_changed_answer_asks_again_for_what_depends_on_it(claire, dossier):
    claire.fill("nom", "prenom", "fonction")
    claire.fill("nom")
    assert "fonction" in again(dossier).confirmed_steps, "the same answer again changes nothing"
    claire.post("nom", representative_last_name="Roche")
    assert "fonction" not in again(dossier).confirmed_steps
    assert dossier.representative_function == "Gérante", "what was answered is still there to be confirmed"
    assert claire.get("envoi")["Location"] == claire.url("fonction")


def test_a_step_that_does_not_apply_is_neither_shown_nor_asked(claire, dossier):
    answer = claire.post("nom", representative_last_name="Seul")
    assert answer["Location"] == claire.url("fonction")
    assert claire.get("prenom")["Location"] == claire.url("fonction")
    page = claire.get("fonction").content.decode()
    assert "Étape 2 sur 3" in page
    assert "Prénom" not in page


# --- What is typed and cannot be stored -------------------------------------------------------------------------------


@pytest.mark.req("B-01")
def test_what_is_not_valid_is_kept_as_typed_and_told(claire, dossier):
    answer = claire.post("nom", representative_last_name="M" * 21)
    assert answer.status_code == 422
    assert "M" * 21 in answer.content.decode()
    assert again(dossier).representative_last_name == ""
    assert dossier.confirmed_steps == []
    # Another day, another browser:
    page = Browser(dossier).get("nom").content.decode()
    assert "M" * 21 in page
    assert "20 caractères au plus" in page
    claire.fill("nom")
    assert again(dossier).typed == {}


@pytest.mark.req("B-01")
@pytest.mark.parametrize("typed", ["Morel", "M" * 21, ""])
def test_save_and_leave_keeps_valid_and_invalid_entries_alike(claire, dossier, typed):
    assert claire.post("nom", action="save", representative_last_name=typed).content == b"left"
    if typed:
        assert f'value="{typed}"' in Browser(dossier).get("nom").content.decode()
    assert (again(dossier).confirmed_steps == ["nom"]) is (typed == "Morel")


@pytest.mark.req("B-01")
def test_leaving_on_the_last_step_submits_nothing(claire, dossier):
    claire.fill("nom", "prenom", "fonction")
    assert claire.post("envoi", action="save", representative_email="claire@morel.example").content == b"left"
    assert again(dossier).state == State.DRAFT
    assert 'value="claire@morel.example"' in claire.get("envoi").content.decode()
    assert claire.post("envoi", representative_email="claire@morel.example").content == b"closed"
    assert again(dossier).state == State.SUBMITTED


@pytest.mark.fault("F4")
@pytest.mark.parametrize(
    "typed",
    ["\0", "Nom\0caché", "👨‍👩‍👧‍👦" * 30, "\u202eleroM", "م" * 40, "x" * 20_000, "{{ 7*7 }}{% load x %}" * 3],
)
def test_text_that_cannot_be_stored_is_a_field_error_and_is_kept(claire, dossier, typed):
    sent = urlencode({"action": "next", "representative_last_name": typed.encode("utf-8", "surrogatepass")})
    answer = claire.client.post(claire.url("nom"), sent, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
    assert answer.context["form"].errors["representative_last_name"]
    kept = again(dossier).typed["nom"]["representative_last_name"][0]
    if typed.isprintable():
        assert kept == typed[:MAX_TYPED]
        assert escape(kept) in claire.get("nom").content.decode()
    else:
        assert "\0" not in kept
        assert claire.get("nom").status_code == 200
    assert dossier.representative_last_name == ""


@pytest.mark.fault("A6")
def test_only_the_fields_of_the_step_are_taken(claire, dossier):
    claire.post(
        "nom",
        representative_last_name="Morel",
        representative_email="x@y.fr",
        state="accepted",
        siret="1",
        confirmed_steps='["envoi"]',
        queue="ready",
        version="99",
        is_staff="1",
    )
    after = again(dossier)
    assert (after.state, after.representative_email, after.confirmed_steps) == (State.DRAFT, "", ["nom"])
    assert (after.queue, after.version) == ("", 1)
    claire.post("nom", representative_last_name="M" * 30, state="accepted")
    assert again(dossier).typed == {"nom": {"representative_last_name": ["M" * 30]}}


# --- Two people, two tabs, two clicks ---------------------------------------------------------------------------------


@pytest.mark.req("B-01")
@pytest.mark.parametrize("action", ["next", "save"])
def test_of_two_people_on_one_step_the_second_is_told_and_keeps_what_he_typed(claire, dossier, action):
    marc = Browser(dossier)
    seen = marc.open("nom")
    claire.fill("nom")
    answer = marc.post("nom", seen, action, representative_last_name="Roche")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Quelqu’un d’autre a modifié cette étape" in page
    assert "Morel" in page
    assert 'value="Roche"' in page
    assert again(dossier).representative_last_name == "Morel"
    # « Suivant » on the page he now sees replaces, knowingly.
    now = re.search(rf'name="{FINGERPRINT}" value="([0-9a-f]+)"', page)[1]
    assert marc.post("nom", now, representative_last_name="Roche").status_code == 302
    assert again(dossier).representative_last_name == "Roche"


def test_two_people_on_two_steps_do_not_bother_each_other(claire, dossier):
    claire.fill("nom")
    marc = Browser(dossier)
    seen = marc.open("prenom")
    claire.post("nom", representative_last_name="Roche")
    assert marc.post("prenom", seen, representative_first_name="Marc").status_code == 302
    assert again(dossier).representative_last_name == "Roche"
    assert dossier.representative_first_name == "Marc"


def test_two_people_with_the_same_answer_do_not_disagree(claire, dossier):
    marc = Browser(dossier)
    seen = marc.open("nom")
    claire.fill("nom")
    assert marc.post("nom", seen, representative_last_name="Morel").status_code == 302


@pytest.mark.fault("G1")
@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_the_last_step_submits_once():
    dossier = ApplicationFactory(representative_email="")
    Application.objects.filter(pk=dossier.pk).update(confirmed_steps=["nom", "prenom", "fonction"])
    browsers = [Browser(dossier) for _ in range(4)]
    seen = [browser.open("envoi") for browser in browsers]
    answers = at_once(
        4, lambda n: browsers[n].post("envoi", seen[n], representative_email="claire@morel.example").content
    )
    assert answers == [b"closed"] * 4
    assert again(dossier).version == 2, "submitted once"


@pytest.mark.fault("G1")
def test_back_and_submit_again_after_submission_changes_nothing(claire, dossier):
    claire.fill("nom", "prenom", "fonction")
    claire.post("envoi", representative_email="claire@morel.example")
    stored = Application.objects.filter(pk=dossier.pk).values().get()
    assert claire.get("nom").content == b"closed"
    assert claire.post("nom", "", representative_last_name="Roche").content == b"closed"
    assert claire.post("envoi", "", representative_email="x@y.fr").content == b"closed"
    assert Application.objects.filter(pk=dossier.pk).values().get() == stored


# --- The whole --------------------------------------------------------------------------------------------------------


def test_the_full_check_names_each_step_that_is_not_right(dossier):
    found = [(step.slug, problem.field) for step, problem in WIZARD.problems(dossier)]
    assert found == [
        ("nom", "representative_last_name"),
        ("fonction", "representative_function"),
        ("envoi", "representative_email"),
    ]
    dossier.representative_last_name = "Morel"
    assert ("nom", Problem) not in [(step.slug, type(problem)) for step, problem in WIZARD.problems(dossier)]


def test_the_summary_shows_answers_with_their_labels(dossier):
    dossier.representative_last_name = "Morel"
    sections = WIZARD.sections(dossier)
    assert [section["title"] for section in sections] == ["Nom", "Prénom", "Fonction", "Envoi"]
    assert sections[0]["rows"] == [("Nom", "Morel")]
    assert sections[2]["rows"] == [("Fonction", "Non renseigné")]


def test_the_stepper_links_what_can_be_reached(claire, dossier):
    claire.fill("nom", "prenom")
    page = claire.get("nom").content.decode()
    assert claire.url("prenom") in page
    assert claire.url("fonction") in page
    assert claire.url("envoi") not in page
