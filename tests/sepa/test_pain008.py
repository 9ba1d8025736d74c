"""The file: valid against its schema, equal to the database to the cent, in letters that banks take."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

import pytest
import xmlschema
from defusedxml.ElementTree import fromstring
from django.db import connection
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from billing import collections, pain008
from billing.invoicing import Line
from billing.mandate_forms import IbanForm
from billing.models import Collection, CollectionFile
from core.brand import brand
from core.dates import today
from tests.factories_billing import make_invoice
from tests.factories_sepa import CLERK, IBAN, OTHER_IBAN, in_file, make_collection, make_mandate

BOTH = ["pain.008.001.02", "pain.008.001.08"]
ALLOWED = re.compile(r"[A-Za-z0-9/?:().,'+ -]+")


@lru_cache
def schema_of(name: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(files("sepaxml") / "schemas" / f"{name}.xsd"))


def check_schema(file: CollectionFile) -> None:
    schema_of(file.schema).validate(file.content)


def transactions(file: CollectionFile) -> list[dict[str, str]]:
    root = fromstring(file.content)
    found = []
    for batch in root.iterfind("{*}CstmrDrctDbtInitn/{*}PmtInf"):
        for line in batch.iterfind("{*}DrctDbtTxInf"):
            found.append(
                {
                    "turn": batch.findtext("{*}PmtTpInf/{*}SeqTp"),
                    "day": batch.findtext("{*}ReqdColltnDt"),
                    "ics": batch.findtext("{*}CdtrSchmeId/{*}Id/{*}PrvtId/{*}Othr/{*}Id"),
                    "reference": line.findtext("{*}PmtId/{*}EndToEndId"),
                    "amount": line.findtext("{*}InstdAmt"),
                    "rum": line.findtext("{*}DrctDbtTx/{*}MndtRltdInf/{*}MndtId"),
                    "name": line.findtext("{*}Dbtr/{*}Nm"),
                    "iban": line.findtext("{*}DbtrAcct/{*}Id/{*}IBAN"),
                    "text": line.findtext("{*}RmtInf/{*}Ustrd"),
                }
            )
    return found


@pytest.mark.django_db
@pytest.mark.req("D-18", "B-15")
@pytest.mark.parametrize("schema", BOTH)
@pytest.mark.parametrize("bic", ["", "AGRIFRPPXXX"])
def test_the_file_passes_its_schema_and_says_what_the_database_says(settings, schema, bic):
    settings.SEPA_SCHEMA = schema
    mandate = make_mandate(holder="L’Étoile & Fils <script>«é» œuvre_€//", bic=bic)
    first, second = make_collection(mandate, "1382.76"), make_collection(mandate, "0.10")
    file = in_file(first)
    check_schema(file)
    one, two = transactions(file)
    assert (one["turn"], two["turn"]) == ("FRST", "RCUR")
    assert (one["amount"], two["amount"]) == ("1382.76", "0.10")
    assert one["reference"] == first.end_to_end_id
    assert two["reference"] == second.end_to_end_id
    assert one["rum"] == mandate.rum
    assert (one["iban"], one["ics"]) == (IBAN, "FR53ZZZ999999")
    assert one["day"] == first.collects_on.isoformat()
    assert ALLOWED.fullmatch(one["name"])
    assert ALLOWED.fullmatch(one["text"])
    assert file.total == Decimal("1382.86")


ADDRESS = ["Service comptable", "4 rue des Lilas", "Bât. É", "91220 Brétigny-sur-Orge"]


@pytest.mark.django_db
@pytest.mark.req("D-18")
@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ("pain.008.001.02", ["FR", "Service comptable, 4 rue des Lilas, Bat. E", "91220 Bretigny-sur-Orge"]),
        ("pain.008.001.08", ["91220", "Bretigny-sur-Orge", "FR", "Service comptable, 4 rue des Lilas, Bat. E"]),
    ],
)
@pytest.mark.parametrize("iban", ["CH9300762011623852957", "GB29NWBK60161331926819", "MC5811222000010123456789030"])
def test_outside_the_eea_the_debit_tells_the_address_of_its_debtor(settings, schema, told, iban):
    settings.SEPA_SCHEMA = schema
    near, far = make_mandate(lines=ADDRESS), make_mandate(lines=ADDRESS, iban=iban)
    make_collection(near)
    file = in_file(make_collection(far))
    check_schema(file)
    debtors = fromstring(file.content).iterfind(".//{*}DrctDbtTxInf")
    found = {
        each.findtext("{*}DbtrAcct/{*}Id/{*}IBAN"): [part.text for part in each.iterfind("{*}Dbtr/{*}PstlAdr/*")]
        for each in debtors
    }
    assert found == {IBAN: [], iban: told}


@pytest.mark.parametrize(("lines", "taken"), [(ADDRESS, True), (["4 rue des Lilas"], False), ([], False)])
def test_outside_the_eea_an_account_is_taken_where_the_address_is_known(lines, taken):
    form = IbanForm({"holder": "Morel", "iban": "CH9300762011623852957", "bic": ""}, lines=lines)
    assert form.is_valid() is taken
    assert ("réglez par virement" in str(form.errors)) is not taken
    assert IbanForm({"holder": "Morel", "iban": IBAN, "bic": ""}, lines=lines).is_valid()


@pytest.mark.django_db
@pytest.mark.parametrize("schema", BOTH)
@pytest.mark.parametrize("lines", [[], ["Brétigny-sur-Orge"]])
def test_an_address_that_is_short_still_makes_a_valid_file(settings, schema, lines):
    settings.SEPA_SCHEMA = schema
    file = in_file(make_collection(make_mandate(lines=lines, iban="CH9300762011623852957")))
    check_schema(file)
    assert fromstring(file.content).findtext(".//{*}Dbtr/{*}PstlAdr/{*}Ctry") == "FR"


@pytest.mark.django_db
def test_the_sequence_goes_on_from_file_to_file_and_starts_again_with_another_account():
    member = make_mandate().subject
    mandate = make_mandate(member)
    turns = []
    for days in (20, 40):
        collection = make_collection(mandate, days=days)
        in_file(collection)
        mandate.refresh_from_db()
        turns.append(collection.sequence)
    other = make_collection(make_mandate(member, iban=OTHER_IBAN), days=60)
    in_file(other)
    assert [*turns, other.sequence] == ["FRST", "RCUR", "FRST"]


@pytest.mark.django_db
def test_a_file_that_fails_its_check_is_not_kept(monkeypatch):
    collection = make_collection()
    monkeypatch.setitem(brand().operator, "iban", "not an IBAN")
    with pytest.raises(pain008.BadFile):
        pain008.make_file(collection.collects_on, by=CLERK)
    collection.refresh_from_db()
    assert (collection.state, collection.file) == (Collection.State.PLANNED, None)
    assert not CollectionFile.objects.exists()


@pytest.mark.fault("H4")
@pytest.mark.django_db
def test_the_file_is_encrypted_at_rest():
    file = in_file(make_collection())
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM billing_collectionfile")
        stored = cursor.fetchone()[0]
    assert IBAN not in stored
    assert IBAN in CollectionFile.objects.get(pk=file.pk).content
    assert IBAN not in repr(CollectionFile.objects.get(pk=file.pk).content)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("L’Étoile & Fils", "L'Etoile Fils"),
        ("//Société//générale/", "Societe/generale"),
        ("💡", "-"),
        ("a" * 80, "a" * 70),
    ],
)
def test_names_are_written_in_letters_that_every_bank_takes(text, clean):
    assert pain008.sepa_text(text, 70) == clean


class Totals(TestCase):
    @pytest.mark.req("D-18")
    @settings(max_examples=12, deadline=None)
    @given(
        amounts=st.lists(
            st.decimals(min_value="0.01", max_value="99999.99", places=2, allow_nan=False), min_size=1, max_size=6
        ),
        schema=st.sampled_from(BOTH),
    )
    def test_totals_are_equal_to_the_cent_in_the_header_the_batches_the_row_and_the_database(self, amounts, schema):
        mandate = make_mandate()
        for amount in amounts:
            invoice = make_invoice(mandate.subject, lines=[Line("Suivi", 1, amount)], vat_rate="0")
            day = collections.plan(invoice, mandate, today() + timedelta(days=20), by=CLERK).collects_on
        with self.settings(SEPA_SCHEMA=schema):
            file = pain008.make_file(day, by=CLERK)
        check_schema(file)
        root = fromstring(file.content)
        header = Decimal(root.findtext("{*}CstmrDrctDbtInitn/{*}GrpHdr/{*}CtrlSum"))
        batches = [Decimal(each.text) for each in root.iterfind("{*}CstmrDrctDbtInitn/{*}PmtInf/{*}CtrlSum")]
        lines = [Decimal(each["amount"]) for each in transactions(file)]
        database = Collection.objects.filter(file=file).aggregate(sum=Sum("amount"))["sum"]
        assert header == sum(batches) == sum(lines) == file.total == database == sum(amounts)
        assert len(lines) == file.count == len(amounts)
