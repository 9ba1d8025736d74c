"""CAMT.053: the statement of ISO 20022, in the two versions that French banks send (001.02 and 001.08)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from billing.bank.entry import LABEL, SHORT, Entry, StatementError, tidy

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(\d\d)")
VERSIONS = ("02", "08")
AGAIN = "Téléchargez-le à nouveau depuis le site de votre banque. Rien n’a été enregistré."
CUT = f"Ce relevé est abîmé ou coupé : le fichier s’arrête avant la fin. {AGAIN}"
FORGED = "Ce fichier XML contient des définitions qu’aucune banque n’écrit : il est refusé. Rien n’a été enregistré."
OTHER = "Ce fichier XML n’est pas un relevé CAMT.053 (versions 02 ou 08). Demandez ce format à votre banque."
_NOT_PROVIDED = {"NOTPROVIDED", "NONREF", "NOREF"}  # written where there is no reference


def entries(data: bytes) -> list[Entry]:
    """All booked amounts of the file. Raises `StatementError`."""
    try:
        root = ElementTree.fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise StatementError(FORGED) from error
    except (ParseError, ValueError, LookupError) as error:  # a LookupError: an encoding that does not exist
        raise StatementError(CUT) from error
    found = _NAMESPACE.fullmatch(root.tag[1:].partition("}")[0]) if root.tag.startswith("{") else None
    if not found or found[1] not in VERSIONS:
        raise StatementError(OTHER)
    for element in root.iter():  # one vocabulary, whatever the version
        element.tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    statements = root.findall("BkToCstmrStmt/Stmt")
    if not statements:
        raise StatementError(OTHER)
    return [entry for statement in statements for entry in _statement(statement)]


def _statement(statement: Any) -> Iterator[Entry]:
    # The last digits are enough to tell two accounts apart.
    account = _text(statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id")[-4:]
    for number, entry in enumerate(statement.findall("Ntry"), start=1):
        if (_text(entry, "Sts/Cd", "Sts") or "BOOK") != "BOOK":
            continue  # announced, not there yet
        try:
            yield from _entry(entry, account)
        except (InvalidOperation, ValueError) as error:
            raise StatementError(f"L’écriture n° {number} du relevé est illisible. {AGAIN}") from error


def _entry(entry: Any, account: str) -> Iterator[Entry]:
    """The amount of an entry; of a batch, each of its transfers, if they add up."""
    sign = _sign(entry)
    total = _amount(entry.find("Amt"))
    day = _day(entry)
    bank_id = _given(_text(entry, "AcctSvcrRef")) or _given(_text(entry, "NtryRef"))
    details = entry.findall("NtryDtls/TxDtls")
    amounts = [_amount(_first(detail, "Amt", "AmtDtls/TxAmt/Amt"), total) for detail in details]
    if len(details) < 2 or sum(amounts) != total:
        details, amounts = details[:1] if len(details) == 1 else [entry], [total]
    for rank, (detail, amount) in enumerate(zip(details, amounts, strict=True)):
        yield Entry(
            booked_on=day,
            amount=sign * amount,
            label=tidy(_label(detail) or _text(entry, "AddtlNtryInf"), LABEL),
            reference=_reference(detail),
            payer=tidy(_text(detail, "RltdPties/Dbtr/Pty/Nm", "RltdPties/Dbtr/Nm", "RltdPties/UltmtDbtr/Nm"), SHORT),
            account=account,
            bank_id=f"{bank_id}#{rank}" if bank_id else "",
            returned=_text(detail, "RtrInf/Rsn/Cd")[:4],
        )


def _sign(entry: Any) -> int:
    side = _text(entry, "CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise ValueError("neither credit nor debit")
    return 1 if side == "CRDT" else -1


def _amount(element: Any, default: Decimal | None = None) -> Decimal:
    if element is None and default is not None:
        return default
    if element is None:
        raise ValueError("no amount")
    if element.get("Ccy", "EUR") != "EUR":
        raise StatementError("Ce relevé n’est pas en euros : seuls les comptes en euros se rapprochent ici.")
    amount = Decimal((element.text or "").strip())
    if not amount.is_finite() or amount < 0 or amount >= 10**10:
        raise ValueError("no such amount")
    return amount.quantize(Decimal("0.01"))


def _day(entry: Any) -> date:
    written = _text(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    return date.fromisoformat(written[:10])


def _label(detail: Any) -> str:
    words = [element.text or "" for element in detail.findall("RmtInf/Ustrd")]
    words += [element.text or "" for element in detail.findall("RmtInf/Strd/CdtrRefInf/Ref")]
    return " ".join(words) or _text(detail, "AddtlTxInf")


def _reference(detail: Any) -> str:
    # A batch told as one amount has no transfers: it is known by the file that asked for it.
    file = ("NtryDtls/Btch/MsgId", "NtryDtls/Btch/PmtInfId")
    written = (_given(_text(detail, path)) for path in ("Refs/EndToEndId", "RmtInf/Strd/CdtrRefInf/Ref", *file))
    return tidy(next(filter(None, written), ""), SHORT)


def _given(reference: str) -> str:
    """Empty where a bank only says, in so many words, that there is none."""
    return "" if re.sub(r"[\W_]", "", reference).upper() in _NOT_PROVIDED else reference


def _first(element: Any, *paths: str) -> Any:
    return next((found for path in paths if (found := element.find(path)) is not None), None)


def _text(element: Any, *paths: str) -> str:
    """The text at the first of these places that has some."""
    for path in paths:
        found = element.findtext(path)
        if found and found.strip():
            return str(found).strip()
    return ""
