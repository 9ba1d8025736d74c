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
from membership.unpaid import Unpaid, to_pay
from notifications.mail import Mail, Sms


def unpaid(dossier: Application, invoices: Sequence[Unpaid], url: str) -> Mail:
    """Invoices of a past membership must be paid first, and until when (M-10, M-11).

    One that is being debited takes nothing but time: no day is set for it, and no transfer asked for.
    """
    owed = to_pay(invoices)
    if not owed:
        return _being_debited(dossier, url, invoices)
    if len(owed) == 1:
        title, them = "Une facture passée reste à régler", "une facture impayée. Elle doit être réglée"
    else:
        title = f"{len(owed)} factures passées restent à régler"
        them = f"{len(owed)} factures impayées. Elles doivent être réglées"
    return compose(
        dossier,
        title=title,
        paragraphs=[
            f"Nous avons examiné votre demande pour {wording.name(dossier)}. Votre entreprise a déjà été adhérente, et "
            f"il reste de cette période {them} avant toute nouvelle adhésion.",
            f"C’est à vous d’agir, au plus tard le {_last_day(dossier)}. Dès que le règlement nous parvient, nous "
            "reprenons votre dossier et vous envoyons la facture proforma. Rien de ce que vous avez saisi n’est perdu.",
        ],
        facts=_facts(invoices),
        button=(FOLLOW, url),
        after=[
            f"Passé le {_last_day(dossier)}, le dossier vous est retourné et il faudra recommencer la demande.",
            *_not_twice(invoices),
            _question(owed),
        ],
    )


def last_call(dossier: Application, invoices: Sequence[Unpaid], url: str) -> list[Mail | Sms]:
    """Two weeks before the dossier goes back: a mail, and an SMS where a mobile number is known (B-03)."""
    owed = to_pay(invoices)
    last_day, many = _last_day(dossier), len(owed) > 1
    them = f"{len(owed)} factures passées à régler" if many else "une facture passée à régler"
    mail = compose(
        dossier,
        subject=f"Dernier rappel : {them} au plus tard le {last_day} ({dossier.reference})",
        title="Dernier rappel avant la clôture de votre dossier",
        paragraphs=[
            f"Votre dossier pour {wording.name(dossier)} attend toujours le règlement "
            f"{'de factures passées' if many else 'd’une facture passée'}. C’est à vous d’agir, au plus tard "
            f"le {last_day} : le lendemain, le dossier vous sera retourné et il faudra recommencer la demande.",
        ],
        facts=_facts(invoices),
        button=(FOLLOW, url),
        after=[*_not_twice(invoices), _question(owed)],
    )
    text = (
        f"{brand().name} : pour votre dossier {dossier.reference}, {them} au plus tard le {last_day}. "
        f"Le détail est dans votre courriel. Une question ? {brand().phone_display}"
    )
    return [mail, *to_mobile(dossier, text)]


def _being_debited(dossier: Application, url: str, invoices: Sequence[Unpaid]) -> Mail:
    """All that holds the dossier is on its way: there is but to wait."""
    if len(invoices) == 1:
        title, them, otherwise = "Une facture passée est", "une facture", "elle resterait"
    else:
        title, them, otherwise = "Des factures passées sont", f"{len(invoices)} factures", "elles resteraient"
    return compose(
        dossier,
        title=f"{title} en cours de prélèvement",
        paragraphs=[
            f"Nous avons examiné votre demande pour {wording.name(dossier)}. Votre entreprise a déjà été adhérente, et "
            f"il reste de cette période {them} dont le prélèvement est en cours.",
            "Vous n’avez rien à faire. Dès que le prélèvement a abouti, nous reprenons votre dossier et vous envoyons "
            "la facture proforma. Rien de ce que vous avez saisi n’est perdu.",
        ],
        facts=_facts(invoices),
        button=(FOLLOW, url),
        after=[
            *_not_twice(invoices),
            f"Si le prélèvement était rejeté, {otherwise} à régler au plus tard le {_last_day(dossier)}.",
            "Une question ? Appelez-nous.",
        ],
    )


def _facts(invoices: Sequence[Unpaid]) -> list[tuple[str, str]]:
    """What is to be paid and how, then what is being debited."""
    owed = to_pay(invoices)
    facts = [_fact(one) for one in owed]
    if len(owed) > 1:
        facts.append(("Total à régler", euros(sum((one.amount for one in owed), Decimal(0)))))
    if owed:
        facts += wording.transfer(wording.numbers(owed))
    return facts + [_fact(one) for one in invoices if one not in owed]


def _fact(one: Unpaid) -> tuple[str, str]:
    return f"Facture {one.number}, {one.since}", euros(one.amount)


def _not_twice(invoices: Sequence[Unpaid]) -> list[str]:
    if len(to_pay(invoices)) == len(invoices):
        return []
    return ["Ce qui est prélevé n’est pas à régler par virement : vous paieriez deux fois."]


def _question(invoices: Sequence[Unpaid]) -> str:
    if len(invoices) == 1:
        return "Vous l’avez déjà réglée, ou elle ne vous concerne pas ? Appelez-nous."
    return "Vous les avez déjà réglées, ou elles ne vous concernent pas ? Appelez-nous."


def _last_day(dossier: Application) -> str:
    if dossier.answer_by is None:
        raise ValueError("the dossier is not held for unpaid invoices: settle it first")
    return french_date(dossier.answer_by)
