"""« Accès » : the employer lets people in, changes their rights, takes them away (B-06)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core import deadlines
from core.dates import today
from core.journal import Actor, timeline
from membership import accesses
from membership.accesses import Given
from membership.models import Access
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import CLERK, UserFactory, give_access
from tests.factories_space import access_of, browser, make_manager, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-06")]
ADDRESS = "compta@cabinet.example"


def url(member, name: str, *more) -> str:
    return reverse(f"space:{name}", args=[member.pk, *more])


def form(**changes) -> dict:
    typed = {"first_name": "Paul", "last_name": "Compta", "email": ADDRESS, "rights": ["declares"], "key": uuid4()}
    return {**typed, **changes}


def invite(client, member, **changes):
    return client.post(url(member, "access-invite"), form(**changes))


def change(client, access, **typed):
    return client.post(url(access.member, "access-change", access.pk), typed)


def withdraw(client, access):
    return client.post(url(access.member, "access-withdraw", access.pk))


def mails_to(address: str) -> list[Message]:
    return list(Message.objects.filter(to=address).order_by("created_at"))


def text_of(message: Message) -> str:
    return str(message.content)


@pytest.mark.fault("B15")
@pytest.mark.parametrize("right", ["manages", "declares"])
@pytest.mark.parametrize("given", ["at once", "later"])
def test_who_manages_hears_of_rights_that_commit_the_company(member, right, given):
    """Given by staff on the word of a stranger, or from an account that was taken over, somebody sees it."""
    manager, colleague = make_manager(member), make_manager(member)
    give_access(UserFactory(email="delegue@cabinet.example"), member, "manages", ends_on=today() + timedelta(days=9))
    give_access(User.objects.create_user("jamais.venu@morel.example"), member)
    rights = frozenset({right, "employees"})
    names = {"email": ADDRESS, "first_name": "Paul", "last_name": "Compta"}
    first = rights if given == "at once" else frozenset({"employees"})
    access = accesses.give(member, Given(first), by=Actor.staff(colleague), **names)
    if given == "later":
        assert not mails_to(manager.email), "to keep the list of employees commits nobody"
        access = accesses.change(access, Given(rights), by=Actor.staff(colleague))
    (told,) = mails_to(manager.email)
    assert "Paul Compta a de nouveaux droits" in told.subject_line
    for said in (ADDRESS, colleague.get_full_name(), accesses.in_words(access), "Retirez tout de suite cet accès"):
        assert said in text_of(told)
    for silent in (colleague.email, "delegue@cabinet.example", "jamais.venu@morel.example"):
        assert not mails_to(silent), "who gave it, who is here for a while, whose address nobody has proved"
    accesses.change(access, Given(rights, today() + timedelta(days=30)), by=CLERK)
    assert len(mails_to(manager.email)) == 1, "an end date gives nothing"
    accesses.change(access, Given(frozenset({"manages", "declares"})), by=CLERK)
    assert len(mails_to(manager.email)) == 2
    assert len(mails_to(colleague.email)) == 1, "given by somebody else"


# --- Inviting ---------------------------------------------------------------------------------------------------------


def test_a_right_that_opens_nothing_yet_says_so_wherever_it_is_given(client, manager, member):
    """« Affilier les salariés »: the portal of affiliation is to come."""
    words = "Affilier les salariés (bientôt disponible)"
    other = give_access(UserFactory(), member)
    assert words in client.get(url(member, "access-invite")).text
    assert words in client.get(url(member, "access-change", other.pk)).text
    staff = browser(UserFactory(manager=True))
    assert words in staff.get(reverse("admin:membership_member_give_access", args=[member.pk])).text


def test_a_new_person_gets_a_link_his_rights_and_nothing_more(client, manager, member, clock):
    answer = invite(client, member, rights=["employees", "declares"], ends_on="31/12/2026")
    assert answer["Location"] == url(member, "accesses")
    access = Access.objects.get(user__email=ADDRESS)
    assert access.rights == {"employees", "declares"}
    assert access.ends_on == date(2026, 12, 31)
    assert access.given_by == manager
    (mail,) = mails_to(ADDRESS)
    assert "/compte/activer/" in mail.secret
    assert "déclarer et régler les cotisations, jusqu’au 31 décembre 2026" in text_of(mail)
    assert "Paul Compta" in timeline(member).last().message
    page = client.get(url(member, "accesses")).content.decode()
    assert "Paul Compta" in page
    assert "Consulter l’espace, tenir la liste des salariés, déclarer et régler les cotisations" in page
    assert "encore 38 jours (jusqu’au 31 décembre)" in page


@pytest.mark.req("B-06")
def test_that_declaring_touches_the_list_of_employees_is_said_to_who_gives_and_to_who_gets_it(client, member):
    page = client.get(url(member, "access-invite")).content.decode()
    assert "Une personne qui déclare peut aussi modifier la liste des salariés." in page
    told = "dans la déclaration, vous mettez aussi à jour la liste des salariés"
    invite(client, member, rights=["declares"])
    assert told in text_of(mails_to(ADDRESS)[0])
    invite(client, member, rights=["employees"], email="autre@cabinet.example")
    assert told not in text_of(mails_to("autre@cabinet.example")[0])


def test_a_right_that_opens_nothing_yet_is_not_announced_and_elsewhere_it_says_so(client, member):
    invite(client, member, rights=["employees", "declares", "affiliates"], manages="on")
    (mail,) = mails_to(ADDRESS)
    assert "déclarer et régler les cotisations" in text_of(mail)
    assert "affilie" not in text_of(mail)
    assert "vous mettez aussi à jour la liste" not in text_of(mail), "who administers everything keeps the list anyway"
    change(client, Access.objects.get(user__email=ADDRESS), rights=["affiliates"], ends_on="31/12/2027")
    assert "affilie" not in text_of(mails_to(ADDRESS)[-1])
    words = "affilier les salariés (bientôt disponible)"
    assert words in client.get(url(member, "accesses")).text
    assert words in timeline(member).last().message


@pytest.mark.fault("B1")
def test_who_has_an_account_is_told_and_the_inviter_learns_nothing_of_it(client, member):
    known = UserFactory(email=ADDRESS, first_name="Un", last_name="Autre Nom")
    answers = [invite(client, member), invite(client, member, email="nouveau@cabinet.example")]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, url(member, "accesses"))}
    page = client.get(url(member, "accesses")).content.decode()
    assert "Autre Nom" not in page
    assert page.count("Paul Compta<br>") == 2
    assert page.count("Jamais") == 2
    (mail,) = mails_to(ADDRESS)
    assert mail.content["button"] == "Me connecter"
    assert mail.secret is None
    browser(known).get(url(member, "home"))
    assert "Un Autre Nom" in client.get(url(member, "accesses")).content.decode(), "he came: he shows himself"


def test_an_address_that_has_an_access_is_refused_in_words_and_keeps_what_was_typed(client, member):
    invite(client, member)
    answer = invite(client, member, email=ADDRESS.upper())
    assert answer.status_code == 409
    page = answer.content.decode()
    assert f"{ADDRESS} a déjà un accès à cette entreprise" in page
    assert 'value="Compta"' in page
    assert Access.objects.filter(user__email=ADDRESS).count() == 1


@pytest.mark.fault("G1")
def test_sent_twice_the_same_page_invites_once(client, member):
    typed = form()
    answers = [client.post(url(member, "access-invite"), typed) for _ in range(3)]
    assert {answer["Location"] for answer in answers} == {url(member, "accesses")}
    assert Access.objects.filter(user__email=ADDRESS).count() == 1
    assert len(mails_to(ADDRESS)) == 1


def test_the_key_of_another_companys_access_is_worth_nothing(client, member):
    other = give_access(UserFactory(), make_member())
    invite(client, member, key=other.pk)
    other.refresh_from_db()
    assert other.user.email != ADDRESS
    assert Access.objects.get(user__email=ADDRESS).member == member


@pytest.mark.parametrize("day", ["23/11/2026", "01/01/2020", "31/02/2027", "demain"])
def test_the_end_is_a_day_to_come(client, member, clock, day):
    answer = invite(client, member, ends_on=day)
    assert answer.status_code == 422
    assert not Access.objects.filter(user__email=ADDRESS).exists()


@pytest.mark.fault("A6")
def test_what_the_form_does_not_ask_is_not_taken(client, member):
    other = make_member()
    extra = {"member": other.pk, "is_staff": "on", "revoked_at": "", "given_by": uuid4(), "user": uuid4()}
    client.post(url(member, "access-invite"), form(rights=["declares", "is_superuser"]) | extra)
    assert not Access.objects.filter(user__email=ADDRESS).exists(), "an unknown right is an error of the form"
    client.post(url(member, "access-invite"), form() | extra)
    access = Access.objects.get(user__email=ADDRESS)
    assert (access.member, access.user.is_staff, access.rights) == (member, False, {"declares"})


def test_somebody_whose_access_ends_gives_none_that_lasts_longer(member, clock):
    guest = UserFactory()
    give_access(guest, member, "manages", ends_on=date(2026, 12, 15))
    client = browser(guest)
    for day in ("", "16/12/2026"):
        answer = invite(client, member, ends_on=day)
        assert answer.status_code == 409
        assert "Votre propre accès prend fin le 15 décembre 2026" in answer.content.decode()
    assert invite(client, member, ends_on="15/12/2026").status_code == 302
    own = access_of(guest, member)
    assert change(client, own, manages="on", ends_on="").status_code == 409
    own.refresh_from_db()
    assert own.ends_on == date(2026, 12, 15)


def test_who_does_not_manage_may_not_invite(member):
    user = UserFactory()
    give_access(user, member, "employees", "declares", "affiliates")
    assert invite(browser(user), member).status_code == 403
    assert not Access.objects.filter(user__email=ADDRESS).exists()


# --- Changing ---------------------------------------------------------------------------------------------------------


def test_rights_and_end_are_changed_and_the_person_told(client, member, clock):
    invite(client, member)
    access = Access.objects.get(user__email=ADDRESS)
    page = client.get(url(member, "access-change", access.pk)).content.decode()
    assert page.count(" checked") == 1, "what he may do now"
    answer = change(client, access, rights=["employees"], manages="on", ends_on="1/3/2027")
    assert answer["Location"] == url(member, "accesses")
    access.refresh_from_db()
    assert access.rights == {"employees", "manages"}
    assert access.ends_on == date(2027, 3, 1)
    assert access.remind_on == date(2027, 2, 22)
    assert "jusqu’au 1er mars 2027" in text_of(mails_to(ADDRESS)[-1])
    change(client, access, rights=["employees"], manages="on", ends_on="1/3/2027")
    assert len(mails_to(ADDRESS)) == 2, "nothing changed, nothing said"


def test_changed_meanwhile_in_another_tab_it_is_told_and_what_was_typed_stays(client, member):
    invite(client, member)
    access = Access.objects.get(user__email=ADDRESS)
    change(client, access, rights=["employees"], was="declares|")
    answer = change(client, access, rights=["affiliates"], was="declares|")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "modifié entre-temps" in page
    assert 'value="employees|"' in page
    access.refresh_from_db()
    assert access.rights == {"employees"}
    assert change(client, access, rights=["affiliates"], was="employees|").status_code == 302


@pytest.mark.fault("A2")
def test_an_access_of_another_company_is_not_there(client, member):
    other = give_access(UserFactory(), make_member())
    for name in ("access-change", "access-withdraw"):
        for method in (client.get, client.post):
            assert method(url(member, name, other.pk)).status_code == 404
            assert method(url(other.member, name, other.pk)).status_code == 404
    other.refresh_from_db()
    assert other.revoked_at is None


# --- Withdrawing ------------------------------------------------------------------------------------------------------


def test_withdrawn_after_a_question_told_and_out_at_once(client, member):
    invite(client, member)
    access = Access.objects.get(user__email=ADDRESS)
    guest = browser(access.user)
    assert guest.get(url(member, "home")).status_code == 200
    assert "Retirer l’accès de" in client.get(url(member, "access-withdraw", access.pk)).content.decode()
    assert withdraw(client, access)["Location"] == url(member, "accesses")
    assert guest.get(url(member, "home")).status_code == 404
    assert "est retiré" in mails_to(ADDRESS)[-1].subject_line
    assert "retiré" in timeline(member).last().message
    assert invite(client, member).status_code == 302, "and may be invited again"


@pytest.mark.fault("G1")
def test_withdrawn_twice_is_done_once_and_said(client, member):
    invite(client, member)
    access = Access.objects.get(user__email=ADDRESS)
    withdraw(client, access)
    again = client.post(url(member, "access-withdraw", access.pk), follow=True)
    assert "Cet accès a déjà été retiré." in again.content.decode()
    assert len(mails_to(ADDRESS)) == 2


def test_the_last_person_who_manages_stays(client, manager, member, clock):
    own = access_of(manager, member)
    answer = withdraw(client, own)
    assert answer.status_code == 409
    assert "dernière personne qui administre" in answer.content.decode()
    for typed in ({"rights": ["declares"]}, {"manages": "on", "ends_on": "31/12/2026"}):
        answer = change(client, own, **typed)
        assert answer.status_code == 409
        assert "dernière personne qui administre" in answer.content.decode()
    own.refresh_from_db()
    assert (own.manages, own.ends_on, own.revoked_at) == (True, None, None)


def test_somebody_who_never_came_or_whose_account_is_closed_does_not_count_as_the_next_manager(client, manager, member):
    give_access(UserFactory(is_active=False), member, "manages")
    invite(client, member, manages="on")
    own = access_of(manager, member)
    assert withdraw(client, own).status_code == 409
    newcomer = User.objects.get(email=ADDRESS)
    newcomer.set_password("Un-mot-de-passe-2026")
    newcomer.save()
    assert withdraw(client, own)["Location"] == reverse("space:companies")
    assert client.get(url(member, "home")).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("G3")
def test_of_two_managers_who_throw_each_other_out_one_stays(transactional_db):
    member = make_member()
    one, two = make_manager(member), make_manager(member)
    targets = [access_of(one, member), access_of(two, member)]
    results = at_once(2, lambda number: accesses.withdraw(targets[number], by=CLERK))
    assert sorted(type(result).__name__ for result in results) == ["Access", "Refused"]
    assert Access.objects.alive().filter(member=member, manages=True).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("G2")
def test_two_people_who_invite_the_same_person_at_once_invite_once(transactional_db):
    member = make_member()
    who = {"email": ADDRESS, "first_name": "Paul", "last_name": "Compta"}
    given = Given(frozenset({"declares"}))
    results = at_once(4, lambda _: accesses.give(member, given, **who, by=CLERK))
    assert sorted(type(result).__name__ for result in results) == ["Access", "Refused", "Refused", "Refused"]
    assert len(mails_to(ADDRESS)) == 1


# --- The calendar -----------------------------------------------------------------------------------------------------


@pytest.mark.req("B-03")
def test_a_week_before_the_end_both_are_told_once_and_the_end_comes_by_itself(client, manager, member, clock):
    invite(client, member, ends_on="31/12/2026")
    access = Access.objects.get(user__email=ADDRESS)
    guest = browser(access.user)
    clock.move_to(timezone.make_aware(timezone.datetime(2026, 12, 23, 12)))
    assert deadlines.run(timezone.now())["access-reminder"] == 0
    clock.move_to(timezone.make_aware(timezone.datetime(2026, 12, 24, 0, 5)))
    assert deadlines.run(timezone.now())["access-reminder"] == 1
    assert deadlines.run(timezone.now())["access-reminder"] == 0
    assert "prend fin le 31 décembre 2026" in mails_to(ADDRESS)[-1].subject_line
    assert "L’accès de Paul Compta" in mails_to(manager.email)[-1].subject_line
    clock.move_to(timezone.make_aware(timezone.datetime(2026, 12, 31, 23, 59)))
    guest = browser(access.user)
    assert guest.get(url(member, "home")).status_code == 200, "the last day counts"
    assert deadlines.run(timezone.now())["access-end"] == 0
    clock.move_to(timezone.make_aware(timezone.datetime(2027, 1, 1, 0, 1)))
    assert guest.get(url(member, "home")).status_code == 404, "before any sweep"
    assert deadlines.run(timezone.now())["access-end"] == 1
    assert deadlines.run(timezone.now())["access-end"] == 0
    assert "a pris fin" in mails_to(ADDRESS)[-1].subject_line
    assert timeline(member).last().message == "L’accès de Paul Compta a pris fin."


def test_prolonged_it_is_reminded_of_anew(client, manager, member, clock):
    invite(client, member, ends_on="31/12/2026")
    access = Access.objects.get(user__email=ADDRESS)
    change(client, access, rights=["declares"], ends_on="31/1/2027")
    clock.move_to(timezone.make_aware(timezone.datetime(2026, 12, 24, 12)))
    assert deadlines.run(timezone.now())["access-reminder"] == 0
    change(browser(manager), access, rights=["declares"], ends_on="")
    access.refresh_from_db()
    assert access.remind_on is None


def test_a_delegation_of_a_few_days_has_no_reminder(client, member):
    invite(client, member, ends_on=(today() + timedelta(days=5)).strftime("%d/%m/%Y"))
    assert Access.objects.get(user__email=ADDRESS).remind_on is None


def test_over_but_not_swept_yet_it_does_not_bar_a_new_invitation(client, manager, member, clock):
    invite(client, member, ends_on="25/11/2026")
    clock.move_to(timezone.make_aware(timezone.datetime(2026, 11, 26, 9)))
    assert invite(browser(manager), member).status_code == 302
    assert Access.objects.alive().filter(user__email=ADDRESS).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("G2")
def test_two_companies_that_invite_the_same_new_person_at_once_make_one_account(transactional_db):
    members = [make_member(), make_member()]
    who = {"email": ADDRESS, "first_name": "Paul", "last_name": "Compta"}
    given = Given(frozenset({"declares"}))
    results = at_once(2, lambda number: accesses.give(members[number], given, **who, by=CLERK))
    assert [type(result).__name__ for result in results] == ["Access", "Access"]
    assert User.objects.filter(email=ADDRESS).count() == 1
