"""Run the benchmarks, each in a process and with a database of its own: `python -m benchmarks.run [NAME ...]`.

Writes one JSON line for each to var/bench.jsonl and ends non-zero when a budget is passed.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NAMES = [
    "page_login",
    "page_wizard",
    "page_queue",
    "page_dashboard",
    "page_declaration",
    "page_employees",
    "pdf_bordereau",
    "sweep_growth",
    "outbox_throughput",
    "employees_file",
    "employees_import",
    "campaign_open",
    "export_employees",
    "page_weight",
]
TIMEOUT = 1200


def one(name: str) -> None:
    """In the benchmark's own process: an empty migrated database, the measure, its line on the last line."""
    import django
    from django.core.management import call_command

    from tests.harness.site import collect_static

    if name.startswith(("page_", "export_")):  # before Django reads where its static files are
        os.environ["STATIC_ROOT"] = str(collect_static())
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    result = importlib.import_module(f"benchmarks.{name}").measure()
    print(json.dumps(result.as_line(), ensure_ascii=False), flush=True)


def _environment(folder: str) -> dict[str, str]:
    keys = subprocess.run(
        [sys.executable, "scripts/new_keys.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BROKER_URL")}
    return {
        **inherited,
        **dict(line.split("=", 1) for line in keys.split()),
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Playwright keeps a loop in the thread
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENV_FILE": os.devnull,
        "GUICHET_DEMO": "1",
        "LOG_LEVEL": "WARNING",
        "SITE_URL": "http://127.0.0.1:8000",
        "VAR_DIR": folder,
    }


def run(name: str) -> dict[str, Any]:
    """The line of one benchmark; one that breaks is a line too, and not ok."""
    folder = tempfile.mkdtemp(prefix=f"guichet-bench-{name}-")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.run", "--one", name],
            cwd=ROOT,
            env=_environment(folder),
            stdout=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError) as error:
        return {"name": name, "ratio": None, "limit": None, "ok": False, "detail": {"error": str(error)}}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(names: list[str]) -> int:
    if unknown := set(names) - set(NAMES):
        print(f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    target = ROOT / "var/bench.jsonl"
    target.parent.mkdir(exist_ok=True)
    print(f"{'benchmark':<20}{'ratio':>8}{'limit':>8}  ok   detail", flush=True)
    good = True
    with target.open("w", encoding="utf-8") as out:
        for name in names or NAMES:
            line = run(name)
            good = good and line["ok"]
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            out.flush()
            ratio, limit = (("-" if line[key] is None else f"{line[key]:.2f}") for key in ("ratio", "limit"))
            detail = ", ".join(f"{key} {value}" for key, value in line["detail"].items())
            print(f"{name:<20}{ratio:>8}{limit:>8}  {'yes' if line['ok'] else 'NO ':<4} {detail}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2])
    else:
        sys.exit(main(sys.argv[1:]))
