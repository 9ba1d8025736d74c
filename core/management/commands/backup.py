import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from core import backup


class Command(BaseCommand):
    help = "Save database and files into an empty folder, beside a running service. Keys are not in it."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--without-files", action="store_true", help="the store keeps versions by itself")

    def handle(self, *args, folder, without_files=False, **options):
        started = time.monotonic()
        try:
            manifest = backup.make(folder, files=not without_files)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        for name in manifest["missing"]:
            self.stderr.write(f"{name} is named in the database and is not stored: purged meanwhile, or lost.")
        megabytes = backup.size(folder) / 1e6
        seconds = time.monotonic() - started
        self.stdout.write(f"Saved {backup.described(manifest)}: {megabytes:.1f} MB in {seconds:.1f} s")
