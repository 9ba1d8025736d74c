"""What each mail says: who acts next, by when, with what attached, and where the button leads."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.core import mail as outbox
from django.test import Client

from accounts.models import User
from core.dates import today
from core.money import euros
from documents.models import Upload
from membership import drafts, payments, workflow
from membership.models import Application, Member, Payment
from notifications import sms
from notifications.mail import as_html, as_text, sms_text
from notifications.models import Message
from notifications.tasks import drain
from tests.factories import (
    CLERK,
    COMPANY,
    ApplicationFactory,
    MemberFactory,
    UnpaidInvoiceFactory,
    add_pieces,
    luhn,
    pay,
)
from tests.membership_docs.conftest import message, plain

pytestmark = pytest.mark.django_db


def said(message: Message) -> str:
    """The plain text of a mail, on one line."""
    return plain(as_text(message))


def attached(message: Message) -> list[str]:
    return [document.kind for document in message.documents()]


def opens(message: Message, dossier: Application) -> bool:
    """Whether the mail's button leads a stranger's browser to the dossier."""
    answer = Client().get(urlsplit(message.secret).path, follow=True)
    return answer.status_code == 200 and str(dossier.pk) in answer.request["PATH_INFO"]


# --- The request is in -----------------------------------------------------------------------------------------------


@pytest.mark.req("D-01", "M-09")
def test_submitted_mails_the_bordereau_to_the_address_given(operator):
    dossier = ApplicationFactory(submitted=True, establishment__name="Ateliers Morel")
    mail = message(dossier, "submit")
    assert mail.to == dossier.representative_email
    assert mail.subject_line == "Votre demande de pré-adhésion est bien reçue (PA-2026-000001)"
    assert attached(mail) == ["bordereau"]
    text = said(mail)
    assert "Bonjour Claire Morel," in text
    assert "« Ateliers Morel »" in text
    assert "C’est maintenant à nous d’agir" in text
    assert "au plus tard le 25 novembre 2026" in text, "two working days"
    assert mail.content["button"] == "Suivre mon dossier"
    assert opens(mail, dossier)


@pytest.mark.req("M-09")
def test_submitted_leaves_from_noreply_with_the_pdf(operator):
    dossier = ApplicationFactory(submitted=True)
    drain()
    [sent] = outbox.outbox
    assert "noreply@" in sent.from_email
    assert sent.to == [dossier.representative_email]
    [(name, content, kind)] = sent.attachments
    assert (name, kind) == ("bordereau-PA-2026-000001.pdf", "application/pdf")
    assert content.startswith(b"%PDF")


@pytest.mark.req("D-01")
def test_only_the_bordereau_goes_out_before_staff_have_checked(operator):
    dossier = ApplicationFactory(submitted=True)
    assert [attached(mail) for mail in Message.objects.about(dossier)] == [["bordereau"]]


# --- The check -------------------------------------------------------------------------------------------------------


@pytest.mark.req("M-10", "M-11")
def test_unpaid_names_each_invoice_and_sends_no_proforma(operator):
    dossier = ApplicationFactory(submitted=True)
    member = MemberFactory(establishment__siret=luhn(f"{dossier.siret[:9]}0099"))
    for number, amount in (("F2022-0118", "240.00"), ("F2022-0244", "1142.76")):
        UnpaidInvoiceFactory(member=member, number=number, amount=Decimal(amount), due_on=date(2022, 3, 1))
    workflow.hold_for_unpaid(dossier, by=CLERK)
    mail = message(dossier, "unpaid")
    text = said(mail)
    assert "2 factures passées restent à régler" in mail.subject_line
    assert "Facture F2022-0118, échue le 1er mars 2022 : 240,00 €" in text
    assert "Facture F2022-0244, échue le 1er mars 2022 : 1 142,76 €" in text
    assert "Total à régler : 1 382,76 €" in text
    assert "2 factures impayées. Elles doivent être réglées avant toute nouvelle adhésion" in text
    assert "C’est à vous d’agir" in text
    assert attached(mail) == []
    assert opens(mail, dossier)


@pytest.mark.req("M-10", "M-11")
def test_one_unpaid_invoice_is_said_in_the_singular(operator):
    dossier = ApplicationFactory(unpaid=True)
    mail = message(dossier, "unpaid")
    assert "Une facture passée reste à régler" in mail.subject_line
    assert "une facture impayée. Elle doit être réglée avant toute nouvelle adhésion" in said(mail)
    assert "Total" not in said(mail)


@pytest.mark.req("D-01", "M-12", "M-13", "M-18")
def test_proforma_confirms_the_request_with_both_documents(operator):
    dossier = ApplicationFactory(awaiting=True)
    mail = Message.objects.about(dossier).get(dedupe_key=f"proforma:{dossier.proforma.number}")
    text = said(mail)
    assert plain(mail.subject_line).startswith("Votre pré-adhésion est confirmée : facture proforma et bordereau")
    assert attached(mail) == ["proforma", "bordereau"]
    assert mail.to == dossier.representative_email
    assert plain(f"Montant à régler (TTC) : {euros(dossier.proforma.total)}") in text
    for words in [
        "IBAN : FR76 3000 6000 0112 3456 7890 189", "BIC : AGRIFRPP", "Référence à indiquer : PA-2026-000001",
        "signez le bordereau", "par chèque à l’ordre de Santé Travail Val d’Orge, la référence PA-2026-000001 au dos",
        "Chèque à envoyer à : Santé Travail Val d’Orge, 12 rue des Tilleuls, 91220 Brétigny-sur-Orge",
        "n’est pas encaissé tant que votre dossier n’est pas complet", "le 8 décembre 2026",
    ]:  # fmt: skip
        assert words in text, words
    assert opens(mail, dossier)


@pytest.mark.req("M-01", "M-15")
def test_proforma_names_the_other_pieces_that_are_missing_or_refused(operator):
    dossier = ApplicationFactory(submitted=True)
    add_pieces(dossier, "kbis")
    workflow.review_piece(
        dossier, Upload.objects.about(dossier).get(), accepted=False, by=CLERK, reason="La photo est coupée."
    )
    workflow.send_proforma(dossier, by=CLERK)
    third = said(message(dossier, "proforma")).partition("; 3. ")[2].partition("Montant")[0]
    assert third == (
        "envoyez aussi, sur la même page : Extrait Kbis ou équivalent (déclaration en préfecture, fiche SIRENE), "
        "refusé (La photo est coupée.) ; RIB de l’entreprise. "
    )


@pytest.mark.req("M-15")
def test_proforma_names_nothing_that_was_sent(operator):
    dossier = ApplicationFactory(submitted=True)
    add_pieces(dossier, "kbis", "rib")
    workflow.send_proforma(dossier, by=CLERK)
    text = said(message(dossier, "proforma"))
    assert "au dos. Montant" in text
    assert "3." not in text.partition("Montant")[0]


# --- What is missing -------------------------------------------------------------------------------------------------


@pytest.mark.req("B-03", "M-15", "M-16")
def test_relance_lists_what_is_missing_and_the_last_day(operator):
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "kbis")
    workflow.review_piece(
        dossier, Upload.objects.about(dossier).get(), accepted=False, by=CLERK, reason="La photo est coupée."
    )
    workflow.ask_for_missing(
        dossier, by=CLERK, kinds=["kbis", "bordereau", "payment", "other"], message="Merci !\nNadia"
    )
    mail = message(dossier, "pieces")
    text = said(mail)
    assert mail.subject_line.startswith(
        "Il manque 4 éléments à votre dossier, à envoyer au plus tard le 23 janvier 2027"
    )
    assert "fiche SIRENE) : Refusé : La photo est coupée." in text
    assert "Bordereau de pré-adhésion signé : Pas encore reçu" in text
    assert plain(f"Règlement de la facture proforma : Reste à régler : {euros(dossier.proforma.total)}") in text
    assert "Autre document : Pas encore reçu" in text
    assert "Merci ! Nadia" in text
    assert "C’est à vous d’agir, au plus tard le 23 janvier 2027" in text
    assert "Passé le 23 janvier 2027, un dossier incomplet est retourné en entier" in text
    assert opens(mail, dossier)


@pytest.fixture
def last_call(operator, clock):
    """The clock runs to two weeks before the end of the relance: the messages of that day."""

    def make(**phones: str) -> list[Message]:
        dossier = ApplicationFactory(awaiting=True)
        dossier.establishment.contacts.update(**phones)
        workflow.ask_for_missing(dossier, by=CLERK, kinds=["bordereau"])
        clock.move_to(datetime(2027, 1, 9, 9, tzinfo=UTC))
        workflow.last_call(dossier)
        return list(Message.objects.about(dossier).filter(dedupe_key__startswith="last-call").order_by("channel"))

    return make


@pytest.mark.req("B-03", "M-15")
def test_last_call_goes_by_mail_and_to_the_head_s_mobile(last_call):
    mail, text_message = last_call(phone="+33612345678")
    assert "Dernier rappel" in mail.subject_line
    assert "au plus tard le 23 janvier 2027" in said(mail)
    assert "Extrait Kbis" in said(mail)
    assert text_message.to == "+33612345678"
    assert "PA-2026-000001 est à compléter au plus tard le 23 janvier 2027" in sms_text(text_message)
    assert "http" not in sms_text(text_message), "the personal link goes to the person's own mailbox only"


@pytest.mark.parametrize(
    ("why", "fields"),
    [("a landline takes no SMS", {"phone": "+33199000010"}), ("not their business", {"roles": ["accounts"]})],
)
@pytest.mark.req("B-03")
def test_last_call_sends_no_sms_without_a_mobile_of_who_decides(last_call, why, fields):
    assert [one.channel for one in last_call(**fields)] == ["mail"], why


@pytest.mark.req("B-03")
def test_last_call_does_without_sms_where_there_is_no_gateway(last_call, monkeypatch):
    monkeypatch.setattr(sms, "_deliver", None)
    assert [one.channel for one in last_call(phone="+33612345678")] == ["mail"]


# --- The end ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def welcome(operator):
    """The dossier of a new member and the mail that welcomes him."""
    dossier = ApplicationFactory(complete=True)
    workflow.accept(dossier, by=CLERK)
    return dossier, message(dossier, "accept")


@pytest.mark.req("M-20", "M-25", "M-26")
def test_accepted_gives_number_team_and_receipt(welcome):
    dossier, mail = welcome
    member = Member.objects.get(establishment=dossier.establishment)
    text = said(mail)
    assert plain(mail.subject_line) == f"Vous êtes maintenant adhérent ! Votre numéro : {member.number}"
    assert mail.content["title"] == "Vous êtes maintenant adhérent"
    assert attached(mail) == ["recepisse", "facture"]
    for words in [
        f"Numéro d’adhérent : {member.number}",
        f"Centre médical : {member.centre.name} 3 place du Marché 91220 Brétigny-sur-Orge 01 60 84 00 01",
        f"Médecin du travail : {member.doctor.name}",
        f"Secrétariat médical : {member.doctor.secretary.name} 01 60 84 00 02 secretariat@guichet.example",
        "prendre contact avec son secrétariat",
        "Dans votre espace adhérent en ligne, vous pourrez : mettre à jour la liste de vos salariés au fil de l’eau, "
        "effectuer votre déclaration annuelle, récupérer votre facture d’adhésion acquittée.",
        "Identifiant de connexion : claire.morel@morel.example",
    ]:
        assert words in text, words


@pytest.mark.req("D-02", "M-20")
def test_accepted_carries_a_private_activation_link(welcome):
    _, mail = welcome
    assert mail.content["button"] == "Créer mon mot de passe"
    assert mail.content["url"] == "", "the row keeps the link encrypted only"
    assert "une seule fois, jusqu’au 7 décembre 2026" in said(mail)
    assert Client().get(urlsplit(mail.secret).path, follow=True).status_code == 200


@pytest.mark.req("M-20")
def test_accepted_tells_who_has_an_account_to_log_in(operator):
    User.objects.create_user("claire.morel@morel.example", "Un-mot-de-passe-2026")
    dossier = ApplicationFactory(complete=True)
    workflow.accept(dossier, by=CLERK)
    mail = message(dossier, "accept")
    assert mail.content["button"] == "Me connecter"
    assert "connectez-vous avec votre mot de passe habituel" in said(mail)
    assert Client().get(urlsplit(mail.content["url"]).path).status_code == 200


@pytest.mark.req("M-16", "M-19")
def test_returned_says_why_and_that_the_money_comes_back(operator):
    dossier = ApplicationFactory(awaiting=True)
    pay(dossier)
    workflow.send_back(dossier, by=CLERK, reason="Les pièces ne nous sont pas parvenues.")
    mail = message(dossier, "close")
    text = said(mail)
    assert "le dossier vous est retourné en entier" in text
    assert "Motif : Les pièces ne nous sont pas parvenues." in text
    assert "Votre règlement vous sera remboursé en totalité ; un message vous le confirmera." in text
    assert mail.content["button"] == "Retrouver mon dossier et mes documents"
    assert opens(mail, dossier)
    link = f"par le lien « {mail.content['button']} »"
    assert f"recommencer quand vous le souhaitez : ouvrez votre dossier {link}" in text
    [start] = re.findall(r"Pour commencer une autre demande : (\S+)", text)
    assert Client().get(urlsplit(start).path).status_code == 200, "a way on: a new request"


@pytest.mark.req("M-19")
def test_nothing_is_said_of_money_that_never_came(operator):
    dossier = ApplicationFactory(withdrawn=True)
    text = said(message(dossier, "close"))
    assert "est retirée" in text
    assert opens(message(dossier, "close"), dossier)
    assert "règlement" not in text


@pytest.mark.parametrize(
    ("mode", "words"),
    [("transfer", "Nous avons ordonné le remboursement de 88,40 €"), ("cheque", "Nous vous renvoyons par courrier")],
)
@pytest.mark.req("M-19")
def test_refunded_says_how_much_and_how(operator, mode, words):
    dossier = ApplicationFactory(awaiting=True)
    payment = pay(dossier, Decimal("88.40"), mode)
    Payment.objects.filter(pk=payment.pk).update(payer_iban="FR7630006000011234567890189")
    workflow.send_back(dossier, by=CLERK)
    payments.refund(payment, by=CLERK)
    text = said(message(dossier, "refund"))
    assert words in text
    assert "88,40 €" in text
    assert "3000600001123456" not in text.replace(" ", ""), "a mail shows no whole account number"


# --- Drafts ----------------------------------------------------------------------------------------------------------


@pytest.mark.req("B-01")
def test_way_back_opens_the_draft_where_it_was(operator):
    dossier = ApplicationFactory(establishment__name="")
    drafts.send_link(dossier)
    mail = message(dossier, "way-back")
    assert mail.content["button"] == "Reprendre mon dossier"
    assert "Votre saisie est gardée jusqu’au 22 janvier 2027 ; chaque modification repousse cette date." in said(mail)
    assert "90 jours" not in said(mail), "the draft goes before the link does"
    assert opens(mail, dossier)


@pytest.mark.req("D-16")
def test_way_back_to_an_open_request_names_it(operator):
    dossier = ApplicationFactory(submitted=True)
    drafts.send_link(dossier)
    mail = message(dossier, "way-back")
    assert mail.content["button"] == "Suivre mon dossier"
    assert "PA-2026-000001" in said(mail)
    assert "reste valable 90 jours" in said(mail)


@pytest.mark.req("B-01")
@pytest.mark.parametrize("until", ["returned", "withdrawn", "accepted"])
def test_way_back_to_a_closed_request_says_what_is_still_there(operator, until):
    dossier = ApplicationFactory(until=until)
    drafts.send_link(dossier)
    mail = message(dossier, "way-back")
    assert mail.content["button"] == "Retrouver mon dossier et mes documents"
    assert "PA-2026-000001" in said(mail)
    assert "clos le 23 novembre 2026. Vous y retrouvez vos documents" in said(mail)
    assert ("recommencer sans rien ressaisir" in said(mail)) == (until != "accepted")
    assert opens(mail, dossier)


@pytest.mark.req("B-03")
def test_a_draft_is_remembered_before_it_goes(operator, clock):
    dossier = ApplicationFactory()
    clock.shift(timedelta(days=8))
    drafts.remind(dossier, today())
    mail = message(dossier, "draft-reminder")
    assert mail.subject_line == "Votre demande de pré-adhésion vous attend"
    assert "au 22 janvier 2027 inclus" in said(mail)
    assert opens(mail, dossier)


# --- Whatever was typed ----------------------------------------------------------------------------------------------

WILD = ["{{7*7}}{% load x %}", "<script>alert(1)</script>", "'; DROP TABLE x; --", "Émoji 👩‍👩‍👧 شركة"]


@pytest.mark.parametrize("name", WILD)
@pytest.mark.fault("F2", "F4")
def test_names_like_code_reach_the_reader_as_typed(operator, name):
    dossier = ApplicationFactory(submitted=True, establishment__name=name, representative_last_name=name)
    mail = message(dossier, "submit")
    assert f"« {name} »" in said(mail)
    assert f"Bonjour Claire {name}," in said(mail)
    assert "<script>" not in as_html(mail)


@pytest.mark.fault("F3")
def test_line_breaks_in_a_name_add_no_header(operator):
    dossier = ApplicationFactory(submitted=True, representative_last_name="Morel\r\nBcc: x@y.example")
    drain()
    [sent] = outbox.outbox
    assert sent.bcc == []
    assert "Bcc" not in sent.message()
    assert sent.to == [dossier.representative_email]


def test_every_mail_of_a_long_story_names_the_dossier(operator):
    dossier = ApplicationFactory(awaiting=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["bordereau"])
    workflow.withdraw(dossier, by=COMPANY)
    subjects = list(Message.objects.about(dossier).values_list("subject_line", flat=True))
    assert len(subjects) == 4
    assert all("(PA-2026-000001)" in subject for subject in subjects)
    assert len(set(subjects)) == 4


@pytest.mark.parametrize("until", ["accepted", "returned", "withdrawn"])
def test_no_mail_speaks_of_a_button_that_its_text_has_not(operator, until):
    dossier = ApplicationFactory(until=until)
    sent = list(Message.objects.about(dossier))
    assert any(f"par le lien « {mail.content['button']} »" in plain(as_text(mail)) for mail in sent)
    # Nor of a place: a letter that replaces a mail has not its link (`notifications.letters`).
    assert not any(word in as_text(mail) for mail in sent for word in ("bouton", "lien ci-"))
