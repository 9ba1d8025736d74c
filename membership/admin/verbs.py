"""The buttons of a dossier: for each verb of `workflow`, who may use it, when, what it asks, and what it says.

What is done, and whether it may be done, stays with `workflow`: `allowed` only decides which buttons are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms

from core.acting import Verb
from core.journal import Actor
from membership import corrections, drafts, payments, pieces, workflow
from membership.admin import forms as f
from membership.admin import shown
from membership.models import Application, Payment
from membership.permissions import HANDLE_PAYMENT, PROCESS
from membership.states import CAME_TO_NOTHING, State
from membership.unpaid import Unpaid, unpaid_invoices


@dataclass
class Situation:
    """A dossier and what decides which verbs it allows; each is looked up once, and only if asked for."""

    dossier: Application

    @cached_property
    def pieces(self) -> list[pieces.Piece]:
        return pieces.pieces(self.dossier)

    @cached_property
    def unpaid(self) -> list[Unpaid]:
        return unpaid_invoices(self.dossier)

    @cached_property
    def payments(self) -> list[Payment]:
        return list(self.dossier.payments.select_related("recorded_by"))

    @property
    def complete(self) -> bool:
        return pieces.are_complete(self.pieces)

    @property
    def to_refund(self) -> bool:
        return any(payment.state == Payment.State.TO_REFUND for payment in self.payments)

    @property
    def cancellable(self) -> bool:
        """Some payment is neither cashed nor given back yet."""
        return any(payment.state in (Payment.State.HELD, Payment.State.TO_REFUND) for payment in self.payments)

    def is_in(self, *states: State) -> bool:
        return self.dossier.state in states

    @property
    def running(self) -> bool:
        """Validated by the company and not closed."""
        return self.dossier.is_open and not self.dossier.is_draft


@dataclass(frozen=True)
class Doing:
    """One click on « Confirmer »: what `run` works with."""

    dossier: Application
    form: forms.BaseForm
    by: Actor
    seen: int
    target: Any = None  # the document, for the verbs about one

    @property
    def typed(self) -> dict[str, Any]:
        return self.form.cleaned_data  # type: ignore[attr-defined]


def _record_payment(do: Doing) -> None:
    payments.record_payment(do.dossier, do.form.save(commit=False), by=do.by, seen=do.seen)  # type: ignore[attr-defined]


DISCARD = "supprimer"  # after which there is no dossier to come back to
VERBS = [
    Verb(
        "proforma",
        "Vérifié : envoyer la proforma",
        PROCESS,
        lambda now: now.is_in(State.SUBMITTED, State.UNPAID) and not now.unpaid,
        lambda do: workflow.send_proforma(do.dossier, by=do.by, seen=do.seen),
        "La facture proforma et le bordereau partent par courriel.",
        "La demande est vérifiée. La facture proforma ci-dessous part avec le bordereau à l’adresse du représentant.",
        show=shown.quote,
    ),
    Verb(
        "suspendre",
        "Suspendre pour impayés",
        PROCESS,
        lambda now: now.is_in(State.SUBMITTED) and bool(now.unpaid),
        lambda do: workflow.hold_for_unpaid(do.dossier, by=do.by, seen=do.seen),
        "Le dossier est suspendu ; l’entreprise reçoit la liste de ses factures à régler.",
        "L’entreprise reçoit la liste des factures ci-dessous. Aucune proforma ne part avant leur règlement.",
        show=shown.invoices,
    ),
    Verb(
        "accepter",
        "Accepter le dossier",
        PROCESS,
        lambda now: now.is_in(State.AWAITING) and now.complete,
        lambda do: workflow.accept(do.dossier, by=do.by, seen=do.seen),
        "Dossier accepté : l’entreprise est adhérente, son récépissé part par courriel.",
        "L’entreprise reçoit son numéro d’adhérent, son récépissé et sa facture acquittée ; le règlement est encaissé.",
        show=shown.team,
    ),
    Verb(
        "rembourser",
        "Enregistrer un remboursement",
        HANDLE_PAYMENT,
        lambda now: now.to_refund,
        lambda do: payments.refund(
            do.typed["payment"], by=do.by, on=do.typed["on"], iban=do.typed.get("iban", ""), seen=do.seen
        ),
        "Le remboursement est enregistré ; l’entreprise en est prévenue par courriel.",
        "À confirmer une fois le virement parti ou le chèque renvoyé : l’entreprise en est prévenue par courriel.",
        form=f.RefundForm,
        confirm="Enregistrer ce remboursement",
    ),
    Verb(
        "reglement",
        "Enregistrer un règlement",
        HANDLE_PAYMENT,
        lambda now: now.is_in(State.AWAITING),
        _record_payment,
        "Le règlement est enregistré. Il ne sera encaissé qu’une fois le dossier accepté.",
        "Le règlement est gardé sans être encaissé jusqu’à ce que le dossier soit complet.",
        form=f.PaymentForm,
    ),
    Verb(
        "reglement-tardif",
        "Enregistrer un règlement arrivé trop tard",
        HANDLE_PAYMENT,
        lambda now: now.is_in(*CAME_TO_NOTHING),
        _record_payment,
        "Le règlement est enregistré, à rembourser ; l’entreprise en est prévenue par courriel.",
        "Le dossier est clos : ce règlement est à rembourser. L’entreprise l’apprend par courriel.",
        form=f.PaymentForm,
        show=shown.elsewhere,
    ),
    Verb(
        "annuler",
        "Annuler un règlement",
        HANDLE_PAYMENT,
        lambda now: now.cancellable,
        lambda do: payments.cancel_payment(do.typed["payment"], by=do.by, reason=do.typed["reason"], seen=do.seen),
        "Le règlement est annulé : il ne compte plus.",
        "Pour une erreur de saisie : le règlement reste écrit ici comme annulé et ne compte plus. "
        "L’entreprise, qui l’a vu reçu, lira le motif sur sa page, et par courriel s’il devait lui être remboursé.",
        form=f.CancelPaymentForm,
        danger=True,
        confirm="Annuler ce règlement",
    ),
    Verb(
        "demander",
        "Demander des pièces",
        PROCESS,
        lambda now: now.is_in(State.SUBMITTED, State.AWAITING),
        lambda do: workflow.ask_for_missing(
            do.dossier, by=do.by, kinds=do.typed["kinds"], message=do.typed["message"], seen=do.seen
        ),
        "La demande part par courriel ; l’entreprise a deux mois pour répondre.",
        "L’entreprise reçoit la liste par courriel et a deux mois pour répondre. Passé ce délai, le dossier lui est "
        "retourné.",
        form=f.PiecesForm,
    ),
    Verb(
        "lien",
        "Envoyer un nouveau lien",
        PROCESS,
        lambda now: corrections.may_have_link(now.dossier),
        lambda do: corrections.resend_link(do.dossier, by=do.by, seen=do.seen),
        "Un nouveau lien part par courriel.",
        page=False,
    ),
    Verb(
        "adresse",
        "Corriger l’adresse du représentant",
        PROCESS,
        lambda now: now.dossier.is_open,
        lambda do: corrections.correct_address(do.dossier, email=do.typed["email"], by=do.by, seen=do.seen),
        "L’adresse est corrigée ; un nouveau lien y part.",
        "Assurez-vous que c’est bien l’entreprise qui le demande : toute personne qui reçoit le lien ouvre le dossier. "
        "Les liens déjà envoyés ne l’ouvrent plus ; un nouveau part à la nouvelle adresse.",
        form=f.AddressForm,
    ),
    Verb(
        "rouvrir",
        "Rouvrir la saisie",
        PROCESS,
        lambda now: now.is_in(State.SUBMITTED),
        lambda do: corrections.reopen(do.dossier, reason=do.typed["reason"], by=do.by, seen=do.seen),
        "La saisie est rouverte ; l’entreprise reçoit son lien et votre motif.",
        "Pour une erreur dans ce que l’entreprise a saisi. Elle reçoit son lien par courriel, corrige et valide à "
        "nouveau : un nouveau bordereau remplace le premier. Rien de ce qu’elle a saisi n’est perdu, et la référence "
        "reste la même.",
        form=f.ReasonForm,
    ),
    Verb(
        "renvoyer",
        "Clore et retourner le dossier",
        PROCESS,
        lambda now: now.running,
        lambda do: workflow.send_back(do.dossier, by=do.by, reason=do.typed["reason"], seen=do.seen),
        "Le dossier est retourné à l’entreprise.",
        "Le dossier est clos et l’entreprise prévenue. Ce qu’elle a réglé passe dans les remboursements à faire. "
        "Elle pourra refaire une demande.",
        form=f.ReasonForm,
        danger=True,
    ),
    Verb(
        "retirer",
        "Retirer la demande",
        PROCESS,
        lambda now: now.running,
        lambda do: workflow.withdraw(do.dossier, by=do.by, reason=do.typed["reason"], seen=do.seen),
        "La demande est retirée.",
        "À la demande de l’entreprise seulement. Le dossier est clos ; ce qu’elle a réglé lui sera remboursé.",
        form=f.OptionalReasonForm,
        danger=True,
    ),
    Verb(
        DISCARD,
        "Supprimer ce brouillon",
        PROCESS,
        lambda now: now.dossier.is_draft,
        lambda do: drafts.discard(do.dossier, by=do.by, seen=do.seen),
        "Le brouillon est supprimé : son SIRET est libre.",
        "Tout est effacé pour de bon : la saisie, les documents, les liens. L’entreprise n’en est pas prévenue. Si "
        "elle s’est seulement trompée d’adresse, corrigez plutôt l’adresse : elle retrouvera sa saisie.",
        danger=True,
    ),
    Verb(
        "attribuer",
        "Confier",
        PROCESS,
        lambda now: True,
        lambda do: workflow.assign(do.dossier, to=do.typed["to"], by=do.by, seen=do.seen),
        "C’est noté.",
        form=f.AssignForm,
        page=False,
    ),
    Verb(
        "noter",
        "Ajouter la note",
        PROCESS,
        lambda now: True,
        lambda do: workflow.add_note(do.dossier, by=do.by, text=do.typed["text"], seen=do.seen),
        "La note est ajoutée.",
        form=f.NoteForm,
        page=False,
    ),
]

ACCEPT_PIECE = Verb(
    "accepter",
    "Accepter le document",
    PROCESS,
    lambda now: now.running,
    lambda do: workflow.review_piece(do.dossier, do.target, accepted=True, by=do.by, seen=do.seen),
    "Document accepté.",
    page=False,
)
REFUSE_PIECE = Verb(
    "refuser",
    "Refuser le document",
    PROCESS,
    lambda now: now.running,
    lambda do: workflow.review_piece(
        do.dossier, do.target, accepted=False, by=do.by, reason=do.typed["reason"], seen=do.seen
    ),
    "Document refusé : l’entreprise en est prévenue par courriel, avec votre motif.",
    "L’entreprise reçoit ce motif par courriel et le lit sur sa page « Mon dossier ».",
    form=f.RefusalForm,
)
IN_ASIDE = {"attribuer", "noter"}  # forms that stand on the dossier's page, not buttons
