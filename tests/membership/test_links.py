"""Personal links: opened by scanners, altered, expired, and what they leave in browsers and logs."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import deadlines
from core.identifiers import format_siret
from core.models import AccessLink
from documents.models import Document, Upload
from documents.uploads import accept
from membership import closing, corrections, drafts
from membership.links import LIFETIME, dossier_url
from membership.models import Application, Establishment, LinksAsked
from membership.models.application import LINK
from membership.tasks import send_links
from notifications.models import Message
from tests.core.conftest import log_lines  # noqa: F401, the fixture
from tests.factories import CLERK, ApplicationFactory, UserFactory, pdf_file, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]

SCANNERS = [
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0) SafeLinks",
    "Mozilla/5.0 Proofpoint-URL-Defense",
    "BarracudaCentral/1.0",
    "curl/8.4",
    "",
]


def path_of(dossier) -> str:
    """The path of a new personal link, as a mail holds it."""
    return urlsplit(dossier_url(dossier)).path


def whole_database() -> str:
    """A hash of every row of every table."""
    digest = hashlib.sha256()
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.label):
        rows = sorted(map(repr, model._base_manager.values_list()))
        digest.update(f"{model._meta.label}{rows}".encode())
    return digest.hexdigest()


@pytest.mark.req("B-01")
@pytest.mark.fault("C1")
@pytest.mark.parametrize("trait", ["draft", "submitted"])
def test_mail_scanners_that_open_a_link_change_nothing_and_do_not_use_it_up(trait):
    dossier = ApplicationFactory() if trait == "draft" else ApplicationFactory(submitted=True)
    path = path_of(dossier)
    before = whole_database()
    for agent in SCANNERS:
        for ask in (Client().get, Client().head):
            assert ask(path, HTTP_USER_AGENT=agent).status_code == 302
        assert Client().get(path, HTTP_USER_AGENT=agent, follow=True).status_code == 200
    assert whole_database() == before
    assert Client().get(path, follow=True).status_code == 200


@pytest.mark.fault("C2")
def test_a_link_serves_to_its_last_minute_and_then_offers_a_new_one(clock):
    dossier = ApplicationFactory(submitted=True)
    path = path_of(dossier)
    clock.shift(LIFETIME - timedelta(minutes=1))
    assert Client().get(path).status_code == 302
    clock.shift(timedelta(minutes=2))
    answer = Client().get(path)
    assert answer.status_code == 410
    page = answer.content.decode()
    assert "un lien personnel ne sert que 90 jours" in page
    assert "Recevoir un nouveau lien" in page
    assert reverse("membership:way-back") in page
    assert dossier.reference not in page


@pytest.mark.fault("C3")
@pytest.mark.parametrize("column", ["revoked_at", "spent_at"])
def test_a_revoked_link_says_so_and_shows_nothing(column):
    dossier = ApplicationFactory(submitted=True)
    path = path_of(dossier)
    AccessLink.objects.update(**{column: dossier.created_at})
    answer = Client().get(path)
    page = answer.content.decode()
    assert answer.status_code == 410
    assert dossier.establishment.name not in page
    assert "Il a été fermé pour protéger le dossier" in page
    assert "90 jours" not in page, "its time is not over"
    assert reverse("membership:way-back") in page


@pytest.mark.fault("C2")
def test_a_link_that_ended_long_ago_is_forgotten_and_still_leads_to_a_new_one():
    link, token = AccessLink.issue(ApplicationFactory(), LINK, LIFETIME)
    assert deadlines.run_one("link-purge", link.expires_at + timedelta(days=364)) == 0
    assert deadlines.run_one("link-purge", link.expires_at + timedelta(days=366)) == 1
    assert not AccessLink.objects.filter(pk=link.pk).exists()
    answer = Client().get(reverse("membership:open", args=[token]))
    assert answer.status_code == 404
    assert 'name="email"' in answer.content.decode()


@pytest.mark.req("B-01")
@pytest.mark.fault("C3")
def test_the_link_of_a_request_that_was_deleted_leads_to_a_new_one():
    dossier = ApplicationFactory()
    path = path_of(dossier)
    closing.delete(dossier)
    answer = Client().get(path)
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "Une demande supprimée" in page
    assert f'href="{reverse("membership:start")}"' in page


@pytest.mark.fault("C3")
def test_a_link_may_be_opened_again_and_again_until_it_ends():
    path = path_of(ApplicationFactory(submitted=True))
    assert [Client().get(path).status_code for _ in range(3)] == [302] * 3


@pytest.mark.fault("C4")
def test_an_altered_link_is_unknown():
    path = path_of(ApplicationFactory())
    token = path.rstrip("/").rpartition("/")[2]
    altered = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token[1:],
        token.swapcase(),
        token + "=",
        "x",
        "é" * 20,
        "%00",
        "\u202e" + token,
        "' OR 1=1 --",
        "a" * 2000,
    ]
    for wrong in altered:
        assert Client().get(f"/adhesion/reprendre/{quote(wrong)}/").status_code == 404, wrong
    encoded = "".join(f"%{ord(letter):02X}" for letter in token)
    assert Client().get(f"/adhesion/reprendre/{encoded}/").status_code == 302, "the same link, written otherwise"


@pytest.mark.fault("C4", "B3")
def test_trying_links_is_throttled_whatever_the_header_says_and_good_links_still_open():
    path = path_of(ApplicationFactory())
    answers = [
        Client().get(f"/adhesion/reprendre/essai-{n}/", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}").status_code
        for n in range(31)
    ]
    assert answers == [404] * 30 + [429]
    assert Client().get(path).status_code == 302


@pytest.mark.fault("C5", "H4")
def test_after_opening_the_token_is_in_no_address_page_cookie_or_log(log_lines):  # noqa: F811
    client = Client()
    path = path_of(ApplicationFactory(submitted=True))
    token = path.rstrip("/").rpartition("/")[2]
    answer = client.get(path)
    assert token not in answer["Location"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert not any(token in cookie.value for cookie in client.cookies.values())
    page = client.get(answer["Location"])
    assert token not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "same-origin"
    assert log_lines.entries
    assert token not in log_lines.text


@pytest.mark.fault("D6")
def test_the_link_in_a_mail_is_on_the_configured_site_whatever_host_asked():
    dossier = ApplicationFactory()
    for headers in ({"HTTP_HOST": "evil.example"}, {"HTTP_HOST": "testserver:evil"}):
        assert Client().get("/adhesion/", **headers).status_code == 400
    # A forged forwarded host is not believed:
    Client().post(
        reverse("membership:way-back"), {"email": dossier.contact_email}, HTTP_X_FORWARDED_HOST="evil.example"
    )
    send_links()
    assert Message.objects.get().secret.startswith("http://testserver/adhesion/reprendre/")


# --- Somebody else's --------------------------------------------------------------------------------------------------


@pytest.mark.fault("A2", "A5")
def test_what_belongs_to_another_dossier_is_not_found_and_not_touched(holder):
    mine, theirs = ApplicationFactory(awaiting=True), ApplicationFactory(awaiting=True)
    draft = ApplicationFactory()
    upload = accept(theirs, "kbis", pdf_file())
    document = Document.objects.about(theirs).first()
    client = holder(mine)
    before = whole_database()
    pks = {"pk": theirs.pk}
    urls = [
        ("dossier", pks),
        ("answers", pks),
        ("confirmation", pks),
        ("left", pks),
        ("step", {"pk": draft.pk, "step": "eligibilite"}),
        ("tell-owner", pks),
        ("document", {**pks, "document_pk": document.pk}),
        ("document", {"pk": mine.pk, "document_pk": document.pk}),
        ("upload-add", pks),
        ("upload-merged", pks),
        *[
            (f"upload-{verb}", {"pk": owner.pk, "upload_pk": upload.pk})
            for verb in ("view", "preview", "remove", "move")
            for owner in (mine, theirs)
        ],
    ]
    for name, kwargs in urls:
        url = reverse(f"membership:{name}", kwargs=kwargs)
        for ask in (client.get, client.post):
            assert ask(url, {"kind": "kbis", "action": "next"}).status_code in (404, 405), (name, ask)
    assert whole_database() == before
    assert Upload.objects.filter(pk=upload.pk).exists()


@pytest.mark.fault("A5")
@pytest.mark.parametrize("who", ["anonymous", "other link", "manager"])
def test_stored_files_have_no_address_of_their_own(holder, who, settings):
    dossier = ApplicationFactory(awaiting=True)
    upload = accept(dossier, "kbis", pdf_file())
    client = {"anonymous": Client, "other link": lambda: holder(ApplicationFactory()), "manager": Client}[who]()
    if who == "manager":
        sign_in(client, UserFactory(manager=True))
    for guess in (
        f"/media/{upload.file.name}",
        f"/{upload.file.name}",
        f"/files/{upload.file.name}",
        "/static/../files/",
    ):
        assert client.get(guess).status_code == 404
    assert client.get(reverse("membership:upload-view", args=[dossier.pk, upload.pk])).status_code == 404
    own = holder(dossier).get(reverse("membership:upload-view", args=[dossier.pk, upload.pk]))
    assert own.status_code == 200
    assert "no-store" in own["Cache-Control"]


# --- The way back -----------------------------------------------------------------------------------------------------


def ask_back(email: str, client: Client | None = None):
    """Ask, let the worker answer."""
    answer = (client or Client()).post(reverse("membership:way-back"), {"email": email}, follow=True)
    send_links()
    assert not LinksAsked.objects.exists()
    return answer


@pytest.mark.req("B-01")
@pytest.mark.fault("B1")
def test_the_answer_is_the_same_whether_the_address_is_known_or_not():
    ApplicationFactory(contact_email="claire@morel.example", representative_email="")
    known, unknown = ask_back("Claire@Morel.example"), ask_back("nobody@nowhere.example")
    assert known.redirect_chain == unknown.redirect_chain
    assert known.content == unknown.content
    assert list(Message.objects.values_list("to", flat=True)) == ["claire@morel.example"], "to the address on file only"


@pytest.mark.fault("B1")
def test_what_the_page_does_takes_as_long_whether_the_address_is_known_or_not(django_assert_num_queries):
    ApplicationFactory(contact_email="claire@morel.example")
    for email in ("claire@morel.example", "nobody@nowhere.example"):
        with django_assert_num_queries(3):  # savepoint, insert, release: the rest is a worker's
            Client().post(reverse("membership:way-back"), {"email": email})


@pytest.mark.req("B-01")
def test_the_sweep_answers_what_no_worker_was_woken_for():
    dossier = ApplicationFactory(contact_email="claire@morel.example", representative_email="")
    Client().post(reverse("membership:way-back"), {"email": "claire@morel.example"})
    assert [deadlines.run(timezone.now())["links-asked"] for _ in range(2)] == [1, 0]
    assert Message.objects.about(dossier).count() == 1


@pytest.mark.req("B-01")
def test_every_dossier_of_the_address_is_mailed_and_none_long_closed():
    email = "claire@morel.example"
    within_reach = [
        ApplicationFactory(contact_email=email),
        ApplicationFactory(awaiting=True, representative_email=email, contact_email="autre@morel.example"),
        ApplicationFactory(returned=True, contact_email=email),
    ]
    old = ApplicationFactory(returned=True, contact_email=email)
    Application.objects.filter(pk=old.pk).update(closed_at=timezone.now() - timedelta(days=366))
    ApplicationFactory(accepted=True, contact_email=email)  # a member has his space
    before = Message.objects.count()
    ask_back(email)
    sent = Message.objects.filter(dedupe_key__startswith="way-back")
    assert Message.objects.count() - before == 3
    assert {message.subject_id for message in sent} == {dossier.pk for dossier in within_reach}
    assert {message.to for message in sent} == {email}, "to who asks, of the two addresses on file"
    for message in sent:
        assert Client().get(urlsplit(message.secret).path, follow=True).status_code == 200


@pytest.mark.fault("B1")
def test_an_address_that_only_looks_like_the_one_on_file_gets_nothing():
    ApplicationFactory(contact_email="claire@morel.example", representative_email="")
    ask_back("claıre@morel.example")  # a dotless i, which some databases take for an I
    assert not Message.objects.exclude(to="claire@morel.example").exists()


@pytest.mark.fault("B11")
def test_one_address_is_not_flooded():
    ApplicationFactory(contact_email="claire@morel.example")
    answers = {ask_back("claire@morel.example").status_code for _ in range(6)}
    assert answers == {200}
    assert Message.objects.count() == 3


def test_what_is_no_address_is_told():
    answer = ask_back("pas une adresse")
    assert answer.status_code == 422
    assert "adresse électronique en entier" in answer.content.decode()
    assert "pas une adresse" in answer.content.decode()


@pytest.mark.req("B-01", "D-16")
def test_the_link_of_the_dossier_already_open_goes_to_its_owner_only(holder):
    owner = ApplicationFactory(contact_email="owner@morel.example", representative_email="")
    curious = ApplicationFactory(contact_email="curious@autre.example")
    client = holder(curious)
    url = reverse("membership:tell-owner", args=[curious.pk])
    answer = client.post(url, {"siret": owner.siret, "email": "curious@autre.example", "to": "curious@autre.example"})
    assert answer["Location"] == reverse("membership:way-back-sent")
    assert list(Message.objects.values_list("to", flat=True)) == ["owner@morel.example"]
    assert client.get(reverse("membership:dossier", args=[owner.pk])).status_code == 404
    unknown = client.post(url, {"siret": "73282932000074"})
    assert (unknown.status_code, unknown["Location"]) == (answer.status_code, answer["Location"])
    for _ in range(6):
        client.post(url, {"siret": owner.siret})
    assert Message.objects.count() == 3


@pytest.mark.req("B-01")
def test_leaving_mails_the_way_back_and_this_browser_forgets_the_dossier(holder):
    dossier = ApplicationFactory(contact_email="claire@morel.example", representative_email="")
    client = holder(dossier)
    page = client.get(reverse("membership:left", args=[dossier.pk]))
    assert "claire@morel.example" in page.content.decode()
    assert client.get(reverse("membership:dossier", args=[dossier.pk])).status_code == 404
    assert AccessLink.objects.about(dossier).filter(purpose=LINK).count() == 1, "the link itself still lives"


LURE = "Votre colis attend sur piege.example"


@pytest.mark.fault("B11", "F1")
def test_what_a_stranger_types_reaches_nobody_in_our_name_before_it_is_validated():
    """Name and address of a draft are whatever anybody typed."""
    dossier = ApplicationFactory(contact_email="victime@ailleurs.example", representative_email="")
    Establishment.objects.filter(pk=dossier.establishment_id).update(name=LURE)
    dossier.refresh_from_db()
    drafts.send_link(dossier)
    for day in (dossier.purge_on - timedelta(days=20), dossier.purge_on - timedelta(days=7)):
        drafts.remind(dossier, day)
    sent = Message.objects.filter(to="victime@ailleurs.example")
    assert sent.count() == 3
    for mail in sent:
        assert LURE not in f"{mail.subject_line} {mail.content}"
        assert format_siret(dossier.siret) in str(mail.content), "the person knows his own"


@pytest.mark.req("B-01")
def test_who_validated_once_is_written_to_by_name():
    dossier = ApplicationFactory(submitted=True)
    dossier = corrections.reopen(dossier, reason="Le SIRET est faux.", by=CLERK)
    drafts.send_link(dossier)
    assert dossier.establishment.name in str(Message.objects.get(dedupe_key__startswith="way-back:").content)


@pytest.mark.fault("B11")
def test_one_place_does_not_mail_the_links_of_many_drafts_to_strangers(holder):
    """Twenty an hour, as many as one place may begin: the page says that none left, and the browser keeps the draft."""
    pages = []
    for number in range(21):
        dossier = ApplicationFactory(contact_email=f"inconnu{number}@ailleurs.example", representative_email="")
        client = holder(dossier)
        answer = client.post(reverse("membership:step", args=[dossier.pk, "eligibilite"]), {"action": "save"})
        pages.append(client.get(answer["Location"]).content.decode())
    assert Message.objects.filter(dedupe_key__startswith="way-back:").count() == 20
    assert ["n’est pas parti" in page for page in pages] == [False] * 20 + [True]
    assert client.get(reverse("membership:step", args=[dossier.pk, "eligibilite"])).status_code == 200


def test_a_dossier_page_is_told_apart_by_state(holder):
    draft, open_one = ApplicationFactory(), ApplicationFactory(submitted=True)
    client = holder(draft, open_one)
    assert client.get(reverse("membership:dossier", args=[draft.pk])).status_code == 302
    assert client.get(reverse("membership:dossier", args=[open_one.pk])).status_code == 200
    assert client.get(reverse("membership:confirmation", args=[draft.pk])).status_code == 404
