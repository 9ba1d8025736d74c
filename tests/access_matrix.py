"""Who may open what: every URL of the site × five people → the status of the answer.

The table below is what `tests/test_access_matrix.py` compares with the running site; a URL without a row fails. After a
change of URLs, `python -m tests.access_matrix --write` asks the site again and rewrites the table. Read the difference
line by line before you commit it: the command writes what is, not what should be.

GET is asked, and POST (with an empty form) where GET is not allowed. The « link holder » opened the personal links of
the dossiers the URLs are about, and an activation link; the « other link holder » those of other dossiers. 302 leads to
the login page in the back office, to the step or page to go on with elsewhere. An empty form may be refused for what it
lacks (409, 422): who gets these was let in.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WRITE = "ACCESS_MATRIX_WRITE"  # in the environment: rewrite the table instead of comparing
PEOPLE = ("anonymous", "link holder", "other link holder", "staff reader", "staff manager")

# Method, route, then one status for each of PEOPLE, in that order.
TABLE = """
GET  (root)                                                                    302 302 302 302 302
GET  adhesion/                                                                 200 200 200 200 200
GET  adhesion/reprendre/                                                       200 200 200 200 200
GET  adhesion/reprendre/envoye/                                                200 200 200 200 200
GET  adhesion/reprendre/<str:token>/                                           302 302 302 302 302
GET  adhesion/<uuid:pk>/                                                       404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/<slug:step>/                                     404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/ajouter/                                404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/vider/                                  404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/<uuid:row>/                             404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/<uuid:row>/retirer/                     404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/a-corriger/<uuid:row>/                  404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/a-corriger/<uuid:row>/retirer/          404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/ajouter/                                404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/vider/                                  404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/<uuid:row>/                             404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/<uuid:row>/retirer/                     404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/a-corriger/<uuid:row>/                  404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/a-corriger/<uuid:row>/retirer/          404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/importer/                               404 200 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/modele.xlsx                             404 200 404 404 404
POST adhesion/<uuid:pk>/annuaire/                                              404 302 404 404 404
GET  adhesion/<uuid:pk>/quitter/                                               404 200 404 404 404
POST adhesion/<uuid:pk>/deja-ouvert/                                           404 302 404 404 404
GET  adhesion/<uuid:pk>/confirmation/                                          404 200 404 404 404
GET  adhesion/<uuid:pk>/reponses/                                              404 200 404 404 404
GET  adhesion/<uuid:pk>/documents/<uuid:document_pk>/                          404 200 404 404 404
POST adhesion/<uuid:pk>/pieces/                                                404 302 404 404 404
GET  adhesion/<uuid:pk>/pieces.pdf                                             404 200 404 404 404
GET  adhesion/<uuid:pk>/pieces/<uuid:upload_pk>/                               404 200 404 404 404
GET  adhesion/<uuid:pk>/pieces/<uuid:upload_pk>/apercu.png                     404 200 404 404 404
POST adhesion/<uuid:pk>/pieces/<uuid:upload_pk>/retirer/                       404 302 404 404 404
POST adhesion/<uuid:pk>/pieces/<uuid:upload_pk>/deplacer/                      404 302 404 404 404
GET  compte/activer/<str:token>/                                               302 302 302 302 302
GET  compte/activation/                                                        404 200 404 404 404
POST compte/activation/nouveau-lien/                                           200 200 200 200 200
GET  compte/activation/faite/                                                  200 200 200 200 200
GET  rappel/                                                                   200 200 200 200 200
GET  rappel/note/                                                              200 200 200 200 200
GET  communes/                                                                 200 200 200 200 200
GET  brand.css                                                                 200 200 200 200 200
GET  sante/vivant/                                                             200 200 200 200 200
GET  sante/pret/                                                               200 200 200 200 200
POST admin/file/attribuer/                                                     302 302 302 403 302
GET  admin/file/export.<str:kind>                                              302 302 302 200 200
GET  admin/                                                                    302 302 302 200 200
GET  admin/login/                                                              200 200 200 302 302
POST admin/logout/                                                             302 302 302 200 200
GET  admin/password_change/                                                    302 302 302 200 200
GET  admin/password_change/done/                                               302 302 302 200 200
GET  admin/autocomplete/                                                       302 302 302 403 403
GET  admin/jsi18n/                                                             302 302 302 200 200
GET  admin/r/<path:content_type_id>/<path:object_id>/                          302 302 302 404 404
GET  admin/auth/group/                                                         302 302 302 403 403
GET  admin/auth/group/add/                                                     302 302 302 403 403
GET  admin/auth/group/<path:object_id>/history/                                302 302 302 403 403
GET  admin/auth/group/<path:object_id>/delete/                                 302 302 302 403 403
GET  admin/auth/group/<path:object_id>/change/                                 302 302 302 403 403
GET  admin/auth/group/<path:object_id>/                                        302 302 302 302 302
GET  admin/core/commune/                                                       302 302 302 200 200
GET  admin/core/commune/add/                                                   302 302 302 403 403
GET  admin/core/commune/<path:object_id>/history/                              302 302 302 200 200
GET  admin/core/commune/<path:object_id>/delete/                               302 302 302 403 403
GET  admin/core/commune/<path:object_id>/change/                               302 302 302 200 200
GET  admin/core/commune/<path:object_id>/                                      302 302 302 302 302
GET  admin/core/journalentry/                                                  302 302 302 200 200
GET  admin/core/journalentry/add/                                              302 302 302 403 403
GET  admin/core/journalentry/<path:object_id>/history/                         302 302 302 200 200
GET  admin/core/journalentry/<path:object_id>/delete/                          302 302 302 403 403
GET  admin/core/journalentry/<path:object_id>/change/                          302 302 302 200 200
GET  admin/core/journalentry/<path:object_id>/                                 302 302 302 302 302
POST admin/notifications/message/<uuid:pk>/renvoyer/                           302 302 302 403 302
GET  admin/notifications/message/                                              302 302 302 200 200
GET  admin/notifications/message/add/                                          302 302 302 403 403
GET  admin/notifications/message/<path:object_id>/history/                     302 302 302 200 200
GET  admin/notifications/message/<path:object_id>/delete/                      302 302 302 403 403
GET  admin/notifications/message/<path:object_id>/change/                      302 302 302 200 200
GET  admin/notifications/message/<path:object_id>/                             302 302 302 302 302
GET  admin/notifications/callbackrequest/                                      302 302 302 200 200
GET  admin/notifications/callbackrequest/add/                                  302 302 302 403 403
GET  admin/notifications/callbackrequest/<path:object_id>/history/             302 302 302 200 200
GET  admin/notifications/callbackrequest/<path:object_id>/delete/              302 302 302 403 403
GET  admin/notifications/callbackrequest/<path:object_id>/change/              302 302 302 200 200
GET  admin/notifications/callbackrequest/<path:object_id>/                     302 302 302 302 302
GET  admin/accounts/user/                                                      302 302 302 403 403
GET  admin/accounts/user/add/                                                  302 302 302 403 403
GET  admin/accounts/user/<path:object_id>/history/                             302 302 302 403 403
GET  admin/accounts/user/<path:object_id>/delete/                              302 302 302 403 403
GET  admin/accounts/user/<path:object_id>/change/                              302 302 302 403 403
GET  admin/accounts/user/<path:object_id>/                                     302 302 302 302 302
GET  admin/membership/application/<uuid:pk>/proforma/                          302 302 302 403 302
GET  admin/membership/application/<uuid:pk>/suspendre/                         302 302 302 403 302
GET  admin/membership/application/<uuid:pk>/accepter/                          302 302 302 403 302
GET  admin/membership/application/<uuid:pk>/rembourser/                        302 302 302 403 403
GET  admin/membership/application/<uuid:pk>/reglement/                         302 302 302 403 403
GET  admin/membership/application/<uuid:pk>/annuler/                           302 302 302 403 403
GET  admin/membership/application/<uuid:pk>/demander/                          302 302 302 403 200
POST admin/membership/application/<uuid:pk>/lien/                              302 302 302 403 409
GET  admin/membership/application/<uuid:pk>/renvoyer/                          302 302 302 403 200
GET  admin/membership/application/<uuid:pk>/retirer/                           302 302 302 403 200
POST admin/membership/application/<uuid:pk>/attribuer/                         302 302 302 403 422
POST admin/membership/application/<uuid:pk>/noter/                             302 302 302 403 422
POST admin/membership/application/<uuid:pk>/piece/<uuid:upload_pk>/accepter/   302 302 302 403 409
GET  admin/membership/application/<uuid:pk>/piece/<uuid:upload_pk>/refuser/    302 302 302 403 200
GET  admin/membership/application/<uuid:pk>/piece/<uuid:upload_pk>/            302 302 302 200 200
GET  admin/membership/application/<uuid:pk>/piece/<uuid:upload_pk>/apercu.png  302 302 302 200 200
GET  admin/membership/application/<uuid:pk>/document/<uuid:document_pk>/       302 302 302 200 200
GET  admin/membership/application/                                             302 302 302 302 302
GET  admin/membership/application/add/                                         302 302 302 403 403
GET  admin/membership/application/<path:object_id>/history/                    302 302 302 200 200
GET  admin/membership/application/<path:object_id>/delete/                     302 302 302 403 403
GET  admin/membership/application/<path:object_id>/change/                     302 302 302 200 200
GET  admin/membership/application/<path:object_id>/                            302 302 302 302 302
GET  admin/membership/zonecommune/ajouter/                                     302 302 302 403 200
GET  admin/membership/zonecommune/                                             302 302 302 200 200
GET  admin/membership/zonecommune/add/                                         302 302 302 302 302
GET  admin/membership/zonecommune/<path:object_id>/history/                    302 302 302 200 200
GET  admin/membership/zonecommune/<path:object_id>/delete/                     302 302 302 403 200
GET  admin/membership/zonecommune/<path:object_id>/change/                     302 302 302 200 200
GET  admin/membership/zonecommune/<path:object_id>/                            302 302 302 302 302
GET  admin/membership/excludednaf/                                             302 302 302 200 200
GET  admin/membership/excludednaf/add/                                         302 302 302 403 200
GET  admin/membership/excludednaf/<path:object_id>/history/                    302 302 302 200 200
GET  admin/membership/excludednaf/<path:object_id>/delete/                     302 302 302 403 200
GET  admin/membership/excludednaf/<path:object_id>/change/                     302 302 302 200 200
GET  admin/membership/excludednaf/<path:object_id>/                            302 302 302 302 302
GET  admin/membership/medicalcentre/                                           302 302 302 200 200
GET  admin/membership/medicalcentre/add/                                       302 302 302 403 200
GET  admin/membership/medicalcentre/<path:object_id>/history/                  302 302 302 200 200
GET  admin/membership/medicalcentre/<path:object_id>/delete/                   302 302 302 403 200
GET  admin/membership/medicalcentre/<path:object_id>/change/                   302 302 302 200 200
GET  admin/membership/medicalcentre/<path:object_id>/                          302 302 302 302 302
GET  admin/membership/secretary/                                               302 302 302 200 200
GET  admin/membership/secretary/add/                                           302 302 302 403 200
GET  admin/membership/secretary/<path:object_id>/history/                      302 302 302 200 200
GET  admin/membership/secretary/<path:object_id>/delete/                       302 302 302 403 200
GET  admin/membership/secretary/<path:object_id>/change/                       302 302 302 200 200
GET  admin/membership/secretary/<path:object_id>/                              302 302 302 302 302
GET  admin/membership/doctor/                                                  302 302 302 200 200
GET  admin/membership/doctor/add/                                              302 302 302 403 200
GET  admin/membership/doctor/<path:object_id>/history/                         302 302 302 200 200
GET  admin/membership/doctor/<path:object_id>/delete/                          302 302 302 403 200
GET  admin/membership/doctor/<path:object_id>/change/                          302 302 302 200 200
GET  admin/membership/doctor/<path:object_id>/                                 302 302 302 302 302
GET  admin/membership/tariffyear/                                              302 302 302 200 200
GET  admin/membership/tariffyear/add/                                          302 302 302 403 403
GET  admin/membership/tariffyear/<path:object_id>/history/                     302 302 302 200 200
GET  admin/membership/tariffyear/<path:object_id>/delete/                      302 302 302 403 403
GET  admin/membership/tariffyear/<path:object_id>/change/                      302 302 302 200 200
GET  admin/membership/tariffyear/<path:object_id>/                             302 302 302 302 302
GET  admin/membership/helptext/                                                302 302 302 200 200
GET  admin/membership/helptext/add/                                            302 302 302 403 200
GET  admin/membership/helptext/<path:object_id>/history/                       302 302 302 200 200
GET  admin/membership/helptext/<path:object_id>/delete/                        302 302 302 403 200
GET  admin/membership/helptext/<path:object_id>/change/                        302 302 302 200 200
GET  admin/membership/helptext/<path:object_id>/                               302 302 302 302 302
GET  admin/membership/member/                                                  302 302 302 200 200
GET  admin/membership/member/add/                                              302 302 302 403 200
GET  admin/membership/member/<path:object_id>/history/                         302 302 302 200 200
GET  admin/membership/member/<path:object_id>/delete/                          302 302 302 403 403
GET  admin/membership/member/<path:object_id>/change/                          302 302 302 200 200
GET  admin/membership/member/<path:object_id>/                                 302 302 302 302 302
GET  admin/membership/unpaidinvoice/                                           302 302 302 200 200
GET  admin/membership/unpaidinvoice/add/                                       302 302 302 403 403
GET  admin/membership/unpaidinvoice/<path:object_id>/history/                  302 302 302 200 200
GET  admin/membership/unpaidinvoice/<path:object_id>/delete/                   302 302 302 403 403
GET  admin/membership/unpaidinvoice/<path:object_id>/change/                   302 302 302 200 200
GET  admin/membership/unpaidinvoice/<path:object_id>/                          302 302 302 302 302
GET  admin/^(?P<app_label>core|notifications|auth|accounts|membership)/$       302 302 302 200 200
GET  admin/(?P<url>.*)$                                                        302 302 302 404 404
GET  boite/                                                                    200 200 200 200 200
GET  boite/<str:name>/                                                         200 200 200 200 200
GET  boite/<str:name>/html/                                                    200 200 200 200 200
GET  boite/<str:name>/piece/<int:number>/                                      200 200 200 200 200
GET  galerie/                                                                  200 200 200 200 200
GET  galerie/pages/<slug:name>/                                                200 200 200 200 200
"""

Rows = dict[str, tuple[str, tuple[int, ...]]]


def rows() -> Rows:
    """`{route: (method, statuses)}` of the table."""
    found: Rows = {}
    for line in TABLE.splitlines():
        if line.strip():
            method, *rest = line.split()
            statuses = tuple(map(int, rest[-len(PEOPLE) :]))
            found[" ".join(rest[: -len(PEOPLE)])] = (method, statuses)
    return found


def write(measured: Rows) -> None:
    """Put `measured` in place of the table of this file."""
    width = max(map(len, measured)) + 1
    lines = [
        f"{method:4} {route:{width}} {' '.join(map(str, statuses))}" for route, (method, statuses) in measured.items()
    ]
    path = Path(__file__)
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition('TABLE = """\n')
    after = rest.partition('"""\n')[2]
    path.write_text(f'{before}TABLE = """\n' + "\n".join(lines) + f'\n"""\n{after}', encoding="utf-8")


def main() -> int:
    if sys.argv[1:] != ["--write"]:
        sys.stdout.write(TABLE)
        return 0
    command = [sys.executable, "-m", "pytest", "-q", "tests/test_access_matrix.py"]
    return subprocess.run(command, env={**os.environ, WRITE: "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
