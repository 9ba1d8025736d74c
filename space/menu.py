"""What each portal adds to the member's space: entries of the menu, cards and quick actions of Accueil.

An app registers its own in its `space_menu.py`, which is found at start-up:

    register(
        Entry("contribute", "Cotiser", "contributions:home", 40, right="declares"),
        QuickAction(20, "Déclarer mes cotisations", "contributions:home", right="declares"),
        Card(10, declaration_due, "contributions/card_due.html", place="todo"),
    )

`url_name` is reversed with the member's key. What names a page that this site does not have is not shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse

from membership.models import Access

if TYPE_CHECKING:
    from space.company import Company


@dataclass(frozen=True)
class Entry:
    """One line of the menu. `right` is a column of Access, or nothing."""

    slug: str
    label: str
    url_name: str
    order: int
    right: str = ""


@dataclass(frozen=True)
class QuickAction:
    """One line of « Mes actions rapides / Je souhaite : ». `query` goes after the address: "?theme=rendez-vous"."""

    order: int
    label: str
    url_name: str
    right: str = ""
    query: str = ""


@dataclass(frozen=True)
class Card:
    """A block of Accueil.

    `context(company)` returns what `template_name` needs, or None when there is nothing to say; it should cost one or
    two queries. The template gets it as `card`, beside `company`, `member` and `request`, and starts at <h2>.
    `place` is "todo" for what the company must do next (« À faire », a paragraph and a button, without a frame of its
    own: start at <h3>), or "main" for what is new (a <section class="card">).
    """

    order: int
    context: Callable[[Company], dict[str, Any] | None]
    template_name: str
    place: str = "main"


_entries: dict[str, Entry] = {}
_actions: dict[str, QuickAction] = {}
_cards: list[Card] = []


def register(*things: Entry | QuickAction | Card) -> None:
    """Add to the space. An entry of a slug, or an action of a label, that is known already takes its place."""
    for thing in things:
        if isinstance(thing, Card):
            _cards.append(thing)
        elif isinstance(thing, QuickAction):
            _actions[thing.label] = thing
        else:
            _entries[thing.slug] = thing


def cards(company: Company, place: str) -> list[dict[str, Any]]:
    """The cards of `place` that have something to say, as the page includes them."""
    chosen = sorted((card for card in _cards if card.place == place), key=lambda card: card.order)
    return [
        {"template": card.template_name, **context} for card in chosen if (context := card.context(company)) is not None
    ]


def lines(access: Access, active: str) -> list[dict[str, Any]]:
    """The menu as the base template shows it: what this access may open."""
    return [
        {"label": entry.label, "url": url, "now": entry.slug == active}
        for entry in sorted(_entries.values(), key=lambda entry: entry.order)
        if (url := _address(entry, access))
    ]


def actions(access: Access) -> list[dict[str, Any]]:
    """« Je souhaite : », what this access may do."""
    return [
        {"label": action.label, "url": url + action.query}
        for action in sorted(_actions.values(), key=lambda action: action.order)
        if (url := _address(action, access))
    ]


def _address(thing: Entry | QuickAction, access: Access) -> str:
    """Where it leads; empty without the right, or without the page."""
    if thing.right and not getattr(access, thing.right):
        return ""
    try:
        return reverse(thing.url_name, args=[access.member_id])
    except NoReverseMatch:
        return ""
