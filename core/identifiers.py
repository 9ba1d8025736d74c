"""Numbers people type: SIRET, SIREN, NAF, IBAN, BIC, telephone, NIR.

For each, `clean_*` takes what was typed or pasted, however grouped, and returns the one form we store, or raises
`Invalid` with a French sentence that says what is wrong, what is expected, and gives an example. `format_*` groups
a stored number for reading, `mask_*` hides most of it. Nothing here echoes the value: errors may be logged.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.exceptions import InvalidComponent, InvalidLength, ValidationError
from stdnum.fr import nir as stdnum_nir
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

SIRET_EXAMPLE = "732 829 320 00074"
SIREN_EXAMPLE = "732 829 320"
NAF_EXAMPLE = "62.01Z"
IBAN_EXAMPLE = "FR76 9999 9000 9100 0043 1000 029"  # of a bank that does not exist
BIC_EXAMPLE = "AGRIFRPP"
PHONE_EXAMPLE = "01 23 45 67 89"
MOBILE_EXAMPLE = "06 12 34 56 78"
NIR_EXAMPLE = "2 69 05 49 588 157 80"

# A spreadsheet shows a long number as 1,85E+14: its last digits are lost.
_SCIENTIFIC = re.compile(r"\s*\d+(?:[.,]\d+)?\s*E\s*\+?\s*\d+\s*", re.IGNORECASE)
# The overseas departments write ten digits as well, but have country codes of their own.
_OVERSEAS = ("RE", "GP", "MQ", "GF", "YT")
_OVERSEAS_NUMBER = re.compile(r"0(?:26|59|69|639)")
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
_FRENCH_CALLING_CODES = {33, 262, 590, 594, 596}
# Months of a NIR: 20, 30 to 42 and 50 to 99 stand for a birth month that is not known.
_NIR_MONTHS = {*range(1, 13), 20, *range(30, 43), *range(50, 100)}


class Invalid(ValueError):
    """What was typed is not such a number; the message is a French sentence to show beside the field."""


def compact(value: str) -> str:
    """Letters and digits in capitals: without any kind of space, dot, dash or invisible character."""
    text = unicodedata.normalize("NFKC", value)
    kept = (c for c in text if c not in "._/'’" and unicodedata.category(c)[0] not in "ZC")
    return "".join(c for c in kept if unicodedata.category(c) != "Pd").upper()


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _refuse_scientific(value: str, name: str, length: int) -> None:
    if _SCIENTIFIC.fullmatch(value):
        raise Invalid(
            f"Votre tableur a abrégé ce {name} et ses derniers chiffres sont perdus. "
            f"Mettez la colonne au format « Texte », puis ressaisissez les {length} chiffres."
        )


def _digits(value: str, name: str, length: int, example: str) -> str:
    """`value` as exactly `length` digits."""
    _refuse_scientific(value, name, length)
    digits = compact(value)
    if not digits:
        raise Invalid(f"Indiquez le {name} : {length} chiffres. Exemple : {example}.")
    if not _is_digits(digits):
        raise Invalid(f"Le {name} ne contient que des chiffres ({length}). Exemple : {example}.")
    if len(digits) != length:
        hint = " Un zéro manque peut-être au début." if len(digits) == length - 1 else ""
        raise Invalid(
            f"Le {name} doit compter {length} chiffres ; vous en avez saisi {len(digits)}.{hint} Exemple : {example}."
        )
    return digits


def clean_siret(value: str) -> str:
    """14 digits with a right key. La Poste's offices follow their own rule, its head office the common one."""
    digits = _digits(value, "SIRET", 14, SIRET_EXAMPLE)
    if set(digits[:9]) == {"0"} or not stdnum_siret.is_valid(digits):
        raise Invalid(
            "Ce SIRET n’existe pas : un de ses 14 chiffres est sans doute mal recopié. "
            f"Il figure sur votre avis de situation SIRENE et sur vos bulletins de paie. Exemple : {SIRET_EXAMPLE}."
        )
    return digits


def clean_siren(value: str) -> str:
    """9 digits with a right key."""
    digits = _digits(value, "SIREN", 9, SIREN_EXAMPLE)
    if set(digits) == {"0"} or not stdnum_siren.is_valid(digits):
        raise Invalid(
            f"Ce SIREN n’existe pas : un de ses 9 chiffres est sans doute mal recopié. Exemple : {SIREN_EXAMPLE}."
        )
    return digits


def clean_naf(value: str) -> str:
    """Four digits and a letter, without the dot. Whether the activity exists is asked to `core.naf`."""
    code = compact(value)
    if not (len(code) == 5 and _is_digits(code[:4]) and "A" <= code[4] <= "Z"):
        raise Invalid(f"Le code NAF (ou APE) compte quatre chiffres et une lettre. Exemple : {NAF_EXAMPLE}.")
    return code


def clean_iban(value: str) -> str:
    """An IBAN of any country of the register, its length and key right."""
    iban = compact(value)
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+", iban):
        raise Invalid(
            "L’IBAN commence par deux lettres (le pays) et deux chiffres. "
            f"Il figure sur votre RIB. Exemple : {IBAN_EXAMPLE}."
        )
    if iban.startswith("FR") and len(iban) != 27:
        raise Invalid(
            f"Un IBAN français compte 27 caractères ; vous en avez saisi {len(iban)}. Exemple : {IBAN_EXAMPLE}."
        )
    try:
        return str(stdnum_iban.validate(iban))
    except InvalidComponent as error:
        raise Invalid(
            f"Cet IBAN commence par un code de pays inconnu. Pour la France : FR. Exemple : {IBAN_EXAMPLE}."
        ) from error
    except ValidationError as error:
        raise Invalid(
            "Cet IBAN n’est pas valable : un caractère est sans doute mal recopié ou manque. "
            f"Il figure sur votre RIB. Exemple : {IBAN_EXAMPLE}."
        ) from error


def clean_bic(value: str) -> str:
    """A BIC of 8 or 11 characters."""
    bic = compact(value)
    try:
        return str(stdnum_bic.validate(bic))
    except InvalidLength as error:
        raise Invalid(
            f"Le BIC compte 8 ou 11 caractères ; vous en avez saisi {len(bic)}. Exemple : {BIC_EXAMPLE}."
        ) from error
    except ValidationError as error:
        raise Invalid(
            "Ce BIC n’est pas valable : quatre lettres pour la banque, deux pour le pays, puis deux ou cinq "
            f"lettres ou chiffres. Exemple : {BIC_EXAMPLE}."
        ) from error


def clean_phone(value: str) -> str:
    """E.164 (`+33123456789`). A number without country code is French, overseas departments included."""
    text = unicodedata.normalize("NFKC", value).strip()
    refusal = Invalid(
        f"Ce numéro de téléphone n’existe pas. Dix chiffres sont attendus, par exemple {PHONE_EXAMPLE}, "
        "ou l’indicatif du pays pour l’étranger, par exemple +32 2 555 12 12."
    )
    if not re.fullmatch(r"[\d\s.()/+–-]{2,40}", text):
        raise refusal
    overseas = _OVERSEAS if _OVERSEAS_NUMBER.match(compact(text)) else ()
    for region in (*overseas, "FR"):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException as error:
            raise refusal from error
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    raise refusal


def is_mobile(phone: str) -> bool:
    """Whether a text message reaches this number: 06 or 07 in France, what the numbering plans tell elsewhere."""
    try:
        return phonenumbers.number_type(phonenumbers.parse(phone, "FR")) in _MOBILE
    except phonenumbers.NumberParseException:
        return False


def clean_mobile(value: str) -> str:
    """As `clean_phone`, for a number that receives text messages."""
    phone = clean_phone(value)
    if not is_mobile(phone):
        raise Invalid(
            f"Indiquez un numéro de mobile : ce numéro ne reçoit pas de SMS. Exemple : {MOBILE_EXAMPLE}, "
            "ou l’indicatif du pays pour l’étranger."
        )
    return phone


def clean_nir(value: str) -> str:
    """15 characters: 13 and a key, which is completed when it was left out. Corsica keeps its letter."""
    _refuse_scientific(value, "numéro de sécurité sociale", 15)
    nir = compact(value)
    if len(nir) not in (13, 15):
        raise Invalid(
            f"Le numéro de sécurité sociale compte 15 chiffres, ou 13 sans sa clé ; vous en avez saisi {len(nir)}. "
            f"Exemple : {NIR_EXAMPLE}."
        )
    if not re.fullmatch(r"[0-9]{5}(?:[0-9]{2}|2A|2B)[0-9]{6,8}", nir):
        raise Invalid(
            "Le numéro de sécurité sociale ne contient que des chiffres, sauf 2A ou 2B pour une naissance en Corse. "
            f"Exemple : {NIR_EXAMPLE}."
        )
    if nir[0] not in "123478" or int(nir[3:5]) not in _NIR_MONTHS:
        raise Invalid(
            "Ce numéro de sécurité sociale n’existe pas : il commence par 1 ou 2, puis l’année et le mois de "
            f"naissance. Exemple : {NIR_EXAMPLE}."
        )
    key = stdnum_nir.calc_check_digits(nir)
    if len(nir) == 15 and nir[13:] != key:
        raise Invalid(
            "La clé (les deux derniers chiffres) ne correspond pas à ce numéro de sécurité sociale : un chiffre est "
            f"sans doute mal recopié. Il figure sur la carte Vitale. Exemple : {NIR_EXAMPLE}."
        )
    return nir[:13] + key


def is_temporary_nir(nir: str) -> bool:
    """Whether this is a waiting number (first digit 3, 4, 7 or 8), to be replaced by the final one."""
    return nir[:1] in {"3", "4", "7", "8"}


def _grouped(text: str, *sizes: int) -> str:
    groups, start = [], 0
    for size in sizes:
        groups.append(text[start : start + size])
        start += size
    groups.append(text[start:])
    return " ".join(group for group in groups if group)


def format_siret(siret: str) -> str:
    """`732 829 320 00074`"""
    return _grouped(siret, 3, 3, 3)


def format_siren(siren: str) -> str:
    """`732 829 320`"""
    return _grouped(siren, 3, 3, 3)


def format_naf(code: str) -> str:
    """`62.01Z`"""
    return f"{code[:2]}.{code[2:]}" if len(code) == 5 else code


def format_iban(iban: str) -> str:
    """By four: `FR76 3000 6000 …`"""
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


def format_nir(nir: str) -> str:
    """`2 69 05 49 588 157 80`"""
    return _grouped(nir, 1, 2, 2, 2, 3, 3)


def format_phone(phone: str) -> str:
    """By two for a French number (`01 23 45 67 89`), with its country code for others."""
    try:
        number = phonenumbers.parse(phone, "FR")
    except phonenumbers.NumberParseException:
        return phone
    if number.country_code in _FRENCH_CALLING_CODES:
        digits = f"0{number.national_number}"
        return " ".join(digits[i : i + 2] for i in range(0, len(digits), 2))
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def mask_iban(iban: str) -> str:
    """The country, the key and the last four characters: `FR76 •••• 0189`."""
    return f"{iban[:4]} •••• {iban[-4:]}" if len(iban) > 8 else "••••"


def mask_nir(nir: str) -> str:
    """The last five characters only: neither sex nor birth nor place."""
    return f"• •• •• •• ••• {nir[-5:-2]} {nir[-2:]}" if len(nir) == 15 else "••••"
