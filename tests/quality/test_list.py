"""The list of pages is complete: an address that is neither listed nor known not to be a page fails here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver, resolve

from tests.quality.pages import EVERY_PAGE

SOME_KEY = "0b5e4e5c-3a4e-4c5e-9d3b-8a7f6e5d4c3b"
# Addresses that show no page of their own, and why.
NOT_PAGES = {
    "redirects": [
        *("home", "membership:open", "membership:dossier", "accounts:open-reset", "contributions:resume"),
        *("admin:view_on_site", "admin:membership_zonecommune_add", "admin:login"),
        *("admin:password_change", "admin:password_change_done"),
        *(f"admin:billing_{table}_change" for table in ("receipt", "excessuse", "statementline")),
        "admin:contributions_campaign_current",
    ],
    "take a form, then show another page": [
        *("accounts:new-link", "accounts:reset-new-link", "accounts:logout", "admin:logout"),
        *(f"accounts:{name}" for name in ("factor-send", "prove-again", "remove-phone", "remove-application")),
        *("accounts:forget-browser", "accounts:recovery"),
        *(
            f"membership:{name}"
            for name in ("look-up", "tell-owner", "upload-add", "upload-remove", "upload-move", "thread")
        ),
        "membership:begin-again",
        *(f"space:{name}" for name in ("mandate-resend", "mandate-abandon", "request-answer", "request-draft-discard")),
        *("space:attestation-ask", "space:request-draft-keep"),
        *(f"contributions:{name}" for name in ("start", "correct", "give-up", "employees-bring-back")),
        *("admin:queue-assign", "admin:queue-links"),
        *("admin:documents_document_retry", "admin:membership_application_accept_piece"),
        *(f"admin:notifications_message_{verb}" for verb in ("resend", "set_aside", "by_post")),
        *(f"admin:membership_application_{verb}" for verb in ("lien", "attribuer", "noter", "sans-reponse")),
        *(f"admin:billing_statementline_{verb}" for verb in ("confirmer", "reprendre")),
        *("admin:billing_bankstatement_confirm", "admin:billing_bankstatement_propose", "admin:billing_mandate_copy"),
        *("admin:billing_collection_make", "admin:space_changerequest_apply", "admin:space_changerequest_refuse"),
        *(f"admin:contributions_declaration_{verb}" for verb in ("remind", "correct", "give_up")),
        *(f"admin:contributions_declaration_{verb}" for verb in ("employees-bring-back", "add-scan")),
        *(f"admin:space_memberrequest_{verb}" for verb in ("answer", "assign", "note")),
    ],
    "files": [
        *(f"membership:{name}" for name in ("employees-template", "upload-merged", "upload-view", "upload-preview")),
        *(f"admin:membership_application_{name}" for name in ("piece", "preview", "merged", "document")),
        *("mailbox-piece", "brand-css", "admin:queue-export", "accounts:my-data"),
        *(f"space:{name}-download" for name in ("document", "invoice", "useful")),
        *("space:employees-export", "space:employees-template", "space:mandate-pdf", "space:request-file"),
        *("contributions:employees-file", "contributions:employees-template"),
        *(
            "admin:billing_collectionfile_download",
            "admin:billing_invoice_document",
            "admin:notifications_message_print",
        ),
        *(f"admin:contributions_declaration_{name}" for name in ("document", "scan", "employees-template")),
        *("admin:space_memberrequest_file", "admin:space_usefuldocument_file"),
    ],
    "parts of a page, or answers to machines": [
        *("communes", "health-alive", "health-ready", "mailbox-html", "admin:autocomplete", "admin:jsi18n"),
        "admin:contributions_campaign_progress",
    ],
    "contacts are never imported": [
        *(f"membership:contacts-{name}" for name in ("correct", "discard")),
        *(f"admin:membership_member_contacts-{name}" for name in ("correct", "discard")),
    ],
    "nobody may add these": [
        *("admin:core_finding_add", "admin:documents_upload_add", "admin:documents_document_add"),
        *("admin:core_commune_add", "admin:core_journalentry_add", "admin:notifications_message_add"),
        *("admin:notifications_callbackrequest_add", "admin:membership_application_add"),
        "admin:membership_unpaidinvoice_add",
        "admin:membership_helptext_add",
        *(f"admin:billing_{table}_add" for table in ("bankstatement", "statementline", "invoice", "receipt")),
        *(f"admin:billing_{table}_add" for table in ("mandate", "collection", "collectionfile", "excessuse")),
        *("admin:contributions_declaration_add", "admin:space_attestation_add"),
        *("admin:space_changerequest_add", "admin:space_memberrequest_add"),
    ],
    "the queue stands in its place": ["admin:membership_application_changelist"],
}
ONE_IS_ENOUGH = re.compile(r"admin:\w+_(history|delete)")  # the same template for every table
EXPORTS = re.compile(r"admin:\w+_export")  # a file of every list: see tests/backoffice/test_exports.py


def names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield namespace + pattern.name
        else:
            yield from names(pattern, namespace + (f"{pattern.namespace}:" if pattern.namespace else ""))


def test_every_page_of_the_site_is_looked_at() -> None:
    places: dict[str, str] = defaultdict(lambda: SOME_KEY)
    paths = [sight.path.format_map(places).partition("?")[0] for sight in EVERY_PAGE]
    seen = {resolve(path).view_name for path in paths if "nulle-part" not in path}
    known = {name for group in NOT_PAGES.values() for name in group}
    known_elsewhere = (ONE_IS_ENOUGH, EXPORTS)
    addresses = {name for name in names(get_resolver()) if not any(rule.fullmatch(name) for rule in known_elsewhere)}
    assert addresses - seen - known == set()
    assert known - addresses == set(), "no such address any more"
