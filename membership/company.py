"""Staff correct what is known of a member's company: its identity, its addresses, its contacts (A-06).

The company asks in its space and staff do it here, or somebody calls. Nothing was written over without a trace: the
journal of the member has what stood there and what stands there now.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from core.identifiers import format_naf, format_phone, format_siret
from core.journal import Actor, record
from core.text import lower_first
from core.transitions import Refused, lock
from membership import former
from membership.models import Address, Application, Contact, Establishment, Member

# What a company may ask to change, by column of Establishment, with the words of A-06.
FIELDS = {
    "name": "Raison sociale",
    "trade_name": "Enseigne",
    "street": "Adresse",
    "street_more": "Immeuble / Bâtiment",
    "floor": "Appartement / Etage",
    "locality": "Lieu-dit ou boîte postale",
    "postcode": "Code postal - Code Cedex",
    "commune_name": "Ville",
    "commune_code": "Code de la commune",
    "phone": "Téléphone",
    "email": "Email",
}
NUMBERS = {"siret": "SIRET", "naf": "Code NAF (APE)"}  # staff alone correct these
HIDDEN = {"commune_code"}  # goes with the town, means nothing to people
SHAPES: Mapping[str, Callable[[str], str]] = {"phone": format_phone, "siret": format_siret, "naf": format_naf}
MEANWHILE = "Quelqu’un d’autre a modifié cette fiche depuis que vous avez ouvert la page."

Told = dict[str, str]  # label: what stands there, as people read it


def identity(site: Establishment) -> Told:
    """The company itself."""
    labels = {**FIELDS, **NUMBERS}
    return {label: shown(name, getattr(site, name)) for name, label in labels.items() if name not in HIDDEN}


def addresses(site: Establishment) -> Told:
    """Its three addresses; one that nobody ever entered is that of the establishment."""
    known = {address.kind: address for address in site.addresses.all()}
    return {
        kind.label: _said(known.get(kind.value) or Address(kind=kind, same_as=Address.SITE)) for kind in Address.Kind
    }


def shown(name: str, value: str) -> str:
    """The value of a column as people read it."""
    return SHAPES[name](value) if name in SHAPES and value else value


def mark(told: Told) -> str:
    """What a page showed, in one word: it comes back with the answers, so that the second of two people is told."""
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


@transaction.atomic
def correct(member: Member, values: Mapping[str, str], *, by: Actor, seen: str) -> None:
    """Write answers by column of Establishment. `seen` is the `mark` of the `identity` that the page showed.

    A SIRET entered wrong is corrected wherever it is repeated; papers issued before keep the one that they bear.
    """
    with _changing(member, identity, "Fiche de l’entreprise corrigée", by=by, seen=seen) as site:
        before = site.siret
        for name, value in values.items():
            setattr(site, name, value)
        if not site.name:
            raise Refused("Indiquez la raison sociale.")
        site.save()
        if site.siret != before:
            _move_siret(site, before, by)


@transaction.atomic
def change_addresses(member: Member, write: Callable[[], None], *, by: Actor, seen: str) -> None:
    """`write` stores the answers of a form about the addresses; `seen` is the `mark` of those that the page showed."""
    with _changing(member, addresses, "Adresses modifiées", by=by, seen=seen):
        write()


def note(member: Member, what: str, changes: Iterable[tuple[str, str, str]], *, by: Actor) -> None:
    """The journal of what changed, as (label, old, new); nothing where old and new are the same."""
    moved = [change for change in changes if change[1] != change[2]]
    if moved:
        labels = ", ".join(label for label, _, _ in moved)
        record(member, by=by, message=f"{what} : {labels}.", reason="\n".join(_arrow(*change) for change in moved))


def note_contact(member: Member, before: str, now: str, *, by: Actor) -> None:
    """The journal of a contact added, changed or removed; of none, the words are empty."""
    if before != now:
        what = "modifié" if before and now else "ajouté" if now else "retiré"
        record(member, by=by, message=f"Contact {what}.", reason=_arrow("Contact", before, now))


def contact_words(contact: Contact) -> str:
    """Somebody to talk to, in one line."""
    parts = (str(contact), contact.function, contact.role_labels, shown("phone", contact.phone), contact.email)
    return ", ".join(filter(None, parts))


@contextmanager
def _changing(
    member: Member, told: Callable[[Establishment], Told], what: str, *, by: Actor, seen: str
) -> Iterator[Establishment]:
    """The company under lock; what is done to it goes into the journal. `Refused` when somebody was faster."""
    lock(member)
    site = lock(Establishment(pk=member.establishment_id))
    before = told(site)
    if mark(before) != seen:
        raise Refused(MEANWHILE)
    yield site
    now = told(Establishment.objects.get(pk=site.pk))
    note(member, what, [(label, before[label], now[label]) for label in now], by=by)


def _move_siret(site: Establishment, before: str, by: Actor) -> None:
    """The SIRET stands in three tables: see `Member` and `Application`."""
    member = Member.objects.get(establishment=site)
    taken = Member.objects.present().filter(siret=site.siret).exclude(pk=member.pk).select_related("establishment")
    if member.is_present and (other := taken.first()):
        raise Refused(f"Le SIRET {format_siret(site.siret)} est déjà celui de l’adhérent {other}.")
    member.siret = site.siret
    try:
        with transaction.atomic():
            member.save(update_fields=["siret"])
    except IntegrityError:
        raise Refused(f"Le SIRET {format_siret(site.siret)} vient d’être donné à un autre adhérent.") from None
    Application.objects.filter(establishment=site).update(siret=site.siret)
    for siren in sorted({before[:9], site.siret[:9]} if before[:9] != site.siret[:9] else ()):
        if siren:
            former.resume(siren, by=by)  # the unpaid invoices of this member are another company's now


def _said(address: Address) -> str:
    """An address as the form asks it: its own lines, or which other one it is the same as."""
    if not address.same_as:
        lines = address.address_lines
    elif address.same_as == Address.SITE:
        lines = ["Identique à l’adresse de l’établissement"]
    else:
        lines = [f"Identique à l’{lower_first(Address.Kind(address.same_as).label)}"]
    return ", ".join([*([f"à l’attention de {address.recipient}"] if address.recipient else []), *lines])


def _arrow(label: str, before: str, now: str) -> str:
    return f"{label} : {before or '(vide)'} → {now or '(vide)'}"
