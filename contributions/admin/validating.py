"""« Valider pour l’employeur »: what staff type and read before a declaration is validated on the employer's word.

The amounts are those of his step 3, by the same code, and so is the verb.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from billing.models.invoice import Mode
from contributions import checks, collecting, counting, on_behalf, workflow
from contributions.admin.people_pages import PREFIX
from contributions.forms import MODES, FinalForm
from contributions.models import Declaration
from contributions.people import by_category
from contributions.states import Way
from contributions.steps import explained, proposed_mode, shown_now
from core import acting
from core.dates import today
from core.forms import FrenchDateField
from core.journal import Actor, record
from core.transitions import AlreadyDone, Refused
from documents import downloads, uploads
from documents.models import Upload
from membership.forms.steps import EMAIL
from membership.permissions import CAMPAIGN
from notifications.models import Message

SCAN = "declaration"  # kind of the upload


class OnBehalfForm(FinalForm):
    """Step 2's box, step 3's mode and step 4, with how the employer's word came."""

    certified = None  # type: ignore[assignment]  # what the employer alone can say

    came_by = forms.ChoiceField(
        label="Comment la déclaration est arrivée",
        choices=[(way.value, capfirst(way.label)) for way in Way],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez comment la déclaration est arrivée."},
    )
    received_on = FrenchDateField(
        label="Reçue le",
        maximum=today,
        error_messages={"required": "Indiquez le jour où la déclaration est arrivée."},
    )
    signer_email = forms.EmailField(
        label="Adresse électronique",
        required=False,
        help_text="Le bordereau et la facture y sont envoyés. Laissez vide si l’employeur n’en a pas.",
        widget=forms.EmailInput(attrs=EMAIL),
    )
    nobody = forms.BooleanField(
        label="L’employeur a dit n’avoir eu aucun salarié au 1er janvier",
        error_messages={
            "required": "La liste est vide : complétez-la, ou cochez cette case si l’employeur l’a confirmé."
        },
    )
    payment_mode = forms.ChoiceField(
        label="Mode de règlement", choices=[(mode.value, mode.label) for mode in MODES], widget=forms.RadioSelect
    )
    scan = forms.FileField(
        label="Papier numérisé",
        required=False,
        help_text="PDF, JPEG, PNG ou HEIC, 10 Mo au plus. Visible par le service uniquement.",
    )
    note = forms.CharField(
        label="Note pour le service",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Visible par le service uniquement.",
    )

    layout = {**FinalForm.layout, "signer_function": "half", "signer_email": "half"}
    field_order = ("came_by", "received_on", "nobody", "signer_last_name", "signer_first_name", "signer_function")

    class Meta(FinalForm.Meta):
        fields = [*FinalForm.Meta.fields, "payment_mode", "nobody"]

    def __init__(self, *args: Any, declaration: Declaration, **kwargs: Any):
        last: Any = declaration.replaces or declaration.last_year
        known = {name: getattr(declaration, name) or getattr(last, name, "") for name in workflow.SIGNER}
        super().__init__(
            *args,
            instance=declaration,
            initial={**known, **proposed_mode(declaration)},
            shown=shown_now(declaration),
            left_over=counting.left_over(declaration),
            **kwargs,
        )
        received = self.fields["received_on"]
        received.minimum = declaration.campaign.reference_day  # type: ignore[attr-defined]
        received.help_text = f"Cette date détermine si la déclaration est dans les délais. Exemple : {today():%d/%m/%Y}"
        if counting.headcount(declaration):
            del self.fields["nobody"]
        found = explained(declaration).get("priced")
        if found and found.due <= 0:
            del self.fields["payment_mode"]

    def clean_payment_mode(self) -> str:
        """Staff sign no mandate for him: without one, nothing could be debited."""
        mode: str = self.cleaned_data["payment_mode"]
        wanted = today() + timedelta(days=self.instance.campaign.payment_days)
        if mode == Mode.DEBIT and not collecting.has_mandate(self.instance.member, wanted):
            raise forms.ValidationError(
                "L’employeur n’a pas de mandat en vigueur : choisissez virement ou chèque ; il pourra signer un mandat "
                "dans son espace."
            )
        return mode


@dataclass(frozen=True)
class Doing:
    """One click on the button."""

    declaration: Declaration
    form: OnBehalfForm
    by: Actor


def _validate(do: Doing) -> str:
    answers = dict(do.form.cleaned_data)
    scan, note, shown = answers.pop("scan"), answers.pop("note"), do.form.data.get("shown", "")
    upload = uploads.accept(do.declaration, SCAN, scan, uploaded_by=do.by.name) if scan else None
    try:
        done = on_behalf.validate(do.declaration, answers, shown=shown, note=note, by=do.by)
    except Refused:
        if upload and not upload.already_there:
            uploads.remove(upload)
        raise
    return _said(done)


def _said(done: Declaration) -> str:
    """To whom it goes, or what is to be posted."""
    sent = Message.objects.about(done).filter(dedupe_key__startswith=f"declared:{done.pk}")
    addresses = ", ".join(sent.order_by("created_at").values_list("to", flat=True))
    if addresses:
        return f"La déclaration est validée. Le bordereau part par courriel à {addresses}."
    return (
        "La déclaration est validée. Nous ne connaissons aucune adresse électronique à cette entreprise : imprimez "
        "le bordereau et la facture ci-dessous, et postez-les."
    )


def _allowed(declaration: Declaration) -> bool:
    return declaration.is_draft and not checks.closed_words(declaration.campaign, for_employer=True)


def _shown(declaration: Declaration) -> dict[str, Any]:
    found = explained(declaration)
    return {
        **found,
        "obstacle": found.get("refusal", "") or " ".join(checks.people_problems(declaration, True)),
        "counts": by_category(declaration.counts),
        "headcount": counting.headcount(declaration),
        "left_over": counting.left_over(declaration),
        "changes": counting.changes(declaration),
    }


VALIDATE = acting.Verb(
    "valider",
    "Valider pour l’employeur",
    CAMPAIGN,
    _allowed,
    _validate,
    "La déclaration est validée.",
    "L’employeur a écrit ou appelé : vous validez sur sa parole. La liste est figée, la facture émise, et il reçoit le "
    "bordereau comme s’il avait déclaré en ligne. L’historique garde votre nom et celui du déclarant.",
    form=OnBehalfForm,
    show=_shown,
)


def validate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the page, or do it."""
    if refusal := acting.refuse_stranger(request, VALIDATE):
        return refusal
    declaration = _find(pk)

    def check(seen: int) -> None:
        if not declaration.is_draft:
            raise AlreadyDone(workflow.told(declaration))

    asked = acting.Act(
        verb=VALIDATE,
        situation=declaration,
        new_form=lambda *data: OnBehalfForm(*data, *([request.FILES] if data else []), declaration=declaration),
        doing=lambda form, by, seen: Doing(declaration, form, by),
        check=check,
        page=lambda form, problem, status: _page(request, pk, form, problem, status),
        back=reverse(f"admin:{PREFIX}_change", args=[pk]),
        not_now=acting.NOT_NOW if declaration.is_draft else workflow.told(declaration),
        versioned=False,  # what is validated is the amount that was read
    )
    return acting.act(request, asked)


def _page(request: HttpRequest, pk: UUID, form: Any, problem: str, status: int) -> HttpResponse:
    """Read again: the form has put its answers into the other one, and somebody may have been faster."""
    declaration = _find(pk)
    form.shown = shown_now(declaration)
    if request.FILES.get("scan") and "scan" not in form.errors:
        form.add_error("scan", "Choisissez à nouveau votre fichier : il n’a pas pu être gardé.")
    context = {
        **admin.site.each_context(request),
        "title": f"{'Erreur : ' if status != 200 else ''}{VALIDATE.label}",
        "heading": VALIDATE.label,
        "declaration": declaration,
        "campaign": declaration.campaign,
        "member": declaration.member,
        "back_url": reverse(f"admin:{PREFIX}_change", args=[pk]),
        "people_url": reverse(f"admin:{PREFIX}_people", args=[pk]),
        "verb": VALIDATE,
        "form": form,
        "problem": problem,
        "begun_by_employer": declaration.is_draft and bool(declaration.confirmed_steps or declaration.typed),
        **(_shown(declaration) if declaration.is_draft else {"obstacle": workflow.told(declaration)}),
    }
    return TemplateResponse(request, "admin/contributions/validate.html", context, status=status)


def _find(pk: UUID) -> Declaration:
    related = ("campaign", "member__establishment", "replaces")
    return get_object_or_404(Declaration.objects.select_related(*related), pk=pk)


def scans(declaration: Declaration) -> list[Upload]:
    """What staff added of the employer's paper."""
    return list(Upload.objects.about(declaration).filter(kind=SCAN)) if declaration.came_by else []


@require_POST
def add_scan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The paper, scanned after the validation. A file is not kept when it is refused: the page says why."""
    if not request.user.has_perm(CAMPAIGN):
        raise PermissionDenied
    declaration, by, file = _find(pk), Actor.staff(request.user), request.FILES.get("scan")
    back = HttpResponseRedirect(reverse(f"admin:{PREFIX}_change", args=[pk]))
    if not declaration.came_by or not file:
        messages.error(
            request,
            "Choisissez d’abord le fichier, puis « Ajouter »."
            if declaration.came_by
            else "Un papier ne s’ajoute qu’à une déclaration saisie par le service.",
        )
        return back
    try:
        upload = uploads.accept(declaration, SCAN, file, uploaded_by=by.name)
    except Refused as refused:
        messages.error(request, str(refused))
        return back
    if not upload.already_there:
        record(declaration, by=by, message="Papier numérisé ajouté.", reason=upload.name, internal=True)
    messages.success(request, "Le papier numérisé est ajouté.")
    return back


def scan(request: HttpRequest, pk: UUID, upload_pk: UUID) -> HttpResponse:
    """The paper, to look at."""
    if not request.user.has_perm("contributions.view_declaration"):
        raise PermissionDenied
    found = get_object_or_404(Upload.objects.about(Declaration(pk=pk)), pk=upload_pk)
    return downloads.serve(found, inline="telecharger" not in request.GET)
