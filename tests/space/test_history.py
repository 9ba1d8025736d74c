"""What happened to a company, on its own page and on its page in the back office (B-02)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.journal import Actor, record
from membership import accesses
from membership.models import Access
from space import changes
from space.company import Company
from space.company_views import HISTORY
from tests.factories import UserFactory, give_access
from tests.factories_sepa import make_mandate
from tests.factories_space import access_of, browser, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-02")]
CLERK = Actor.person("Nadia Benali")


def page(member) -> str:
    return reverse("space:company", args=[member.pk])


def desk(member) -> str:
    return reverse("admin:membership_member_change", args=[member.pk])


def told(answer) -> str:
    """The history alone."""
    return " ".join(answer.content.decode().partition("<h2>Historique</h2>")[2].partition("</ol>")[0].split())


def in_order(text: str, *words: str) -> bool:
    places = [text.find(word) for word in words]
    return -1 not in places and places == sorted(places)


def test_the_company_reads_what_was_done_oldest_first(client, manager, member):
    given = accesses.Given(rights=frozenset({"employees"}), ends_on=None)
    accesses.give(member, given, email="paul@cabinet.example", first_name="Paul", last_name="Compta", by=CLERK)
    accesses.withdraw(Access.objects.get(user__email="paul@cabinet.example"), by=CLERK)
    company = Company(access_of(manager, member))
    change = changes.request_change(company, {"name": "Morel & Filles"}, "", company.actor)
    changes.refuse_change(change, by=CLERK, reason="Le Kbis dit autre chose.")
    make_mandate(member)
    record(member, by=CLERK, message="Rappeler lundi.", internal=True)
    record(make_member(), by=CLERK, message="D’une autre entreprise.")
    text = told(client.get(page(member)))
    assert in_order(
        text,
        "Accès donné à Paul Compta",
        "Accès de Paul Compta retiré.",
        "Modification demandée",
        "Modification refusée.",
        "Le Kbis dit autre chose.",
        "Mandat",
    )
    assert "Nadia Benali" in text
    assert "Rappeler lundi." not in text
    assert "D’une autre entreprise." not in text


def test_the_last_entries_are_shown(client, member):
    for number in range(HISTORY + 5):
        record(member, by=CLERK, message=f"Événement {number}.")
    text = told(client.get(page(member)))
    assert text.count("<li") == HISTORY
    assert in_order(text, "Événement 5.", f"Événement {HISTORY + 4}.")


def test_who_may_not_see_the_accesses_does_not_read_them_there(member, manager):
    record(member, by=CLERK, message="Accès donné à Paul.")
    declarer = UserFactory()
    give_access(declarer, member, "declares", "employees")
    answer = browser(declarer).get(page(member))
    assert answer.status_code == 200
    assert "Accès donné à Paul." not in answer.content.decode()


def test_staff_read_all_of_it_newest_first_with_the_way_to_the_journal(member):
    record(member, by=CLERK, message="Accès donné à Paul.")
    record(member, by=CLERK, message="Rappeler lundi.", reason="<b>", internal=True)
    reader = browser(UserFactory(reader=True))
    answer = reader.get(desk(member))
    text = told(answer)
    assert in_order(text, "Rappeler lundi.", "interne", "&lt;b&gt;", "Accès donné à Paul.")
    journal = f"{reverse('admin:core_journalentry_changelist')}?q={member.number}"
    assert f'href="{journal}"' in answer.content.decode()
    assert "Rappeler lundi." in reader.get(journal).content.decode()
    assert "Rien pour l’instant." in told(reader.get(desk(make_member())))
