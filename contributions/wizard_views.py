"""The four steps over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_safe

from contributions import checks, counting, pricing, workflow
from contributions.forms import SimulationForm
from contributions.models import Declaration
from contributions.people import DECLARED
from contributions.reaching import RIGHT, declaration_or_404, declaration_page, with_years_or_404
from contributions.states import State
from contributions.steps import TO_MANDATE, WIZARD
from core.access import ACCOUNT, audience
from core.transitions import AlreadyDone, Refused
from core.wizard import Step, WizardView, fingerprint
from space.company import Company, company_or_404


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class DeclarationWizard(WizardView):
    wizard = WIZARD

    def dispatch(self, request: HttpRequest, *args: Any, step: str = "", **kwargs: Any) -> Any:
        """Whoever may only read gets the summary; so does everyone once the campaign is closed."""
        self.company = request.company = company_or_404(request, self.kwargs["pk"], menu=False)  # type: ignore[attr-defined]
        if not self.company.may(RIGHT):
            declaration_or_404(self.company, self.kwargs["declaration"])
            if request.method == "POST":
                raise PermissionDenied
            return redirect("contributions:declaration", self.kwargs["pk"], self.kwargs["declaration"])
        return super().dispatch(request, *args, step=step, **kwargs)

    @property
    def dossier(self) -> Declaration:
        return self._dossier

    @dossier.setter
    def dossier(self, found: Declaration) -> None:
        """Each time it is read: its last step proposes who is logged in."""
        found.asked_by = self.company  # type: ignore[attr-defined]
        self._dossier = found

    def get_dossier(self) -> Declaration:
        shows_left_over = self.kwargs.get("step") in (checks.PEOPLE, checks.FINAL)
        return with_years_or_404(self.company, self.kwargs["declaration"], left_over=shows_left_over)

    def lock_dossier(self) -> Declaration:
        return counting.lock_with_list(self.dossier)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.dossier.campaign.accepts:
            return redirect("contributions:declaration", *DECLARED.place(self.dossier))
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the verb refuses is told on the page, with what was typed."""
        try:
            return super().post(request, *args, **kwargs)
        except AlreadyDone:
            return self.closed(self.get_dossier())
        except Refused as refused:
            self.dossier = self.get_dossier()
            print_ = fingerprint(self.step.form(self.dossier))
            form = self.step.form(self.dossier, request.POST)
            if not form.non_field_errors():
                form.add_error(None, str(refused))
            return self.show(form, print_, status=422)

    def step_url(self, dossier: Declaration, step: Step) -> str:
        return reverse("contributions:step", args=[*DECLARED.place(dossier), step.slug])

    def closed(self, dossier: Declaration) -> HttpResponse:
        if self.request.method == "POST" and dossier.state == State.VALIDATED:
            if dossier.validated_by_id != self.request.user.pk:
                messages.info(self.request, workflow.told(dossier))
            return redirect("contributions:confirmation", *DECLARED.place(dossier))
        return redirect("contributions:declaration", *DECLARED.place(dossier))

    def left(self, dossier: Declaration) -> HttpResponse:
        if TO_MANDATE in self.request.GET:  # what was ticked is kept while he signs, or gives up signing
            back = urlencode({"next": self.request.path})
            return redirect(f"{reverse('space:mandate-new', args=[dossier.member_id])}?{back}")
        messages.success(self.request, "Tout est enregistré. Reprenez votre déclaration quand vous voulez.")
        return redirect("contributions:home", dossier.member_id)


step = audience(ACCOUNT)(DeclarationWizard.as_view())


@declaration_page(RIGHT)
@require_safe
def simulate(request: HttpRequest, company: Company, declaration: Declaration) -> HttpResponse:
    """« Et si j’ajoute deux salariés en suivi renforcé ? »: the amount it would make, and nothing stored (B-12)."""
    form = SimulationForm(request.GET)
    context: dict[str, Any] = {"form": form, "declaration": declaration, "member": company.member}
    if form.is_valid():
        try:
            present = workflow.price(declaration)
            counts = form.counts(declaration.counts)
            imagined = pricing.contribution(pricing.rates(declaration.campaign.year), counts, present.before)
            context |= {"imagined": imagined, "present": present, "more": imagined.total - present.total}
        except Refused as refused:
            context["refusal"] = str(refused)
    if request.htmx:  # type: ignore[attr-defined]
        # Errors take the place of the amount shown before: htmx would not swap a 422.
        return render(request, "contributions/simulated.html", context)
    return render(request, "contributions/simulation.html", context, status=200 if form.is_valid() else 422)
