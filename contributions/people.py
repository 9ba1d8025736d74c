"""Step 2: the member's own list of employees, as it stood on 1 January (C-04, D-21)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse

from contributions import counting
from contributions.models import Declaration
from contributions.reaching import draft_or_404
from core.access import ACCOUNT
from core.dates import french_date
from core.journal import Actor
from core.rows import Action, Column, Filter
from core.text import lower_first
from membership import employees
from membership.models import Employee
from membership.models.establishment import Monitoring
from membership.people import EmployeeList

MAX_DECLARED = 20_000
MAX_IMPORT = 10_000
CHANGE, REMOVE, RESTORE = PURPOSES = ("modifier", "enlever", "remettre")  # what somebody is chosen for
NEW, MOVED, LEFT = "nouveaux", "suivi", "sortis"


def since(row: Any) -> str:
    """What is new about somebody, as the tag of his line."""
    if row.left_on:
        return f"Sorti le {row.left_on:%d/%m/%Y}"
    if row.was == "":
        return "Nouveau"
    return f"Était {row.was}" if row.was and row.was != row.monitoring else ""


def _tone(row: Any) -> str:
    return "calm" if row.was == "" and not row.left_on else "wait"


def _narrow(rows: models.QuerySet, value: str) -> models.QuerySet:
    if value == LEFT:
        return rows.exclude(left_on=None)
    return rows.filter(counting.NEW if value == NEW else counting.MOVED)


class DeclaredRows(EmployeeList):
    """The list of a declaration that is a draft: the member's, seen on 1 January. Its changes are those of the list."""

    namespace, audience = "contributions", ACCOUNT
    base_template = "contributions/list_base.html"
    max_rows, max_import = MAX_DECLARED, MAX_IMPORT
    can_remove = False
    empty_text = "Ajoutez vos salariés, ou confirmez ci-dessous que vous n’en aviez aucun."
    actions = (Action("Modifier", "edit"), Action("Enlever", "leave"))
    filters = (
        Filter(
            "montrer",
            "Montrer",
            (
                ("", "Tous les salariés"),
                (NEW, "Nouveaux depuis l’an dernier"),
                (MOVED, "Type de suivi changé"),
                (LEFT, "Sortis depuis le 1er janvier"),
            ),
            _narrow,
        ),
    )
    columns = (
        *(column for column in EmployeeList.columns if column.fields != ("job_title",)),
        Column("Depuis l’an dernier", since, (), tone=_tone),
    )
    done_words = {
        "ajout-apres": "Le salarié est ajouté à votre liste. Embauché après le 1er janvier, il ne compte pas dans cette "
        "déclaration.",
        "retour": "Le salarié est de nouveau dans la liste.",
        "sorti-avant": "La sortie est notée. Parti avant le 1er janvier, ce salarié n’est plus dans la liste.",
        "sorti-apres": "La sortie est notée. Ce salarié était là au 1er janvier : il compte dans cette déclaration, et ne "
        "comptera plus à la suivante.",
    }

    def owner(self, request: HttpRequest, pk: UUID) -> Declaration:
        match = request.resolver_match
        return draft_or_404(request, pk, match.kwargs["declaration"] if match else pk)

    def place(self, owner: Declaration) -> list[Any]:
        return [owner.member_id, owner.pk]

    def parent(self, owner: Declaration) -> dict[str, Any]:
        return {"establishment": owner.member.establishment}

    def page_url(self, owner: Declaration) -> str:
        return reverse("contributions:step", args=[*self.place(owner), "salaries"])

    def page_context(self, owner: Declaration, request: HttpRequest) -> dict[str, Any]:
        return {"member": owner.member, "declaration": owner}

    def queryset(self, owner: Declaration) -> models.QuerySet:
        return counting.with_last(counting.people(owner), owner.last_year)

    def everyone(self, owner: Declaration) -> models.QuerySet:
        return Employee.objects.filter(establishment=owner.member.establishment_id)

    def changed(self, owner: Declaration) -> None:
        owner.touch()
        owner.save(update_fields=["updated_at", "started_at"])

    def save(self, owner: Declaration, form: ModelForm, request: HttpRequest) -> None:
        by = who(request)
        if form.instance._state.adding:
            employees.hire(form.instance, by=by)
        else:
            employees.change(form.instance, form.changed_data, by=by)
        self._tell_place(owner, form.instance, request)

    def take_back(self, owner: Declaration, twin: Employee, form: ModelForm, request: HttpRequest) -> str:
        """Somebody who had left is added: he comes back to his own row, with what was typed."""
        if twin.left_on is None:
            return ""
        answers = {name: form.cleaned_data[name] for name in form.fields if name not in self.key_fields}
        if answers["hired_on"] > twin.left_on:
            back = employees.rehire(twin, answers, by=who(request))
        else:
            back = employees.bring_back(twin, by=who(request))
            changed = [name for name, value in answers.items() if getattr(back, name) != value]
            for name in changed:
                setattr(back, name, answers[name])
            back.version += 1
            employees.change(back, changed, by=who(request))
        return "ajout-apres" if back.hired_on > owner.campaign.reference_day else "retour"

    def twin_words(self, twin: Employee) -> str:
        return f"{twin} est déjà dans votre liste de salariés, avec une embauche le {french_date(twin.hired_on)}."

    def add_all(self, owner: Declaration, rows: list[Any], request: HttpRequest | None) -> None:
        by = who(request) if request else Actor.clock()
        employees.hire_all(owner.member.establishment, rows, by=by)

    def back_url(self, owner: Declaration, request: HttpRequest, done: str = "") -> str:
        """Who was added and does not count is not on the page: it says why."""
        if done in ("ajout", "correction", "modification"):
            done = getattr(request, "beside_list", "") or done
        return super().back_url(owner, request, done)

    def _tell_place(self, owner: Declaration, row: Employee, request: HttpRequest) -> None:
        if row.hired_on > owner.campaign.reference_day:
            request.beside_list = "ajout-apres"  # type: ignore[attr-defined]


def who(request: HttpRequest) -> Actor:
    """Whom the journal names."""
    user = request.user
    return Actor(user.get_full_name() or user.email, user)  # type: ignore[union-attr]


def by_category(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """A headcount as rows to read."""
    return [(f"Suivi {lower_first(one.label)}", str(counts[one.value])) for one in Monitoring if counts.get(one.value)]


DECLARED = 20_000
MAX_IMPORT = 10_000
CHANGE, REMOVE, RESTORE = PURPOSES = ("modifier", "enlever", "remettre")  # what somebody is chosen for
NEW, MOVED, LEFT = "nouveaux", "suivi", "sortis"


def since(row: Any) -> str:
    """What is new about somebody, as the tag of his line."""
    if row.left_on:
        return f"Sorti le {row.left_on:%d/%m/%Y}"
    if row.was == "":
        return "Nouveau"
    return f"Était {row.was}" if row.was and row.was != row.monitoring else ""


def _tone(row: Any) -> str:
    return "calm" if row.was == "" and not row.left_on else "wait"


def _narrow(rows: models.QuerySet, value: str) -> models.QuerySet:
    if value == LEFT:
        return rows.exclude(left_on=None)
    return rows.filter(counting.NEW if value == NEW else counting.MOVED)


class DeclaredRows(EmployeeList):
    """The list of a declaration that is a draft: the member's, seen on 1 January. Its changes are those of the list."""

    namespace, audience = "contributions", ACCOUNT
    base_template = "contributions/list_base.html"
    max_rows, max_import = MAX_DECLARED, MAX_IMPORT
    can_remove = False
    empty_text = "Ajoutez vos salariés, ou confirmez ci-dessous que vous n’en aviez aucun."
    actions = (Action("Modifier", "edit"), Action("Enlever", "leave"))
    filters = (
        Filter(
            "montrer",
            "Montrer",
            (
                ("", "Tous les salariés"),
                (NEW, "Nouveaux depuis l’an dernier"),
                (MOVED, "Type de suivi changé"),
                (LEFT, "Sortis depuis le 1er janvier"),
            ),
            _narrow,
        ),
    )
    columns = (
        *(column for column in EmployeeList.columns if column.fields != ("job_title",)),
        Column("Depuis l’an dernier", since, (), tone=_tone),
    )
    done_words = {
        "ajout-apres": "Le salarié est ajouté à votre liste. Embauché après le 1er janvier, il ne compte pas dans cette "
        "déclaration.",
        "retour": "Le salarié est de nouveau dans la liste.",
        "sorti-avant": "La sortie est notée. Parti avant le 1er janvier, ce salarié n’est plus dans la liste.",
        "sorti-apres": "La sortie est notée. Ce salarié était là au 1er janvier : il compte dans cette déclaration, et ne "
        "comptera plus à la suivante.",
    }

    def owner(self, request: HttpRequest, pk: UUID) -> Declaration:
        match = request.resolver_match
        return draft_or_404(request, pk, match.kwargs["declaration"] if match else pk)

    def place(self, owner: Declaration) -> list[Any]:
        return [owner.member_id, owner.pk]

    def parent(self, owner: Declaration) -> dict[str, Any]:
        return {"establishment": owner.member.establishment}

    def page_url(self, owner: Declaration) -> str:
        return reverse("contributions:step", args=[*self.place(owner), "salaries"])

    def page_context(self, owner: Declaration, request: HttpRequest) -> dict[str, Any]:
        return {"member": owner.member, "declaration": owner}

    def queryset(self, owner: Declaration) -> models.QuerySet:
        return counting.with_last(counting.people(owner), owner.last_year)

    def everyone(self, owner: Declaration) -> models.QuerySet:
        return Employee.objects.filter(establishment=owner.member.establishment_id)

    def changed(self, owner: Declaration) -> None:
        owner.touch()
        owner.save(update_fields=["updated_at", "started_at"])

    def save(self, owner: Declaration, form: ModelForm, request: HttpRequest) -> None:
        by = who(request)
        if form.instance._state.adding:
            employees.hire(form.instance, by=by)
        else:
            employees.change(form.instance, form.changed_data, by=by)
        self._tell_place(owner, form.instance, request)

    def take_back(self, owner: Declaration, twin: Employee, form: ModelForm, request: HttpRequest) -> str:
        """Somebody who had left is added: he comes back to his own row, with what was typed."""
        if twin.left_on is None:
            return ""
        answers = {name: form.cleaned_data[name] for name in form.fields if name not in self.key_fields}
        if answers["hired_on"] > twin.left_on:
            back = employees.rehire(twin, answers, by=who(request))
        else:
            back = employees.bring_back(twin, by=who(request))
            changed = [name for name, value in answers.items() if getattr(back, name) != value]
            for name in changed:
                setattr(back, name, answers[name])
            back.version += 1
            employees.change(back, changed, by=who(request))
        return "ajout-apres" if back.hired_on > owner.campaign.reference_day else "retour"

    def twin_words(self, twin: Employee) -> str:
        return f"{twin} est déjà dans votre liste de salariés, avec une embauche le {french_date(twin.hired_on)}."

    def add_all(self, owner: Declaration, rows: list[Any], request: HttpRequest | None) -> None:
        by = who(request) if request else Actor.clock()
        employees.hire_all(owner.member.establishment, rows, by=by)

    def back_url(self, owner: Declaration, request: HttpRequest, done: str = "") -> str:
        """Who was added and does not count is not on the page: it says why."""
        if done in ("ajout", "correction", "modification"):
            done = getattr(request, "beside_list", "") or done
        return super().back_url(owner, request, done)

    def _tell_place(self, owner: Declaration, row: Employee, request: HttpRequest) -> None:
        if row.hired_on > owner.campaign.reference_day:
            request.beside_list = "ajout-apres"  # type: ignore[attr-defined]


def who(request: HttpRequest) -> Actor:
    """Whom the journal names."""
    user = request.user
    return Actor(user.get_full_name() or user.email, user)  # type: ignore[union-attr]


def summary(owner: Declaration) -> list[tuple[str, str]]:
    """The headcount by category, in words."""
    counts = counting.headcounts(owner)
    return [(f"Suivi {category.label}", str(counts.get(category.value, 0))) for category in Monitoring if category in counts]


DECLARED = DeclaredRows()
