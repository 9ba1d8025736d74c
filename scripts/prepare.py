"""Bring a database up: migrations, reference data and, in the demonstration, sample data. Does only what is missing.

Run before the application starts, by `make run` and by docker-compose.yml; safe to run again.
"""

import os
import sys
from io import StringIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command

from core.models import Commune

call_command("check")  # whose account members pay into, which colours: said before anything is done
print("» Migrating the database", flush=True)
call_command("migrate", verbosity=0, interactive=False)
if not Commune.objects.exists():
    print("» Loading communes, postcodes and activities", flush=True)
    call_command("load_reference")
if settings.DEMO and settings.HTTPS:
    # Its accounts, one of them a superuser, have a password that everybody can read in the code.
    print("» GUICHET_DEMO is on at a public address: no demonstration data is made. For a real service set it to 0.")
elif settings.DEMO:
    from demo.operator import PASSWORD
    from demo.welcome import lines

    if not get_user_model().objects.exists():
        print("» Making the demonstration data", flush=True)
        call_command("demo_data", stdout=StringIO())
    # For scripts/welcome, which tells it at every start without starting Django.
    told = [f"    {line}" for line in [*lines(), f"Password of all: {PASSWORD}; the second code is in the mailbox."]]
    (settings.VAR_DIR / "logins.txt").write_text("\n".join([*told, ""]))
