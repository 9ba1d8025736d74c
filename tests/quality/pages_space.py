"""The pages of who has an account: the login, « Sécurité », and the member's space."""

from __future__ import annotations

from tests.quality.sights import (
    APP,
    FORGETFUL,
    HALFWAY,
    HALFWAY_APP,
    MEMBER,
    OVERDUE,
    READER,
    STRANGER,
    Sight,
)

STEPS = ["declarations", "salaries", "cotisation", "validation"]
PASTED = (
    "Nom\tPrénom\tDate de naissance\tDate d’embauche\tType de contrat\tPoste\tType de suivi\n"
    "Diallo\tAminata\t03/05/1994\t15/06/2025\tCDI\tCariste\tRenforcé\n"
    "Petit\tHugo\t22/11/2001\t31/02/2026\tApprenti\tMenuisier\trenforcé\n"
)
IBAN = "FR7630006000011234567890189"

ACCOUNT = [
    Sight("/connexion/"),
    Sight("/connexion/", status=422, press="Connexion"),
    Sight("/connexion/", status=422, press="Connexion", fill={"email": "a@b.example", "password": "faux"}),
    Sight("/connexion/oubli/"),
    Sight("/connexion/oubli/", status=422, press="Recevoir le lien", fill={"email": "claire"}),
    Sight("/connexion/oubli/envoye/"),
    Sight("/connexion/nouveau/inconnu/", status=404),
    Sight("/connexion/nouveau/{done}/", status=410),
    Sight("/connexion/mot-de-passe/", FORGETFUL),
    Sight("/connexion/mot-de-passe/", FORGETFUL, 422, {"password": "court"}, "Changer le mot de passe"),
    Sight("/connexion/mot-de-passe/", OVERDUE, status=410),
    Sight("/connexion/mot-de-passe/", OVERDUE, press="Recevoir un nouveau lien"),
    Sight("/connexion/mot-de-passe/fait/"),
    Sight("/connexion/code/", HALFWAY),
    Sight("/connexion/code/", HALFWAY, 422, {"otp": "12"}, "Valider"),
    Sight("/connexion/code/", HALFWAY_APP),
    Sight("/connexion/code/", HALFWAY_APP, press="Utiliser un code de secours"),
    Sight("/deconnexion/faite/"),
    Sight("/compte/securite/", MEMBER),
    Sight("/compte/securite/", APP),
    Sight("/compte/securite/", APP, press="En créer dix nouveaux"),
    Sight("/compte/securite/confirmer/", MEMBER),
    Sight("/compte/securite/confirmer/", MEMBER, 422, {"password": "faux"}, "Continuer"),
    Sight("/compte/securite/mot-de-passe/", MEMBER),
    Sight("/compte/securite/mot-de-passe/", MEMBER, 422, {"password": "court"}, "Changer le mot de passe"),
    Sight("/compte/securite/adresse/", MEMBER),
    Sight("/compte/securite/adresse/", MEMBER, 422, press="Recevoir le code"),
    Sight("/compte/securite/adresse/", MEMBER, fill={"email": "neuve@morel.example"}, press="Recevoir le code"),
    Sight("/compte/securite/code/", MEMBER),
    Sight("/compte/securite/telephone/", MEMBER),
    Sight("/compte/securite/telephone/", MEMBER, 422, press="Recevoir le code"),
    Sight("/compte/securite/application/", MEMBER),
    Sight("/compte/securite/application/", MEMBER, 422, {"otp": "000000"}, "Ajouter l’application"),
]

FIRM = "/espace/{firm}"
COMPANY = [
    Sight("/espace/creer-acces/"),
    Sight("/espace/creer-acces/", status=422, press="Recevoir mon lien"),
    Sight("/espace/creer-acces/envoye/"),
    Sight("/espace/", STRANGER),
    Sight("/espace/?toutes", MEMBER),
    Sight("/espace/?q=introuvable", MEMBER),
    Sight(f"{FIRM}/", MEMBER),
    Sight(f"{FIRM}/", READER),
    Sight("/espace/{bare_firm}/", MEMBER),
    Sight("/espace/{big_firm}/", MEMBER),
    Sight("/espace/{debit_firm}/", MEMBER),
    Sight("/espace/{big_firm}/", READER, 404),
    Sight(f"{FIRM}/entreprise/", MEMBER),
    Sight(f"{FIRM}/entreprise/", READER),
    Sight(f"{FIRM}/entreprise/modifier/", READER, 403),
    Sight("/espace/{bare_firm}/entreprise/modifier/", MEMBER),
    Sight("/espace/{bare_firm}/entreprise/modifier/", MEMBER, 422, {"name": ""}, "Envoyer la demande"),
    Sight(f"{FIRM}/sante/", MEMBER),
    Sight(f"{FIRM}/acces/", MEMBER),
    Sight(f"{FIRM}/acces/inviter/", MEMBER),
    Sight(f"{FIRM}/acces/inviter/", MEMBER, 422, press="Envoyer l’invitation"),
    Sight(f"{FIRM}/acces/{{access}}/", MEMBER),
    Sight(f"{FIRM}/acces/{{access}}/retirer/", MEMBER),
]

PEOPLE = f"{FIRM}/salaries"
EMPLOYEES = [
    Sight(f"{PEOPLE}/", MEMBER),
    Sight(f"{PEOPLE}/", READER),
    Sight("/espace/{big_firm}/salaries/", MEMBER),
    Sight("/espace/{big_firm}/salaries/?q=introuvable", MEMBER),
    Sight("/espace/{bare_firm}/salaries/", MEMBER),
    Sight(f"{PEOPLE}/{{person}}/fiche/", MEMBER),
    Sight(f"{PEOPLE}/{{gone}}/fiche/", READER),
    Sight(f"{PEOPLE}/{{person}}/sortie/", MEMBER),
    Sight(f"{PEOPLE}/{{person}}/sortie/", MEMBER, 422, press="Enregistrer la sortie"),
    Sight(f"{PEOPLE}/{{gone}}/reintegrer/", MEMBER),
    Sight(f"{PEOPLE}/{{gone}}/reintegrer/", MEMBER, 422, press="Réintégrer"),
    Sight(f"{PEOPLE}/ajouter/", MEMBER),
    Sight(f"{PEOPLE}/ajouter/", MEMBER, 422, press="Enregistrer"),
    Sight(f"{PEOPLE}/{{person}}/", MEMBER),
    Sight(f"{PEOPLE}/a-corriger/{{person_to_correct}}/", MEMBER),
    Sight(f"{PEOPLE}/a-corriger/{{person_to_correct}}/retirer/", MEMBER),
    Sight(f"{PEOPLE}/importer/", MEMBER),
    Sight(f"{PEOPLE}/importer/", MEMBER, 422, press="Vérifier la liste"),
    Sight("/espace/{big_firm}/salaries/importer/", MEMBER, press="Vérifier la liste", fill={"pasted": PASTED}),
]

BIG, RIGHTED = "/espace/{big_firm}/cotiser/{filled}", f"{FIRM}/cotiser/{{correction}}"
LIST = f"{BIG}/etape/salaries"
DECLARATION = [
    Sight(f"{FIRM}/cotiser/", MEMBER),
    Sight(f"{FIRM}/cotiser/", READER),
    Sight("/espace/{big_firm}/cotiser/", MEMBER),
    Sight("/espace/{bare_firm}/cotiser/", MEMBER),
    Sight("/espace/{nobody_firm}/cotiser/", MEMBER),
    Sight("/espace/{late_firm}/cotiser/", MEMBER),
    *(Sight(f"{BIG}/etape/{step}/", MEMBER) for step in STEPS),
    Sight(f"{BIG}/etape/salaries/?montrer=nouveaux", MEMBER),
    Sight(f"{BIG}/etape/validation/", MEMBER, 422, {"signer_last_name": ""}, "Valider"),
    *(Sight(f"{RIGHTED}/etape/{step}/", MEMBER) for step in STEPS[:3]),
    Sight(f"{RIGHTED}/etape/salaries/", MEMBER, 422, press="Suivant"),
    Sight("/espace/{nobody_firm}/cotiser/{nobody_draft}/etape/salaries/", MEMBER),
    Sight("/espace/{nobody_firm}/cotiser/{nobody_draft}/etape/salaries/", MEMBER, 422, press="Suivant"),
    Sight(f"{LIST}/ajouter/", MEMBER),
    Sight(f"{LIST}/ajouter/", MEMBER, 422, press="Enregistrer"),
    Sight(f"{LIST}/{{big_person}}/", MEMBER),
    Sight(f"{LIST}/{{big_person}}/sortie/", MEMBER),
    Sight(f"{LIST}/{{big_person}}/sortie/", MEMBER, 422, press="Enregistrer la sortie"),
    *(Sight(f"{LIST}/choisir/{purpose}/", MEMBER) for purpose in ("modifier", "enlever", "remettre")),
    Sight(f"{LIST}/choisir/modifier/?q=introuvable", MEMBER),
    Sight(f"{LIST}/importer/", MEMBER),
    Sight(f"{LIST}/importer/", MEMBER, press="Vérifier la liste", fill={"pasted": PASTED}),
    Sight(f"{RIGHTED}/etape/salaries/a-corriger/{{declared_to_correct}}/", MEMBER),
    Sight(f"{RIGHTED}/etape/salaries/a-corriger/{{declared_to_correct}}/retirer/", MEMBER),
    Sight(f"{BIG}/simulation/?SI=2&SIA=0&SIR=1", MEMBER),
    Sight(f"{BIG}/simulation/?SI=x", MEMBER, 422),
    Sight(f"{BIG}/", MEMBER),
    Sight(f"{FIRM}/cotiser/{{declared}}/", MEMBER),
    Sight(f"{FIRM}/cotiser/{{declared}}/", READER),
    Sight(f"{RIGHTED}/", READER),
    Sight("/espace/{late_firm}/cotiser/{over}/", MEMBER),
    Sight("/espace/{late_firm}/", MEMBER),
    Sight("/espace/{debit_firm}/cotiser/{to_debit}/", MEMBER),
    Sight(f"{FIRM}/cotiser/{{declared}}/confirmation/", MEMBER),
    Sight("/espace/{debit_firm}/cotiser/{to_debit}/confirmation/", MEMBER),
    Sight("/espace/{zero_firm}/cotiser/{zero}/confirmation/", MEMBER),
    Sight("/espace/{debit_firm}/cotiser/{to_debit}/bordereau.pdf", MEMBER, 202),
]

MANDATE = f"{FIRM}/prelevement"
MANDATES = [
    Sight(f"{MANDATE}/", MEMBER),
    Sight("/espace/{debit_firm}/prelevement/", MEMBER),
    Sight(f"{MANDATE}/nouveau/", MEMBER),
    Sight(f"{MANDATE}/nouveau/", MEMBER, 422, {"iban": "FR76"}, "Suivant"),
    Sight("/espace/{bare_firm}/prelevement/nouveau/", MEMBER),
    Sight(f"{MANDATE}/{{mandate_draft}}/lire/", MEMBER),
    Sight(f"{MANDATE}/{{mandate_draft}}/lire/", MEMBER, 422, press="Recevoir le code"),
    Sight(f"{MANDATE}/{{mandate_draft}}/signer/", MEMBER),
    Sight(f"{MANDATE}/{{mandate_draft}}/signer/", MEMBER, 422, {"code_sent": "12"}, "Signer"),
    Sight(f"{MANDATE}/{{mandate}}/signe/", MEMBER),
    Sight(f"{MANDATE}/{{mandate}}/revoquer/", MEMBER),
]

ASKED = f"{FIRM}/demandes"
PAPERS = [
    Sight(f"{ASKED}/", MEMBER),
    Sight(f"{ASKED}/?q=introuvable", MEMBER),
    Sight("/espace/{bare_firm}/demandes/", MEMBER),
    Sight(f"{ASKED}/nouvelle/", MEMBER),
    Sight("/espace/{bare_firm}/demandes/nouvelle/", MEMBER, 422, press="Envoyer ma demande"),
    Sight(f"{ASKED}/brouillon/{{request_draft}}/", MEMBER),
    *(Sight(f"{ASKED}/{{{one}}}/", MEMBER) for one in ("request", "waiting_request", "closed_request")),
    Sight(f"{ASKED}/{{cancelled_request}}/", READER),
    Sight(f"{ASKED}/{{waiting_request}}/", READER, 422, press="Envoyer mon message"),
    Sight(f"{ASKED}/{{request}}/envoyee/", MEMBER),
    Sight(f"{ASKED}/{{request}}/annuler/", MEMBER),
    Sight(f"{FIRM}/documents/", MEMBER),
    Sight("/espace/{bare_firm}/documents/", MEMBER),
    Sight(f"{FIRM}/documents/attestations/", MEMBER),
    Sight(f"{FIRM}/documents/attestations/{{attestation}}/", MEMBER),
    Sight("/verifier/"),
    Sight("/verifier/", status=422, fill={"code": "12"}, press="Vérifier"),
    Sight("/verifier/{attestation_code}/"),
    Sight("/verifier/0000-0000-0000/", status=404),
]

SPACE = [*ACCOUNT, *COMPANY, *EMPLOYEES, *DECLARATION, *MANDATES, *PAPERS]
