from django.db import models


class Sequence(models.Model):
    """The last number given in a gapless series (see core.numbering)."""

    name = models.CharField("série", max_length=60, primary_key=True)
    last = models.PositiveBigIntegerField("dernier numéro", default=0)

    class Meta:
        verbose_name = "série de numéros"
        verbose_name_plural = "séries de numéros"

    def __str__(self) -> str:
        return f"{self.name} : {self.last}"
