"""The proof of a signature, kept with the mandate (eIDAS simple signature; art. 1367 of the Code civil).

Who signed what, when, from where, by which code. The fingerprint of the signed PDF is its document's own: the PDF shows
this proof, so the proof cannot hold it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from billing.models import Mandate
from core.codes import Asker, mask
from core.dates import french_moment
from core.journal import Actor
from core.models import OneTimeCode

CHANNELS = {"sms": "SMS", "mail": "courriel"}


def make(mandate: Mandate, code: OneTimeCode, asker: Asker, by: Actor, at: datetime) -> dict[str, Any]:
    """What is known at the moment of signing, as JSON. Times are UTC; the number and the address are masked."""
    return {
        "signer": by.name,
        "account": str(by.user.pk) if by.user else "",
        "email": mask(by.user.email) if by.user else "",
        "signed_at": at.isoformat(),
        "consents": mandate.consents,
        "read": {"document": str(mandate.document_id), "sha256": mandate.document.sha256},
        "code": {
            "channel": code.channel,
            "to": code.to,
            "first_sent_at": code.created_at.isoformat(),
            "last_sent_at": code.sent_at.isoformat(),
            "sendings": code.sendings,
            "tries": code.tries,
        },
        "address": asker.address,
        "agent": asker.agent,
    }


def facts(proof: dict[str, Any]) -> list[tuple[str, str]]:
    """The proof as people read it, on the PDF and in the back office."""
    if not proof:
        return []
    code, moment = proof["code"], datetime.fromisoformat(proof["signed_at"])
    sendings, tries = code["sendings"], code["tries"]
    return [
        ("Signé par", f"{proof['signer']} ({proof['email']})" if proof["email"] else proof["signer"]),
        ("Le", f"{french_moment(moment)} ({moment:%Y-%m-%d %H:%M:%S} UTC)"),
        (
            "Avec un code",
            f"à six chiffres, envoyé par {CHANNELS[code['channel']]} à {code['to']} "
            f"({sendings} envoi{'s' if sendings > 1 else ''}, {tries} essai{'s' if tries > 1 else ''})",
        ),
        ("Depuis", proof["address"]),
        ("Navigateur", proof["agent"] or "non communiqué"),
        ("Mandat lu (SHA-256)", proof["read"]["sha256"]),
    ]
