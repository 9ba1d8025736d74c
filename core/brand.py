"""The operator's brand: who signs the pages, when somebody answers the phone, in which colour. All from settings."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.checks import Error, register
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from stdnum.eu import at_02

from core.dates import french_date, public_holidays
from core.identifiers import IBAN_EXAMPLE, Invalid, clean_bic, clean_iban, compact, format_phone
from core.money import NBSP

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
DEFAULT_ACCENT = "#0e5a62"  # the one in static/css/guichet.css
PAPER = "#fbfaf6"  # the page's background, --paper
MIN_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
# Of the demonstration, and the one that forms show: right in form, and nobody's.
EXAMPLE_IBANS = {"FR7630006000011234567890189", compact(IBAN_EXAMPLE)}
ICON_BYTES = 2000  # a larger icon is not written into each page

Span = tuple[time, time]


def data_url(content: bytes, media_type: str) -> str:
    """An address that holds its own content: the only kind a PDF may use."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def parse_hours(text: str) -> dict[int, list[Span]]:
    """`1-5 09:00-12:00,14:00-17:00; 6 09:00-12:00` as spans by weekday (1 is Monday)."""
    hours: dict[int, list[Span]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = re.fullmatch(r"([1-7])(?:-([1-7]))? (\d\d:\d\d-\d\d:\d\d(?:,\d\d:\d\d-\d\d:\d\d)*)", part)
        if not match:
            raise ValueError(f"OPERATOR_HOURS: « {part} » is not like « 1-5 09:00-12:00,14:00-17:00 »")
        spans = [tuple(map(time.fromisoformat, span.split("-"))) for span in match[3].split(",")]
        for day in range(int(match[1]), int(match[2] or match[1]) + 1):
            hours[day] = sorted(hours.get(day, []) + spans)  # type: ignore[operator]
    return hours


def say_time(moment: time) -> str:
    """« 9 h », « 17 h 30 », on one line."""
    return f"{moment.hour}{NBSP}h" + (f"{NBSP}{moment.minute:02d}" if moment.minute else "")


def _rgb(colour: str) -> tuple[int, int, int]:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"« {colour} » is not a colour like {DEFAULT_ACCENT}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = (value / 255 for value in _rgb(colour))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """`share` (0 to 1) of `colour`, the rest of `other`."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


@dataclass(frozen=True)
class Brand:
    """What templates, mails and PDFs say of the operator (`{{ brand.name }}`)."""

    operator: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.operator[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def version(self) -> str:
        """Of this software, in the header of each page: what somebody on the phone reads out (X-02)."""
        return settings.VERSION

    @property
    def postal_address(self) -> str:
        """On one line, with the name: where a cheque goes."""
        return ", ".join([self.operator["name"], *self.operator["address"]])

    @cached_property
    def phone_display(self) -> str:
        return format_phone(self.operator["phone"])

    @cached_property
    def phone_link(self) -> str:
        return f"tel:{self.operator['phone']}"

    @cached_property
    def phone_note(self) -> str:
        """What calling costs: nothing for 0800 to 0805; no note for what is dearer (081, 082, 089, short ones)."""
        phone = self.operator["phone"]
        if re.match(r"(\+33|0)80[0-5]", phone):
            return "service et appel gratuits"
        return "" if re.match(r"(\+33|0)8[129]|\d{4}$", phone) else "appel non surtaxé"

    @cached_property
    def spans(self) -> dict[int, list[Span]]:
        return parse_hours(self.operator["hours"])

    @cached_property
    def hours_text(self) -> list[str]:
        """« du lundi au vendredi, de 9 h à 12 h et de 14 h à 17 h », one line a group of days with the same hours."""
        lines: list[str] = []
        days = sorted(self.spans)
        while days:
            first = last = days.pop(0)
            while days and days[0] == last + 1 and self.spans[days[0]] == self.spans[first]:
                last = days.pop(0)
            name = f"le {DAYS[first - 1]}" if first == last else f"du {DAYS[first - 1]} au {DAYS[last - 1]}"
            spans = " et ".join(f"de {say_time(start)} à {say_time(end)}" for start, end in self.spans[first])
            lines.append(f"{name}, {spans}")
        return lines

    def open_on(self, day: date) -> list[Span]:
        """The opening hours of a day: none on a public holiday."""
        return [] if day in public_holidays() else self.spans.get(day.isoweekday(), [])

    def open_state(self, now: datetime | None = None) -> tuple[bool, str]:
        """Whether somebody answers now, and « ouvert jusqu’à 17 h » or « ouvre lundi à 9 h »."""
        local = timezone.localtime(now)
        for start, end in self.open_on(local.date()):
            if start <= local.time() < end:
                return True, f"ouvert jusqu’à {say_time(end)}"
            if local.time() < start:
                return False, f"ouvre à {say_time(start)}"
        for ahead in range(1, 31):
            day = local.date() + timedelta(days=ahead)
            if spans := self.open_on(day):
                when = "demain" if ahead == 1 else DAYS[day.weekday()] if ahead < 7 else f"le {french_date(day)}"
                return False, f"ouvre {when} à {say_time(spans[0][0])}"
        return False, "fermé"

    @cached_property
    def logo_data(self) -> str:
        """The logo as an address that holds its own content; empty when it is no picture we know."""
        name = self.operator["logo"]
        found = finders.find(name) if name else None
        media_type = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}.get(Path(name or "").suffix)
        return data_url(Path(found).read_bytes(), media_type) if found and media_type else ""

    @cached_property
    def icon(self) -> str:
        """The icon of the browser's tab: in the page itself while it is small, since browsers ask for it apart."""
        return self.logo_data if len(self.logo_data) <= ICON_BYTES else static(self.operator["logo"])

    @cached_property
    def stylesheet(self) -> str:
        """The accent and what derives from it; empty when it is the one of guichet.css."""
        accent = self.operator["accent"].lower()
        if accent == DEFAULT_ACCENT:
            return ""
        strong, soft = mix(accent, "#000000", 0.75), mix(accent, "#ffffff", 0.11)
        return f":root {{ --accent: {accent}; --accent-strong: {strong}; --accent-soft: {soft}; }}\n"

    @cached_property
    def stylesheet_url(self) -> str:
        """Where the stylesheet is, dated by what it holds so that browsers may keep it for ever."""
        if not self.stylesheet:
            return ""
        return f"{reverse('brand-css')}?v={hashlib.sha256(self.stylesheet.encode()).hexdigest()[:12]}"


@lru_cache
def brand() -> Brand:
    """The brand of this instance."""
    return Brand(settings.OPERATOR)


class _Now:
    """The help line of one request, worked out only when a template shows it."""

    @cached_property
    def state(self) -> tuple[bool, str]:
        return brand().open_state()

    @property
    def is_open(self) -> bool:
        return self.state[0]

    @property
    def sentence(self) -> str:
        return self.state[1]


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `brand`, `desk` (is somebody there now?) and `demo`. Works nothing out by itself."""
    return {"brand": brand(), "desk": _Now(), "demo": settings.DEMO}


def _account_errors(operator: dict[str, Any]) -> list[Error]:
    """Invoices ask for money on this account: outside the demonstration it is the operator's own."""
    errors = []
    try:
        known = clean_iban(operator["iban"]) not in EXAMPLE_IBANS
    except Invalid:
        known = False
    if not known:
        problem = "OPERATOR_IBAN is missing, wrong or the one of the example."
        hint = "Give the IBAN of the account that members pay into: invoices, mails and QR codes show it."
        errors.append(Error(problem, hint=hint, id="guichet.E004"))
    try:
        clean_bic(operator["bic"])
    except Invalid:
        errors.append(
            Error("OPERATOR_BIC is missing or wrong.", hint="Give the BIC of that account.", id="guichet.E005")
        )
    return errors


@register
def check_operator(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Refuse to start with a colour people cannot read, hours nobody understands or somebody else's account."""
    operator = settings.OPERATOR
    errors = []
    try:
        ratio = min(contrast(operator["accent"], "#ffffff"), contrast(operator["accent"], PAPER))
        if ratio < MIN_CONTRAST:
            errors.append(
                Error(
                    f"OPERATOR_ACCENT {operator['accent']} has a contrast of {ratio:.2f} with the page.",
                    hint=f"Choose a darker colour: at least {MIN_CONTRAST} is needed for text and buttons.",
                    id="guichet.E001",
                )
            )
    except ValueError as error:
        errors.append(Error(f"OPERATOR_ACCENT: {error}", id="guichet.E001"))
    try:
        parse_hours(operator["hours"])
    except ValueError as error:
        errors.append(Error(str(error), id="guichet.E002"))
    if not settings.DEMO:
        errors += _account_errors(operator)
    if not at_02.is_valid(operator["ics"]):
        errors.append(Error("OPERATOR_ICS is no SEPA creditor identifier (FR53ZZZ999999).", id="guichet.E003"))
    return errors
