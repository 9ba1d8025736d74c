"""Nobody tries everything, and nobody hides behind a header."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from core.throttle import client_ip, hit


def test_the_limit_is_what_may_still_pass():
    assert [hit("way-back", "a@b.fr", limit=3, seconds=60) for _ in range(5)] == [False, False, False, True, True]


def test_each_person_and_each_purpose_counts_alone():
    assert not hit("way-back", "a@b.fr", limit=1, seconds=60)
    assert hit("way-back", "a@b.fr", limit=1, seconds=60)
    assert not hit("way-back", "c@d.fr", limit=1, seconds=60)
    assert not hit("start", "a@b.fr", limit=1, seconds=60)


def test_no_try_at_all_may_be_allowed():
    assert hit("closed", "a@b.fr", limit=0, seconds=60)


@pytest.mark.fault("H4")
def test_the_address_is_not_readable_in_the_cache(monkeypatch):
    keys = []
    real = cache.add
    monkeypatch.setattr(cache, "add", lambda key, *args: (keys.append(key), real(key, *args))[1])
    hit("way-back", "claire.morel@morel.example", limit=3, seconds=60)
    assert len(keys) == 1
    assert "morel" not in keys[0]


@pytest.mark.fault("B3")
def test_without_a_proxy_of_ours_the_header_is_not_believed(settings):
    settings.TRUSTED_PROXIES = 0
    asked = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="10.0.0.1")
    assert client_ip(asked) == "203.0.113.9"


@pytest.mark.fault("B3")
@pytest.mark.parametrize(
    ("proxies", "header", "expected"),
    [
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "1.1.1.1, 2.2.2.2, 198.51.100.7", "198.51.100.7"),  # all but the last were sent by the caller
        (2, "1.1.1.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", "203.0.113.9"),  # shorter than our own chain: it did not come through it
        (1, "", "203.0.113.9"),
        (1, " , ", "203.0.113.9"),
    ],
)
def test_behind_our_proxies_only_what_they_wrote_counts(settings, proxies, header, expected):
    settings.TRUSTED_PROXIES = proxies
    asked = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR=header)
    assert client_ip(asked) == expected


@pytest.mark.fault("B3")
@pytest.mark.django_db
def test_a_forged_header_does_not_bypass_the_throttle_of_the_start_page(client):
    answers = [
        client.post("/adhesion/", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}").status_code for number in range(21)
    ]
    assert answers == [302] * 20 + [429]
    assert "Trop" in client.post("/adhesion/").content.decode()
