"""Staff change the list of a declaration for an employer who wrote or called, before they validate it for him.

The list is the member's own and its pages are those of step 2: what is changed here he finds in « Mes salariés ».
"""

from __future__ import annotations

from functools import partial, wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contributions import checks, counting, people, workflow
from contributions.employee_views import bring_somebody_back, choose_page, leave_page
from contributions.models import Declaration
from core.access import STAFF
from core.dates import french_date
from core.journal import Actor, record
from core.rows import Elsewhere
from membership.permissions import CAMPAIGN

PREFIX = "contributions_declaration"


class StaffRows(people.DeclaredRows):
    """The list of a draft, for staff."""

    namespace, audience = "admin", STAFF
    base_template = "admin/contributions/people_base.html"
    filters = ()
    among = "dans la liste"
    columns = people.FirstRows.columns
    empty_text = "Ajoutez les salariés du papier, ou confirmez en validant qu’il n’y en avait aucun."

    def owner(self, request: HttpRequest, pk: UUID) -> Declaration:
        if not request.user.has_perm(CAMPAIGN):
            raise PermissionDenied
        found = Declaration.objects.select_related("campaign", "member__establishment").filter(pk=pk).first()
        if found is None:
            raise Http404
        words = checks.closed_words(found.campaign, for_employer=True)
        if not found.is_draft:
            words = f"{workflow.told(found)} Sa liste ne peut plus être modifiée : ouvrez une correction."
        if words:
            messages.warning(request, words)
            raise Elsewhere(_declaration_url(found))
        found.changed_by = Actor.staff(request.user)  # type: ignore[attr-defined]
        return found

    def changed(self, owner: Declaration) -> None:
        super().changed(owner)
        self.moved(owner)

    def moved(self, owner: Declaration) -> None:
        """Without a name: what became of each person is in that person's own history."""
        record(owner, by=owner.changed_by, message="Liste des salariés changée par notre service.")  # type: ignore[attr-defined]

    def place(self, owner: Declaration) -> list[Any]:
        return [owner.pk]

    def url(self, name: str, owner: Declaration, *args: Any) -> str:
        return reverse(f"admin:{PREFIX}_{self.kind}-{name}", args=[*self.place(owner), *args])

    def page_url(self, owner: Declaration) -> str:
        return reverse(f"admin:{PREFIX}_people", args=self.place(owner))

    def choose_url(self, owner: Declaration, purpose: str) -> str:
        return reverse(f"admin:{PREFIX}_choose", args=[*self.place(owner), purpose])

    def page_context(self, owner: Declaration, request: HttpRequest) -> dict[str, Any]:
        return {"member": owner.member, "declaration": owner, "declaration_url": _declaration_url(owner)}


STAFF_ROWS = StaffRows()


def _declaration_url(declaration: Declaration) -> str:
    return reverse(f"admin:{PREFIX}_change", args=[declaration.pk])


def listing(request: HttpRequest, declaration: Declaration) -> HttpResponse:
    """The list as it stands for 1 January, and what may be done with it."""
    context = {
        **STAFF_ROWS.context(declaration, request),
        "day": french_date(declaration.campaign.reference_day),
        "choose": {purpose: STAFF_ROWS.choose_url(declaration, purpose) for purpose in people.PURPOSES},
        "corrected": counting.corrected(declaration),
        "arrived": counting.arrived_since(declaration).count(),
        "validate_url": reverse(f"admin:{PREFIX}_validate", args=[declaration.pk]),
    }
    return STAFF_ROWS.show(request, declaration, "admin/contributions/people.html", context)


def urls(admin_view: Any) -> list[URLPattern]:
    """Of the declarations in the back office; `admin_view` is that of its site."""

    def page(route: str, view: Any, name: str) -> URLPattern:
        @wraps(view)
        def found(request: HttpRequest, pk: UUID, **others: Any) -> HttpResponse:
            try:
                return view(request, STAFF_ROWS.owner(request, pk), **others)
            except Elsewhere as there:
                return HttpResponseRedirect(there.url)

        return path(f"<uuid:pk>/liste/{route}", admin_view(found), name=f"{PREFIX}_{name}")

    edits = require_http_methods(["GET", "HEAD", "POST"])
    kind = STAFF_ROWS.kind
    return [
        page("", require_safe(listing), "people"),
        page("choisir/<slug:purpose>/", require_safe(partial(choose_page, STAFF_ROWS)), "choose"),
        page("<uuid:row>/sortie/", edits(partial(leave_page, STAFF_ROWS)), f"{kind}-leave"),
        page("<uuid:row>/remettre/", require_POST(partial(bring_somebody_back, STAFF_ROWS)), f"{kind}-bring-back"),
        *(
            path(f"<uuid:pk>/liste/{one.pattern}", admin_view(one.callback), name=f"{PREFIX}_{one.name}")
            for one in STAFF_ROWS.urls()[0]
        ),
    ]
