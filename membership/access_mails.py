"""What is written to people about their rights on a company (B-06)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import reverse

from accounts import activation
from core.dates import french_date, today
from core.identifiers import format_phone, format_siret
from membership.models import Access, Member
from notifications.mail import Mail

CREATE, LOG_IN = "Créer mon mot de passe", "Me connecter"


def invited(access: Access, giver: str, rights: str, activation_url: str) -> Mail:
    """Somebody may see a company's space from now on."""
    button, after = _way_in(activation_url)
    return _mail(
        access,
        title=f"Vous avez accès à l’espace de {_name(access)}",
        paragraphs=[f"{giver} vous donne accès à l’espace adhérent de {_name(access)}.", *_declaring(access), *after],
        facts=[("Entreprise", str(access.member)), ("Vos droits", rights), ("Identifiant", access.user.email)],
        button=button,
        private_button=bool(activation_url),
        after=["Vous ne connaissez pas cette entreprise ? Ne tenez pas compte de ce message, ou appelez-nous."],
    )


def changed(access: Access, giver: str, rights: str) -> Mail:
    """Rights or end date are others."""
    return _mail(
        access,
        title=f"Vos droits pour {_name(access)} ont changé",
        paragraphs=[f"{giver} a modifié votre accès à l’espace adhérent de {_name(access)}.", *_declaring(access)],
        facts=[("Entreprise", str(access.member)), ("Vos droits", rights)],
        button=_way_in("")[0],
    )


def others_may(access: Access, manager: Access, giver: str, rights: str) -> Mail:
    """To who manages the space: somebody may now manage it too, or declare and pay."""
    return _mail(
        manager,
        title=f"{access.person} a de nouveaux droits dans l’espace de {_name(access)}",
        paragraphs=[
            f"{giver} a donné à {access.person} des droits qui engagent votre entreprise. Si c’est ce que vous "
            "attendez, vous n’avez rien à faire.",
        ],
        facts=[
            ("Entreprise", str(access.member)),
            ("Personne", f"{access.person}, {access.user.email}"),
            ("Ses droits", rights),
        ],
        button=_way_in("")[0],
        after=[
            "Ce n’est pas normal ? Retirez tout de suite cet accès dans votre espace, page « Accès », puis "
            "appelez-nous.",
        ],
    )


def withdrawn(access: Access, by: str) -> Mail:
    """Somebody took the access back."""
    return _mail(
        access,
        title=f"Votre accès à l’espace de {_name(access)} est retiré",
        paragraphs=[
            f"{by} a retiré votre accès à l’espace adhérent de {_name(access)}. Vous ne pouvez plus y entrer.",
            "C’est une erreur ? Adressez-vous à la personne qui administre l’espace de cette entreprise.",
        ],
    )


def ends_soon(access: Access) -> Mail:
    """To who holds a delegation, a week before its end."""
    return _mail(
        access,
        title=f"Votre accès à l’espace de {_name(access)} prend fin le {french_date(access.ends_on)}",  # type: ignore[arg-type]
        paragraphs=[
            f"Vous pourrez encore entrer jusqu’au {french_date(access.ends_on)} compris.",  # type: ignore[arg-type]
            "Pour continuer ensuite, demandez à la personne qui administre l’espace de cette entreprise de repousser "
            "la date.",
        ],
        button=_way_in("")[0],
    )


def delegation_ends_soon(access: Access, manager: Access) -> Mail:
    """To who may prolong it."""
    return _mail(
        manager,
        title=f"L’accès de {access.person} prend fin le {french_date(access.ends_on)}",  # type: ignore[arg-type]
        paragraphs=[
            f"{access.person} ({access.user.email}) ne pourra plus entrer dans l’espace de {_name(access)} après cette "
            "date.",
            "Si c’est ce que vous voulez, vous n’avez rien à faire. Sinon, repoussez la date dans votre espace, page "
            "« Accès ».",
        ],
        button=_way_in("")[0],
    )


def ended(access: Access) -> Mail:
    """The last day is over."""
    return _mail(
        access,
        title=f"Votre accès à l’espace de {_name(access)} a pris fin",
        paragraphs=[
            "La date de fin prévue est passée. Pour un nouvel accès, adressez-vous à la personne qui administre "
            "l’espace de cette entreprise.",
        ],
    )


def way_in(to: str, member: Member, activation_url: str) -> Mail:
    """The answer to « Créer votre accès », for who has the right (A-01)."""
    button, after = _way_in(activation_url)
    name = f"« {member.establishment} »"
    return Mail(
        to=to,
        subject=f"Votre accès à l’espace adhérent de {name}",
        title="Votre accès à l’espace adhérent",
        greeting="Bonjour,",
        paragraphs=[f"Vous avez demandé à créer votre accès pour {name}, adhérent {member.number}.", *after],
        facts=[("Identifiant", to)],
        button=button,
        private_button=bool(activation_url),
        after=["Vous n’avez rien demandé ? Ne tenez pas compte de ce message : rien n’a changé."],
    )


def ask_manager(to: str, member: Member) -> Mail:
    """The answer to « Créer votre accès » when others manage the company's space already."""
    name = f"« {member.establishment} »"
    return Mail(
        to=to,
        subject=f"L’espace adhérent de {name} est déjà ouvert",
        title="L’espace de votre entreprise est déjà ouvert",
        greeting="Bonjour,",
        paragraphs=[
            f"Quelqu’un a demandé un accès pour {name}, adhérent {member.number}. Une autre personne administre déjà "
            "l’espace de cette entreprise, et votre adresse n’y a pas d’accès.",
            "Demandez-lui de vous inviter, dans son espace, page « Accès ». Elle a quitté l’entreprise ? Appelez-nous.",
        ],
    )


def nowhere_to_send(member: Member, why: str) -> Mail:
    """To the team: somebody gave the right number and SIRET, and no mail could answer him (A-01)."""
    phone = member.establishment.phone
    return Mail(
        to=settings.OPERATOR["email"],
        subject=f"Un accès à donner : {member.establishment} ({member.number})",
        title="Une entreprise ne peut pas créer son accès",
        paragraphs=[
            "Quelqu’un a donné le numéro et le SIRET de cette entreprise sur la page « Créer votre accès ». "
            f"{why} La page ne le dit pas : la personne attend un courriel qui ne viendra pas.",
            "Joignez l’entreprise par un moyen que vous connaissez, vérifiez l’identité de la personne qui fait la "
            "demande, puis donnez l’accès depuis la fiche de l’entreprise.",
        ],
        facts=[
            ("Entreprise", str(member.establishment)),
            ("Numéro d’adhérent", member.number),
            ("SIRET", format_siret(member.siret)),
            ("Téléphone", format_phone(phone) if phone else "Inconnu"),
        ],
        button=(
            "Ouvrir la fiche de l’adhérent",
            settings.SITE_URL + reverse("admin:membership_member_change", args=[member.pk]),
        ),
    )


def _way_in(activation_url: str) -> tuple[tuple[str, str], list[str]]:
    if not activation_url:
        login = settings.SITE_URL + resolve_url(settings.LOGIN_URL)
        return (LOG_IN, login), ["Vous avez déjà un compte : connectez-vous avec votre mot de passe habituel."]
    until = french_date(today() + activation.LIFETIME)
    text = f"Choisissez votre mot de passe par le lien « {CREATE} », qui sert une seule fois, jusqu’au {until}."
    return (CREATE, activation_url), [text]


def _declaring(access: Access) -> list[str]:
    """What goes with declaring: a declaration has no list of its own, it is the company's (D-21). Nothing new to who
    administers the space and keeps the list himself."""
    told = "Vous déclarez les cotisations : dans la déclaration, vous mettez aussi à jour la liste des salariés."
    return [told] if access.declares and not (access.manages and access.employees) else []


def _name(access: Access) -> str:
    """In quotes, which spare the text the elision that some names would ask for."""
    return f"« {access.member.establishment} »"


def _mail(access: Access, *, title: str, **parts: Any) -> Mail:
    return Mail(to=access.user.email, subject=title, title=title, greeting=f"Bonjour {access.person},", **parts)
