from __future__ import annotations

import pytest

from notifications import wake


@pytest.fixture
def queue_of_tasks(monkeypatch, django_capture_on_commit_callbacks) -> list[str]:
    """Names of the tasks that workers were woken for. What a commit would call is called at once."""
    asked: list[str] = []
    monkeypatch.setattr(wake, "wake", lambda task: asked.append(task.name))
    monkeypatch.setattr("contributions.waking.wake", lambda task: asked.append(task.name))
    monkeypatch.setattr("contributions.tasks.wake", lambda task: asked.append(task.name))
    monkeypatch.setattr("django.db.transaction.on_commit", lambda function, *args, **kwargs: function())
    return asked
