"""Amounts, dates and time limits as the pages write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.template import Context, Template, TemplateSyntaxError

from core.brand import Brand
from tests.harness.laid_out import laid_out


def rendered(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (date(2026, 12, 4), "encore 12 jours (jusqu’au 4 décembre)"),
        (date(2027, 1, 26), "encore 65 jours (jusqu’au 26 janvier 2027)"),
        (date(2026, 11, 23), "encore 1 jour (jusqu’au 23 novembre)"),
        (date(2026, 11, 22), "jusqu’à ce soir (22 novembre)"),
        (date(2026, 11, 1), "terminé depuis le 1er novembre"),
        (None, ""),
    ],
)
def test_time_left(time_machine, last: date | None, text: str) -> None:
    time_machine.move_to("2026-11-22 23:30+01:00")
    assert rendered("{{ last|days_left }}", last=last) == text


def test_formats() -> None:
    assert rendered("{{ a|euros }}", a=Decimal("1382.755")) == "1\u202f382,76\u00a0€"
    assert rendered("{{ d|french_date }}", d=date(2027, 9, 14)) == "14 septembre 2027"
    assert rendered("{{ s|siret }}", s="73282932000074") == "732 829 320 00074"
    assert rendered("{{ p|phone }}", p="+33123456789") == "01 23 45 67 89"
    assert rendered("{{ i|iban }}", i="FR7630006000011234567890189") == "FR76 3000 6000 0112 3456 7890 189"
    assert rendered("{{ n|euros }}{{ n|french_date }}{{ n|siret }}{{ n|phone }}{{ n|iban }}", n=None) == ""


@pytest.mark.fault("F2")
def test_what_people_wrote_stays_text() -> None:
    bad = "<script>"
    html = rendered("{% tag bad 'wait' %}{% facts rows %}", bad=bad, rows=[(bad, bad), ("Enseigne", "")])
    assert bad not in html
    assert '<span class="tag wait">&lt;script&gt;</span>' in html
    assert "Non renseigné" in html
    with pytest.raises(TemplateSyntaxError):
        rendered("{% tag 'x' 'purple' %}")


def test_a_figure_says_its_numbers() -> None:
    html = rendered(
        '{% stacked_bar "Dossiers" rows %}', rows=[("à vérifier", 3, "main", "/file/"), ("prêts", 1, "calm", "")]
    )
    assert 'aria-label="Dossiers : 3 à vérifier, 1 prêts"' in html
    assert 'width="747.0"' in html
    assert '<a href="/file/"><b>3</b>' in html
    assert "style=" not in html
    assert "<rect x" not in rendered('{% stacked_bar "Dossiers" rows %}', rows=[("prêts", 0, "calm", "")])


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 nouveau"), (1, "1 nouveau"), (2, "2 nouveaux"), ([], "[] nouveau"), ("x", "x nouveau")]
)
def test_the_plural_is_french_none_is_singular(count, words):
    text = Template("{{ count }} nouveau{{ count|pluralize:'x' }}").render(Context({"count": count}))
    assert text == words


def test_what_is_the_same_on_all_pages_is_rendered_once_for_a_brand():
    page = Template("{% sameonallpages %}{{ brand.name }}, {{ count }}{% endsameonallpages %} {{ count }}")
    ours, theirs = Brand({"name": "Nous"}), Brand({"name": "Eux"})
    assert page.render(Context({"brand": ours, "count": 1})) == "Nous, 1 1"
    assert page.render(Context({"brand": ours, "count": 2})) == "Nous, 1 2"
    assert page.render(Context({"brand": theirs, "count": 3})) == "Eux, 3 3"


@pytest.mark.req("B-02")
def test_who_must_act_is_told_with_the_last_day(time_machine) -> None:
    time_machine.move_to("2026-11-22 12:00+01:00")
    late = {"state": "next", "title": "Vérification", "who": "À nous d’agir", "by": date(2026, 11, 20)}
    html = laid_out(rendered('{% include "components/timeline.html" %}', events=[late]))
    assert "À nous d’agir, au plus tard le 20 novembre 2026<" in html
