"""Attestations on demand, and the check of one by its code (B-13).

What an attestation says is frozen with its document. Checking one shows nothing that the paper itself does not show,
but whether it still stands: never, for instance, that an invoice has fallen due since.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import segno
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from core.brand import brand
from core.dates import add_months, french_date, today
from core.identifiers import format_siren, format_siret
from core.journal import Actor, record
from core.money import euros
from core.numbering import next_number
from core.transitions import Refused, lock
from documents.issuing import issue
from documents.models import Document
from membership.models import Member
from membership.unpaid import Unpaid, overdue_of
from space import papers
from space.models import Attestation

VALID_MONTHS = 3
# 32 letters and digits that nobody takes for one another; twelve of them are 60 bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 12, 4
_LOOKALIKES = str.maketrans("OIL", "011")

Kind = Attestation.Kind
Obstacles = Callable[[Member], list[str]]
LastDay = Callable[[Member], date | None]

_obstacles: list[Obstacles] = []
_last_days: list[LastDay] = []


def register_obstacles(told: Obstacles) -> Obstacles:
    """Let an app above say, in sentences, why a member is not « à jour de cotisation »; it is asked each time."""
    _obstacles.append(told)
    return told


def register_last_day(told: LastDay) -> LastDay:
    """Let an app above say until which day a member stays « à jour » if he does nothing more; None: no such day."""
    _last_days.append(told)
    return told


@dataclass(frozen=True)
class Offer:
    """A kind of attestation, and what stands in the way of it today, as sentences."""

    kind: Attestation.Kind
    obstacles: list[str]

    @property
    def what(self) -> str:
        return {
            Kind.MEMBERSHIP: "Certifie que votre entreprise est adhérente, depuis quand, et sous quel numéro.",
            Kind.UP_TO_DATE: (
                "Certifie que votre entreprise est adhérente et qu’aucune facture échue ne reste à régler. Vos "
                "déclarations doivent être faites pour l’obtenir."
            ),
        }[self.kind]


def offers(member: Member) -> list[Offer]:
    """What may be asked for today, and what is missing for the rest."""
    gone = _gone(member)
    return [Offer(Kind.MEMBERSHIP, gone), Offer(Kind.UP_TO_DATE, gone or _owed(member))]


def _owed(member: Member) -> list[str]:
    """What the member should have paid or done by today."""
    late = [_late(one) for one in overdue_of(member)]
    return late + [sentence for told in _obstacles for sentence in told(member)]


def ask(member: Member, kind: Attestation.Kind, *, by: Actor) -> Attestation:
    """The attestation of today: the one already issued, or a new one. Refused with what is missing."""
    with transaction.atomic():
        member = lock(member)  # two clicks at once come one after the other
        day = today()
        known = Attestation.objects.filter(member=member, kind=kind, issued_on=day).select_related("document").first()
        obstacles = next(offer.obstacles for offer in offers(member) if offer.kind == kind)
        if obstacles:
            raise Refused(" ".join(obstacles))
        return known or _issue(member, kind, day, by)


def _issue(member: Member, kind: Attestation.Kind, day: date, by: Actor) -> Attestation:
    number = f"A{day.year}-{next_number(f'attestation-{day.year}'):06d}"
    made = Attestation(
        member=member,
        kind=kind,
        number=number,
        code=_fresh_code(),
        issued_on=day,
        valid_until=_valid_until(member, kind, day),
        asked_by=by.name[:150],
    )
    made.document = issue(
        member,
        kind=f"{papers.ATTESTATION}{kind.value}",
        number=number,
        title=f"{kind.label} {number}",
        filename=f"attestation-{kind.value}-{number}.pdf",
        template="pdf/attestation.html",
        snapshot=snapshot(made),
    )
    made.save(force_insert=True)
    record(member, by=by, message=f"{kind.label} {number} établie.")
    return made


def _valid_until(member: Member, kind: Attestation.Kind, day: date) -> date:
    """Three months; « à jour » no longer than until something more is due of the member; never past a departure."""
    ends = [add_months(day, VALID_MONTHS)]
    if kind == Kind.UP_TO_DATE:
        ends += [last for told in (papers.next_due, *_last_days) if (last := told(member))]
    if member.left_on:
        ends.append(member.left_on)
    return min(ends)


def snapshot(made: Attestation) -> dict[str, Any]:
    """What the paper shows."""
    member, operator = made.member, brand().operator
    establishment = member.establishment
    url = settings.SITE_URL + reverse("space:verify-code", args=[shaped(made.code)])
    return {
        "attests": made.kind,
        "company": establishment.name,
        "siren": format_siren(member.siret[:9]),
        "siret": format_siret(member.siret),
        "lines": establishment.address_lines,
        "member": member.number,
        "joined_on": french_date(member.joined_on),
        "issued_on": french_date(made.issued_on),
        "valid_until": french_date(made.valid_until),
        "operator": {"name": operator["name"], "legal_form": operator["legal_form"], "town": _town(operator)},
        "code": shaped(made.code),
        "verify_at": (settings.SITE_URL + reverse("space:verify")).split("://", 1)[1].rstrip("/"),
        "qr": segno.make(url, error="m", micro=False).svg_data_uri(
            border=4, light="#fff", svgclass=None, lineclass=None, omitsize=True
        ),
    }


def _town(operator: dict[str, Any]) -> str:
    """« Brétigny-sur-Orge », out of the last line of the operator's address."""
    return str(operator["address"][-1]).lstrip("0123456789 ")


def _gone(member: Member) -> list[str]:
    if member.joined_on > today():
        return [f"Votre adhésion prend effet le {french_date(member.joined_on)} : revenez à partir de ce jour."]
    if member.left_on and member.left_on < today():
        return [f"Votre adhésion a pris fin le {french_date(member.left_on)}."]
    return []


def _late(one: Unpaid) -> str:
    if one.debited_on:
        return f"La facture {one.number} n’est pas encore encaissée ({one.since}) : {euros(one.amount)}."
    return f"La facture {one.number}, {one.since}, reste à régler : {euros(one.amount)}."


# --- Codes ------------------------------------------------------------------------------------------------------------


def _fresh_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shaped(code: str) -> str:
    """`7QX4-M2RD-90KZ`, as it is printed and typed."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read_code(text: str) -> str:
    """The code that somebody typed, however it is spaced or cased; empty when it cannot be one."""
    code = "".join(c for c in text[:100].upper() if c.isascii() and c.isalnum()).translate(_LOOKALIKES)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


# --- The check --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What the public page says of an authentic attestation."""

    attestation: Attestation

    @property
    def shown(self) -> dict[str, Any]:
        """What the paper shows, as it was printed."""
        document: Document = self.attestation.document
        return dict(document.snapshot)

    @property
    def rows(self) -> list[tuple[str, str]]:
        shown = self.shown
        return [
            ("Document", str(self.attestation.get_kind_display())),
            ("Entreprise", shown["company"]),
            ("SIREN", shown["siren"]),
            ("Numéro d’adhérent", shown["member"]),
            ("Numéro de l’attestation", self.attestation.number),
            ("Établie le", shown["issued_on"]),
            ("Valable jusqu’au", shown["valid_until"]),
        ]

    @property
    def today(self) -> tuple[str, str, str]:
        """Whether it still stands: a tone, a few words, a sentence."""
        member, day = self.attestation.member, today()
        if member.left_on and member.left_on < day:
            return "bad", "N’est plus adhérente", "Cette entreprise n’est plus adhérente de notre service."
        if self.attestation.valid_until < day:
            return "wait", "Validité dépassée", "Demandez à l’entreprise une attestation plus récente."
        if self._newer():
            return "wait", "Remplacée", "L’entreprise a obtenu depuis une attestation plus récente du même type."
        return "good", "Toujours valable", "Elle est valable jusqu’à la date indiquée."

    def _newer(self) -> bool:
        mine = self.attestation
        same = Attestation.objects.filter(member=mine.member_id, kind=mine.kind)
        return same.filter(issued_on__gt=mine.issued_on).exists()


def check(code: str) -> Verdict | None:
    """The attestation of a code as typed, or None when we issued none with it."""
    clean = read_code(code)
    if not clean:
        return None
    found = Attestation.objects.select_related("document", "member").filter(code=clean).first()
    return Verdict(found) if found else None
