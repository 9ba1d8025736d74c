"""The operator's brand: opening hours that know what day it is, colours that can be read."""

from __future__ import annotations

import tomllib

import pytest
from django.conf import settings
from django.core.checks.registry import registry
from django.shortcuts import resolve_url
from django.test import Client, override_settings
from django.urls import reverse

from core.brand import Brand, brand, check_operator, contrast, parse_hours
from tests.factories import UserFactory, sign_in

HOURS = "1-5 09:00-12:00,14:00-17:30; 6 09:00-12:00"


def operator(**changes: str) -> dict:
    return {**settings.OPERATOR, "hours": HOURS, **changes}


@pytest.mark.req("B-25")
@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23 09:00+01:00", (True, "ouvert jusqu’à 12\u00a0h")),
        ("2026-11-23 11:59+01:00", (True, "ouvert jusqu’à 12\u00a0h")),
        ("2026-11-23 12:00+01:00", (False, "ouvre à 14\u00a0h")),
        ("2026-11-23 17:00+01:00", (True, "ouvert jusqu’à 17\u00a0h\u00a030")),
        ("2026-11-23 17:30+01:00", (False, "ouvre demain à 9\u00a0h")),
        ("2026-11-28 12:30+01:00", (False, "ouvre lundi à 9\u00a0h")),
        ("2026-11-10 18:00+01:00", (False, "ouvre jeudi à 9\u00a0h")),  # 11 November is a public holiday
        ("2027-05-01 10:00+02:00", (False, "ouvre lundi à 9\u00a0h")),  # a Saturday, and Labour Day
        ("2026-11-23 08:30+00:00", (True, "ouvert jusqu’à 12\u00a0h")),  # half past nine in Paris
    ],
)
def test_knows_whether_somebody_answers(time_machine, moment: str, expected: tuple[bool, str]) -> None:
    time_machine.move_to(moment)
    assert Brand(operator()).open_state() == expected


@pytest.mark.req("A-07")
@pytest.mark.parametrize(
    ("phone", "note"),
    [
        ("+33123456789", "appel non surtaxé"),
        ("+33980989822", "appel non surtaxé"),
        ("+33806000000", "appel non surtaxé"),  # « prix d’un appel »
        ("+33800000000", "service et appel gratuits"),
        ("+33805000000", "service et appel gratuits"),
        ("0805000000", "service et appel gratuits"),
        ("+33820000000", ""),
        ("3646", ""),
    ],
)
def test_says_what_calling_costs(phone: str, note: str) -> None:
    assert Brand(operator(phone=phone)).phone_note == note


@pytest.mark.req("B-25")
def test_says_its_hours_in_french() -> None:
    assert Brand(operator()).hours_text == [
        "du lundi au vendredi, de 9\u00a0h à 12\u00a0h et de 14\u00a0h à 17\u00a0h\u00a030",
        "le samedi, de 9\u00a0h à 12\u00a0h",
    ]


def test_refuses_hours_nobody_understands() -> None:
    with pytest.raises(ValueError, match="lundi"):
        parse_hours("lundi 9h-17h")


def test_contrast_is_the_one_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("accent", "found"), [("#0e5a62", []), ("#79a9a6", ["guichet.E001"]), ("vert", ["guichet.E001"])]
)
def test_an_accent_that_cannot_be_read_stops_the_start(accent: str, found: list[str]) -> None:
    with override_settings(OPERATOR=operator(accent=accent)):
        assert [error.id for error in check_operator(None)] == found
    assert check_operator in registry.registered_checks


@pytest.mark.parametrize(
    ("account", "found"),
    [
        ({"iban": "FR1420041010050500013M02606", "bic": "PSSTFRPP"}, []),
        ({"iban": "FR14 2004 1010 0505 0001 3M02 606", "bic": "PSSTFRPPPAR"}, []),
        ({"iban": "", "bic": ""}, ["guichet.E004", "guichet.E005"]),
        ({"iban": "FR7630006000011234567890189", "bic": "AGRIFRPP"}, ["guichet.E004"]),
        ({"iban": "FR76 9999 9000 9100 0043 1000 029", "bic": "AGRIFRPP"}, ["guichet.E004"]),
        ({"iban": "FR1420041010050500013M02607", "bic": "PSST"}, ["guichet.E004", "guichet.E005"]),
    ],
)
def test_outside_the_demonstration_money_is_asked_for_on_the_operators_own_account(account, found) -> None:
    with override_settings(OPERATOR=operator(**account), DEMO=False):
        assert [error.id for error in check_operator(None)] == found
    with override_settings(OPERATOR=operator(**account), DEMO=True):
        assert check_operator(None) == []


@pytest.mark.django_db
def test_another_accent_is_served_as_a_stylesheet_and_the_default_costs_nothing(client: Client) -> None:
    page = client.get("/galerie/pages/confirmation/").content.decode()
    assert "brand.css" not in page
    with override_settings(OPERATOR=operator(accent="#5B2A86")):
        brand.cache_clear()
        try:
            page = client.get("/galerie/pages/confirmation/").content.decode()
            address = brand().stylesheet_url
            sheet = client.get(address)
        finally:
            brand.cache_clear()
    assert f'href="{address}"' in page
    assert "--accent: #5b2a86;" in sheet.content.decode()
    assert sheet["Content-Type"].startswith("text/css")
    assert "immutable" in sheet["Cache-Control"]


@pytest.mark.req("X-02")
@pytest.mark.django_db
def test_the_header_of_each_page_says_the_version(client: Client) -> None:
    version = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
    header = client.get(resolve_url(settings.LOGIN_URL)).content.decode().split("<main")[0]
    assert f"version {version}" in header.split('<header class="top">')[1]
    office = Client()
    sign_in(office, UserFactory(superuser=True))
    text = office.get(reverse("admin:index")).content.decode()
    assert f"version {version}" in text.split('id="site-name"')[1].split("</div>")[0]
