"""A company's establishment and the people in it.

The same rows serve the membership dossier, the member's space and the portals to come (D-21): nothing is copied when a
dossier becomes a member.
"""

from __future__ import annotations

import uuid
from datetime import date
from functools import lru_cache
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from core.dates import today
from core.fields import FoldedField
from core.text import fold

MAX_EMPLOYEES = 2000


class PostalAddress(models.Model):
    """A French postal address; the commune is kept by its INSEE code and by the name it had when it was chosen."""

    street = models.CharField("numéro et voie", max_length=120, blank=True)
    street_more = models.CharField("complément d’adresse", max_length=120, blank=True)
    postcode = models.CharField("code postal", max_length=5, blank=True)
    commune_code = models.CharField("commune", max_length=5, blank=True)
    commune_name = models.CharField("nom de la commune", max_length=60, blank=True)

    class Meta:
        abstract = True

    @property
    def address_lines(self) -> list[str]:
        return [
            line for line in (self.street, self.street_more, f"{self.postcode} {self.commune_name}".strip()) if line
        ]


class Establishment(PostalAddress):
    """An employer's establishment, known by its SIRET."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    siret = models.CharField("SIRET", max_length=14, blank=True, db_index=True)
    name = models.CharField("raison sociale", max_length=150, blank=True)
    trade_name = models.CharField("enseigne", max_length=150, blank=True)
    floor = models.CharField("appartement / étage", max_length=120, blank=True)
    locality = models.CharField("lieu-dit ou boîte postale", max_length=120, blank=True)
    naf = models.CharField("code NAF", max_length=5, blank=True)
    headcount = models.PositiveIntegerField(
        "nombre de salariés", null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(100_000)]
    )
    agricultural = models.BooleanField("régime agricole (MSA)", null=True, blank=True)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    email = models.EmailField("adresse électronique", blank=True)
    folded = FoldedField(sources=("name", "trade_name"))

    class Meta:
        verbose_name = "établissement"
        verbose_name_plural = "établissements"
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["name"])]

    def __str__(self) -> str:
        return self.name or self.siret or "Établissement sans nom"

    def billing_lines(self) -> list[str]:
        """The address that invoices are made out to: the billing one, else the establishment's own."""
        return self._lines_for(Address.Kind.BILLING)

    def postal_lines(self) -> list[str]:
        """What stands on an envelope: the name, then the administrative address, else the establishment's own."""
        lines = self._lines_for(Address.Kind.ADMINISTRATIVE)
        return [self.name or self.trade_name, *lines] if lines else []

    def _lines_for(self, kind: str) -> list[str]:
        address = self.addresses.filter(kind=kind).first()
        return (address.resolved_lines() if address else []) or self.address_lines

    @property
    def address_lines(self) -> list[str]:
        town = f"{self.postcode} {self.commune_name}".strip()
        return [line for line in (self.street, self.street_more, self.floor, self.locality, town) if line]

    def labelled_addresses(self) -> list[tuple[str, list[str]]]:
        """What each address is for, and its lines as they stand on an envelope."""
        models.prefetch_related_objects([self], "addresses")  # one may be the same as another: read once
        return [(address.get_kind_display(), address.resolved_lines()) for address in self.addresses.all()]


def company_named(text: str, path: str = "") -> Q:
    """Companies whose name and trade name hold every word of `text`, whatever the case and the accents.

    `path` leads to the establishment (« establishment__ »). What has no letter or digit names nobody.
    """
    words = fold(text).split()
    found = Q(**{f"{path}folded__contains": words[0]}) if words else Q(pk__in=[])
    for word in words[1:]:
        found &= Q(**{f"{path}folded__contains": word})
    return found


class Contact(models.Model):
    """Somebody to talk to in the establishment; one person may hold several roles."""

    class Role(models.TextChoices):
        HEAD = "head", "Dirigeant"
        HR = "hr", "Ressources humaines"
        ACCOUNTS = "accounts", "Comptabilité"
        MEDICAL = "medical", "Suivi médical (convocations)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    establishment = models.ForeignKey(Establishment, on_delete=models.CASCADE, related_name="contacts")
    roles = models.JSONField("rôles", default=list)
    last_name = models.CharField("nom", max_length=80)
    first_name = models.CharField("prénom", max_length=80)
    function = models.CharField("fonction", max_length=80, blank=True)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    email = models.EmailField("adresse électronique")
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "contact"
        verbose_name_plural = "contacts"
        ordering = ["last_name", "first_name", "pk"]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def role_labels(self) -> str:
        return ", ".join(label for value, label in self.Role.choices if value in self.roles)


class Address(PostalAddress):
    """Where to write for one purpose: its own address, or the same as another one."""

    class Kind(models.TextChoices):
        ADMINISTRATIVE = "administrative", "Adresse administrative"
        BILLING = "billing", "Adresse de facturation"
        SUMMONS = "summons", "Adresse d’envoi des convocations"

    SITE = "site"  # same_as: the establishment's own address

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    establishment = models.ForeignKey(Establishment, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField("usage", max_length=20, choices=Kind)
    same_as = models.CharField("identique à", max_length=20, blank=True)
    recipient = models.CharField("à l’attention de", max_length=120, blank=True)

    class Meta:
        verbose_name = "adresse"
        verbose_name_plural = "adresses"
        ordering = ["kind"]
        constraints = [
            models.UniqueConstraint(fields=["establishment", "kind"], name="one_address_per_use"),
            models.CheckConstraint(
                condition=~models.Q(same_as="") | ~models.Q(street="", postcode=""), name="address_own_or_same"
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    def resolved_lines(self) -> list[str]:
        """The address to print, whichever it is the same as."""
        if not self.same_as:
            lines = self.address_lines
        elif self.same_as == self.SITE:
            lines = self.establishment.address_lines
        else:
            others = {address.kind: address for address in self.establishment.addresses.all()}
            lines = others[self.same_as].resolved_lines() if self.same_as in others else []
        return [self.recipient, *lines] if self.recipient else lines


class Monitoring(models.TextChoices):
    """Category of medical monitoring (« suivi »), on which the contribution depends."""

    SI = "SI", "Simple (SI)"
    SIA = "SIA", "Adapté (SIA)"
    SIR = "SIR", "Renforcé (SIR)"


def employed(on: date, path: str = "") -> Q:
    """Employed on the day `on`, in the present stay or in an earlier one: hired by then, and not gone before. `path`
    leads to employees (« employees__ »). Earlier stays are looked for only where the present one is not of that day."""
    stays = Q(**{f"{path}left_on": None}) | Q(**{f"{path}left_on__gte": on})
    return stays & Q(**{f"{path}hired_on__lte": on}) | Q(was_there(on, f"{path}pk"))


@lru_cache(maxsize=64)
def was_there(on: date, key: str = "pk") -> Exists:
    """Whether an earlier stay of the employee whose key is `key` holds the day `on`. Kept: every page of a declaration
    asks it several times, for the same day, and to write it costs more than to run it."""
    return Exists(EarlierStay.objects.on(on).filter(employee=OuterRef(key)))


class EmployeeQuerySet(models.QuerySet):
    def present(self, on: date | None = None) -> Self:
        """Those employed on the day `on` (today): hired by then, and not gone before."""
        return self.filter(employed(on or today()))

    def staying(self) -> Self:
        """Those who have not left, hired already or soon: the list of employees as people mean it."""
        return self.filter(Q(left_on=None) | Q(left_on__gte=today()))


class Employee(models.Model):
    """A worker to follow. No NIR: an occupational-health service has no right to it (D-22).

    One row a person and establishment, whichever portal wrote it (D-21). Who leaves keeps the row: `left_on` is the
    last day of work. Who is hired again keeps it too, and what he had before as an `EarlierStay`.
    """

    class Contract(models.TextChoices):
        CDI = "cdi", "CDI"
        CDD = "cdd", "CDD"
        APPRENTICE = "apprentice", "Contrat d’apprentissage ou de professionnalisation"
        SEASONAL = "seasonal", "Contrat saisonnier"
        INTERN = "intern", "Stage"
        OTHER = "other", "Autre"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    establishment = models.ForeignKey(Establishment, on_delete=models.CASCADE, related_name="employees")
    last_name = models.CharField("nom", max_length=80)
    first_name = models.CharField("prénom", max_length=80)
    birth_date = models.DateField("date de naissance")
    hired_on = models.DateField("date d’embauche")
    contract_type = models.CharField("type de contrat", max_length=12, choices=Contract)
    job_title = models.CharField("poste", max_length=100)
    pcs_code = models.CharField("code PCS-ESE", max_length=4, blank=True)
    monitoring = models.CharField("type de suivi", max_length=3, choices=Monitoring)
    left_on = models.DateField("dernier jour de travail", null=True, blank=True)
    folded = FoldedField(sources=("last_name", "first_name", "job_title"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = EmployeeQuerySet.as_manager()

    class Meta:
        verbose_name = "salarié"
        verbose_name_plural = "salariés"
        ordering = ["last_name", "first_name", "birth_date", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "last_name", "first_name", "birth_date"], name="employee_once"
            ),
            models.CheckConstraint(condition=models.Q(hired_on__gt=models.F("birth_date")), name="hired_after_birth"),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=models.F("hired_on")), name="employee_left_after_hiring"
            ),
        ]
        # A page of the list by name or by hiring; how many left, how many are to come.
        indexes = [
            models.Index(fields=["establishment", "folded"], name="employee_by_name"),
            models.Index(fields=["establishment", "hired_on"], name="employee_by_hiring"),
            models.Index(fields=["establishment", "left_on"], name="employee_left"),
            # Headcounts by category, at any day, from the index alone; the key leads to earlier stays.
            models.Index(
                fields=["establishment", "monitoring", "hired_on", "left_on", "id"], name="employee_by_category"
            ),
            models.Index(fields=["left_on"], name="employee_gone", condition=Q(left_on__isnull=False)),
            models.Index(fields=["birth_date"], name="employee_born"),
        ]

    def __str__(self) -> str:
        return f"{self.last_name} {self.first_name}"

    @property
    def is_staying(self) -> bool:
        return self.left_on is None or self.left_on >= today()


class EarlierStayQuerySet(models.QuerySet):
    def on(self, day: date) -> Self:
        """Those that hold the day `day`."""
        return self.filter(hired_on__lte=day, left_on__gte=day)


class EarlierStay(models.Model):
    """A stay that ended before its employee was hired again: who was there on 1 January was, whatever came since.

    Stays of one employee do not overlap; the present one is the last, in `Employee`.
    """

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="earlier_stays")
    hired_on = models.DateField("date d’embauche")
    left_on = models.DateField("dernier jour de travail")

    objects = EarlierStayQuerySet.as_manager()

    class Meta:
        verbose_name = "période de travail précédente"
        verbose_name_plural = "périodes de travail précédentes"
        ordering = ["hired_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["employee", "hired_on"], name="earlier_stay_once"),
            models.CheckConstraint(
                condition=Q(left_on__gte=models.F("hired_on")), name="earlier_stay_left_after_hiring"
            ),
        ]
        indexes = [models.Index(fields=["left_on"], name="earlier_stay_left")]

    def __str__(self) -> str:
        return f"du {self.hired_on:%d/%m/%Y} au {self.left_on:%d/%m/%Y}"
