"""The pages that every visitor may ask for, one click from anywhere."""

from __future__ import annotations

import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db
PAGES = {"/mentions-legales/": "publisher", "/donnees-personnelles/": "privacy_contact", "/accessibilite/": "email"}


@pytest.mark.req("B-23")
@pytest.mark.parametrize(("path", "key"), PAGES.items())
def test_who_answers_for_the_site_is_told_and_linked_from_everywhere(client, path, key):
    page = client.get(path)
    assert page.status_code == 200
    assert settings.OPERATOR[key] in page.content.decode()
    assert f'href="{path}"' in client.get("/adhesion/").content.decode()
