"""Whom to write to about a company's contribution: who declares for it, else whoever stood for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from contributions.models import Declaration
from membership.answering import has_left
from membership.models import Access, Application, Contact, Establishment
from membership.states import State

# Of a company without an account, the first of these is written to.
_ROLES = (Contact.Role.ACCOUNTS, Contact.Role.HEAD, Contact.Role.HR, Contact.Role.MEDICAL)


@dataclass(frozen=True)
class Recipient:
    email: str
    name: str = ""
    has_account: bool = False


def recipients(members: Collection[UUID]) -> dict[UUID, list[Recipient]]:
    """For each of `members` that can be written to, the people to write to: at most four queries for all."""
    found: dict[UUID, list[Recipient]] = {}
    declaring = Access.objects.alive().filter(member__in=members, declares=True, user__is_active=True)
    people = declaring.order_by("created_at").values_list(
        "member_id", "user__email", "user__first_name", "user__last_name"
    )
    for member, email, first, last in people:
        found.setdefault(member, []).append(Recipient(email, f"{first} {last}".strip(), has_account=True))
    for look in _WITHOUT_ACCOUNT:
        if without := [member for member in members if member not in found]:
            found.update({member: [recipient] for member, recipient in look(without).items()})
    return found


def employers(declaration: Declaration) -> list[Recipient]:
    """Whom to tell besides who signed, when the declaration was validated by somebody who does not manage the space of
    the company for good, an accountant or staff: those who do, else whoever stood for the company. Nobody twice."""
    by = declaration.validated_by
    if by is None:
        return []
    managing = Access.objects.lasting_managers().filter(member=declaration.member_id)
    if managing.filter(user=by.pk).exists():
        return []
    found = _with_account(managing)
    told = {declaration.signer_email.lower(), by.email.lower()}
    return [one for one in found or _stand_ins(declaration.member_id) if one.email.lower() not in told]


def signer(declaration: Declaration) -> Recipient | None:
    """Whom to write to about a validated declaration: who signed it, else, without an address, the employer."""
    if declaration.signer_email:
        return Recipient(declaration.signer_email, declaration.signer)
    return next(iter(employers(declaration)), None)


def billed(declaration: Declaration) -> list[Recipient]:
    """Whom to write to about what is invoiced after the declaration, who signed it first: everybody who may pay or sign
    for the company today. Who signed without an account is one of them, who may not any more is none. Nobody twice."""
    found = _with_account(Access.objects.answering().filter(member=declaration.member_id))
    own = declaration.signer_email
    signed = [one for one in found if one.email.lower() == own.lower()]
    if own and not signed and not has_left(declaration.member_id, own):
        signed = [Recipient(own, declaration.signer)]
    return [*signed, *(one for one in found if one not in signed)] or _stand_ins(declaration.member_id)


def _with_account(accesses: QuerySet[Access]) -> list[Recipient]:
    rows = accesses.order_by("created_at").values_list("user__email", "user__first_name", "user__last_name")
    return [Recipient(email, f"{first} {last}".strip(), has_account=True) for email, first, last in rows]


def _stand_ins(member: UUID) -> list[Recipient]:
    looks = (look([member]) for look in _WITHOUT_ACCOUNT)
    return next((list(found.values()) for found in looks if found), [])


def unreachable() -> Q:
    """Members that nobody can be written to for: to count them before a campaign."""
    mine = {"establishment": OuterRef("establishment")}
    declaring = Access.objects.alive().filter(member=OuterRef("pk"), declares=True, user__is_active=True)
    represented = Application.objects.filter(**mine, state=State.ACCEPTED).exclude(representative_email="")
    return Q(~Exists(declaring), ~Exists(represented), ~Exists(Contact.objects.filter(**mine)), establishment__email="")


def _representatives(members: list[UUID]) -> dict[UUID, Recipient]:
    """Who validated the pre-membership."""
    rows = Application.objects.filter(establishment__member__in=members, state=State.ACCEPTED).values_list(
        "establishment__member", "representative_email", "representative_first_name", "representative_last_name"
    )
    return {member: Recipient(email, f"{first} {last}".strip()) for member, email, first, last in rows if email}


def _contacts(members: list[UUID]) -> dict[UUID, Recipient]:
    """The contact whose business it is most."""
    rows = Contact.objects.filter(establishment__member__in=members).values_list(
        "establishment__member", "roles", "email", "first_name", "last_name"
    )
    best: dict[UUID, tuple[int, Recipient]] = {}
    for member, roles, email, first, last in rows:
        rank = next((rank for rank, role in enumerate(_ROLES) if role in roles), len(_ROLES))
        if member not in best or rank < best[member][0]:
            best[member] = (rank, Recipient(email, f"{first} {last}".strip()))
    return {member: recipient for member, (_, recipient) in best.items()}


def _establishments(members: list[UUID]) -> dict[UUID, Recipient]:
    """The company's own address."""
    rows = Establishment.objects.filter(member__in=members).exclude(email="").values_list("member", "email")
    return {member: Recipient(email) for member, email in rows}


_WITHOUT_ACCOUNT = (_representatives, _contacts, _establishments)  # in this order
