"""No line begins with a « : » or « ? », at 320 px as elsewhere: each way a sentence of ours leaves for a page."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django import forms
from django.contrib.messages import INFO
from django.contrib.messages.storage.base import Message
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from core.brand import brand
from core.forms import GuichetForm
from core.text import unbroken
from tests.harness.environment import ROOT
from tests.reading import plain

SAID = "<b> & « Kbis » : 20 % ? Oui !"
SHOWN = "&lt;b&gt; &amp; «\u00a0Kbis\u00a0»\u00a0: 20\u00a0%\u00a0? Oui\u00a0!"


def rendered(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("À régler : 3 €", "À régler_: 3 €"),
        ("Une erreur ? Appelez-nous !", "Une erreur_? Appelez-nous_!"),
        ("Ouvrez « Mes salariés » : c’est là ; (vraiment ?)", "Ouvrez «_Mes salariés_»_: c’est là_; (vraiment_?)"),
        ("20 % de 1 000", "20_% de 1 000"),
        ("<b>Motif :</b> non ?<br>", "<b>Motif_:</b> non_?<br>"),
        ("?page=2 :hover a ?b=c « »", "?page=2 :hover a ?b=c «_»"),
    ],
)
def test_which_spaces_hold(text: str, bound: str) -> None:
    assert unbroken(text) == bound.replace("_", "\u00a0")
    assert plain(unbroken(text)) == text


@pytest.mark.fault("F2")
def test_a_template_escapes_a_sentence_once_and_leaves_what_is_safe() -> None:
    assert rendered("{{ said|unbroken }}", said=SAID) == SHOWN
    assert rendered("{{ said|unbroken|linebreaksbr }}", said=f"{SAID}\nb") == f"{SHOWN}<br>b"
    safe = mark_safe('<a href="/x">Oui</a> ?')
    assert rendered("{{ said|unbroken }}", said=safe) == '<a href="/x">Oui</a>\u00a0?'
    assert isinstance(unbroken(safe), SafeString)
    assert not isinstance(unbroken(SAID), SafeString)


class Asked(GuichetForm):
    line = forms.CharField(label=SAID, help_text=SAID)
    text = forms.CharField(label="Texte", widget=forms.Textarea, required=False)
    box = forms.BooleanField(label=SAID, required=False)
    one = forms.ChoiceField(label=SAID, choices=[("a", SAID)], widget=forms.RadioSelect)
    listed = forms.ChoiceField(label="Liste", choices=[("a", SAID)])

    choice_hints = {"one": {"a": SAID}}

    def clean_line(self) -> str:
        raise forms.ValidationError(SAID)


@pytest.mark.fault("F2")
def test_a_form_holds_its_words_together_and_leaves_answers_as_they_were_typed() -> None:
    html = str(Asked({"line": SAID, "text": SAID, "one": "a", "listed": "a"}))
    for part in (
        f'<label for="id_line">{SHOWN}</label>',
        f'id="id_line_helptext">{SHOWN}</p>',
        f'<span class="sr">Erreur\u00a0: </span>{SHOWN}</p>',
        f'<label for="id_box">{SHOWN}</label>',
        f"<legend>{SHOWN}</legend>",
        f'<strong>{SHOWN}</strong><span class="hint">{SHOWN}</span>',
    ):
        assert part in html
    typed = plain(SHOWN)
    assert f'value="{typed}"' in html
    assert f"\n{typed}</textarea>" in html
    assert f">{typed}</option>" in html


class Djangos(forms.Form):
    """As the back office's own pages show one: label, explanation and errors by Django's templates."""

    name = forms.CharField(label=SAID, help_text=SAID, initial=SAID)

    def clean_name(self) -> str:
        raise forms.ValidationError(SAID)


@pytest.mark.fault("F2")
def test_djangos_own_pages_hold_the_words_of_a_form_together() -> None:
    field = Djangos({"name": SAID})["name"]
    assert f">{SHOWN}</label>" in field.label_tag()
    assert field.help_text == unbroken(SAID)
    assert f"<li>{SHOWN}</li>" in str(field.errors)
    assert f'value="{plain(SHOWN)}"' in str(field)


@pytest.mark.parametrize(
    ("template", "context"),
    [
        ("base.html", {"messages": [Message(INFO, SAID)]}),
        ("admin/base_site.html", {"messages": [Message(INFO, SAID)]}),
        ("components/error_list.html", {"problems": [("id_name", SAID), ("", SAID)]}),
        ("components/notice.html", {"title": SAID, "text": SAID}),
        ("components/empty.html", {"title": SAID, "text": SAID}),
        ("components/timeline.html", {"events": [{"state": "done", "title": SAID, "text": SAID}]}),
        ("components/summary_block.html", {"section": {"title": "Kbis", "rows": [(SAID, SAID)], "note": SAID}}),
        ("wizard/confirmation.html", {"title": "Fait", "reference": "PA-1", "lead": SAID, "next_steps": [SAID]}),
        ("membership/upload_notices.html", {"notices": [Message(INFO, SAID)]}),
        ("membership/checklist.html", {"pieces": [{"label": "Kbis", "status": "refused", "note": SAID}]}),
        ("rows/confirm.html", {"base": "rows/base.html", "question": "Fait", "text": SAID}),
        ("admin/history.html", {"entries": [SimpleNamespace(message=SAID, reason=SAID, at=None)]}),
        ("admin/button.html", {"verb": {"label": SAID, "page": True, "url": "/x"}}),
        ("admin/act.html", {"heading": SAID, "problem": SAID, "verb": {"effect": SAID, "confirm": SAID}}),
        ("404.html", {"sentence": SAID}),
    ],
)
@pytest.mark.fault("F2")
def test_a_page_holds_its_sentences_together(template: str, context: dict, rf) -> None:
    html = render_to_string(template, {"brand": brand(), "opts": None, **context}, rf.get("/"))
    body = html.partition("<body")[2] or html
    shown = re.sub(r'<div class="breadcrumbs">.*?</div>', "", body, flags=re.DOTALL)
    assert SHOWN in shown
    assert plain(SHOWN) not in shown, "one of them is not held together"
    assert "&amp;lt;" not in shown


@pytest.mark.fault("F2")
def test_facts_and_tags_hold_their_words_together() -> None:
    html = rendered("{% facts rows %}{% tag said %}", rows=[(SAID, SAID)], said=SAID)
    assert html.count(SHOWN) == 3
    assert plain(SHOWN) not in html


# What views call the sentences that they make: wherever one of them is text of a page, it goes through the filter.
SENTENCES = (
    "problem|obstacle|refusal|corridor|sentence|lead|message|verb.effect|verb.label|entry.message|entry.reason|"
    "event.title|event.text|section.note|rows.done|error.message|kind_problem"
)
ELSEWHERE = ("pdf/", "mails/", "demo/")  # bound as a whole, or no page of ours


def test_no_template_shows_a_sentence_without_the_filter() -> None:
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = str(path.relative_to(ROOT / "templates"))
        text = re.sub(r"{% block title %}.*?{% endblock %}", "", path.read_text(encoding="utf-8"))
        if not name.startswith(ELSEWHERE):
            shown = re.findall(rf"{{{{ (?:{SENTENCES})(?:\|(?:lower|linebreaksbr))* }}}}", text)
            found += [f"{name}: {one}" for one in shown]
    assert found == []
