"""What the dossiers and the members hold about a person."""

from __future__ import annotations

from types import SimpleNamespace

from django.db.models import QuerySet

from accounts import changes
from accounts.models import User
from core import journal
from core.dates import today
from core.formfields import parse_date
from core.identifiers import Invalid, format_phone
from core.journal import Actor
from core.models import JournalEntry, PendingRow
from core.privacy import Holding, Person, having_address, register
from core.transitions import Refused
from membership import accesses, closing
from membership.models import Access, Application, Contact, DossierMessage, EarlierStay, Employee, Member

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
    given = Access.objects.filter(user=user)
    names = {user.get_full_name(), *given.values_list("invited_as", flat=True)}
    told = JournalEntry.objects.about_any(Member.objects.filter(accesses__user=user))
    journal.forget(told, names, changes.FORGOTTEN)
    changes.forget(user)
    given.update(invited_as="")
    return ""


def _accesses(person: Person) -> QuerySet[Access]:
    """Their name goes with the account, which comes before them."""
    return Access.objects.filter(user__in=_accounts(person)).select_related("user", "member__establishment")


def _contacts(person: Person) -> list[Contact]:
    return having_address(Contact.objects.all(), person.email, "email")


def _erase_contact(contact: Contact) -> str:
    told = JournalEntry.objects.about_any(Member.objects.filter(establishment=contact.establishment_id))
    journal.forget(told, {str(contact), contact.email, format_phone(contact.phone)}, "contact effacé")
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
    """Of a company that left, nobody is followed any more, whether or not it entered their departure."""
    gone = Member.objects.filter(establishment=employee.establishment_id, left_on__lt=today())
    if employee.is_staying and not gone.exists():
        return FOLLOWED
    closing.delete_employee(employee)
    return ""


def _earlier_stays(person: Person) -> QuerySet[EarlierStay]:
    """Erased with the employee, who comes before them."""
    return EarlierStay.objects.filter(employee__in=_employees(person)).select_related("employee__establishment")


def _to_correct(person: Person) -> list[PendingRow]:
    """Refused rows of lists, by the name and the birth date as they were written; a date that cannot be read may be
    why the row was refused, and is nobody else's. They are few: read one by one."""
    if not person.birth_date:
        return []
    found = [row for row in PendingRow.objects.iterator() if _is_named(row.values, person)]
    for row in found:
        row.values = _as_written(row)
    return found


def _is_named(values: dict[str, str], person: Person) -> bool:
    names = SimpleNamespace(last_name=values.get("last_name", ""), first_name=values.get("first_name", ""))
    if not person.has_name(names):
        return False
    try:
        return parse_date(values.get("birth_date", "")) == person.birth_date
    except Invalid:
        return True


def _as_written(row: PendingRow) -> str:
    labels = {field.name: str(field.verbose_name) for field in Employee._meta.concrete_fields}
    written = ", ".join(f"{labels.get(name, name)} : {text}" for name, text in row.values.items() if text)
    return f"{row.subject or 'Liste effacée'}, {row}, {written}"


def _erase_pending(row: PendingRow) -> str:
    """Nobody followed anybody because of it: it was never more than a line to correct."""
    row.delete()
    return ""


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
    Holding(
        "core.pendingrow",
        "Salariés : lignes de listes à corriger",
        _to_correct,
        ("values", "created_at"),
        "Gardées un an, ou jusqu’à leur correction.",
        _erase_pending,
    ),
)
