"""What members of long standing lived: last year's campaign, now closed, and the one that is open today.

Read an act as: how many days ago (or which month and day of last year), what happened, with what.
"""

from __future__ import annotations

from datetime import date, timedelta

from accounts.models import User
from contributions.states import MidYear
from core.models import Sequence
from demo import people
from demo.member import MemberStory
from demo.office import Office
from demo.operator import ADVISER
from demo.people import Company
from demo.play import Act
from demo.stories import make_member
from demo.years import Calendar
from membership.assignment import choose_doctor
from membership.models import Establishment, Member

FIRST_MEMBER = 4180  # members before the portal opened
NOW = -3  # days ago: cut to the present moment, it comes after all the rest
ACCOUNTANT = ("Julie Caron", "julie.caron@cabinet-duval-et-associes.example")

LAST_YEAR: dict[str, list[Act]] = {
    "tilleuls": [((2, 12), "declare", "transfer"), ((3, 10), "pay", "transfer")],
    "plast": [((2, 17), "sign_mandate"), ((2, 18), "declare", "debit")],
    "fleurs": [((2, 26), "declare", "cheque"), ((3, 20), "pay", "cheque")],
    "hotel": [((2, 6), "declare", "transfer"), ((3, 3), "pay", "transfer")],
    "musique": [((2, 20), "sign_mandate"), ((2, 20), "declare", "debit")],
    "archi": [((2, 27), "declare", "cheque"), ((3, 24), "pay", "cheque")],
    "sport": [((3, 5), "declare", "transfer"), ((4, 2), "pay", "transfer")],
    # Its account was closed: the debit came back, and no mandate was signed since
    "notaire": [((2, 19), "sign_mandate"), ((2, 19), "declare", "debit"), ((5, 6), "pay", "transfer")],
    # The same, half of it paid since
    "traiteur": [((2, 18), "sign_mandate"), ((2, 18), "declare", "debit"), ((5, 12), "pay", "cheque", "0.5")],
    # Declared, and never paid
    "ambu": [((3, 26), "declare", "transfer")],
    "info": [((2, 10), "declare", "transfer"), ((3, 9), "pay", "transfer")],
    # After the deadline
    "pressing": [((4, 17), "declare", "cheque"), ((5, 15), "pay", "cheque")],
    # Paid, then corrected: what was paid too much is owed to the company
    "secur": [
        ((2, 16), "declare", "transfer"),
        ((3, 12), "pay", "transfer"),
        ((4, 3), "correct", 2),
        ((4, 3), "declare", "transfer"),
    ],
    "relais": [((2, 11), "declare", "transfer"), ((3, 13), "pay", "transfer")],
    "jouets": [],  # silent
}

THIS_YEAR: dict[str, list[Act]] = {
    # To declare: nothing done yet
    "tilleuls": [
        (50, "invite", "Karine Bonnet", "karine.bonnet@residence-les-tilleuls.example", ()),
        (
            12,
            "ask",
            "facture",
            "Duplicata de la facture",
            "Bonjour, pouvez-vous me renvoyer la facture de l’an passé ?",
        ),
        (11, "staff_say", "close", "Bonjour, elle est dans « Mes documents », avec la mention « acquittée »."),
        (
            4,
            "ask",
            "rendez-vous",
            "Visites de reprise",
            "Deux aides-soignantes reprennent le 1er du mois.",
            "liste.pdf",
        ),
        (3, "staff_say", "ask", "Bonjour, à partir de quelle date sont-elles disponibles, le matin ou l’après-midi ?"),
        (2, "arrive", 1, 15),
        (2, "leave", 1, None, 20),
        (1, "ask_change", {"phone": "+33199001899"}, "Nouveau standard depuis lundi."),
    ],
    "fleurs": [(NOW, "let_in")],
    "jouets": [(81, "invite", *ACCOUNTANT, ("employees", "declares"), 90)],
    # Begun, the list already changed
    "plast": [
        (30, "begin", 1),
        (6, "arrive", 2),
        (6, "leave", 3),
        (6, "begin", 2),
        (1, "ask", "cotisation", "Intérimaires", "Bonjour, les intérimaires entrent-ils dans notre effectif ?"),
    ],
    "ambu": [
        ((12, 1), "arrive", 10),
        (60, "invite", *ACCOUNTANT, ("employees", "declares"), 300),
        (17, "begin", 1),
        (17, "move", 2),
    ],
    # Validated: transfer, cheque, debit
    "hotel": [
        (40, "declare", "transfer"),
        (20, "ask", "salaries", "Saisonniers", "Faut-il déclarer les saisonniers de l’été ?", "contrat.jpeg"),
        (19, "staff_say", "reply", "Bonjour, seulement ceux présents au 1er janvier."),
        (19, "say", "Merci. Et les extras du réveillon ?"),
        (18, "staff_say", "close", "Oui s’ils étaient sous contrat ce jour-là. Bonne journée."),
        (15, "ask_change", {"trade_name": "La Source"}),
        (14, "change_applied"),
        (5, "prepare_mandate"),
        (4, "attestation", "adhesion"),
        (0, "attestation", "cotisation"),
    ],
    "notaire": [(40, "declare", "cheque")],  # late to pay
    "relais": [(43, "sign_mandate"), (43, "declare", "debit")],
    "traiteur": [(42, "sign_mandate", 1), (41, "declare", "debit")],
    "musique": [(25, "prepare_mandate", 2), (25, "sign_mandate", 1), (24, "declare", "debit")],
    "archi": [(10, "sign_mandate"), (10, "declare", "debit")],
    "info": [
        (30, "ask", "adhesion", "Changement d’adresse", "Nous déménageons peut-être cet été."),
        (29, "cancel_request", "Le déménagement n’aura pas lieu."),
        (14, "sign_mandate"),
        (14, "declare", "debit"),
        (5, "cancel_debit"),
    ],
    "pressing": [
        (22, "declare", "transfer"),
        (3, "draft_request", "autre", "Horaires du centre", "Bonjour, le centre"),
    ],
    # Corrected, and paid since
    "sport": [
        (35, "declare", "cheque"),
        (28, "ask_change", {"name": "Tonique Fitness"}),
        (27, "change_refused", "Joignez un extrait Kbis au nouveau nom : nous le prendrons en compte aussitôt."),
        (20, "correct", 1),
        (20, "declare", "cheque"),
        (9, "pay", "cheque"),
        (8, "ask", "facture", "Avoir", "Bonjour, comment lire l’avoir reçu avec ma correction ?"),
        (7, "keep_request"),
        (7, "staff_say", "reply", "Bonjour, il réduit la facture d’origine : vous avez réglé la différence."),
    ],
    # Being corrected
    "secur": [(30, "declare", "transfer"), (3, "correct", 0, 2)],
}

STATEMENT = [
    ("hotel", "", "COTISATION SANTE AU TRAVAIL {0}"),
    ("info", "", "FACTURE {0}"),
    ("pressing", "150.00", "ACOMPTE FACTURE {0}"),
    ("secur", "", "COTISATION ANNUELLE"),
    ("", "312.50", "M DURAND JEAN : COTISATION"),
    ("", "845.20", "CPAM DE L ESSONNE : INDEMNITES JOURNALIERES"),
]
USEFUL = [
    ("Guide de l’adhérent", "guides", "Service Adhérents", "Vos démarches au fil de l’année."),
    ("Statuts et règlement intérieur", "other", "Direction", "En vigueur depuis le 1er janvier."),
    ("Demande de visite à l’initiative de l’employeur", "forms", "Secrétariats médicaux", "À joindre à une demande."),
    ("Notre offre socle", "guarantees", "Prévention", "Prévention, suivi individuel, maintien en emploi."),
]


def members(companies: dict[str, Company], day: date) -> dict[str, Member]:
    """Those of long standing, with their people as of `day`."""
    Sequence.objects.create(pk="member", last=FIRST_MEMBER)
    found, adviser = {}, User.objects.filter(email=ADVISER).first()
    for key in LAST_YEAR:
        establishment, company = Establishment(), companies[key]
        people.fill_establishment(establishment, company)
        people.add_contacts(establishment, company)
        people.add_addresses(establishment, company)
        people.add_employees(establishment, company, day)
        doctor = choose_doctor(establishment)
        member = make_member(establishment, day - timedelta(days=400 + 90 * company.place))
        Member.objects.filter(pk=member.pk).update(doctor=doctor, centre=doctor.centre, adviser=adviser)
        found[key] = member
    return found


def stories(
    companies: dict[str, Company], members: dict[str, Member], staff: dict[str, User], calendar: Calendar
) -> list[tuple[Office | MemberStory, list[Act]]]:
    """What the office did, and what each member did."""
    told: list[tuple[Office | MemberStory, list[Act]]] = [(Office(staff, members), _office(calendar))]
    for key, member in members.items():
        acts = [*_access(key), *_turnover(companies[key]), *LAST_YEAR[key], *THIS_YEAR[key]]
        told.append((MemberStory(companies[key], member, staff), acts))
    return told


def _office(calendar: Calendar) -> list[Act]:
    opened = (calendar.today - calendar.opens_on).days
    weeks = [calendar.day((2, 1)) + timedelta(days=7 * week) for week in range(35)]
    return [
        ((1, 8), "canned", "Duplicata de facture", "facture", "Bonjour {prénom},\n\nElle est dans « Mes documents »."),
        *(((1, 9), "publish", *useful) for useful in USEFUL),
        ((2, 1), "open", calendar.last_year, calendar.day((3, 31))),
        *(((day.month, day.day), "sweep") for day in weeks),
        ((3, 9), "export_debits", 25),
        ((4, 8), "collect"),
        ((4, 9), "returned", "traiteur", "AC04"),
        ((4, 9), "returned", "notaire", "AC04"),
        ((10, 9), "close"),
        (opened, "open", calendar.year, calendar.deadline, MidYear.FULL),
        *((days, "sweep") for days in range(opened - 1, -1, -1)),
        (24, "export_debits", 18),
        (16, "mistake", "secur"),
        (7, "collect"),
        (6, "returned", "traiteur", "AM04"),
        (4, "remind", "silent"),
        (3, "statement", STATEMENT),
        (2, "confirm_statement", "CPAM"),
        (1, "export_debits", 14),
        (1, "prepare", calendar.year + 1, calendar.next_opening),
    ]


def _access(key: str) -> list[Act]:
    """All have had their access for long, but the one who is invited today."""
    return [] if key == "fleurs" else [((1, 12), "let_in"), ((1, 13), "activate")]


def _turnover(company: Company) -> list[Act]:
    """Who came and went between the two campaigns, and since."""
    if company.key == "hotel":  # the one whose account is settled: nobody to invoice in the year
        return [((11, 5), "arrive", 1), ((11, 5), "leave", 1)]
    if company.employees < 6:
        return [((6, 10), "arrive", 1), ((10, 5), "leave", 1)]
    arrive, leave = max(1, company.employees // 60), max(1, company.employees // 75)
    acts: list[Act] = [((11, 5), "move", 1)]
    for when in ((3, 20), (6, 15), (9, 10), 100, 33, 8):
        acts += [(when, "arrive", arrive), (when, "leave", leave)]
    return acts
