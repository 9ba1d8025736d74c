"""Template filters and the few components that need a computation. Loaded in every template (a builtin library)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Paginator
from django.template import defaultfilters
from django.template.defaultfilters import stringfilter
from django.urls import get_script_prefix
from django.utils.safestring import SafeString, mark_safe

from core import crypto, dates, identifiers, money
from core.markup import escaped, worded
from core.text import unbroken

register = template.Library()

# The colours of figures, chosen to be told apart side by side; presentation attributes, since nothing is styled inline.
CHART_COLOURS = {
    "main": "#0e5a62",
    "light": "#79a9a6",
    "wait": "#c98a1b",
    "calm": "#b9b4a5",
    "warm": "#a8481f",
    "bad": "#a3211b",
}
_BLANK = '<span class="muted">Non renseigné</span>'
# For sentences made in Python, where a page shows them: not in a field, nor in each cell of a long table.
register.filter("unbroken", stringfilter(unbroken), is_safe=True)
TAG_TONES = {"good", "wait", "bad", "calm", ""}


@register.filter
def euros(amount: Decimal | None) -> str:
    """« 1 382,76 € », and nothing for no amount."""
    return "" if amount is None else money.euros(Decimal(amount))


@register.filter
def file_size(size: int) -> str:
    """« 87 Ko », « 1,4 Mo »: as people say it; Django's French has « Kio »."""
    if size < 1024 * 1024:
        return f"{max(round(size / 1024), 1)}{money.NBSP}Ko"
    return f"{size / 1024**2:.1f}{money.NBSP}Mo".replace(".", ",")


@register.filter
def signed_euros(amount: Decimal) -> str:
    """« +12,00 € », « −12,00 € »: a difference."""
    sign = "+" if amount > 0 else "−" if amount < 0 else ""
    return f"{sign}{money.euros(abs(amount))}"


@register.filter
def rate(per_cent: Decimal | None) -> str:
    """« 20 », « 5,5 »."""
    return "" if per_cent is None else money.rate(per_cent)


@register.filter
def french_date(day: date | datetime | None) -> str:
    """« 14 septembre 2027 »."""
    return dates.french_date(day) if day else ""


@register.filter
def french_moment(moment: datetime | None) -> str:
    """« 14 septembre 2027 à 10 h 05 »."""
    return dates.french_moment(moment) if moment else ""


@register.filter
def wrong_answers(problems: Iterable[tuple[str, Any]]) -> int:
    """How many answers an error summary is about: several things may be wrong with one."""
    places = [place for place, _ in problems]
    return len({place for place in places if place}) + sum(not place for place in places)


@register.filter(is_safe=False)
def pluralize(value: Any, endings: str = "s") -> str:
    """Django's, by the French rule: none is singular, as one is (« 0 changement »)."""
    try:
        count = abs(float(value))
    except (TypeError, ValueError):
        count = len(value) if hasattr(value, "__len__") else 0
    return defaultfilters.pluralize(1 if count < 2 else 2, endings)


@register.filter
def days_left(last: date | datetime | None) -> str:
    """« encore 12 jours (jusqu’au 26 janvier) ». The year is said when it is not the present one."""
    if not last:
        return ""
    day = dates.today(last) if isinstance(last, datetime) else last
    present = dates.today()
    left = (day - present).days
    text = dates.french_date(day)
    if day.year == present.year:
        text = text.removesuffix(f" {day.year}")
    if left < 0:
        return f"terminé depuis le {text}"
    if left == 0:
        return f"jusqu’à ce soir ({text})"
    return f"encore {left} jour{'s' if left > 1 else ''} (jusqu’au {text})"


@register.filter
def siret(value: str | None) -> str:
    """`732 829 320 00074`"""
    return identifiers.format_siret(value) if value else ""


@register.filter
def naf(value: str | None) -> str:
    """`62.01Z`"""
    return identifiers.format_naf(value) if value else ""


@register.filter
def phone(value: str | None) -> str:
    """`01 23 45 67 89`"""
    return identifiers.format_phone(value) if value else ""


@register.filter
def iban(value: str | None) -> str:
    """`FR76 3000 6000 …`"""
    return identifiers.format_iban(value) if value else ""


@register.filter
def unsealed(token: str | None) -> str:
    """A personal number that a snapshot holds encrypted, for the PDF that must print it."""
    return crypto.decrypt(token) if token else ""


@register.filter
def page_range(paginator: Paginator, number: int) -> list[int]:
    """The page numbers to offer around `number`; 0 stands for pages left out."""
    shown = paginator.get_elided_page_range(number, on_each_side=1, on_ends=1)
    return [page if isinstance(page, int) else 0 for page in shown]


@register.filter
def cells(row: Iterable[Any], heads: Iterable[str]) -> SafeString:
    """The cells of a row, the first of which heads it: `{{ row|cells:table.head }}`.

    Written here: loops and tests of a template for each cell are most of what a page of rows costs.
    """
    first, *others = row
    _, *names = heads
    html = [f'<th scope="row">{escaped(first)}</th>']
    html += [f'<td data-label="{escaped(name)}">{escaped(cell)}</td>' for name, cell in zip(names, others, strict=True)]
    return mark_safe("".join(html))  # noqa: S308 each part is escaped


@register.simple_tag
def tag(text: Any, tone: str = "") -> SafeString:
    """A small label of a state: `{% tag "À relancer" "wait" %}`. Tones: good, wait, bad, calm or none."""
    if tone not in TAG_TONES:
        raise template.TemplateSyntaxError(f"unknown tone {tone!r}")
    return mark_safe(f'<span class="tag {tone}">{worded(text)}</span>')  # noqa: S308 the tone is one of ours


@register.inclusion_tag("components/stacked_bar.html")
def stacked_bar(label: str, segments: Iterable[tuple[str, int, str, str]]) -> dict[str, Any]:
    """One bar cut by state, with its key: segments are (label, count, colour name, url or "")."""
    rows = list(segments)
    total = sum(count for _, count, _, _ in rows)
    shown, x = [], 0.0
    for name, count, colour, url in rows:
        width = 1000 * count / total if total else 0
        part = {"label": name, "count": count, "colour": CHART_COLOURS[colour], "url": url}
        shown.append({**part, "x": f"{x:.1f}", "width": f"{max(width - 3, 0):.1f}"})
        x += width
    words = ", ".join(f"{row['count']} {row['label']}" for row in shown)
    return {"label": label, "words": words, "segments": shown, "total": total}


@register.inclusion_tag("components/bars.html")
def bars(caption: str, head: str, rows: Iterable[tuple[str, int]], colour: str = "main") -> dict[str, Any]:
    """A table whose last column draws each count as a bar: the figure and its table are one."""
    counted = list(rows)
    most = max((count for _, count in counted), default=0)
    return {
        "caption": caption,
        "head": head,
        "colour": CHART_COLOURS[colour],
        "rows": [(label, count, f"{100 * count / most if most else 0:.1f}") for label, count in counted],
    }


class _SameOnAllPages(template.Node):
    """Keeps what it rendered last: thread-safe, since what is kept is replaced as a whole."""

    def __init__(self, nodelist: template.NodeList) -> None:
        self.nodelist = nodelist
        self.kept: tuple[Any, str, SafeString] = (None, "", SafeString())

    def render(self, context: template.Context) -> SafeString:
        brand, prefix = context.get("brand"), get_script_prefix()
        kept_brand, kept_prefix, html = self.kept
        if brand is None or kept_brand is not brand or kept_prefix != prefix:
            html = self.nodelist.render(context)
            self.kept = (brand, prefix, html)
        return html


@register.tag
def sameonallpages(parser: template.base.Parser, token: template.base.Token) -> _SameOnAllPages:
    """`{% sameonallpages %}…{% endsameonallpages %}`: made of the brand, addresses and files of this instance alone, so
    rendered once in a process. It may hold nothing of the visitor, of the moment or of the page.
    """
    nodelist = parser.parse(("endsameonallpages",))
    parser.delete_first_token()
    return _SameOnAllPages(nodelist)


@register.simple_tag
def facts(rows: Iterable[tuple[str, Any]]) -> SafeString:
    """A definition list of (label, value) pairs; an empty value reads « Non renseigné »."""
    items = "".join(
        f"<div><dt>{worded(label)}</dt><dd>{_BLANK if value in ('', None) else worded(value)}</dd></div>"
        for label, value in rows
    )
    return mark_safe(f'<dl class="facts">{items}</dl>')  # noqa: S308 each part is escaped
