"""Models with a column that looks personal and is not declared in a privacy.py, each with the reason."""

WITHOUT = {
    "membership.establishment": "the company's own telephone and address",
    "membership.medicalcentre": "a place of the operator",
    "membership.secretary": "an office of the operator",
    "membership.payment": "an accounting document of the company; the IBAN is the company's",
    "billing.excessuse": "an accounting document of the company; the IBAN is the company's",
    "core.onetimecode": "the address is masked; evidence of a signature, told with the mandate",
    "membership.linksasked": "gone as soon as a worker has answered",
    "accounts.codedevice": "deleted a day after it was made, and with the account",
    # Free text or JSON.
    "admin.logentry": "the audit trail of the back office: columns by name; of an erased account, no name",
    "sessions.session": "ends by itself",
    "core.journalentry": "the audit trail, with what it is about; erased accounts and contacts are struck out of it",
    "documents.document": "the paper of a row that is declared, kept or deleted with it",
    "billing.invoice": "an accounting document of the company",
    "billing.collectionfile": "an accounting document: the file for the bank, encrypted",
    "billing.bankstatement": "numbers of our own debits",
    "membership.piecerequest": "what staff ask a company for, deleted with its dossier",
    "membership.proforma": "an accounting document of the company",
    "membership.helptext": "the operator's own words",
    "space.cannedreply": "the operator's own words",
    "contributions.campaign": "the operator's own words",
}
