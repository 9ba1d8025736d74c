"""The seven steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST

from core import directory
from core.access import LINK, audience
from core.journal import timeline
from core.throttle import client_ip, hit, too_many
from core.transitions import lock
from core.wizard import Step, WizardView, keepable
from membership import drafts, thread
from membership.employer import dossier_or_404, draft_or_404, still_there
from membership.entry_views import NOT_SENT
from membership.forms import EligibilityForm
from membership.models import Application
from membership.states import State
from membership.steps import WIZARD
from membership.upload_views import take


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class ApplicationWizard(WizardView):
    wizard = WIZARD

    @still_there()
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Files chosen on the documents step and not sent yet go with « Suivant »; none is lost without a word."""
        if self.step.slug == "documents" and request.FILES and not take(request, self.dossier):
            return redirect("membership:step", self.dossier.pk, self.step.slug)
        return super().post(request, *args, **kwargs)

    def get_dossier(self) -> Application:
        return dossier_or_404(self.request, self.kwargs["pk"])

    def step_url(self, dossier: Application, step: Step) -> str:
        return reverse("membership:step", args=[dossier.pk, step.slug])

    def context(self) -> dict[str, Any]:
        """Who validated before has a reference: what he was asked to correct, and all that was written until then."""
        if not self.dossier.reference:
            return {}
        reopened = timeline(self.dossier).filter(to_state=State.DRAFT).last()
        return {"reopened": reopened, "thread": thread.shown(self.dossier)}

    def closed(self, dossier: Application) -> HttpResponse:
        name = "confirmation" if self.request.method == "POST" else "dossier"
        return redirect(f"membership:{name}", dossier.pk)

    def left(self, dossier: Application) -> HttpResponse:
        # Without an address (not typed yet) there is nowhere to write to: the page says how to come back.
        drafts.keep_address(dossier)
        address = dossier.contact_email.lower()
        often = (
            hit("left", str(dossier.pk), limit=5, seconds=3600)
            or hit("left-to", address, limit=10, seconds=3600)
            or hit("left-ip", client_ip(self.request), limit=20, seconds=3600)
        )
        if address and not often:
            drafts.send_link(dossier)
        page = reverse("membership:left", args=[dossier.pk])
        return redirect(f"{page}?lien={NOT_SENT}" if address and often else page)


step = audience(LINK)(ApplicationWizard.as_view())


@audience(LINK)
@require_POST
@still_there()
def look_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Prefill from the directory of companies. What was typed wins; no answer changes nothing."""
    dossier = draft_or_404(request, pk)
    eligibility = WIZARD.steps[0]
    if hit("directory", client_ip(request), limit=30, seconds=3600):
        return too_many(request)
    company = directory.find(request.POST.get("siret", ""))
    if company is None:
        messages.warning(request, "L’annuaire n’a pas répondu pour ce SIRET : remplissez les champs vous-même.")
    elif not company.open:
        messages.warning(request, "D’après l’annuaire, cet établissement est fermé : vérifiez le SIRET.")
    else:
        messages.success(request, f"Trouvé : {company.name}. Vérifiez ce que nous avons rempli.")
    typed = {name: request.POST.getlist(name) for name in request.POST if name in EligibilityForm.base_fields}
    with transaction.atomic():
        dossier = lock(dossier)
        if company and company.open:
            found = {"naf": company.naf, "postcode": company.postcode, "commune": company.commune_code}
            typed |= {name: [value] for name, value in found.items() if value and not any(typed.get(name, []))}
            site = dossier.establishment
            site.name, site.street = site.name or company.name, site.street or company.street
            site.save()
        dossier.typed = {**dossier.typed, eligibility.slug: keepable(typed)}
        dossier.touch()
        dossier.save()
    return redirect("membership:step", pk, eligibility.slug)
