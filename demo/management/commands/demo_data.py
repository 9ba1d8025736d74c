from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from core.dates import today
from core.models import Commune
from demo import clock, operator, people, stories
from demo.play import play
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
    long_ago = timezone.now() - timedelta(days=stories.DAYS)
    with clock.set_to(long_ago):
        staff = operator.build(today(), today() + timedelta(days=stories.DAYS))
        companies = people.companies()
        stories.members(companies, today())
    play(stories.stories(companies, staff))


def logins() -> str:
    """Who may log in to the back office, and how."""
    lines = [f"  {mailbox}@guichet.example  {group or 'Administrateur'}" for mailbox, _, _, group in operator.STAFF]
    return "\n".join([f"Back office: {settings.SITE_URL}/admin/, password {operator.PASSWORD}", *lines])
