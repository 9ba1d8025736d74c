import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import identifiers
from core.identifiers import Invalid

CLEANERS = ["siret", "siren", "naf", "iban", "bic", "phone", "nir"]


def clean(kind, value):
    return getattr(identifiers, f"clean_{kind}")(value)


@pytest.mark.req("M-02")
@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("siret", "732 829 320 00074", "73282932000074"),
        ("siret", "732\u00a0829\u202f320.00074", "73282932000074"),
        ("siret", "７３２８２９３２０００００７４"[:9] + "00074", "73282932000074"),
        ("siret", "35600000000048", "35600000000048"),  # La Poste, head office: the common key
        ("siret", "356 000 000 49837", "35600000049837"),  # La Poste, an office: digits sum to a multiple of 5
        ("siren", "781 166 293", "781166293"),
        ("siren", "538518473", "538518473"),
        ("naf", "62.01z", "6201Z"),
        ("naf", "6201Z", "6201Z"),
        ("iban", "fr76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"),
        ("iban", "GB33BUKB20201555555555", "GB33BUKB20201555555555"),
        ("bic", "agrifrpp", "AGRIFRPP"),
        ("bic", "AGRI FR PP 882", "AGRIFRPP882"),
        ("phone", "01.23.45.67.89", "+33123456789"),
        ("phone", "00 33 1 23 45 67 89", "+33123456789"),
        ("phone", "+33 (0)1 23 45 67 89", "+33123456789"),
        ("phone", "0692 12 34 56", "+262692123456"),  # La Réunion
        ("phone", "0596 71 00 00", "+596596710000"),  # Martinique
        ("phone", "+32 2 555 12 12", "+3225551212"),
        ("nir", "1 85 10 94 081 069 26", "185109408106926"),
        ("nir", "2 87 03 35 115 073 44", "287033511507344"),
        ("nir", "1851094081069", "185109408106926"),  # the key completed
        ("nir", "2 53 07 2A 073 004 43", "253072A07300443"),
        ("nir", "2 53 07 2b 073 004", "253072B07300470"),
    ],
)
def test_accepts_every_way_of_writing(kind, typed, stored):
    assert clean(kind, typed) == stored


@pytest.mark.fault("E11")
@pytest.mark.req("M-02")
@pytest.mark.parametrize(
    ("kind", "typed", "told"),
    [
        ("siret", "", "14 chiffres"),
        ("siret", "73282932000075", "mal recopié"),
        ("siret", "7328293200007", "saisi 13"),
        ("siret", "7328293200007", "zéro"),
        ("siret", "7328293200007X", "que des chiffres"),
        ("siret", "0" * 14, "n’existe pas"),
        ("siret", "35600000049838", "n’existe pas"),
        ("siret", "7,33E+13", "tableur"),
        ("siret", "٧٣٢٨٢٩٣٢٠٠٠٠٧٤", "que des chiffres"),
        ("siren", "0" * 9, "n’existe pas"),
        ("siren", "781166294", "n’existe pas"),
        ("naf", "10.71", "une lettre"),
        ("naf", "6201ZZ", "une lettre"),
        ("iban", "FR7630006000011234567890188", "mal recopié"),
        ("iban", "FR76300060000112345678901", "saisi 25"),
        ("iban", "XX7630006000011234567890189", "FR"),
        ("iban", "781166293", "deux lettres"),
        ("bic", "BNPAFR", "saisi 6"),
        ("bic", "AGRIZZPP", "deux pour le pays"),
        ("phone", "01 44 55 66", "01 23 45 67 89"),
        ("phone", "0800 FLEURS", "Dix chiffres"),
        ("nir", "1 71 09 34 240 001 34", "clé"),
        ("nir", "85109408106926", "saisi 14"),  # the leading digit lost
        ("nir", "1.85E+14", "tableur"),
        ("nir", "185139408106926", "mois"),
        ("nir", "585109408106926", "commence par 1 ou 2"),
        ("nir", "185102C08106926", "2A ou 2B"),
    ],
)
def test_refusals_say_what_is_wrong_and_never_repeat_the_value(kind, typed, told):
    with pytest.raises(Invalid, match=told) as caught:
        clean(kind, typed)
    message = str(caught.value)
    assert not typed or typed not in message
    assert message.endswith(".")


@pytest.mark.parametrize("month", ["12", "20", "30", "42", "50", "99"])
def test_nir_months_of_unknown_births(month):
    assert clean("nir", f"185{month}94081069")[3:5] == month


@pytest.mark.parametrize(("nir", "temporary"), [("185109408106926", False), ("385109408106926", True)])
def test_temporary_nir(nir, temporary):
    assert identifiers.is_temporary_nir(nir) is temporary


def test_grouping_for_reading():
    assert identifiers.format_siret("73282932000074") == "732 829 320 00074"
    assert identifiers.format_siren("732829320") == "732 829 320"
    assert identifiers.format_naf("6201Z") == "62.01Z"
    assert identifiers.format_iban("FR7630006000011234567890189") == "FR76 3000 6000 0112 3456 7890 189"
    assert identifiers.format_nir("185109408106926") == "1 85 10 94 081 069 26"
    assert identifiers.format_phone("+33123456789") == "01 23 45 67 89"
    assert identifiers.format_phone("+262692123456") == "06 92 12 34 56"
    assert identifiers.format_phone("+3225551212") == "+32 2 555 12 12"


def test_masks_keep_only_the_end():
    assert identifiers.mask_iban("FR7630006000011234567890189") == "FR76 •••• 0189"
    assert identifiers.mask_nir("185109408106926") == "• •• •• •• ••• 069 26"
    assert identifiers.mask_nir("12") == identifiers.mask_iban("FR76") == "••••"


@pytest.mark.fault("F4")
@pytest.mark.parametrize("kind", CLEANERS)
@settings(deadline=None)
@given(typed=st.text(max_size=60))
def test_any_text_is_cleaned_or_refused(kind, typed):
    try:
        stored = clean(kind, typed)
    except Invalid:
        return
    assert clean(kind, stored) == stored
    assert clean(kind, getattr(identifiers, f"format_{kind}", str)(stored)) == stored
