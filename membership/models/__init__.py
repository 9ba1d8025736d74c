from membership.models.application import Application, Payment, PieceRequest, Proforma
from membership.models.asked import LinksAsked
from membership.models.establishment import Address, Contact, EarlierStay, Employee, Establishment
from membership.models.member import RIGHTS, Access, Member, UnpaidInvoice
from membership.models.message import DossierMessage
from membership.models.operator import (
    Doctor,
    ExcludedNaf,
    HelpText,
    MedicalCentre,
    Secretary,
    Tariff,
    TariffYear,
    ZoneCommune,
)

__all__ = [
    "RIGHTS",
    "Access",
    "Address",
    "Application",
    "Contact",
    "Doctor",
    "DossierMessage",
    "EarlierStay",
    "Employee",
    "Establishment",
    "ExcludedNaf",
    "HelpText",
    "LinksAsked",
    "MedicalCentre",
    "Member",
    "Payment",
    "PieceRequest",
    "Proforma",
    "Secretary",
    "Tariff",
    "TariffYear",
    "UnpaidInvoice",
    "ZoneCommune",
]
