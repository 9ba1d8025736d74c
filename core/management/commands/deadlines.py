from datetime import datetime, time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from core import deadlines


class Command(BaseCommand):
    help = "Run what is due. --at 2027-01-15 takes that day (23:59, Paris); --dry-run only says what would happen."

    def add_arguments(self, parser):
        parser.add_argument("--at", help="a date, or a date and time, in Paris")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args, at=None, dry_run=False, **options):
        moment = _moment(at) if at else timezone.now()
        if dry_run:
            count = 0
            for deadline, row in deadlines.preview(moment):
                count += 1
                self.stdout.write(f"{deadline.name}: {deadline.label} — {row}")
            self.stdout.write(f"{count} would be acted on at {timezone.localtime(moment):%Y-%m-%d %H:%M}")
            return
        for name, count in deadlines.run(moment).items():
            self.stdout.write(f"{name}: {count}")


def _moment(text: str) -> datetime:
    moment: datetime | None = None
    try:
        if day := parse_date(text):
            moment = datetime.combine(day, time(23, 59))
        else:
            moment = parse_datetime(text)
    except ValueError:  # well formed, but no such day
        moment = None
    if moment is None:
        raise CommandError(f"--at {text}: give a date like 2027-01-15, or 2027-01-15T10:00")
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
