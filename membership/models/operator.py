"""What the operator decides: zone, exclusions, medical teams, tariff, help texts. Staff edit all of it in the admin."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Count, FloatField, OuterRef, Subquery
from django.db.models.functions import Cast, Coalesce

from core.models import Commune
from core.money import euros
from membership.models.establishment import Employee, Monitoring


class MedicalCentre(models.Model):
    name = models.CharField("nom", max_length=100, unique=True)
    street = models.CharField("adresse", max_length=120)
    postcode = models.CharField("code postal", max_length=5)
    commune_name = models.CharField("commune", max_length=60)
    phone = models.CharField("téléphone", max_length=20)
    email = models.EmailField("adresse électronique", blank=True)
    access = models.CharField("accès", max_length=200, blank=True, help_text="Transports, stationnement, accès PMR")

    class Meta:
        verbose_name = "centre médical"
        verbose_name_plural = "centres médicaux"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Secretary(models.Model):
    """A medical secretary's office: whom to call for appointments."""

    name = models.CharField("nom", max_length=100)
    centre = models.ForeignKey(
        MedicalCentre, verbose_name="centre", on_delete=models.PROTECT, related_name="secretaries"
    )
    phone = models.CharField("téléphone", max_length=20)
    email = models.EmailField("adresse électronique")

    class Meta:
        verbose_name = "secrétariat médical"
        verbose_name_plural = "secrétariats médicaux"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DoctorQuerySet(models.QuerySet):
    def with_load(self) -> Self:
        """With `followed`, how many employees each looks after, and `load`, the same as a part of his capacity."""
        from membership.models.member import Member  # which names its doctor

        theirs = Employee.objects.staying().filter(
            establishment__member__in=Member.objects.present(), establishment__member__doctor=OuterRef("pk")
        )
        counted = theirs.order_by().values("establishment__member__doctor").values(count=Count("pk"))
        followed = self.annotate(followed=Coalesce(Subquery(counted), 0))
        return followed.annotate(load=Cast("followed", FloatField()) / Cast("capacity", FloatField()))


class Doctor(models.Model):
    name = models.CharField("nom", max_length=100, help_text="Tel qu’il est écrit au récépissé : Dr Anne Leroy")
    centre = models.ForeignKey(MedicalCentre, verbose_name="centre", on_delete=models.PROTECT, related_name="doctors")
    secretary = models.ForeignKey(
        Secretary, verbose_name="secrétariat", on_delete=models.PROTECT, related_name="doctors"
    )
    capacity = models.PositiveIntegerField(
        "capacité", default=5000, validators=[MinValueValidator(1)], help_text="Nombre de salariés que le médecin suit"
    )
    active = models.BooleanField("reçoit de nouveaux adhérents", default=True)

    objects = DoctorQuerySet.as_manager()

    class Meta:
        verbose_name = "médecin du travail"
        verbose_name_plural = "médecins du travail"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ZoneCommune(models.Model):
    """A commune of the operator's agreed zone and the centre that serves it."""

    commune = models.OneToOneField(Commune, verbose_name="commune", on_delete=models.PROTECT, related_name="zone")
    centre = models.ForeignKey(MedicalCentre, verbose_name="centre", on_delete=models.PROTECT, related_name="communes")

    class Meta:
        verbose_name = "commune de la zone"
        verbose_name_plural = "communes de la zone"
        ordering = ["commune__name"]

    def __str__(self) -> str:
        return str(self.commune)


class ExcludedNaf(models.Model):
    """Activities the operator may not follow, by the beginning of their NAF code, and where to send them."""

    prefix = models.CharField(
        "début du code NAF",
        max_length=5,
        unique=True,
        validators=[RegexValidator(r"^\d{2}(\d{2}[A-Z]?|\d)?$", "Indiquez 2 à 5 caractères, par exemple 01 ou 4120A.")],
    )
    reason = models.CharField("pourquoi", max_length=300, help_text="Phrase montrée à l’entreprise")
    where_to_go = models.CharField("où s’adresser", max_length=300, help_text="Phrase montrée à l’entreprise")

    class Meta:
        verbose_name = "activité exclue"
        verbose_name_plural = "activités exclues"
        ordering = ["prefix"]

    def __str__(self) -> str:
        return self.prefix


class TariffYear(models.Model):
    """What membership costs in a calendar year. Amounts are euros without tax."""

    year = models.PositiveIntegerField("année", unique=True)
    entry_fee = models.DecimalField(
        "droit d’entrée par salarié", max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    vat_rate = models.DecimalField("taux de TVA (%)", max_digits=5, decimal_places=2, default=Decimal("20.00"))
    national_average = models.DecimalField(
        "coût moyen national",
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Arrêté annuel. La fourchette légale d’une cotisation va de 80 à 120 % de ce coût.",
    )

    class Meta:
        verbose_name = "tarif annuel"
        verbose_name_plural = "tarifs annuels"
        ordering = ["-year"]

    def __str__(self) -> str:
        return f"Tarif {self.year}"


class Tariff(models.Model):
    """The contribution of one employee of one category for one year, in euros without tax."""

    year = models.ForeignKey(TariffYear, on_delete=models.CASCADE, related_name="tariffs")
    monitoring = models.CharField("type de suivi", max_length=3, choices=Monitoring)
    amount = models.DecimalField(
        "montant HT par salarié", max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )

    class Meta:
        verbose_name = "tarif"
        verbose_name_plural = "tarifs par type de suivi"
        constraints = [models.UniqueConstraint(fields=["year", "monitoring"], name="one_tariff_per_category")]

    def __str__(self) -> str:
        return f"{self.get_monitoring_display()} : {euros(self.amount)}"


class HelpText(models.Model):
    """A text shown to employers that staff may word as they like."""

    slug = models.SlugField("clé", max_length=40, unique=True)
    title = models.CharField("titre", max_length=120)
    body = models.TextField("texte", help_text="Texte simple. Une ligne vide sépare deux paragraphes.")

    class Meta:
        verbose_name = "texte d’aide"
        verbose_name_plural = "textes d’aide"
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title
