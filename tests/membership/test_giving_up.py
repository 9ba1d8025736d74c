"""The employer gives up by himself: he deletes a draft, or withdraws what he has validated."""

from __future__ import annotations

import html
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.identifiers import format_siret
from core.journal import timeline
from core.models import AccessLink
from core.money import euros
from core.transitions import AlreadyDone
from documents.models import Upload
from documents.uploads import accept
from membership import corrections, drafts, thread, upload_views, wizard_views, workflow
from membership.models import Application, DossierMessage, Establishment, Payment
from membership.models.application import LINK
from membership.states import Queue, State
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import CLERK, COMPANY, ApplicationFactory, make_operator, pay, pdf_file
from tests.reading import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]
STEPS = ["eligibilite", "etablissement", "contacts", "adresses", "salaries", "documents", "finalisation"]
DELETED = reverse("membership:deleted")
FILES_LOST = "Vos fichiers ne nous sont pas parvenus"


def url(name: str, dossier: Application, *more: str) -> str:
    return reverse(f"membership:{name}", args=[dossier.pk, *more])


# --- A draft ----------------------------------------------------------------------------------------------------------


@pytest.mark.req("B-01")
def test_every_page_of_a_draft_leads_to_the_question_and_asking_deletes_nothing(holder):
    dossier = ApplicationFactory(confirmed_steps=STEPS[:-1])
    client = holder(dossier)
    for step in STEPS:
        assert url("delete", dossier) in client.get(url("step", dossier, step)).content.decode(), step
    page = client.get(url("delete", dossier)).content.decode()
    assert "Supprimer votre demande" in page
    assert "Enregistrer et quitter" in page, "who only wants a break is told how"
    assert client.head(url("delete", dossier)).status_code == 200
    assert Application.objects.filter(pk=dossier.pk).exists()


@pytest.mark.req("B-01")
@pytest.mark.fault("H7")
@pytest.mark.parametrize("reopened", [False, True])
def test_a_draft_is_deleted_with_all_that_hangs_on_it_and_its_siret_is_free_again(holder, reopened):
    dossier = ApplicationFactory(submitted=reopened)
    if reopened:
        thread.write(dossier, "Il manque un salarié.", key=uuid4(), by=COMPANY)
        dossier = corrections.reopen(dossier, by=CLERK, reason="Un salarié manque.")
    accept(dossier, "kbis", pdf_file("kbis.pdf", "à effacer"))
    other = ApplicationFactory()
    client = holder(dossier, other)
    asked = client.get(url("delete", dossier)).content.decode()
    assert ("vos échanges avec nos équipes et le bordereau" in asked) is reopened, "all of it is named before"
    answer = client.post(url("delete", dossier))
    assert answer["Location"] == DELETED
    assert not DossierMessage.objects.exists()
    page = client.get(DELETED).content.decode()
    assert "Votre demande est supprimée" in page
    assert f'href="{reverse("membership:start")}"' in page
    assert Application.objects.get() == other
    assert Establishment.objects.count() == 1
    assert not Upload.objects.exists()
    assert not Message.objects.about(dossier).exists()
    assert not AccessLink.objects.about(dossier).exists()
    assert client.get(url("dossier", other), follow=True).status_code == 200, "this browser keeps its other dossier"
    ApplicationFactory(establishment__siret=dossier.siret)


def test_the_question_shows_a_siret_in_groups_and_a_name_as_it_is(holder):
    unnamed, named = ApplicationFactory(establishment__name=""), ApplicationFactory(establishment__name="Morel")
    shown = [holder(one).get(reverse("membership:delete", args=[one.pk])).content.decode() for one in (unnamed, named)]
    assert format_siret(unnamed.siret) in html.unescape(shown[0])
    assert unnamed.siret not in shown[0]
    assert '<p class="where">Morel</p>' in shown[1]


@pytest.mark.fault("G1")
def test_of_two_who_delete_the_second_is_told_that_it_is_gone(holder):
    dossier = ApplicationFactory()
    first, second, stranger = holder(dossier), holder(dossier), holder(ApplicationFactory())
    first.post(url("delete", dossier))
    assert second.post(url("delete", dossier))["Location"] == DELETED
    assert second.get(url("delete", dossier)).status_code == 404
    for nobody in (stranger, Client()):
        assert nobody.post(url("delete", dossier)).status_code == 404


@pytest.mark.req("B-01")
@pytest.mark.fault("G3")
@pytest.mark.parametrize(
    ("address", "read", "sent", "kept"),
    [
        (("step", "etablissement"), (wizard_views, "dossier_or_404"), {"name": "Morel et fils"}, "Morel et fils"),
        (("look-up",), (wizard_views, "draft_or_404"), {"siret": "732 829 320"}, "732 829 320"),
        (("step", "documents"), (wizard_views, "dossier_or_404"), {"kind": "kbis", "files": pdf_file}, FILES_LOST),
        (("upload-add",), (upload_views, "dossier_or_404"), {"kind": "kbis", "files": pdf_file}, FILES_LOST),
    ],
)
def test_who_works_on_a_draft_while_another_tab_deletes_it_gets_back_what_was_typed(
    holder, monkeypatch, address, read, sent, kept
):
    dossier = ApplicationFactory(confirmed_steps=STEPS[:-1])
    mine, other_tab = holder(dossier), holder(dossier)
    find = getattr(*read)

    def found_then_deleted(*args):
        found = find(*args)
        other_tab.post(url("delete", dossier))
        return found

    monkeypatch.setattr(*read, found_then_deleted)
    name, *step = address
    data = {key: value() if callable(value) else value for key, value in sent.items()}
    answer = mine.post(url(name, dossier, *step), {"action": "next", **data}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    assert kept in answer.content.decode()
    assert not Upload.objects.exists()


@pytest.mark.fault("G1", "G2")
@pytest.mark.django_db(transaction=True)
def test_of_a_deletion_and_a_validation_at_once_one_happens_and_the_other_is_told(holder):
    make_operator()
    dossier = ApplicationFactory()
    clients = [holder(dossier) for _ in range(2)]

    def act(number: int):
        if number == 2:
            return workflow.submit(dossier, by=COMPANY)
        return clients[number].post(url("delete", dossier))["Location"]

    *told, submitted = at_once(3, act)
    if Application.objects.exists():
        assert submitted.state == State.SUBMITTED
        assert set(told) == {url("dossier", dossier)}
    else:
        assert isinstance(submitted, Application.DoesNotExist)
        assert set(told) == {DELETED}


@pytest.mark.fault("G1")
@pytest.mark.parametrize("until", ["submitted", "awaiting", "accepted", "returned"])
def test_what_was_validated_is_not_deleted(holder, until):
    dossier = ApplicationFactory(until=until)
    client = holder(dossier)
    assert client.get(url("delete", dossier))["Location"] == url("dossier", dossier)
    page = read_page(client.post(url("delete", dossier), follow=True))
    assert "Cette demande a été validée : elle ne peut plus être supprimée." in page
    assert Application.objects.filter(pk=dossier.pk).exists()


# --- A validated request ----------------------------------------------------------------------------------------------


@pytest.mark.req("B-02")
@pytest.mark.parametrize("until", ["submitted", "unpaid", "awaiting"])
def test_a_validated_request_is_withdrawn_after_a_question(holder, until):
    dossier = ApplicationFactory(until=until)
    client = holder(dossier)
    assert url("withdraw", dossier) in client.get(url("dossier", dossier)).content.decode()
    asked = client.get(url("withdraw", dossier))
    assert "Retirer votre demande" in asked.content.decode()
    dossier.refresh_from_db()
    assert dossier.state == until, "asking changes nothing"
    page = client.post(url("withdraw", dossier), {"version": dossier.version}, follow=True)
    assert "Votre demande est retirée" in page.content.decode()
    assert "Recommencer à partir de ce dossier" in page.content.decode(), "a way on"
    assert url("withdraw", dossier) not in page.content.decode()
    dossier.refresh_from_db()
    assert dossier.state == State.WITHDRAWN
    assert timeline(dossier).last().actor_name == "Claire Morel"
    assert Message.objects.about(dossier).filter(dedupe_key__startswith="close").count() == 1


@pytest.mark.req("M-19")
def test_the_money_received_is_said_to_come_back_and_is_to_refund(holder):
    dossier = ApplicationFactory(awaiting=True)
    payment = pay(dossier)
    dossier.refresh_from_db()
    client = holder(dossier)
    page = client.get(url("withdraw", dossier)).content.decode()
    assert f"Votre règlement de {euros(payment.amount)} vous sera remboursé en totalité" in page
    client.post(url("withdraw", dossier), {"version": dossier.version})
    dossier.refresh_from_db()
    payment.refresh_from_db()
    assert payment.state == Payment.State.TO_REFUND
    assert dossier.queue == Queue.REFUND


@pytest.mark.req("M-19")
@pytest.mark.parametrize(("until", "may_be_on_its_way"), [("submitted", False), ("awaiting", True)])
def test_money_on_its_way_is_said_to_come_back_without_a_call(holder, until, may_be_on_its_way):
    dossier = ApplicationFactory(until=until)
    page = holder(dossier).get(url("withdraw", dossier)).content.decode()
    assert ("Il vous sera remboursé dès qu’il nous parviendra." in page) is may_be_on_its_way
    assert "pour qu’il vous soit remboursé" not in page


@pytest.mark.fault("G3")
def test_who_withdraws_what_moved_since_is_told_and_asked_again(holder):
    dossier = ApplicationFactory(submitted=True)
    client = holder(dossier)
    seen = dossier.version
    workflow.send_proforma(dossier, by=CLERK)
    answer = client.post(url("withdraw", dossier), {"version": seen})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Nadia Benali" in page
    assert "Demande vérifiée" in page
    dossier.refresh_from_db()
    assert dossier.state == State.AWAITING
    assert f'name="version" value="{dossier.version}"' in page
    client.post(url("withdraw", dossier), {"version": dossier.version})
    dossier.refresh_from_db()
    assert dossier.state == State.WITHDRAWN


@pytest.mark.fault("G3", "E11")
@pytest.mark.parametrize("version", [None, "", "-1", "²", "9" * 5000], ids=["none", "empty", "sign", "square", "long"])
def test_a_page_that_does_not_say_what_it_showed_withdraws_nothing(holder, version):
    dossier = ApplicationFactory(submitted=True)
    answer = holder(dossier).post(url("withdraw", dossier), {} if version is None else {"version": version})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "La page envoyée était incomplète." in page
    assert f'name="version" value="{dossier.version}"' in page
    dossier.refresh_from_db()
    assert dossier.state == State.SUBMITTED


@pytest.mark.fault("G1", "G3")
@pytest.mark.django_db(transaction=True)
def test_of_several_who_withdraw_at_once_one_does_and_the_others_are_told(holder):
    make_operator()
    dossier = ApplicationFactory(awaiting=True)
    clients = [holder(dossier) for _ in range(4)]
    at_once(4, lambda number: clients[number].post(url("withdraw", dossier), {"version": dossier.version}))
    pages = [client.get(url("dossier", dossier)).content.decode() for client in clients]
    assert sum("Votre demande est retirée. Un courriel" in page for page in pages) == 1
    assert sum("Ce dossier a déjà été traité par Claire Morel" in page for page in pages) == 3
    assert Message.objects.about(dossier).filter(dedupe_key__startswith="close").count() == 1


@pytest.mark.parametrize("until", ["draft", "accepted", "returned", "withdrawn"])
def test_only_what_is_being_examined_is_withdrawn(holder, until):
    dossier = ApplicationFactory(until=until)
    client = holder(dossier)
    for ask in (client.get, client.post):
        assert ask(url("withdraw", dossier))["Location"] == url("dossier", dossier)
    dossier.refresh_from_db()
    assert dossier.state == until


@pytest.mark.fault("A2")
@pytest.mark.parametrize("name", ["delete", "withdraw"])
def test_giving_up_is_for_who_holds_the_link(holder, name):
    dossier = ApplicationFactory(submitted=name == "withdraw")
    stranger = holder(ApplicationFactory())
    for ask in (stranger.get, stranger.post, Client().get, Client().post):
        assert ask(url(name, dossier)).status_code == 404
    assert Application.objects.filter(pk=dossier.pk, state=dossier.state).exists()


def test_a_link_that_dies_by_its_date_is_not_taken_for_a_deletion(holder):
    dossier = ApplicationFactory()
    client = holder(dossier)
    AccessLink.objects.about(dossier).filter(purpose=LINK).update(expires_at=dossier.created_at)
    assert client.post(url("delete", dossier)).status_code == 404
    assert Application.objects.filter(pk=dossier.pk).exists()


def test_the_deletion_of_one_dossier_is_not_taken_for_that_of_another(holder):
    """This browser had opened two: one is deleted elsewhere, the link of the other is closed."""
    gone, kept = ApplicationFactory(), ApplicationFactory()
    client = holder(gone, kept)
    holder(gone).post(url("delete", gone))
    AccessLink.objects.about(kept).filter(purpose=LINK).update(revoked_at=timezone.now())
    assert client.post(url("delete", kept)).status_code == 404
    assert Application.objects.filter(pk=kept.pk).exists()
    assert client.post(url("delete", gone))["Location"] == DELETED


def test_the_verb_refuses_the_second_of_two(holder):
    dossier = ApplicationFactory(submitted=True)
    workflow.withdraw(dossier, by=COMPANY, seen=dossier.version)
    with pytest.raises(AlreadyDone):
        workflow.withdraw(dossier, by=COMPANY, seen=dossier.version)
    draft = ApplicationFactory()
    stale = Application.objects.get(pk=draft.pk)
    drafts.discard(draft, by=COMPANY)
    with pytest.raises(Application.DoesNotExist):
        drafts.discard(stale, by=COMPANY)
