"""What staff see before they open a campaign: who is called, what it should bring, what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef

from contributions.filling import called
from contributions.models import Campaign
from contributions.recipients import unreachable
from core.dates import french_date, today
from core.money import cents
from core.text import counted
from membership.corridor import outside_corridor
from membership.models import Employee, TariffYear
from membership.models.establishment import Monitoring

SHORT = 15  # days: less than that to declare is told


@dataclass(frozen=True)
class Line:
    label: str
    count: int
    unit: Decimal | None

    @property
    def amount(self) -> Decimal:
        return cents(self.count * (self.unit or Decimal(0)))


@dataclass
class Preparation:
    """`problems` bar the opening, `warnings` do not."""

    members: int = 0
    empty: int = 0
    lines: list[Line] = field(default_factory=list)
    vat_rate: Decimal = Decimal(0)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def employees(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def net(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def vat(self) -> Decimal:
        return cents(self.net * self.vat_rate / 100)

    @property
    def total(self) -> Decimal:
        return self.net + self.vat


def problems_of(campaign: Campaign) -> list[str]:
    """What bars the opening, each with what to do about it. Cheap: it counts nobody."""
    return [*_dates(campaign), *_tariff(campaign.year)[1]]


def prepare(campaign: Campaign) -> Preparation:
    """All of it, with the members and their employees counted."""
    tariff, missing = _tariff(campaign.year)
    found = Preparation(problems=[*_dates(campaign), *missing])
    members = called(campaign)
    present = Employee.objects.present(campaign.reference_day)
    found.members = members.count()
    found.empty = members.filter(~Exists(present.filter(establishment=OuterRef("establishment")))).count()
    units = dict(tariff.tariffs.values_list("monitoring", "amount")) if tariff else {}
    counts = present.filter(establishment__member__in=members).order_by()
    by_category = dict(counts.values_list("monitoring").annotate(Count("pk")))
    found.lines = [Line(each.label, by_category.get(each.value, 0), units.get(each.value)) for each in Monitoring]
    found.vat_rate = tariff.vat_rate if tariff else Decimal(0)
    if not found.members:
        found.problems.append("Aucun adhérent n’est concerné : il n’y a pas de déclaration à préparer.")
    found.warnings = _warnings(campaign, found, tariff, members.filter(unreachable()).count())
    return found


def _dates(campaign: Campaign) -> list[str]:
    found = []
    if campaign.opens_on < campaign.reference_day:
        found.append(
            f"La campagne {campaign.year} ne peut pas ouvrir avant le {french_date(campaign.reference_day)}, jour où "
            "les salariés se comptent. Changez la date d’ouverture."
        )
    if campaign.deadline < max(today(), campaign.opens_on):
        found.append(f"La date limite ({french_date(campaign.deadline)}) est déjà passée. Changez-la.")
    return found


def _tariff(year: int) -> tuple[TariffYear | None, list[str]]:
    tariff = TariffYear.objects.filter(year=year).first()
    if tariff is None:
        return None, [f"Le tarif {year} n’est pas saisi : ajoutez-le dans « Tarifs annuels »."]
    known = set(tariff.tariffs.values_list("monitoring", flat=True))
    missing = [category.label for category in Monitoring if category.value not in known]
    sentence = f"Le tarif {year} n’a pas de montant pour le suivi {', '.join(missing)} : complétez-le."
    return tariff, [sentence] if missing else []


def _warnings(campaign: Campaign, found: Preparation, tariff: TariffYear | None, silent: int) -> list[str]:
    said = outside_corridor(tariff) if tariff else []
    if tariff and not tariff.national_average:
        said.append("Le coût moyen national de l’année n’est pas saisi : la fourchette légale n’est pas vérifiée.")
    if found.empty:
        gets = "il reçoit" if found.empty == 1 else "ils reçoivent"
        said.append(
            f"{counted(found.empty, 'adhérent n’a', 'adhérents n’ont')} aucun salarié présent le "
            f"{french_date(campaign.reference_day)} : {gets} quand même une déclaration, à zéro."
        )
    if silent and campaign.announces:
        them, to_them = ("le", "lui") if silent == 1 else ("les", "leur")
        said.append(
            f"{counted(silent, 'adhérent n’a', 'adhérents n’ont')} ni compte ni adresse électronique : "
            f"prévenez-{them} par courrier, aucune annonce ne {to_them} parviendra."
        )
    if (campaign.deadline - max(today(), campaign.opens_on)).days < SHORT:
        said.append(f"Il reste moins de {SHORT} jours entre l’ouverture et la date limite.")
    if not campaign.penalties.strip():
        said.append("Aucune phrase sur les pénalités : les relances d’après la date limite n’en parleront pas.")
    return said
