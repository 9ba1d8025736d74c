"""Mails about a direct debit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.shortcuts import resolve_url

from billing import given_back, mails
from billing.mandate_mails import OPEN_SPACE, not_debited, to_pay_apart
from billing.models import Collection
from billing.reasons import REASONS
from core.brand import brand
from core.dates import french_date
from core.identifiers import format_iban
from core.money import euros
from notifications.mail import Mail


def notice(collection: Collection, was: date | None = None, before: Decimal | None = None) -> Mail:
    """The pre-notification: who collects how much, when, by which mandate. `was`: the day announced before,
    `before`: the amount, when that is what changes."""
    mandate = collection.mandate
    first = (
        f"Le prélèvement de {euros(before)} annoncé pour le {french_date(was)} est remplacé par celui-ci, de "
        f"{euros(collection.amount)}."
        if was and before is not None
        else f"Le prélèvement annoncé pour le {french_date(was)} est remplacé par celui-ci."
        if was
        else f"Nous prélèverons votre facture {collection.invoice.number} comme vous l’avez choisi."
    )
    return Mail(
        to=mandate.email,
        subject=f"Prélèvement de {euros(collection.amount)} le {french_date(collection.collects_on)}",
        title=f"Prélèvement le {french_date(collection.collects_on)}",
        greeting="Bonjour,",
        paragraphs=[
            f"{first} Vous n’avez rien à faire, sinon veiller à ce que le compte soit approvisionné ce jour-là.",
            *_after_due_day(collection),
        ],
        facts=[
            ("Montant", euros(collection.amount)),
            ("Date du prélèvement", french_date(collection.collects_on)),
            ("Facture", collection.invoice.number),
            ("Compte prélevé", mandate.masked_iban),
            ("Référence du mandat (RUM)", mandate.rum),
            ("Créancier", mandate.creditor["name"]),
            ("Identifiant créancier (ICS)", mandate.creditor["ics"]),
        ],
        after=["Une erreur, une difficulté ? Appelez-nous avant cette date."],
    )


def _after_due_day(collection: Collection) -> list[str]:
    """The day is ours to choose, and notice takes its time: who is debited after the due day is not late."""
    due_on = collection.invoice.due_on
    if collection.collects_on <= due_on:
        return []
    return [
        f"Cette date vient après l’échéance imprimée sur la facture, le {french_date(due_on)} : vous n’êtes pas en "
        "retard, et aucune pénalité n’est due."
    ]


def cancelled(collection: Collection, reason: str) -> Mail:
    """What was announced will not take place: how to pay instead, if something is left to pay."""
    said, invoice = reason.rstrip(" ."), collection.invoice  # who types a reason may end it as a sentence
    left = invoice.left
    return Mail(
        to=collection.mandate.email,
        subject=f"Prélèvement du {french_date(collection.collects_on)} annulé",
        title="Un prélèvement annoncé est annulé",
        greeting="Bonjour,",
        paragraphs=[
            f"Le prélèvement de {euros(collection.amount)} annoncé pour le {french_date(collection.collects_on)} "
            f"(facture {collection.invoice.number}) n’aura pas lieu.",
            *([f"Motif : {said}."] if said else []),
            f"C’est à vous d’agir. {to_pay_apart(invoice)}"
            if left
            else "Il n’y a rien à régler pour cette facture : vous n’avez rien à faire.",
        ],
        facts=[("Facture", invoice.number), ("Reste à régler", given_back.left(invoice)), *mails.transfer(invoice)]
        if left
        else [],
        after=["Une question ? Appelez-nous."],
    )


def returned(collection: Collection, with_it: Sequence[Collection] | None = None) -> Mail:
    """The bank gave the money back, or never gave it: why, and what to do next. `with_it`: the mandate is suspended for
    it, and these debits, which were announced, are cancelled."""
    reason = REASONS[collection.return_code]
    operator = brand().operator
    paragraphs = [
        f"Votre banque a rejeté le prélèvement de {euros(collection.amount)} du "
        f"{french_date(collection.collects_on)}. Motif donné : {reason.label.lower()} ({collection.return_code}).",
        f"C’est à vous d’agir. {reason.advice}",
    ]
    if with_it is not None:
        paragraphs += [
            f"Le mandat {collection.mandate.rum} est suspendu : plus rien ne sera prélevé sur le compte "
            f"{collection.mandate.masked_iban}.",
            *not_debited(with_it),
        ]
    return Mail(
        to=collection.mandate.email,
        subject=f"Prélèvement rejeté : la facture {collection.invoice.number} reste à régler",
        title="Votre prélèvement a été rejeté",
        greeting="Bonjour,",
        paragraphs=paragraphs,
        facts=[
            ("Facture", collection.invoice.number),
            ("Reste à régler", given_back.left(collection.invoice)),
            ("Par virement, IBAN", format_iban(operator["iban"])),
            ("BIC", operator["bic"]),
            ("Référence à indiquer", collection.invoice.number),
            ("Chèque à envoyer à", brand().postal_address),
        ],
        button=(OPEN_SPACE, settings.SITE_URL + resolve_url(settings.LOGIN_URL)),
        after=["Une difficulté pour régler ? Appelez-nous, nous chercherons une solution avec vous."],
    )
