"""A bank's statement of the day, as its file says it (CAMT.053.001.02)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from core.brand import brand

_FILE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>'
    "<GrpHdr><MsgId>{name}</MsgId><CreDtTm>{day}T06:00:00</CreDtTm></GrpHdr>"
    "<Stmt><Id>{name}</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{entries}</Stmt></BkToCstmrStmt></Document>"
)
_ENTRY = (
    '<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt>'
    "<AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
    "<RltdPties><Dbtr><Nm>{payer}</Nm></Dbtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>"
    "</Ntry>"
)


@dataclass(frozen=True)
class Transfer:
    """What came in, from whom, with what words."""

    amount: str
    payer: str
    text: str


def camt053(transfers: Sequence[Transfer], day: date) -> bytes:
    """The file of the transfers booked on `day`."""
    entries = "".join(
        _ENTRY.format(
            amount=each.amount,
            day=day,
            reference=f"{day:%Y%m%d}{rank:04d}",
            payer=escape(each.payer),
            text=escape(each.text[:140]),
        )
        for rank, each in enumerate(transfers, 1)
    )
    name, iban = f"{day:%Y%m%d}", brand().operator["iban"]
    return _FILE.format(name=name, day=day, iban=iban, entries=entries).encode()
