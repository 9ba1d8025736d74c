"""What happens in the demonstration: a dossier in every state, members of long standing, and those who left."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from accounts.models import User
from core.dates import add_months
from core.numbering import next_number
from demo import people
from demo.people import Company
from demo.play import Act, Story
from membership.models import Establishment, Member, UnpaidInvoice

DAYS = 120  # how long ago the first dossier began
PAYER = "FR1420041010050500013M02606"  # the example IBAN of the standard: nobody's account

READY: list[Act] = [
    (26, "begin"),
    (26, "join", "kbis.pdf", "rib.pdf"),
    (26, "submit"),
    (25, "assign"),
    (25, "proforma"),
    (12, "send", "bordereau.jpeg"),
    (8, "pay"),
    (4, "check"),
]

# (company, [(days ago, what happened, with what)…]): read it as the story of each dossier.
STORIES: list[tuple[str, list[Act]]] = [
    # Drafts
    ("encre", [(0, "begin", 3), (0, "leave")]),
    ("coif", [(4, "begin", 5), (4, "leave")]),
    ("toit", [(1, "begin", 6), (1, "join", "kbis.jpeg")]),
    # To check: just in, with unpaid invoices of a former membership, a former member who owes nothing, overdue
    ("bois", [(0, "begin"), (0, "join", "kbis.jpeg", "rib.pdf"), (0, "submit")]),
    ("table", [(1, "begin"), (1, "join", "kbis.pdf"), (1, "submit")]),
    ("optic", [(2, "begin"), (2, "join", "kbis.png", "rib.pdf"), (2, "submit")]),
    (
        "depot",
        [
            (11, "begin"),
            (10, "join", "kbis.pdf", "rib.pdf"),
            (10, "submit"),
            (9, "assign"),
            (9, "note", "Rappeler Mme Aubert : l’effectif déclaré comprend-il les intérimaires ?"),
            (
                8,
                "write",
                "Bonjour,\n\nNotre effectif comprend deux intérimaires : faut-il les retirer de la liste ?",
            ),
            (
                8,
                "answer",
                "Bonjour,\n\nOui : c’est l’agence d’intérim qui les suit. Dites-nous leurs noms, et nous rouvrons la "
                "saisie pour que vous puissiez les retirer.",
            ),
        ],
    ),
    # Held for unpaid invoices; and one whose invoices have just been paid
    ("garage", [(9, "begin"), (9, "join", "kbis.pdf"), (9, "submit"), (7, "assign"), (7, "check"), (7, "hold")]),
    (
        "meca",
        [
            (20, "begin"),
            (20, "join", "kbis.pdf", "rib.pdf"),
            (20, "submit"),
            (18, "check"),
            (18, "hold"),
            (1, "pay_invoices"),
        ],
    ),
    # Waiting for the company: proforma just sent, relance under way, last call made
    ("web", [(6, "begin"), (6, "join", "kbis.pdf", "rib.pdf"), (6, "submit"), (5, "proforma"), (5, "check")]),
    (
        "pain",
        [
            (34, "begin"),
            (34, "join", "kbis.jpeg"),
            (34, "submit"),
            (32, "assign"),
            (32, "check", "kbis", "La photo est coupée à droite : le numéro de gestion ne se lit pas."),
            (32, "proforma"),
            (
                17,
                "ask",
                ["kbis", "rib", "bordereau", "payment"],
                "Une photo prise bien à plat, en pleine page, suffit.",
            ),
            (
                1,
                "write",
                "Bonjour,\n\nJ’aurai un nouveau Kbis la semaine prochaine. Puis-je déjà envoyer le bordereau signé et "
                "faire le virement ?",
            ),
        ],
    ),
    (
        "primeur",
        [
            (62, "begin"),
            (62, "join", "kbis.pdf", "rib.pdf"),
            (62, "submit"),
            (60, "check"),
            (60, "proforma"),
            (52, "ask", ["bordereau", "payment"]),
            (5, "last_call"),
        ],
    ),
    # Papers to check, and a payment that came first; the second one was entered by mistake once
    (
        "fret",
        [
            (16, "begin"),
            (16, "join", "kbis.pdf", "rib.pdf"),
            (16, "submit"),
            (14, "assign"),
            (14, "check"),
            (14, "proforma"),
            (3, "pay"),
            (1, "send", "bordereau.pdf"),
        ],
    ),
    (
        "plans",
        [
            (13, "begin"),
            (13, "join", "kbis.pdf", "rib.pdf"),
            (13, "submit"),
            (11, "check"),
            (11, "proforma"),
            (5, "pay"),
            (4, "cancel_payment", "ce virement venait d’une autre entreprise"),
            (2, "pay", "cheque"),
        ],
    ),
    # Complete: only the acceptance is left
    ("impr", READY),
    ("creche", [(days + 3, *act) for days, *act in READY[:-2]] + [(9, "pay", "cheque"), (2, "check")]),
    # Accepted
    ("dents", [(days + 60, *act) for days, *act in READY] + [(63, "accept"), (62, "activate")]),
    ("pharma", [(days + 41, *act) for days, *act in READY] + [(44, "accept"), (43, "activate")]),
    ("compta", [(days + 22, *act) for days, *act in READY] + [(25, "accept"), (24, "activate")]),
    ("veto", [(days + 5, *act) for days, *act in READY] + [(6, "accept")]),
    # Returned after two months, with a refund to make; returned and refunded; withdrawn
    (
        "net",
        [
            (98, "begin"),
            (98, "join", "kbis.pdf"),
            (98, "submit"),
            (96, "proforma"),
            (90, "pay", "transfer", PAYER),
            (75, "ask", ["rib", "bordereau"]),
            (28, "last_call"),
            (12, "give_up_waiting"),
        ],
    ),
    (
        "conduite",
        [
            (112, "begin"),
            (112, "join", "rib.pdf"),
            (112, "submit"),
            (110, "proforma"),
            (104, "pay", "cheque"),
            (95, "ask", ["kbis", "bordereau"]),
            (48, "last_call"),
            (32, "give_up_waiting"),
            (28, "refund"),
        ],
    ),
    (
        "club",
        [
            (40, "begin"),
            (40, "join", "kbis.pdf"),
            (40, "submit"),
            (38, "proforma"),
            (30, "withdraw", "Le club n’emploiera finalement personne cette saison."),
        ],
    ),
]

# Former members: (company, other site, joined, left, [(invoice, euros, days past due, paid)])
FORMER = [
    ("table", 2, (9, 4), [("0318", "268.80", 1650, False), ("0642", "134.40", 1550, False)]),
    ("optic", 2, (8, 3), [("0511", "403.20", 1200, True)]),
    ("garage", 2, (10, 2), [("0777", "672.00", 790, False)]),
    ("meca", 2, (7, 3), [("0420", "1344.00", 1180, False)]),
]


def former(companies: dict[str, Company], day: date) -> None:
    """Those who were members once, as of `day`."""
    for key, site, (joined, left), invoices in FORMER:
        establishment = Establishment()
        people.fill_establishment(establishment, companies[key])
        establishment.siret = people.make_siret(companies[key].place, site)
        establishment.save()
        member = make_member(establishment, add_months(day, -12 * joined), add_months(day, -12 * left))
        for number, amount, late, paid in invoices:
            due_on = day - timedelta(days=late)
            UnpaidInvoice.objects.create(
                member=member,
                number=f"F{due_on.year}-{number}",
                amount=Decimal(amount),
                due_on=due_on,
                paid_on=due_on + timedelta(days=20) if paid else None,
            )


def stories(companies: dict[str, Company], staff: dict[str, User]) -> list[tuple[Story, list[Act]]]:
    """Every story with who plays in it."""
    return [(Story(companies[key], staff), acts) for key, acts in STORIES]


def make_member(establishment: Establishment, joined_on: date, left_on: date | None = None) -> Member:
    """With the next number."""
    number = f"A{next_number('member'):06d}"
    return Member.objects.create(
        establishment=establishment, siret=establishment.siret, number=number, joined_on=joined_on, left_on=left_on
    )
