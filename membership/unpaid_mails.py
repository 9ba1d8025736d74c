"""The mails about invoices of a past membership that come before a new one: asked for, and asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from core.brand import brand
from core.dates import french_date
from core.money import euros
from membership import wording
from membership.mails import FOLLOW, compose, to_mobile
from membership.models import Application
from membership.unpaid import Unpaid
from notifications.mail import Mail, Sms


def unpaid(dossier: Application, invoices: Sequence[Unpaid], url: str) -> Mail:
    """Invoices of a past membership must be paid first, and until when (M-10, M-11)."""
    if len(invoices) == 1:
        title, them = "Une facture passée reste à régler", "une facture impayée. Elle doit être réglée"
    else:
        title = f"{len(invoices)} factures passées restent à régler"
        them = f"{len(invoices)} factures impayées. Elles doivent être réglées"
    return compose(
        dossier,
        title=title,
        paragraphs=[
            f"Nous avons examiné votre demande pour {wording.name(dossier)}. Votre entreprise a déjà été adhérente, et "
            f"il reste de cette période {them} avant toute nouvelle adhésion.",
            f"C’est à vous d’agir, au plus tard le {_last_day(dossier)}. Dès que le règlement nous parvient, nous "
            "reprenons votre dossier et vous envoyons la facture proforma. Rien de ce que vous avez saisi n’est perdu.",
        ],
        facts=[*_facts(invoices), *wording.transfer(wording.numbers(invoices))],
        button=(FOLLOW, url),
        after=[
            f"Passé le {_last_day(dossier)}, le dossier vous est renvoyé et il faudra recommencer la demande.",
            _question(invoices),
        ],
    )


def last_call(dossier: Application, invoices: Sequence[Unpaid], url: str) -> list[Mail | Sms]:
    """Two weeks before the dossier goes back: a mail, and an SMS where a mobile number is known (B-03)."""
    last_day, many = _last_day(dossier), len(invoices) > 1
    them = f"{len(invoices)} factures passées à régler" if many else "une facture passée à régler"
    mail = compose(
        dossier,
        subject=f"Dernier rappel : {them} au plus tard le {last_day} ({dossier.reference})",
        title="Dernier rappel avant le renvoi de votre dossier",
        paragraphs=[
            f"Votre dossier pour {wording.name(dossier)} attend toujours le règlement "
            f"{'des factures ci-dessous' if many else 'de la facture ci-dessous'}. C’est à vous d’agir, au plus tard "
            f"le {last_day} : le lendemain, le dossier vous sera renvoyé et il faudra recommencer la demande.",
        ],
        facts=[*_facts(invoices), *wording.transfer(wording.numbers(invoices))],
        button=(FOLLOW, url),
        after=[_question(invoices)],
    )
    text = (
        f"{brand().name} : pour votre dossier {dossier.reference}, {them} au plus tard le {last_day}. "
        f"Le détail est dans votre courriel. Une question ? {brand().phone_display}"
    )
    return [mail, *to_mobile(dossier, text)]


def _facts(invoices: Sequence[Unpaid]) -> list[tuple[str, str]]:
    facts = [(f"Facture {one.number}, {one.since}", euros(one.amount)) for one in invoices]
    if len(invoices) > 1:
        facts.append(("Total à régler", euros(sum((one.amount for one in invoices), Decimal(0)))))
    return facts


def _question(invoices: Sequence[Unpaid]) -> str:
    if len(invoices) == 1:
        return "Vous l’avez déjà réglée, ou elle ne vous concerne pas ? Appelez-nous."
    return "Vous les avez déjà réglées, ou elles ne vous concernent pas ? Appelez-nous."


def _last_day(dossier: Application) -> str:
    if dossier.answer_by is None:
        raise ValueError("the dossier is not held for unpaid invoices: settle it first")
    return french_date(dossier.answer_by)
