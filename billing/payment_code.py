"""The QR code that fills in a bank transfer: « EPC QR code », guideline EPC069-12 of the European Payments Council.

Banking applications read it with the telephone's camera; the page and the proforma show the same one.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from functools import lru_cache

import segno

from core.brand import brand
from core.money import cents

_UTF_8, _TRANSFER = "1", "SCT"
_NAME_LENGTH, _REFERENCE_LENGTH = 70, 140
_QUIET_ZONE = 4  # modules of white around the code, as its standard asks


def payload(reference: str, amount: Decimal) -> str:
    """What the code says: pay `amount` euros to the operator, with `reference` on the transfer."""
    operator = brand().operator
    if not Decimal("0.01") <= amount <= Decimal("999999999.99"):
        raise ValueError("an EPC code carries 0.01 to 999999999.99 euros")
    lines = [
        "BCD",
        "002",
        _UTF_8,
        _TRANSFER,
        operator["bic"],
        _sepa_text(operator["name"], _NAME_LENGTH),
        operator["iban"],
        f"EUR{cents(amount)}",
        "",  # purpose
        "",  # structured reference (ISO 11649), which ours is not
        _sepa_text(reference, _REFERENCE_LENGTH),
    ]
    return "\n".join(lines)


def image(reference: str, amount: Decimal) -> str:
    """The code as a `data:` address of an SVG, sharp at any size, for `<img src>` on a page as in a PDF."""
    return _drawn(payload(reference, amount))


@lru_cache(maxsize=256)
def _drawn(payload: str) -> str:
    """Kept: the page, the bordereau and the invoice show the same code, and each mask takes its time to try."""
    code = segno.make(payload, error="m", boost_error=False, micro=False)
    uri: str = code.svg_data_uri(border=_QUIET_ZONE, light="#fff", svgclass=None, lineclass=None, omitsize=True)
    return uri


def _sepa_text(text: str, length: int) -> str:
    """`text` in the letters that every bank accepts: Latin, without accents or curly apostrophes."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'")).encode("ascii", "ignore").decode()
    return " ".join(plain.split())[:length]
