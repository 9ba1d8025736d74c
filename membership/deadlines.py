"""Which date triggers which verb. Days are days of Paris; each column is a partial index of its own."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from core.dates import add_months, midnight, today
from core.deadlines import Deadline, register
from core.journal import Actor
from core.models import PendingRow
from membership import accesses, closing, drafts, former, pieces, unpaid, workflow
from membership.models import Access, Application, EarlierStay, Employee, LinksAsked
from membership.states import CAME_TO_NOTHING, State

PROSPECT_YEARS, EMPLOYEE_YEARS, PENDING_MONTHS = 3, 5, 12  # docs/privacy.md
NEVER_CAME = "Les pièces demandées ne nous sont pas parvenues dans les deux mois."
NEVER_PAID = "Les factures impayées de votre adhésion passée n’ont pas été réglées dans les deux mois."


def _from(column: str, **filters: object):
    """Dossiers whose `column` is today or before."""

    def due(moment: datetime) -> QuerySet:
        return Application.objects.filter(**{f"{column}__lte": today(moment)}, **filters)

    return due


def _past(column: str, **filters: object):
    """Dossiers whose last day was `column`: that day still counts, the next one does not."""

    def due(moment: datetime) -> QuerySet:
        return Application.objects.filter(**{f"{column}__lt": today(moment)}, **filters)

    return due


def _last_call(moment: datetime) -> QuerySet:
    """A sweep that comes too late calls nobody for a day gone by: the dossier goes back."""
    return _from("last_call_on")(moment).filter(answer_by__gte=today(moment)).exclude(unpaid.nothing_to_do(moment))


def _unanswered(moment: datetime) -> QuerySet:
    """Dossiers whose two months are over. The debit of an invoice is waited for: whoever let us collect it answered."""
    return _past("answer_by")(moment).exclude(unpaid.nothing_to_do(moment))


def _led_nowhere(moment: datetime) -> QuerySet:
    """Prospects: three years after the last contact (CNIL)."""
    day = midnight(add_months(today(moment), -12 * PROSPECT_YEARS))
    return closing.without_money().filter(closed_at__lt=day, state__in=CAME_TO_NOTHING)


def _long_gone(moment: datetime) -> QuerySet:
    """Employees who left, or whose company did: five years, the time in which a contribution may be disputed.

    A union, not « or »: each half reads the index of its own.
    """
    day = add_months(today(moment), -12 * EMPLOYEE_YEARS)
    left = Employee.objects.filter(left_on__lt=day).order_by().values("pk")
    unfollowed = Employee.objects.filter(establishment__member__left_on__lt=day).order_by().values("pk")
    return Employee.objects.filter(pk__in=left.union(unfollowed))


def _long_over(moment: datetime) -> QuerySet:
    """The same of a stay that ended before somebody was hired again."""
    return EarlierStay.objects.filter(left_on__lt=add_months(today(moment), -12 * EMPLOYEE_YEARS))


def _never_corrected(moment: datetime) -> QuerySet:
    """Rows of lists that were refused and that nobody came back to; those of a dossier go with it, mostly sooner."""
    return PendingRow.objects.filter(created_at__lt=midnight(add_months(today(moment), -PENDING_MONTHS)))


def _relance(dossier: Application, moment: datetime) -> None:
    kinds = [piece.kind for piece in pieces.missing(dossier)]
    workflow.ask_for_missing(dossier, by=Actor.clock(), kinds=kinds)


def _send_back(dossier: Application, moment: datetime) -> None:
    reason = NEVER_PAID if dossier.state == State.UNPAID else NEVER_CAME
    workflow.send_back(dossier, by=Actor.clock(), reason=reason)


register(
    Deadline(
        drafts.LINKS_ASKED,
        "envoyer les liens demandés à « Reprendre mon dossier »",
        lambda moment: LinksAsked.objects.filter(asked_at__lte=moment),
        lambda asked, moment: drafts.send_links(asked),
    ),
    Deadline(
        "draft-reminder",
        "rappeler un brouillon",
        _from("remind_on"),
        lambda dossier, moment: drafts.remind(dossier, today(moment)),
    ),
    Deadline(
        "draft-purge",
        "supprimer un brouillon abandonné",
        _past("purge_on", state=State.DRAFT),
        lambda dossier, moment: drafts.purge(dossier),
    ),
    Deadline("relance", "relancer pour les pièces manquantes", _from("relance_on"), _relance),
    Deadline(
        "last-call",
        "dernier rappel avant la clôture du dossier",
        _last_call,
        lambda dossier, moment: workflow.last_call(dossier),
    ),
    Deadline(
        "unpaid-settled",
        "reprendre un dossier dont les factures sont réglées",
        unpaid.settled_meanwhile,
        lambda dossier, moment: former.take_up(dossier, by=Actor.clock(), message="Factures passées réglées."),
    ),
    Deadline("send-back", "retourner un dossier resté incomplet ou impayé", _unanswered, _send_back),
    Deadline(
        "dossier-purge",
        "effacer un dossier resté sans suite",
        _led_nowhere,
        lambda dossier, moment: closing.delete(dossier),
    ),
    Deadline(
        "employee-purge",
        "effacer un salarié parti depuis longtemps",
        _long_gone,
        lambda employee, moment: closing.delete_employee(employee),
    ),
    Deadline(
        "earlier-stay-purge",
        "effacer la période de travail finie depuis longtemps d’un salarié réembauché",
        _long_over,
        lambda stay, moment: stay.delete(),
    ),
    Deadline(
        "pending-purge",
        "effacer une ligne de liste restée un an à corriger",
        _never_corrected,
        lambda row, moment: row.delete(),
    ),
)


def _ending(moment: datetime) -> QuerySet:
    """Delegations to remind of; one that is over is not reminded of."""
    return Access.objects.filter(remind_on__lte=today(moment), ends_on__gte=today(moment), revoked_at=None)


def _over(moment: datetime) -> QuerySet:
    return Access.objects.filter(ends_on__lt=today(moment), revoked_at=None)


register(
    Deadline(
        "access-reminder",
        "prévenir de la fin d’une délégation",
        _ending,
        lambda access, moment: accesses.remind(access),
    ),
    Deadline("access-end", "fermer une délégation finie", _over, lambda access, moment: accesses.end(access)),
)
