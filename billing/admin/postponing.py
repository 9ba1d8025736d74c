"""« Reporter »: the debits of a day that cannot or should not leave move to a later one, and are announced again."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from billing import collections
from billing.admin.sepa_acting import Act, perform
from billing.admin.sepa_forms import PostponeForm
from billing.collection_days import collection_day
from core.dates import french_date, today
from core.journal import Actor
from core.money import euros
from core.text import counted


def page(request: HttpRequest, planned_for: date) -> HttpResponse:
    """The page of the verb for all that is planned for a day."""
    found = collections.planned(planned_for).aggregate(
        count=Count("pk"), total=Sum("amount"), due=Max("invoice__due_on")
    )

    def run(typed: dict[str, Any]) -> str:
        moved = collections.postpone(planned_for, to=typed["day"], by=Actor.staff(request.user))
        done = f"{counted(moved, 'prélèvement reporté et annoncé', 'prélèvements reportés et annoncés')} à nouveau."
        moved_to = collection_day(typed["day"], today())
        kept = collections.planned(planned_for).filter(mandate__lapses_on__lte=moved_to).count()
        stay = f" {counted(kept, 'reste prévu', 'restent prévus')} ce jour-là : leur mandat sera caduc au jour choisi."
        if left := collections.planned(planned_for).count() - kept:
            others = counted(left, "autre prélèvement reste prévu", "autres prélèvements restent prévus")
            messages.warning(request, f"{others} le {french_date(planned_for)} : reportez-les par un nouveau clic.")
        return done + stay * bool(kept)

    act = Act(
        title="Reporter les prélèvements",
        about=f"Prévus le {french_date(planned_for)}",
        back=reverse("admin:billing_collection_days"),
        effect=_effect(found["count"], found["total"]),
        run=run,
        form=partial(PostponeForm, planned_for=planned_for, due_on=found["due"]),
        initial={"day": max(planned_for, today())},
    )
    return perform(request, act)


def _effect(count: int, total: Any) -> str:
    if not count:
        return "Il n’y a plus aucun prélèvement à reporter ce jour-là."
    what = counted(count, "prélèvement est reporté", "prélèvements sont reportés")
    who = "Son titulaire" if count == 1 else "Chaque titulaire"
    return f"{what}, pour {euros(total)}. {who} reçoit par courriel une nouvelle annonce, qui remplace la précédente."
