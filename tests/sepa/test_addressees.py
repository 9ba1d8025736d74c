"""Mails about debits go to who answers for the company now, whoever signed; a delegate's signature is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from billing import collections, mandates, returns
from billing.models import Mandate
from billing.models.invoice import Mode
from core.dates import today
from core.journal import Actor
from membership.models import Access
from notifications.models import Message
from tests.factories import MemberFactory, UserFactory, give_access, sign_in
from tests.factories_billing import make_invoice, pay_invoice
from tests.factories_sepa import ASKER, CLERK, MAILED, OTHER_IBAN, ask_code, in_file, make_draft, make_mandate

pytestmark = [pytest.mark.django_db, pytest.mark.req("D-18")]


@pytest.fixture
def member():
    return MemberFactory(left_on=None)


def person(member, name: str, *rights: str, **changes) -> Access:
    """Somebody with an access, whose address is `name`@morel.example."""
    access = give_access(UserFactory(email=f"{name}@morel.example"), member, *rights)
    Access.objects.filter(pk=access.pk).update(**changes)
    access.refresh_from_db()
    return access


def told(key: str) -> set[str]:
    return {
        to.partition("@")[0] for to in Message.objects.filter(dedupe_key__startswith=key).values_list("to", flat=True)
    }


def debit(mandate: Mandate):
    invoice = make_invoice(mandate.subject, mode=Mode.DEBIT)
    return collections.plan(invoice, mandate, today() + timedelta(days=20), by=CLERK)


def signed_by(access: Access, **changes) -> Mandate:
    draft = make_draft(access.member, email=access.user.email, **changes)
    by = Actor(access.user.get_full_name(), access.user)
    return mandates.sign(draft, ask_code(draft, to=access.user.email), asker=ASKER, by=by)


def test_notices_and_returns_go_to_who_answers_for_the_company_today(member):
    mandate = make_mandate(member, email="partie@morel.example")
    moved = person(member, "ancienne", "manages")
    person(member, "compta", "declares", ends_on=today())
    person(member, "partie", "declares", ends_on=today() - timedelta(days=1))
    person(member, "retiree", "manages", revoked_at=mandate.signed_at)
    person(member, "rh", "employees")
    closed = person(member, "fermee", "manages").user
    closed.is_active = False
    closed.save()
    invited = person(member, "invitee", "declares").user
    invited.set_unusable_password()
    invited.save()
    moved.user.email = "nouvelle@morel.example"
    moved.user.save()
    collection = debit(mandate)
    assert told(f"collection-notice:{collection.pk}") == {"nouvelle", "compta"}
    assert collection.notice.to == "nouvelle@morel.example"
    in_file(collection)
    returns.record_return(collection, code="AC04", on=today(), by=CLERK)
    assert told(f"collection-returned:{collection.pk}") == {"nouvelle", "compta"}
    mandates.revoke(Mandate.objects.get(), by=CLERK)
    assert told("mandate-revoked") == {"nouvelle", "compta"}


def test_when_nobody_is_left_the_address_that_signed_is_written_to(member):
    mandate = make_mandate(member)
    person(member, "partie", "manages", ends_on=today() - timedelta(days=1))
    collection = debit(mandate)
    assert list(Message.objects.filter(dedupe_key__startswith="collection-notice").values_list("to", flat=True)) == [
        MAILED
    ]
    collections.cancel(collection, by=CLERK, reason="Erreur")
    assert Message.objects.get(dedupe_key__startswith="collection-cancelled").to == MAILED


def test_who_reads_that_the_invoice_is_settled_is_not_told_of_the_debit_twice(member):
    mandate = make_mandate(member)
    person(member, "gerante", "manages")
    person(member, "compta", "declares")
    collection = debit(mandate)  # its invoice is made out to compta@morel.example
    pay_invoice(collection.invoice)
    assert told("settled") == {"compta"}
    assert told(f"collection-cancelled:{collection.pk}") == {"gerante"}


def test_the_signature_of_a_delegate_is_told_to_those_who_manage(member):
    person(member, "gerante", "manages")
    person(member, "associe", "manages")
    delegate = person(member, "cabinet", "declares", ends_on=today() + timedelta(days=90))
    mandate = signed_by(delegate)
    assert told(f"mandate-told:{mandate.pk}") == {"gerante", "associe"}
    mail = Message.objects.filter(dedupe_key__startswith="mandate-told").first()
    assert delegate.user.get_full_name() in mail.content["paragraphs"][0]
    assert ["Compte", mandate.masked_iban] in mail.content["facts"]
    assert not mail.documents(), "the whole IBAN goes to the signer only"
    assert told(f"mandate-signed:{mandate.pk}") == {"cabinet"}


def test_who_manages_and_signs_tells_nobody(member):
    person(member, "associe", "manages")
    signed_by(person(member, "gerante", "manages", "declares"))
    assert told("mandate-told") == set()


@pytest.mark.req("B-22")
def test_another_account_is_told_to_the_old_address_and_to_who_answers_since(member):
    make_mandate(member, email="partie@morel.example")
    manager = person(member, "gerante", "manages")
    person(member, "compta", "declares")
    other = signed_by(manager, iban=OTHER_IBAN)
    assert told("mandate-replaced") == {"partie", "compta"}
    delegate = person(member, "cabinet", "declares", ends_on=today() + timedelta(days=9))
    signed_by(delegate)
    assert told(f"mandate-replaced:{other.pk}") == {"gerante", "compta"}


def test_the_page_says_who_is_written_to(member, client):
    make_mandate(member, email="partie@morel.example")
    access = person(member, "compta", "declares")
    sign_in(client, access.user)
    page = client.get(reverse("space:mandate-current", args=[member.pk])).content.decode()
    assert "compta@morel.example" in page
    assert "partie@morel.example" not in page
