"""The menu of the member's space. Each portal registers its own entries in its `space_menu.py`, found at start-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from membership.models import Access


@dataclass(frozen=True)
class Entry:
    """One line of the menu. `url_name` is reversed with the member's key; `right` is a column of Access, or nothing."""

    slug: str
    label: str
    url_name: str
    order: int
    right: str = ""


@dataclass(frozen=True)
class Card:
    """What is due or new, on Accueil: a template and what it needs, or None when there is nothing to say."""

    order: int
    context: Callable[[Any], dict[str, Any] | None]  # gets the `Company`
    template_name: str


_entries: dict[str, Entry] = {}
_cards: list[Card] = []


def register(*things: Entry | Card) -> None:
    for thing in things:
        if isinstance(thing, Card):
            _cards.append(thing)
        else:
            _entries[thing.slug] = thing


def cards() -> list[Card]:
    return sorted(_cards, key=lambda card: card.order)


def lines(access: Access, active: str) -> list[dict[str, Any]]:
    """The menu as the base template shows it: what this access may open."""
    return [
        {"label": entry.label, "url": reverse(entry.url_name, args=[access.member_id]), "now": entry.slug == active}
        for entry in sorted(_entries.values(), key=lambda entry: entry.order)
        if not entry.right or getattr(access, entry.right)
    ]
