"""A mandate is read, signed with a code, replaced, revoked, and lapses."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from pypdfium2 import PdfDocument

from billing import mandate_proof, mandates
from billing.models import Collection, Mandate
from core import codes, crypto
from core.codes import WrongCode
from core.dates import add_months, today
from core.models import JournalEntry, OneTimeCode
from core.transitions import AlreadyDone, Refused
from documents import files
from documents.issuing import ensure_rendered, verify
from documents.models import Document
from notifications.models import Message
from notifications.sender import drain
from tests.core.threads import at_once
from tests.factories import MemberFactory
from tests.factories_sepa import (
    ASKER,
    IBAN,
    MAILED,
    OTHER_IBAN,
    SIGNER,
    ask_code,
    in_file,
    last_code,
    make_collection,
    make_draft,
    make_mandate,
)

pytestmark = pytest.mark.django_db


def text_of(document: Document) -> str:
    pdf = PdfDocument(files.read(ensure_rendered(document).file.name))
    text = " ".join(page.get_textpage().get_text_bounded() for page in pdf)
    return " ".join(text.split())


@pytest.mark.req("D-18")
def test_the_mandate_says_all_that_it_must():
    draft = make_draft(bic="AGRIFRPP")
    text = text_of(draft.document)
    for needed in (
        "Mandat de prélèvement SEPA",
        draft.rum,
        "FR53ZZZ999999",
        "Santé Travail Val d’Orge",
        "12 rue des Tilleuls",
        "Menuiserie Morel",
        "4 rue des Lilas",
        "FR76 3000 6000 0112 3456 7890 189",
        "AGRIFRPP",
        "Paiement récurrent",
        "vous autorisez (A) Santé Travail Val d’Orge à envoyer des instructions à votre banque",
        "– dans les 8 semaines suivant la date de débit de votre compte pour un prélèvement autorisé ;",
        "– sans tarder et au plus tard dans les 13 mois en cas de prélèvement non autorisé.",
        "Ce mandat n’a aucune valeur tant qu’il n’est pas signé",
    ):
        assert needed in text
    assert len(draft.rum) <= 35
    assert draft.iban[4:] not in draft.rum


@pytest.mark.req("D-18")
def test_signed_with_the_code_it_is_in_force_and_keeps_its_proof():
    draft = make_draft()
    read = draft.document
    signed = mandates.sign(draft, ask_code(draft), asker=ASKER, by=SIGNER)
    assert signed.state == Mandate.State.ACTIVE
    assert signed.lapses_on == add_months(today(), 36)
    proof = signed.proof
    assert proof["read"]["sha256"] == read.sha256
    assert proof["signed_at"].endswith("+00:00")
    assert (proof["address"], proof["agent"]) == ("198.51.100.7", "Firefox")
    assert proof["code"]["to"] == "c•••@morel.example"
    assert (proof["code"]["sendings"], proof["code"]["tries"]) == (1, 1)
    assert proof["consents"] == mandates.consents(draft)
    document = ensure_rendered(signed.document)
    assert document.replaces == read
    assert document.sha256 != read.sha256
    assert verify(document)
    text = text_of(document)
    assert "Signé électroniquement" in text
    assert "Claire Morel" in text
    assert read.sha256 in text.replace(" ", "")
    mail = Message.objects.get(dedupe_key=f"mandate-signed:{signed.pk}")
    assert mail.documents() == [document]


def test_a_mandate_is_read_and_signed_in_the_words_it_was_prepared_with(monkeypatch):
    """The words of the code may change between the two: what was read is what is signed."""
    draft = make_draft()
    words = draft.document.snapshot["text"]
    monkeypatch.setattr("billing.mandate_words.authorisation", lambda creditor: ["D’autres mots."])
    signed = mandates.sign(draft, ask_code(draft), asker=ASKER, by=SIGNER)
    assert signed.document.snapshot["text"] == words
    assert signed.document.snapshot["signature"]["signer"] == "Claire Morel"
    assert make_draft().document.snapshot["text"] == ["D’autres mots."]


@pytest.mark.fault("H4")
def test_the_whole_iban_is_readable_in_no_row():
    mandate = make_mandate()
    assert mandate.iban == IBAN
    rows = [
        *Mandate.objects.values_list("creditor", "proof", "consents", "rum"),
        *Document.objects.values_list("snapshot"),
        *Message.objects.values_list("content", "subject_line"),
        *JournalEntry.objects.values_list("message", "reason"),
    ]
    stored = json.dumps(rows, default=str, ensure_ascii=False)
    assert IBAN not in stored.replace(" ", "")
    assert "FR76 •••• 0189" in stored


@pytest.mark.fault("H4", "G13")
def test_the_code_is_wiped_from_the_outbox_once_sent(mailoutbox):
    draft = make_draft()
    digits = ask_code(draft)
    message = Message.objects.get(secret__isnull=False)
    assert digits not in json.dumps(message.content)
    drain()
    message.refresh_from_db()
    assert (message.state, message.secret) == (Message.State.SENT, None)
    assert digits in mailoutbox[0].body
    assert digits in mailoutbox[0].alternatives[0].content


@pytest.mark.fault("G1")
def test_signing_twice_is_told_and_done_once():
    draft = make_draft()
    digits = ask_code(draft)
    mandates.sign(draft, digits, asker=ASKER, by=SIGNER)
    with pytest.raises(AlreadyDone, match="signé en ligne"):
        mandates.sign(draft, digits, asker=ASKER, by=SIGNER)
    assert Message.objects.filter(dedupe_key__startswith="mandate-signed").count() == 1


@pytest.mark.fault("G2", "B5")
@pytest.mark.django_db(transaction=True)
def test_of_eight_signatures_at_once_one_wins():
    draft = make_draft()
    digits = ask_code(draft)
    results = at_once(8, lambda _: mandates.sign(Mandate.objects.get(pk=draft.pk), digits, asker=ASKER, by=SIGNER))
    assert sum(isinstance(result, Mandate) for result in results) == 1
    assert sum(isinstance(result, Refused) for result in results) == 7
    assert Document.objects.about(draft).count() == 2


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_of_two_mandates_of_one_customer_signed_at_once_one_is_in_force():
    member = MemberFactory(left_on=None)
    drafts = [make_draft(member), make_draft(member, iban=OTHER_IBAN)]
    typed = [ask_code(draft) for draft in drafts]
    results = at_once(2, lambda n: mandates.sign(drafts[n], typed[n], asker=ASKER, by=SIGNER))
    assert all(isinstance(result, Mandate | Refused) for result in results)
    assert Mandate.objects.about(member).in_force().count() == 1


def test_a_wrong_code_costs_a_try_and_signs_nothing():
    draft = make_draft()
    digits = ask_code(draft)
    with pytest.raises(WrongCode):
        mandates.sign(draft, f"{(int(digits) + 1) % 10**6:06d}", asker=ASKER, by=SIGNER)
    draft.refresh_from_db()
    assert draft.is_draft
    assert OneTimeCode.objects.get().tries == 1


def test_nothing_is_sent_until_every_box_is_ticked():
    draft = make_draft()
    with pytest.raises(Refused, match="Cochez toutes les cases"):
        mandates.ask_code(draft, accepted=mandates.consents(draft)[:2], channel="mail", to=MAILED, asker=ASKER)
    assert not OneTimeCode.objects.exists()


def test_nothing_is_sent_before_there_is_a_document_to_read():
    draft = mandates.begin_mandate(MemberFactory(), holder="M", lines=[], iban=IBAN, email=MAILED, by=SIGNER)
    with pytest.raises(Refused, match="en préparation"):
        mandates.ask_code(draft, accepted=mandates.consents(draft), channel="mail", to=MAILED, asker=ASKER)


def test_by_sms_the_number_is_masked_in_the_proof(sms_gateway):
    draft = make_draft()
    digits = ask_code(draft, channel="sms", to="06 12 34 56 78")
    message = Message.objects.get(channel="sms")
    assert (message.to, message.content["text"]) == ("+33612345678", "")
    signed = mandates.sign(draft, digits, asker=ASKER, by=SIGNER)
    assert signed.proof["code"]["to"] == "•• •• •• •• 78"
    assert "612345678" not in json.dumps(signed.proof)
    assert "envoyé par SMS à •• •• •• •• 78" in dict(mandate_proof.facts(signed.proof))["Avec un code"]


@pytest.mark.req("B-22")
def test_another_account_is_another_mandate_and_the_old_address_is_told():
    member = MemberFactory(left_on=None)
    old = make_mandate(member, email="ancienne@morel.example")
    collection = make_collection(old)
    new = make_mandate(member, iban=OTHER_IBAN)
    old.refresh_from_db()
    assert (old.state, new.replaces) == (Mandate.State.REVOKED, old)
    assert mandates.in_force(member) == new
    told = Message.objects.get(to="ancienne@morel.example", dedupe_key__startswith="mandate-replaced")
    assert ["Nouveau compte", "FR14 •••• 2606"] in told.content["facts"]
    collection.refresh_from_db()
    assert collection.mandate == new
    notices = Message.objects.filter(dedupe_key__startswith=f"collection-notice:{collection.pk}")
    assert notices.count() == 2
    assert ["Référence du mandat (RUM)", new.rum] in notices.latest("created_at").content["facts"]


def test_a_draft_left_in_another_tab_cannot_be_signed_after_another_was():
    member = MemberFactory(left_on=None)
    left = make_draft(member)
    digits = ask_code(left)
    make_mandate(member)
    with pytest.raises(AlreadyDone, match="celui-ci ne sert plus"):
        mandates.sign(left, digits, asker=ASKER, by=SIGNER)


def test_revoking_cancels_what_is_planned_and_says_what_runs_on():
    mandate = make_mandate()
    running = make_collection(mandate, "50.00", days=20)
    in_file(running)
    waiting = make_collection(mandate, "70.00", days=40)
    mandates.revoke(mandate, by=SIGNER)
    waiting.refresh_from_db()
    running.refresh_from_db()
    assert (waiting.state, running.state) == (Collection.State.CANCELLED, Collection.State.EXPORTED)
    text = " ".join(Message.objects.get(dedupe_key=f"mandate-revoked:{mandate.pk}").content["paragraphs"])
    assert waiting.invoice.number in text
    assert "aura lieu" in text
    with pytest.raises(AlreadyDone, match="révoqué"):
        mandates.revoke(mandate, by=SIGNER)


def test_the_database_knows_one_mandate_in_force_a_customer():
    mandate = make_mandate()
    mandate.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        Mandate.objects.create(
            subject_type=mandate.subject_type,
            subject_id=mandate.subject_id,
            rum="RUM-X",
            state="active",
            creditor={},
            debtor_name="M",
            iban=IBAN,
            email=MAILED,
            document=Document.objects.earliest("created_at"),
            signed_at=timezone.now(),
            lapses_on=date(2030, 1, 1),
        )


def test_each_mandate_has_its_own_reference():
    rums = {make_draft().rum for _ in range(3)}
    assert len(rums) == 3
    assert all(set(rum) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") for rum in rums)


def test_a_code_asked_again_signs_and_the_older_one_does_not():
    draft = make_draft()
    old = ask_code(draft)
    with time_machine.travel(timezone.now() + codes.RESEND_AFTER, tick=False):
        ask_code(draft)
        new = last_code()
        if old != new:
            with pytest.raises(WrongCode):
                mandates.sign(draft, old, asker=ASKER, by=SIGNER)
        assert mandates.sign(draft, new, asker=ASKER, by=SIGNER).proof["code"]["sendings"] == 2


@pytest.mark.fault("H5")
def test_a_mandate_that_is_not_rendered_yet_outlives_the_key_it_was_written_under(settings):
    """Dropped after a rotation as it is told to be: the IBAN in the snapshot was left under it."""
    document = make_mandate().document
    before, old, new = dict(document.snapshot), settings.FIELD_KEYS[0], crypto.new_key()
    settings.FIELD_KEYS = [new, old]
    call_command("rotate_field_keys", stdout=StringIO())
    settings.FIELD_KEYS = [new]
    document = Document.objects.get(pk=document.pk)
    assert {**document.snapshot, "iban": ""} == {**before, "iban": ""}
    assert crypto.decrypt(document.snapshot["iban"]) == IBAN
    assert ensure_rendered(document).is_ready
