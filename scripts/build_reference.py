#!/usr/bin/env python3
"""Builds core/data/communes.csv.gz and core/data/naf.csv from public reference data (see core/data/LICENCE.md).

Run once a year, when INSEE publishes the new Code officiel géographique: raise the versions below, run, look at the
difference, commit. Needs npm and the network; the application itself needs neither.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import subprocess
import tempfile
from pathlib import Path

PACKAGES = ["@etalab/decoupage-administratif@6.0.0", "@socialgouv/codes-naf@1.1.1"]
DATA = Path(__file__).resolve().parent.parent / "core" / "data"


def commune_rows(entries: list[dict]) -> list[tuple[str, str, str, str]]:
    """`(code, name, department, postcodes)` of today's communes and of the arrondissements of Paris, Lyon, Marseille.

    The SIRENE register places a company in an arrondissement, not in Paris: so the postcode 75012 leads to « Paris 12e
    Arrondissement » alone. Paris itself is kept without postcode, to be named in a zone.
    """
    divided = {entry["commune"] for entry in entries if entry["type"] == "arrondissement-municipal"}
    rows = []
    for entry in entries:
        if entry["type"] not in ("commune-actuelle", "arrondissement-municipal"):
            continue
        postcodes = [] if entry["code"] in divided else entry.get("codesPostaux", [])
        rows.append((entry["code"], entry["nom"], entry["departement"], " ".join(sorted(postcodes))))
    return sorted(rows)


def naf_rows(entries: list[dict]) -> list[tuple[str, str]]:
    """`(code without dot, label)` of the 732 subclasses: the only level a company is given."""
    classes = (entry for entry in entries if re.fullmatch(r"\d\d\.\d\d[A-Z]", entry["id"]))
    return sorted((entry["id"].replace(".", ""), entry["label"]) for entry in classes)


def as_csv(header: tuple[str, ...], rows: list) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--ignore-scripts", "--prefix", folder, *PACKAGES],
            check=True,
        )
        modules = Path(folder) / "node_modules"
        communes = json.loads((modules / "@etalab/decoupage-administratif/data/communes.json").read_text())
        naf = json.loads((modules / "@socialgouv/codes-naf/index.json").read_text())
    DATA.mkdir(exist_ok=True)
    text = as_csv(("code", "name", "department", "postcodes"), commune_rows(communes))
    # No time in the header: the same data make the same file.
    (DATA / "communes.csv.gz").write_bytes(gzip.compress(text, mtime=0))
    (DATA / "naf.csv").write_bytes(as_csv(("code", "label"), naf_rows(naf)))


if __name__ == "__main__":
    main()
