"""What forms say when an answer is not right: what is wrong, what is expected, an example."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import forms
from django.forms import fields as django_fields

from core.text import lower_first

# Article and noun by the first word of a label, for « Indiquez la date de naissance ».
_NOUNS = {
    "le ": "bâtiment bic centre code complément courriel coût dernier droit département lieu mois montant motif mot "
    "nom nombre nouveau numéro pays poste prénom rang remboursement report rôle service siren siret suivi taux thème "
    "titre titulaire type téléphone message mode fichier règlement relevé",
    "la ": "catégorie civilité commune date facture forme fonction liste nature note nouvelle profession qualité "
    "raison rubrique référence rue ville voie",
    "l’": "activité adresse année effectif e-mail email enseigne heure iban identifiant objet",
}
_ARTICLES = {word: article for article, words in _NOUNS.items() for word in words.split()}


_AND = re.compile(r"\bet (\w+)")


def asked(label: Any, verb: str = "Indiquez") -> str:
    """« Indiquez la date de naissance. » for a label « Date de naissance »."""
    text = str(label).strip(" :")
    if text == "Téléphone":  # a label of the sources; nobody « indicates » the apparatus
        text = "Numéro de téléphone"
    first = re.split(r"[\s(]", text, maxsplit=1)[0]
    article = "" if first.lower() in {"votre", "vos"} else _ARTICLES.get(first.lower())
    if text.endswith("?"):
        return f"Répondez à « {text} »."
    if article is None:
        return f"{'Faites un choix :' if verb == 'Choisissez' else 'Remplissez'} « {text} »."
    acronym = first.isupper() and len(first) > 1
    return f"{verb} {article}{_second_article(text if acronym else lower_first(text))}."


def _second_article(text: str) -> str:
    """« numéro et la voie »: the second noun has its article as well."""
    return _AND.sub(lambda found: f"et {_ARTICLES.get(found[1].lower(), '')}{found[1]}", text)


def _required(field: forms.Field, label: Any) -> str:
    if isinstance(field, forms.FileField):
        return "Choisissez un fichier."
    if isinstance(field, forms.BooleanField):
        return f"Pour continuer, cochez « {str(label).rstrip(' .')} »."
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        return asked(label, "Choisissez")
    return asked(label, "Écrivez" if isinstance(field.widget, forms.Textarea) else "Indiquez")


_NOT_LISTED = {"invalid_choice": "Cette réponse n’est pas dans la liste. Choisissez une des réponses proposées."}
# In the order of the classes: of two that fit a field, the first gives the message.
_MESSAGES: dict[type[forms.Field], dict[str, str]] = {
    forms.EmailField: {"invalid": "Écrivez l’adresse électronique en entier. Exemple : claire.morel@exemple.fr"},
    forms.FileField: {
        "empty": "Ce fichier est vide. Choisissez-en un autre.",
        "invalid": "Choisissez un fichier, puis envoyez à nouveau la page.",
        "max_length": "Le nom de ce fichier est trop long (%(length)d caractères, %(max)d au plus). Renommez-le.",
    },
    forms.MultipleChoiceField: {
        "invalid_choice": "« %(value)s » n’est pas dans la liste. Choisissez une des réponses proposées.",
    },
    forms.ChoiceField: _NOT_LISTED,
    forms.ModelChoiceField: _NOT_LISTED,
    forms.DecimalField: {
        "invalid": "Écrivez un montant en chiffres. Exemple : 1 382,76",
        "max_decimal_places": "Deux chiffres au plus après la virgule. Exemple : 1 382,76",
        "max_digits": "Ce montant est trop grand. Vérifiez-le.",
        "max_whole_digits": "Ce montant est trop grand. Vérifiez-le.",
        "min_value": "Le montant doit être d’au moins %(limit_value)s.",
        "max_value": "Le montant doit être d’au plus %(limit_value)s.",
    },
    forms.IntegerField: {
        "invalid": "Écrivez un nombre entier, en chiffres. Exemple : 12",
        "min_value": "Ce nombre doit être d’au moins %(limit_value)s.",
        "max_value": "Ce nombre doit être d’au plus %(limit_value)s.",
    },
    forms.Field: {
        "max_length": "Ce texte est trop long : %(limit_value)d caractères au plus (%(show_value)d saisis).",
        "min_length": "Ce texte est trop court : %(limit_value)d caractères au moins (%(show_value)d saisis).",
        "null_characters_not_allowed": "Ce texte contient un caractère invisible. Effacez-le et tapez-le à nouveau.",
    },
}
# Messages that nobody wrote for this form: Django's own, which we replace. Others are left alone.
_DJANGO_MESSAGES = frozenset(
    id(message)
    for kind in (*vars(django_fields).values(), forms.ModelChoiceField, forms.ModelMultipleChoiceField)
    if isinstance(kind, type) and issubclass(kind, forms.Field)
    for message in kind.__dict__.get("default_error_messages", {}).values()
)


@lru_cache(maxsize=256)
def _messages_for(kind: type[forms.Field]) -> dict[str, str]:
    found: dict[str, str] = {}
    for known, messages in _MESSAGES.items():
        if issubclass(kind, known):
            found = {**messages, **found}
    return found


def speak_french(field: forms.Field, label: Any) -> None:
    """Replace Django's own messages of a field by ours; those a form wrote itself stay. Limits read « 0,01 € »."""
    messages = field.error_messages
    for code, message in _messages_for(type(field)).items():  # type: ignore[arg-type]
        if code not in messages or id(messages[code]) in _DJANGO_MESSAGES:
            messages[code] = message
    if id(messages.get("required")) in _DJANGO_MESSAGES:
        messages["required"] = _required(field, label)
    for code in ("min_value", "max_value"):
        limit = getattr(field, code, None)
        if isinstance(limit, int | Decimal) and code in messages:
            shown = f"{limit}".replace(".", ",") + getattr(field, "unit", "")
            messages[code] = str(messages[code]).replace("%(limit_value)s", shown)
