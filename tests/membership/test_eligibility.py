"""Who may join: every refusal says why and where to go instead."""

from __future__ import annotations

import pytest

from core.identifiers import Invalid, clean_siret
from core.models import Commune
from membership.eligibility import open_dossier, refusals
from membership.models import ExcludedNaf, ZoneCommune
from tests.factories import ApplicationFactory, EstablishmentFactory, MemberFactory, make_siret

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator"), pytest.mark.req("M-02", "D-16")]

FIT = {"siret": make_siret(1), "commune_code": "91103", "naf": "6201Z", "headcount": 1, "agricultural": False}


def asked(**changes: object) -> list[tuple[str, str]]:
    return [(refusal.reason, refusal.where_to_go) for refusal in refusals(**{**FIT, **changes})]


def test_who_fulfils_all_conditions_may_join():
    assert asked() == []


@pytest.mark.parametrize(
    ("changes", "why", "where"),
    [
        ({"agricultural": True}, "régime agricole", "caisse de MSA"),
        ({"headcount": 0}, "au moins un salarié", "première embauche"),
        ({"naf": "0111Z"}, "agriculture", "caisse de MSA"),
        ({"commune_code": "75101"}, "zone d’agrément", "DREETS"),
        ({"commune_code": ""}, "zone d’agrément", "DREETS"),
    ],
)
def test_each_refusal_says_why_and_where_to_go(changes, why, where):
    [(reason, where_to_go)] = asked(**changes)
    assert why in reason
    assert where in where_to_go


def test_a_present_member_is_sent_to_his_space_and_a_former_one_may_come_back():
    member = MemberFactory(left_on=None)
    [(reason, where_to_go)] = asked(siret=member.siret)
    assert "déjà adhérent" in reason
    assert "espace adhérent" in where_to_go
    former = MemberFactory()
    assert asked(siret=former.siret) == []


def test_all_reasons_are_given_at_once():
    reasons = asked(agricultural=True, headcount=0, naf="0111Z", commune_code="75101")
    assert len(reasons) == 4


def test_another_establishment_of_a_member_may_join():
    member = MemberFactory(left_on=None, establishment__siret=make_siret(55, 1))
    assert asked(siret=make_siret(55, 2)) == []
    assert member.siret != make_siret(55, 2)


def test_the_most_precise_exclusion_speaks():
    ExcludedNaf.objects.create(prefix="0111Z", reason="Les céréales sont à part.", where_to_go="Chambre d’agriculture.")
    assert asked(naf="0111Z") == [("Les céréales sont à part.", "Chambre d’agriculture.")]
    assert "agriculture" in asked(naf="0113Z")[0][0]
    assert asked(naf="1011Z") == [], "01 at the beginning only"


def test_a_corsican_commune_counts_like_any_other(operator):
    ajaccio = Commune.objects.create(code="2A004", name="Ajaccio", department="2A")
    assert "zone d’agrément" in asked(commune_code="2A004")[0][0]
    ZoneCommune.objects.create(commune=ajaccio, centre=operator.centres[0])
    assert asked(commune_code="2A004") == []


@pytest.mark.parametrize("siret", ["356 000 000 00048", "35600000049837"])
def test_la_poste_and_its_offices_have_a_siret_of_their_own_key(siret):
    assert clean_siret(siret) == siret.replace(" ", "")


@pytest.mark.parametrize("siret", ["00000000000000", "44000001000017", "4400000100001", "abc", ""])
def test_what_is_no_siret_is_refused(siret):
    with pytest.raises(Invalid):
        clean_siret(siret)


@pytest.mark.req("B-01")
@pytest.mark.parametrize("trait", ["draft", "submitted", "unpaid", "awaiting"])
def test_an_open_request_for_the_same_siret_is_found(trait):
    first = ApplicationFactory() if trait == "draft" else ApplicationFactory(**{trait: True})
    assert open_dossier(first.siret) == first
    assert open_dossier(first.siret, besides=first) is None
    assert open_dossier(make_siret(900_001)) is None


@pytest.mark.parametrize("trait", ["accepted", "returned", "withdrawn"])
def test_a_closed_request_is_in_nobodys_way(trait):
    first = ApplicationFactory(**{trait: True})
    assert open_dossier(first.siret) is None
    ApplicationFactory(establishment=EstablishmentFactory(siret=first.siret))  # and the database agrees
