"""A generic key: what a journal entry, a link, a file or a message is about, without knowing its domain."""

from __future__ import annotations

from typing import Any, Self, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import models

Row = TypeVar("Row", bound=models.Model, covariant=True)


class SubjectQuerySet(models.QuerySet[Row]):
    def about(self, subject: models.Model) -> Self:
        """Rows tied to `subject`, any saved model with a UUID primary key."""
        return self.filter(**subject_key(subject))

    def about_any(self, subjects: models.QuerySet[Any]) -> Self:
        """The same for all of `subjects`, in one query."""
        label = subjects.model._meta.label_lower
        return self.filter(subject_type=label, subject_id__in=subjects.order_by().values("pk"))


def subject_key(subject: models.Model) -> dict[str, Any]:
    """The two columns that point to `subject`."""
    if not isinstance(subject.pk, UUID):
        raise TypeError(f"{subject._meta.label} cannot be a subject: its primary key is not a UUID")
    return {"subject_type": subject._meta.label_lower, "subject_id": subject.pk}


class SubjectMixin(models.Model):
    """Points to any model with a UUID primary key.

    Not `contenttypes`: the label needs no query, reads well in the database, and survives a dump to another one.
    """

    subject_type = models.CharField(max_length=60, editable=False)
    subject_id = models.UUIDField(editable=False)

    objects = SubjectQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def subject(self) -> models.Model | None:
        """The row pointed to, or None once it is gone."""
        return apps.get_model(self.subject_type)._default_manager.filter(pk=self.subject_id).first()
