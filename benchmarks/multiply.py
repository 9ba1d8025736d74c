"""A hundred copies of every dossier, made by the database itself: a million rows in well under a minute."""

from __future__ import annotations

from django.db import connection, models

from membership.models import Application, Establishment


def multiply(times: int) -> None:
    """`times` as many dossiers as there are: the copies are other establishments of the same companies."""
    if times < 2:
        return
    siret = "substr(siret, 1, 9) || CAST(50000 + n AS text)"
    copy_rows(
        times,
        {
            Establishment: {"siret": siret},
            Application: {"establishment_id": "", "siret": siret, "reference": "reference || '-' || n"},
        },
    )


def copy_rows(times: int, models_changed: dict[type[models.Model], dict[str, str]]) -> None:
    """`times` as many rows of each model, in order: `{model: {column: SQL of the copy's value}}`.

    Every copy has a key of its own; a column given as "" holds the key of a row copied before it.
    """
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE copies (n integer)")
        cursor.executemany("INSERT INTO copies VALUES (%s)", [[n] for n in range(1, times)])
        for model, changed in models_changed.items():
            values = {column: value or _key(column) for column, value in changed.items()}
            _copy(cursor, model, {"id": _key("id"), **values})
        cursor.execute("DROP TABLE copies")


def _key(column: str) -> str:
    """The copy's key, from that of the row it copies."""
    if connection.vendor == "postgresql":
        return f"md5({column}::text || '-' || n)::uuid"
    return f"md5({column} || '-' || n)"


def _copy(cursor, model: type[models.Model], changed: dict[str, str]) -> None:
    columns = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(changed.get(column, column) for column in columns)
    table = model._meta.db_table
    cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}, copies")  # noqa: S608
