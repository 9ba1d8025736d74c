"""« Mes demandes », « Mes documents », attestations: included by `space.urls`, in its namespace."""

from django.urls import path

from space import attestation_views, paper_views, request_draft_views, request_views

_REQUESTS = "espace/<uuid:pk>/demandes/"
_ONE = f"{_REQUESTS}<uuid:request_pk>/"
_DRAFT = f"{_REQUESTS}brouillon/<uuid:draft_pk>/"
_PAPERS = "espace/<uuid:pk>/documents/"

urlpatterns = [
    path(_REQUESTS, request_views.index, name="requests"),
    path(f"{_REQUESTS}nouvelle/", request_draft_views.new, name="request-new"),
    path(_DRAFT, request_draft_views.draft, name="request-draft"),
    path(f"{_DRAFT}garder/", request_draft_views.keep, name="request-draft-keep"),
    path(f"{_DRAFT}supprimer/", request_draft_views.discard, name="request-draft-discard"),
    path(_ONE, request_views.detail, name="request"),
    path(f"{_ONE}envoyee/", request_views.sent, name="request-sent"),
    path(f"{_ONE}repondre/<uuid:message_pk>/", request_views.answer, name="request-answer"),
    path(f"{_ONE}annuler/", request_views.cancel, name="request-cancel"),
    path(f"{_ONE}fichiers/<uuid:upload_pk>/", request_views.file, name="request-file"),
    path(_PAPERS, paper_views.index, name="documents"),
    path(f"{_PAPERS}factures/<uuid:invoice_pk>/", paper_views.invoice, name="invoice-download"),
    path(f"{_PAPERS}utiles/<uuid:useful_pk>/", paper_views.useful, name="useful-download"),
    path(f"{_PAPERS}attestations/", attestation_views.choose, name="attestations"),
    path(f"{_PAPERS}attestations/<uuid:attestation_pk>/", attestation_views.made, name="attestation"),
    path(f"{_PAPERS}attestations/<slug:kind>/", attestation_views.ask, name="attestation-ask"),
    path(f"{_PAPERS}<uuid:document_pk>/", paper_views.document, name="document-download"),
    path("verifier/", attestation_views.enter_code, name="verify"),
    path("verifier/<str:code>/", attestation_views.verify, name="verify-code"),
]
