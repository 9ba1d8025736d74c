"""What people type in a form, and what they are told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.forms import (
    BirthDateField,
    CommuneField,
    CommuneFieldsMixin,
    FrenchDateField,
    GuichetForm,
    IbanField,
    MoneyField,
    NafField,
    PhoneField,
    PostcodeField,
    SiretField,
    WholeNumberField,
    parse_date,
)
from core.identifiers import Invalid
from core.models import Commune, Postcode


class Sample(GuichetForm):
    name = forms.CharField(label="Nom", max_length=10)
    email = forms.EmailField(label="Adresse électronique", required=False)
    born = BirthDateField(label="Date de naissance", required=False)
    start = FrenchDateField(label="Date d’embauche", required=False, minimum=date(2020, 1, 1))
    siret = SiretField(label="SIRET", required=False)
    naf = NafField(label="Code NAF", required=False)
    phone = PhoneField(label="Téléphone", required=False)
    iban = IbanField(label="IBAN", required=False)
    count = WholeNumberField(label="Nombre de salariés", required=False, min_value=1)
    amount = MoneyField(label="Montant", required=False)
    role = forms.ChoiceField(
        label="Rôle", required=False, choices=[("a", "Dirigeant"), ("b", "Comptable")], widget=forms.RadioSelect
    )
    note = forms.CharField(label="Précisions", required=False, widget=forms.Textarea)


def cleaned(**data: str) -> dict:
    form = Sample({"name": "Morel", **data})
    assert form.is_valid(), form.errors
    return form.cleaned_data


def error(field: str, value: str) -> str:
    form = Sample({"name": "Morel", field: value})
    assert not form.is_valid()
    assert list(form.errors) == [field]
    return str(form.errors[field][0])


@pytest.mark.parametrize(
    "typed", ["14/09/1988", "14.09.1988", "14-9-1988", "14 09 1988", "14091988", "1988-09-14", " 14 / 9 / 1988 "]
)
def test_a_date_is_taken_as_people_write_it(typed: str) -> None:
    assert cleaned(born=typed)["born"] == date(1988, 9, 14)


@pytest.mark.fault("E11")
@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("3 mars 2020", date(2020, 3, 3)),
        ("1er janvier 2019", date(2019, 1, 1)),
        ("14 Août 1988", date(1988, 8, 14)),
        ("14 aout 1988", date(1988, 8, 14)),
        ("2-DÉCEMBRE-2001", date(2001, 12, 2)),
    ],
)
def test_a_date_in_words_is_read(typed: str, day: date) -> None:
    assert parse_date(typed) == day


@pytest.mark.parametrize("typed", ["3 mars 20", "31 juin 2020", "3 brumaire 2020", "mars 2020"])
def test_a_date_in_words_that_is_none_is_told(typed: str) -> None:
    with pytest.raises(Invalid, match="Exemple : "):
        parse_date(typed)


@pytest.mark.fault("E11", "H1")
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("31/02/2026", "La date 31/02/2026 n’existe pas. Exemple : 28/02/2026"),
        ("30/02/2028", "La date 30/02/2028 n’existe pas. Exemple : 29/02/2028"),
        ("12/13/2026", "La date 12/13/2026 n’existe pas."),
        ("00/01/2026", "La date 00/01/2026 n’existe pas. Exemple : 01/01/2026"),
        ("14/09/88", "quatre chiffres"),
        ("hier", "le jour, le mois et l’année"),
        ("45000", "le jour, le mois et l’année"),
        ("14/09/" + "1" * 5000, "le jour, le mois et l’année"),
        ("01/01/0000", "n’existe pas"),
        ("31/12/2019", "La date 31/12/2019 ne peut pas être avant le 01/01/2020."),
    ],
)
def test_an_impossible_date_says_why(typed: str, told: str) -> None:
    assert told in error("start", typed)


def test_nobody_is_born_tomorrow(time_machine) -> None:
    time_machine.move_to("2026-11-22 12:00+01:00")
    assert cleaned(born="22/11/2026")["born"] == date(2026, 11, 22)
    assert error("born", "23/11/2026") == "La date 23/11/2026 ne peut pas être après le 22/11/2026."


@pytest.mark.parametrize(
    ("field", "typed", "stored", "shown"),
    [
        ("siret", "732.829 320-00074", "73282932000074", "732 829 320 00074"),
        ("naf", "16.23z", "1623Z", "16.23Z"),
        ("phone", "01.23.45.67.89", "+33123456789", "01 23 45 67 89"),
        ("iban", "fr7630006000011234567890189", "FR7630006000011234567890189", "FR76 3000 6000 0112 3456 7890 189"),
    ],
)
def test_numbers_are_taken_however_grouped_and_shown_grouped(field: str, typed: str, stored: str, shown: str) -> None:
    assert cleaned(**{field: typed})[field] == stored
    form = Sample(initial={field: stored})
    assert f'value="{shown}"' in str(form[field])
    assert not Sample({"name": "", field: shown}, initial={field: stored}).fields[field].has_changed(stored, shown)


def test_a_wrong_number_is_shown_as_it_was_typed() -> None:
    form = Sample({"name": "Morel", "siret": "732 829 320 0007"})
    assert "14 chiffres" in form.errors["siret"][0]
    assert 'value="732 829 320 0007"' in str(form["siret"])


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("1382,76", "1382.76"),
        ("1 382,76 €", "1382.76"),
        ("1\u202f382,7", "1382.7"),
        ("1382.76", "1382.76"),
        ("12", "12"),
    ],
)
def test_an_amount_takes_the_french_comma(typed: str, stored: str) -> None:
    assert cleaned(amount=typed)["amount"] == Decimal(stored)
    assert 'value="1382,76"' in str(Sample(initial={"amount": Decimal("1382.76")})["amount"])


def test_an_amount_has_two_decimals_at_most() -> None:
    assert "Deux chiffres au plus après la virgule" in error("amount", "1,234")
    assert "en chiffres" in error("amount", "douze")
    assert "en chiffres" in error("amount", "1e9")


def test_a_count_takes_spaces_and_refuses_words() -> None:
    assert cleaned(count="1 200")["count"] == 1200
    assert error("count", "douze") == "Écrivez un nombre entier, en chiffres. Exemple : 12"
    assert error("count", "0") == "Ce nombre doit être d’au moins 1."
    assert "nombre entier" in error("count", "9" * 5000)


def test_what_is_missing_is_asked_by_its_name() -> None:
    form = Sample({})
    assert form.errors["name"] == ["Indiquez le nom."]

    class Other(GuichetForm):
        birth = BirthDateField(label="Date de naissance")
        iban = IbanField(label="IBAN")
        role = forms.ChoiceField(label="Rôle", choices=[("a", "A")])
        odd = forms.CharField(label="Vous avez déménagé ?")
        agree = forms.BooleanField(label="Je certifie l’exactitude de ces réponses.")
        theme = forms.ChoiceField(label="Thème", choices=[("a", "A")])
        mail = forms.EmailField(label="Votre adresse électronique")
        phone = PhoneField(label="Téléphone")
        new = forms.EmailField(label="Nouvelle adresse électronique")
        last = FrenchDateField(label="Dernier jour de travail")
        note = forms.CharField(label="Note interne", widget=forms.Textarea)
        text = forms.CharField(label="Votre message", widget=forms.Textarea)
        bill = forms.ChoiceField(label="Facture à régler", choices=[("a", "A")])
        unknown = forms.CharField(label="Jours pour régler")
        way = forms.ChoiceField(label="Recevoir le code de signature", choices=[("a", "A")])
        own = forms.CharField(label="Nom", error_messages={"required": "Écrivez votre nom de famille."})

    assert {name: errors[0] for name, errors in Other({}).errors.items()} == {
        "birth": "Indiquez la date de naissance.",
        "iban": "Indiquez l’IBAN.",
        "role": "Choisissez le rôle.",
        "odd": "Répondez à « Vous avez déménagé ? ».",
        "agree": "Pour continuer, cochez « Je certifie l’exactitude de ces réponses ».",
        "theme": "Choisissez le thème.",
        "mail": "Indiquez votre adresse électronique.",
        "phone": "Indiquez le numéro de téléphone.",
        "new": "Indiquez la nouvelle adresse électronique.",
        "last": "Indiquez le dernier jour de travail.",
        "note": "Écrivez la note interne.",
        "text": "Écrivez votre message.",
        "bill": "Choisissez la facture à régler.",
        "unknown": "Remplissez « Jours pour régler ».",
        "way": "Faites un choix : « Recevoir le code de signature ».",
        "own": "Écrivez votre nom de famille.",
    }


@pytest.mark.fault("F4", "F3")
@pytest.mark.parametrize("bad", ["a\0b", "a\u202eb", "a\u2066b", "a\x07b", "a\x85b", "a\ufeffb"])
def test_invisible_characters_are_refused_in_french(bad: str) -> None:
    assert "caractère invisible" in error("name", bad)
    assert "caractère invisible" in error("note", bad)


@pytest.mark.fault("F3")
@pytest.mark.parametrize("bad", ["a\r\nBcc: x", "a\nb", "a\u2028b"])
def test_one_line_stays_one_line(bad: str) -> None:
    assert error("name", bad) == "Écrivez cette réponse sur une seule ligne."
    assert cleaned(note="un\r\ndeux")["note"] == "un\r\ndeux"


@pytest.mark.fault("F4")
def test_any_script_is_welcome_and_stored_composed() -> None:
    assert cleaned(name="Élodie")["name"] == "Élodie"
    assert cleaned(name="مرحبا")["name"] == "مرحبا"
    assert cleaned(name="👩‍👩‍👧")["name"] == "👩‍👩‍👧"
    assert "trop long" in error("name", "x" * 10_000)


@pytest.mark.fault("F2")
def test_what_was_typed_comes_back_as_text() -> None:
    html = str(Sample({"name": '"><script>{{7*7}}</script>'}))
    assert "<script>" not in html
    assert "&lt;script&gt;{{7*7}}" in html


def test_a_field_says_what_it_is_and_what_is_wrong() -> None:
    form = Sample({"name": "", "siret": "12", "role": "z"})
    html = str(form)
    assert '<label for="id_name">Nom</label>' in html
    assert 'aria-invalid="true" aria-describedby="id_name_error"' in html
    assert 'aria-describedby="id_siret_helptext id_siret_error"' in html
    assert '<span class="optional">(facultatif)</span>' in html
    assert '<fieldset id="id_role" class="field wrong" aria-describedby="id_role_error">' in html
    assert '<p class="why" id="id_name_error"><span class="sr">Erreur\u00a0: </span>Indiquez le nom.</p>' in html


def test_the_summary_leads_to_the_fields_and_names_them() -> None:
    form = Sample({"name": "", "count": "douze", "role": "z"})
    assert form.problems == [
        ("id_name", "Indiquez le nom."),
        ("id_count", "Nombre de salariés : écrivez un nombre entier, en chiffres. Exemple : 12"),
        ("id_role_0", "Rôle : cette réponse n’est pas dans la liste. Choisissez une des réponses proposées."),
    ]


# --- Postcode and commune ---------------------------------------------------------------------------------------------


class Place(CommuneFieldsMixin, GuichetForm):
    commune_prefixes = ("", "other_")

    postcode = PostcodeField(label="Code postal")
    commune = CommuneField()
    other_postcode = PostcodeField(label="Code postal", required=False)
    other_commune = CommuneField(required=False)


@pytest.fixture
def communes(db: None) -> None:
    for code, name, postcode in (
        ("91103", "Brétigny-sur-Orge", "91220"),
        ("91457", "Le Plessis-Pâté", "91220"),
        ("91333", "Leuville-sur-Orge", "91310"),
        ("75056", "Paris", "75011"),
    ):
        commune = Commune.objects.create(code=code, name=name, department=code[:2])
        Postcode.objects.create(code=postcode, commune=commune)


@pytest.mark.usefixtures("communes")
class TestCommunes:
    def test_the_only_commune_of_a_postcode_is_chosen(self) -> None:
        form = Place({"postcode": "75 011", "commune": ""})
        assert form.is_valid(), form.errors
        assert form.cleaned_data["commune"] == "75056"

    @pytest.mark.req("B-23")
    def test_several_come_back_as_a_list_to_choose_from(self) -> None:
        form = Place({"postcode": "91220", "commune": ""})
        assert form.errors["commune"] == ["Choisissez la commune (le code postal 91220 couvre 2 communes)."]
        assert '<option value="91457">Le Plessis-Pâté</option>' in str(form["commune"])
        assert Place({"postcode": "91220", "commune": "91457"}).is_valid()

    def test_a_commune_of_another_postcode_is_not_taken(self) -> None:
        assert "commune" in Place({"postcode": "91220", "commune": "75056"}).errors
        corrected = Place({"postcode": "75011", "commune": "91103"})
        assert corrected.is_valid()
        assert corrected.cleaned_data["commune"] == "75056"

    def test_an_unknown_postcode_is_told_once_beside_the_postcode(self) -> None:
        form = Place({"postcode": "99999", "commune": ""})
        assert list(form.errors) == ["postcode"]
        assert "Aucune commune n’a le code postal 99999" in form.errors["postcode"][0]
        assert list(Place({"postcode": "912", "commune": ""}).errors) == ["postcode"]
        assert list(Place({}).errors) == ["postcode"]

    def test_all_the_lists_of_a_page_cost_one_query(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            form = Place(initial={"postcode": "91220", "commune": "91103", "other_postcode": "75011"})
            html = str(form)
        assert len(queries) == 1
        assert '<option value="91103" selected>Brétigny-sur-Orge</option>' in html
        with CaptureQueriesContext(connection) as queries:
            str(Place())
        assert len(queries) == 0

    def test_the_fragment_for_the_list(self, client) -> None:
        answer = client.get("/communes/", {"facturation-postcode": "91220"}).content.decode()
        assert answer == (
            '<option value="">Choisissez la commune</option>'
            '<option value="91103">Brétigny-sur-Orge</option>'
            '<option value="91457">Le Plessis-Pâté</option>'
        )
        kept = client.get("/communes/", {"billing_postcode": "91220", "billing_commune": "91457"}).content.decode()
        assert '<option value="91457" selected>' in kept
        only = client.get("/communes/", {"postcode": "75011"}).content.decode()
        assert only == '<option value="75056">Paris</option>'
        for odd in ("912", "<script>", "\0", ""):
            assert "Indiquez d’abord le code postal" in client.get("/communes/", {"postcode": odd}).content.decode()
        assert client.post("/communes/").status_code == 405


class Person(GuichetForm):
    last_name = forms.CharField(label="Nom", max_length=80)
    job_title = forms.CharField(label="Poste", max_length=100, required=False)
    consent = forms.BooleanField(label="J’accepte.", required=False)


@pytest.mark.fault("F4")
@pytest.mark.parametrize("name", ["🙂🙂", "***", "12", "- '"])
def test_a_person_s_name_and_job_have_a_letter(name: str) -> None:
    errors = Person({"last_name": name, "job_title": name}).errors
    assert list(errors) == ["last_name", "job_title"]
    assert "avec des lettres" in errors["last_name"][0]
    assert Person({"last_name": "O’Neill 2", "job_title": "李"}).is_valid()
    assert Person({"last_name": "<b>Morel</b>"}).is_valid()


@pytest.mark.fault("B11", "F1")
@pytest.mark.parametrize(
    "text", ["Gagnez ! https://piege.example/x", "HTTP://piege.example", "www.piege.example", "aide@piege.example"]
)
def test_a_name_is_no_link_in_a_mail_that_leaves_in_our_name(text: str) -> None:
    class Company(GuichetForm):
        name = forms.CharField(label="Raison sociale", max_length=150)
        trade_name = forms.CharField(label="Enseigne", max_length=150)
        representative_first_name = forms.CharField(label="Prénom", max_length=80)
        topic = forms.CharField(label="Sujet")

    names = ["name", "trade_name", "representative_first_name"]
    errors = Company(dict.fromkeys([*names, "topic"], text)).errors
    assert list(errors) == names
    assert "sans adresse de site" in errors["name"][0]
    assert Company(dict.fromkeys([*names, "topic"], "Voyages-Morel.com & Cie / C@fé")).is_valid()


def test_the_summary_says_the_sentence_of_a_box_once_and_without_its_label() -> None:
    class Boxes(GuichetForm):
        first = forms.BooleanField(label="J’accepte (A).", error_messages={"required": "Cochez les cases."})
        second = forms.BooleanField(label="J’accepte (B).", error_messages={"required": "Cochez les cases."})

    assert Boxes({}).problems == [("id_first", "Cochez les cases.")]


def test_too_long_a_name_is_told_and_not_cut_by_the_browser() -> None:
    form = Person({"last_name": "a" * 81})
    assert "maxlength" not in str(form["last_name"])
    assert "80 caractères au plus (81 saisis)" in form.errors["last_name"][0]
