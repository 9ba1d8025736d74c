"""Rules of the suite that pytest enforces, tried on a small suite of their own."""

import os
import subprocess
import sys

import pytest

from tests.harness.environment import ROOT

pytestmark = pytest.mark.once


def _run(tmp_path, source: str, *options: str, **env: str) -> subprocess.CompletedProcess:
    """Run pytest with our conftest's rules on one file."""
    (tmp_path / "test_it.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml")]
    # Not our own folder either: two processes would empty one cache.
    ours = ("PYTEST", "GUICHET_TEST_")
    inherited = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith(ours)}
    return subprocess.run(
        [*command, *options, "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT,
        env={**inherited, **env},
        capture_output=True,
        text=True,
        check=False,
    )


SKIPPED = "import pytest\n\n@pytest.mark.skip(reason='later')\ndef test_it():\n    pass\n"


def test_a_skipped_test_fails_in_ci(tmp_path):
    assert _run(tmp_path, SKIPPED).returncode == 0
    done = _run(tmp_path, SKIPPED, CI="true")
    assert done.returncode == 1
    assert "skipped in CI" in done.stdout


def test_a_module_that_skips_itself_fails_in_ci(tmp_path):
    done = _run(tmp_path, "import pytest\npytest.skip('later', allow_module_level=True)\n", CI="true")
    assert done.returncode != 0


def test_an_unknown_mark_fails(tmp_path):
    done = _run(tmp_path, "import pytest\n\n@pytest.mark.fautl('E1')\ndef test_it():\n    pass\n")
    assert done.returncode != 0


GROUPED = """
import os, pathlib, pytest

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(6))
def test_it(number):
    (pathlib.Path(__file__).parent / f"{number}.worker").write_text(os.environ["PYTEST_XDIST_WORKER"])
"""


def test_a_group_shares_a_worker(tmp_path):
    """Those that start processes would run two by two else; a pytest that xdist does not know lets them, silently."""
    done = _run(tmp_path, GROUPED, "-n", "2")
    assert done.returncode == 0, done.stdout
    workers = [path.read_text() for path in tmp_path.glob("*.worker")]
    assert len(workers) == 6
    assert len(set(workers)) == 1
