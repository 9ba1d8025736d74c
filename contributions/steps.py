"""The four steps of the declaration, in the words of C-02 to C-06."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from billing import mandate_waiting, mandates
from billing.models import Mandate
from billing.models.invoice import Mode
from billing.models.mandate import MandateState
from contributions import checks, collecting, counting, people, pricing, workflow
from contributions.forms import FinalForm, NobodyForm, PaymentForm, SimulationForm
from contributions.models import Declaration
from contributions.people import DECLARED
from contributions.pricing import Contribution, shown_amount
from contributions.reaching import years
from contributions.states import MidYear
from core.dates import french_date
from core.forms import GuichetForm
from core.identifiers import format_siret
from core.money import euros
from core.text import counted
from core.transitions import Refused
from core.wizard import Problem, Step, Wizard
from space.company import Company

Rows = list[tuple[str, str]]
TO_MANDATE = "mandat"  # in the query of « Enregistrer et quitter »: to leave for the mandate to sign
SHOWN = 50  # people named beside the list: who is gone, who arrived since


class Identity(Step):
    """C-02, C-03: past and current declarations, and whether the company is still the same."""

    slug, title = checks.IDENTITY, "Vos déclarations"
    heading = "Vos déclarations"
    template_name = "contributions/steps/identity.html"

    def save(self, dossier: Declaration, form: Any, request: HttpRequest) -> None:
        """Whoever goes on finds next what he, or his colleague, answered last year."""
        workflow.prefill(dossier, dossier.last_year, request.user)

    def context(self, dossier: Declaration, request: HttpRequest) -> dict[str, Any]:
        return {"declarations": years(dossier), "change_url": change_url(dossier, request)}

    def summary(self, dossier: Declaration) -> Rows:
        return [
            ("Raison sociale", dossier.member.establishment.name),
            ("SIRET", format_siret(dossier.member.siret)),
            ("N° d’adhérent", dossier.member.number),
        ]


def change_url(declaration: Declaration, request: HttpRequest) -> str:
    """Where to ask for a change of name, SIRET or address, for whoever may."""
    company: Company = request.company  # type: ignore[attr-defined]
    return reverse("space:company-change", args=[declaration.member_id]) if company.may("manages") else ""


def left_over(declaration: Declaration, request: HttpRequest) -> dict[str, Any]:
    """The rows of « Mes salariés » still to correct, and where, for whoever may: a warning of steps 2 and 4."""
    company: Company = request.company  # type: ignore[attr-defined]
    url = f"{reverse('space:employees', args=[declaration.member_id])}#{counting.PENDING_KIND}"
    return {"left_over": counting.left_over(declaration), "left_over_url": url if company.may("employees") else ""}


class People(Step):
    """C-04: the list on 1 January."""

    slug, title = checks.PEOPLE, "Vos salariés"
    heading = "Mettez à jour la liste de vos salariés au 1er janvier"
    template_name = "contributions/steps/people.html"

    def form(self, dossier: Declaration, data: Any = None, files: Any = None) -> Any:
        """The box « aucun salarié » when the list is empty; the list's own problems as errors of the page."""
        empty = not counting.headcount(dossier)
        form = NobodyForm(data, instance=dossier) if empty else GuichetForm(data)
        if data is not None:
            form.full_clean()
            for message in checks.people_problems(dossier, bool(form.cleaned_data.get("nobody"))):
                form.add_error("nobody" if empty and not counting.pending(dossier).exists() else None, message)
        return form

    def problems(self, dossier: Declaration) -> list[Problem]:
        return [Problem(words) for words in checks.people_problems(dossier, dossier.nobody)]

    def context(self, dossier: Declaration, request: HttpRequest) -> dict[str, Any]:
        last, campaign = dossier.last_year, dossier.campaign
        changes = counting.changes(dossier)
        gone = list(counting.gone(dossier, last)[:SHOWN]) if last and changes and changes.gone else []
        arrived = list(counting.arrived_since(dossier)[: SHOWN + 1])
        return {
            **people.shown(dossier).context(dossier, request),
            "day": french_date(campaign.reference_day),
            "last": last,
            "changes": changes,
            "corrected": counting.corrected(dossier),
            "gone": gone,
            "arrived": arrived[:SHOWN],
            "more_arrived": len(arrived) > SHOWN,
            "full_rule": campaign.midyear == MidYear.FULL,
            **left_over(dossier, request),
            "choose": {purpose: DECLARED.choose_url(dossier, purpose) for purpose in people.PURPOSES},
        }

    def summary(self, dossier: Declaration) -> Rows:
        counts = dossier.counts
        total = counted(sum(counts.values()), "salarié", "salariés") if counts else "Aucun salarié"
        return [(f"Au {french_date(dossier.campaign.reference_day)}", total), *people.by_category(counts)]


class Price(Step):
    """C-05, B-12: the contribution line by line, last year beside it, and how it will be paid."""

    slug, title = checks.PRICE, "Votre cotisation"
    heading = "Votre cotisation"
    template_name = "contributions/steps/price.html"

    def form(self, dossier: Declaration, data: Any = None, files: Any = None) -> Any:
        """Nothing to pay: no mode to choose. No tariff yet: nobody goes on without knowing what he validates."""
        try:
            owes = priced(dossier).due > 0
            refusal = ""
        except Refused as refused:
            owes, refusal = True, str(refused)
        known = {"initial": proposed_mode(dossier), "mandate": current(dossier, MandateState.ACTIVE)} if owes else {}
        form = PaymentForm(data, instance=dossier, **known) if owes else GuichetForm(data)
        if data is not None and refusal:
            form.full_clean()
            form.add_error(None, refusal)
        return form

    def problems(self, dossier: Declaration) -> list[Problem]:
        return [] if dossier.payment_mode or not counting.headcount(dossier) else [Problem("Choisissez un mode.")]

    def context(self, dossier: Declaration, request: HttpRequest) -> dict[str, Any]:
        return {
            **explained(dossier),
            "simulation": SimulationForm.blank(),
            "simulate_url": reverse("contributions:simulate", args=DECLARED.place(dossier)),
            "to_mandate": TO_MANDATE,
            **_mandate(dossier, request.path),
        }

    def summary(self, dossier: Declaration) -> Rows:
        try:
            found = priced(dossier)
        except Refused:
            return []
        rows = [("Cotisation TTC", f"{euros(found.total)} ({euros(found.net)} HT)")]
        if dossier.replaces_id:
            label = "Différence à régler" if found.due >= 0 else "En votre faveur"
            rows.append((label, euros(abs(found.due))))
        if found.arrivals:
            rows.append(("Déjà facturé en cours d’année", f"{euros(found.arrivals_back)}, rendus par un avoir"))
        if found.due > 0:
            rows.append(("Mode de règlement", dossier.get_payment_mode_display()))
        return rows


def _mandate(dossier: Declaration, back: str) -> dict[str, Any]:
    """Whether a mandate is in force; failing that, the one that was begun here or elsewhere and waits to be signed."""
    if current(dossier, MandateState.ACTIVE):
        return {"mandate": True}

    def url(page: str, key: UUID) -> str:
        return f"{reverse(f'space:mandate-{page}', args=[dossier.member_id, key])}?{urlencode({'next': back})}"

    return mandate_waiting.waiting(current(dossier, MandateState.DRAFT), url)


def proposed_mode(dossier: Declaration) -> dict[str, str]:
    """Who comes back from signing a mandate means to be debited, whatever was stored, such as last year’s mode."""
    mandate = current(dossier, MandateState.ACTIVE)
    if mandate is None or (dossier.payment_mode and not _just_signed(dossier, mandate)):
        return {}
    return {"payment_mode": Mode.DEBIT}


def current(dossier: Declaration, state: MandateState) -> Mandate | None:
    """The member's mandate in force, or the one that waits to be signed; both asked for once a page."""
    if "mandates" not in dossier.__dict__:
        dossier.__dict__["mandates"] = mandates.latest(dossier.member, MandateState.ACTIVE, MandateState.DRAFT)
    found: Mandate | None = dossier.__dict__["mandates"].get(state)
    return found


def _just_signed(dossier: Declaration, mandate: Mandate) -> bool:
    """Whether it was signed after this step's last answer or, for want of one, since the declaration was begun."""
    answered = checks.PRICE in dossier.confirmed_steps
    since = dossier.updated_at if answered else dossier.started_at or dossier.updated_at
    return mandate.signed_at is not None and mandate.signed_at > since


def proposed_signer(dossier: Declaration) -> dict[str, str]:
    """Who is logged in, unless he is the one that is stored. A delegate is not what the employer is in the company."""
    company: Company | None = getattr(dossier, "asked_by", None)
    user = company.access.user if company else None
    if company is None or user is None or not (user.first_name and user.last_name):
        return {}
    stored = {dossier.signer_email.casefold(), dossier.signer.casefold()}
    if stored & {user.email.casefold(), user.get_full_name().casefold()}:
        return {}
    return {
        "signer_last_name": user.last_name,
        "signer_first_name": user.first_name,
        "signer_email": user.email,
        **({} if company.may("manages") else {"signer_function": ""}),
    }


def priced(dossier: Declaration) -> Contribution:
    """What the declaration would cost, worked out once a page."""
    if "priced" not in dossier.__dict__:
        dossier.__dict__["priced"] = workflow.price(dossier)
    found: Contribution = dossier.__dict__["priced"]
    return found


def explained(dossier: Declaration) -> dict[str, Any]:
    """Each line with last year's beside it, the totals, the difference and where it comes from."""
    try:
        found = priced(dossier)
    except Refused as refused:
        return {"refusal": str(refused)}
    last = pricing.Billed.by(dossier.last_year)
    compared = pricing.compare(found.lines, last.lines)
    return {
        "priced": found,
        "compared": compared,
        "last": last if dossier.last_year else None,
        "last_year": dossier.campaign.year - 1,
        "difference": found.total - last.total,
        "net_difference": found.net - last.net,
        "causes": pricing.causes(compared),
        "back": -found.due,
        "lowered": collecting.lowered((share.invoice, share.sums.total) for share in (*found.credits, *found.arrivals)),
    }


class Final(Step):
    """C-06: who declares. Validating asks every other step again."""

    slug, title = checks.FINAL, "Validation"
    heading = "Validation"
    form_class = FinalForm
    template_name = "contributions/steps/final.html"

    def form(self, dossier: Declaration, data: Any = None, files: Any = None) -> Any:
        known = {"shown": shown_now(dossier), "left_over": counting.left_over(dossier)}
        form = FinalForm(data, instance=dossier, initial=proposed_signer(dossier), **known)
        if data is not None:
            form.full_clean()
            for message in self._elsewhere(dossier):
                form.add_error(None, message)
        return form

    def save(self, dossier: Declaration, form: Any, request: HttpRequest) -> None:
        form.save()
        dossier.save()
        workflow.validate(dossier, by=people.who(request))
        dossier.refresh_from_db()  # the verb worked on a row of its own

    def problems(self, dossier: Declaration) -> list[Problem]:
        return []

    def _elsewhere(self, dossier: Declaration) -> list[str]:
        if words := checks.closed_words(dossier.campaign):
            return [words]
        return [f"{step.title} : {problem.message}" for step, problem in WIZARD.problems(dossier)]

    def context(self, dossier: Declaration, request: HttpRequest) -> dict[str, Any]:
        sections = [section for section in WIZARD.sections(dossier) if section["step"] is not self]
        for section in sections:
            section["edit_url"] = reverse("contributions:step", args=[*DECLARED.place(dossier), section["step"].slug])
        return {"sections": sections, "campaign": dossier.campaign, **left_over(dossier, request)}

    def summary(self, dossier: Declaration) -> Rows:
        return [
            ("Nom et prénom", dossier.signer),
            ("Fonction", dossier.signer_function),
            ("Adresse électronique", dossier.signer_email),
        ]


def shown_now(dossier: Declaration) -> str:
    """The amount that step 4 shows and carries back; nothing when it cannot be worked out."""
    try:
        return shown_amount(priced(dossier))
    except Refused:
        return ""


WIZARD = Wizard(Identity(), People(), Price(), Final())
