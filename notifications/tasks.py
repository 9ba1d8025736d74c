from celery import shared_task

from notifications import sender


@shared_task
def drain() -> None:
    """Send what is due."""
    sender.drain()


@shared_task
def sweep() -> None:
    """Take back what a dead worker held, then send what is due. Safe to run late, twice, or beside another."""
    sender.release_stale()
    sender.drain()
