"""Form fields for what French administrations ask: dates, SIRET, NAF, telephone, IBAN, postcode, amounts, counts.

Thin: the rules live in `core.identifiers`. Each field takes what people type or paste, gives the form we store, shows
it grouped, and says in French what is wrong, what is expected, with an example.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy

from core import identifiers, scanner
from core.dates import today
from core.text import MAX_TEXT, fold
from core.transitions import Refused

DATE_EXAMPLE = "14/09/1988"
_WRITTEN_DATE = (
    re.compile(r"(?P<day>\d{1,2})\s?[./\s-]\s?(?P<month>\d{1,2})\s?[./\s-]\s?(?P<year>\d{1,4})"),
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})"),
)
_MONTHS = ["janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout"]
_MONTHS += ["septembre", "octobre", "novembre", "decembre"]
_IN_WORDS = re.compile(rf"(\d{{1,2}})(?:er)? ({'|'.join(_MONTHS)}) (\d{{1,4}})")
_SPACES = re.compile(r"[\s\u00a0\u202f]+")

Day = date | Callable[[], date]


def parse_date(text: str, example: str = DATE_EXAMPLE) -> date:
    """`14/09/1988`, `14.9.1988`, `14 09 1988`, `14091988`, `1988-09-14` or `14 septembre 1988`.

    Raises `identifiers.Invalid` with the sentence to show. Two-digit years are refused: 14/09/26 may be 1926.
    `example` is what that sentence shows, of the kind of day that is asked.
    """
    if words := _IN_WORDS.fullmatch(fold(text)):
        text = f"{words[1]}/{_MONTHS.index(words[2]) + 1:02d}/{words[3]}"
    found = next(filter(None, (pattern.fullmatch(text.strip()) for pattern in _WRITTEN_DATE)), None)
    if found is None:
        raise identifiers.Invalid(f"Écrivez la date avec le jour, le mois et l’année. Exemple : {example}")
    day, month, year = (int(found[name]) for name in ("day", "month", "year"))
    shown = f"{day:02d}/{month:02d}/{found['year']}"
    if len(found["year"]) != 4:
        raise identifiers.Invalid(f"Écrivez l’année avec quatre chiffres ({shown}). Exemple : {example}")
    if not 1 <= month <= 12 or year == 0:
        raise identifiers.Invalid(f"La date {shown} n’existe pas. Exemple : {example}")
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        raise identifiers.Invalid(
            f"La date {shown} n’existe pas. Exemple : {min(max(day, 1), last):02d}/{month:02d}/{year}"
        )
    return date(year, month, day)


class FrenchDateField(forms.DateField):
    """A date in one text field. `minimum` and `maximum` are days or functions, such as `core.dates.today`.
    `recent`: the example is of these days and not a date of birth."""

    def __init__(self, *, minimum: Day | None = None, maximum: Day | None = None, recent: bool = False, **kwargs: Any):
        self.recent = recent
        self.minimum, self.maximum = minimum, maximum
        attrs = {"inputmode": "numeric", "autocomplete": "off", "class": "short num"}
        kwargs.setdefault("widget", forms.DateInput(format="%d/%m/%Y", attrs=attrs))
        kwargs.setdefault("help_text", lazy(self._help, str)() if recent else self._help())
        super().__init__(**kwargs)

    def _example(self) -> str:
        return f"{today():%d/%m/%Y}" if self.recent else DATE_EXAMPLE

    def _help(self) -> str:
        return f"Exemple : {self._example()}"

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return value or None
        try:
            return parse_date(str(value), self._example())
        except identifiers.Invalid as error:
            raise ValidationError(str(error), code="invalid") from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        for bound, wrong, words in (
            (self.minimum, lambda limit: value < limit, "ne peut pas être avant le"),
            (self.maximum, lambda limit: value > limit, "ne peut pas être après le"),
        ):
            limit = bound() if callable(bound) else bound
            if limit is not None and wrong(limit):
                raise ValidationError(f"La date {value:%d/%m/%Y} {words} {limit:%d/%m/%Y}.", code="range")


class BirthDateField(FrenchDateField):
    """A date of birth: in the past, of somebody who can be alive."""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("minimum", date(1900, 1, 1))
        kwargs.setdefault("maximum", today)
        super().__init__(**kwargs)


class IdentifierField(forms.CharField):
    """Text that `parse` turns into what is stored and `shape` groups for reading."""

    parse: Callable[[str], str]
    shape: Callable[[str], str] = staticmethod(str)
    attrs: dict[str, str] = {}
    example = ""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("widget", forms.TextInput(attrs=self.attrs))
        kwargs.setdefault("help_text", self.example)
        # The limit of the column counts what is stored, not the spaces that people type.
        kwargs.pop("max_length", None)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return self.parse(text)
        except identifiers.Invalid as error:
            raise ValidationError(str(error), code="invalid") from error

    def prepare_value(self, value: Any) -> Any:
        try:
            return self.shape(self.parse(value)) if value else value
        except identifiers.Invalid:
            return value  # shown as it was typed, beside the error


class SiretField(IdentifierField):
    parse = staticmethod(identifiers.clean_siret)
    shape = staticmethod(identifiers.format_siret)
    attrs = {
        "inputmode": "numeric",
        "autocomplete": "off",
        "class": "medium num",
        "data-group": "3 3 3 5",
        "data-check": "siret",
    }
    example = (
        "14 chiffres, sur votre avis de situation SIRENE ou vos bulletins de paie. "
        f"Exemple : {identifiers.SIRET_EXAMPLE}"
    )


class NafField(IdentifierField):
    parse = staticmethod(identifiers.clean_naf)
    shape = staticmethod(identifiers.format_naf)
    attrs = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "short num"}
    example = f"Quatre chiffres et une lettre. Exemple : {identifiers.NAF_EXAMPLE}"


class PhoneField(IdentifierField):
    parse = staticmethod(identifiers.clean_phone)
    shape = staticmethod(identifiers.format_phone)
    attrs = {"type": "tel", "autocomplete": "tel", "class": "medium num", "data-group": "2 2 2 2 2"}
    example = f"Exemple : {identifiers.PHONE_EXAMPLE}"


class MobileField(PhoneField):
    """A telephone that receives text messages."""

    parse = staticmethod(identifiers.clean_mobile)
    example = f"Exemple : {identifiers.MOBILE_EXAMPLE}"


class IbanField(IdentifierField):
    parse = staticmethod(identifiers.clean_iban)
    shape = staticmethod(identifiers.format_iban)
    attrs = {**NafField.attrs, "class": "num", "data-group": "4", "data-check": "iban"}
    example = f"Sur votre RIB. Exemple : {identifiers.IBAN_EXAMPLE}"


def _postcode(text: str) -> str:
    digits = identifiers.compact(text)
    if not re.fullmatch(r"[0-9]{5}", digits):
        raise identifiers.Invalid("Le code postal compte cinq chiffres. Exemple : 91220")
    return digits


class PostcodeField(IdentifierField):
    parse = staticmethod(_postcode)
    attrs = {"inputmode": "numeric", "autocomplete": "postal-code", "class": "num"}
    example = "Cinq chiffres. Exemple : 91220"


class WholeNumberField(forms.IntegerField):
    """A count: « 1 200 » is 1200."""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "short num"})
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = _SPACES.sub("", value)
            if len(value) > 12:
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class MoneyField(forms.DecimalField):
    """An amount in euros with at most two decimals: « 1 382,76 € »."""

    unit = "\u00a0€"

    def __init__(self, **kwargs: Any):
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "short num"})
        )
        kwargs.setdefault("help_text", "En euros. Exemple : 1 382,76")
        super().__init__(max_digits=kwargs.pop("max_digits", 12), decimal_places=2, **kwargs)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if isinstance(value, str):
            value = _SPACES.sub("", value).removesuffix("€").replace(",", ".")
            if value and not re.fullmatch(r"-?\d{1,40}(\.\d*)?", value):
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.2f}".replace(".", ",") if isinstance(value, Decimal) else value


class LongText(forms.CharField):
    """Several lines; an end of line counts for one character, as the browser's own limit has it."""

    def __init__(self, *, rows: int, **kwargs: Any):
        widget = forms.Textarea(attrs={"rows": rows, "autocomplete": "off"})
        super().__init__(max_length=MAX_TEXT, widget=widget, **kwargs)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class ScannedFileField(forms.FileField):
    """A file that is read at once and not kept: a spreadsheet, a statement.

    There is nothing to hold: while the scanner does not answer, the person is asked to come back.
    """

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file:
            try:
                scanner.check(file.read())
            except Refused as refusal:
                raise ValidationError(str(refusal)) from refusal
            file.seek(0)
        return file
