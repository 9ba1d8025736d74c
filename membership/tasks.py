from celery import shared_task
from django.utils import timezone

from core import deadlines
from membership import drafts


@shared_task
def send_links() -> None:
    """Mail the links asked for at « Reprendre mon dossier »."""
    deadlines.run_one(drafts.LINKS_ASKED, timezone.now())
