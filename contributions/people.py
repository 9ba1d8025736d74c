"""Step 2: the member's own list of employees, as it stood on 1 January (C-04, D-21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from contributions import counting
from contributions.checks import PEOPLE
from contributions.models import Declaration
from contributions.reaching import draft_or_404
from core.dates import french_date, today
from core.journal import Actor
from core.rows import Action, Column, Filter
from core.text import lower_first
from membership.models import Employee, Establishment
from membership.models.establishment import Monitoring
from membership.people import MemberEmployeeRows

MAX_DECLARED = 20_000
CHANGE, REMOVE, RESTORE = PURPOSES = ("modifier", "enlever", "remettre")  # what somebody is chosen for
NEW, MOVED, SAME = "nouveaux", "suivi", "memes"  # since last year, in the address


def since(row: Any) -> str:
    """What is new about somebody, as the tag of his line."""
    was = getattr(row, "was", None)  # a line of an import is not in the list yet
    if until := getattr(row, "there_until", None):
        again = f"sorti le {until:%d/%m/%Y}, réembauché depuis"
        return f"Nouveau, {again}" if was == "" else capfirst(again)
    if row.left_on:
        return f"Nouveau, {lower_first(_leaving(row.left_on))}" if was == "" else _leaving(row.left_on)
    if was == "":
        return "Nouveau"
    return f"Était {was}" if was and was != row.monitoring else ""


def _leaving(day: date) -> str:
    return f"{'Sortira' if day > today() else 'Sorti'} le {day:%d/%m/%Y}"


def _tone(row: Any) -> str:
    return "calm" if row.was == "" and not row.left_on and not row.there_until else "wait"


def _narrow(rows: models.QuerySet, value: str) -> models.QuerySet:
    return rows.filter({NEW: counting.NEW | Q(was=None), MOVED: counting.MOVED, SAME: counting.SAME}[value])


class DeclaredRows(MemberEmployeeRows):
    """The list of a declaration that is a draft: the member's, seen on 1 January. Its changes are those of the list."""

    namespace = "contributions"
    base_template = "contributions/list_base.html"
    max_rows = MAX_DECLARED
    can_export = False
    # Who arrived after 1 January is not in a file of that day: nobody leaves because a file does not name him.
    whole_file = False
    empty_text = "Ajoutez vos salariés, ou confirmez ci-dessous que vous n’en aviez aucun."
    search_label, search_button = "Rechercher un salarié", "Rechercher"
    among = "parmi vos salariés"
    actions = (Action("Modifier", "edit"), Action("Enlever", "leave"))
    filters = (
        Filter(
            "montrer",
            "Depuis l’an dernier",
            (("", "Tous"), (NEW, "Nouveaux"), (MOVED, "Suivi changé"), (SAME, "Inchangés")),
            _narrow,
            tabs=True,
        ),
    )
    columns: tuple[Column, ...] = (
        *(column for column in MemberEmployeeRows.columns if column.fields != ("job_title",)),
        Column("Depuis l’an dernier", since, (), tone=_tone),
    )
    done_words = {
        **MemberEmployeeRows.done_words,
        "hors-liste": "C’est enregistré. Embauché après le 1er janvier, ce salarié n’est pas dans cette déclaration.",
        "sorti-avant": "La sortie est enregistrée. Parti avant le 1er janvier, ce salarié n’est plus dans la liste.",
        "sorti-apres": "La sortie est enregistrée. Présent au 1er janvier, ce salarié compte dans cette déclaration, "
        "et ne comptera plus à la suivante.",
    }

    def owner(self, request: HttpRequest, pk: UUID) -> Declaration:
        match = request.resolver_match
        return draft_or_404(request, pk, match.kwargs["declaration"] if match else pk)

    def place(self, owner: Declaration) -> list[Any]:
        return [owner.member_id, owner.pk]

    def page_url(self, owner: Declaration) -> str:
        return reverse("contributions:step", args=[*self.place(owner), PEOPLE])

    def choose_url(self, owner: Declaration, purpose: str) -> str:
        """Where somebody is chosen for one of `PURPOSES`."""
        return reverse("contributions:choose", args=[*self.place(owner), purpose])

    def page_context(self, owner: Declaration, request: HttpRequest) -> dict[str, Any]:
        return {"member": owner.member, "declaration": owner}

    def establishment(self, owner: Declaration) -> Establishment:
        return owner.member.establishment

    def actor(self, owner: Declaration, request: HttpRequest | None) -> Actor:
        return who(request) if request else Actor.clock()

    def queryset(self, owner: Declaration) -> models.QuerySet:
        return counting.with_return(counting.with_last(counting.people(owner), owner.last_year), owner)

    def counts(self, owner: Declaration) -> Mapping[str, int]:
        known = counting.changes(owner)
        if known is None:  # nothing to compare with, and no tabs
            return owner.counts
        return {NEW: known.new, MOVED: known.moved, SAME: known.now - known.new - known.moved}

    def moved(self, owner: Declaration) -> None:
        """Called once somebody has left, or is back."""

    def changed(self, owner: Declaration) -> None:
        """Under the owner's lock: the declaration has been worked on."""
        owner.touch()
        owner.save(update_fields=["updated_at", "started_at"])

    def save(self, owner: Declaration, form: Any, request: HttpRequest) -> None:
        super().save(owner, form, request)
        request.outside_list = not self._is_counted(owner, form.instance)  # type: ignore[attr-defined]

    def take_back(self, owner: Declaration, twin: Any, form: Any, request: HttpRequest) -> str:
        done = super().take_back(owner, twin, form, request)
        return "hors-liste" if done and not self._is_counted(owner, twin) else done

    def _is_counted(self, owner: Declaration, employee: Employee) -> bool:
        """False for who was hired after 1 January: he is not on the page, which says why."""
        return employee.hired_on <= owner.campaign.reference_day or counting.counts_in(owner, employee.pk)

    def twin_words(self, twin: Any) -> str:
        if twin.left_on is None:
            hired = french_date(twin.hired_on)
            return f"Une personne de ce nom, {twin}, est déjà {self.among}, avec une embauche le {hired}."
        return (
            f"Une personne de ce nom, {twin}, est {self.among}, avec un dernier jour de travail le "
            f"{french_date(twin.left_on)}. Si elle n’est pas partie, revenez à la liste et choisissez « Ajouter un "
            "salarié sorti par erreur »."
        )

    def back_url(self, owner: Declaration, request: HttpRequest, done: str = "") -> str:
        """Who was added or changed and is not on the page: it says why."""
        outside = getattr(request, "outside_list", False) and done in ("ajout", "correction", "modification")
        return super().back_url(owner, request, "hors-liste" if outside else done)


def who(request: HttpRequest) -> Actor:
    """Whom the journal names."""
    user = request.user
    return Actor(user.get_full_name() or user.email, user)  # type: ignore[union-attr]


def by_category(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """A headcount as rows to read."""
    return [(f"Suivi {lower_first(one.label)}", str(counts[one.value])) for one in Monitoring if counts.get(one.value)]


def _hired_and_left(row: Any) -> str:
    if until := getattr(row, "there_until", None):
        return f"{row.hired_on:%d/%m/%Y}, après une sortie le {until:%d/%m/%Y}"
    left = f", {lower_first(_leaving(row.left_on))}" if row.left_on else ""
    return f"{row.hired_on:%d/%m/%Y}{left}"


class FirstRows(DeclaredRows):
    """The same list with no year before to compare with: no tabs, and who has left since says so beside his hiring."""

    filters = ()
    columns = tuple(
        replace(column, value=_hired_and_left, css="") if column.fields == ("hired_on",) else column
        for column in DeclaredRows.columns
        if column.value is not since
    )


DECLARED, FIRST = DeclaredRows(), FirstRows()


def shown(declaration: Declaration) -> DeclaredRows:
    """The list as step 2 shows it."""
    return DECLARED if declaration.last_year else FIRST
