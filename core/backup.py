"""A backup of the whole service in one folder, and its restoration elsewhere, checked row by row and file by file.

The folder holds `database.dump` (PostgreSQL, read by pg_restore) or `database.sqlite3`, the stored files under
`files/` with the names the database knows them by, and `manifest.json`: when, which engine, how many rows each table
has, and the fingerprint of every file. Keys are not in it. It works beside a running service: what it counts is what it
dumps, and the files are those that the dump names. One that was removed meanwhile, by a purge, is `missing`: so is one
that was lost, so each is told.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.utils import timezone

MANIFEST, FILES = "manifest.json", "files"
_DUMPS = {"postgresql": "database.dump", "sqlite": "database.sqlite3"}


class BackupError(Exception):
    """It cannot be done, or what was restored is not what was saved. The message says what to do."""


def make(folder: Path, *, files: bool = True) -> dict[str, Any]:
    """Save database and files into `folder`, which must be empty; returns the manifest.

    `files=False` leaves them out, for a store that keeps versions by itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty: choose another folder.")
    folder.chmod(0o700)
    dump = _dump_sqlite if connection.vendor == "sqlite" else _dump_postgres
    tables, names = dump(folder)
    copied = {name: _copy_out(name, folder / FILES / name) for name in names} if files else {}
    manifest = {
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "engine": connection.vendor,
        "tables": tables,
        "files": {name: digest for name, digest in copied.items() if digest},
        "missing": [name for name, digest in copied.items() if not digest],
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
    return manifest


def restore(folder: Path) -> dict[str, Any]:
    """Put a backup into the empty database and store of this environment; refuses to write over anything.

    Raises `BackupError` when a table has another number of rows than when it was saved, or a file another content.
    """
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest["engine"] != connection.vendor:
        raise BackupError(f"This backup is of {manifest['engine']}, and DATABASE_URL names {connection.vendor}.")
    if connection.introspection.table_names():
        raise BackupError("The database is not empty: restore into a new one.")
    connection.close()
    load = _load_sqlite if connection.vendor == "sqlite" else _load_postgres
    load(folder / _DUMPS[connection.vendor])
    for name, digest in manifest["files"].items():
        if default_storage.exists(name):
            raise BackupError(f"{name} is stored already: restore into an empty store.")
        with (folder / FILES / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise BackupError(f"{name} was damaged in the backup.")
            file.seek(0)
            default_storage.save(name, File(file))
    found = _count_rows()
    if wrong := [
        f"{table}: {found.get(table)} rows, not {rows}"
        for table, rows in manifest["tables"].items()
        if found.get(table) != rows
    ]:
        raise BackupError("The database is not what was saved. " + "; ".join(wrong))
    return manifest


# --- Files ------------------------------------------------------------------------------------------------------------


def _file_columns() -> Iterator[tuple[str, str]]:
    """Every table and column that names stored files."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.FileField) and field.column:
                yield model._meta.db_table, field.column


def _copy_out(name: str, target: Path) -> str:
    """Copy a stored file; returns its SHA-256 in hex, or nothing when it is not there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with default_storage.open(name, "rb") as source, target.open("wb") as out:
            shutil.copyfileobj(source, out)
    except FileNotFoundError:
        return ""
    with target.open("rb") as copy:
        return hashlib.file_digest(copy, "sha256").hexdigest()


# --- Databases --------------------------------------------------------------------------------------------------------


def _count_rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        return _counted(cursor, _tables())


def _counted(cursor: Any, tables: list[str]) -> dict[str, int]:
    return {table: _count(cursor, connection.ops.quote_name(table)) for table in tables}


def _stored_names(cursor: Any) -> list[str]:
    """Every stored file that a row names."""
    names: list[str] = []
    for table, column in _file_columns():
        quoted, named = connection.ops.quote_name(table), connection.ops.quote_name(column)
        cursor.execute(f"SELECT {named} FROM {quoted} WHERE {named} <> ''")  # noqa: S608 the database's own names
        names += [name for (name,) in cursor.fetchall()]
    return names


def _tables() -> list[str]:
    return sorted(connection.introspection.table_names())


def _count(cursor: Any, quoted: str) -> int:
    cursor.execute(f"SELECT COUNT(*) FROM {quoted}")  # noqa: S608 the database's own name of a table
    return int(cursor.fetchone()[0])


def _dump_sqlite(folder: Path) -> tuple[dict[str, int], list[str]]:
    """SQLite's own online copy, counted and read where nobody writes."""
    tables = _tables()
    with closing(sqlite3.connect(folder / _DUMPS["sqlite"])) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
        cursor = copy.cursor()
        return _counted(cursor, tables), _stored_names(cursor)


def _load_sqlite(dump: Path) -> None:
    target = Path(connection.settings_dict["NAME"])
    for path in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)  # the empty ones that looking into it made
    shutil.copyfile(dump, target)


def _dump_postgres(folder: Path) -> tuple[dict[str, int], list[str]]:
    """pg_dump, the count and the names look at one and the same snapshot."""
    with _snapshot() as snapshot, connection.cursor() as cursor:
        tables, names = _count_rows(), _stored_names(cursor)
        _run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={folder / _DUMPS['postgresql']}")
    return tables, names


def _load_postgres(dump: Path) -> None:
    _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={connection.settings_dict['NAME']}", str(dump))


@contextmanager
def _snapshot() -> Iterator[str]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _run(program: str, *arguments: str) -> None:
    """One of PostgreSQL's programs on the configured database; the password goes by the environment."""
    of = connection.settings_dict
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
    env = {**os.environ, **{name: str(of[key]) for key, name in names.items() if of[key]}}
    try:
        done = subprocess.run([program, *arguments], env=env, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BackupError(f"{program} is not installed (Debian: postgresql-client).") from error
    if done.returncode:
        raise BackupError(f"{program}: {done.stderr.strip()}")


def size(folder: Path) -> int:
    """Bytes of a backup."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def described(manifest: dict[str, Any]) -> str:
    """« 120345 rows in 64 tables, 210 files »."""
    rows = sum(manifest["tables"].values())
    return f"{rows} rows in {len(manifest['tables'])} tables, {len(manifest['files'])} files"
