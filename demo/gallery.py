"""The gallery: every component and every kind of page, for whoever builds the next portal."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import segno
from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core import views
from core.access import PUBLIC, audience
from core.dates import today
from core.forms import (
    BirthDateField,
    CommuneField,
    CommuneFieldsMixin,
    GuichetForm,
    MoneyField,
    PhoneField,
    PostcodeField,
    SiretField,
    WholeNumberField,
)

# (template in templates/demo/gallery/, title, when to use it)
SPECIMENS = (
    (
        "champs",
        "Champs",
        "Libellé au-dessus, exemple dessous, facultatif signalé. `layout` place deux champs côte à côte.",
    ),
    (
        "saisie-a-corriger",
        "Erreurs",
        "Le récapitulatif prend le focus ; chaque ligne mène à son champ, qui redit la même phrase.",
    ),
    ("choix", "Choix expliqué", "Quand une réponse demande d’être comprise avant d’être choisie."),
    ("etapes", "Étapes", "Les étapes faites sont des liens. Sur téléphone, une rangée de numéros."),
    ("boutons", "Boutons", "Un seul bouton plein par page : ce que la plupart des gens viennent faire."),
    ("messages", "Messages", "Un par page si possible, et toujours ce qu’il faut faire ensuite."),
    ("etiquettes", "Étiquettes", "Un état en un mot ; la couleur ne fait que le souligner."),
    ("tableau", "Liste de personnes", "Un tableau, et une petite fiche par personne sur téléphone (`data-label`)."),
    ("reponses", "Réponses à vérifier", "« Modifier » ramène à l’étape, puis revient ici."),
    ("frise", "Frise du dossier", "Ce qui s’est passé, ce qui manque, qui agit, avant quand."),
    ("fichiers", "Pièces jointes", "Les boutons marchent sans JavaScript."),
    ("vide", "Rien encore", "Dit quoi faire."),
    ("paiement", "Virement", "Le code QR est scanné par l’application de la banque."),
    ("progression", "Travail long", "Avec `url`, la barre redemande son état et survit au rechargement."),
    ("chiffres", "Chiffres", "Toute figure a son tableau ou ses nombres."),
    ("pages", "Pagination", "Les autres paramètres de l’adresse sont gardés."),
    ("formats", "Écriture", "Montants, dates, délais et numéros, partout de la même façon."),
)
STEPS = ("Éligibilité", "Établissement", "Contacts", "Adresses", "Salariés à suivre", "Documents", "Finalisation")


class SampleForm(CommuneFieldsMixin, GuichetForm):
    layout = {"postcode": "third", "commune": "two-thirds", "birth": "half", "headcount": "half"}

    siret = SiretField(label="SIRET")
    name = forms.CharField(label="Raison sociale", max_length=60)
    birth = BirthDateField(label="Date de naissance")
    headcount = WholeNumberField(label="Nombre de salariés", min_value=1, help_text="Exemple : 12")
    postcode = PostcodeField(label="Code postal")
    commune = CommuneField()
    phone = PhoneField(label="Téléphone", required=False)
    amount = MoneyField(label="Montant versé", required=False)
    role = forms.ChoiceField(
        label="Rôle", choices=[("head", "Dirigeant"), ("hr", "Ressources humaines")], widget=forms.RadioSelect
    )
    kbis = forms.FileField(label="Extrait Kbis", required=False, help_text="PDF ou photo, 10 Mo au plus.")
    note = forms.CharField(label="Précisions", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    agree = forms.BooleanField(label="Je certifie l’exactitude de ces réponses.")


class ChoiceForm(GuichetForm):
    choice_hints = {
        "follow_up": {
            "SI": "Poste sans risque particulier : visite d’information, puis tous les cinq ans.",
            "SIA": "Travail de nuit, moins de 18 ans, handicap… : en général tous les trois ans au plus.",
            "SIR": "Poste à risque particulier (amiante, rayonnements ionisants…) : examen d’aptitude avant la "
            "prise de poste.",
        }
    }

    follow_up = forms.ChoiceField(
        label="Type de suivi",
        choices=[("SI", "Simple"), ("SIA", "Adapté"), ("SIR", "Renforcé")],
        widget=forms.RadioSelect,
    )


def _steps(now: int) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "title": title,
            "url": "#etapes" if number < now else "",
            "state": "done" if number < now else "now" if number == now else "todo",
        }
        for number, title in enumerate(STEPS, start=1)
    ]


def _wrong_form() -> SampleForm:
    data = {
        "siret": "73282932000075",
        "birth": "31/02/2001",
        "postcode": "91220",
        "headcount": "douze",
        "name": "Ateliers",
    }
    return SampleForm({f"faux-{name}": value for name, value in data.items()}, prefix="faux")


def _context() -> dict[str, Any]:
    now, day = timezone.now(), today()
    people = [["Lefèvre Camille", "14/09/1988", "Simple"], ["Diallo Aminata", "03/05/1994", "Renforcé"]]
    return {
        "form": SampleForm(),
        "wrong_form": _wrong_form(),
        "choice_form": ChoiceForm(initial={"follow_up": "SIA"}, prefix="suivi"),
        "steps": _steps(3),
        "section": {
            "title": "Établissement",
            "edit_url": "#reponses",
            "rows": [("Raison sociale", "Ateliers Morel"), ("SIRET", "732 829 320 00074"), ("Enseigne", "")],
            "table": {"label": "Salariés", "head": ["Nom et prénom", "Né(e) le", "Suivi"], "rows": people},
        },
        "events": [
            {"state": "done", "title": "Demande envoyée", "text": "Par Claire Morel.", "when": now - timedelta(days=6)},
            {"state": "done", "title": "Facture proforma envoyée", "text": "", "when": now - timedelta(days=3)},
            {
                "state": "now",
                "title": "Bordereau signé et règlement",
                "text": "Déposez-les depuis cette page.",
                "who": "À vous d’agir",
                "by": day + timedelta(days=12),
            },
            {"state": "next", "title": "Vérification du dossier complet", "text": "", "who": "Service Adhérents"},
            {"state": "next", "title": "Récépissé et numéro d’adhérent", "text": "", "who": "Service Adhérents"},
        ],
        "thumbnail": segno.make("page").svg_data_uri(scale=2),
        "amount": Decimal("1382.76"),
        "day": day + timedelta(days=12),
        "qr": segno.make("BCD\n002\n1\nSCT\n\nDémonstration", error="m").svg_data_uri(scale=4, border=1),
        "segments": [
            ("à vérifier", 12, "main", "#chiffres"),
            ("attente entreprise", 31, "light", "#chiffres"),
            ("en retard", 5, "wait", "#chiffres"),
            ("prêts", 7, "calm", ""),
        ],
        "weeks": [("S 44", 18), ("S 45", 27), ("S 46", 22), ("S 47", 9)],
        "page": Paginator(range(200), 10).page(7),
    }


@audience(PUBLIC)
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Each component as it looks, and its template."""
    context, specimens = _context(), []
    for slug, title, note in SPECIMENS:
        template = get_template(f"demo/gallery/{slug}.html")
        html = template.render(context, request)
        specimens.append(
            {"slug": slug, "title": title, "note": note, "html": html, "source": template.template.source.strip()}
        )
    return render(request, "demo/gallery.html", {"specimens": specimens, "pages": PAGES})


def _step(request: HttpRequest) -> HttpResponse:
    form = SampleForm(request.POST, request.FILES) if request.method == "POST" else SampleForm()
    wizard = {
        "steps": _steps(3),
        "number": 3,
        "total": len(STEPS),
        "step": {"title": "Contacts", "heading": "Qui pouvons-nous contacter ?"},
        "next_title": "Adresses",
        "previous_url": "#",
    }
    conflict = [("Téléphone", "01 69 00 00 00")] if "conflit" in request.GET else []
    return render(request, "wizard/step.html", {"form": form, "wizard": wizard, "conflict": conflict})


def _confirmation(request: HttpRequest) -> HttpResponse:
    context = {
        "title": "Votre demande est envoyée",
        "reference": "PA-2026-000127",
        "lead": "Le bordereau qui récapitule vos réponses part à claire.morel@exemple.fr.",
        "next_steps": [
            "Nous vérifions votre demande sous deux jours ouvrés.",
            "Vous recevez la facture proforma par courriel.",
            "Vous renvoyez le bordereau signé et le règlement depuis « Mon dossier ».",
        ],
    }
    return render(request, "wizard/confirmation.html", context)


def _summary(request: HttpRequest) -> HttpResponse:
    sections = [_context()["section"] | {"edit_url": ""}]
    return render(request, "wizard/summary.html", {"title": "Votre demande", "sections": sections})


PAGES = {
    "etape": _step,
    "confirmation": _confirmation,
    "recapitulatif": _summary,
    "400": views.bad_request,
    "413": views.too_large,
    "403": views.forbidden,
    "404": views.not_found,
    "500": views.server_error,
    "503": views.unavailable,
    "csrf": views.csrf_failure,
}


@audience(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def gallery_page(request: HttpRequest, name: str) -> HttpResponse:
    """A whole page, filled with made-up data."""
    if name not in PAGES:
        raise Http404
    return PAGES[name](request)
