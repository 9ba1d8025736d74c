"""The pages of the back office."""

from __future__ import annotations

from tests.quality.sights import ACCOUNTANT, LEAVING, MANAGER, STATES, SUPERUSER, Sight

TABS = ["a-verifier", "prets", "entreprise", "retard", "remboursements", "miens", "libres", "tous"]
DOSSIER = "/admin/membership/application"
VERBS = [
    ("submitted", "proforma"),
    ("debtor", "suspendre"),
    ("complete", "accepter"),
    ("refund", "rembourser"),
    ("awaiting", "reglement"),
    ("complete", "annuler"),
    ("awaiting", "demander"),
    ("awaiting", "renvoyer"),
    ("awaiting", "retirer"),
]
TABLES = {
    "auth/group": "group",
    "core/commune": "commune",
    "core/finding": "finding",
    "core/journalentry": "entry",
    "documents/upload": "held",
    "notifications/message": "message",
    "notifications/callbackrequest": "callback",
    "accounts/user": "user",
    "membership/zonecommune": "zone",
    "membership/excludednaf": "excluded",
    "membership/medicalcentre": "centre",
    "membership/secretary": "secretary",
    "membership/doctor": "doctor",
    "membership/tariffyear": "tariff",
    "membership/helptext": "helptext",
    "membership/member": "member",
    "membership/unpaidinvoice": "invoice",
    "billing/invoice": "bill",
    "billing/bankstatement": "statement",
    "billing/mandate": "mandate",
    "billing/collection": "collection",
    "billing/collectionfile": "file",
    "contributions/campaign": "campaign",
    "contributions/declaration": "declared",
    "space/changerequest": "change",
    "space/memberrequest": "request",
    "space/usefuldocument": "useful",
    "space/attestation": "attestation",
    "space/requesttheme": "theme",
    "space/cannedreply": "canned",
}
ADDABLE = [
    "auth/group",
    "accounts/user",
    "membership/excludednaf",
    "membership/medicalcentre",
    "membership/secretary",
    "membership/doctor",
    "membership/tariffyear",
    "membership/helptext",
    "membership/member",
    "contributions/campaign",
    "space/usefuldocument",
    "space/requesttheme",
    "space/cannedreply",
]
MONEY = "/admin/billing"
DECLARATION = "/admin/contributions/declaration"
CAMPAIGN, REQUEST = "/admin/contributions/campaign", "/admin/space/memberrequest/{waiting_request}/change/"
BILLING = [
    *(Sight(f"{MONEY}/{table}/", ACCOUNTANT) for table in ("receipt", "statementline")),
    *(Sight(f"{MONEY}/invoice/?etat={state}", MANAGER) for state in ("due", "late")),
    Sight(f"{MONEY}/invoice/{{bill}}/change/", ACCOUNTANT),
    Sight(f"{MONEY}/invoice/{{bill}}/regler/", ACCOUNTANT),
    Sight(f"{MONEY}/invoice/{{bill}}/regler/", ACCOUNTANT, 422, {"amount": "x"}, "Enregistrer un règlement"),
    Sight(f"{MONEY}/invoice/{{bill}}/annuler/", ACCOUNTANT),
    Sight(f"{MONEY}/bankstatement/deposer/", ACCOUNTANT),
    Sight(f"{MONEY}/bankstatement/deposer/", ACCOUNTANT, 422, press="Déposer le relevé"),
    *(Sight(f"{MONEY}/bankstatement/{{statement}}/change/?vue={view}", ACCOUNTANT) for view in ("", "ecartees")),
    Sight(f"{MONEY}/statementline/{{line}}/rattacher/", ACCOUNTANT),
    Sight(f"{MONEY}/statementline/{{line}}/rattacher/?q=morel", ACCOUNTANT),
    Sight(f"{MONEY}/statementline/{{line}}/ecarter/", ACCOUNTANT),
    Sight(f"{MONEY}/mandate/{{mandate}}/change/", ACCOUNTANT),
    Sight(f"{MONEY}/mandate/{{mandate}}/revoquer/", ACCOUNTANT),
    Sight(f"{MONEY}/collection/dates/", ACCOUNTANT),
    Sight(f"{MONEY}/collection/dates/{{day}}/reporter/", ACCOUNTANT),
    Sight(f"{MONEY}/collection/rejets/", ACCOUNTANT),
    Sight(f"{MONEY}/collection/rejets/", ACCOUNTANT, 422, press="Enregistrer les rejets"),
    Sight(f"{MONEY}/collection/{{collection}}/rejet/", ACCOUNTANT),
    Sight(f"{MONEY}/collection/{{planned}}/change/", ACCOUNTANT),
    Sight(f"{MONEY}/collection/{{planned}}/annuler/", ACCOUNTANT),
    Sight(f"{MONEY}/collection/{{collection}}/presenter/", ACCOUNTANT),
    Sight(f"{MONEY}/collectionfile/{{file}}/encaisser/", ACCOUNTANT),
]
CAMPAIGNS = [
    *(Sight(f"{CAMPAIGN}/{{{one}}}/tableau/", MANAGER) for one in ("campaign", "prepared", "scheduled", "closed")),
    Sight(f"{CAMPAIGN}/{{prepared}}/change/", MANAGER),
    Sight(f"{CAMPAIGN}/{{prepared}}/ouvrir/", MANAGER),
    Sight(f"{CAMPAIGN}/{{scheduled}}/annuler-ouverture/", MANAGER),
    Sight(f"{CAMPAIGN}/{{campaign}}/completer/", MANAGER),
    Sight(f"{CAMPAIGN}/{{campaign}}/clore/", MANAGER),
    Sight(f"{CAMPAIGN}/{{closed}}/rouvrir/", MANAGER),
    Sight(f"{CAMPAIGN}/{{campaign}}/relancer/", MANAGER),
    Sight(f"{CAMPAIGN}/{{campaign}}/relancer/", MANAGER, press="Compter et voir le courriel"),
    *(Sight(f"{DECLARATION}/{{{one}}}/change/", MANAGER) for one in ("filled", "declared", "over")),
    *(Sight(f"{DECLARATION}/{{{one}}}/valider/", MANAGER) for one in ("filled", "correction")),
    Sight(f"{DECLARATION}/{{filled}}/valider/", MANAGER, 422, {"note": "x"}, "Valider pour l’employeur"),
    *(Sight(f"{DECLARATION}/{{filled}}/liste/{page}", MANAGER) for page in ("", "ajouter/", "importer/")),
    *(Sight(f"{DECLARATION}/{{filled}}/liste/{page}", MANAGER) for page in ("choisir/remettre/", "{big_person}/")),
    Sight(f"{DECLARATION}/{{filled}}/liste/{{big_person}}/sortie/", MANAGER),
    Sight(f"{DECLARATION}/{{correction}}/liste/a-corriger/{{declared_to_correct}}/", MANAGER),
    Sight(f"{DECLARATION}/{{correction}}/liste/a-corriger/{{declared_to_correct}}/retirer/", MANAGER),
]
SPACES = [
    Sight("/admin/membership/member/{firm}/change/", MANAGER),
    Sight("/admin/membership/member/{firm}/acces/donner/", MANAGER),
    Sight("/admin/membership/member/{firm}/acces/donner/", MANAGER, 422, press="Donner l’accès"),
    Sight("/admin/membership/member/{firm}/acces/{access}/retirer/", MANAGER),
    Sight("/admin/space/changerequest/{change}/change/", MANAGER),
    *(Sight(f"/admin/space/memberrequest/?vue={view}", MANAGER) for view in ("miennes", "toutes")),
    Sight(REQUEST, MANAGER),
    Sight(REQUEST, ACCOUNTANT),
    Sight("/admin/donnees-personnelles/", SUPERUSER),
    Sight("/admin/donnees-personnelles/?q=morel", SUPERUSER),
]

BACK_OFFICE = [
    *(Sight(f"/admin/?vue={tab}", MANAGER) for tab in TABS),
    Sight("/admin/?q=introuvable", MANAGER),
    Sight("/admin/?vue=tous", ACCOUNTANT),
    *(
        Sight(f"{DOSSIER}/{{{state}}}/change/", MANAGER)
        for state in ["draft", "big", "asked", "debtor", *STATES, "withdrawn"]
    ),
    Sight(f"{DOSSIER}/{{refund}}/change/", ACCOUNTANT),
    *(Sight(f"{DOSSIER}/{{{state}}}/{verb}/", SUPERUSER) for state, verb in VERBS),
    Sight(f"{DOSSIER}/{{awaiting}}/renvoyer/", MANAGER, 422, {"reason": " "}, "Confirmer : clore et rendre le dossier"),
    Sight(
        f"{DOSSIER}/{{awaiting}}/reglement/", ACCOUNTANT, 422, press="Enregistrer un règlement", fill={"amount": "x"}
    ),
    Sight(f"{DOSSIER}/{{checking}}/piece/{{upload}}/refuser/", MANAGER),
    *(Sight(f"/admin/{table}/", SUPERUSER) for table in TABLES),
    *(Sight(f"/admin/{table}/{{{row}}}/change/", SUPERUSER) for table, row in TABLES.items()),
    *(Sight(f"/admin/{table}/add/", SUPERUSER) for table in ADDABLE),
    Sight("/admin/membership/zonecommune/ajouter/", MANAGER),
    Sight("/admin/membership/member/add/", MANAGER, press="Enregistrer"),
    Sight("/admin/membership/doctor/{doctor}/history/", SUPERUSER),
    Sight("/admin/membership/excludednaf/{excluded}/delete/", SUPERUSER),
    Sight("/admin/membership/medicalcentre/{centre}/delete/", SUPERUSER),
    Sight("/admin/membership/", SUPERUSER),
    *(Sight(f"/admin/{app}/", SUPERUSER) for app in ("billing", "contributions", "space")),
    *BILLING,
    *CAMPAIGNS,
    *SPACES,
    Sight("/admin/", LEAVING, press="Déconnexion"),
    Sight("/admin/nulle-part/", MANAGER, 404),
]
