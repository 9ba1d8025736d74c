"""« Mon entreprise » is read-only; a change is asked for, and staff apply or refuse it (A-06)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.changes import forget
from core.dates import today
from core.journal import Actor, timeline
from core.transitions import AlreadyDone, Refused
from membership import accesses
from membership.models import Access, Establishment
from notifications.models import Message
from space import changes
from space.company import Company
from space.models import ChangeRequest
from tests.core.threads import at_once
from tests.factories import CLERK, EstablishmentFactory, MemberFactory, UserFactory, give_access
from tests.factories_space import access_of, browser, make_manager, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.req("A-06")]


def url(member, name="company-change") -> str:
    return reverse(f"space:{name}", args=[member.pk])


def typed(member, **other) -> dict[str, str]:
    """The form as it is shown, with some answers changed."""
    site = member.establishment
    shown = {name: getattr(site, name) for name in changes.FIELDS if name not in ("commune_code", "commune_name")}
    return {**shown, "commune": site.commune_code, "message": "", **other}


@pytest.fixture
def company(member, manager) -> Company:
    return Company(access_of(manager, member))


@pytest.fixture
def change(company) -> ChangeRequest:
    return changes.request_change(company, {"name": "Morel et Filles", "phone": "+33160850000"}, "", company.actor)


def fresh(member) -> Establishment:
    return Establishment.objects.get(pk=member.establishment_id)


# --- The page ---------------------------------------------------------------------------------------------------------


def test_all_that_is_known_is_shown_with_its_labels(client, member):
    page = client.get(url(member, "company")).content.decode()
    for label in (
        *("Identité", "Raison sociale", "N° de Siret", "Enseigne", "Adresse principale", "Adresse"),
        *("Immeuble / Bâtiment", "Appartement / Etage", "Lieu-dit ou boîte postale", "Code postal - Code Cedex"),
        *("Ville", "Pays", "Coordonnées", "Téléphone", "Email"),
        *("Contacts", "Adresse administrative", "Adresse de facturation", "Adresse d’envoi des convocations"),
    ):
        assert label in page, label
    assert "4 rue des Lilas" in page
    assert "01 60 85 00 00" in page
    assert "Claire Morel" in page
    assert "Non renseigné" in page
    assert "<input" not in page.split("<main")[1], "read-only"


def test_of_a_company_we_know_nothing_of_every_blank_says_so(db):
    member = MemberFactory(left_on=None, establishment=Establishment.objects.create(siret="73282932000074", name="X"))
    page = browser(make_manager(member)).get(url(member, "company")).content.decode()
    assert page.count("Non renseigné") == 11  # all but the name, the SIRET and the country


# --- Asking -----------------------------------------------------------------------------------------------------------


def test_the_form_is_prefilled_and_only_what_changed_is_asked(client, manager, member):
    page = client.get(url(member)).content.decode()
    assert 'value="4 rue des Lilas"' in page
    answer = client.post(url(member), typed(member, name="Morel et Filles", floor="2e étage", message=" Au 1er mars. "))
    assert answer["Location"] == url(member, "company")
    change = ChangeRequest.objects.get()
    assert change.new == {"name": "Morel et Filles", "floor": "2e étage"}
    assert change.old == {"name": str(member.establishment), "floor": ""}
    assert (change.message, change.asked_by, change.state) == ("Au 1er mars.", manager, "waiting")
    assert fresh(member).name == str(member.establishment), "nothing changes before staff have looked"
    page = client.get(url(member, "company")).content.decode()
    assert "Une modification est en attente" in page
    assert "Morel et Filles" in page


def test_another_town_goes_with_its_code(client, member):
    client.post(url(member), typed(member, postcode="91000", commune="91228"))
    assert ChangeRequest.objects.get().new == {
        "postcode": "91000",
        "commune_name": "Évry-Courcouronnes",
        "commune_code": "91228",
    }


def test_nothing_changed_is_said_and_a_message_alone_is_enough(client, member):
    answer = client.post(url(member), typed(member))
    assert answer.status_code == 409
    assert "Rien n’a changé" in answer.content.decode()
    assert client.post(url(member), typed(member, message="Nouveau contact : Ada.")).status_code == 302
    assert ChangeRequest.objects.get().new == {}


def test_a_wrong_answer_is_said_and_the_rest_kept(client, member):
    answer = client.post(url(member), typed(member, name="", phone="12", message="Gardez ceci"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Gardez ceci" in page
    assert 'href="#id_phone"' in page
    assert not ChangeRequest.objects.exists()


@pytest.mark.fault("G1")
def test_sent_twice_it_is_one_request(client, member):
    for _ in range(3):
        assert client.post(url(member), typed(member, name="Morel et Filles")).status_code == 302
    assert ChangeRequest.objects.count() == 1


@pytest.mark.fault("A6")
def test_a_siret_is_refused_with_the_way_on(client, member, company):
    client.post(
        url(member), typed(member, name="Morel et Filles", siret="73282932000074", naf="0111Z", state="applied")
    )
    change = ChangeRequest.objects.get()
    assert (set(change.new), change.state) == ({"name"}, "waiting")
    page = client.get(url(member)).content.decode()
    assert "propre demande d’adhésion" in page
    assert reverse("membership:start") in page
    with pytest.raises(Refused, match="SIRET"):
        changes.request_change(company, {"siret": "73282932000074"}, "", company.actor)


def test_what_the_column_cannot_hold_is_refused(company):
    for values in ({"name": " "}, {"name": "x" * 151}, {"email": "pas une adresse"}):
        with pytest.raises(Refused):
            changes.request_change(company, values, "", company.actor)


def test_who_does_not_manage_reads_but_does_not_ask(member):
    user = UserFactory()
    give_access(user, member, "declares")
    client = browser(user)
    assert "Demander une modification" not in client.get(url(member, "company")).content.decode()
    assert client.post(url(member), typed(member, name="X")).status_code == 403
    assert not ChangeRequest.objects.exists()


def test_another_portal_asks_by_the_same_verb(company, member):
    """The first step of the declaration: whoever declares says that the company has moved."""
    accountant = UserFactory()
    access = give_access(accountant, member, "declares")
    change = changes.request_change(Company(access), {"street": "9 quai Neuf"}, "Déménagé.", Actor("Paul", accountant))
    assert (change.new, change.asked_by_name) == ({"street": "9 quai Neuf"}, "Paul")


# --- Deciding ---------------------------------------------------------------------------------------------------------


def test_applied_it_counts_the_person_is_told_and_sees_it(client, manager, member, change):
    changes.apply_change(change, by=CLERK)
    site = fresh(member)
    assert site.name == "Morel et Filles"
    assert "morel et filles" in site.folded, "and is found by its new name"
    change.refresh_from_db()
    assert change.state == "applied"
    mail = Message.objects.get(to=manager.email)
    assert "enregistrée" in mail.subject_line
    assert ["Raison sociale", "Morel et Filles"] in mail.content["facts"]
    assert "Modification appliquée : Raison sociale." in [entry.message for entry in timeline(member)]
    assert "Appliquée" in client.get(url(member, "company")).content.decode()


def test_refused_nothing_changes_and_the_person_reads_why(client, manager, member, change):
    before = fresh(member).name
    with pytest.raises(Refused, match="motif"):
        changes.refuse_change(change, by=CLERK, reason="  ")
    changes.refuse_change(change, by=CLERK, reason="Envoyez-nous un Kbis.")
    assert fresh(member).name == before
    assert "Motif : Envoyez-nous un Kbis." in Message.objects.get(to=manager.email).content["paragraphs"]
    assert "Envoyez-nous un Kbis." in client.get(url(member, "company")).content.decode()


@pytest.mark.fault("A2")
@pytest.mark.parametrize("how", ["withdrawn", "over", "erased"])
def test_whose_access_is_over_reads_nothing_more_of_the_company_and_its_manager_does(member, manager, how):
    delegate = UserFactory(email="cabinet@compta.example")
    access = give_access(delegate, member, "declares")
    by = Company(access)
    change = changes.request_change(by, {"phone": "+33160850001"}, "Voir le Kbis.", by.actor)
    asked_by = change.asked_by_name
    if how == "over":
        Access.objects.filter(pk=access.pk).update(ends_on=today() - timedelta(days=1))
    elif how == "withdrawn":
        accesses.withdraw(access, by=CLERK)
    else:
        accesses.withdraw(access, by=CLERK)
        forget(delegate)
    before = Message.objects.count()
    changes.refuse_change(change, by=CLERK, reason="Envoyez-nous un Kbis.")
    (mail,) = Message.objects.all()[: Message.objects.count() - before]
    assert mail.to == manager.email
    assert f"{asked_by} avait demandé une modification" in str(mail.content)
    assert "Message : « Voir le Kbis. »" in str(mail.content)


def test_what_was_not_asked_is_not_touched(member, change):
    Establishment.objects.filter(pk=member.establishment_id).update(email="neuf@morel.example")
    changes.apply_change(change, by=CLERK)
    assert fresh(member).email == "neuf@morel.example"


def test_what_changed_since_the_page_was_shown_is_told(member, change):
    seen = changes.fingerprint(change, member.establishment)
    Establishment.objects.filter(pk=member.establishment_id).update(name="Morel SARL")
    (line,) = changes.lines(change, fresh(member))
    assert (line.moved, line.now, line.new) == (True, "Morel SARL", "Morel et Filles")
    with pytest.raises(Refused, match="a changé depuis"):
        changes.apply_change(change, by=CLERK, seen=seen)
    assert fresh(member).name == "Morel SARL"
    changes.apply_change(change, by=CLERK, seen=changes.fingerprint(change, fresh(member)))
    assert fresh(member).name == "Morel et Filles"


@pytest.mark.fault("G3")
def test_decided_twice_the_second_is_told_by_whom(change):
    clerk = UserFactory(manager=True, first_name="Hélène", last_name="Dupré")
    changes.apply_change(change, by=Actor.staff(clerk))
    with pytest.raises(AlreadyDone, match=r"déjà été traitée par Hélène Dupré le .* : appliquée"):
        changes.refuse_change(change, by=CLERK, reason="Trop tard.")
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("G3")
def test_of_clerks_who_apply_and_refuse_at_once_one_wins(transactional_db):
    member = make_member(establishment=EstablishmentFactory(name="Avant"))
    company = Company(access_of(make_manager(member), member))
    asked = changes.request_change(company, {"name": "Après"}, "", company.actor)

    def decide(number: int):
        row = ChangeRequest.objects.get(pk=asked.pk)
        if number % 2:
            return changes.refuse_change(row, by=CLERK, reason="Non.")
        return changes.apply_change(row, by=CLERK)

    results = at_once(4, decide)
    assert Counter(type(result).__name__ for result in results) == {"ChangeRequest": 1, "AlreadyDone": 3}
    assert Message.objects.count() == 1
    asked.refresh_from_db()
    assert fresh(member).name == ("Après" if asked.state == "applied" else "Avant")
