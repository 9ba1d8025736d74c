"""The operator of the demonstration: zone, centres, medical teams, tariffs, exclusions, help, and who logs in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.contrib.auth.models import Group

from accounts.models import User
from core.models import Commune
from membership import permissions
from membership.models import Doctor, ExcludedNaf, MedicalCentre, Secretary, TariffYear, ZoneCommune
from space.models import RequestTheme

DATA = Path(__file__).resolve().parent / "data"
DEPARTMENT = "91"
PASSWORD = "Val-d-Orge-2026"  # of every demonstration account; passes the validators like any other

# name, street, postcode, commune, phone, access
CENTRES = {
    "Brétigny": (
        "Centre médical de Brétigny",
        "14 place de la Gare",
        "91220",
        "Brétigny-sur-Orge",
        "+33199000010",
        "RER C, à cinq minutes à pied. Parking gratuit, accès de plain-pied.",
    ),
    "Sainte-Geneviève": (
        "Centre médical de Sainte-Geneviève",
        "52 avenue Gabriel-Péri",
        "91700",
        "Sainte-Geneviève-des-Bois",
        "+33199000020",
        "RER C puis bus, arrêt Mairie. Deux places réservées, ascenseur.",
    ),
    "Arpajon": (
        "Centre médical d’Arpajon",
        "9 boulevard Jean-Jaurès",
        "91290",
        "Arpajon",
        "+33199000030",
        "RER C, à dix minutes à pied. Parking du marché, accès de plain-pied.",
    ),
}
# secretary, mail, phone, her doctors with their capacity
TEAMS = {
    "Brétigny": ("Sylvie Marchal", "bretigny", "+33199000011", [("Dr Anne Leroy", 4500), ("Dr Samir Haddad", 3000)]),
    "Sainte-Geneviève": (
        "Patricia Lopes",
        "sainte-genevieve",
        "+33199000021",
        [("Dr Hélène Vasseur", 5000), ("Dr Paul Nguyen", 4000)],
    ),
    "Arpajon": ("Corinne Favre", "arpajon", "+33199000031", [("Dr Inès Caron", 4500)]),
}
MSA = "Adressez-vous au service santé-sécurité au travail de votre caisse de MSA."
BTP = "Adressez-vous à l’APST-BTP-RP, le service de santé au travail du BTP en région parisienne."
EXCLUSIONS = {
    "01": ("Les salariés de l’agriculture et de l’élevage sont suivis par la MSA.", MSA),
    "02": ("Les salariés des travaux forestiers sont suivis par la MSA.", MSA),
    "03": (
        "Les salariés de la pêche et de l’aquaculture ont leur propre service de santé.",
        "Adressez-vous à votre caisse de MSA pour l’aquaculture, au service de santé des gens de mer pour la pêche.",
    ),
    "41": ("Les entreprises du bâtiment ont leur propre service de santé au travail.", BTP),
    "42": ("Les entreprises de travaux publics ont leur propre service de santé au travail.", BTP),
    "43": ("Les entreprises de travaux de construction spécialisés ont leur propre service.", BTP),
}
# entry fee, national average where it is published, SI, SIA, SIR: euros without tax
TARIFFS = {
    2024: ("20.00", None, ("106.00", "112.00", "123.00")),
    2025: ("20.00", None, ("108.00", "114.00", "126.00")),
    2026: ("20.00", "116.00", ("110.00", "116.00", "128.00")),
    2027: ("20.00", None, ("112.00", "118.00", "131.00")),
}
# mail before the @, first name, last name, group
STAFF = [
    ("lecture", "Hélène", "Dupré", permissions.READER),
    ("gestion", "Nadia", "Benali", permissions.MANAGER),
    ("compta", "Marc", "Roche", permissions.ACCOUNTANT),
    ("admin", "Sophie", "Arnaud", ""),
]
ADVISER, ADVISER_LINE = "gestion@guichet.example", "+33160840031"


def rows(name: str) -> Iterator[dict[str, str]]:
    """The lines of a table of `demo/data/`."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def build(first_day: date, last_day: date) -> dict[str, User]:
    """Everything an operator sets up before the first dossier of `first_day` arrives. Returns staff by role."""
    centres = {key: _centre(key) for key in CENTRES}
    _zone(centres)
    for prefix, (reason, where_to_go) in EXCLUSIONS.items():
        ExcludedNaf.objects.create(prefix=prefix, reason=reason, where_to_go=where_to_go)
    for year in range(first_day.year, last_day.year + 2):
        _tariff(year)
    return _staff()


def _centre(key: str) -> MedicalCentre:
    name, street, postcode, commune, phone, access = CENTRES[key]
    secretary, mailbox, desk, doctors = TEAMS[key]
    centre = MedicalCentre.objects.create(
        name=name,
        street=street,
        postcode=postcode,
        commune_name=commune,
        phone=phone,
        email=f"{mailbox}@guichet.example",
        access=access,
    )
    office = Secretary.objects.create(
        name=secretary, centre=centre, phone=desk, email=f"secretariat.{mailbox}@guichet.example"
    )
    for doctor, capacity in doctors:
        Doctor.objects.create(name=doctor, centre=centre, secretary=office, capacity=capacity)
    return centre


def _zone(centres: dict[str, MedicalCentre]) -> None:
    codes = dict(Commune.objects.filter(department=DEPARTMENT).values_list("name", "pk"))
    ZoneCommune.objects.bulk_create(
        ZoneCommune(commune_id=codes[name], centre=centres[line["centre"]])
        for line in rows("zone.csv")
        for name in line["communes"].split("|")
    )


def _tariff(year: int) -> None:
    """The tariff of a year; of a year that nobody has decided yet, the last known one."""
    entry_fee, average, amounts = TARIFFS.get(year, TARIFFS[max(TARIFFS)])
    tariff = TariffYear.objects.create(
        year=year, entry_fee=Decimal(entry_fee), national_average=Decimal(average) if average else None
    )
    for category, amount in zip(("SI", "SIA", "SIR"), amounts, strict=True):
        tariff.tariffs.create(monitoring=category, amount=Decimal(amount))


def _staff() -> dict[str, User]:
    permissions.ensure_groups()
    people = {}
    for mailbox, first_name, last_name, group in STAFF:
        user = User.objects.create_user(
            f"{mailbox}@guichet.example",
            PASSWORD,
            first_name=first_name,
            last_name=last_name,
            is_staff=True,
            is_superuser=not group,
        )
        if group:
            user.groups.add(Group.objects.get(name=group))
        people[mailbox] = user
    User.objects.filter(email=ADVISER).update(direct_line=ADVISER_LINE)
    return people


def theme_of(slug: str) -> RequestTheme:
    """A theme of requests; a migration makes them, unless the tables were emptied."""
    return RequestTheme.objects.get_or_create(slug=slug, defaults={"label": slug.capitalize()})[0]
