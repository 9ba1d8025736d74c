"""The pages that `page_weight` opens: of everybody, of an employer with a link, of the staff."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Visit:
    """One page and the cookies to open it with."""

    name: str
    path: str
    cookies: dict[str, str] = field(default_factory=dict)


PUBLIC = [("accueil", "/"), ("boîte", "/boite/"), ("galerie", "/galerie/"), ("connexion", "/admin/login/")]


def visits(base: str) -> list[Visit]:
    """Every page of the list, once the demonstration data is there."""
    return [Visit(name, path) for name, path in PUBLIC]
