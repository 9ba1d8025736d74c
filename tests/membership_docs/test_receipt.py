"""The récépissé d'adhésion: number, medical team, access."""

from __future__ import annotations

import pytest

from membership import workflow
from membership.models import Application, MedicalCentre, Member, Secretary
from tests.factories import CLERK, ApplicationFactory
from tests.membership_docs.conftest import document, plain, squeeze

pytestmark = pytest.mark.django_db


def accepted(**fields: object) -> Application:
    dossier = ApplicationFactory(complete=True, **fields)
    workflow.accept(dossier, by=CLERK)
    return dossier


@pytest.mark.req("M-20", "M-25", "M-26")
def test_gives_the_team_and_the_login(operator, read):
    dossier = accepted(establishment__name="Ateliers Morel", employees=3)
    member = Member.objects.get(establishment=dossier.establishment)
    text = plain(read(document(dossier, "recepisse")))
    for words in [
        "Récépissé d’adhésion", "Vous êtes maintenant adhérent", f"Numéro d’adhérent {member.number}",
        "Ateliers Morel", "23 novembre 2026", "3 salariés suivis",
        member.centre.name, "3 place du Marché 91220 Brétigny-sur-Orge", "01 60 84 00 01",
        member.doctor.name, member.doctor.secretary.name, "01 60 84 00 02", "secretariat@guichet.example",
        "Identifiant claire.morel@morel.example",
        "Dans votre espace adhérent en ligne, vous pouvez : mettre à jour la liste de vos salariés au fil de l’eau",
        "effectuer votre déclaration annuelle", "récupérer votre facture d’adhésion acquittée",
        "Prenez contact avec le secrétariat",
    ]:  # fmt: skip
        assert squeeze(words) in squeeze(text), words


@pytest.mark.req("D-02", "M-20")
def test_holds_no_password_and_no_link(operator, read):
    text = read(document(accepted(), "recepisse"))
    assert "http" not in text
    assert "vous le choisissez vous-même" in plain(text)


@pytest.mark.fault("F2")
def test_names_like_code_are_printed_as_typed(operator, read):
    MedicalCentre.objects.update(access="{{7*7}}<script>alert(1)</script>")
    Secretary.objects.update(name="'; DROP TABLE x; --")
    text = squeeze(read(document(accepted(), "recepisse")))
    assert squeeze("{{7*7}}<script>alert(1)</script>") in text
    assert squeeze("'; DROP TABLE x; --") in text


def test_is_named_after_its_member(operator):
    dossier = accepted()
    number = Member.objects.get(establishment=dossier.establishment).number
    assert document(dossier, "recepisse").filename == f"recepisse-{number}.pdf"
