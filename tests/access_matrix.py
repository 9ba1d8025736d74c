"""Who may open what: every URL of the site × ten people → the status of the answer.

The table below is what `tests/test_access_matrix.py` compares with the running site; a URL without a row fails. After a
change of URLs, `python -m tests.access_matrix --write` asks the site again and rewrites the table. Read the difference
line by line before you commit it: the command writes what is, not what should be.

GET is asked, and POST (with an empty form) where GET is not allowed. The URLs are about the dossiers of the « link
holder » (who also opened an activation and a reset link) and about the company of the « member », whose account has all
rights on it; the « reader member » has access to that company without any right, the « other member » all rights on
another company. « Password only » is the member before the second step. 302 leads to the login or to the second step
for who has not passed them, to the step or page to go on with elsewhere. An empty form may be refused for what it lacks
(409, 422): who gets these was let in.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WRITE = "ACCESS_MATRIX_WRITE"  # in the environment: rewrite the table instead of comparing
PEOPLE = (
    *("anonymous", "link holder", "other link holder"),
    *("password only", "member", "reader member", "other member"),
    *("staff reader", "staff manager", "staff accountant"),
)

# Method, route, then one status for each of PEOPLE, in that order.
TABLE = """
GET  (root)                                                                                                     302 302 302 302 302 302 302 302 302 302
GET  adhesion/                                                                                                  200 200 200 200 200 200 200 200 200 200
GET  adhesion/reprendre/                                                                                        200 200 200 200 200 200 200 200 200 200
GET  adhesion/reprendre/envoye/                                                                                 200 200 200 200 200 200 200 200 200 200
GET  adhesion/reprendre/<str:token>/                                                                            302 302 302 302 302 302 302 302 302 302
GET  adhesion/supprimee/                                                                                        200 200 200 200 200 200 200 200 200 200
GET  adhesion/<uuid:pk>/                                                                                        404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/<slug:step>/                                                                      404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/ajouter/                                                                 404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/<uuid:row>/                                                              404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/a-corriger/<uuid:row>/                                                   404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/a-corriger/<uuid:row>/retirer/                                           404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/vider/                                                                   404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/contacts/<uuid:row>/retirer/                                                      404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/ajouter/                                                                 404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/<uuid:row>/                                                              404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/a-corriger/<uuid:row>/                                                   404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/a-corriger/<uuid:row>/retirer/                                           404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/vider/                                                                   404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/<uuid:row>/retirer/                                                      404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/importer/                                                                404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/etape/salaries/modele.xlsx                                                              404 200 404 404 404 404 404 404 404 404
POST adhesion/<uuid:pk>/annuaire/                                                                               404 302 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/quitter/                                                                                404 200 404 404 404 404 404 404 404 404
POST adhesion/<uuid:pk>/deja-ouvert/                                                                            404 302 404 404 404 404 404 404 404 404
POST adhesion/<uuid:pk>/recommencer/                                                                            404 302 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/supprimer-ma-demande/                                                                   404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/retirer-ma-demande/                                                                     404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/confirmation/                                                                           404 302 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/reponses/                                                                               404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/messages/                                                                               404 302 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/documents/<uuid:document_pk>/                                                           404 200 404 404 404 404 404 404 404 404
POST adhesion/<uuid:pk>/pieces/                                                                                 404 302 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/pieces.pdf                                                                              404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/pieces/<uuid:upload_pk>/                                                                404 200 404 404 404 404 404 404 404 404
GET  adhesion/<uuid:pk>/pieces/<uuid:upload_pk>/apercu.png                                                      404 200 404 404 404 404 404 404 404 404
POST adhesion/<uuid:pk>/pieces/<uuid:upload_pk>/retirer/                                                        404 302 404 404 404 404 404 404 404 404
POST adhesion/<uuid:pk>/pieces/<uuid:upload_pk>/deplacer/                                                       404 302 404 404 404 404 404 404 404 404
POST admin/file/attribuer/                                                                                      302 302 302 302 403 403 403 403 302 403
POST admin/file/liens/                                                                                          302 302 302 302 403 403 403 403 302 403
GET  admin/file/export.<str:kind>                                                                               302 302 302 302 403 403 403 200 200 200
GET  admin/donnees-personnelles/                                                                                302 302 302 302 403 403 403 403 403 403
GET  admin/                                                                                                     302 302 302 302 403 403 403 200 200 200
GET  admin/login/                                                                                               302 302 302 302 302 302 302 302 302 302
POST admin/logout/                                                                                              302 302 302 302 302 302 302 302 302 302
GET  admin/password_change/                                                                                     302 302 302 302 403 403 403 302 302 302
GET  admin/password_change/done/                                                                                302 302 302 302 403 403 403 302 302 302
GET  admin/autocomplete/                                                                                        302 302 302 302 403 403 403 403 403 403
GET  admin/jsi18n/                                                                                              302 302 302 302 403 403 403 200 200 200
GET  admin/r/<path:content_type_id>/<path:object_id>/                                                           302 302 302 302 403 403 403 404 404 404
GET  admin/core/commune/                                                                                        302 302 302 302 403 403 403 200 200 200
GET  admin/core/commune/add/                                                                                    302 302 302 302 403 403 403 403 403 403
GET  admin/core/commune/<path:object_id>/history/                                                               302 302 302 302 403 403 403 200 200 200
GET  admin/core/commune/<path:object_id>/delete/                                                                302 302 302 302 403 403 403 403 403 403
GET  admin/core/commune/<path:object_id>/change/                                                                302 302 302 302 403 403 403 200 200 200
GET  admin/core/commune/<path:object_id>/                                                                       302 302 302 302 403 403 403 302 302 302
GET  admin/core/journalentry/export.<str:kind>                                                                  302 302 302 302 403 403 403 200 200 200
GET  admin/core/journalentry/                                                                                   302 302 302 302 403 403 403 200 200 200
GET  admin/core/journalentry/add/                                                                               302 302 302 302 403 403 403 403 403 403
GET  admin/core/journalentry/<path:object_id>/history/                                                          302 302 302 302 403 403 403 200 200 200
GET  admin/core/journalentry/<path:object_id>/delete/                                                           302 302 302 302 403 403 403 403 403 403
GET  admin/core/journalentry/<path:object_id>/change/                                                           302 302 302 302 403 403 403 200 200 200
GET  admin/core/journalentry/<path:object_id>/                                                                  302 302 302 302 403 403 403 302 302 302
GET  admin/core/finding/export.<str:kind>                                                                       302 302 302 302 403 403 403 200 200 200
GET  admin/core/finding/                                                                                        302 302 302 302 403 403 403 200 200 200
GET  admin/core/finding/add/                                                                                    302 302 302 302 403 403 403 403 403 403
GET  admin/core/finding/<path:object_id>/history/                                                               302 302 302 302 403 403 403 200 200 200
GET  admin/core/finding/<path:object_id>/delete/                                                                302 302 302 302 403 403 403 403 403 403
GET  admin/core/finding/<path:object_id>/change/                                                                302 302 302 302 403 403 403 200 200 200
GET  admin/core/finding/<path:object_id>/                                                                       302 302 302 302 403 403 403 302 302 302
GET  admin/documents/upload/export.<str:kind>                                                                   302 302 302 302 403 403 403 200 200 200
GET  admin/documents/upload/                                                                                    302 302 302 302 403 403 403 200 200 200
GET  admin/documents/upload/add/                                                                                302 302 302 302 403 403 403 403 403 403
GET  admin/documents/upload/<path:object_id>/history/                                                           302 302 302 302 403 403 403 200 200 200
GET  admin/documents/upload/<path:object_id>/delete/                                                            302 302 302 302 403 403 403 403 403 403
GET  admin/documents/upload/<path:object_id>/change/                                                            302 302 302 302 403 403 403 200 200 200
GET  admin/documents/upload/<path:object_id>/                                                                   302 302 302 302 403 403 403 302 302 302
POST admin/documents/document/<uuid:pk>/reessayer/                                                              302 302 302 302 403 403 403 403 302 302
GET  admin/documents/document/export.<str:kind>                                                                 302 302 302 302 403 403 403 200 200 200
GET  admin/documents/document/                                                                                  302 302 302 302 403 403 403 200 200 200
GET  admin/documents/document/add/                                                                              302 302 302 302 403 403 403 403 403 403
GET  admin/documents/document/<path:object_id>/history/                                                         302 302 302 302 403 403 403 200 200 200
GET  admin/documents/document/<path:object_id>/delete/                                                          302 302 302 302 403 403 403 403 403 403
GET  admin/documents/document/<path:object_id>/change/                                                          302 302 302 302 403 403 403 200 200 200
GET  admin/documents/document/<path:object_id>/                                                                 302 302 302 302 403 403 403 302 302 302
POST admin/notifications/message/<uuid:pk>/renvoyer/                                                            302 302 302 302 403 403 403 403 302 403
POST admin/notifications/message/<uuid:pk>/classer/                                                             302 302 302 302 403 403 403 403 302 403
GET  admin/notifications/message/export.<str:kind>                                                              302 302 302 302 403 403 403 200 200 200
POST admin/notifications/message/<uuid:pk>/courrier/                                                            302 302 302 302 403 403 403 403 302 403
POST admin/notifications/message/<uuid:pk>/imprimer/                                                            302 302 302 302 403 403 403 403 302 403
GET  admin/notifications/message/                                                                               302 302 302 302 403 403 403 200 200 200
GET  admin/notifications/message/add/                                                                           302 302 302 302 403 403 403 403 403 403
GET  admin/notifications/message/<path:object_id>/history/                                                      302 302 302 302 403 403 403 200 200 200
GET  admin/notifications/message/<path:object_id>/delete/                                                       302 302 302 302 403 403 403 403 403 403
GET  admin/notifications/message/<path:object_id>/change/                                                       302 302 302 302 403 403 403 200 200 200
GET  admin/notifications/message/<path:object_id>/                                                              302 302 302 302 403 403 403 302 302 302
GET  admin/notifications/callbackrequest/export.<str:kind>                                                      302 302 302 302 403 403 403 200 200 200
GET  admin/notifications/callbackrequest/                                                                       302 302 302 302 403 403 403 200 200 200
GET  admin/notifications/callbackrequest/add/                                                                   302 302 302 302 403 403 403 403 403 403
GET  admin/notifications/callbackrequest/<path:object_id>/history/                                              302 302 302 302 403 403 403 200 200 200
GET  admin/notifications/callbackrequest/<path:object_id>/delete/                                               302 302 302 302 403 403 403 403 403 403
GET  admin/notifications/callbackrequest/<path:object_id>/change/                                               302 302 302 302 403 403 403 200 200 200
GET  admin/notifications/callbackrequest/<path:object_id>/                                                      302 302 302 302 403 403 403 302 302 302
GET  admin/auth/group/                                                                                          302 302 302 302 403 403 403 403 403 403
GET  admin/auth/group/add/                                                                                      302 302 302 302 403 403 403 403 403 403
GET  admin/auth/group/<path:object_id>/history/                                                                 302 302 302 302 403 403 403 403 403 403
GET  admin/auth/group/<path:object_id>/delete/                                                                  302 302 302 302 403 403 403 403 403 403
GET  admin/auth/group/<path:object_id>/change/                                                                  302 302 302 302 403 403 403 403 403 403
GET  admin/auth/group/<path:object_id>/                                                                         302 302 302 302 403 403 403 302 302 302
GET  admin/accounts/user/export.<str:kind>                                                                      302 302 302 302 403 403 403 403 403 403
GET  admin/accounts/user/                                                                                       302 302 302 302 403 403 403 403 403 403
GET  admin/accounts/user/add/                                                                                   302 302 302 302 403 403 403 403 403 403
GET  admin/accounts/user/<path:object_id>/history/                                                              302 302 302 302 403 403 403 403 403 403
GET  admin/accounts/user/<path:object_id>/delete/                                                               302 302 302 302 403 403 403 403 403 403
GET  admin/accounts/user/<path:object_id>/change/                                                               302 302 302 302 403 403 403 403 403 403
GET  admin/accounts/user/<path:object_id>/                                                                      302 302 302 302 403 403 403 302 302 302
GET  admin/billing/collection/dates/                                                                            302 302 302 302 403 403 403 200 200 200
POST admin/billing/collection/dates/<str:day>/fichier/                                                          302 302 302 302 403 403 403 403 403 302
GET  admin/billing/collection/dates/<str:day>/reporter/                                                         302 302 302 302 403 403 403 403 403 200
GET  admin/billing/collection/rejets/                                                                           302 302 302 302 403 403 403 403 403 200
GET  admin/billing/collection/<uuid:pk>/rejet/                                                                  302 302 302 302 403 403 403 403 403 200
GET  admin/billing/collection/<uuid:pk>/annuler/                                                                302 302 302 302 403 403 403 403 403 200
GET  admin/billing/collection/<uuid:pk>/presenter/                                                              302 302 302 302 403 403 403 403 403 200
GET  admin/billing/collection/export.<str:kind>                                                                 302 302 302 302 403 403 403 200 200 200
GET  admin/billing/collection/                                                                                  302 302 302 302 403 403 403 200 200 200
GET  admin/billing/collection/add/                                                                              302 302 302 302 403 403 403 403 403 403
GET  admin/billing/collection/<path:object_id>/history/                                                         302 302 302 302 403 403 403 200 200 200
GET  admin/billing/collection/<path:object_id>/delete/                                                          302 302 302 302 403 403 403 403 403 403
GET  admin/billing/collection/<path:object_id>/change/                                                          302 302 302 302 403 403 403 200 200 200
GET  admin/billing/collection/<path:object_id>/                                                                 302 302 302 302 403 403 403 302 302 302
GET  admin/billing/excessuse/export.<str:kind>                                                                  302 302 302 302 403 403 403 200 200 200
GET  admin/billing/excessuse/                                                                                   302 302 302 302 403 403 403 200 200 200
GET  admin/billing/excessuse/add/                                                                               302 302 302 302 403 403 403 403 403 403
GET  admin/billing/excessuse/<path:object_id>/history/                                                          302 302 302 302 403 403 403 200 200 200
GET  admin/billing/excessuse/<path:object_id>/delete/                                                           302 302 302 302 403 403 403 403 403 403
GET  admin/billing/excessuse/<path:object_id>/change/                                                           302 302 302 302 403 403 403 302 302 302
GET  admin/billing/excessuse/<path:object_id>/                                                                  302 302 302 302 403 403 403 302 302 302
GET  admin/billing/collectionfile/<uuid:pk>/fichier.xml                                                         302 302 302 302 403 403 403 403 403 200
GET  admin/billing/collectionfile/<uuid:pk>/encaisser/                                                          302 302 302 302 403 403 403 403 403 200
GET  admin/billing/collectionfile/export.<str:kind>                                                             302 302 302 302 403 403 403 200 200 200
GET  admin/billing/collectionfile/                                                                              302 302 302 302 403 403 403 200 200 200
GET  admin/billing/collectionfile/add/                                                                          302 302 302 302 403 403 403 403 403 403
GET  admin/billing/collectionfile/<path:object_id>/history/                                                     302 302 302 302 403 403 403 200 200 200
GET  admin/billing/collectionfile/<path:object_id>/delete/                                                      302 302 302 302 403 403 403 403 403 403
GET  admin/billing/collectionfile/<path:object_id>/change/                                                      302 302 302 302 403 403 403 200 200 200
GET  admin/billing/collectionfile/<path:object_id>/                                                             302 302 302 302 403 403 403 302 302 302
GET  admin/billing/invoice/<uuid:pk>/regler/                                                                    302 302 302 302 403 403 403 403 403 200
GET  admin/billing/invoice/<uuid:pk>/annuler/                                                                   302 302 302 302 403 403 403 403 403 200
GET  admin/billing/invoice/<uuid:pk>/reporter/                                                                  302 302 302 302 403 403 403 403 403 200
GET  admin/billing/invoice/<uuid:pk>/rembourser/                                                                302 302 302 302 403 403 403 403 403 200
GET  admin/billing/invoice/<uuid:pk>/annuler-report/                                                            302 302 302 302 403 403 403 403 403 302
GET  admin/billing/invoice/<uuid:pk>/annuler-remboursement/                                                     302 302 302 302 403 403 403 403 403 200
GET  admin/billing/invoice/<uuid:pk>/document/<uuid:document_pk>/                                               302 302 302 302 403 403 403 200 200 200
GET  admin/billing/invoice/relancer/                                                                                302 302 302 302 403 403 403 403 403 200
GET  admin/billing/invoice/export.<str:kind>                                                                    302 302 302 302 403 403 403 200 200 200
GET  admin/billing/invoice/                                                                                     302 302 302 302 403 403 403 200 200 200
GET  admin/billing/invoice/add/                                                                                 302 302 302 302 403 403 403 403 403 403
GET  admin/billing/invoice/<path:object_id>/history/                                                            302 302 302 302 403 403 403 200 200 200
GET  admin/billing/invoice/<path:object_id>/delete/                                                             302 302 302 302 403 403 403 403 403 403
GET  admin/billing/invoice/<path:object_id>/change/                                                             302 302 302 302 403 403 403 200 200 200
GET  admin/billing/invoice/<path:object_id>/                                                                    302 302 302 302 403 403 403 302 302 302
POST admin/billing/statementline/<uuid:pk>/confirmer/                                                           302 302 302 302 403 403 403 403 403 409
GET  admin/billing/statementline/<uuid:pk>/rattacher/                                                           302 302 302 302 403 403 403 403 403 200
GET  admin/billing/statementline/<uuid:pk>/ecarter/                                                             302 302 302 302 403 403 403 403 403 200
POST admin/billing/statementline/<uuid:pk>/reprendre/                                                           302 302 302 302 403 403 403 403 403 409
GET  admin/billing/statementline/export.<str:kind>                                                              302 302 302 302 403 403 403 200 200 200
GET  admin/billing/statementline/                                                                               302 302 302 302 403 403 403 200 200 200
GET  admin/billing/statementline/add/                                                                           302 302 302 302 403 403 403 403 403 403
GET  admin/billing/statementline/<path:object_id>/history/                                                      302 302 302 302 403 403 403 200 200 200
GET  admin/billing/statementline/<path:object_id>/delete/                                                       302 302 302 302 403 403 403 403 403 403
GET  admin/billing/statementline/<path:object_id>/change/                                                       302 302 302 302 403 403 403 302 302 302
GET  admin/billing/statementline/<path:object_id>/                                                              302 302 302 302 403 403 403 302 302 302
GET  admin/billing/mandate/<uuid:pk>/revoquer/                                                                  302 302 302 302 403 403 403 403 403 200
POST admin/billing/mandate/<uuid:pk>/copie/                                                                     302 302 302 302 403 403 403 403 403 200
GET  admin/billing/mandate/export.<str:kind>                                                                    302 302 302 302 403 403 403 200 200 200
GET  admin/billing/mandate/                                                                                     302 302 302 302 403 403 403 200 200 200
GET  admin/billing/mandate/add/                                                                                 302 302 302 302 403 403 403 403 403 403
GET  admin/billing/mandate/<path:object_id>/history/                                                            302 302 302 302 403 403 403 200 200 200
GET  admin/billing/mandate/<path:object_id>/delete/                                                             302 302 302 302 403 403 403 403 403 403
GET  admin/billing/mandate/<path:object_id>/change/                                                             302 302 302 302 403 403 403 200 200 200
GET  admin/billing/mandate/<path:object_id>/                                                                    302 302 302 302 403 403 403 302 302 302
GET  admin/billing/receipt/export.<str:kind>                                                                    302 302 302 302 403 403 403 200 200 200
GET  admin/billing/receipt/                                                                                     302 302 302 302 403 403 403 200 200 200
GET  admin/billing/receipt/add/                                                                                 302 302 302 302 403 403 403 403 403 403
GET  admin/billing/receipt/<path:object_id>/history/                                                            302 302 302 302 403 403 403 200 200 200
GET  admin/billing/receipt/<path:object_id>/delete/                                                             302 302 302 302 403 403 403 403 403 403
GET  admin/billing/receipt/<path:object_id>/change/                                                             302 302 302 302 403 403 403 302 302 302
GET  admin/billing/receipt/<path:object_id>/                                                                    302 302 302 302 403 403 403 302 302 302
GET  admin/billing/bankstatement/deposer/                                                                       302 302 302 302 403 403 403 403 403 200
POST admin/billing/bankstatement/<uuid:pk>/confirmer/                                                           302 302 302 302 403 403 403 403 403 302
POST admin/billing/bankstatement/<uuid:pk>/chercher/                                                            302 302 302 302 403 403 403 403 403 302
GET  admin/billing/bankstatement/export.<str:kind>                                                              302 302 302 302 403 403 403 200 200 200
GET  admin/billing/bankstatement/                                                                               302 302 302 302 403 403 403 200 200 200
GET  admin/billing/bankstatement/add/                                                                           302 302 302 302 403 403 403 403 403 403
GET  admin/billing/bankstatement/<path:object_id>/history/                                                      302 302 302 302 403 403 403 200 200 200
GET  admin/billing/bankstatement/<path:object_id>/delete/                                                       302 302 302 302 403 403 403 403 403 403
GET  admin/billing/bankstatement/<path:object_id>/change/                                                       302 302 302 302 403 403 403 200 200 200
GET  admin/billing/bankstatement/<path:object_id>/                                                              302 302 302 302 403 403 403 302 302 302
GET  admin/membership/application/<uuid:pk>/proforma/                                                           302 302 302 302 403 403 403 403 302 403
GET  admin/membership/application/<uuid:pk>/suspendre/                                                          302 302 302 302 403 403 403 403 302 403
GET  admin/membership/application/<uuid:pk>/accepter/                                                           302 302 302 302 403 403 403 403 302 403
GET  admin/membership/application/<uuid:pk>/rembourser/                                                         302 302 302 302 403 403 403 403 403 302
GET  admin/membership/application/<uuid:pk>/reglement/                                                          302 302 302 302 403 403 403 403 403 200
GET  admin/membership/application/<uuid:pk>/reglement-tardif/                                                   302 302 302 302 403 403 403 403 403 302
GET  admin/membership/application/<uuid:pk>/annuler/                                                            302 302 302 302 403 403 403 403 403 302
GET  admin/membership/application/<uuid:pk>/demander/                                                           302 302 302 302 403 403 403 403 200 403
POST admin/membership/application/<uuid:pk>/lien/                                                               302 302 302 302 403 403 403 403 409 403
GET  admin/membership/application/<uuid:pk>/adresse/                                                            302 302 302 302 403 403 403 403 200 403
GET  admin/membership/application/<uuid:pk>/rouvrir/                                                            302 302 302 302 403 403 403 403 302 403
GET  admin/membership/application/<uuid:pk>/renvoyer/                                                           302 302 302 302 403 403 403 403 200 403
GET  admin/membership/application/<uuid:pk>/retirer/                                                            302 302 302 302 403 403 403 403 200 403
GET  admin/membership/application/<uuid:pk>/supprimer/                                                          302 302 302 302 403 403 403 403 302 403
POST admin/membership/application/<uuid:pk>/attribuer/                                                          302 302 302 302 403 403 403 403 422 403
POST admin/membership/application/<uuid:pk>/noter/                                                              302 302 302 302 403 403 403 403 422 403
GET  admin/membership/application/<uuid:pk>/ecrire/                                                             302 302 302 302 403 403 403 403 200 403
POST admin/membership/application/<uuid:pk>/sans-reponse/                                                       302 302 302 302 403 403 403 403 409 403
POST admin/membership/application/<uuid:pk>/piece/<uuid:upload_pk>/accepter/                                    302 302 302 302 403 403 403 403 409 403
GET  admin/membership/application/<uuid:pk>/piece/<uuid:upload_pk>/refuser/                                     302 302 302 302 403 403 403 403 200 403
GET  admin/membership/application/<uuid:pk>/piece/<uuid:upload_pk>/                                             302 302 302 302 403 403 403 200 200 200
GET  admin/membership/application/<uuid:pk>/piece/<uuid:upload_pk>/apercu.png                                   302 302 302 302 403 403 403 200 200 200
GET  admin/membership/application/<uuid:pk>/pieces.pdf                                                          302 302 302 302 403 403 403 200 200 200
GET  admin/membership/application/<uuid:pk>/document/<uuid:document_pk>/                                        302 302 302 302 403 403 403 200 200 200
GET  admin/membership/application/                                                                              302 302 302 302 403 403 403 302 302 302
GET  admin/membership/application/add/                                                                          302 302 302 302 403 403 403 403 403 403
GET  admin/membership/application/<path:object_id>/history/                                                     302 302 302 302 403 403 403 200 200 200
GET  admin/membership/application/<path:object_id>/delete/                                                      302 302 302 302 403 403 403 403 403 403
GET  admin/membership/application/<path:object_id>/change/                                                      302 302 302 302 403 403 403 200 200 200
GET  admin/membership/application/<path:object_id>/                                                             302 302 302 302 403 403 403 302 302 302
GET  admin/membership/zonecommune/ajouter/                                                                      302 302 302 302 403 403 403 403 200 403
GET  admin/membership/zonecommune/export.<str:kind>                                                             302 302 302 302 403 403 403 200 200 200
GET  admin/membership/zonecommune/                                                                              302 302 302 302 403 403 403 200 200 200
GET  admin/membership/zonecommune/add/                                                                          302 302 302 302 403 403 403 302 302 302
GET  admin/membership/zonecommune/<path:object_id>/history/                                                     302 302 302 302 403 403 403 200 200 200
GET  admin/membership/zonecommune/<path:object_id>/delete/                                                      302 302 302 302 403 403 403 403 200 403
GET  admin/membership/zonecommune/<path:object_id>/change/                                                      302 302 302 302 403 403 403 200 200 200
GET  admin/membership/zonecommune/<path:object_id>/                                                             302 302 302 302 403 403 403 302 302 302
GET  admin/membership/excludednaf/export.<str:kind>                                                             302 302 302 302 403 403 403 200 200 200
GET  admin/membership/excludednaf/                                                                              302 302 302 302 403 403 403 200 200 200
GET  admin/membership/excludednaf/add/                                                                          302 302 302 302 403 403 403 403 200 403
GET  admin/membership/excludednaf/<path:object_id>/history/                                                     302 302 302 302 403 403 403 200 200 200
GET  admin/membership/excludednaf/<path:object_id>/delete/                                                      302 302 302 302 403 403 403 403 200 403
GET  admin/membership/excludednaf/<path:object_id>/change/                                                      302 302 302 302 403 403 403 200 200 200
GET  admin/membership/excludednaf/<path:object_id>/                                                             302 302 302 302 403 403 403 302 302 302
GET  admin/membership/medicalcentre/export.<str:kind>                                                           302 302 302 302 403 403 403 200 200 200
GET  admin/membership/medicalcentre/                                                                            302 302 302 302 403 403 403 200 200 200
GET  admin/membership/medicalcentre/add/                                                                        302 302 302 302 403 403 403 403 200 403
GET  admin/membership/medicalcentre/<path:object_id>/history/                                                   302 302 302 302 403 403 403 200 200 200
GET  admin/membership/medicalcentre/<path:object_id>/delete/                                                    302 302 302 302 403 403 403 403 200 403
GET  admin/membership/medicalcentre/<path:object_id>/change/                                                    302 302 302 302 403 403 403 200 200 200
GET  admin/membership/medicalcentre/<path:object_id>/                                                           302 302 302 302 403 403 403 302 302 302
GET  admin/membership/secretary/export.<str:kind>                                                               302 302 302 302 403 403 403 200 200 200
GET  admin/membership/secretary/                                                                                302 302 302 302 403 403 403 200 200 200
GET  admin/membership/secretary/add/                                                                            302 302 302 302 403 403 403 403 200 403
GET  admin/membership/secretary/<path:object_id>/history/                                                       302 302 302 302 403 403 403 200 200 200
GET  admin/membership/secretary/<path:object_id>/delete/                                                        302 302 302 302 403 403 403 403 200 403
GET  admin/membership/secretary/<path:object_id>/change/                                                        302 302 302 302 403 403 403 200 200 200
GET  admin/membership/secretary/<path:object_id>/                                                               302 302 302 302 403 403 403 302 302 302
GET  admin/membership/doctor/export.<str:kind>                                                                  302 302 302 302 403 403 403 200 200 200
GET  admin/membership/doctor/                                                                                   302 302 302 302 403 403 403 200 200 200
GET  admin/membership/doctor/add/                                                                               302 302 302 302 403 403 403 403 200 403
GET  admin/membership/doctor/<path:object_id>/history/                                                          302 302 302 302 403 403 403 200 200 200
GET  admin/membership/doctor/<path:object_id>/delete/                                                           302 302 302 302 403 403 403 403 200 403
GET  admin/membership/doctor/<path:object_id>/change/                                                           302 302 302 302 403 403 403 200 200 200
GET  admin/membership/doctor/<path:object_id>/                                                                  302 302 302 302 403 403 403 302 302 302
GET  admin/membership/tariffyear/export.<str:kind>                                                              302 302 302 302 403 403 403 200 200 200
GET  admin/membership/tariffyear/                                                                               302 302 302 302 403 403 403 200 200 200
GET  admin/membership/tariffyear/add/                                                                           302 302 302 302 403 403 403 403 403 200
GET  admin/membership/tariffyear/<path:object_id>/history/                                                      302 302 302 302 403 403 403 200 200 200
GET  admin/membership/tariffyear/<path:object_id>/delete/                                                       302 302 302 302 403 403 403 403 403 200
GET  admin/membership/tariffyear/<path:object_id>/change/                                                       302 302 302 302 403 403 403 200 200 200
GET  admin/membership/tariffyear/<path:object_id>/                                                              302 302 302 302 403 403 403 302 302 302
GET  admin/membership/helptext/export.<str:kind>                                                                302 302 302 302 403 403 403 200 200 200
GET  admin/membership/helptext/                                                                                 302 302 302 302 403 403 403 200 200 200
GET  admin/membership/helptext/add/                                                                             302 302 302 302 403 403 403 403 403 403
GET  admin/membership/helptext/<path:object_id>/history/                                                        302 302 302 302 403 403 403 200 200 200
GET  admin/membership/helptext/<path:object_id>/delete/                                                         302 302 302 302 403 403 403 403 403 403
GET  admin/membership/helptext/<path:object_id>/change/                                                         302 302 302 302 403 403 403 200 200 200
GET  admin/membership/helptext/<path:object_id>/                                                                302 302 302 302 403 403 403 302 302 302
GET  admin/membership/member/<uuid:pk>/entreprise/                                                              302 302 302 302 403 403 403 403 200 403
GET  admin/membership/member/<uuid:pk>/adresses/                                                                302 302 302 302 403 403 403 403 200 403
GET  admin/membership/member/<uuid:pk>/contacts/                                                                302 302 302 302 403 403 403 403 200 403
GET  admin/membership/member/<uuid:pk>/contacts/ajouter/                                                        302 302 302 302 403 403 403 403 200 403
GET  admin/membership/member/<uuid:pk>/contacts/<uuid:row>/                                                     302 302 302 302 403 403 403 403 200 403
GET  admin/membership/member/<uuid:pk>/contacts/a-corriger/<uuid:row>/                                          302 302 302 302 403 403 403 403 302 403
GET  admin/membership/member/<uuid:pk>/contacts/a-corriger/<uuid:row>/retirer/                                  302 302 302 302 403 403 403 403 302 403
GET  admin/membership/member/<uuid:pk>/contacts/vider/                                                          302 302 302 302 403 403 403 403 200 403
GET  admin/membership/member/<uuid:pk>/contacts/<uuid:row>/retirer/                                             302 302 302 302 403 403 403 403 200 403
GET  admin/membership/member/<uuid:pk>/acces/donner/                                                            302 302 302 302 403 403 403 403 200 403
GET  admin/membership/member/<uuid:pk>/acces/<uuid:access_pk>/retirer/                                          302 302 302 302 403 403 403 403 200 403
GET  admin/membership/member/export.<str:kind>                                                                  302 302 302 302 403 403 403 200 200 200
GET  admin/membership/member/                                                                                   302 302 302 302 403 403 403 200 200 200
GET  admin/membership/member/add/                                                                               302 302 302 302 403 403 403 403 200 200
GET  admin/membership/member/<path:object_id>/history/                                                          302 302 302 302 403 403 403 200 200 200
GET  admin/membership/member/<path:object_id>/delete/                                                           302 302 302 302 403 403 403 403 403 403
GET  admin/membership/member/<path:object_id>/change/                                                           302 302 302 302 403 403 403 200 200 200
GET  admin/membership/member/<path:object_id>/                                                                  302 302 302 302 403 403 403 302 302 302
GET  admin/membership/unpaidinvoice/export.<str:kind>                                                           302 302 302 302 403 403 403 200 200 200
GET  admin/membership/unpaidinvoice/                                                                            302 302 302 302 403 403 403 200 200 200
GET  admin/membership/unpaidinvoice/add/                                                                        302 302 302 302 403 403 403 403 403 403
GET  admin/membership/unpaidinvoice/<path:object_id>/history/                                                   302 302 302 302 403 403 403 200 200 200
GET  admin/membership/unpaidinvoice/<path:object_id>/delete/                                                    302 302 302 302 403 403 403 403 403 403
GET  admin/membership/unpaidinvoice/<path:object_id>/change/                                                    302 302 302 302 403 403 403 200 200 200
GET  admin/membership/unpaidinvoice/<path:object_id>/                                                           302 302 302 302 403 403 403 302 302 302
POST admin/space/changerequest/<uuid:pk>/appliquer/                                                             302 302 302 302 403 403 403 403 422 403
POST admin/space/changerequest/<uuid:pk>/refuser/                                                               302 302 302 302 403 403 403 403 422 403
GET  admin/space/changerequest/export.<str:kind>                                                                302 302 302 302 403 403 403 200 200 200
GET  admin/space/changerequest/                                                                                 302 302 302 302 403 403 403 200 200 200
GET  admin/space/changerequest/add/                                                                             302 302 302 302 403 403 403 403 403 403
GET  admin/space/changerequest/<path:object_id>/history/                                                        302 302 302 302 403 403 403 200 200 200
GET  admin/space/changerequest/<path:object_id>/delete/                                                         302 302 302 302 403 403 403 403 403 403
GET  admin/space/changerequest/<path:object_id>/change/                                                         302 302 302 302 403 403 403 200 200 200
GET  admin/space/changerequest/<path:object_id>/                                                                302 302 302 302 403 403 403 302 302 302
GET  admin/space/usefuldocument/<uuid:pk>/fichier/                                                              302 302 302 302 403 403 403 200 200 200
GET  admin/space/usefuldocument/export.<str:kind>                                                               302 302 302 302 403 403 403 200 200 200
GET  admin/space/usefuldocument/                                                                                302 302 302 302 403 403 403 200 200 200
GET  admin/space/usefuldocument/add/                                                                            302 302 302 302 403 403 403 403 200 403
GET  admin/space/usefuldocument/<path:object_id>/history/                                                       302 302 302 302 403 403 403 200 200 200
GET  admin/space/usefuldocument/<path:object_id>/delete/                                                        302 302 302 302 403 403 403 403 200 403
GET  admin/space/usefuldocument/<path:object_id>/change/                                                        302 302 302 302 403 403 403 200 200 200
GET  admin/space/usefuldocument/<path:object_id>/                                                               302 302 302 302 403 403 403 302 302 302
GET  admin/space/attestation/export.<str:kind>                                                                  302 302 302 302 403 403 403 200 200 200
GET  admin/space/attestation/                                                                                   302 302 302 302 403 403 403 200 200 200
GET  admin/space/attestation/add/                                                                               302 302 302 302 403 403 403 403 403 403
GET  admin/space/attestation/<path:object_id>/history/                                                          302 302 302 302 403 403 403 200 200 200
GET  admin/space/attestation/<path:object_id>/delete/                                                           302 302 302 302 403 403 403 403 403 403
GET  admin/space/attestation/<path:object_id>/change/                                                           302 302 302 302 403 403 403 200 200 200
GET  admin/space/attestation/<path:object_id>/                                                                  302 302 302 302 403 403 403 302 302 302
GET  admin/space/requesttheme/export.<str:kind>                                                                 302 302 302 302 403 403 403 200 200 200
GET  admin/space/requesttheme/                                                                                  302 302 302 302 403 403 403 200 200 200
GET  admin/space/requesttheme/add/                                                                              302 302 302 302 403 403 403 403 200 403
GET  admin/space/requesttheme/<path:object_id>/history/                                                         302 302 302 302 403 403 403 200 200 200
GET  admin/space/requesttheme/<path:object_id>/delete/                                                          302 302 302 302 403 403 403 403 200 403
GET  admin/space/requesttheme/<path:object_id>/change/                                                          302 302 302 302 403 403 403 200 200 200
GET  admin/space/requesttheme/<path:object_id>/                                                                 302 302 302 302 403 403 403 302 302 302
GET  admin/space/cannedreply/export.<str:kind>                                                                  302 302 302 302 403 403 403 200 200 200
GET  admin/space/cannedreply/                                                                                   302 302 302 302 403 403 403 200 200 200
GET  admin/space/cannedreply/add/                                                                               302 302 302 302 403 403 403 403 200 403
GET  admin/space/cannedreply/<path:object_id>/history/                                                          302 302 302 302 403 403 403 200 200 200
GET  admin/space/cannedreply/<path:object_id>/delete/                                                           302 302 302 302 403 403 403 403 200 403
GET  admin/space/cannedreply/<path:object_id>/change/                                                           302 302 302 302 403 403 403 200 200 200
GET  admin/space/cannedreply/<path:object_id>/                                                                  302 302 302 302 403 403 403 302 302 302
GET  admin/space/memberrequest/export.<str:kind>                                                                302 302 302 302 403 403 403 200 200 200
POST admin/space/memberrequest/<uuid:pk>/repondre/<uuid:message_pk>/                                            302 302 302 302 403 403 403 403 422 422
POST admin/space/memberrequest/<uuid:pk>/confier/                                                               302 302 302 302 403 403 403 403 302 302
POST admin/space/memberrequest/<uuid:pk>/note/                                                                  302 302 302 302 403 403 403 403 422 422
GET  admin/space/memberrequest/<uuid:pk>/fichier/<uuid:upload_pk>/                                              302 302 302 302 403 403 403 200 200 200
GET  admin/space/memberrequest/                                                                                 302 302 302 302 403 403 403 200 200 200
GET  admin/space/memberrequest/add/                                                                             302 302 302 302 403 403 403 403 403 403
GET  admin/space/memberrequest/<path:object_id>/history/                                                        302 302 302 302 403 403 403 200 200 200
GET  admin/space/memberrequest/<path:object_id>/delete/                                                         302 302 302 302 403 403 403 403 403 403
GET  admin/space/memberrequest/<path:object_id>/change/                                                         302 302 302 302 403 403 403 200 200 200
GET  admin/space/memberrequest/<path:object_id>/                                                                302 302 302 302 403 403 403 302 302 302
GET  admin/contributions/campaign/en-cours/                                                                     302 302 302 302 403 403 403 302 302 302
GET  admin/contributions/campaign/<uuid:pk>/tableau/                                                            302 302 302 302 403 403 403 200 200 200
GET  admin/contributions/campaign/<uuid:pk>/avancement/                                                         302 302 302 302 403 403 403 200 200 200
GET  admin/contributions/campaign/<uuid:pk>/relancer/                                                           302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/campaign/<uuid:pk>/ouvrir/                                                             302 302 302 302 403 403 403 403 302 403
GET  admin/contributions/campaign/<uuid:pk>/annuler-ouverture/                                                  302 302 302 302 403 403 403 403 302 403
GET  admin/contributions/campaign/<uuid:pk>/completer/                                                          302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/campaign/<uuid:pk>/clore/                                                              302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/campaign/<uuid:pk>/rouvrir/                                                            302 302 302 302 403 403 403 403 302 403
GET  admin/contributions/campaign/export.<str:kind>                                                             302 302 302 302 403 403 403 200 200 200
GET  admin/contributions/campaign/                                                                              302 302 302 302 403 403 403 200 200 200
GET  admin/contributions/campaign/add/                                                                          302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/campaign/<path:object_id>/history/                                                     302 302 302 302 403 403 403 200 200 200
GET  admin/contributions/campaign/<path:object_id>/delete/                                                      302 302 302 302 403 403 403 403 403 403
GET  admin/contributions/campaign/<path:object_id>/change/                                                      302 302 302 302 403 403 403 200 200 200
GET  admin/contributions/campaign/<path:object_id>/                                                             302 302 302 302 403 403 403 302 302 302
GET  admin/contributions/declaration/export.<str:kind>                                                          302 302 302 302 403 403 403 200 200 200
POST admin/contributions/declaration/<uuid:pk>/relancer/                                                        302 302 302 302 403 403 403 403 302 403
POST admin/contributions/declaration/<uuid:pk>/corriger/                                                        302 302 302 302 403 403 403 403 302 403
POST admin/contributions/declaration/<uuid:pk>/abandonner/                                                      302 302 302 302 403 403 403 403 302 403
GET  admin/contributions/declaration/<uuid:pk>/valider/                                                         302 302 302 302 403 403 403 403 200 403
POST admin/contributions/declaration/<uuid:pk>/recu/                                                            302 302 302 302 403 403 403 403 302 403
GET  admin/contributions/declaration/<uuid:pk>/recu/<uuid:upload_pk>/                                           302 302 302 302 403 403 403 200 200 200
GET  admin/contributions/declaration/<uuid:pk>/liste/                                                           302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/declaration/<uuid:pk>/liste/choisir/<slug:purpose>/                                    302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/declaration/<uuid:pk>/liste/<uuid:row>/sortie/                                         302 302 302 302 403 403 403 403 200 403
POST admin/contributions/declaration/<uuid:pk>/liste/<uuid:row>/remettre/                                       302 302 302 302 403 403 403 403 302 403
GET  admin/contributions/declaration/<uuid:pk>/liste/ajouter/                                                   302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/declaration/<uuid:pk>/liste/<uuid:row>/                                                302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/declaration/<uuid:pk>/liste/a-corriger/<uuid:row>/                                     302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/declaration/<uuid:pk>/liste/a-corriger/<uuid:row>/retirer/                             302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/declaration/<uuid:pk>/liste/importer/                                                  302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/declaration/<uuid:pk>/liste/modele.xlsx                                                302 302 302 302 403 403 403 403 200 403
GET  admin/contributions/declaration/<uuid:pk>/<str:which>.pdf                                                  302 302 302 302 403 403 403 200 200 200
GET  admin/contributions/declaration/                                                                           302 302 302 302 403 403 403 200 200 200
GET  admin/contributions/declaration/add/                                                                       302 302 302 302 403 403 403 403 403 403
GET  admin/contributions/declaration/<path:object_id>/history/                                                  302 302 302 302 403 403 403 200 200 200
GET  admin/contributions/declaration/<path:object_id>/delete/                                                   302 302 302 302 403 403 403 403 403 403
GET  admin/contributions/declaration/<path:object_id>/change/                                                   302 302 302 302 403 403 403 200 200 200
GET  admin/contributions/declaration/<path:object_id>/                                                          302 302 302 302 403 403 403 302 302 302
GET  admin/^(?P<app_label>core|documents|notifications|auth|accounts|billing|membership|space|contributions)/$  302 302 302 302 403 403 403 200 200 200
GET  admin/(?P<url>.*)$                                                                                         302 302 302 302 403 403 403 404 404 404
GET  connexion/                                                                                                 200 200 200 200 302 302 302 302 302 302
GET  connexion/code/                                                                                            302 302 302 200 302 302 302 302 302 302
POST connexion/code/envoi/                                                                                      302 302 302 302 302 302 302 302 302 302
POST deconnexion/                                                                                               302 302 302 302 302 302 302 302 302 302
GET  deconnexion/faite/                                                                                         200 200 200 200 200 200 200 200 200 200
GET  connexion/oubli/                                                                                           200 200 200 200 200 200 200 200 200 200
GET  connexion/oubli/envoye/                                                                                    200 200 200 200 200 200 200 200 200 200
GET  connexion/nouveau/<str:token>/                                                                             302 302 302 302 302 302 302 302 302 302
GET  connexion/mot-de-passe/                                                                                    404 200 404 404 404 404 404 404 404 404
POST connexion/mot-de-passe/nouveau-lien/                                                                       200 200 200 200 200 200 200 200 200 200
GET  connexion/mot-de-passe/fait/                                                                               200 200 200 200 200 200 200 200 200 200
GET  compte/activer/<str:token>/                                                                                302 302 302 302 302 302 302 302 302 302
GET  compte/activation/                                                                                         404 200 404 404 404 404 404 404 404 404
POST compte/activation/nouveau-lien/                                                                            200 200 200 200 200 200 200 200 200 200
GET  compte/activation/faite/                                                                                   200 200 200 200 200 200 200 200 200 200
GET  compte/securite/                                                                                           302 302 302 302 200 200 200 200 200 200
GET  compte/securite/confirmer/                                                                                 302 302 302 302 200 200 200 200 200 200
GET  compte/securite/mot-de-passe/                                                                              302 302 302 302 200 200 200 200 200 200
GET  compte/securite/adresse/                                                                                   302 302 302 302 200 200 200 200 200 200
GET  compte/securite/telephone/                                                                                 302 302 302 302 200 200 200 200 200 200
POST compte/securite/telephone/retirer/                                                                         302 302 302 302 302 302 302 302 302 302
GET  compte/securite/code/                                                                                      302 302 302 302 200 200 200 302 302 302
POST compte/securite/code/envoi/                                                                                302 302 302 302 302 302 302 302 302 302
GET  compte/securite/application/                                                                               302 302 302 302 200 200 200 200 200 200
POST compte/securite/application/retirer/                                                                       302 302 302 302 302 302 302 302 302 302
POST compte/securite/codes-de-secours/                                                                          302 302 302 302 302 302 302 302 302 302
GET  compte/securite/mes-donnees/                                                                               302 302 302 302 200 200 200 200 200 200
POST compte/securite/navigateurs/<int:pk>/retirer/                                                              302 302 302 302 302 404 404 404 404 404
GET  espace/                                                                                                    302 302 302 302 302 302 302 200 200 200
GET  espace/creer-acces/                                                                                        200 200 200 200 200 200 200 200 200 200
GET  espace/creer-acces/envoye/                                                                                 200 200 200 200 200 200 200 200 200 200
GET  espace/<uuid:pk>/                                                                                          302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/prelevement/                                                                              302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/prelevement/nouveau/                                                                      302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/prelevement/<uuid:mandate>/lire/                                                          302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/prelevement/<uuid:mandate>/signer/                                                        302 302 302 302 200 403 404 404 404 404
POST espace/<uuid:pk>/prelevement/<uuid:mandate>/code/                                                          302 302 302 302 302 403 404 404 404 404
POST espace/<uuid:pk>/prelevement/<uuid:mandate>/abandonner/                                                    302 302 302 302 302 403 404 404 404 404
GET  espace/<uuid:pk>/prelevement/<uuid:mandate>/signe/                                                         302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/prelevement/<uuid:mandate>/mandat.pdf                                                     302 302 302 302 302 403 404 404 404 404
GET  espace/<uuid:pk>/prelevement/<uuid:mandate>/revoquer/                                                      302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/entreprise/                                                                               302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/entreprise/modifier/                                                                      302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/sante/                                                                                    302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/acces/                                                                                    302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/acces/inviter/                                                                            302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/acces/<uuid:access_pk>/                                                                   302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/acces/<uuid:access_pk>/retirer/                                                           302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/salaries/                                                                                 302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/salaries/<uuid:row>/fiche/                                                                302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/salaries/<uuid:row>/sortie/                                                               302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/salaries/<uuid:row>/reintegrer/                                                           302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/salaries/ajouter/                                                                         302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/salaries/<uuid:row>/                                                                      302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/salaries/a-corriger/<uuid:row>/                                                           302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/salaries/a-corriger/<uuid:row>/retirer/                                                   302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/salaries/liste.<str:file_type>                                                            302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/salaries/importer/                                                                        302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/salaries/modele.xlsx                                                                      302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/demandes/                                                                                 302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/demandes/nouvelle/                                                                        302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/demandes/brouillon/<uuid:draft_pk>/                                                       302 302 302 302 200 404 404 404 404 404
POST espace/<uuid:pk>/demandes/brouillon/<uuid:draft_pk>/garder/                                                302 302 302 302 200 200 404 404 404 404
POST espace/<uuid:pk>/demandes/brouillon/<uuid:draft_pk>/supprimer/                                             302 302 302 302 302 302 404 404 404 404
GET  espace/<uuid:pk>/demandes/<uuid:request_pk>/                                                               302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/demandes/<uuid:request_pk>/envoyee/                                                       302 302 302 302 200 200 404 404 404 404
POST espace/<uuid:pk>/demandes/<uuid:request_pk>/repondre/<uuid:message_pk>/                                    302 302 302 302 422 422 404 404 404 404
GET  espace/<uuid:pk>/demandes/<uuid:request_pk>/annuler/                                                       302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/demandes/<uuid:request_pk>/fichiers/<uuid:upload_pk>/                                     302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/documents/                                                                                302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/documents/factures/<uuid:invoice_pk>/                                                     302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/documents/utiles/<uuid:useful_pk>/                                                        302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/documents/attestations/                                                                   302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/documents/attestations/<uuid:attestation_pk>/                                             302 302 302 302 200 200 404 404 404 404
POST espace/<uuid:pk>/documents/attestations/<slug:kind>/                                                       302 302 302 302 302 302 404 404 404 404
GET  espace/<uuid:pk>/documents/<uuid:document_pk>/                                                             302 302 302 302 200 200 404 404 404 404
GET  verifier/                                                                                                  200 200 200 200 200 200 200 200 200 200
GET  verifier/<str:code>/                                                                                       200 200 200 200 200 200 200 200 200 200
GET  espace/<uuid:pk>/cotiser/                                                                                  302 302 302 302 200 200 404 404 404 404
POST espace/<uuid:pk>/cotiser/commencer/                                                                        302 302 302 302 302 403 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/                                                               302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/etape/                                                         302 302 302 302 302 302 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/etape/<slug:step>/                                             302 302 302 302 200 302 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/etape/salaries/ajouter/                                        302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/etape/salaries/<uuid:row>/                                     302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/etape/salaries/a-corriger/<uuid:row>/                          302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/etape/salaries/a-corriger/<uuid:row>/retirer/                  302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/etape/salaries/importer/                                       302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/etape/salaries/modele.xlsx                                     302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/etape/salaries/choisir/<slug:purpose>/                         302 302 302 302 200 403 404 404 404 404
POST espace/<uuid:pk>/cotiser/<uuid:declaration>/etape/salaries/<uuid:row>/remettre/                            302 302 302 302 302 403 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/etape/salaries/<uuid:row>/sortie/                              302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/simulation/                                                    302 302 302 302 200 403 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/confirmation/                                                  302 302 302 302 200 200 404 404 404 404
POST espace/<uuid:pk>/cotiser/<uuid:declaration>/corriger/                                                      302 302 302 302 302 403 404 404 404 404
POST espace/<uuid:pk>/cotiser/<uuid:declaration>/corriger/abandonner/                                           302 302 302 302 302 403 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/salaries.xlsx                                                  302 302 302 302 200 200 404 404 404 404
GET  espace/<uuid:pk>/cotiser/<uuid:declaration>/<slug:which>.pdf                                               302 302 302 302 200 200 404 404 404 404
GET  rappel/                                                                                                    200 200 200 200 200 200 200 200 200 200
GET  rappel/note/                                                                                               200 200 200 200 200 200 200 200 200 200
GET  mentions-legales/                                                                                          200 200 200 200 200 200 200 200 200 200
GET  donnees-personnelles/                                                                                      200 200 200 200 200 200 200 200 200 200
GET  accessibilite/                                                                                             200 200 200 200 200 200 200 200 200 200
GET  communes/                                                                                                  200 200 200 200 200 200 200 200 200 200
GET  brand.css                                                                                                  200 200 200 200 200 200 200 200 200 200
GET  sante/vivant/                                                                                              200 200 200 200 200 200 200 200 200 200
GET  sante/pret/                                                                                                200 200 200 200 200 200 200 200 200 200
GET  boite/                                                                                                     200 200 200 200 200 200 200 200 200 200
GET  boite/<str:name>/                                                                                          200 200 200 200 200 200 200 200 200 200
GET  boite/<str:name>/html/                                                                                     200 200 200 200 200 200 200 200 200 200
GET  boite/<str:name>/piece/<int:number>/                                                                       200 200 200 200 200 200 200 200 200 200
GET  galerie/                                                                                                   200 200 200 200 200 200 200 200 200 200
GET  galerie/pages/<slug:name>/                                                                                 200 200 200 200 200 200 200 200 200 200
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
    command = [sys.executable, "-m", "pytest", "-q", "-k", "as_the_table_says", "tests/test_access_matrix.py"]
    return subprocess.run(command, env={**os.environ, WRITE: "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
