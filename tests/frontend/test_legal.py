"""The pages that every visitor may ask for, one click from anywhere."""

from __future__ import annotations

from html import unescape

import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db
PAGES = {"/mentions-legales/": "publisher", "/donnees-personnelles/": "privacy_contact", "/accessibilite/": "email"}


def test_who_answers_for_personal_data_on_what_ground_and_for_how_long(client):
    """Articles 13 and 14 of the RGPD."""
    page = unescape(client.get("/donnees-personnelles/").content.decode())
    operator = settings.OPERATOR
    for words in (
        f"Le responsable de ces traitements est {operator['name']}, {', '.join(operator['address'])}.",
        "Délégué à la protection des données",
        "leurs données nous sont transmises par leur employeur",
        "tant qu’elle dure, puis cinq ans",
        "mandats de prélèvement</strong> : dix ans",
        "trois ans après leur clôture",
        "après votre décès",
    ):
        assert words in page.replace("\u00a0", " "), words


def test_the_level_of_accessibility_is_told_on_every_page(client):
    """Decree 2019-768: the words themselves, and not only the page they lead to."""
    assert "Accessibilité\u00a0: non conforme" in unescape(client.get("/adhesion/").content.decode())


@pytest.mark.req("B-23")
@pytest.mark.parametrize(("path", "key"), PAGES.items())
def test_who_answers_for_the_site_is_told_and_linked_from_everywhere(client, path, key):
    page = client.get(path)
    assert page.status_code == 200
    assert settings.OPERATOR[key] in page.content.decode()
    assert f'href="{path}"' in client.get("/adhesion/").content.decode()
