"""What staff put right at the company's request: its way back, the address its mails go to, or all that it typed."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from core.codes import mask
from core.journal import Actor, record
from core.models import AccessLink
from core.transitions import Refused, advance
from membership import correction_mails, drafts
from membership.links import dossier_url
from membership.models import Application
from membership.models.application import LINK
from membership.settling import begin, settle
from membership.states import LAST_STEP, State
from notifications.outbox import enqueue

ADDRESSES = ("contact_email", "representative_email")


@transaction.atomic
def correct_address(dossier: Application, *, email: str, by: Actor, seen: int | None = None) -> Application:
    """Mails go to `email` from now on, and the link of the dossier with the first of them.

    Who received the former links opens nothing any more, and cannot ask for another one: the wrong address is nowhere
    left on the dossier, not even among what a draft keeps word for word.
    """
    dossier = begin(dossier, seen)
    if not dossier.is_open:
        raise Refused("Le dossier est clos : son adresse ne peut plus être corrigée.")
    wrong = dossier.mail_to
    if email == wrong:
        raise Refused("C’est déjà l’adresse du dossier : envoyez plutôt un nouveau lien.")
    for column in ADDRESSES:
        if wrong and getattr(dossier, column).lower() == wrong.lower():
            setattr(dossier, column, email)
    dossier.contact_email = dossier.contact_email or email
    dossier.typed = _typed_with(dossier.typed, wrong, email)
    if dossier.is_draft:
        dossier.touch()
    AccessLink.objects.about(dossier).filter(purpose=LINK, revoked_at=None).update(revoked_at=timezone.now())
    before = f" au lieu de {mask(wrong)}" if wrong else ""  # a stranger's, maybe
    record(dossier, by=by, message="Adresse électronique corrigée.", reason=f"Les courriels partent à {email}{before}.")
    settle(dossier)
    mail = correction_mails.address_corrected(dossier, dossier_url(dossier))
    enqueue(mail, about=dossier, dedupe_key=f"address:{dossier.pk}:{dossier.version}")
    return dossier


@transaction.atomic
def reopen(dossier: Application, *, reason: str, by: Actor, seen: int | None = None) -> Application:
    """The company types again what was wrong, and validates again: `workflow.submit` issues the next bordereau (M-09).

    Only before the proforma, which is priced by what was typed. The dossier keeps its reference and all its answers.
    What the company had written is answered by the reason: no message waits on a draft, where nobody can write.
    """
    dossier = begin(dossier, seen)
    if not reason.strip():
        raise Refused("Dites ce qui est à corriger : l’entreprise lira ce motif.")
    advance(dossier, State.DRAFT, by=by, message="Saisie rouverte, à corriger et à valider.", reason=reason.strip())
    dossier.confirmed_steps = [slug for slug in dossier.confirmed_steps if slug != LAST_STEP]
    dossier.unanswered_since = None
    dossier.touch()
    settle(dossier)
    mail = correction_mails.reopened(dossier, reason.strip(), dossier_url(dossier))
    enqueue(mail, about=dossier, dedupe_key=f"reopen:{dossier.pk}:{dossier.version}")
    return dossier


def may_have_link(dossier: Application) -> bool:
    """Whether there is a way back to mail, and an address for it.

    As for « Reprendre mon dossier », also of one that came to nothing: its page gives back what was sent.
    """
    return dossier.state != State.ACCEPTED and bool(dossier.mail_to)


@transaction.atomic
def resend_link(dossier: Application, *, by: Actor, seen: int | None = None) -> None:
    """Staff mail the way back once more. It counts as an act: of two clicks on one page the second is told so."""
    dossier = begin(dossier, seen)
    if dossier.state == State.ACCEPTED:
        raise Refused("Le dossier est accepté : l’entreprise a son espace adhérent, il n’y a plus de lien à envoyer.")
    if not dossier.mail_to:
        raise Refused(
            "Ce dossier n’a pas encore d’adresse électronique. Saisissez-la avec « Corriger l’adresse du "
            "représentant »."
        )
    record(dossier, by=by, message=f"Nouveau lien envoyé à {dossier.mail_to}.", internal=True)
    settle(dossier)
    drafts.send_link(dossier)


def _typed_with(typed: dict, wrong: str, right: str) -> dict:
    """Answers kept word for word, with the right address wherever the wrong one stands alone in a field."""
    if not wrong:
        return typed

    def put_right(text: str) -> str:
        return right if text.strip().lower() == wrong.lower() else text

    return {
        slug: {name: [put_right(text) for text in texts] for name, texts in fields.items()}
        for slug, fields in typed.items()
    }
