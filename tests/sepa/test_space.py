"""« Prélèvement SEPA » in the member's space: the pages, in the order somebody meets them."""

from __future__ import annotations

import logging
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import mandates
from billing.models import Mandate
from core.models import OneTimeCode
from notifications.models import Message
from notifications.sender import drain
from tests.factories import MemberFactory, UserFactory, give_access, sign_in
from tests.factories_sepa import IBAN, OTHER_IBAN, last_code, make_draft, make_mandate

pytestmark = pytest.mark.django_db

TYPED = {"holder": "Menuiserie Morel", "iban": "FR76 3000 6000 0112 3456 7890 189", "bic": ""}
BOXES = {"box_0": "on", "box_1": "on", "box_2": "on"}
BACK = "/espace/quelque-part/"


@pytest.fixture
def member():
    return MemberFactory(left_on=None)


@pytest.fixture
def person(client, member):
    user = UserFactory(email="claire@morel.example")
    give_access(user, member, "declares")
    sign_in(client, user)
    return user


def url(page: str, member, *key, back: str = "") -> str:
    return reverse(f"space:mandate-{page}", args=[member.pk, *key]) + (f"?next={back}" if back else "")


def page(response) -> str:
    return unescape(response.content.decode())


@pytest.mark.req("D-18", "C-05")
def test_from_the_iban_to_the_signature_and_back_to_where_one_came_from(client, member, person):
    response = client.get(url("current", member, back=BACK))
    assert "Aucun mandat de prélèvement" in page(response)
    response = client.post(url("new", member, back=BACK), TYPED)
    draft = Mandate.objects.get()
    assert response.url == url("read", member, draft.pk, back="%2Fespace%2Fquelque-part%2F")
    reading = page(client.get(response.url))
    for needed in (draft.rum, "FR53ZZZ999999", "FR76 •••• 0189", "vous autorisez (A)", "dans les 8 semaines"):
        assert needed in reading
    assert IBAN not in reading.replace(" ", "")
    response = client.post(response.url, {**BOXES, "channel": "mail"})
    assert client.get(response.url).status_code == 200
    response = client.post(response.url, {"code_sent": last_code()})
    done = page(client.get(response.url))
    assert "Votre mandat est signé" in done
    assert f'href="{BACK}"' in done
    assert mandates.in_force(member).pk == draft.pk
    pdf = client.get(url("pdf", member, draft.pk))
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert "En vigueur" in page(client.get(url("current", member)))


@pytest.mark.fault("D5")
@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_only_an_address_of_ours_is_come_back_to(client, member, person, evil):
    response = client.get(reverse("space:mandate-new", args=[member.pk]), {"next": evil})
    assert "evil.example" not in page(response)  # four letters may stand in a token
    assert "alert(1)" not in page(response)


def test_a_wrong_iban_keeps_what_was_typed(client, member, person):
    response = client.post(url("new", member), {**TYPED, "iban": "FR76 3000 6000 0112 3456 7890 188"})
    assert response.status_code == 422
    assert "Cet IBAN n’est pas valable" in page(response)
    assert "FR76 3000 6000 0112 3456 7890 188" in page(response)
    assert not Mandate.objects.exists()


def test_the_page_shows_the_words_of_the_document_to_sign(client, member, person, monkeypatch):
    draft = make_draft(member)
    monkeypatch.setattr("billing.mandate_words.authorisation", lambda creditor: ["D’autres mots."])
    reading = page(client.get(url("read", member, draft.pk)))
    assert all(words in reading for words in draft.document.snapshot["text"])
    assert "au plus tard dans les 13 mois" in reading
    assert "D’autres mots." not in reading


def test_an_account_outside_of_sepa_cannot_be_debited(client, member, person):
    response = client.post(url("new", member), {**TYPED, "iban": "BR15 0000 0000 0000 1093 2840 814P 2"})
    assert response.status_code == 422
    assert "hors de la zone SEPA" in page(response)


def test_coming_back_from_reading_finds_what_was_typed(client, member, person):
    client.post(url("new", member), TYPED)
    draft = Mandate.objects.get()
    reading = page(client.get(url("read", member, draft.pk)))
    back = f"{url('new', member)}?reprendre={draft.pk}"
    assert back in reading
    assert "FR76 3000 6000 0112 3456 7890 189" in page(client.get(back))


def test_unticked_boxes_send_nothing(client, member, person):
    draft = make_draft(member)
    response = client.post(url("read", member, draft.pk), {"box_0": "on", "channel": "mail"})
    assert response.status_code == 422
    assert "Cochez cette case pour signer le mandat." in page(response)
    assert not Message.objects.filter(dedupe_key__contains="-code:").exists()


def test_by_sms_a_number_is_needed(client, member, person, sms_gateway):
    draft = make_draft(member)
    response = client.post(url("read", member, draft.pk), {**BOXES, "channel": "sms"})
    assert response.status_code == 422
    assert "téléphone portable" in page(response)
    response = client.post(url("read", member, draft.pk), {**BOXES, "channel": "sms", "phone": "01 23 45 67 89"})
    assert response.status_code == 422
    assert "Indiquez un numéro de mobile" in page(response)
    response = client.post(url("read", member, draft.pk), {**BOXES, "channel": "sms", "phone": "06 12 34 56 78"})
    assert response.status_code == 302
    signing = page(client.get(response.url))
    assert "•• •• •• •• 78" in signing
    assert "12 34 56" not in signing


@pytest.mark.fault("B4")
def test_a_wrong_code_says_how_many_tries_are_left(client, member, person):
    draft = make_draft(member)
    client.post(url("read", member, draft.pk), {**BOXES, "channel": "mail"})
    wrong = f"{(int(last_code()) + 1) % 10**6:06d}"
    response = client.post(url("sign", member, draft.pk), {"code_sent": wrong})
    assert response.status_code == 422
    assert "il vous reste 4 essais" in page(response)
    for _ in range(4):
        response = client.post(url("sign", member, draft.pk), {"code_sent": wrong})
    assert "annulé après cinq essais" in page(response)
    assert "Recevoir un code par courriel" in page(response)
    response = client.post(url("sign", member, draft.pk), {"code_sent": "12 34"})
    assert "six chiffres" in page(response)


@pytest.mark.fault("B7")
def test_a_code_of_another_session_is_refused(client, member, person):
    draft = make_draft(member)
    client.post(url("read", member, draft.pk), {**BOXES, "channel": "mail"})
    digits, other = last_code(), Client()
    sign_in(other, person)
    response = other.post(url("sign", member, draft.pk), {"code_sent": digits})
    assert response.status_code == 422
    assert "autre connexion" in page(response)
    assert client.post(url("sign", member, draft.pk), {"code_sent": digits}).status_code == 302


@pytest.mark.fault("G1")
def test_sending_the_signature_twice_shows_the_same_confirmation(client, member, person):
    draft = make_draft(member)
    client.post(url("read", member, draft.pk), {**BOXES, "channel": "mail"})
    digits = last_code()
    for _ in range(2):
        response = client.post(url("sign", member, draft.pk), {"code_sent": digits}, follow=True)
        assert "Votre mandat est signé" in page(response)
    assert Message.objects.filter(dedupe_key__startswith="mandate-signed").count() == 1
    for left in ("read", "sign"):
        assert client.get(url(left, member, draft.pk)).url == url("done", member, draft.pk)


@pytest.mark.fault("G13")
def test_when_the_sms_does_not_leave_the_page_says_so_and_offers_the_mail(
    client, member, person, settings, http_server
):
    settings.SMS_URL = http_server.url
    http_server.answer(500, {})
    draft = make_draft(member)
    client.post(url("read", member, draft.pk), {**BOXES, "channel": "sms", "phone": "0612345678"})
    digits = last_code()
    drain()
    signing = page(client.get(url("sign", member, draft.pk)))
    assert "L’envoi du code tarde" in signing
    assert digits not in signing
    assert "Recevoir un code par courriel" in signing


@pytest.mark.fault("B11")
def test_another_code_waits_a_minute(client, member, person):
    draft = make_draft(member)
    client.post(url("read", member, draft.pk), {**BOXES, "channel": "mail"})
    response = client.post(url("resend", member, draft.pk), {"channel": "mail"}, follow=True)
    assert "Attendez encore" in page(response)
    assert Message.objects.filter(dedupe_key__contains="-code:").count() == 1


@pytest.mark.fault("B7")
@pytest.mark.parametrize("who", ["a colleague", "the same person elsewhere"])
def test_who_did_not_tick_the_boxes_is_sent_no_code_and_signs_nothing(client, member, person, who):
    """The proof of the signature says that its signer ticked them."""
    draft = make_draft(member)
    client.post(url("read", member, draft.pk), {**BOXES, "channel": "mail"})
    OneTimeCode.objects.update(sent_at=timezone.now() - timedelta(minutes=2))
    colleague, other = UserFactory(email="paul@morel.example"), Client()
    give_access(colleague, member, "declares")
    sign_in(other, colleague if who == "a colleague" else person)

    assert other.get(url("sign", member, draft.pk)).url == url("read", member, draft.pk), "nor sees where the code went"
    for channel in ("mail", "sms"):
        asked = other.post(url("resend", member, draft.pk), {"channel": channel}, follow=True)
        assert "cochez vous-même les cases" in page(asked)
        assert asked.redirect_chain[-1][0] == url("read", member, draft.pk)
    assert Message.objects.filter(dedupe_key__contains="-code:").count() == 1
    assert client.get(url("sign", member, draft.pk)).status_code == 200, "the code that is on its way still serves"

    other.post(url("read", member, draft.pk), {**BOXES, "channel": "mail"})
    assert client.get(url("sign", member, draft.pk)).url == url("read", member, draft.pk), "now he has ticked them"
    assert other.post(url("sign", member, draft.pk), {"code_sent": last_code()}).url == url("done", member, draft.pk)
    draft.refresh_from_db()
    assert draft.proof["account"] == str((colleague if who == "a colleague" else person).pk)


@pytest.mark.fault("B11", "G13")
def test_who_ticked_the_boxes_gets_another_code_even_after_five_wrong_ones(client, member, person):
    draft = make_draft(member)
    client.post(url("read", member, draft.pk), {**BOXES, "channel": "mail"})
    wrong = f"{(int(last_code()) + 1) % 10**6:06d}"
    for _ in range(5):
        client.post(url("sign", member, draft.pk), {"code_sent": wrong})
    resent = client.post(url("resend", member, draft.pk), {"channel": "mail"}, follow=True)
    assert "Un nouveau code est parti" in page(resent)
    assert client.post(url("sign", member, draft.pk), {"code_sent": last_code()}).url == url("done", member, draft.pk)


@pytest.mark.fault("B11")
def test_mandates_are_not_prepared_without_end(client, member, person):
    """Each is a PDF to draw: ten an hour for one account, twenty for one company. What was typed stays on the page."""
    for _ in range(10):
        assert client.post(url("new", member), TYPED).status_code == 302
    refused = client.post(url("new", member), TYPED)
    assert refused.status_code == 429
    assert "attendez une heure" in page(refused)
    assert TYPED["iban"] in page(refused)
    assert Mandate.objects.count() == 10
    others = [Client(), Client()]
    for other in others:
        colleague = UserFactory()
        give_access(colleague, member, "declares")
        sign_in(other, colleague)
    answers = [others[number % 2].post(url("new", member), TYPED).status_code for number in range(12)]
    assert answers == [302] * 9 + [429] * 3, "twenty of the company, the one that was refused among them"
    elsewhere, other = MemberFactory(left_on=None), Client()
    boss = UserFactory()
    give_access(boss, elsewhere, "declares")
    sign_in(other, boss)
    assert other.post(url("new", elsewhere), TYPED).status_code == 302, "another company is not kept from its own"


def test_revoking_asks_first_and_is_done_once(client, member, person):
    mandate = make_mandate(member)
    asked = page(client.get(url("revoke", member, mandate.pk)))
    assert "Révoquer le mandat" in asked
    mandate.refresh_from_db()
    assert mandate.is_active
    response = client.post(url("revoke", member, mandate.pk), follow=True)
    assert "est révoqué" in page(response)
    client.post(url("revoke", member, mandate.pk))
    assert Message.objects.filter(dedupe_key=f"mandate-revoked:{mandate.pk}").count() == 1


@pytest.mark.req("B-22")
def test_changing_the_account_says_what_will_happen(client, member, person):
    make_mandate(member)
    assert "Vous changez de compte" in page(client.get(url("new", member)))


@pytest.mark.fault("A2", "A3")
def test_a_mandate_of_another_company_is_not_there(client, member, person):
    theirs = make_draft(MemberFactory(left_on=None), iban=OTHER_IBAN)
    for name in ("read", "sign", "done", "pdf", "revoke"):
        assert client.get(url(name, member, theirs.pk)).status_code == 404
        assert client.get(reverse(f"space:mandate-{name}", args=[theirs.subject_id, theirs.pk])).status_code == 404
    for name in ("read", "sign", "resend", "revoke"):
        assert client.post(url(name, member, theirs.pk)).status_code == 404


def test_who_may_not_declare_may_not_sign(client, member):
    user = UserFactory()
    give_access(user, member, "employees")
    sign_in(client, user)
    assert client.get(url("current", member)).status_code == 403
    assert client.post(url("new", member), TYPED).status_code == 403


@pytest.mark.fault("H4")
def test_neither_iban_nor_code_is_logged_or_kept_in_the_session(client, member, person, caplog):
    caplog.set_level(logging.DEBUG)
    client.post(url("new", member), TYPED)
    draft = Mandate.objects.get()
    client.get(url("read", member, draft.pk))
    client.post(url("read", member, draft.pk), {**BOXES, "channel": "mail"})
    digits = last_code()
    client.post(url("sign", member, draft.pk), {"code_sent": digits})
    seen = [(record.name, record.getMessage()) for record in caplog.records if not record.name.startswith("django.db")]
    said = " ".join(message for _, message in seen) + str(dict(client.session))
    assert IBAN not in said
    assert digits not in said


@pytest.mark.fault("F2")
def test_what_is_typed_is_shown_as_typed(client, member, person):
    client.post(url("new", member), {**TYPED, "holder": "<script>alert(1)</script> {{ 7|add:7 }}"})
    draft = Mandate.objects.get()
    shown = client.get(url("read", member, draft.pk)).content.decode()
    assert "<script>alert(1)" not in shown
    assert "{{ 7|add:7 }}" in shown


@pytest.mark.fault("F1")
def test_a_name_that_holds_html_makes_the_pdf_fetch_nothing(client, member, person, http_server):
    holder = f"<img src={http_server.url}>"[:70]
    client.post(url("new", member), {**TYPED, "holder": holder})
    assert client.get(url("pdf", member, Mandate.objects.get().pk)).content.startswith(b"%PDF")
    assert http_server.asked == []


def test_the_current_page_costs_few_queries(client, member, person, django_assert_max_num_queries):
    make_mandate(member)
    with django_assert_max_num_queries(11):
        client.get(url("current", member))


@pytest.mark.req("D-18", "A-05")
def test_accueil_asks_for_another_mandate_while_the_last_is_suspended(client, member, person):
    home = reverse("space:home", args=[member.pk])
    words = "Votre mandat de prélèvement est suspendu"
    mandate = make_mandate(member)
    assert words not in page(client.get(home))
    Mandate.objects.filter(pk=mandate.pk).update(state=Mandate.State.SUSPENDED)
    shown = page(client.get(home))
    assert words in shown
    assert url("new", member) in shown
    assert IBAN not in shown
    reader, other = UserFactory(), Client()
    give_access(reader, member, "")
    sign_in(other, reader)
    assert words not in page(other.get(home)), "who may not sign is not asked to"
    make_mandate(member, iban=OTHER_IBAN)
    assert words not in page(client.get(home))


# --- Begun and not signed ---------------------------------------------------------------------------------------------


@pytest.mark.req("D-18")
def test_a_mandate_begun_waits_for_its_signature_and_is_taken_up_again(client, member, person):
    client.post(url("new", member), TYPED)
    draft = Mandate.objects.get()
    shown = page(client.get(url("current", member, back=BACK)))
    assert "Un mandat attend votre signature" in shown
    assert "Aucun mandat de prélèvement" not in shown
    assert draft.masked_iban in shown
    assert IBAN not in shown.replace(" ", "")
    # No code on its way: reading comes first; with one, the code itself.
    resume = url("sign", member, draft.pk, back="%2Fespace%2Fquelque-part%2F")
    assert resume in shown
    assert client.get(resume).url == url("read", member, draft.pk, back="%2Fespace%2Fquelque-part%2F")
    client.post(url("read", member, draft.pk), {**BOXES, "channel": "mail"})
    assert client.get(resume).status_code == 200
    client.post(resume, {"code_sent": last_code()})
    assert "Un mandat attend votre signature" not in page(client.get(url("current", member)))


def test_a_mandate_begun_is_abandoned_once_and_signs_no_more(client, member, person):
    client.post(url("new", member), TYPED)
    client.post(url("new", member), {**TYPED, "iban": OTHER_IBAN})
    last = Mandate.objects.order_by("-created_at").first()
    client.get(url("read", member, last.pk))
    client.post(url("read", member, last.pk), {**BOXES, "channel": "mail"})
    assert client.get(url("abandon", member, last.pk)).status_code == 405
    done = client.post(url("abandon", member, last.pk, back=BACK))
    assert done.url == BACK
    assert set(Mandate.objects.values_list("state", flat=True)) == {Mandate.State.ABANDONED}  # the one before it too
    assert "Aucun mandat de prélèvement" in page(client.get(url("current", member)))
    again = client.post(url("abandon", member, last.pk), follow=True)
    assert "Ce mandat a été abandonné" in page(again)
    client.post(url("sign", member, last.pk), {"code_sent": last_code()})
    assert not Mandate.objects.in_force().exists()


def test_what_a_colleague_has_begun_stays_when_one_abandons_his_own(client, member, person):
    theirs = make_draft(member)
    client.post(url("new", member), TYPED)
    mine = Mandate.objects.get(created_by=person)
    client.post(url("abandon", member, mine.pk))
    theirs.refresh_from_db()
    assert theirs.is_draft
    assert theirs.masked_iban in page(client.get(url("current", member)))


@pytest.mark.fault("A3")
def test_nobody_abandons_the_mandate_of_another_company(client, member, person):
    other = MemberFactory(left_on=None)
    draft = make_draft(other)
    assert client.post(url("abandon", member, draft.pk)).status_code == 404
    assert client.post(url("abandon", other, draft.pk)).status_code == 404
    draft.refresh_from_db()
    assert draft.is_draft
