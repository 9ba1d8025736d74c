"""What is kept for a while (core/caching.py)."""

from __future__ import annotations

import pytest
from django.core.cache import caches

from core import caching
from core.caching import LongList, cached
from core.models import Commune


@pytest.fixture
def communes(db: None) -> None:
    Commune.objects.all().delete()
    Commune.objects.bulk_create([Commune(code=f"9{n:04d}", name=f"Commune {n}", department="91") for n in range(5)])


def pages(**conditions: str) -> LongList:
    return LongList(Commune.objects.filter(**conditions).order_by("code"), 2)


def test_what_is_kept_is_not_made_again():
    made = iter(["first", "second"])
    assert [cached("words", 60, lambda: next(made)) for _ in range(3)] == ["first"] * 3


def test_what_is_not_worth_it_is_not_kept():
    made = iter([1, 2])
    assert [cached("numbers", 60, lambda: next(made), worth=lambda n: n > 1) for _ in range(3)] == [1, 2, 2]


@pytest.mark.fault("G5")
@pytest.mark.parametrize("mode", ["refuse", "drop"])
def test_without_the_cache_it_is_made_each_time(settings, broken_tcp, mode):
    location = f"redis://127.0.0.1:{broken_tcp(mode).port}/1"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": location}}
    made = iter(["first", "second"])
    assert [cached("words", 60, lambda: next(made)) for _ in range(2)] == ["first", "second"]
    del caches["default"]


def test_a_short_list_is_counted_each_time(communes):
    assert pages().count == 5
    Commune.objects.first().delete()
    assert pages().count == 4


def test_a_long_list_is_counted_once_a_minute_for_each_question(communes, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(caching, "MANY", 3)
    assert pages().count == 5
    with django_assert_num_queries(0):
        assert pages().count == 5
    assert pages(name="Commune 1").count == 1, "another question, another count"
    assert pages(code__in=[]).count == 0


def test_a_page_past_the_last_of_a_list_that_shrank_is_empty(communes, monkeypatch):
    monkeypatch.setattr(caching, "MANY", 3)
    assert pages().num_pages == 3
    Commune.objects.filter(code__gte="90002").delete()
    assert list(pages().page(3)) == []
