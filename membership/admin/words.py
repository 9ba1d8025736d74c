"""How the back office says where a dossier stands: what is to be done, since when, by when, and in which colour."""

from __future__ import annotations

from datetime import date, datetime

from core.dates import french_date, today
from membership.models import Application
from membership.states import Queue, State

# What is to be done, by (queue, state); a dossier in no queue reads as its state.
_STAGES = {
    (Queue.CHECK, State.SUBMITTED): "Demande à vérifier",
    (Queue.CHECK, State.AWAITING): "Pièces à vérifier",
    (Queue.CHECK, State.UNPAID): "À reprendre",
    (Queue.READY, State.AWAITING): "À accepter",
    (Queue.COMPANY, State.SUBMITTED): "Attend des pièces",
    (Queue.COMPANY, State.AWAITING): "Attend règlement ou pièces",
    (Queue.COMPANY, State.UNPAID): "Suspendu : factures impayées",
}
_TONES = {Queue.CHECK: "wait", Queue.READY: "good", Queue.COMPANY: "", Queue.REFUND: "bad"}
_CLOSED_TONES = {State.ACCEPTED: "good", State.RETURNED: "bad"}

OLD, VERY_OLD = 3, 8  # days in hand from which a dossier turns amber, then red


def stage(queue: str, state: str) -> tuple[str, str]:
    """What is to be done with the dossier, and the tone of its label."""
    if queue == Queue.REFUND:
        return "À rembourser", _TONES[Queue.REFUND]
    if queue == Queue.NONE:
        return State(state).label, _CLOSED_TONES.get(State(state), "")
    return _STAGES.get((Queue(queue), State(state)), State(state).label), _TONES[Queue(queue)]


def days(count: int) -> str:
    """« 1 jour », « 12 jours »."""
    return f"{count} jour{'s' if count > 1 else ''}"


def age(since: datetime | None, queue: str) -> tuple[str, str]:
    """Since when the dossier waits, and its colour: only what waits for us turns amber, then red."""
    if since is None:
        return "", ""
    count = (today() - today(since)).days
    text = f"depuis {days(count)}" if count > 0 else "depuis aujourd’hui"
    if queue == Queue.COMPANY or count < OLD:
        return text, ""
    return text, "bad" if count >= VERY_OLD else "wait"


def due(day: date | None) -> tuple[str, str]:
    """« encore 2 jours », « en retard de 3 jours », and its colour."""
    if day is None:
        return "", ""
    left = (day - today()).days
    if left < 0:
        return f"en retard de {days(-left)}", "bad"
    if left == 0:
        return "aujourd’hui", "wait"
    return f"encore {days(left)}", "wait" if left == 1 else ""


def who_must_act(dossier: Application) -> str:
    """One sentence for the head of the dossier: who, what, by when."""
    queue, state = dossier.queue, dossier.state
    by = f" au plus tard le {french_date(dossier.due_on)}" if dossier.due_on else ""
    if dossier.is_draft:
        return "L’entreprise remplit encore sa demande."
    if queue == Queue.CHECK:
        what = "vérifier la demande" if state == State.SUBMITTED else "vérifier les pièces reçues"
        if state == State.UNPAID:
            what = "reprendre le dossier, les factures étant réglées"
        return f"À nous : {what}{by}."
    if queue == Queue.READY:
        return f"À nous : accepter le dossier{by}."
    if queue == Queue.REFUND:
        return f"À nous : rembourser le règlement reçu{by}."
    if queue == Queue.COMPANY:
        if state == State.UNPAID:
            return f"À l’entreprise : régler ses factures passées{by}."
        if dossier.answer_by:
            return f"À l’entreprise : répondre à notre demande de pièces{by}."
        return f"À l’entreprise : envoyer ce qui manque. Relance automatique{by.replace('au plus tard le', 'le')}."
    return f"Dossier clos le {french_date(dossier.closed_at)}." if dossier.closed_at else ""
