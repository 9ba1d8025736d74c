"""Every page of the site, in the states that look different. A test compares this list with the site's addresses.

Names in braces are filled from `scene.Scene.places`. A sight with `press` is what a button leads to, once `fill` is
typed; it then has the status `status`, and the page before it is not judged again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

EMPLOYER, INVITED, LATE = "employer", "invited", "late"
SUPERUSER, MANAGER, ACCOUNTANT, LEAVING = "superuser", "manager", "accountant", "leaving"
NOBODY = ""


@dataclass(frozen=True)
class Sight:
    path: str
    who: str = NOBODY
    status: int = 200
    fill: dict[str, str] = field(default_factory=dict)
    press: str = ""

    @property
    def name(self) -> str:
        return " ".join(filter(None, [self.path, self.press and f"[{self.press}]", *self.fill.values(), self.who]))


def _steps(dossier: str) -> list[Sight]:
    return [Sight(f"/adhesion/{{{dossier}}}/etape/{slug}/", EMPLOYER) for slug in STEPS]


STEPS = ["eligibilite", "etablissement", "contacts", "adresses", "salaries", "documents", "finalisation"]
ASKING = ["etablissement", "contacts", "salaries"]  # with nothing answered, they say what is missing
STATES = ["submitted", "unpaid", "awaiting", "asked", "checking", "complete", "accepted", "returned", "refund"]
LISTS = "/adhesion/{draft}/etape"
ELIGIBLE = {
    "naf": "62.01Z",
    "postcode": "91000",
    "headcount": "2",
    "agricultural": "non",
    "contact_email": "claire.morel@morel.example",
}
PASTED = (
    "Nom\tPrénom\tDate de naissance\tDate d’embauche\tType de contrat\tPoste\tType de suivi\tMatricule\n"
    "Diallo\tAminata\t03/05/1994\t15/06/2025\tCDI\tCariste\tRenforcé\t1\n"
    "Petit\tHugo\t22/11/2001\t31/02/2026\tApprenti\tMenuisier\trenforcé\t2\n"
)

PUBLIC = [
    Sight("/adhesion/"),
    Sight("/adhesion/", status=429, press="Commencer ma demande"),
    Sight("/adhesion/reprendre/"),
    Sight("/adhesion/reprendre/", status=422, press="Recevoir mon lien", fill={"email": "claire"}),
    Sight("/adhesion/reprendre/envoye/"),
    Sight("/adhesion/reprendre/inconnu/", status=404),
    Sight("/adhesion/reprendre/{expired}/", status=410),
    Sight("/compte/activer/inconnu/", status=404),
    Sight("/compte/activer/{spent}/", status=410),
    Sight("/compte/activation/", INVITED),
    Sight("/compte/activation/", INVITED, status=422, press="Activer mon accès", fill={"password": "court"}),
    Sight("/compte/activation/", LATE, status=410),
    Sight("/compte/activation/", LATE, press="Recevoir un nouveau lien"),
    Sight("/compte/activation/faite/"),
    Sight("/mentions-legales/"),
    Sight("/donnees-personnelles/"),
    Sight("/accessibilite/"),
    Sight("/rappel/"),
    Sight("/rappel/", status=422, press="Demander un rappel"),
    Sight("/rappel/note/"),
    Sight("/nulle-part/", status=404),
    Sight("/boite/"),
    Sight("/boite/{mail}/"),
    Sight("/boite/{sms}/"),
    Sight("/galerie/"),
    Sight("/galerie/pages/etape/?conflit"),
    Sight("/galerie/pages/recapitulatif/"),
    *(Sight(f"/galerie/pages/{code}/", status=code) for code in (400, 403, 500, 503)),
    Sight("/galerie/pages/csrf/", status=403),
]

EMPLOYERS = [
    Sight("/adhesion/{new}/etape/eligibilite/", EMPLOYER),
    Sight("/adhesion/{new}/etape/eligibilite/", EMPLOYER, 422, press="Suivant"),
    *_steps("bare")[1:],
    *(Sight(f"/adhesion/{{bare}}/etape/{slug}/", EMPLOYER, 422, press="Suivant") for slug in ASKING),
    Sight("/adhesion/{bare}/etape/finalisation/", EMPLOYER, 422, press="Valider ma demande"),
    Sight("/adhesion/{new}/etape/eligibilite/", EMPLOYER, 422, {**ELIGIBLE, "siret": "{taken_siret}"}, "Suivant"),
    Sight(
        "/adhesion/{new}/etape/eligibilite/",
        EMPLOYER,
        422,
        {**ELIGIBLE, "siret": "{free_siret}", "naf": "01.11Z", "headcount": "0"},
        "Suivant",
    ),
    *_steps("draft"),
    Sight(f"{LISTS}/contacts/ajouter/", EMPLOYER),
    Sight(f"{LISTS}/contacts/ajouter/", EMPLOYER, 422, press="Enregistrer"),
    Sight(f"{LISTS}/contacts/{{contact}}/", EMPLOYER),
    Sight(f"{LISTS}/contacts/{{contact}}/retirer/", EMPLOYER),
    Sight(f"{LISTS}/contacts/vider/", EMPLOYER),
    Sight(f"{LISTS}/salaries/ajouter/", EMPLOYER),
    Sight(f"{LISTS}/salaries/ajouter/", EMPLOYER, 422, press="Enregistrer"),
    Sight(f"{LISTS}/salaries/{{employee}}/", EMPLOYER),
    Sight(f"{LISTS}/salaries/{{employee}}/retirer/", EMPLOYER),
    Sight(f"{LISTS}/salaries/vider/", EMPLOYER),
    Sight(f"{LISTS}/salaries/importer/", EMPLOYER),
    Sight(f"{LISTS}/salaries/importer/", EMPLOYER, 422, press="Vérifier la liste"),
    Sight(f"{LISTS}/salaries/importer/", EMPLOYER, press="Vérifier la liste", fill={"pasted": PASTED}),
    Sight("/adhesion/{big}/etape/salaries/", EMPLOYER),
    Sight("/adhesion/{big}/etape/salaries/?q=personne", EMPLOYER),
    Sight("/adhesion/{big}/etape/salaries/", EMPLOYER, 422, press="Suivant"),
    Sight("/adhesion/{big}/etape/salaries/a-corriger/{pending}/", EMPLOYER),
    Sight("/adhesion/{big}/etape/salaries/a-corriger/{pending}/retirer/", EMPLOYER),
    Sight("/adhesion/{big}/etape/finalisation/", EMPLOYER),
    *(Sight(f"/adhesion/{{{state}}}/", EMPLOYER) for state in [*STATES, "withdrawn"]),
    Sight("/adhesion/{submitted}/confirmation/", EMPLOYER),
    Sight("/adhesion/{submitted}/reponses/", EMPLOYER),
    Sight("/adhesion/{awaiting}/documents/{paper}/", EMPLOYER, 202),
    Sight("/adhesion/{new}/quitter/", EMPLOYER),  # the last one: the browser forgets this dossier
]

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
    "core/journalentry": "entry",
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
}
BAD_PASSWORDS = {"old_password": "faux", "new_password1": "court", "new_password2": "autre"}
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
]

BACK_OFFICE = [
    Sight("/admin/login/"),
    Sight("/admin/login/", press="Connexion", fill={"username": "a@b.fr", "password": "faux"}),
    *(Sight(f"/admin/?vue={tab}", MANAGER) for tab in TABS),
    Sight("/admin/?q=introuvable", MANAGER),
    Sight("/admin/?vue=tous", ACCOUNTANT),
    *(Sight(f"{DOSSIER}/{{{state}}}/change/", MANAGER) for state in ["draft", "big", "debtor", *STATES, "withdrawn"]),
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
    Sight("/admin/password_change/", MANAGER),
    Sight("/admin/password_change/", MANAGER, fill=BAD_PASSWORDS, press="Modifier mon mot de passe"),
    Sight("/admin/password_change/done/", MANAGER),
    Sight("/admin/", LEAVING, press="Déconnexion"),
    Sight("/admin/nulle-part/", MANAGER, 404),
]
