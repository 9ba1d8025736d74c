"""Rows for tests. A dossier in a later state gets there by the real verbs, so that all that hangs on it is true.

make_operator()                       # zone, centres, doctors, tariff: verbs need them
dossier = ApplicationFactory()        # a draft that can be submitted
dossier = ApplicationFactory(awaiting=True, employees=3)
user = UserFactory(manager=True)      # also reader=True, accountant=True, superuser=True
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import factory
import pikepdf
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from factory.django import DjangoModelFactory

from accounts.door import CONFIRMED_AT
from accounts.models import CodeDevice, User
from core.dates import today
from core.journal import Actor
from core.models import Commune, Postcode
from membership import payments, permissions, pieces, workflow
from membership.models import (
    RIGHTS,
    Access,
    Address,
    Application,
    Contact,
    Doctor,
    Employee,
    Establishment,
    ExcludedNaf,
    MedicalCentre,
    Member,
    Payment,
    Secretary,
    Tariff,
    TariffYear,
    UnpaidInvoice,
    ZoneCommune,
)

PASSWORD = "Un-mot-de-passe-2026"
CLERK = Actor("Nadia Benali")
COMPANY = Actor.person("Claire Morel")


def luhn(digits: str) -> str:
    """`digits` and the key that makes them valid."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"


def make_siren(number: int) -> str:
    return luhn(f"{44_000_000 + number}")


def make_siret(number: int, site: int = 1) -> str:
    """A valid SIRET; the same `number` is the same company."""
    return luhn(f"{make_siren(number)}{site:04d}")


def pdf_file(name: str = "kbis.pdf", text: str = "", pages: int = 1) -> SimpleUploadedFile:
    """A small real PDF; different `text` makes a different file."""
    pdf = pikepdf.new()
    for number in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
        content = f"BT /F1 18 Tf 72 720 Td ({text or name} {number + 1}) Tj ET".encode("latin-1", "replace")
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        pdf.pages[-1].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        pdf.pages[-1].Contents = pdf.make_stream(content)
    out = BytesIO()
    pdf.save(out)
    return SimpleUploadedFile(name, out.getvalue(), content_type="application/pdf")


def sign_in(client: Any, user: User) -> None:
    """Log `client` in as `user`, as far as every page asks: password and second factor passed."""
    client.force_login(user)
    device = CodeDevice.objects.create(user=user, name="Code de connexion")
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session[CONFIRMED_AT] = timezone.now().timestamp()
    session.save()


def give_access(user: User, member: Member, *rights: str, **columns: Any) -> Access:
    """The right of `user` on `member`: all of it, or only those named ("employees", "declares"…; "" for none)."""
    given = {right: right in (rights or RIGHTS) for right in RIGHTS}
    return Access.objects.create(user=user, member=member, **given, **columns)


# --- The operator ----------------------------------------------------------------------------------------------------

COMMUNES = {
    "91103": ("Brétigny-sur-Orge", "91220"),
    "91494": ("Le Plessis-Pâté", "91220"),
    "91228": ("Évry-Courcouronnes", "91000"),
}


def make_operator(year: int | None = None) -> SimpleNamespace:
    """Two centres, three doctors, three communes, a tariff for this year: all that the verbs ask for. Repeatable."""
    if not MedicalCentre.objects.exists():
        _make_zone()
    tariff, made = TariffYear.objects.get_or_create(
        year=year or today().year, defaults={"entry_fee": Decimal("20.00"), "national_average": Decimal("116.00")}
    )
    if made:
        amounts = {"SI": "98.00", "SIA": "112.00", "SIR": "135.00"}
        Tariff.objects.bulk_create(
            Tariff(year=tariff, monitoring=monitoring, amount=Decimal(amount)) for monitoring, amount in amounts.items()
        )
    centres = MedicalCentre.objects.order_by("pk")
    return SimpleNamespace(centres=list(centres), doctors=list(Doctor.objects.order_by("pk")), tariff=tariff)


def _make_zone() -> None:
    """In bulk: most tests begin with it."""
    names = {"Centre de Brétigny": "Brétigny-sur-Orge", "Centre d’Évry": "Évry-Courcouronnes"}
    common = {"street": "3 place du Marché", "postcode": "91220", "phone": "+33160840001"}
    first, second = MedicalCentre.objects.bulk_create(
        MedicalCentre(name=name, commune_name=commune, **common) for name, commune in names.items()
    )
    offices = Secretary.objects.bulk_create(
        Secretary(
            name=f"Secrétariat de {centre.commune_name}",
            centre=centre,
            phone="+33160840002",
            email="secretariat@guichet.example",
        )
        for centre in (first, second)
    )
    Doctor.objects.bulk_create(
        Doctor(name=name, centre=office.centre, secretary=office)
        for name, office in zip(
            ["Dr Anne Leroy", "Dr Paul Petit", "Dr Inès Caron"], [*offices[:1], *offices], strict=True
        )
    )
    Commune.objects.bulk_create(
        (Commune(code=code, name=name, department="91") for code, (name, _) in COMMUNES.items()), ignore_conflicts=True
    )
    Postcode.objects.bulk_create(
        (Postcode(code=postcode, commune_id=code) for code, (_, postcode) in COMMUNES.items()), ignore_conflicts=True
    )
    ZoneCommune.objects.bulk_create(
        ZoneCommune(commune_id=code, centre=second if code == "91228" else first) for code in COMMUNES
    )
    ExcludedNaf.objects.create(
        prefix="01",
        reason="L’agriculture relève de la MSA.",
        where_to_go="Adressez-vous à votre caisse de MSA.",
    )


# --- People of the back office ---------------------------------------------------------------------------------------


class UserFactory(DjangoModelFactory):
    """Somebody who logs in with PASSWORD. Without a trait: an employer's account, no staff."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        reader = factory.Trait(is_staff=True, group=permissions.READER)
        manager = factory.Trait(is_staff=True, group=permissions.MANAGER)
        accountant = factory.Trait(is_staff=True, group=permissions.ACCOUNTANT)
        superuser = factory.Trait(is_staff=True, is_superuser=True)

    email = factory.Sequence(lambda n: f"personne{n}@guichet.example")
    first_name = factory.Iterator(["Nadia", "Marc", "Hélène", "Youssef"])
    last_name = factory.Iterator(["Benali", "Roche", "Dupré", "Amrani"])

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, group: str = "", **kwargs: Any) -> User:
        user = model_class.objects.create_user(password=kwargs.pop("password", PASSWORD), **kwargs)
        if group:
            permissions.ensure_groups()
            user.groups.add(Group.objects.get(name=group))
        return user


# --- The company -----------------------------------------------------------------------------------------------------


class EstablishmentFactory(DjangoModelFactory):
    class Meta:
        model = Establishment

    siret = factory.Sequence(make_siret)
    name = factory.Sequence(lambda n: f"Menuiserie Morel {n}")
    naf = "6201Z"
    headcount = 2
    agricultural = False
    phone = "+33160850000"
    email = "contact@morel.example"
    street = "4 rue des Lilas"
    postcode = "91220"
    commune_code = "91103"
    commune_name = "Brétigny-sur-Orge"


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    establishment = factory.SubFactory(EstablishmentFactory)
    roles = ["head", "hr", "accounts", "medical"]
    first_name = "Claire"
    last_name = "Morel"
    function = "Gérante"
    phone = "+33612345678"
    email = "claire.morel@morel.example"


class AddressFactory(DjangoModelFactory):
    class Meta:
        model = Address

    establishment = factory.SubFactory(EstablishmentFactory)
    kind = Address.Kind.ADMINISTRATIVE
    same_as = Address.SITE


class EmployeeFactory(DjangoModelFactory):
    class Meta:
        model = Employee

    establishment = factory.SubFactory(EstablishmentFactory)
    last_name = factory.Sequence(lambda n: f"Durand{n}")
    first_name = "Camille"
    birth_date = date(1988, 9, 14)
    hired_on = date(2020, 3, 1)
    contract_type = Employee.Contract.CDI
    job_title = "Menuisier"
    monitoring = factory.Iterator(["SI", "SIA", "SIR"])


class MemberFactory(DjangoModelFactory):
    """A former member; `left_on=None` makes a present one."""

    class Meta:
        model = Member

    establishment = factory.SubFactory(EstablishmentFactory)
    siret = factory.LazyAttribute(lambda member: member.establishment.siret)
    number = factory.Sequence(lambda n: f"B{n:06d}")
    joined_on = date(2018, 1, 1)
    left_on = date(2022, 12, 31)


class UnpaidInvoiceFactory(DjangoModelFactory):
    class Meta:
        model = UnpaidInvoice

    member = factory.SubFactory(MemberFactory)
    number = factory.Sequence(lambda n: f"F2022-{n:04d}")
    amount = Decimal("240.00")
    due_on = date(2022, 3, 31)


# --- The dossier -----------------------------------------------------------------------------------------------------


def add_pieces(dossier: Application, *kinds: str, accepted: bool = False) -> None:
    """The company sends these pieces, or all those required; staff accept them if asked to."""
    for kind in kinds or pieces.REQUIRED:
        upload = workflow.add_piece(dossier, kind, pdf_file(f"{kind}.pdf", f"{kind} {dossier.pk}"), by=COMPANY)
        if accepted:
            workflow.review_piece(dossier, upload, accepted=True, by=CLERK)


def pay(dossier: Application, amount: Decimal | None = None, mode: str = Payment.Mode.TRANSFER) -> Payment:
    """A payment of what the proforma asks, recorded by staff."""
    amount = dossier.proforma.total if amount is None else amount
    payment = Payment(mode=mode, amount=amount, received_on=today(), reference="VIR MOREL")
    return payments.record_payment(dossier, payment, by=CLERK)


def _play(dossier: Application, until: str) -> None:
    """Bring a draft to a state as the company and the staff would."""
    if until == "draft":
        return
    workflow.submit(dossier, by=COMPANY)
    if until == "withdrawn":
        workflow.withdraw(dossier, by=COMPANY)
    if until == "unpaid":
        UnpaidInvoiceFactory(member__establishment__siret=luhn(f"{dossier.siret[:9]}0099"))
        workflow.hold_for_unpaid(dossier, by=CLERK)
    if until in ("submitted", "withdrawn", "unpaid"):
        return
    workflow.send_proforma(dossier, by=CLERK)
    dossier.refresh_from_db()
    if until == "returned":
        workflow.send_back(dossier, by=CLERK, reason="Pièces jamais reçues.")
    if until in ("refund", "complete", "accepted"):
        pay(dossier)
    if until == "refund":
        workflow.send_back(dossier, by=CLERK, reason="Pièces jamais reçues.")
    if until in ("complete", "accepted"):
        add_pieces(dossier, accepted=True)
    if until == "accepted":
        workflow.accept(dossier, by=CLERK)


class ApplicationFactory(DjangoModelFactory):
    """A dossier: a draft ready to be submitted, or further by a trait. `employees` says how many it names.

    `complete` awaits only the acceptance; `refund` was returned with a payment still to give back.
    """

    class Meta:
        model = Application
        skip_postgeneration_save = True

    class Params:
        submitted = factory.Trait(until="submitted")
        unpaid = factory.Trait(until="unpaid")
        awaiting = factory.Trait(until="awaiting")
        complete = factory.Trait(until="complete")
        accepted = factory.Trait(until="accepted")
        returned = factory.Trait(until="returned")
        refund = factory.Trait(until="refund")
        withdrawn = factory.Trait(until="withdrawn")

    establishment = factory.SubFactory(EstablishmentFactory)
    siret = factory.LazyAttribute(lambda dossier: dossier.establishment.siret)
    contact_email = "claire.morel@morel.example"
    representative_last_name = "Morel"
    representative_first_name = "Claire"
    representative_function = "Gérante"
    representative_email = "claire.morel@morel.example"
    remind_on = factory.LazyFunction(lambda: today() + timedelta(days=7))
    purge_on = factory.LazyFunction(lambda: today() + timedelta(days=60))

    @classmethod
    def _create(
        cls, model_class: type[Application], *args: Any, until: str = "draft", employees: int = 2, **kwargs: Any
    ) -> Application:
        dossier = super()._create(model_class, *args, **kwargs)
        ContactFactory(establishment=dossier.establishment)
        for kind in Address.Kind:
            AddressFactory(establishment=dossier.establishment, kind=kind)
        EmployeeFactory.create_batch(employees, establishment=dossier.establishment)
        _play(dossier, until)
        dossier.refresh_from_db()
        return dossier
