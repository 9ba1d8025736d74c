from typing import Any

from django.core.management.base import BaseCommand

from core.crypto import new_key


class Command(BaseCommand):
    help = "Prints a new key to put in front of FIELD_KEYS; then run rotate_field_keys."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(new_key())
