"""What a process that only renders does. Apart, so that it starts without the models."""

from __future__ import annotations

from typing import Any


def prepare() -> None:
    """Once in each process."""
    import django

    django.setup()


def render(job: tuple[str, dict[str, Any]]) -> None:
    """One PDF, dropped."""
    from documents.rendering import render_pdf

    render_pdf(*job)
