"""The seven steps."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from core.access import LINK, audience
from core.throttle import hit
from core.wizard import Step, WizardView
from membership import drafts
from membership.employer import dossier_or_404
from membership.models import Application
from membership.steps import WIZARD


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class ApplicationWizard(WizardView):
    wizard = WIZARD

    def get_dossier(self) -> Application:
        return dossier_or_404(self.request, self.kwargs["pk"])

    def step_url(self, dossier: Application, step: Step) -> str:
        return reverse("membership:step", args=[dossier.pk, step.slug])

    def closed(self, dossier: Application) -> HttpResponse:
        name = "confirmation" if self.request.method == "POST" else "dossier"
        return redirect(f"membership:{name}", dossier.pk)

    def left(self, dossier: Application) -> HttpResponse:
        # Without an address (step 1 not valid yet) there is nowhere to write to: the page says how to come back.
        if dossier.contact_email and not hit("left", str(dossier.pk), limit=5, seconds=3600):
            drafts.send_link(dossier)
        return redirect("membership:left", dossier.pk)


step = audience(LINK)(ApplicationWizard.as_view())
