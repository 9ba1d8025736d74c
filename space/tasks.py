from celery import shared_task
from django.utils import timezone

from core import deadlines
from space import entry


@shared_task
def answer_all() -> None:
    """Answer what was asked at « Créer votre accès »."""
    deadlines.run_one(entry.ASKED, timezone.now())
