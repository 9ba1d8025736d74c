"""One wizard engine for every multi-step flow. The dossier row is the saved state: no session.

A dossier has: a UUID key; `confirmed_steps`, the slugs confirmed so far; `typed`, answers kept word for word that
could not be stored yet (`{slug: {field: [texts]}}`); and `is_draft`. A step is complete because it was confirmed, not
because its fields happen to be filled. Submission asks `problems()` of every step again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views import View

from core.forms import MAX_TYPED, GuichetForm, differences, shown
from core.kept import answers
from core.text import storable
from core.transitions import lock

FINGERPRINT = "_empreinte"


@dataclass(frozen=True)
class Problem:
    """Something to mend before the dossier can be submitted: a French sentence, and the field it is about."""

    message: str
    field: str = ""


class Step:
    """All that is known about one step. Subclasses override what differs."""

    slug: str
    title: str  # in the stepper
    heading: str  # the page's h1, often a question
    form_class: type[forms.BaseForm] = GuichetForm
    template_name = "wizard/step.html"
    invalidates: tuple[str, ...] = ()  # steps to confirm again when this one's answers change

    def applies(self, dossier: Any) -> bool:
        return True

    def instance(self, dossier: Any) -> models.Model:
        """The row that a ModelForm of this step edits."""
        return dossier

    def form(self, dossier: Any, data: Any = None, files: Any = None) -> Any:
        if issubclass(self.form_class, forms.BaseModelForm):
            return self.form_class(data, files, instance=self.instance(dossier))
        return self.form_class(data, files)

    def problems(self, dossier: Any) -> list[Problem]:
        """The full check of what is stored: by default, the form's own rules on the stored answers."""
        form = self.form(dossier, data=stored_answers(self.form(dossier)))
        return [Problem(str(error), name) for name, errors in form.errors.items() for error in errors]

    def save(self, dossier: Any, form: Any, request: HttpRequest) -> None:
        """Store valid answers. Runs in a transaction that holds the dossier's lock."""
        if hasattr(form, "save"):
            form.save()

    def summary(self, dossier: Any) -> list[tuple[str, str]]:
        """What « Vérifiez vos réponses » and the read-only page show of this step: (label, value)."""
        form = self.form(dossier)
        return [(bound.label, shown(bound)) for bound in form if not bound.is_hidden]

    def details(self, dossier: Any) -> dict[str, Any]:
        """What its summary shows besides rows, such as a table: `{"table": {"label", "head", "rows"}}`."""
        return {}

    def context(self, dossier: Any, request: HttpRequest) -> dict[str, Any]:
        """What the step's template needs besides its form."""
        return {}


class Wizard:
    """An ordered list of steps and what can be said of a dossier's way through them."""

    def __init__(self, *steps: Step):
        self.steps = steps
        self.by_slug = {step.slug: step for step in steps}

    def applicable(self, dossier: Any) -> list[Step]:
        return [step for step in self.steps if step.applies(dossier)]

    def first_todo(self, dossier: Any) -> Step:
        """The first step not confirmed; the last one when all are."""
        steps = self.applicable(dossier)
        return next((step for step in steps if step.slug not in dossier.confirmed_steps), steps[-1])

    def reachable(self, dossier: Any, step: Step) -> bool:
        steps = self.applicable(dossier)
        return step in steps and steps.index(step) <= steps.index(self.first_todo(dossier))

    def after(self, dossier: Any, step: Step) -> Step | None:
        steps = self.applicable(dossier)
        return next(iter(steps[steps.index(step) + 1 :]), None)

    def before(self, dossier: Any, step: Step) -> Step | None:
        steps = self.applicable(dossier)
        return next(reversed(steps[: steps.index(step)]), None)

    def sections(self, dossier: Any) -> list[dict[str, Any]]:
        """What each applicable step shows of its answers, for « Vérifiez vos réponses » and read-only pages."""
        steps = self.applicable(dossier)
        return [
            {"step": step, "title": step.title, "rows": step.summary(dossier), **step.details(dossier)}
            for step in steps
        ]

    def problems(self, dossier: Any) -> Iterator[tuple[Step, Problem]]:
        for step in self.applicable(dossier):
            for problem in step.problems(dossier):
                yield step, problem


class WizardView(View):
    """Shows and saves one step. A portal says where the dossier comes from and what its URLs are."""

    wizard: Wizard

    def get_dossier(self) -> Any:
        """The visitor's dossier, or Http404."""
        raise NotImplementedError

    def lock_dossier(self) -> Any:
        """The dossier, read again and locked; and what its steps count of other rows, before it."""
        return lock(self.dossier)

    def step_url(self, dossier: Any, step: Step) -> str:
        raise NotImplementedError

    def left(self, dossier: Any) -> HttpResponse:
        """« Enregistrer et quitter » was pressed and all is kept."""
        raise NotImplementedError

    def closed(self, dossier: Any) -> HttpResponse:
        """The dossier is no longer a draft."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        """What every step's template needs."""
        return {}

    def dispatch(self, request: HttpRequest, *args: Any, step: str = "", **kwargs: Any) -> Any:
        self.dossier = self.get_dossier()
        if not self.dossier.is_draft:
            return self.closed(self.dossier)
        if step and step not in self.wizard.by_slug:
            raise Http404
        wanted = self.wizard.by_slug.get(step)
        if wanted is None or not self.wizard.reachable(self.dossier, wanted):
            return HttpResponseRedirect(self.step_url(self.dossier, self.wizard.first_todo(self.dossier)))
        self.step = wanted
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.step.form(self.dossier)
        print_ = fingerprint(form)
        if sent := answers(request):  # his session had ended; with the mark of the page that he had before his eyes
            return self.show(self.step.form(self.dossier, data=sent), sent.get(FINGERPRINT, print_))
        if typed := self.dossier.typed.get(self.step.slug):
            form = self.step.form(self.dossier, data=_querydict(typed))
        return self.show(form, print_)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return self._post(request)
        except IntegrityError:  # somebody stored what must be unique a moment ago: checked again, the form says so
            return self._post(request)

    def _post(self, request: HttpRequest) -> HttpResponse:
        action = request.POST.get("action")
        leaving, going_back = action == "save", action == "back"
        with transaction.atomic():
            self.dossier = self.lock_dossier()
            if not self.dossier.is_draft:
                return self.closed(self.dossier)
            stored = self.step.form(self.dossier)
            print_ = fingerprint(stored)
            form = self.step.form(self.dossier, request.POST, request.FILES)
            valid = form.is_valid()
            moving, changed = leaving or going_back, form.has_changed()
            overtaken = changed and request.POST.get(FINGERPRINT, print_) != print_
            # The last step submits: who leaves it has not decided yet, so its answers are only kept.
            undecided = moving and self.wizard.after(self.dossier, self.step) is None
            untouched = moving and not changed
            if valid and not (overtaken or undecided or untouched):
                self.step.save(self.dossier, form, request)
                self._confirm(changed)
            elif not untouched:
                self._keep_typed(_texts(form, request.POST))
        if overtaken:
            return self.show(form, print_, conflict=differences(stored, form), status=409)
        if leaving:
            return self.left(self.dossier)
        if going_back:
            before = self.wizard.before(self.dossier, self.step) or self.step
            return HttpResponseRedirect(self.step_url(self.dossier, before))
        if not valid:
            return self.show(form, print_, status=422)
        following = self.wizard.after(self.dossier, self.step)
        if following is None or not self.dossier.is_draft:
            return self.closed(self.dossier)
        return HttpResponseRedirect(self.step_url(self.dossier, following))

    def _confirm(self, changed: bool) -> None:
        dossier, slug = self.dossier, self.step.slug
        again = set(self.step.invalidates) if changed else set()
        kept = [done for done in dossier.confirmed_steps if done not in again and done != slug]
        dossier.confirmed_steps = [*kept, slug]
        dossier.typed = {key: value for key, value in dossier.typed.items() if key != slug}
        dossier.touch()
        dossier.save()

    def _keep_typed(self, texts: dict[str, list[str]]) -> None:
        stored = lock(self.dossier)  # read again: a ModelForm has already put its answers into `self.dossier`
        stored.typed = {**stored.typed, self.step.slug: texts}
        stored.touch()
        stored.save()
        self.dossier.typed = stored.typed

    def show(self, form: Any, print_: str, conflict: Any = (), status: int = 200) -> HttpResponse:
        following = self.wizard.after(self.dossier, self.step)
        previous = self.wizard.before(self.dossier, self.step)
        steps = self.wizard.applicable(self.dossier)
        context = {
            "dossier": self.dossier,
            "form": form,
            "fingerprint_name": FINGERPRINT,
            "fingerprint": print_,
            "conflict": conflict,
            "wizard": {
                "step": self.step,
                "steps": self.stepper(steps),
                "number": steps.index(self.step) + 1,
                "total": len(steps),
                "next_title": following.title if following else "",
                "previous_url": self.step_url(self.dossier, previous) if previous else "",
            },
            **self.context(),
            **self.step.context(self.dossier, self.request),
        }
        return render(self.request, self.step.template_name, context, status=status)

    def stepper(self, steps: list[Step]) -> list[dict[str, Any]]:
        todo = steps.index(self.wizard.first_todo(self.dossier))
        rows = []
        for number, step in enumerate(steps, start=1):
            done = step.slug in self.dossier.confirmed_steps
            state = "now" if step is self.step else "done" if done else "todo"
            url = self.step_url(self.dossier, step) if number - 1 <= todo and step is not self.step else ""
            rows.append({"number": number, "title": step.title, "url": url, "state": state})
        return rows


def stored_answers(form: Any) -> dict[str, Any]:
    """The stored answers of an unbound form, as a browser would send them back."""
    answers = {}
    for bound in form:
        value = bound.field.prepare_value(bound.initial)
        if value is not None:
            answers[bound.html_name] = value
    return answers


def fingerprint(form: Any) -> str:
    """Tells two stored versions of a step's answers apart.

    The page carries it back, so that of two people on one step the second is told. Unlike a version number of the
    whole dossier it does not bother two people on two different steps.
    """
    text = repr(sorted((name, str(value)) for name, value in stored_answers(form).items()))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def keepable(typed: dict[str, list[str]]) -> dict[str, list[str]]:
    """Typed answers as `dossier.typed` may hold them."""
    return {name: [storable(value)[:MAX_TYPED] for value in values] for name, values in typed.items()}


def _texts(form: Any, data: Any) -> dict[str, list[str]]:
    names = {bound.html_name for bound in form}
    return keepable({name: data.getlist(name) for name in data if name in names})


def _querydict(typed: dict[str, list[str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    return data
