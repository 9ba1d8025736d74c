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
}
