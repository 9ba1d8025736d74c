import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from core import backup


class Command(BaseCommand):
    help = "Put a backup into the empty database and store of this environment, and check that all of it is there."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)

    def handle(self, *args, folder, **options):
        started = time.monotonic()
        try:
            manifest = backup.restore(folder)
        except (backup.BackupError, FileNotFoundError) as error:
            raise CommandError(str(error)) from error
        seconds = time.monotonic() - started
        self.stdout.write(
            f"Restored what was saved on {manifest['made_at']}: {backup.described(manifest)}, "
            f"all there, in {seconds:.1f} s"
        )
