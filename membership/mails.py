"""One function per mail or SMS of the membership portal: what is said, who acts next, by when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import reverse

from accounts import activation
from core.brand import brand
from core.dates import add_working_days, french_date, today
from core.identifiers import format_phone, format_siret
from core.money import euros
from documents.models import Document
from membership import links, pieces, settling, wording
from membership.eligibility import open_dossier, present_member
from membership.models import Application, Member, PieceRequest, Proforma
from notifications.mail import Mail, Sms
from notifications.sms import sms_available

FOLLOW, RESUME = "Suivre mon dossier", "Reprendre mon dossier"
FIND_AGAIN = "Retrouver mon dossier et mes documents"
_MONEY_BACK = "Votre règlement vous sera remboursé en totalité ; un message vous le confirmera."


def submitted(dossier: Application, bordereau: Document, url: str) -> Mail:
    """The request is in; the bordereau recapitulates it (M-09)."""
    by = add_working_days(today(), settling.STAFF_DAYS)
    again = "Il remplace le bordereau que vous aviez reçu. " if bordereau.version > 1 else ""
    return compose(
        dossier,
        title="Votre demande de pré-adhésion est bien reçue",
        paragraphs=[
            "Vous trouverez en pièce jointe le bordereau de pré-adhésion, qui récapitule tous les éléments saisis pour "
            f"{wording.name(dossier)}. {again}Gardez-le : vous le signerez une fois votre demande vérifiée.",
            f"C’est maintenant à nous d’agir. Nous vérifions votre demande au plus tard le {french_date(by)}, puis "
            "nous vous envoyons la facture proforma. Vous n’avez rien à faire d’ici là.",
        ],
        facts=[("Dossier", dossier.reference or ""), ("SIRET", format_siret(dossier.siret))],
        button=(FOLLOW, url),
        after=["Une erreur dans le bordereau ? Écrivez-nous sur « Mon dossier », si possible avant la proforma."],
        attachments=[bordereau],
    )


def proforma_sent(dossier: Application, proforma: Proforma, bordereau: Document, url: str) -> Mail:
    """The pre-membership is confirmed, with the proforma and the bordereau to sign (M-12, M-13), and what else is
    missing (M-15)."""
    reminder = french_date(today() + settling.FIRST_RELANCE)
    named_above = (pieces.BORDEREAU, pieces.PAYMENT)
    missing = [_still_to_send(piece) for piece in pieces.missing(dossier) if piece.kind not in named_above]
    third = f" ;\n3. envoyez aussi, sur la même page : {' ; '.join(missing)}." if missing else "."
    return compose(
        dossier,
        subject=f"Votre pré-adhésion est confirmée : facture proforma et bordereau à signer ({dossier.reference})",
        title="Votre pré-adhésion est confirmée",
        paragraphs=[
            f"Nous avons vérifié votre demande pour {wording.name(dossier)}. Vous trouverez en pièces jointes la "
            f"facture proforma {proforma.number} et votre bordereau de pré-adhésion.",
            "C’est à vous d’agir :\n"
            "1. signez le bordereau et déposez-le sur votre page « Mon dossier » (une photo lisible suffit) ;\n"
            f"2. réglez {euros(proforma.total)} par virement, ou par chèque à l’ordre de {brand().name}, la référence "
            f"{dossier.reference} au dos{third}",
        ],
        facts=[
            ("Montant à régler (TTC)", euros(proforma.total)),
            *wording.transfer(dossier.reference or ""),
            ("Chèque à envoyer à", brand().postal_address),
        ],
        button=(FOLLOW, url),
        after=[
            "Votre règlement n’est pas encaissé tant que votre dossier n’est pas complet.",
            f"S’il manque encore quelque chose le {reminder}, nous vous le rappellerons.",
        ],
        attachments=[proforma.document, bordereau],
    )


def _still_to_send(piece: pieces.Piece) -> str:
    return f"{piece.label}, refusé ({piece.note.strip()})" if piece.status == "refused" else piece.label


def pieces_missing(dossier: Application, request: PieceRequest, url: str) -> Mail:
    """The relance: what is missing, and until when it may come (M-15, M-16)."""
    found = {piece.kind: piece for piece in pieces.pieces(dossier)}
    facts = [(pieces.LABELS[kind], wording.to_send(found.get(kind))) for kind in request.pieces]
    last_day = french_date(request.answer_by)
    missing = "Il manque un élément" if len(facts) == 1 else f"Il manque {len(facts)} éléments"
    paragraphs = [
        f"{missing} à votre dossier pour {wording.name(dossier)}. C’est à vous d’agir, au plus tard le {last_day}.",
    ]
    if request.message.strip():
        paragraphs.append(f"Précision de notre {brand().team} :\n{request.message.strip()}")
    return compose(
        dossier,
        subject=f"{missing} à votre dossier, à envoyer au plus tard le {last_day} ({dossier.reference})",
        title=f"{missing} à votre dossier",
        paragraphs=paragraphs,
        facts=facts,
        button=(FOLLOW, url),
        after=[
            "Déposez vos documents sur votre page « Mon dossier » : PDF, ou photo prise avec votre téléphone.",
            f"Passé le {last_day}, un dossier incomplet est retourné en entier, et le règlement reçu est remboursé.",
        ],
    )


def last_call(dossier: Application, missing: Sequence[pieces.Piece], url: str) -> list[Mail | Sms]:
    """Two weeks before the dossier goes back: a mail, and an SMS where a mobile number is known (B-03)."""
    last_day = french_date(dossier.answer_by) if dossier.answer_by else ""
    mail = compose(
        dossier,
        subject=f"Dernier rappel : votre dossier est à compléter au plus tard le {last_day} ({dossier.reference})",
        title="Dernier rappel avant la clôture de votre dossier",
        paragraphs=[
            f"Votre dossier pour {wording.name(dossier)} est toujours incomplet. C’est à vous d’agir, au plus tard le "
            f"{last_day} : le lendemain, le dossier vous sera retourné et il faudra recommencer la demande.",
        ],
        facts=[(piece.label, wording.to_send(piece)) for piece in missing],
        button=(FOLLOW, url),
        after=["Une difficulté pour réunir ces éléments ? Appelez-nous, nous chercherons une solution avec vous."],
    )
    text = (
        f"{brand().name} : votre dossier {dossier.reference} est à compléter au plus tard le {last_day}. "
        f"Le lien est dans votre courriel. Une question ? {brand().phone_display}"
    )
    return [mail, *to_mobile(dossier, text)]


def accepted(dossier: Application, member: Member, documents: Sequence[Document], activation_url: str) -> Mail:
    """Welcome: medical team, récépissé, invoice « acquittée », the way into the account (M-20, M-23, M-25, M-26)."""
    centre, doctor = member.centre, member.doctor
    if centre is None or doctor is None:
        raise ValueError("the welcome names the medical centre and the doctor: assign them first")
    secretary = doctor.secretary
    if activation_url:
        button = ("Créer mon mot de passe", activation_url)
        until = french_date(today() + activation.LIFETIME)
        by = f"par le lien « {button[0]} », qui sert une seule fois, jusqu’au {until}"
        access = f"Choisissez votre mot de passe {by}."
    else:
        button = ("Me connecter", settings.SITE_URL + resolve_url(settings.LOGIN_URL))
        access = "Vous avez déjà un compte : connectez-vous avec votre mot de passe habituel."
    where = [centre.name, centre.street, f"{centre.postcode} {centre.commune_name}", format_phone(centre.phone)]
    whom = [secretary.name, format_phone(secretary.phone), secretary.email]
    return compose(
        dossier,
        subject=f"Vous êtes maintenant adhérent ! Votre numéro : {member.number}",
        title="Vous êtes maintenant adhérent",
        paragraphs=[
            f"Le dossier pour {wording.name(dossier)} est complet : votre adhésion prend effet le "
            f"{french_date(member.joined_on)}. {_enclosed(dossier)}",
            f"Le médecin du travail chargé du suivi de vos salariés est {doctor.name}. Vous pouvez dès maintenant "
            "prendre contact avec son secrétariat pour organiser ce suivi.",
            f"{access} Dans votre espace adhérent en ligne, vous pourrez : mettre à jour la liste de vos salariés au "
            "fil de l’eau, effectuer votre déclaration annuelle, récupérer votre facture d’adhésion acquittée.",
        ],
        facts=[
            ("Numéro d’adhérent", member.number),
            ("Centre médical", "\n".join(where)),
            ("Médecin du travail", doctor.name),
            ("Secrétariat médical", "\n".join(whom)),
            ("Identifiant de connexion", dossier.representative_email),
        ],
        button=button,
        private_button=bool(activation_url),
        attachments=documents,
    )


def _enclosed(dossier: Application) -> str:
    """What comes with the welcome, and what becomes of money received beyond the invoice."""
    invoice = dossier.invoice
    if invoice is None or not invoice.settled_on:
        return "Votre récépissé d’adhésion et votre facture sont en pièces jointes."
    text = f"Votre récépissé d’adhésion et votre facture acquittée {invoice.number} sont en pièces jointes."
    if invoice.excess:
        text += f" Vous avez réglé {euros(invoice.excess)} de trop : nous vous contacterons pour vous les rembourser."
    return text


def returned(dossier: Application, reason: str, money_back: bool) -> Mail:
    """The whole dossier goes back (M-16), with what was paid (M-19)."""
    return _closed(
        dossier,
        title="Votre dossier vous est retourné",
        first=f"Nous ne pouvons pas donner suite à votre demande pour {wording.name(dossier)} : le dossier vous est "
        "retourné en entier, et aucune adhésion n’est enregistrée.",
        reason=reason,
        money_back=money_back,
        again="Vous pouvez recommencer quand vous le souhaitez",
    )


def withdrawn(dossier: Application, reason: str, money_back: bool) -> Mail:
    """The company gave up its request."""
    return _closed(
        dossier,
        title="Votre demande est retirée",
        first=f"Votre demande de pré-adhésion pour {wording.name(dossier)} est retirée. Aucune adhésion n’est "
        "enregistrée.",
        reason=reason,
        money_back=money_back,
        again="C’est une erreur, ou vous changez d’avis ? Recommencez",
    )


def compose(
    dossier: Application, *, title: str, subject: str = "", private_button: bool | None = None, **parts: Any
) -> Mail:
    """A mail to whoever follows the dossier. A button opens the dossier, unless it is said not to be private."""
    return Mail(
        to=dossier.mail_to,
        subject=subject or (f"{title} ({dossier.reference})" if dossier.reference else title),
        title=title,
        greeting=f"Bonjour {dossier.representative}," if dossier.representative else "Bonjour,",
        private_button="button" in parts if private_button is None else private_button,
        **parts,
    )


def to_mobile(dossier: Application, text: str) -> list[Sms]:
    """The same by SMS, where we can send one and know a mobile number."""
    mobile = wording.mobile(dossier) if sms_available() else ""
    return [Sms(mobile, text)] if mobile else []


def _closed(dossier: Application, *, title: str, first: str, reason: str, money_back: bool, again: str) -> Mail:
    """The dossier is over, and stays within reach of whoever made it: it is the whole of it that goes back."""
    return compose(
        dossier,
        title=title,
        paragraphs=[first, *([f"Motif : {reason.strip()}"] if reason.strip() else []), *([_MONEY_BACK] * money_back)],
        facts=[("Dossier", dossier.reference or "")],
        button=(FIND_AGAIN, links.dossier_url(dossier)),
        after=[*what_now(dossier, again), "Une question ? Appelez-nous."],
    )


def what_now(dossier: Application, again: str) -> list[str]:
    """What is left to do for who still wants to join, of a dossier that is over; `again` begins the sentence.

    Nobody is asked to begin again who has done so, or has become a member.
    """
    if member := present_member(dossier.siret):
        joined = f"Votre établissement est adhérent, sous le numéro {member.number}"
        return [f"{joined} : vous n’avez pas de nouvelle demande à faire."]
    if other := open_dossier(dossier.siret, besides=dossier):
        named = f", {other.reference}," if other.reference else ""
        return [f"Une autre demande{named} est ouverte pour votre établissement : c’est elle qui compte désormais."]
    return [
        f"{again} : ouvrez votre dossier par le lien « {FIND_AGAIN} » et choisissez « Recommencer à partir de ce "
        "dossier », tout y est déjà rempli.",
        f"Pour commencer une autre demande : {settings.SITE_URL + reverse('membership:start')}",
    ]
