"""The verbs of a member's list of employees: hire, change, leave, bring back, hire again (M-21, D-21).

Whichever portal it is, these are what writes. Each locks the establishment first, so that two people, two portals or
two clicks follow each other; what the second finds done he is told. A row is never deleted: who leaves keeps his, and
who is hired again too, with his earlier stay beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from core.dates import add_months, french_date, today
from core.journal import Actor, record, record_all
from core.text import lower_first
from core.transitions import AlreadyDone, Refused, lock, refuse_overtaken
from membership.models import EarlierStay, Employee, Establishment

AHEAD_MONTHS = 6  # how far ahead a hiring or a departure may be entered
BATCH = 500


def latest_day() -> date:
    """The last day that may be entered for a hiring or a departure."""
    return add_months(today(), AHEAD_MONTHS)


@transaction.atomic
def hire(employee: Employee, *, by: Actor) -> Employee:
    """A new row. Whoever calls looked for the person first; if somebody was faster, the database says so."""
    lock(employee.establishment)
    _save_once(employee)
    record(employee, by=by, message="Salarié ajouté à la liste.")
    return employee


@transaction.atomic
def change(employee: Employee, changed: Sequence[str], *, by: Actor) -> Employee:
    """Store what a form wrote into `employee`, `changed` being the names of its fields; its version counts one more
    than the row that the person saw. The journal says which fields, and no value."""
    lock(employee.establishment)
    _refuse_if_overtaken(Employee.objects.only("version").get(pk=employee.pk), employee.version - 1)
    if employee.left_on and employee.hired_on > employee.left_on:
        raise Refused(
            f"La date d’embauche ({employee.hired_on:%d/%m/%Y}) est après le dernier jour de travail "
            f"({employee.left_on:%d/%m/%Y}). Si {employee} a été réembauché, réintégrez-le depuis sa fiche."
        )
    if "hired_on" in changed:
        _join_earlier(employee)
    _save_once(employee)
    if changed:
        names = {field.name: str(field.verbose_name) for field in Employee._meta.fields}
        labels = [lower_first(names[name]) for name in changed]
        record(employee, by=by, message=f"Fiche modifiée : {', '.join(labels)}.")
    return employee


@transaction.atomic
def leave(employee: Employee, last_day: date, *, by: Actor, seen: int | None = None) -> Employee:
    """The employee leaves, or leaves on another day than was entered. Asked twice, it is done once."""
    employee = _begin(employee)
    if employee.left_on == last_day:
        return employee
    _refuse_if_overtaken(employee, seen)
    _refuse_last_day(employee, last_day)
    employee.left_on = last_day
    _next_version(employee, "left_on")
    record(employee, by=by, message=f"Sortie enregistrée : dernier jour de travail le {french_date(last_day)}.")
    return employee


@transaction.atomic
def bring_back(employee: Employee, *, by: Actor, seen: int | None = None) -> Employee:
    """The departure was a mistake: the row is as it was before (C-04 « sorti par erreur »)."""
    employee = _begin(employee)
    if employee.left_on is None:
        return employee
    _refuse_if_overtaken(employee, seen)
    employee.left_on = None
    _next_version(employee, "left_on")
    record(employee, by=by, message="Sortie annulée : le salarié était sorti par erreur.")
    return employee


@transaction.atomic
def rehire(employee: Employee, answers: dict[str, Any], *, by: Actor, seen: int | None = None) -> Employee:
    """Somebody who left is hired again: the same row, with what is new of it in `answers`, `hired_on` at least. His
    former stay is kept: it may hold the day on which a declaration counts."""
    employee = _begin(employee)
    hired_on = answers["hired_on"]
    if employee.left_on is None and employee.hired_on == hired_on:
        return employee
    _refuse_if_overtaken(employee, seen)
    _hired_again(employee, answers).save()
    _next_version(employee, "left_on", "folded", *answers)
    record(employee, by=by, message=_rehired(employee))
    return employee


@transaction.atomic
def correct_earlier(stay: EarlierStay, last_day: date, *, by: Actor, seen: int | None = None) -> EarlierStay:
    """The stay before he was hired again ended on another day than was entered."""
    employee = _begin(stay.employee)
    stay = EarlierStay.objects.get(pk=stay.pk)
    if stay.left_on == last_day:
        return stay
    _refuse_if_overtaken(employee, seen)
    following = employee.earlier_stays.filter(hired_on__gt=stay.hired_on).first()
    again = following.hired_on if following else employee.hired_on
    if not stay.hired_on <= last_day < again:
        raise Refused(
            "Le dernier jour de travail de cette période doit se situer entre le "
            f"{stay.hired_on:%d/%m/%Y}, jour de l’embauche, et la veille de la réembauche du {again:%d/%m/%Y}."
        )
    stay.left_on = last_day
    stay.save(update_fields=["left_on"])
    _next_version(employee)
    record(
        employee, by=by, message=f"Période précédente corrigée : dernier jour de travail le {french_date(last_day)}."
    )
    return stay


# --- Many at once: an import. The caller holds the establishment's lock and has judged every row. ---------------------


@transaction.atomic
def hire_all(establishment: Establishment, employees: list[Employee], *, by: Actor) -> None:
    lock(establishment)
    Employee.objects.bulk_create(employees, batch_size=BATCH)
    record_all(employees, by=by, message="Salarié ajouté par l’import d’une liste.")


@transaction.atomic
def rehire_all(establishment: Establishment, rows: Sequence[tuple[UUID, dict[str, Any]]], *, by: Actor) -> None:
    """Those of a list who had left and are hired again: the key of each, and what `rehire` takes. All, or none."""
    lock(establishment)
    found = establishment.employees.in_bulk([key for key, _ in rows])
    EarlierStay.objects.bulk_create([_hired_again(found[key], answers) for key, answers in rows], batch_size=BATCH)
    back, folded = list(found.values()), Employee._meta.get_field("folded")
    for employee in back:
        employee.version += 1
        folded.pre_save(employee, False)  # which `bulk_update` does not
    written = {"left_on", "folded", "version"}.union(*(answers for _, answers in rows))
    Employee.objects.bulk_update(back, written, batch_size=BATCH)
    record_all(back, by=by, message=_rehired)


@transaction.atomic
def leave_all(establishment: Establishment, keys: Iterable[UUID], last_day: date, *, by: Actor) -> int:
    """Those of a complete list who are not in it any more. All of them leave, or none."""
    lock(establishment)
    leaving = list(establishment.employees.staying().filter(left_on=None, pk__in=list(keys)))
    for employee in leaving:
        _refuse_last_day(employee, last_day)
    for start in range(0, len(leaving), BATCH):
        part = [employee.pk for employee in leaving[start : start + BATCH]]
        establishment.employees.filter(pk__in=part).update(left_on=last_day, version=F("version") + 1)
    message = f"Sortie enregistrée par l’import d’une liste : dernier jour de travail le {french_date(last_day)}."
    record_all(leaving, by=by, message=message)
    return len(leaving)


# --- What they share --------------------------------------------------------------------------------------------------


def _begin(employee: Employee) -> Employee:
    """The row as it is now, under its establishment's lock."""
    lock(employee.establishment)
    return Employee.objects.select_related("establishment").get(pk=employee.pk)


def _save_once(employee: Employee) -> None:
    try:
        with transaction.atomic():
            employee.save()
    except IntegrityError as error:
        raise AlreadyDone(
            f"{employee}, né(e) le {employee.birth_date:%d/%m/%Y}, vient d’être ajouté à la liste par quelqu’un "
            "d’autre. Revenez à la liste pour le voir."
        ) from error


def _next_version(employee: Employee, *fields: str) -> None:
    employee.version += 1
    employee.save(update_fields=[*fields, "version"])


def _hired_again(employee: Employee, answers: dict[str, Any]) -> EarlierStay:
    """Write the new hiring into the row, and return the stay before it. Saves neither."""
    if employee.left_on is None:
        raise AlreadyDone(f"{employee} est déjà dans la liste.")
    if answers["hired_on"] <= employee.left_on:
        raise Refused(
            f"{employee} est sorti le {employee.left_on:%d/%m/%Y} : une nouvelle embauche commence après ce jour."
        )
    before = EarlierStay(employee=employee, hired_on=employee.hired_on, left_on=employee.left_on)
    for name, value in answers.items():
        setattr(employee, name, value)
    employee.left_on = None
    return before


def _rehired(employee: Employee) -> str:
    return f"Réembauche enregistrée au {french_date(employee.hired_on)}."


def _join_earlier(employee: Employee) -> None:
    """His hiring was moved back: an earlier stay that it now covers was the same one. A part of one is refused."""
    joined = EarlierStay.objects.filter(employee=employee, left_on__gte=employee.hired_on)
    if cut := joined.filter(hired_on__lt=employee.hired_on).first():
        raise Refused(
            f"{employee} a déjà travaillé chez vous {cut}. Indiquez une embauche après ce jour ou, s’il n’était pas "
            f"parti, celle du {cut.hired_on:%d/%m/%Y}."
        )
    joined.delete()


def _refuse_if_overtaken(stored: Employee, seen: int | None) -> None:
    refuse_overtaken(stored, seen, "Cette fiche a été modifiée", "Relisez-la")


def _refuse_last_day(employee: Employee, last_day: date) -> None:
    if last_day < employee.hired_on:
        raise Refused(
            f"Le dernier jour de travail de {employee} ({last_day:%d/%m/%Y}) ne peut pas être avant son embauche "
            f"({employee.hired_on:%d/%m/%Y})."
        )
    if last_day > latest_day():
        raise Refused(
            f"Le dernier jour de travail peut être saisi {AHEAD_MONTHS} mois à l’avance, jusqu’au "
            f"{latest_day():%d/%m/%Y}."
        )
