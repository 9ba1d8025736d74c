"""One function per mail or SMS of the membership portal: what is said, who acts next, by when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import phonenumbers
from django.conf import settings
from django.shortcuts import resolve_url
from phonenumbers import PhoneNumberType

from accounts import activation
from core.brand import brand
from core.dates import add_working_days, french_date, today
from core.identifiers import format_iban, format_phone, format_siret
from core.money import euros
from documents.models import Document
from membership import pieces, settling, snapshots
from membership.models import Application, Contact, Member, Payment, PieceRequest, Proforma, UnpaidInvoice
from notifications.mail import Mail, Sms
from notifications.sms import sms_available

FOLLOW, RESUME = "Suivre mon dossier", "Reprendre mon dossier"
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def submitted(dossier: Application, bordereau: Document, url: str) -> Mail:
    """The request is in; the bordereau recapitulates it (M-09)."""
    by = add_working_days(today(), settling.STAFF_DAYS)
    return _mail(
        dossier,
        subject=f"Votre demande de pré-adhésion est bien reçue ({dossier.reference})",
        title="Votre demande de pré-adhésion est bien reçue",
        paragraphs=[
            f"Vous trouverez en pièce jointe le bordereau qui récapitule tous les éléments saisis pour {_name(dossier)}. "
            "Vérifiez-le et gardez-le : il sera à signer à la prochaine étape.",
            f"C’est maintenant à nous d’agir : nous vérifions votre demande au plus tard le {french_date(by)}, puis nous "
            "vous envoyons la facture proforma. Vous n’avez rien à faire d’ici là.",
        ],
        facts=[("Dossier", dossier.reference or ""), ("SIRET", format_siret(dossier.siret))],
        button=(FOLLOW, url),
        after=["Une erreur dans le bordereau ? Appelez-nous avant de recevoir la facture proforma."],
        attachments=[bordereau],
    )


def unpaid(dossier: Application, invoices: Sequence[UnpaidInvoice], url: str) -> Mail:
    """Invoices of a past membership must be paid first (M-10, M-11)."""
    one = len(invoices) == 1
    total = sum((invoice.amount for invoice in invoices), Decimal(0))
    facts = [(f"Facture {invoice.number}, échue le {french_date(invoice.due_on)}", euros(invoice.amount)) for invoice in invoices]
    if not one:
        facts.append(("Total à régler", euros(total)))
    return _mail(
        dossier,
        subject=f"Une facture passée reste à régler ({dossier.reference})" if one else f"Des factures passées restent à régler ({dossier.reference})",
        title="Une facture passée reste à régler" if one else "Des factures passées restent à régler",
        paragraphs=[
            f"Votre entreprise a déjà été adhérente. En vérifiant la demande de {_name(dossier)}, nous avons trouvé "
            f"{'une facture restée impayée' if one else f'{len(invoices)} factures restées impayées'}. "
            "Elle doit être réglée avant toute nouvelle adhésion." if one else
            f"Votre entreprise a déjà été adhérente. En vérifiant la demande de {_name(dossier)}, nous avons trouvé "
            f"{len(invoices)} factures restées impayées. Elles doivent être réglées avant toute nouvelle adhésion.",
        ],
        facts=[*facts, *_bank(", ".join(invoice.number for invoice in invoices))],
        button=(FOLLOW, url),
        after=[
            "C’est à vous d’agir : dès que le règlement nous parvient, nous reprenons votre dossier et vous envoyons la "
            "facture proforma. Rien de ce que vous avez saisi n’est perdu.",
            "Vous l’avez déjà réglée, ou elle ne vous concerne pas ? Appelez-nous." if one else
            "Vous les avez déjà réglées, ou elles ne vous concernent pas ? Appelez-nous.",
        ],
    )


def proforma_sent(dossier: Application, proforma: Proforma, bordereau: Document, url: str) -> Mail:
    """The pre-membership is confirmed, with the proforma and the bordereau to sign (M-12, M-13)."""
    reminder = today() + settling.FIRST_RELANCE
    return _mail(
        dossier,
        subject=f"Votre pré-adhésion est confirmée : facture proforma et bordereau à signer ({dossier.reference})",
        title="Votre pré-adhésion est confirmée",
        paragraphs=[
            f"Nous avons vérifié la demande de {_name(dossier)}. Vous trouverez en pièces jointes la facture proforma "
            f"{proforma.number} et le bordereau de pré-adhésion.",
            "C’est à vous d’agir :\n"
            "1. signez le bordereau et déposez-le sur votre page « Mon dossier » (une photo lisible suffit) ;\n"
            f"2. réglez {euros(proforma.total)} par virement, ou par chèque à l’ordre de {brand().name}.",
        ],
        facts=[("Montant à régler (TTC)", euros(proforma.total)), *_bank(dossier.reference or "")],
        button=(FOLLOW, url),
        after=[
            "Votre règlement n’est pas encaissé tant que votre dossier n’est pas complet.",
            f"S’il manque encore quelque chose le {french_date(reminder)}, nous vous le rappellerons.",
        ],
        attachments=[proforma.document, bordereau],
    )


def pieces_missing(dossier: Application, request: PieceRequest, url: str) -> Mail:
    """The relance: what is missing, and until when it may come (M-15, M-16)."""
    state = {piece.kind: piece for piece in pieces.pieces(dossier)}
    facts = [(pieces.LABELS[kind], _what_to_send(state.get(kind))) for kind in request.pieces]
    last_day = french_date(request.answer_by)
    count = "un élément" if len(facts) == 1 else f"{len(facts)} éléments"
    paragraphs = [
        f"Il manque {count} au dossier de {_name(dossier)}. C’est à vous d’agir, au plus tard le {last_day}."
    ]
    if request.message.strip():
        paragraphs.append(f"Le Service Adhérents précise :\n« {request.message.strip()} »")
    return _mail(
        dossier,
        subject=f"Il manque {count} à votre dossier, à envoyer avant le {last_day} ({dossier.reference})",
        title="Votre dossier est à compléter",
        paragraphs=paragraphs,
        facts=facts,
        button=(FOLLOW, url),
        after=[
            "Déposez vos documents sur votre page « Mon dossier » : PDF ou photo prise au téléphone.",
            f"Sans réponse après le {last_day}, le dossier entier vous est renvoyé et votre règlement, s’il nous est "
            "parvenu, vous est rendu.",
        ],
    )


def last_call(dossier: Application, missing: Sequence[pieces.Piece], url: str) -> list[Mail | Sms]:
    """Two weeks before the dossier goes back: a mail, and an SMS where a mobile number is known (B-03)."""
    last_day = french_date(dossier.answer_by) if dossier.answer_by else ""
    mail = _mail(
        dossier,
        subject=f"Dernier rappel : votre dossier est attendu complet avant le {last_day} ({dossier.reference})",
        title="Dernier rappel avant le renvoi de votre dossier",
        paragraphs=[
            f"Sans les éléments ci-dessous, le dossier de {_name(dossier)} vous sera renvoyé après le {last_day}. "
            "C’est à vous d’agir : quelques minutes suffisent.",
        ],
        facts=[(piece.label, _what_to_send(piece)) for piece in missing],
        button=(FOLLOW, url),
        after=["Une difficulté pour réunir ces éléments ? Appelez-nous, nous la résoudrons avec vous."],
    )
    mobile = _mobile(dossier) if sms_available() else ""
    if not mobile:
        return [mail]
    text = (
        f"{brand().name} : votre dossier {dossier.reference} est incomplet et sera renvoyé après le {last_day}. "
        f"Détails dans votre courriel. Une question ? {brand().phone_display}"
    )
    return [mail, Sms(mobile, text)]


def accepted(dossier: Application, member: Member, receipt: Document, activation_url: str) -> Mail:
    """Welcome: medical team, récépissé, and the access to the account (M-20, M-25, M-26)."""
    centre, doctor = member.centre, member.doctor
    if centre is None or doctor is None:
        raise ValueError("the welcome names the medical centre and the doctor: assign them first")
    secretary = doctor.secretary
    if activation_url:
        until = french_date(today() + activation.LIFETIME)
        button = ("Créer mon mot de passe", activation_url)
        access = (
            f"Votre identifiant est {dossier.representative_email}. Choisissez vous-même votre mot de passe avec le bouton "
            f"ci-dessous : il sert une seule fois, jusqu’au {until}."
        )
    else:
        button = ("Me connecter", settings.SITE_URL + resolve_url(settings.LOGIN_URL))
        access = f"Connectez-vous avec l’identifiant {dossier.representative_email} et votre mot de passe habituel."
    return _mail(
        dossier,
        subject=f"Vous êtes maintenant adhérent : votre numéro est {member.number}",
        title="Vous êtes maintenant adhérent",
        paragraphs=[
            f"Le dossier de {_name(dossier)} est complet et votre adhésion prend effet le {french_date(member.joined_on)}. "
            "Votre récépissé d’adhésion est en pièce jointe.",
            f"Le suivi de vos salariés est confié à {doctor.name}, médecin du travail. Vous pouvez dès maintenant prendre "
            "contact avec son secrétariat pour l’organiser.",
        ],
        facts=[
            ("Numéro d’adhérent", member.number),
            (
                "Centre médical",
                "\n".join([centre.name, centre.street, f"{centre.postcode} {centre.commune_name}", format_phone(centre.phone)]),
            ),
            ("Médecin du travail", doctor.name),
            ("Secrétariat médical", "\n".join([secretary.name, format_phone(secretary.phone), secretary.email])),
        ],
        button=button,
        before_button=access,
        private=bool(activation_url),
        after=[
            "Votre espace en ligne sert à mettre à jour la liste de vos salariés, à faire votre déclaration annuelle et à "
            "récupérer votre facture d’adhésion acquittée.",
        ],
        attachments=[receipt],
    )
