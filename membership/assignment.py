"""Which medical team follows a new member (M-24): the commune gives the centre, the load gives the doctor."""

from __future__ import annotations

from core.transitions import Refused
from membership.models import Doctor, Establishment, ZoneCommune


def choose_doctor(establishment: Establishment) -> Doctor:
    """The doctor with most room, relative to his capacity, at the centre of the establishment's commune."""
    zone = ZoneCommune.objects.filter(commune=establishment.commune_code).first()
    if zone is None:
        raise Refused(
            "La commune de l’établissement n’est plus dans la zone : rattachez-la d’abord à un centre médical."
        )
    doctors = Doctor.objects.filter(centre=zone.centre_id, active=True).with_load()
    doctor = doctors.select_related("centre", "secretary").order_by("load", "name", "pk").first()
    if doctor is None:
        raise Refused("Aucun médecin de ce centre ne reçoit de nouveaux adhérents : ajoutez-en un, puis recommencez.")
    return doctor
