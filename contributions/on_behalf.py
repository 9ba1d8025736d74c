"""Staff validate a declaration for an employer who wrote or called: on his word, by the same verb as his own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from contributions import checks, counting, workflow
from contributions.models import Declaration
from contributions.pricing import amount_moved, shown_amount
from contributions.states import State
from core.journal import Actor, record
from core.transitions import AlreadyDone, Refused

ANSWERS = (*workflow.SIGNER, "nobody", "came_by", "received_on")


@transaction.atomic
def validate(declaration: Declaration, answers: Mapping[str, Any], *, shown: str, note: str, by: Actor) -> Declaration:
    """Store the `ANSWERS` that were typed, and validate. `shown` is the amount that was on the page, as
    `shown_amount` writes it: it is the one that is validated. `note` is for staff alone."""
    declaration = counting.lock_with_list(declaration)
    if declaration.state != State.DRAFT:
        raise AlreadyDone(workflow.told(declaration))
    for name in ANSWERS:
        if name in answers:
            setattr(declaration, name, answers[name])
    declaration.confirmed_steps, declaration.typed = list(checks.STEPS), {}
    declaration.touch()
    if shown != (now := shown_amount(workflow.price(declaration))):
        raise Refused(amount_moved(shown, now))
    declaration.save()
    done = workflow.validate(declaration, by=by)
    if note:
        record(done, by=by, message="Note sur la déclaration reçue.", reason=note, internal=True)
    return done
