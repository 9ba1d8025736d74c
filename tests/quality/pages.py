"""Every page of the site, in the states that look different. A test compares this list with the site's addresses.

This file has the public pages and those of the pre-membership; its neighbours those of accounts and of the back office.
"""

from __future__ import annotations

from tests.quality.pages_back_office import BACK_OFFICE
from tests.quality.pages_space import SPACE
from tests.quality.sights import EMPLOYER, INVITED, LATE, STATES, Sight

__all__ = ["BACK_OFFICE", "EMPLOYERS", "EVERY_PAGE", "PUBLIC", "SPACE"]


def _steps(dossier: str) -> list[Sight]:
    return [Sight(f"/adhesion/{{{dossier}}}/etape/{slug}/", EMPLOYER) for slug in STEPS]


STEPS = ["eligibilite", "etablissement", "contacts", "adresses", "salaries", "documents", "finalisation"]
ASKING = ["etablissement", "contacts", "salaries"]  # with nothing answered, they say what is missing
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
    Sight("/adhesion/supprimee/"),
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
    *(Sight(f"/adhesion/{{{state}}}/", EMPLOYER) for state in ["asked", *STATES, "withdrawn"]),
    Sight("/adhesion/{overtaken}/", EMPLOYER, 409, press="Recommencer à partir de ce dossier"),
    Sight("/adhesion/{draft}/supprimer-ma-demande/", EMPLOYER),
    Sight("/adhesion/{checking}/retirer-ma-demande/", EMPLOYER),
    Sight("/adhesion/{awaiting}/retirer-ma-demande/", EMPLOYER),
    Sight("/adhesion/{asked}/", EMPLOYER, 422, press="Envoyer mon message"),
    Sight("/adhesion/{submitted}/confirmation/", EMPLOYER),
    Sight("/adhesion/{submitted}/reponses/", EMPLOYER),
    Sight("/adhesion/{awaiting}/documents/{paper}/", EMPLOYER, 202),
    *(Sight(f"/adhesion/{{reopened}}/etape/{slug}/", EMPLOYER) for slug in ("salaries", "finalisation")),
    Sight(
        "/adhesion/{to_reopen}/",
        EMPLOYER,
        409,
        {"message": "Anticonstitutionnellement" * 8},
        "Envoyer mon message",
        reopened="to_reopen",
    ),
    Sight("/adhesion/{draft}/quitter/?lien=non-envoye", EMPLOYER),
    Sight("/adhesion/{new}/quitter/", EMPLOYER),  # the last one: the browser forgets this dossier
]

EVERY_PAGE = [*PUBLIC, *EMPLOYERS, *SPACE, *BACK_OFFICE]
