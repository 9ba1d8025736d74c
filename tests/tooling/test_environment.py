"""`.env.example` lists what the settings read, and packages are asked by name."""

import re

import pytest

from tests.harness.environment import ROOT, variables_of_the_settings


def _read_by(path: str) -> set[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return set(re.findall(r"""(?:env(?:\.\w+)?|environ\.get)\(\s*["']([A-Z][A-Z_0-9]*)["']""", text))


def test_the_example_lists_every_variable_and_no_other():
    assert set(variables_of_the_settings()) == _read_by("config/settings.py") | _read_by("config/gunicorn.py")


def test_each_variable_is_listed_once():
    names = variables_of_the_settings()
    assert len(names) == len(set(names))


INSTALL_FILES = ["requirements.txt", "requirements-dev.txt", "package.json", "package-lock.json", ".npmrc"]


@pytest.mark.parametrize("path", INSTALL_FILES)
def test_packages_are_asked_by_name_not_by_address(path):
    """Whoever installs them has a registry of his own; the hashes say what has to come from it."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    # What remains are the pages where authors ask for support.
    assert [line for line in lines if "://" in line and '"url": ' not in line] == []
    assert not any('"resolved"' in line for line in lines)
