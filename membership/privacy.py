"""What the dossiers and the members hold about a person."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts import changes
from accounts.models import User
from core.journal import Actor
from core.privacy import Holding, Person, having_address, register
from core.transitions import Refused
from membership import accesses, closing
from membership.models import Access, Application, Contact, DossierMessage, EarlierStay, Employee

FOLLOWED = (
    "Salarié suivi : ces données servent au suivi de sa santé au travail, que la loi impose à l’employeur et au "
    "service (art. L. 4624-1 du code du travail)."
)
EVIDENCE = "Pièce d’un contrat : gardée tant qu’il dure, puis cinq ans."


def _accounts(person: Person) -> list[User]:
    """By the telephone only who gives no address: colleagues may share one, and each has an account."""
    if person.account:
        return list(User.objects.filter(pk=person.account))
    if person.email:
        return having_address(User.objects.all(), person.email, "email")
    found = list(User.objects.filter(phone=person.phone)) if person.phone else []
    for user in found:
        user.is_one_of_several = len(found) > 1  # type: ignore[attr-defined]  # for `_erase_account`
    return found


def _erase_account(user: User) -> str:
    """The rights go first: a company keeps somebody who administers its space."""
    if user.is_staff:
        return "Compte du service : il se ferme dans « Comptes »."
    if getattr(user, "is_one_of_several", False):
        return "Plusieurs comptes ont ce téléphone : cherchez par l’adresse électronique de la personne."
    for access in Access.objects.alive().filter(user=user).select_related("member"):
        try:
            accesses.withdraw(access, by=Actor(user.get_full_name() or user.email, user))
        except Refused as refusal:
            return str(refusal)
    changes.forget(user)
    Access.objects.filter(user=user).update(invited_as="")
    return ""


def _accesses(person: Person) -> QuerySet[Access]:
    """Their name goes with the account, which comes before them."""
    return Access.objects.filter(user__in=_accounts(person)).select_related("user", "member__establishment")


def _contacts(person: Person) -> list[Contact]:
    return having_address(Contact.objects.all(), person.email, "email")


def _erase_contact(contact: Contact) -> str:
    contact.delete()
    return ""


def _dossiers(person: Person) -> list[Application]:
    dossiers = Application.objects.select_related("establishment")
    return having_address(dossiers, person.email, "contact_email", "representative_email")


def _erase_dossier(dossier: Application) -> str:
    """A draft and a dossier that led nowhere are the person's to erase; a membership is a contract."""
    if dossier.is_open and not dossier.is_draft:
        return "Dossier en cours : retirez d’abord la demande."
    if not closing.is_erasable(dossier):
        return EVIDENCE
    closing.delete(dossier)
    return ""


def _messages(person: Person) -> QuerySet[DossierMessage]:
    """Both sides of the threads of their dossiers, with which they are erased."""
    return DossierMessage.objects.filter(application__in=_dossiers(person)).select_related("application__establishment")


def _employees(person: Person) -> list[Employee]:
    if not person.birth_date:
        return []
    same_day = Employee.objects.filter(birth_date=person.birth_date).select_related("establishment")
    return [row for row in same_day if person.has_name(row)]


def _erase_employee(employee: Employee) -> str:
    if employee.is_staying:
        return FOLLOWED
    employee.delete()
    return ""


def _earlier_stays(person: Person) -> QuerySet[EarlierStay]:
    """Erased with the employee, who comes before them."""
    return EarlierStay.objects.filter(employee__in=_employees(person)).select_related("employee__establishment")


register(
    Holding(
        "accounts.user",
        "Compte",
        _accounts,
        ("email", "phone", "direct_line", "last_name", "first_name", "date_joined", "last_login", "is_active"),
        "Gardé tant qu’il sert.",
        _erase_account,
    ),
    Holding(
        "membership.access",
        "Droits d’accès",
        _accesses,
        ("member", "invited_as", "created_at", "ends_on", "revoked_at", "last_used_at"),
        "Gardés avec le compte.",
    ),
    Holding(
        "membership.contact",
        "Contacts d’entreprises",
        _contacts,
        ("establishment", "last_name", "first_name", "function", "roles", "phone", "email"),
        "Gardés tant que l’entreprise les désigne.",
        _erase_contact,
    ),
    Holding(
        "membership.application",
        "Demandes d’adhésion",
        _dossiers,
        (
            *("reference", "establishment", "state", "contact_email", "representative_last_name"),
            *("representative_first_name", "representative_function", "representative_email", "created_at"),
        ),
        EVIDENCE,
        _erase_dossier,
    ),
    Holding(
        "membership.dossiermessage",
        "Messages des demandes d’adhésion",
        _messages,
        ("application", "author_name", "text", "sent_at"),
        "Gardés avec la demande.",
    ),
    Holding(
        "membership.employee",
        "Salariés suivis",
        _employees,
        (
            *("establishment", "last_name", "first_name", "birth_date", "hired_on", "left_on", "contract_type"),
            *("job_title", "pcs_code", "monitoring"),
        ),
        "Gardés cinq ans après le départ.",
        _erase_employee,
    ),
    Holding(
        "membership.earlierstay",
        "Salariés réembauchés : périodes de travail précédentes",
        _earlier_stays,
        ("employee.establishment", "employee", "hired_on", "left_on"),
        FOLLOWED,
    ),
)
