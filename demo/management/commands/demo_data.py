from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from core.dates import today
from core.models import Commune
from demo import clock, contribution, operator, people, post, stories, welcome
from demo.play import play
from demo.years import Calendar
from membership.models import MedicalCentre


class Command(BaseCommand):
    help = "Fill an empty demonstration: an operator, its staff, members and a dossier in every state. Repeatable."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("demo_data is for the demonstration (GUICHET_DEMO=1).")
        if not Commune.objects.exists():
            raise CommandError("Run manage.py load_reference first: the zone is made of real communes.")
        if MedicalCentre.objects.exists():
            self.stdout.write("The demonstration has its data already: nothing changed.")
        else:
            fill()
        self.stdout.write(logins())


@transaction.atomic
def fill() -> None:
    """All or nothing, so that a run cut short can be run again."""
    calendar = Calendar(today())
    companies = people.companies()
    with clock.set_to(timezone.make_aware(datetime.combine(calendar.begins, time(8)))):
        staff = operator.build(calendar.begins, calendar.today)
        members = contribution.members(companies, calendar.begins)
        stories.former(companies, calendar.today - timedelta(days=stories.DAYS))
    dossiers = stories.stories(companies, staff)
    play([*dossiers, *contribution.stories(companies, members, staff, calendar)], calendar)
    post.leave_old_papers(timezone.now())


def logins() -> str:
    """Who may log in, and how."""
    return "\n".join([*(f"  {line}" for line in welcome.lines()), f"  Password of all: {operator.PASSWORD}"])
