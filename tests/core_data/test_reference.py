import pytest
from django.core.management import call_command

from core import communes, naf
from core.models import Commune, Naf, Postcode

pytestmark = [pytest.mark.django_db, pytest.mark.req("M-02")]


@pytest.fixture
def reference(db):
    call_command("load_reference", verbosity=0)


def test_loading_is_repeatable_and_follows_the_data(reference, capsys):
    counts = (Commune.objects.count(), Postcode.objects.count(), Naf.objects.count())
    assert counts == (35_014, counts[1], 732)
    assert counts[1] > 35_000
    Commune.objects.filter(code="91103").update(name="Ancien nom")
    Commune.objects.filter(code="13055").delete()
    gone = Commune.objects.create(code="00000", name="Disparue", department="00")
    gone.postcodes.create(code="00000")
    Postcode.objects.filter(commune_id="91103").delete()
    capsys.readouterr()
    call_command("load_reference")
    assert (Commune.objects.count(), Postcode.objects.count(), Naf.objects.count()) == counts
    assert communes.name_of("91103") == "Brétigny-sur-Orge"
    assert "(1 new, 1 changed, 1 removed)" in capsys.readouterr().out
    call_command("load_reference")
    assert capsys.readouterr().out.count("(0 new, 0 changed, 0 removed)") == 3


def communes_of(postcode: str) -> list[tuple[str, str]]:
    return communes.communes_by_postcode([postcode]).get(postcode, [])


def test_communes_of_a_postcode(reference, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert communes_of("91220") == [
            ("91103", "Brétigny-sur-Orge"),
            ("91494", "Le Plessis-Pâté"),
        ]
    assert communes_of("75012") == [("75112", "Paris 12e Arrondissement")]
    assert communes_of("69003") == [("69383", "Lyon 3e Arrondissement")]
    assert communes_of("20000") == [("2A004", "Ajaccio")]
    assert ("97411", "Saint-Denis") in communes_of("97400")
    assert ("98818", "Nouméa") in communes_of("98800")
    assert communes_of("91229") == communes_of("") == communes_of("' OR 1=1") == []


def test_names(reference):
    assert communes.name_of("75056") == "Paris"
    assert communes.name_of("99999") == ""


def test_naf_labels(reference):
    assert naf.naf_label("62.01z") == "Programmation informatique"
    assert naf.naf_label("9999Z") == naf.naf_label("") == ""
