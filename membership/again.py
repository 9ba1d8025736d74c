"""A request that came to nothing, begun again: a new draft that holds all that was typed (B-01)."""

from __future__ import annotations

from uuid import uuid4

from django.db import IntegrityError, models, transaction

from core.journal import Actor, record
from core.models import AccessLink, JournalEntry
from core.transitions import Refused
from membership.eligibility import ALREADY_MEMBER, open_dossier, present_member
from membership.links import LIFETIME
from membership.models import Address, Application, Contact, Employee, Establishment
from membership.models.application import LINK
from membership.settling import begin
from membership.states import CAME_TO_NOTHING

BATCH = 500
COPIED = (
    *("siret", "contact_email", "representative_last_name", "representative_first_name"),
    *("representative_function", "representative_email"),
)


class AlreadyOpen(Refused):
    """There is an open dossier for this SIRET already: `dossier` (D-16)."""

    def __init__(self, dossier: Application) -> None:
        super().__init__("Une demande est déjà ouverte pour ce SIRET.")
        self.dossier = dossier


@transaction.atomic
def begin_again(closed: Application, *, by: Actor) -> tuple[Application, AccessLink]:
    """Open a draft prefilled from `closed`, and the link by which this browser holds it.

    Documents and payments stay with the closed dossier, and each step is to be confirmed anew: addresses, tariffs, the
    zone and the employees may have changed since.
    """
    closed = begin(closed)
    if closed.state not in CAME_TO_NOTHING:
        raise Refused("Seul un dossier retourné ou retiré se recommence.")
    if present_member(closed.siret):
        raise Refused(ALREADY_MEMBER)
    if other := open_dossier(closed.siret):
        raise AlreadyOpen(other)
    site = Establishment.objects.get(pk=closed.establishment_id)
    people = [list(model.objects.filter(establishment=site)) for model in (Contact, Address, Employee)]
    _as_new(site)
    site.save()
    dossier = Application(establishment=site, **{name: getattr(closed, name) for name in COPIED})
    dossier.touch()
    dossier.created_at = dossier.updated_at  # until somebody works on it: see `own_link`
    try:
        with transaction.atomic():
            dossier.save()
    except IntegrityError:  # somebody began one for this SIRET a moment ago
        if other := open_dossier(closed.siret):
            raise AlreadyOpen(other) from None
        raise
    for rows in people:
        _give(rows, site)
    record(closed, by=by, message="Nouvelle demande commencée à partir de ce dossier.")
    record(dossier, by=by, message=_begun_from(closed))
    link, _ = AccessLink.issue(dossier, LINK, LIFETIME)
    return dossier, link


def own_link(dossier: Application, closed: Application) -> AccessLink | None:
    """The link by which `dossier` was begun, for a second click on the button that began it from `closed`.

    Only while nobody has worked on it: until then it holds nothing that the closed one does not show as well.
    """
    untouched = dossier.is_draft and dossier.updated_at == dossier.created_at
    if not untouched or not JournalEntry.objects.about(dossier).filter(message=_begun_from(closed)).exists():
        return None
    first = AccessLink.objects.about(dossier).filter(purpose=LINK).order_by("created_at").first()
    return first if first and first.is_alive else None


def _begun_from(closed: Application) -> str:
    return f"Demande recommencée à partir du dossier {closed.reference}."


def _give(rows: list[models.Model], site: Establishment) -> None:
    """Store these rows once more, as those of `site`: a few statements for 2,000 employees."""
    for row in rows:
        _as_new(row)
        row.establishment = site  # type: ignore[attr-defined]
    if rows:
        type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH)


def _as_new(row: models.Model) -> None:
    row.pk = uuid4()
    row._state.adding = True
