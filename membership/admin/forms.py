"""What staff type on the pages of the verbs. Each form is about one dossier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import User
from billing.checks import first_day
from core.dates import french_date, today
from core.forms import FrenchDateField, GuichetForm, GuichetModelForm, IbanField, MoneyField
from core.identifiers import IBAN_EXAMPLE, format_iban
from core.money import euros
from membership import pieces
from membership.models import Application, Payment


def staff() -> QuerySet[User]:
    """Those to whom a dossier can be given."""
    return User.objects.filter(is_staff=True, is_active=True).order_by("first_name", "last_name", "email")


class DossierForm(GuichetForm):
    """A form about `dossier`. As it is: for a verb that asks nothing."""

    def __init__(self, *args: Any, dossier: Application, **kwargs: Any):
        self.dossier = dossier
        super().__init__(*args, **kwargs)


class PiecesForm(DossierForm):
    """The relance: which pieces (the missing ones are ticked), and a word to the company."""

    kinds = forms.MultipleChoiceField(
        label="Pièces à demander",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins une pièce à demander."},
    )
    message = forms.CharField(
        label="Message à l’entreprise",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Joint au courriel, tel quel. Dites ce qui aiderait : par exemple un Kbis de moins de trois mois.",
    )

    def __init__(self, *args: Any, dossier: Application, **kwargs: Any):
        found = pieces.pieces(dossier)
        kwargs.setdefault("initial", {"kinds": [piece.kind for piece in found if piece.company_must_act]})
        super().__init__(*args, dossier=dossier, **kwargs)
        choices = [(kind, pieces.LABELS[kind]) for kind in pieces.may_be_asked(found)]
        self.fields["kinds"].choices = choices  # type: ignore[attr-defined]
        checked = [piece for piece in found if piece.status == "accepted" and piece.kind in pieces.REQUIRED]
        if accepted := [piece.label for piece in checked]:
            have = ", ".join(accepted)
            self.fields[
                "kinds"
            ].help_text = f"Déjà reçu et vérifié : {have}. Pour en obtenir un autre, refusez-le d’abord."


class PaymentForm(GuichetModelForm):
    """Money received. What is still due, and today, are proposed; or what was `told` of it, as one would type it."""

    layout = {"mode": "half", "amount": "half", "received_on": "half", "reference": "half"}

    # One is proposed: no empty choice.
    mode = forms.ChoiceField(label="Mode de règlement", choices=Payment.Mode.choices)
    amount = MoneyField(label="Montant", min_value=Decimal("0.01"), max_digits=10)
    received_on = FrenchDateField(label="Date de réception", maximum=today, recent=True)
    payer_iban = IbanField(
        label="IBAN du payeur",
        required=False,
        help_text=f"Pour un virement : il servira à rembourser si le dossier est retourné. Exemple : {IBAN_EXAMPLE}",
    )

    too_much = forms.BooleanField(
        label="Le montant reçu dépasse ce qui est dû, et c’est bien ce que nous avons reçu", required=False
    )

    class Meta:
        model = Payment
        fields = ["mode", "amount", "received_on", "reference", "payer_iban"]

    def __init__(self, *args: Any, dossier: Application, told: Mapping[str, str] | None = None, **kwargs: Any):
        proforma = getattr(dossier, "proforma", None)
        self.left = max(pieces.due(dossier, proforma), Decimal(0)) if proforma else Decimal(0)
        proposed = {"amount": self.left or None, "received_on": today(), "mode": Payment.Mode.TRANSFER}
        proposed |= {name: told[name] for name in ("amount", "received_on", "reference") if told and told.get(name)}
        super().__init__(*args, **{"initial": proposed, **kwargs})
        self.late = not dossier.is_open  # what comes then is given back, however much it is
        self.fields["received_on"].minimum = first_day(pieces.payable_from(dossier))  # type: ignore[attr-defined]
        if self.late:
            self.fields[
                "payer_iban"
            ].help_text = f"Pour un virement : il servira à rembourser. Exemple : {IBAN_EXAMPLE}"
        if "too_much" not in self.data:  # the box is offered once it is needed: see `clean`
            self._too_much = self.fields.pop("too_much")

    def clean(self) -> dict[str, Any]:
        """More than what is due is most often a slip: it takes a second look."""
        typed = super().clean() or self.cleaned_data
        if typed.get("amount", Decimal(0)) > self.left and not typed.get("too_much") and not self.late:
            due = f"il reste {euros(self.left)} à régler" if self.left else "il n’y a plus rien à régler"
            self.add_error("amount", f"Ce montant dépasse ce qui est dû : {due}. Corrigez-le, ou cochez la case.")
            if "too_much" not in self.fields:
                self.fields["too_much"] = self._too_much
        return typed


class RefundForm(DossierForm):
    """Which payment was given back: most often there is only one."""

    payment = forms.ModelChoiceField(
        label="Règlement remboursé", queryset=Payment.objects.none(), widget=forms.RadioSelect
    )
    on = FrenchDateField(
        label="Date du remboursement", required=False, maximum=today, help_text="Laissez vide pour aujourd’hui."
    )
    iban = IbanField(
        label="IBAN du compte remboursé",
        required=False,
        help_text=f"Pour un virement dont l’IBAN manquait. Exemple : {IBAN_EXAMPLE}",
    )

    def __init__(self, *args: Any, dossier: Application, **kwargs: Any):
        due = dossier.payments.filter(state=Payment.State.TO_REFUND)
        kwargs.setdefault("initial", {"payment": due.first(), "on": today()})
        super().__init__(*args, dossier=dossier, **kwargs)
        _choose_payment(self.fields["payment"], due, _how_to_refund)
        if all(payment.payer_iban or payment.mode == Payment.Mode.CHEQUE for payment in due):
            del self.fields["iban"]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        payment = typed.get("payment")
        if typed.get("iban") and payment and payment.payer_iban:
            self.add_error("iban", "Ce règlement a déjà un IBAN : laissez cette case vide.")
        elif typed.get("iban") and payment and payment.mode == Payment.Mode.CHEQUE:
            self.add_error("iban", "Un chèque se renvoie, sans IBAN : laissez cette case vide.")
        return typed


class CancelPaymentForm(DossierForm):
    """Which payment was entered by mistake, and why."""

    payment = forms.ModelChoiceField(
        label="Règlement à annuler", queryset=Payment.objects.none(), widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="Motif",
        max_length=400,  # it is part of a sentence of the journal
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="L’entreprise lira ce motif. Exemple : saisi deux fois.",
    )

    def __init__(self, *args: Any, dossier: Application, **kwargs: Any):
        held = dossier.payments.filter(state__in=[Payment.State.HELD, Payment.State.TO_REFUND])
        kwargs.setdefault("initial", {"payment": held.first() if len(held) == 1 else None})
        super().__init__(*args, dossier=dossier, **kwargs)
        _choose_payment(self.fields["payment"], held, _which_payment)


def _choose_payment(field: Any, among: QuerySet[Payment], label: Callable[[Payment], str]) -> None:
    field.queryset, field.empty_label, field.label_from_instance = among, None, label


def _which_payment(payment: Payment) -> str:
    text = f"{payment.get_mode_display()} de {euros(payment.amount)} reçu le {french_date(payment.received_on)}"
    return f"{text}, {payment.reference}" if payment.reference else text


def _how_to_refund(payment: Payment) -> str:
    text = f"{payment.get_mode_display()} de {euros(payment.amount)}"
    if payment.reference:
        text += f", {payment.reference}"
    if payment.mode == Payment.Mode.CHEQUE:
        return f"{text} : chèque à renvoyer"
    return f"{text} : IBAN {format_iban(payment.payer_iban)}" if payment.payer_iban else f"{text} : IBAN à demander"


class AddressForm(DossierForm):
    """Where the mails of the dossier are to go."""

    email = forms.EmailField(label="Nouvelle adresse électronique")

    def __init__(self, *args: Any, dossier: Application, **kwargs: Any):
        super().__init__(*args, dossier=dossier, **kwargs)
        self.fields["email"].help_text = f"Adresse d’aujourd’hui : {dossier.mail_to or 'aucune'}"


class ReasonForm(DossierForm):
    reason = forms.CharField(
        label="Motif",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="L’entreprise lira ce motif.",
    )


class OptionalReasonForm(DossierForm):
    reason = forms.CharField(
        label="Motif",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="L’entreprise lira ce motif. Exemple : retrait demandé par téléphone.",
    )


class RefusalForm(DossierForm):
    reason = forms.CharField(
        label="Pourquoi ce document est refusé",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="L’entreprise lira ce motif. Exemple : la deuxième page du Kbis est illisible.",
        error_messages={"required": "Écrivez pourquoi ce document est refusé."},
    )


class NoteForm(DossierForm):
    text = forms.CharField(
        label="Note interne",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Visible par le service uniquement.",
    )


class AssignForm(DossierForm):
    """Whose dossier it is. Cleaned to a colleague, or to None for nobody."""

    NOBODY = "personne"

    to = forms.ChoiceField(label="Suivi par", error_messages={"required": "Choisissez à qui confier le dossier."})

    def __init__(self, *args: Any, dossier: Application, **kwargs: Any):
        super().__init__(
            *args, dossier=dossier, **{"initial": {"to": str(dossier.assigned_to_id or self.NOBODY)}, **kwargs}
        )
        self.team = {str(user.pk): user for user in staff()}
        people = [(key, user.get_full_name() or user.email) for key, user in self.team.items()]
        self.fields["to"].choices = [(self.NOBODY, "Personne (file commune)"), *people]  # type: ignore[attr-defined]

    def clean_to(self) -> User | None:
        return self.team.get(self.cleaned_data["to"])
