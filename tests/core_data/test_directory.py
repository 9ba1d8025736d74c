import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core import directory

pytestmark = pytest.mark.req("M-02", "M-03")

SIRET = "73282932000074"
SITE = {
    "siret": SIRET,
    "activite_principale": "62.01Z",
    "adresse": "12 RUE DES TILLEULS 91220 BRETIGNY-SUR-ORGE",
    "numero_voie": "12",
    "type_voie": "RUE",
    "libelle_voie": "DES TILLEULS",
    "code_postal": "91220",
    "commune": "91103",
    "libelle_commune": "BRETIGNY-SUR-ORGE",
    "etat_administratif": "A",
}
COMPANY = {"nom_complet": "MENUISERIE MOREL (MOREL BOIS)", "nom_raison_sociale": "MENUISERIE MOREL", "siege": SITE}


@pytest.fixture
def service(http_server, settings):
    settings.DIRECTORY_URL = f"{http_server.url}/"
    return http_server


def test_the_establishment_of_a_siret(service):
    other = {**SITE, "siret": "73282932000082"}
    service.answer(200, {"results": [{**COMPANY, "siege": other, "matching_etablissements": [other, SITE]}]})
    found = directory.find("732 829 320 00074")
    assert found == directory.Company(
        siret=SIRET,
        name="MENUISERIE MOREL",
        naf="6201Z",
        street="12 RUE DES TILLEULS",
        postcode="91220",
        commune_code="91103",
        commune_name="BRETIGNY-SUR-ORGE",
        open=True,
    )
    assert service.asked[0].path == f"/search?q={SIRET}"


def test_only_what_it_says_and_only_text(service):
    site = {"siret": SIRET, "adresse": "LE BOURG 91220 BRETIGNY", "code_postal": "91220", "activite_principale": "??"}
    service.answer(200, {"results": [{"nom_complet": "A\u0000" + "x" * 500, "siege": {**site, "commune": ["91103"]}}]})
    found = directory.find(SIRET)
    assert (found.street, found.naf, found.commune_code, found.open) == ("LE BOURG", "", "", True)
    assert found.name == "A" + "x" * 119


def test_a_closed_establishment(service):
    service.answer(200, {"results": [{**COMPANY, "siege": {**SITE, "etat_administratif": "F"}}]})
    assert directory.find(SIRET).open is False


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {}),
        (429, {"results": [COMPANY]}),
        (200, b"<html>"),
        (200, b"\xff\xfe"),
        (200, []),
        (200, {"results": None}),
        (200, {"results": [None, {"siege": None, "matching_etablissements": "x"}]}),
        (200, {"results": [{**COMPANY, "siege": {**SITE, "siret": "73282932000082"}}]}),
        (200, b"[" * 200_000),
        (200, json.dumps({"results": [COMPANY], "padding": "x" * 300_000}).encode()),
    ],
)
def test_any_other_answer_is_no_answer(service, status, body):
    service.answer(status, body)
    assert directory.find(SIRET) is None


def test_a_service_that_hangs_drops_or_refuses(service, broken_tcp, settings, monkeypatch):
    monkeypatch.setattr(directory, "SECONDS", 0.2)
    service.hang()
    assert directory.find(SIRET) is None
    for mode in ("hang", "drop", "refuse"):
        settings.DIRECTORY_URL = f"http://127.0.0.1:{broken_tcp(mode).port}"
        assert directory.find(SIRET) is None
    settings.DIRECTORY_URL = "not an address"
    assert directory.find(SIRET) is None


def test_a_redirect_is_not_followed(http_server, settings):
    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", f"{http_server.url}/search")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    settings.DIRECTORY_URL = f"http://127.0.0.1:{server.server_address[1]}"
    assert directory.find(SIRET) is None
    assert http_server.asked == []
    server.shutdown()
    server.server_close()


def test_nobody_is_asked_without_an_address_or_for_a_wrong_siret(http_server, settings):
    settings.DIRECTORY_URL = ""
    assert directory.find(SIRET) is None
    settings.DIRECTORY_URL = http_server.url
    assert directory.find("123") is None
    assert http_server.asked == []
