"""The public directory of companies, asked to prefill a form: shaped as « API Recherche d’entreprises ».

A convenience only: off unless DIRECTORY_URL is set, given two seconds in all, and any failure means « nothing known ».
What it answers is text from outside: it is cut to size here and checked by the forms as if it had been typed.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings

from core.identifiers import Invalid, clean_naf, clean_siret
from core.sheets.cells import plain

SECONDS = 2.0
MAX_BYTES = 256 * 1024
MAX_TEXT = 120

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Company:
    """An establishment as the directory knows it; an empty text is something it does not say."""

    siret: str
    name: str
    naf: str
    street: str
    postcode: str
    commune_code: str
    commune_name: str
    open: bool


def find(siret: str) -> Company | None:
    """The establishment of this SIRET, or None: unknown, no directory, or no good answer in time."""
    if not settings.DIRECTORY_URL:
        return None
    try:
        siret = clean_siret(siret)
    except Invalid:
        return None
    answers: list[dict[str, Any]] = []
    # In a thread, because the time-outs of an HTTP client are per read: a name server or a peer that sends one byte a
    # second would pass them all. The page goes on after `SECONDS`, whatever the thread still waits for.
    thread = threading.Thread(target=_ask, args=(siret, answers), daemon=True)
    thread.start()
    thread.join(SECONDS)
    if not answers:
        log.warning("directory: no usable answer within %s s", SECONDS)
        return None
    return _company(siret, answers[0])


def _ask(siret: str, answers: list[dict[str, Any]]) -> None:
    """Put the parsed answer in `answers`, or log why there is none."""
    deadline = time.monotonic() + SECONDS
    url = f"{settings.DIRECTORY_URL.rstrip('/')}/search"
    try:
        # No redirects: an answer that sends us elsewhere is not an answer.
        with (
            httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url, params={"q": siret}, headers={"Accept": "application/json"}) as response,
        ):
            if response.status_code != 200:
                log.warning("directory: status %s", response.status_code)
                return
            body = b""
            for chunk in response.iter_bytes(16 * 1024):
                body += chunk
                if len(body) > MAX_BYTES or time.monotonic() > deadline:
                    log.warning("directory: answer too large or too slow")
                    return
        answer = json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        log.warning("directory: %s", type(error).__name__)
        return
    if isinstance(answer, dict):
        answers.append(answer)


def _company(siret: str, answer: dict[str, Any]) -> Company | None:
    for result in _dicts(answer.get("results")):
        sites = [*_dicts([result.get("siege")]), *_dicts(result.get("matching_etablissements"))]
        for site in sites:
            if site.get("siret") == siret:
                return Company(
                    siret=siret,
                    name=_text(result, "nom_raison_sociale") or _text(result, "nom_complet"),
                    naf=_naf(_text(site, "activite_principale")),
                    street=_street(site),
                    postcode=_text(site, "code_postal"),
                    commune_code=_text(site, "commune"),
                    commune_name=_text(site, "libelle_commune"),
                    open=_text(site, "etat_administratif") in ("", "A"),
                )
    return None


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    return plain(value)[:MAX_TEXT] if isinstance(value, str) else ""


def _naf(code: str) -> str:
    try:
        return clean_naf(code)
    except Invalid:
        return ""


def _street(site: dict[str, Any]) -> str:
    parts = (_text(site, name) for name in ("numero_voie", "indice_repetition", "type_voie", "libelle_voie"))
    street = " ".join(part for part in parts if part)
    if street:
        return street[:MAX_TEXT]
    # Only the whole address in one line: what stands before the postcode is the street.
    address, postcode = _text(site, "adresse"), _text(site, "code_postal")
    return address.split(postcode)[0].strip(" ,") if postcode else address
