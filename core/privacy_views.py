"""« Données personnelles » in the back office: what is held about a person, as a file, or erased (H7)."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from core import privacy
from core.codes import mask
from core.dates import today
from core.forms import BirthDateField, GuichetForm, PhoneField
from core.journal import Actor, record
from core.text import counted


class PersonForm(GuichetForm):
    """Who asks."""

    email = forms.EmailField(label="Adresse électronique", required=False)
    phone = PhoneField(label="Téléphone", required=False)
    last_name = forms.CharField(label="Nom", max_length=80, required=False)
    first_name = forms.CharField(label="Prénom", max_length=80, required=False)
    birth_date = BirthDateField(label="Date de naissance", required=False)

    layout = {"last_name": "half", "first_name": "half"}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        named = [cleaned.get(name) for name in ("last_name", "first_name", "birth_date")]
        if any(named) and not all(named):
            self.add_error(None, "Pour chercher un salarié, il faut le nom, le prénom et la date de naissance.")
        if not any(cleaned.values()) and not self.errors:
            self.add_error(None, "Indiquez une adresse électronique, un téléphone, ou un nom et une date de naissance.")
        return cleaned

    @property
    def person(self) -> privacy.Person:
        answers = {name: value for name, value in self.cleaned_data.items() if value}
        return privacy.Person(**answers)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Search, then take the data away as a file, or erase them. For administrators: they check who asks."""
    if not request.user.is_superuser:
        raise PermissionDenied
    form = PersonForm(request.POST or None)
    context: dict[str, Any] = {**admin.site.each_context(request), "title": "Données personnelles", "form": form}
    if form.is_bound and form.is_valid():
        action = request.POST.get("action")
        if action == "export":
            data, by = privacy.export(form.person), Actor.staff(request.user)
            lines = counted(sum(len(rows) for rows in data.values()), "ligne", "lignes")
            message = f"Données personnelles exportées ({_masked(form.person)}) : {lines}."
            record(request.user, by=by, message=message, internal=True)
            return download(data)
        if action == "erase":
            context["outcomes"] = privacy.erase(form.person, by=Actor.staff(request.user))
        context["found"] = [(title, len(rows)) for title, rows in privacy.export(form.person).items()]
        context["searched"] = True
    status = 422 if form.is_bound and form.errors else 200
    return TemplateResponse(request, "admin/privacy.html", context, status=status)


def _masked(person: privacy.Person) -> str:
    """Who was searched, as far as the journal may know: it outlives what is erased."""
    known = person.email or person.phone
    return mask(known) if known else "un salarié"


def download(data: dict[str, list[dict[str, str]]]) -> HttpResponse:
    """The data as a JSON file, readable by people and machines (RGPD, art. 20)."""
    text = json.dumps({"établi le": f"{today():%d/%m/%Y}", "données": data}, ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="donnees-personnelles-{today():%Y-%m-%d}.json"'
    return response
