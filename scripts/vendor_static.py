#!/usr/bin/env python3
"""Copy the front-end files we serve ourselves out of their npm packages, each with its licence, and cut fonts for PDFs.

    .venv/bin/python scripts/vendor_static.py

Only the files named in `PACKAGES` are taken. Run it to upgrade, look at the change, commit the result: the
application itself never needs npm. The versions taken are written to static/vendor/VERSIONS.txt.
"""

import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

STATIC = Path(__file__).resolve().parent.parent / "static"

# npm package -> {file in the package: where it goes under static/}
PACKAGES = {
    # htmx 4 is another API: stay on 2.
    "htmx.org@2": {
        "dist/htmx.min.js": "vendor/htmx.min.js",
        "LICENSE": "vendor/htmx.LICENSE.txt",
    },
    "@fontsource-variable/source-sans-3@5": {
        "files/source-sans-3-latin-wght-normal.woff2": "fonts/source-sans-3-latin-wght-normal.woff2",
        "LICENSE": "fonts/source-sans-3.LICENSE.txt",
    },
    "@fontsource-variable/source-serif-4@5": {
        "files/source-serif-4-latin-wght-normal.woff2": "fonts/source-serif-4-latin-wght-normal.woff2",
        "LICENSE": "fonts/source-serif-4.LICENSE.txt",
    },
}

# Of a variable font, the one weight that a PDF needs (documents/rendering.py): where it goes -> (font, weight).
CUTS = {
    "pdf/source-sans-3-400.woff": ("fonts/source-sans-3-latin-wght-normal.woff2", 400),
    "pdf/source-sans-3-600.woff": ("fonts/source-sans-3-latin-wght-normal.woff2", 600),
    "pdf/source-serif-4-600.woff": ("fonts/source-serif-4-latin-wght-normal.woff2", 600),
}


def fetch(package: str, folder: Path) -> Path:
    """Download one package with the ordinary npm client and return the path of its archive."""
    done = subprocess.run(
        ["npm", "pack", "--json", "--pack-destination", str(folder), package],
        check=True,
        capture_output=True,
        text=True,
    )
    return folder / json.loads(done.stdout)[0]["filename"]


def copy(archive: Path, files: dict[str, str]) -> str:
    """Copy `files` out of the archive and return « name version »."""
    with tarfile.open(archive) as tar:
        for source, target in files.items():
            member = tar.extractfile(f"package/{source}")
            assert member is not None, f"{source} is not a file in {archive.name}"
            path = STATIC / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(member.read())
        manifest = tar.extractfile("package/package.json")
        assert manifest is not None
        about = json.load(manifest)
    return f"{about['name']} {about['version']} ({about['license']})"


def cut(source: Path, weight: int, target: Path) -> None:
    """Write the variable font `source` at one weight, as WOFF."""
    font = TTFont(source)
    instantiateVariableFont(font, {"wght": weight}, inplace=True, updateFontNames=False)
    font.flavor = "woff"
    font.save(target, reorderTables=False)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        versions = [copy(fetch(package, Path(folder)), files) for package, files in PACKAGES.items()]
    (STATIC / "vendor" / "VERSIONS.txt").write_text("\n".join(versions) + "\n")
    print("\n".join(versions))
    for target, (source, weight) in CUTS.items():
        cut(STATIC / source, weight, STATIC / target)


if __name__ == "__main__":
    main()
