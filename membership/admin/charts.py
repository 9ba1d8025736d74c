"""The three figures of the home page, drawn as SVG with presentation attributes only, each with its table.

Counting costs as much as there are dossiers in hand, so the drawn figures are kept for ten minutes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import TruncWeek
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from core import charts
from core.caching import cached
from core.dates import french_date, today
from core.templatetags.guichet import CHART_COLOURS
from membership.models import Application
from membership.states import Queue, State

KEPT = 600  # seconds
_KEY = "backoffice:charts:1"

WEEKS = 12
AGES = [
    ("2 jours au plus", 3, "light"),
    ("3 à 7 jours", 8, "main"),
    ("8 à 30 jours", 31, "wait"),
    ("plus de 30 jours", None, "warm"),
]
DELAYS = [("1 semaine", 7), ("2 semaines", 14), ("1 mois", 31), ("2 mois", 62), ("plus", None)]


def html() -> SafeString:
    """The three figures, drawn at most ten minutes ago."""
    drawn = cached(_KEY, KEPT, _draw)
    return mark_safe(drawn)  # noqa: S308 our own template, escaped when it was rendered


def _draw() -> str:
    return str(render_to_string("admin/charts.html", {"charts": [_in_hand(), _per_week(), _delays()]}))


def _in_hand() -> dict[str, Any]:
    """Who must act, by how long the dossier has waited."""
    now = timezone.now()
    counts, newest = {}, None
    for index, (_, limit, _) in enumerate(AGES):
        older_than, younger_than = newest, now - timedelta(days=limit) if limit else None
        within = Q()
        if younger_than:
            within &= Q(waiting_since__gt=younger_than)
        if older_than:
            within &= Q(waiting_since__lte=older_than)
        counts[f"n{index}"] = Count("pk", filter=within)
        newest = younger_than
    found = Application.objects.exclude(queue=Queue.NONE).order_by().values("queue").annotate(**counts)
    by_queue = {row["queue"]: [row[name] for name in counts] for row in found}
    rows = [(queue.label, by_queue.get(queue.value, [0] * len(AGES))) for queue in Queue if queue != Queue.NONE]
    return {
        "title": "Travail en cours, par ancienneté",
        "template": "stacked",
        "bars": charts.stacked(rows, [colour for *_, colour in AGES]),
        "key": [(label, CHART_COLOURS[colour]) for label, _, colour in AGES],
        "head": ["", *(label for label, _, _ in AGES), "Total"],
        "rows": [(label, [*values, sum(values)]) for label, values in rows],
        "empty": not any(sum(values) for _, values in rows),
    }


def _per_week() -> dict[str, Any]:
    """Requests submitted, week by week."""
    monday = today() - timedelta(days=today().weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    midnight = timezone.make_aware(timezone.datetime(first.year, first.month, first.day))
    found = Application.objects.filter(submitted_at__gte=midnight).order_by()
    counts = dict(found.annotate(week=TruncWeek("submitted_at")).values_list("week").annotate(Count("pk")))
    by_day = {week.date(): count for week, count in counts.items()}
    weeks = [first + timedelta(weeks=number) for number in range(WEEKS)]
    rows = [(week, by_day.get(week, 0)) for week in weeks]
    return {
        "title": f"Demandes par semaine, sur {WEEKS} semaines",
        "template": "columns",
        "bars": charts.columns(
            [(charts.short(week) if not index % 2 else "", count) for index, (week, count) in enumerate(rows)]
        ),
        "head": ["Semaine du", "Demandes"],
        "rows": [(french_date(week), [count]) for week, count in rows],
        "empty": not any(count for _, count in rows),
    }


def _delays() -> dict[str, Any]:
    """How long it took from the request to the acceptance, for requests of the last twelve months."""
    counts, shorter = {}, None
    for index, (_, limit) in enumerate(DELAYS):
        within = Q()
        if limit:
            within &= Q(took__lte=timedelta(days=limit))
        if shorter:
            within &= Q(took__gt=timedelta(days=shorter))
        counts[f"n{index}"] = Count("pk", filter=within)
        shorter = limit
    took = ExpressionWrapper(F("closed_at") - F("submitted_at"), output_field=DurationField())
    since = timezone.now() - timedelta(days=365)
    accepted = Application.objects.filter(state=State.ACCEPTED, submitted_at__gte=since).order_by()
    found = accepted.annotate(took=took).aggregate(**counts)
    rows = [(label, found[f"n{index}"]) for index, (label, _) in enumerate(DELAYS)]
    return {
        "title": "De la demande à l’acceptation, sur un an",
        "template": "columns",
        "bars": charts.columns(rows),
        "head": ["Délai, au plus", "Dossiers acceptés"],
        "rows": [(label, [count]) for label, count in rows],
        "empty": not any(count for _, count in rows),
    }
