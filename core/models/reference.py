"""Official reference data, loaded by `manage.py load_reference` from `core/data/`."""

from __future__ import annotations

from django.db import models


class Commune(models.Model):
    """A French commune (INSEE code, Code officiel géographique)."""

    code = models.CharField("code INSEE", max_length=5, primary_key=True)
    name = models.CharField("nom", max_length=60)
    department = models.CharField("département", max_length=3, db_index=True)

    class Meta:
        verbose_name = "commune"
        verbose_name_plural = "communes"
        ordering = ["name", "code"]

    def __str__(self) -> str:
        return self.name


class Postcode(models.Model):
    """One postcode of one commune: a postcode serves several communes and a commune may have several postcodes."""

    code = models.CharField("code postal", max_length=5, db_index=True)
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, related_name="postcodes")

    class Meta:
        verbose_name = "code postal"
        verbose_name_plural = "codes postaux"
        ordering = ["code", "commune_id"]
        constraints = [models.UniqueConstraint(fields=["code", "commune"], name="postcode_once")]

    def __str__(self) -> str:
        return self.code


class Naf(models.Model):
    """An activity of the « Nomenclature d'activités française », revision 2 (`6201Z`)."""

    code = models.CharField("code NAF", max_length=5, primary_key=True)  # without its dot: 6201Z
    label = models.CharField("libellé", max_length=200)

    class Meta:
        verbose_name = "code NAF"
        verbose_name_plural = "codes NAF"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code[:2]}.{self.code[2:]} {self.label}"
