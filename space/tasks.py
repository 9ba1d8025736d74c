from celery import shared_task

from space import entry


@shared_task
def answer_all() -> None:
    """Answer what was asked at « Créer votre accès »."""
    entry.answer_waiting()
