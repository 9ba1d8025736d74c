from celery import shared_task
from django.utils import timezone

from core import deadlines


@shared_task
def run_deadlines() -> None:
    """The periodic sweep. Safe to run late, twice, or beside another."""
    deadlines.run(timezone.now())
