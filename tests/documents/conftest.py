from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from accounts.models import User

TEMPLATES = Path(__file__).parent / "templates"


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    """A storage of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def _test_templates(settings) -> None:
    """The PDF templates of these tests, beside the real ones."""
    engine = {**django_settings.TEMPLATES[0]}
    engine["DIRS"] = [*engine["DIRS"], TEMPLATES]
    settings.TEMPLATES = [engine]


@pytest.fixture
def small_disk():
    """`small_disk(folder)` leaves one megabyte in a folder; where mounting is not allowed, files may not pass eight."""
    mounted: list[Path] = []
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def make(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True).returncode == 0:
            mounted.append(folder)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (8 * 1024 * 1024, hard))

    yield make
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    for folder in mounted:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def dossier(db) -> User:
    """Anything with a UUID key may have documents; here it is an account."""
    return User.objects.create_user("claire.morel@exemple.fr")


@pytest.fixture
def stored(media: Path):
    """The names of the files in the storage."""

    def names() -> list[str]:
        return sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())

    return names
