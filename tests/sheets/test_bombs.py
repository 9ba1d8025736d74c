"""Files made to exhaust the machine. Each is read in a process of its own, whose peak memory is then known."""

import json
import subprocess
import sys
import zipfile

import pytest

from tests.harness.environment import ROOT
from tests.sheets import files

PROGRAM = """
import json, resource, sys
from core.sheets import SheetError, read

def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

with open(sys.argv[1], "rb") as file:
    idle = memory()
    try:
        rows = list(read(file, sys.argv[2]).rows)
        message = None
    except SheetError as error:
        message = str(error)
print(json.dumps({"message": message, "megabytes": (memory() - idle) // 1024}))
"""


def laughs():
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return files.forged_xlsx(
        f'<row r="1">{files.inline("A1", "&l9;")}</row>', before=f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>'
    )


def external_entity():
    return files.forged_xlsx(
        f'<row r="1">{files.inline("A1", "&x;")}</row>', before='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    )


def unfolding():
    """90 MB from some hundred kilobytes."""
    row = "".join(files.inline(f"{letter}1", "x" * 100) for letter in "ABCDEFGH")
    return files.forged_xlsx(f"<row>{row}</row>" * 90_000)


def lying_directory():
    """The table of contents says 100 bytes; the part unfolds to 60 MB."""
    data = bytearray(files.forged_xlsx("<row/>" * 10_000_000))
    true_size = len(zipfile.ZipFile(files.io.BytesIO(bytes(data))).read("xl/worksheets/sheet1.xml"))
    return bytes(data).replace(true_size.to_bytes(4, "little"), (100).to_bytes(4, "little"))


def shared_text():
    """One long text, shown in each of 200,000 cells: a parser copies it for each."""
    cells = "".join(f'<c t="s" r="{letter}{{n}}"><v>0</v></c>' for letter in "ABCDEFGHIJ")
    rows = "".join(f'<row r="{n}">{cells.format(n=n)}</row>' for n in range(1, 20_001))
    return files.forged_xlsx(rows, shared=f"<si><t>{'x' * 30_000}</t></si>")


BOMBS = {
    "unfolding": (unfolding, "x.xlsx", "trop volumineux"),
    "lying directory": (lying_directory, "x.xlsx", "abîmé"),
    "billion laughs": (laughs, "x.xlsx", "abîmé"),
    "external entity": (external_entity, "x.xlsx", "abîmé"),
    "far cell": (lambda: files.forged_xlsx(files.inline("A1", "a") + files.inline("ZZ1048576", "b")), "x.xlsx", "loin"),
    "far row, without reference": (
        lambda: files.forged_xlsx(
            f'<row r="1">{files.inline("A1", "a")}</row><row r="9999999999"><c><v>1</v></c></row>'
        ),
        "x.xlsx",
        "loin",
    ),
    "shared text": (shared_text, "x.xlsx", "30000 caractères"),
    "repeated .ods cell": (
        lambda: files.ods(f"<table:table-row>{files.ods_cell('x', repeated=2_000_000_000)}</table:table-row>"),
        "x.ods",
        "loin",
    ),
    "repeated .ods row": (
        lambda: files.ods(
            f'<table:table-row table:number-rows-repeated="900000000">{files.ods_cell("x")}</table:table-row>'
        ),
        "x.ods",
        "loin",
    ),
    "macros": (lambda: files.forged_xlsx(extra={"xl/vbaProject.bin": b"\0"}), "x.xlsx", "macros"),
    "macro name": (lambda: files.forged_xlsx(), "x.xlsm", "macros"),
    "external links": (
        lambda: files.forged_xlsx(extra={"xl/externalLinks/externalLink1.xml": "<a/>"}),
        "x.xlsx",
        "lié à d’autres fichiers",
    ),
    "too many parts": (
        lambda: files.forged_xlsx(extra={f"a{n}.xml": "<a/>" for n in range(400)}),
        "x.xlsx",
        "volumineux",
    ),
    "other compression": (
        lambda: files.zipped({"xl/workbook.xml": "x" * 1000}, zipfile.ZIP_LZMA),
        "x.xlsx",
        "abîmé",
    ),
}


@pytest.mark.fault("E8")
@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_in_words_and_in_little_memory(name, tmp_path):
    make, filename, told = BOMBS[name]
    (tmp_path / "bomb").write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "bomb"), filename],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    result = json.loads(done.stdout)
    assert told in (result["message"] or "read without complaint")
    assert result["megabytes"] < 150


def test_a_forged_dimension_changes_nothing(tmp_path):
    """`dimension` is a hint; what counts is where the filled cells are."""
    data = files.forged_xlsx(f'<row r="1">{files.inline("A1", "Nom")}</row>', dimension="A1:XFD1048576")
    from core.sheets import read

    assert read(files.io.BytesIO(data), "x.xlsx").headers == ["Nom"]
