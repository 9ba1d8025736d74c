"""What the space itself adds to its menu and to Accueil (A-04, A-05)."""

from __future__ import annotations

from typing import Any

from billing import collections, mandates
from billing.models.mandate import MandateState
from core.models.subject import subject_key
from membership import unpaid
from space.company import Company
from space.employees import EMPLOYEES, RIGHT
from space.menu import Card, Entry, QuickAction, register
from space.models import MemberRequest
from space.request_states import TONES, State

FEW = 3


def latest_requests(company: Company) -> dict[str, Any]:
    """« Mes dernières demandes » (A-05), in one query."""
    rows = MemberRequest.objects.sent().filter(member=company.member).defer("folded")[:FEW]
    return {"requests": [(row, TONES[State(row.state)]) for row in rows]}


def lines_to_correct(company: Company) -> dict[str, Any] | None:
    """What an import left to correct in « Mes salariés », for whoever may; in one query."""
    count = EMPLOYEES.pending(company).count() if company.may(RIGHT) else 0
    return {"count": count} if count else None


def overdue(company: Company) -> dict[str, Any] | None:
    """Invoices past their due day, but for those that a debit under way will pay; in one query."""
    rows = [one for one in unpaid.overdue_of(company.member) if not one.debited_on]
    return {"rows": rows} if rows else None


def mandate_to_sign(company: Company) -> dict[str, Any] | None:
    """What only a signature mends, for whoever may sign: a suspended mandate, one begun, an invoice that waits for one;
    in one query, or two."""
    if not company.may("declares"):
        return None
    known = mandates.latest(company.member, MandateState.DRAFT, MandateState.ACTIVE, MandateState.SUSPENDED)
    if MandateState.ACTIVE in known:
        return None
    draft, suspended = known.get(MandateState.DRAFT), known.get(MandateState.SUSPENDED)
    if draft or suspended:
        return {"draft": draft, "mandate": suspended}
    invoice = collections.waiting().filter(**subject_key(company.member)).order_by("due_on", "number").first()
    return {"invoice": invoice} if invoice else None


register(
    Entry("home", "Accueil", "space:home", 10),
    Entry("company", "Mon entreprise", "space:company", 20),
    Entry("employees", "Mes salariés", "space:employees", 30),
    # 40 Cotiser
    Entry("requests", "Mes demandes", "space:requests", 50),
    Entry("documents", "Mes documents", "space:documents", 60),
    Entry("mandate", "Prélèvement SEPA", "space:mandate-current", 65, right="declares"),
    Entry("care", "Rendez-vous et centre médical", "space:care", 70),
    Entry("accesses", "Accès", "space:accesses", 80, right="manages"),
    QuickAction(10, "Ajouter des salariés", "space:employees-add", right="employees"),
    # 20 Déclarer mes cotisations
    QuickAction(30, "Envoyer une demande", "space:request-new"),
    QuickAction(40, "Demander une attestation", "space:attestations"),
    Card(5, overdue, "space/cards/overdue.html", place="todo"),
    Card(15, lines_to_correct, "space/cards/to_correct.html", place="todo"),
    Card(20, mandate_to_sign, "space/cards/mandate.html", place="todo"),
    Card(40, latest_requests, "space/cards/requests.html"),
)
