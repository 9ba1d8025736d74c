"""What the company is told about a file it sends: shown among its documents, where it looks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest

_HERE = "documents"  # the mark of these messages, followed by the id of the field that one is about
FILES, KIND = "files", "kind-"  # the field of the files; the radios of the kinds, each followed by its kind


def tell(request: HttpRequest, level: int, words: str, field: str = "") -> None:
    """`level` is one of Django's; `field` the id of what is to be corrected, where there is such a field."""
    messages.add_message(request, level, words, extra_tags=f"{_HERE} {field}")


def told(request: HttpRequest) -> dict[str, Any]:
    """For a page with the documents: `notices` and `upload_problems` (element id, message) to show among them, the
    problems again for each field, and all other `messages`, which stand at the top as on every page."""
    others, notices, problems = [], [], []
    for message in messages.get_messages(request):
        mark, _, field = (message.extra_tags or "").partition(" ")
        if mark != _HERE:
            others.append(message)
        elif message.level < messages.ERROR:
            notices.append(message)
        else:
            problems.append((field, str(message)))
    return {
        "messages": others,
        "notices": notices,
        "upload_problems": problems,
        "file_problems": [words for field, words in problems if field == FILES],
        "kind_problem": next((words for field, words in problems if field.startswith(KIND)), ""),
    }
