"""Templates are written for who reads and reviews them: short lines, which no test of a page depends on."""

import re
from pathlib import Path

import pytest

from tests.harness.environment import ROOT
from tests.harness.laid_out import laid_out

pytestmark = pytest.mark.once

LONGEST = 160
# A template tag cannot be cut: a line that is nothing else may be long.
ONE_TAG = re.compile(r"\s*{%[^%]*%}")
LONG_FOR_A_REASON = {
    "mails/base.html": "mail programs read no style sheet: the styles stand in attributes",
    "pdf/employees.html": "a row is printed five thousand times: no spaces between its cells",
    "pdf/employees_dense.html": "a person is printed five thousand times, in one paragraph",
}


def _templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def _long(path: Path) -> list[int]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [n for n, line in enumerate(lines, 1) if len(line) > LONGEST and not ONE_TAG.fullmatch(line)]


def test_no_line_of_a_template_is_too_long_to_be_reviewed():
    found = {path.relative_to(ROOT / "templates").as_posix(): _long(path) for path in _templates()}
    assert len(found) > 200, "the templates are looked for in the wrong place"
    assert {name: lines for name, lines in found.items() if lines and name not in LONG_FOR_A_REASON} == {}
    assert not {name for name in LONG_FOR_A_REASON if not found[name]}, "a reason that is none any more"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<ul>\n  <li>\n    Un  mot\n  </li>\n</ul>\n", "<ul><li>Un mot</li></ul>"),
        ("<p>\n  Un <b>mot</b>\n  <i>\n    dit\n  </i>\n</p>", "<p>Un <b>mot</b> <i>dit</i></p>"),
        ("<p>mot<b> dit </b>là</p>", "<p>mot<b> dit </b>là</p>"),
        ('<a class="un"\n    href="/">\n  Aller\n</a>, puis', '<a class="un" href="/">Aller </a>, puis'),
        ("<p>\n  <b>Un</b> <br>\n  deux</p>", "<p><b>Un</b><br>deux</p>"),
        ("<button>\n  Oui\n</button>\n<button>Non</button>", "<button>Oui</button> <button>Non</button>"),
        ("<p>\n<textarea>\n  tapé  ici\n</textarea>\n</p>", "<p><textarea>\n  tapé  ici\n</textarea></p>"),
        ("<p>un\u00a0:\n  deux</p>", "<p>un\u00a0: deux</p>"),
    ],
)
def test_pages_are_read_as_they_are_laid_out(written, read):
    assert laid_out(written) == read


def test_the_client_of_the_tests_reads_pages_so(client):
    answer = client.get("/nulle-part/")
    assert "\n" not in answer.content.decode().split("<main", 1)[1]
