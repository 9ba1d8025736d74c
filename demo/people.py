"""The companies of the demonstration and the people in them: all invented, the same at every run."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from stdnum import luhn

from core.models import Commune, Postcode
from demo.operator import DEPARTMENT, rows
from membership.models import Address, Contact, Employee, Establishment
from membership.steps import WIZARD

CONTRACTS = [Employee.Contract.CDI] * 7 + [Employee.Contract.CDD] * 2 + [Employee.Contract.APPRENTICE]
STEPS = [step.slug for step in WIZARD.steps]


@dataclass(frozen=True)
class Company:
    """A line of `companies.csv`."""

    place: int  # in the file: gives its numbers
    key: str
    name: str
    naf: str
    commune: str
    street: str
    employees: int
    head: str
    function: str

    @property
    def siret(self) -> str:
        return make_siret(self.place, 1)

    @property
    def domain(self) -> str:
        return f"{_plain(self.name)}.example"

    @property
    def head_names(self) -> tuple[str, str]:
        first, last = self.head.split(" ", 1)
        return first, last

    @property
    def head_email(self) -> str:
        return f"{_plain(self.head).replace('-', '.')}@{self.domain}"

    @property
    def phone(self) -> str:
        return f"+3319900{1000 + self.place}"

    @property
    def mobile(self) -> str:
        return f"+336000{10000 + self.place}"


def companies() -> dict[str, Company]:
    """Every company by its key."""
    found = {}
    for place, line in enumerate(rows("companies.csv"), 1):
        found[line["key"]] = Company(**{**line, "place": place, "employees": int(line["employees"])})
    return found


def make_siret(company: int, site: int) -> str:
    """A SIRET with right keys that nobody has: the register gives no SIREN that begins with two zeros."""
    siren = _with_key(f"00{431_000 + 37 * company}")
    return _with_key(f"{siren}{site:04d}")


def fill_establishment(establishment: Establishment, company: Company) -> None:
    """Steps 1 and 2."""
    commune = Commune.objects.get(name=company.commune, department=DEPARTMENT)
    establishment.siret = company.siret
    establishment.name = company.name
    establishment.naf = company.naf
    establishment.headcount = company.employees
    establishment.agricultural = False
    establishment.phone = company.phone
    establishment.email = f"contact@{company.domain}"
    establishment.street = company.street
    establishment.postcode = Postcode.objects.filter(commune=commune).order_by("code").values_list("code", flat=True)[0]
    establishment.commune_code, establishment.commune_name = commune.pk, commune.name
    establishment.save()


def add_contacts(establishment: Establishment, company: Company) -> None:
    """Step 3: who runs the place, and an accountant in the larger ones."""
    first_name, last_name = company.head_names
    small = company.employees < 10
    Contact.objects.create(
        establishment=establishment,
        roles=["head", "hr", "accounts", "medical"] if small else ["head", "hr", "medical"],
        first_name=first_name,
        last_name=last_name,
        function=company.function,
        phone=company.mobile,
        email=company.head_email,
    )
    if not small:
        first_name, last_name = _person(random.Random(company.place))
        Contact.objects.create(
            establishment=establishment,
            roles=["accounts"],
            first_name=first_name,
            last_name=last_name,
            function="Comptable",
            phone=company.phone,
            email=f"comptabilite@{company.domain}",
        )


def add_addresses(establishment: Establishment, company: Company) -> None:
    """Step 4: the establishment's own address, but for the bills of every third company."""
    for kind in Address.Kind:
        Address.objects.create(establishment=establishment, kind=kind, same_as=Address.SITE)
    if company.place % 3 == 0:
        accountant = {"recipient": "Cabinet Duval et associés", "street": "3 rue Jean-Jaurès", "postcode": "91390"}
        town = {"commune_code": "91434", "commune_name": "Morsang-sur-Orge"}
        establishment.addresses.filter(kind=Address.Kind.BILLING).update(same_as="", **accountant, **town)


def add_employees(establishment: Establishment, company: Company, day: date) -> None:
    """Step 5, as it was on `day`."""
    dice = random.Random(company.place)
    people = set[tuple[str, str]]()
    while len(people) < company.employees:
        people.add(_person(dice))
    Employee.objects.bulk_create(_employee(establishment, company, names, day, dice) for names in sorted(people))


def newcomer(establishment: Establishment, company: Company, day: date, dice: random.Random) -> Employee:
    """Somebody whom nobody knows there yet, hired on `day`. Not saved."""
    known = set(establishment.employees.values_list("first_name", "last_name"))
    names = _person(dice)
    while names in known:
        names = _person(dice)
    found = _employee(establishment, company, names, day, dice)
    found.hired_on = day
    return found


def _employee(
    establishment: Establishment, company: Company, names: tuple[str, str], day: date, dice: random.Random
) -> Employee:
    jobs = _jobs(company.naf[:2])
    special = [line for line in jobs if line["naf"]]
    job = dice.choice(special or jobs) if dice.random() < 0.8 else dice.choice(jobs)
    contract = dice.choice(CONTRACTS)
    age = dice.randint(17, 24) if contract == Employee.Contract.APPRENTICE else dice.randint(21, 62)
    return Employee(
        establishment=establishment,
        first_name=names[0],
        last_name=names[1],
        birth_date=day - timedelta(days=365 * age + dice.randint(0, 364)),
        hired_on=day - timedelta(days=dice.randint(20, 300 if age < 25 else 4000 if age > 35 else 1200)),
        contract_type=contract,
        job_title=job["job"],
        pcs_code=job["pcs"],
        monitoring=job["monitoring"],
    )


def _person(dice: random.Random) -> tuple[str, str]:
    names = _names()
    return dice.choice(names)["first"], dice.choice(names)["last"]


@cache
def _jobs(division: str) -> list[dict[str, str]]:
    return [line for line in rows("jobs.csv") if line["naf"] in ("", division)]


@cache
def _names() -> list[dict[str, str]]:
    return list(rows("names.csv"))


def make_iban(company: int) -> str:
    """A French IBAN with right keys, of a bank that does not exist: nobody's account."""
    bank, branch, account = 99_999, 91, 4_310_000 + 37 * company
    key = 97 - (89 * bank + 15 * branch + 3 * account) % 97
    bban = f"{bank:05d}{branch:05d}{account:011d}{key:02d}"
    return f"FR{98 - int(bban + '152700') % 97:02d}{bban}"


def _plain(text: str) -> str:
    """« Fabien Lévêque » as `fabien-leveque`."""
    ascii_text = unicodedata.normalize("NFKD", text.replace("’", " ")).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in ascii_text).lower().split())


def _with_key(digits: str) -> str:
    return digits + luhn.calc_check_digit(digits)
