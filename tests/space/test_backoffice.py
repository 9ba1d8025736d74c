"""Staff: change requests with their difference, and who may come into a company's space (A-06, B-06)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.journal import timeline
from core.transitions import Refused
from membership.models import Access, Establishment
from notifications.models import Message
from space import changes
from space.company import Company
from space.models import ChangeRequest
from tests.factories import CLERK, UserFactory, give_access
from tests.factories_space import access_of, browser, make_member

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def clerk():
    return browser(UserFactory(manager=True, first_name="Nadia", last_name="Benali"))


@pytest.fixture
def change(member, manager) -> ChangeRequest:
    company = Company(access_of(manager, member))
    return changes.request_change(company, {"name": "Morel & Filles", "street": "9 quai Neuf"}, "Vite", company.actor)


def page(change, name="change") -> str:
    return reverse(f"admin:space_changerequest_{name}", args=[change.pk])


def seen(client, change) -> str:
    text = client.get(page(change)).content.decode()
    return text.split('name="seen" value="')[1].split('"')[0]


# --- Change requests --------------------------------------------------------------------------------------------------


@pytest.mark.req("A-06")
def test_one_button_applies_it(clerk, member, change):
    text = clerk.get(page(change)).content.decode()
    for words in ("4 rue des Lilas", "9 quai Neuf", "Morel &amp; Filles", "Vite"):
        assert words in text
    answer = clerk.post(page(change, "apply"), {"seen": seen(clerk, change), "corrected": "on"}, follow=True)
    assert "La modification est appliquée" in answer.content.decode()
    assert Establishment.objects.get(pk=member.establishment_id).street == "9 quai Neuf"
    change.refresh_from_db()
    assert change.decided_by.get_full_name() == "Nadia Benali"
    assert "Appliquer" not in clerk.get(page(change)).content.decode().split("<main")[-1]


@pytest.mark.req("A-06")
def test_what_changed_meanwhile_is_shown_before_it_is_overwritten(clerk, member, change):
    stale = seen(clerk, change)
    Establishment.objects.filter(pk=member.establishment_id).update(street="5 rue Autre")
    answer = clerk.post(page(change, "apply"), {"seen": stale, "corrected": "on"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "A changé depuis la demande" in text
    assert "5 rue Autre" in text
    assert "c’était&nbsp;: 4 rue des Lilas" in text
    assert "checked" in text.split('name="corrected"')[1].split(">")[0], "what was ticked stays"
    assert clerk.post(page(change, "apply"), {"seen": "forged", "corrected": "on"}).status_code == 409
    assert clerk.post(page(change, "apply"), {"seen": seen(clerk, change), "corrected": "on"}).status_code == 302


@pytest.mark.req("A-06")
def test_a_message_is_applied_only_by_who_says_the_fiche_is_corrected(clerk, member, manager):
    """« Appliquer » changes nothing of what a message tells: contacts, addresses of bills and summons."""
    company = Company(access_of(manager, member))
    change = changes.request_change(company, {}, "Facturez au 1 quai Neuf.", company.actor)
    text = clerk.get(page(change)).content.decode()
    assert "J’ai corrigé la fiche comme le message le demande" in text
    assert reverse("admin:membership_member_adresses", args=[member.pk]) in text
    answer = clerk.post(page(change, "apply"), {"seen": seen(clerk, change)})
    assert answer.status_code == 422
    assert 'href="#id_corrected"' in answer.content.decode()
    change.refresh_from_db()
    assert change.state == "waiting"
    assert not Message.objects.exists()
    with pytest.raises(Refused, match="ce que demande le message"):
        changes.apply_change(change, by=CLERK)
    clerk.post(page(change, "apply"), {"seen": seen(clerk, change), "corrected": "on"})
    change.refresh_from_db()
    assert change.state == "applied"
    said = Message.objects.get(to=manager.email).content["paragraphs"]
    assert said[0] == "Nous avons lu votre message et corrigé votre fiche."
    assert timeline(member).last().message == "Modification appliquée : fiche corrigée."


@pytest.mark.req("A-06")
def test_without_a_message_there_is_nothing_to_tick(clerk, member, manager):
    company = Company(access_of(manager, member))
    change = changes.request_change(company, {"trade_name": "La Source"}, "", company.actor)
    assert 'name="corrected"' not in clerk.get(page(change)).content.decode()
    assert clerk.post(page(change, "apply"), {"seen": seen(clerk, change)}).status_code == 302
    assert Message.objects.get().content["paragraphs"] == ["Nous avons vérifié et enregistré votre demande."]


@pytest.mark.req("A-06")
def test_a_refusal_asks_why_and_keeps_what_was_typed(clerk, change):
    answer = clerk.post(page(change, "refuse"), {"reason": " "})
    assert answer.status_code == 422
    assert clerk.post(page(change, "refuse"), {"reason": "Kbis demandé."}).status_code == 302
    change.refresh_from_db()
    assert (change.state, change.reason) == ("refused", "Kbis demandé.")


@pytest.mark.fault("G3")
def test_the_second_clerk_is_told(clerk, change):
    other = browser(UserFactory(manager=True))
    version = seen(other, change)
    clerk.post(page(change, "apply"), {"seen": seen(clerk, change), "corrected": "on"})
    answer = other.post(page(change, "apply"), {"seen": version, "corrected": "on"}, follow=True)
    assert "déjà été traitée par Nadia Benali" in answer.content.decode()
    assert Message.objects.count() == 1


@pytest.mark.fault("A8", "A10")
def test_readers_look_and_only_a_post_decides(clerk, change):
    reader = browser(UserFactory(reader=True))
    assert "Appliquer" not in reader.get(page(change)).content.decode().split("<main")[-1]
    for name in ("apply", "refuse"):
        assert reader.post(page(change, name), {"reason": "Non"}).status_code == 403
        assert clerk.get(page(change, name)).status_code == 405
    assert browser(UserFactory(accountant=True)).post(page(change, "apply")).status_code == 403
    assert browser(UserFactory()).get(page(change)).status_code == 403
    change.refresh_from_db()
    assert change.state == "waiting"


def test_the_list_says_what_is_asked_in_few_queries(clerk, change, django_assert_max_num_queries):
    for _ in range(3):
        other = make_member()
        company = Company(give_access(UserFactory(), other))
        changes.request_change(company, {"email": "x@y.example"}, "", company.actor)
    with django_assert_max_num_queries(10):
        text = clerk.get(reverse("admin:space_changerequest_changelist")).content.decode()
    assert "Raison sociale, Adresse, message" in text


# --- Accesses ---------------------------------------------------------------------------------------------------------


def member_page(member) -> str:
    return reverse("admin:membership_member_change", args=[member.pk])


@pytest.mark.req("B-06")
def test_staff_see_who_may_come_and_give_an_access_with_its_mail(clerk, manager, member):
    text = clerk.get(member_page(member)).content.decode()
    assert manager.email in text
    assert "Consulter l’espace, administrer l’espace" in text
    give = reverse("admin:membership_member_give_access", args=[member.pk])
    assert give in text
    typed = {"first_name": "Ada", "last_name": "Roy", "email": "ada@morel.example", "manages": "on"}
    assert clerk.post(give, {"email": "x"}).status_code == 422
    assert clerk.post(give, typed)["Location"] == member_page(member)
    access = Access.objects.get(user__email="ada@morel.example")
    assert access.rights == {"manages"}
    assert "Nadia Benali vous donne accès" in str(Message.objects.get(to="ada@morel.example").content)
    assert clerk.post(give, typed).status_code == 409


@pytest.mark.req("B-06")
def test_staff_may_take_even_the_last_managers_access(clerk, manager, member):
    access = access_of(manager, member)
    url = reverse("admin:membership_member_withdraw_access", args=[member.pk, access.pk])
    assert clerk.get(url).status_code == 200
    clerk.post(url)
    assert not Access.objects.alive().exists()
    assert "déjà été retiré" in clerk.post(url, follow=True).content.decode()
    other = give_access(UserFactory(), make_member())
    crossed = reverse("admin:membership_member_withdraw_access", args=[member.pk, other.pk])
    assert clerk.post(crossed).status_code == 404


@pytest.mark.fault("A8")
def test_readers_give_and_take_nothing(manager, member):
    reader = browser(UserFactory(reader=True))
    text = reader.get(member_page(member)).content.decode()
    assert manager.email in text
    assert "Donner un accès" not in text
    access = access_of(manager, member)
    for name, keys in (("give_access", [member.pk]), ("withdraw_access", [member.pk, access.pk])):
        url = reverse(f"admin:membership_member_{name}", args=keys)
        assert reader.get(url).status_code == 403
        assert reader.post(url).status_code == 403
    assert access_of(manager, member)
