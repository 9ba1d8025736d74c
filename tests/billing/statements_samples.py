"""Bank files as banks write them, made for a test."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

IBAN = "FR7630006000011234567890189"


def credit(amount: str, text: str = "", **more: Any) -> dict[str, Any]:
    """A line of the makers below: `payer`, `e2e`, `ref` (the bank's), `day`, `side`, `file` (of debits), `returned`."""
    return {"amount": amount, "text": text, "side": "CRDT", "day": "2027-02-05", **more}


def camt(lines: Sequence[dict[str, Any]], version: str = "02") -> bytes:
    """A CAMT.053 with one entry a line; `batch` in a line holds the transfers of that entry."""
    entries = "".join(_entry(line, version) for line in lines)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>1</MsgId><CreDtTm>2027-02-06T06:00:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>1</Id><Acct><Id><IBAN>{IBAN}</IBAN></Id></Acct>{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _entry(line: dict[str, Any], version: str) -> str:
    status = "<Sts><Cd>{0}</Cd></Sts>" if version == "08" else "<Sts>{0}</Sts>"
    reference = f"<AcctSvcrRef>{line['ref']}</AcctSvcrRef>" if line.get("ref") else ""
    details = f"<Btch><MsgId>{line['file']}</MsgId></Btch>" if line.get("file") else ""
    details += "".join(_details(part, version) for part in line.get("batch", [line]))
    return (
        f'<Ntry><Amt Ccy="{line.get("currency", "EUR")}">{line["amount"]}</Amt><CdtDbtInd>{line["side"]}</CdtDbtInd>'
        f"{status.format(line.get('status', 'BOOK'))}<BookgDt><Dt>{line['day']}</Dt></BookgDt>{reference}"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _details(part: dict[str, Any], version: str) -> str:
    name = f"<Nm>{escape(part.get('payer', ''))}</Nm>"
    payer = f"<Dbtr><Pty>{name}</Pty></Dbtr>" if version == "08" else f"<Dbtr>{name}</Dbtr>"
    amount = f'<Amt Ccy="EUR">{part["amount"]}</Amt>'
    amount = amount if version == "08" else f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    texts = "".join(f"<Ustrd>{escape(part['text'][at : at + 35])}</Ustrd>" for at in range(0, len(part["text"]), 35))
    returned = f"<RtrInf><Rsn><Cd>{part['returned']}</Cd></Rsn></RtrInf>" if part.get("returned") else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{escape(part.get('e2e', 'NOTPROVIDED'))}</EndToEndId></Refs>{amount}"
        f"<RltdPties>{payer}</RltdPties><RmtInf>{texts}</RmtInf>{returned}</TxDtls>"
    )


def table(
    lines: Sequence[dict[str, Any]], *, separator: str = ";", encoding: str = "utf-8-sig", decimals: str = ","
) -> bytes:
    """The same as a csv."""
    rows = [["Date", "Libellé", "Montant", "Référence", "Payeur"]]
    for line in lines:
        year, month, day = line["day"].split("-")
        sign = "-" if line["side"] == "DBIT" else ""
        amount = f"{sign}{Decimal(line['amount']):.2f}".replace(".", decimals)
        rows.append([f"{day}/{month}/{year}", line["text"], amount, line.get("e2e", ""), line.get("payer", "")])
    return "".join(separator.join(row) + "\r\n" for row in rows).encode(encoding)
