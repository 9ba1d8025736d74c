"""Nobody tries everything, and nobody hides behind a header."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.cache import caches
from django.test import RequestFactory

from core import throttle
from core.throttle import client_ip, give_back, hit
from tests.core.threads import at_once
from tests.harness.processes import wait_until

FILES = "django.core.cache.backends.filebased.FileBasedCache"


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
def test_the_address_is_not_readable_in_the_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "h4"}}
    hit("way-back", "claire.morel@morel.example", limit=3, seconds=60)
    keys = list(caches["default"]._cache)
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


@pytest.mark.fault("B3")
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:aaaa:bbbb:cccc:dddd", True),  # one line of one subscriber
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.10", False),
    ],
)
def test_a_subscriber_does_not_bypass_the_throttle_with_his_many_addresses(one, other, same):
    places = {client_ip(RequestFactory().get("/", REMOTE_ADDR=address)) for address in (one, other)}
    assert (len(places) == 1) is same


@pytest.mark.fault("G5")
@pytest.mark.parametrize("mode", ["refuse", "hang", "drop"])
def test_without_the_shared_cache_pages_answer_and_tries_are_still_counted(settings, broken_tcp, monkeypatch, mode):
    redis = broken_tcp(mode)
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"redis://127.0.0.1:{redis.port}/1"}
    settings.CACHES = {"default": away | {"OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}}}
    monkeypatch.setattr(throttle, "_own_until", 0.0)
    throttle._own.clear()
    assert [hit("login-ip", "203.0.113.9", limit=3, seconds=60) for _ in range(5)] == [False, False, False, True, True]
    expected = 0 if mode == "refuse" else 1  # asked once, not by each try
    wait_until(lambda: redis.connections == expected)


@pytest.mark.fault("B3")
def test_a_cache_in_files_counts_for_as_long_as_it_was_told(settings, tmp_path):
    """Django's raises a count for five minutes only, whatever was asked, and keeps 300 of them."""
    settings.CACHES = {"default": {"BACKEND": FILES, "LOCATION": str(tmp_path), "OPTIONS": {"MAX_ENTRIES": 10_000}}}
    with time_machine.travel(datetime(2026, 11, 22, 10, 0, tzinfo=UTC), tick=False) as clock:
        assert [hit("start", "203.0.113.9", limit=2, seconds=3600) for _ in range(3)] == [False, False, True]
        clock.shift(59 * 60)
        assert hit("start", "203.0.113.9", limit=2, seconds=3600)
        clock.shift(2 * 60)
        assert not hit("start", "203.0.113.9", limit=2, seconds=3600)


@pytest.mark.fault("B2", "B5")
def test_many_at_once_do_not_share_one_count_in_files(settings, tmp_path):
    settings.CACHES = {"default": {"BACKEND": FILES, "LOCATION": str(tmp_path), "OPTIONS": {"MAX_ENTRIES": 10_000}}}

    def tries(_: int) -> list[bool]:
        return [hit("login-ip", "203.0.113.9", limit=20, seconds=60) for _ in range(10)]

    refused = [one for many in at_once(8, tries) for one in many]
    assert refused.count(False) == 20

    def gives_back(_: int) -> None:
        for _ in range(7):
            give_back("login-ip", "203.0.113.9")

    assert at_once(8, gives_back) == [None] * 8
    assert throttle._count(caches["default"], throttle._key("login-ip", "203.0.113.9"), 60) == 80 - 56 + 1


@pytest.mark.parametrize("backend", [FILES, "django.core.cache.backends.locmem.LocMemCache"])
def test_what_weighs_more_counts_more(settings, tmp_path, backend):
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}
    assert [hit("bytes", "here", limit=9, seconds=60, much=much) for much in (5, 4, 1, 0)] == [False, False, True, True]


@pytest.mark.parametrize("backend", [FILES, "django.core.cache.backends.locmem.LocMemCache"])
def test_good_tries_are_given_back(settings, tmp_path, backend):
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}
    give_back("login-ip", "203.0.113.9")  # never counted: nothing to give
    for _ in range(5):
        assert not hit("login-ip", "203.0.113.9", limit=1, seconds=60)
        give_back("login-ip", "203.0.113.9")
    assert [hit("login-ip", "203.0.113.9", limit=1, seconds=60) for _ in range(3)] == [False, True, True]
    give_back("login-ip", "203.0.113.9")
    assert hit("login-ip", "203.0.113.9", limit=1, seconds=60), "one, not all"
    give_back("login-ip", "203.0.113.9", all_of_them=True)
    assert not hit("login-ip", "203.0.113.9", limit=1, seconds=60)
