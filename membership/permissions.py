"""The three groups of the back office and what each may do.

They are defined here, for the apps above too, and set again after each migration, so that a new model cannot be
forgotten; an operator who wants another split makes a group of his own.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission

from billing.permissions import HANDLE_MONEY

READER, MANAGER, ACCOUNTANT = "Lecteur", "Gestionnaire", "Comptable"

PROCESS = "membership.process_application"  # every verb of a dossier but those of money
HANDLE_PAYMENT = "membership.handle_payment"  # record and refund payments
CAMPAIGN = "contributions.run_campaign"  # open a campaign of contributions, remind members
ANSWER = "space.answer_request"  # every verb of a member's request
DECIDE = "space.change_changerequest"  # apply or refuse a change that a company asked for

_REFERENCE = ("zonecommune", "excludednaf", "medicalcentre", "secretary", "doctor")
_READ = (
    *_REFERENCE,
    *("application", "establishment", "contact", "address", "employee", "payment", "piecerequest", "proforma"),
    *("dossiermessage", "member", "unpaidinvoice", "tariff", "tariffyear", "helptext"),
)
_VIEW = {
    *(f"membership.view_{model}" for model in _READ),
    *(
        "core.view_commune",
        "core.view_finding",
        "core.view_journalentry",
        "documents.view_document",
        "documents.view_upload",
    ),
    *("billing.view_mandate", "billing.view_collection", "billing.view_collectionfile"),
    *("notifications.view_message", "notifications.view_callbackrequest"),
    *("contributions.view_campaign", "contributions.view_declaration"),
    "space.view_changerequest",
    *(f"billing.view_{model}" for model in ("invoice", "receipt", "excessuse", "bankstatement", "statementline")),
    *("space.view_memberrequest", "space.view_requesttheme", "space.view_cannedreply"),
    *("space.view_usefuldocument", "space.view_attestation"),
}
_PUBLISH = {
    f"space.{verb}_{model}"
    for verb in ("add", "change", "delete")
    for model in ("requesttheme", "cannedreply", "usefuldocument")
}


def _write(*models: str) -> set[str]:
    return {f"membership.{verb}_{model}" for verb in ("add", "change", "delete") for model in models}


GROUPS = {
    READER: _VIEW,
    MANAGER: {
        *(_VIEW | _write(*_REFERENCE) | _PUBLISH),
        *(PROCESS, ANSWER, "membership.add_member", "membership.change_member", "membership.change_helptext"),
        *(CAMPAIGN, "contributions.add_campaign", "contributions.change_campaign"),
        *("notifications.change_message", "notifications.change_callbackrequest", "documents.change_document"),
        DECIDE,
    },
    ACCOUNTANT: {
        *(_VIEW | _write("unpaidinvoice", "tariffyear", "tariff")),
        *(HANDLE_PAYMENT, HANDLE_MONEY, ANSWER, "membership.add_member", "membership.change_member"),
        "documents.change_document",
    },
}


def ensure_groups(**signal: Any) -> None:
    """Create the groups and give each exactly its permissions. Runs after each migration."""
    wanted = set().union(*GROUPS.values())
    labels = {label.partition(".")[0] for label in wanted}
    found = Permission.objects.filter(content_type__app_label__in=labels).select_related("content_type")
    known = {f"{each.content_type.app_label}.{each.codename}": each for each in found}
    for name, permissions in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(known[permission] for permission in permissions if permission in known)
