"""Bank files: what banks send is read to the cent; what is cut, forged or something else is refused in French."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.bank import Entry, PerhapsCut, StatementError, read
from billing.bank.entry import fingerprinted, tidy
from tests.billing.statements_samples import IBAN, camt, credit, table
from tests.sheets import files

LINES = [
    credit("240.00", "VIR SEPA MENUISERIE MOREL F2027-000001", payer="MENUISERIE MOREL", e2e="F2027-000001", ref="B1"),
    credit("1382.76", "Cotisation 2027", payer="Électricité Ésope & Fils", ref="B2"),
    credit("58.10", "Frais de tenue de compte", side="DBIT", ref="B3"),
]


@pytest.mark.req("C-07")
@pytest.mark.parametrize("version", ["02", "08"])
def test_both_versions_of_camt_are_read(version):
    found = read(camt(LINES, version), "releve.xml")
    assert found.format == "camt"
    first, second, out = found.entries
    assert first == Entry(
        date(2027, 2, 5), Decimal("240.00"), "VIR SEPA MENUISERIE MOREL F2027-000 001", "F2027-000001",
        "MENUISERIE MOREL", IBAN[-4:], "B1#0",
    )  # fmt: skip
    assert (second.payer, second.reference, second.amount) == ("Électricité Ésope & Fils", "", Decimal("1382.76"))
    assert out.amount == Decimal("-58.10")


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_batch_is_its_transfers_when_they_add_up(version):
    parts = [credit("100.00", "un", payer="A"), credit("40.00", "deux", payer="B")]
    batch = credit("140.00", ref="B9", batch=parts)
    assert [(one.payer, one.amount) for one in read(camt([batch], version), "a.xml").entries] == [
        ("A", Decimal("100.00")), ("B", Decimal("40.00")),
    ]  # fmt: skip
    (whole,) = read(camt([{**batch, "amount": "141.00"}], version), "a.xml").entries
    assert whole.amount == Decimal("141.00")


def test_what_is_only_announced_is_not_there_yet():
    assert read(camt([credit("5.00", status="PDNG")]), "a.xml").entries == []


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"separator": ",", "decimals": "."},
        {"separator": "\t"},
        {"encoding": "cp1252"},
        {"encoding": "utf-16"},
    ],
)
def test_tables_are_read_whatever_their_encoding_and_separator(how):
    lines = [credit("1382.76", "Règlement à réception", payer="Électricité Ésope"), credit("3.00", "x", side="DBIT")]
    found = read(table(lines, **how), "export.csv")
    assert found.format == "table"
    assert found.entries[0] == Entry(
        date(2027, 2, 5), Decimal("1382.76"), "Règlement à réception", "", "Électricité Ésope"
    )
    assert found.entries[1].amount == Decimal("-3.00")


@pytest.mark.parametrize("written", ["1 382,76", "1\u202f382,76 €", "+1382.76", "1.382,76", "1,382.76 EUR", "1382,76"])
def test_amounts_as_banks_write_them(written):
    data = f"Date;Libellé;Montant\n05/02/2027;x;{written}\n".encode()
    assert read(data, "a.csv").entries[0].amount == Decimal("1382.76")


TWO_COLUMNS = """Compte courant, EUR;Santé Travail Val d'Orge
Numéro;"30006 00001"
Solde au 06/02/2027;1 234,56

Date;Libellé;Débit euros;Crédit euros
05/02/2027;VIR MOREL F2027-000001;;240,00
05/02/2027;FRAIS DE TENUE;58,10;
06/02/2027;PRLV EDF;-12,00;0,00
06/02/2027;VIR ESOPE;0,00;1 382,76
"""


@pytest.mark.req("C-07")
@pytest.mark.parametrize("separator", [";", "\t", ","])
@pytest.mark.parametrize("above", [True, False], ids=["account lines above", "headings first"])
def test_a_file_of_debits_and_credits_is_read_below_the_lines_of_the_account(separator, above):
    text = TWO_COLUMNS if above else TWO_COLUMNS[TWO_COLUMNS.index("Date") :]
    if separator == ",":
        text = text.replace(",", ".")
    found = read(text.replace(";", separator).encode("cp1252"), "export.csv").entries
    assert [entry.amount for entry in found] == [Decimal(one) for one in ("240.00", "-58.10", "-12.00", "1382.76")]
    assert found[0].label == "VIR MOREL F2027-000001"


def test_a_workbook_is_read_below_the_lines_of_the_account():
    rows = [["Compte", "30006"], [], ["Date", "Libellé", "Débit", "Crédit"], ["05/02/2027", "VIR", "", "240,00"]]
    (entry,) = read(files.xlsx(rows), "export.xlsx").entries
    assert entry.amount == Decimal("240.00")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("05/02/2027;x;;", "Ligne 5 : Indiquez le montant"),
        ("05/02/2027;x;1,00;2,00", "Ligne 5 : Cette ligne a un débit et un crédit"),
        (";x;;", "Ligne 5 : il manque la date et le montant"),
        ("05/02/2027;x;;2", "peut-être coupé"),
        ("05/02/2027;x", "est coupé"),
    ],
)
def test_what_is_wrong_below_the_lines_of_the_account_is_said_by_its_line(line, sentence):
    end = "" if "coupé" in sentence else "\n"
    data = f"Compte courant\n\n\nDate;Libellé;Débit;Crédit\n{line}{end}".encode()
    with pytest.raises(StatementError, match=sentence):
        read(data, "a.csv")


def test_headings_are_looked_for_in_the_first_rows_only():
    data = ("Compte\n" * 19 + "Date;Libellé;Montant\n05/02/2027;x;5\n").encode()
    assert len(read(data, "a.csv").entries) == 1
    with pytest.raises(StatementError, match="Il manque la colonne « Date »"):
        read(b"Compte\n" + data, "a.csv")


BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><l>&b;</l>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>"""


@pytest.mark.fault("E8")
@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (camt(LINES)[: len(camt(LINES)) // 2], "a.xml", "abîmé ou coupé"),
        (b"Date;Libell\xc3\xa9;Montant;R\xc3\xa9f\xc3\xa9rence;Payeur\n05/02/2027;VIR MOREL;24", "a.csv", "coupé"),
        (b"Date;Libell\xc3\xa9;Montant\n05/02/2027;VIR", "a.csv", "coupé"),
        (BOMB, "a.xml", "aucune banque"),
        (OUTSIDE, "a.xml", "aucune banque"),
        (b"<html><p>Session expir\xc3\xa9e</p></html>", "a.xml", "CAMT.053"),
        (camt(LINES).replace(b"camt.053.001.02", b"camt.054.001.02"), "a.xml", "CAMT.053"),
        (camt(LINES).replace(b"053.001.02", b"053.001.99"), "a.xml", "CAMT.053"),
        (camt([credit("5.00", currency="USD")]), "a.xml", "euros"),
        (camt([credit("abc")]), "a.xml", "écriture n° 1"),
        (camt([credit("NaN")]), "a.xml", "écriture n° 1"),
        (camt([credit("5.00", day="2027-02-31")]), "a.xml", "écriture n° 1"),
        (b"", "a.csv", "vide"),
        (b"  \n ", "a.xml", "vide"),
        (b"Nom;Valeur\nx;1\n", "a.csv", "colonne « Date »"),
        (b"Date;Libell\xc3\xa9;Montant\n31/02/2027;x;5\n", "a.csv", "Ligne 2"),
        (b"Date;Libell\xc3\xa9;Montant\n05/02/2027;x;cinq\n", "a.csv", "Ligne 2"),
        (b"Date;Libell\xc3\xa9;Montant\n05/02/2027;x;\n", "a.csv", "Ligne 2"),
        (b"%PDF-1.7 x", "a.pdf", "pas un tableau"),
        (b"\x00\x01\x02\x03" * 50, "a.bin", "pas un tableau"),
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused_in_french(data, name, sentence):
    with pytest.raises(StatementError) as refusal:
        read(data, name)
    assert sentence in str(refusal.value)


LAST = "Date;Libellé;Montant\r\n05/02/2027;VIR MOREL;240,00".encode()


@pytest.mark.fault("E8")
@pytest.mark.parametrize("missing", range(7))
def test_a_csv_that_stops_inside_its_last_cell_is_not_taken_at_its_word(missing):
    data = LAST[: len(LAST) - missing]
    with pytest.raises(PerhapsCut) as question:
        read(data, "a.csv")
    for needed in (f"VIR MOREL ; {'240,00'[: 6 - missing]}".strip(), "Téléchargez-le à nouveau", "cochez la case"):
        assert needed in str(question.value)


def test_a_csv_without_its_last_line_end_is_read_once_somebody_has_looked():
    assert read(LAST, "a.csv", whole=True).entries[0].amount == Decimal("240.00")
    assert read(LAST + b"\r\n", "a.csv") == read(LAST + b"\n  ", "a.csv") == read(LAST, "a.csv", whole=True)
    with pytest.raises(StatementError, match="est coupé"):
        read(LAST[:-7], "a.csv", whole=True)


@pytest.mark.fault("E8")
@given(cut=st.integers(1, len(camt(LINES)) - 1))
def test_a_camt_cut_anywhere_is_refused(cut):
    with pytest.raises(StatementError):
        read(camt(LINES)[:cut], "a.xml")


def test_nobody_s_account_number_is_kept():
    assert IBAN not in tidy(f"VIR DE {IBAN} MERCI", 200)
    assert "1234 5678" not in tidy("FR76 3000 6000 0112 3456 7890 189", 200)
    assert tidy("F2027-000001 pour deux salariés", 200) == "F2027-000001 pour deux salariés"


def test_a_line_has_the_same_fingerprint_in_every_file():
    once = dict(fingerprinted(read(table(LINES), "a.csv").entries))
    assert set(once) <= set(dict(fingerprinted(read(table([*LINES, credit("9.00", "autre")]), "b.csv").entries)))
    assert len(set(once)) == 3


def test_two_equal_transfers_of_a_day_are_two_unless_the_bank_says_they_are_one():
    twin = credit("50.00", "VIR MOREL", payer="MOREL")
    assert len(dict(fingerprinted(read(table([twin, twin]), "a.csv").entries))) == 2
    named = {**twin, "ref": "B7"}
    assert len(dict(fingerprinted(read(camt([named, named]), "a.xml").entries))) == 1


@pytest.mark.req("C-07")
@pytest.mark.parametrize("ref", ["NONREF", "NOTPROVIDED", "NOT PROVIDED", "nonref"])
def test_a_bank_that_says_it_gives_no_identifier_gives_none(ref):
    twin = credit("50.00", "VIR MOREL", payer="MOREL", ref=ref)
    assert {entry.bank_id for entry in read(camt([twin]), "a.xml").entries} == {""}
    assert len(dict(fingerprinted(read(camt([twin, twin]), "a.xml").entries))) == 2
    numbered = camt([twin]).replace(b"<Ntry>", b"<Ntry><NtryRef>R7</NtryRef>")
    assert read(numbered, "a.xml").entries[0].bank_id == "R7#0", "its other identifier counts"


@pytest.mark.req("C-07")
def test_the_structured_reference_counts_where_the_transfer_gives_no_other():
    file = camt([credit("50.00", "VIR MOREL")])
    written = b"<Strd><CdtrRefInf><Ref>F2027-000123</Ref></CdtrRefInf></Strd></RmtInf>"
    assert read(file.replace(b"</RmtInf>", written), "a.xml").entries[0].reference == "F2027-000123"
