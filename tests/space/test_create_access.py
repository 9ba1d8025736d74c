"""« Créer votre accès » : the page tells nothing, the mail goes to the address that we know (A-01, B1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import changes
from accounts.activation import ACTIVATION
from accounts.models import User
from core import deadlines
from core.journal import timeline
from core.models import AccessLink
from membership import accesses
from membership.models import Access, Establishment, Member
from notifications.models import Message
from space import entry
from space.models import AccessAsked
from space.tasks import answer_all
from tests.factories import CLERK, ApplicationFactory, MemberFactory, UserFactory, give_access, make_operator
from tests.factories_space import browser, make_manager, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.req("A-01", "A-02")]
URL = reverse("space:create-access")


def ask(number: str, siret: str, client: Client | None = None):
    return (client or Client()).post(URL, {"number": number, "siret": siret})


def asked(number: str, siret: str) -> list[Message]:
    """Ask, let the worker answer; the mails that left because of it."""
    before = set(Message.objects.values_list("pk", flat=True))
    assert ask(number, siret).status_code == 302
    answer_all()
    assert not AccessAsked.objects.exists()
    return list(Message.objects.exclude(pk__in=before))


def test_the_page_says_where_the_number_is():
    page = Client().get(URL).content.decode()
    assert "Numéro de personne" in page
    assert "récépissé d’adhésion" in page
    assert "interlocuteur dédié" in page


@pytest.mark.parametrize("where", ["create", "nobody", "accesses"])
def test_a_new_correspondent_is_told_whom_to_contact(member, where):
    pages = {
        "create": (Client(), URL),
        "nobody": (browser(UserFactory()), reverse("space:companies")),
        "accesses": (browser(make_manager(member)), reverse("space:accesses", args=[member.pk])),
    }
    client, address = pages[where]
    text = client.get(address).content.decode()
    assert "nouveau correspondant RH" in text
    assert "Contactez votre chargé d’affaires" in text


def test_a_new_member_gets_an_activation_link_at_the_address_of_its_head(member):
    mails = asked(f" {member.number.lower()} ", member.siret)
    assert [mail.to for mail in mails] == ["claire.morel@morel.example"]
    assert "/compte/activer/" in mails[0].secret
    access = Access.objects.get(member=member)
    assert access.rights == {"manages", "employees", "declares", "affiliates"}
    assert not access.user.has_usable_password()


def test_the_representative_of_the_dossier_comes_before_everybody_else():
    make_operator()
    dossier = ApplicationFactory(accepted=True, representative_email="la.patronne@morel.example")
    member = Member.objects.get(siret=dossier.siret)
    mails = asked(member.number, member.siret)
    assert [mail.to for mail in mails] == ["la.patronne@morel.example"]
    assert Access.objects.count() == 1, "the access of the acceptance, no other"


def test_without_a_head_the_mail_goes_to_the_establishment(db):
    member = MemberFactory(left_on=None)
    assert [mail.to for mail in asked(member.number, member.siret)] == ["contact@morel.example"]


def test_who_has_a_password_gets_a_link_to_log_in(member):
    user = UserFactory(email="claire.morel@morel.example")
    give_access(user, member)
    (mail,) = asked(member.number, member.siret)
    assert mail.content["button"] == "Me connecter"
    assert not AccessLink.objects.filter(purpose=ACTIVATION).exists()


def test_an_account_of_another_company_is_given_the_right_to_this_one(member):
    user = UserFactory(email="claire.morel@morel.example")
    (mail,) = asked(member.number, member.siret)
    assert Access.objects.get(member=member).user == user
    assert mail.content["button"] == "Me connecter"


def test_a_known_address_is_no_way_back_in(member):
    """The former head knows the number and the SIRET; somebody else manages the space now."""
    former = UserFactory(email="claire.morel@morel.example")
    old = give_access(former, member)
    give_access(UserFactory(), member)
    accesses.withdraw(old, by=CLERK)
    (mail,) = asked(member.number, member.siret)
    assert "déjà ouvert" in mail.subject_line
    assert mail.secret is None
    assert not Access.objects.alive().filter(user=former).exists()


@pytest.mark.fault("B1")
@pytest.mark.parametrize("since", ["nothing", "another address", "erased"])
def test_taken_away_by_staff_it_stays_taken_away_and_the_team_is_told(member, settings, since):
    """Nobody manages the space for a while; the address that we know still reaches who was shut out."""
    former = UserFactory(email="claire.morel@morel.example")
    accesses.withdraw(give_access(former, member), by=CLERK, keep_manager=False)
    if since == "another address":
        User.objects.filter(pk=former.pk).update(email="claire@ailleurs.example")
    elif since == "erased":
        changes.forget(former)
    (mail,) = asked(member.number, member.siret)
    assert mail.to == settings.OPERATOR["email"]
    assert "plus personne ne l’administre" in str(mail.content)
    assert mail.secret is None
    assert not Access.objects.alive().exists()
    assert User.objects.filter(email="claire.morel@morel.example").exists() == (since == "nothing"), "no new account"


def test_who_never_came_since_the_acceptance_gets_another_link():
    make_operator()
    dossier = ApplicationFactory(accepted=True)
    member = Member.objects.get(siret=dossier.siret)
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        assert not AccessLink.objects.alive().filter(purpose=ACTIVATION).exists(), "the first one is over"
        (mail,) = asked(member.number, member.siret)
    assert "/compte/activer/" in mail.secret
    assert Access.objects.count() == 1


def test_whom_a_delegate_came_before_may_still_be_the_first_to_manage(member):
    give_access(UserFactory(), member, "declares")
    (mail,) = asked(member.number, member.siret)
    assert mail.to == "claire.morel@morel.example"
    assert Access.objects.alive().filter(manages=True).get().user.email == mail.to


def test_a_closed_account_gets_nothing_and_the_team_is_told(member, settings):
    give_access(UserFactory(email="claire.morel@morel.example", is_active=False), member)
    (mail,) = asked(member.number, member.siret)
    assert mail.to == settings.OPERATOR["email"]
    assert "est fermé" in str(mail.content)
    assert mail.secret is None


@pytest.fixture
def unknown(db) -> Member:
    """Entered by staff, who had its name and its SIRET."""
    return MemberFactory(left_on=None, establishment=Establishment.objects.create(siret="73282932000074", name="X"))


@pytest.mark.fault("B1")
def test_whom_no_address_is_known_of_becomes_the_teams_business_once_a_day(unknown, settings):
    with time_machine.travel("2026-11-23 09:00+01:00", tick=False):
        (mail,) = asked(unknown.number, unknown.siret)
        assert asked(unknown.number, unknown.siret) == [], "the same day they know"
    assert mail.to == settings.OPERATOR["email"]
    assert "aucune adresse" in str(mail.content)
    assert mail.content["url"].endswith(reverse("admin:membership_member_change", args=[unknown.pk]))
    entry = timeline(unknown, staff=True).get()
    assert "l’équipe seule" in entry.message
    assert entry.internal, "nobody in the company reads it"
    assert not Access.objects.exists()
    with time_machine.travel("2026-11-24 09:00+01:00", tick=False):
        assert len(asked(unknown.number, unknown.siret)) == 1
    assert timeline(unknown, staff=True).count() == 2


@pytest.mark.fault("B1")
def test_the_page_answers_alike_for_whom_no_address_is_known_of(unknown, member, django_assert_num_queries):
    with django_assert_num_queries(3):
        there = ask(unknown.number, unknown.siret)
    other = ask(member.number, member.siret)
    assert (there.status_code, there["Location"], there.content) == (302, other["Location"], other.content)
    assert dict(there.items()) == dict(other.items())
    assert not Message.objects.exists(), "nothing is done while the person waits"


def test_of_wrong_numbers_the_team_hears_nothing(unknown):
    assert asked("A999999", unknown.siret) == []
    assert not timeline(unknown, staff=True).exists()


@pytest.mark.fault("B1")
@pytest.mark.parametrize("wrong", ["number", "siret", "both", "gone"])
def test_wrong_or_somebody_elses_numbers_get_the_same_answer_and_no_mail(member, wrong):
    other = make_member()
    number, siret = {
        "number": ("A999999", member.siret),
        "siret": (member.number, other.siret),
        "both": ("A999999", "73282932000074"),
        "gone": (member.number, member.siret),
    }[wrong]
    right = ask(other.number, other.siret)
    if wrong == "gone":
        Member.objects.filter(pk=member.pk).update(left_on=timezone.localdate() - timedelta(days=1))
    answer = ask(number, siret)
    assert (answer.status_code, answer["Location"], answer.content) == (302, right["Location"], right.content)
    assert dict(answer.items()) == dict(right.items())
    assert "Si ces informations correspondent à un adhérent" in Client().get(answer["Location"]).content.decode()
    answer_all()
    assert Message.objects.count() == 1, "the right one only"
    assert not Access.objects.filter(member=member).exists()


@pytest.mark.fault("B1")
def test_the_page_does_the_same_work_whether_it_is_right_or_wrong(member, django_assert_num_queries):
    """What it takes cannot tell either: one row is written, the rest is a worker's."""
    for number in (member.number, "A999999"):
        with django_assert_num_queries(3):  # savepoint, insert, release
            ask(number, member.siret)


def test_what_is_no_siret_is_said_before_anything_else(member):
    answer = ask(member.number, "123")
    assert answer.status_code == 422
    assert not AccessAsked.objects.exists()


def test_a_number_is_asked_for_five_times_an_hour_and_then_quietly_no_more(member):
    for _ in range(8):
        assert ask(member.number, member.siret).status_code == 302
    assert AccessAsked.objects.count() == 5


def test_an_address_asks_twenty_times_an_hour(member):
    cache.clear()
    answers = [ask(f"A{number}", member.siret).status_code for number in range(21)]
    assert answers == [302] * 20 + [429]


def test_the_sweep_answers_what_no_worker_was_woken_for(member):
    ask(member.number, member.siret)
    assert deadlines.run(timezone.now())["access-asked"] == 1
    assert Message.objects.count() == 1
    assert deadlines.run(timezone.now())["access-asked"] == 0


def test_asked_twice_the_last_link_counts(member):
    asked(member.number, member.siret)
    asked(member.number, member.siret)
    user = User.objects.get(email="claire.morel@morel.example")
    assert AccessLink.objects.alive().about(user).filter(purpose=ACTIVATION).count() == 1
    assert Access.objects.count() == 1


def test_an_answer_that_fails_holds_nobody_else_up(member, monkeypatch):
    other = make_member()
    ask(member.number, member.siret)
    ask(other.number, other.siret)
    known = entry.known_person

    def fails_for_one(found):
        if found.pk == member.pk:
            raise RuntimeError
        return known(found)

    with monkeypatch.context() as patch:
        patch.setattr(entry, "known_person", fails_for_one)
        answer_all()
    assert [asked.number for asked in AccessAsked.objects.all()] == [member.number]
    answer_all()
    assert Message.objects.count() == 2
