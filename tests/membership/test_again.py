"""« Recommencer à partir de ce dossier »: a request that came to nothing opens the next one, prefilled."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.journal import timeline
from core.models import AccessLink, Naf
from core.transitions import Refused
from core.wizard import stored_answers
from documents.models import Document, Upload
from membership import again, corrections, drafts
from membership.models import Address, Application, Employee
from membership.models.establishment import MAX_EMPLOYEES
from membership.states import State
from membership.steps import WIZARD
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import CLERK, COMPANY, ApplicationFactory, EmployeeFactory, MemberFactory, make_operator
from tests.reading import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]
BUTTON = "Recommencer à partir de ce dossier"


def url(name: str, dossier: Application, *more: str) -> str:
    return reverse(f"membership:{name}", args=[dossier.pk, *more])


def begin_again(client: Client, closed: Application):
    return client.post(url("begin-again", closed))


def the_new_one(closed: Application) -> Application:
    return Application.objects.exclude(pk=closed.pk).get()


@pytest.mark.req("B-01", "M-16")
@pytest.mark.parametrize("until", ["returned", "withdrawn", "refund"])
def test_all_that_was_typed_is_there_again_and_each_step_is_walked_anew(holder, until):
    Naf.objects.get_or_create(code="6201Z", defaults={"label": "Programmation informatique"})
    closed = ApplicationFactory(until=until, establishment__trade_name="Chez Morel", employees=3)
    closed.establishment.addresses.filter(kind="billing").update(
        same_as="", street="1 avenue de la Paix", postcode="91000", commune_code="91228", commune_name="Évry"
    )
    client = holder(closed)
    assert BUTTON in client.get(url("dossier", closed)).content.decode()
    answer = begin_again(client, closed)
    new = the_new_one(closed)
    assert answer["Location"] == url("dossier", new)
    assert client.get(answer["Location"])["Location"] == url("step", new, "eligibilite"), "each step is confirmed anew"
    assert (new.state, new.confirmed_steps, new.reference, new.siret) == (State.DRAFT, [], None, closed.siret)
    for name in (*again.COPIED, "representative"):
        assert getattr(new, name) == getattr(closed, name), name
    old_site, site = closed.establishment, new.establishment
    assert site.pk != old_site.pk
    for name in ("siret", "name", "trade_name", "naf", "headcount", "agricultural", "phone", "email", "folded"):
        assert getattr(site, name) == getattr(old_site, name), name
    assert site.address_lines == old_site.address_lines
    people = ("last_name", "first_name", "birth_date", "hired_on", "contract_type", "job_title", "monitoring", "folded")
    assert list(site.employees.values_list(*people)) == list(old_site.employees.values_list(*people))
    told = ("last_name", "first_name", "roles", "function", "phone", "email")
    assert list(site.contacts.values_list(*told)) == list(old_site.contacts.values_list(*told))
    assert site.labelled_addresses() == old_site.labelled_addresses()
    assert site.addresses.count() == old_site.addresses.count() == len(Address.Kind)
    assert f'value="{closed.contact_email}"' in client.get(url("step", new, "eligibilite")).content.decode()


@pytest.mark.req("B-01", "M-08")
def test_seven_times_next_validates_it_anew_under_a_reference_of_its_own(holder):
    Naf.objects.get_or_create(code="6201Z", defaults={"label": "Programmation informatique"})
    closed = ApplicationFactory(returned=True)
    client = holder(closed)
    begin_again(client, closed)
    new = the_new_one(closed)
    for step in WIZARD.steps:
        here = url("step", new, step.slug)
        assert client.get(url("dossier", new))["Location"] == here
        shown = client.get(here).context["form"]
        assert client.post(here, stored_answers(shown)).status_code == 302, step.slug
    new.refresh_from_db()
    assert new.state == State.SUBMITTED
    assert new.reference != closed.reference


@pytest.mark.req("B-01", "M-19")
def test_documents_and_payments_stay_with_the_closed_dossier_and_both_journals_tell(holder, clock):
    closed = ApplicationFactory(refund=True)
    add = ApplicationFactory(awaiting=True)  # somebody else's, in the way of nothing
    before = (closed.version, Document.objects.count(), Message.objects.count())
    begin_again(holder(closed), closed)
    closed.refresh_from_db()
    new = Application.objects.exclude(pk__in=[closed.pk, add.pk]).get()
    assert (closed.version, Document.objects.count(), Message.objects.count()) == before
    assert closed.state == State.RETURNED
    assert closed.payments.count() == 1
    assert not new.payments.exists()
    assert not Upload.objects.about(new).exists()
    assert timeline(closed).last().message == "Nouvelle demande commencée à partir de ce dossier."
    assert timeline(new).get().message == f"Demande recommencée à partir du dossier {closed.reference}."
    assert (new.remind_on, new.purge_on) == (date(2026, 11, 30), date(2027, 1, 22)), "kept as any draft"


@pytest.mark.req("B-01")
def test_changing_the_new_one_changes_nothing_of_the_old_one():
    closed = ApplicationFactory(withdrawn=True)
    new, _ = again.begin_again(closed, by=COMPANY)
    new.establishment.employees.all().delete()
    new.establishment.name = "Autre nom"
    new.establishment.save()
    closed.establishment.refresh_from_db()
    assert closed.establishment.employees.count() == 2
    assert closed.establishment.name != "Autre nom"
    drafts.purge(new)
    assert Application.objects.get().pk == closed.pk


@pytest.mark.req("B-01")
def test_two_thousand_employees_are_copied_by_a_few_statements():
    closed = ApplicationFactory(withdrawn=True, employees=0)
    Employee.objects.bulk_create(EmployeeFactory.build_batch(MAX_EMPLOYEES, establishment=closed.establishment))
    with CaptureQueriesContext(connection) as seen:
        new, _ = again.begin_again(closed, by=COMPANY)
    assert new.establishment.employees.count() == MAX_EMPLOYEES
    assert len(seen) < 50, "SQLite takes some 70 rows at a time"


@pytest.mark.req("B-01")
@pytest.mark.fault("G1")
def test_a_second_click_leads_to_what_the_first_one_began(holder):
    closed = ApplicationFactory(withdrawn=True)
    client, early = holder(closed), holder(closed)  # `early`: the same click, sent before the first answer came
    first = begin_again(client, closed)["Location"]
    assert begin_again(client, closed)["Location"] == first
    assert begin_again(early, closed)["Location"] == first
    assert early.get(first, follow=True).status_code == 200
    assert Application.objects.count() == 2


@pytest.mark.req("B-01", "D-16")
@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_begin_one_request_and_all_get_there(holder):
    make_operator()
    closed = ApplicationFactory(withdrawn=True)
    clients = [holder(closed) for _ in range(8)]
    answers = at_once(8, lambda number: begin_again(clients[number], closed)["Location"])
    assert set(answers) == {url("dossier", the_new_one(closed))}
    assert the_new_one(closed).establishment.employees.count() == 2


@pytest.mark.req("D-16", "B-01")
@pytest.mark.fault("A2")
def test_somebody_else_s_open_request_is_told_as_at_step_one_and_shows_nothing(holder):
    closed = ApplicationFactory(returned=True)
    open_one = ApplicationFactory(
        establishment__siret=closed.siret, establishment__name="Nom caché", contact_email="autre@morel.example"
    )
    client = holder(closed)
    answer = begin_again(client, closed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Une demande est déjà ouverte pour ce SIRET" in page
    assert BUTTON not in page, "it would only say so again"
    assert "Nom caché" not in page
    assert "autre@morel.example" not in page
    assert Application.objects.count() == 2
    assert client.get(url("dossier", open_one)).status_code == 404
    sent = client.post(url("tell-owner", closed), {"siret": closed.siret})
    assert sent["Location"] == reverse("membership:way-back-sent")
    assert Message.objects.about(open_one).get().to == open_one.mail_to


@pytest.mark.req("B-01")
def test_one_s_own_open_request_is_where_the_button_leads(holder):
    closed = ApplicationFactory(returned=True)
    open_one = ApplicationFactory(establishment__siret=closed.siret)
    assert begin_again(holder(closed, open_one), closed)["Location"] == url("dossier", open_one)


@pytest.mark.fault("A2")
@pytest.mark.parametrize("what", ["worked on", "address corrected", "began by others"])
def test_the_closed_dossier_opens_no_request_that_holds_more_than_itself(holder, what):
    closed = ApplicationFactory(returned=True)
    source = closed
    if what == "began by others":  # another dossier of the same company, with people of its own
        source = ApplicationFactory(returned=True, establishment__siret=closed.siret)
    new, _ = again.begin_again(source, by=COMPANY)
    if what == "worked on":
        new.touch()
        new.save()
    if what == "address corrected":
        corrections.correct_address(new, email="juste@morel.example", by=CLERK)
    client = holder(closed)
    assert begin_again(client, closed).status_code == 409
    assert client.get(url("dossier", new)).status_code == 404


def test_a_link_that_was_revoked_is_given_to_nobody():
    closed = ApplicationFactory(returned=True)
    new, link = again.begin_again(closed, by=COMPANY)
    drafts.dossier_url(new)  # a later link, mailed to somebody
    assert again.own_link(new, closed) == link
    AccessLink.objects.filter(pk=link.pk).update(revoked_at=new.created_at)
    assert again.own_link(new, closed) is None


@pytest.mark.req("B-01")
@pytest.mark.parametrize("until", ["draft", "submitted", "unpaid", "awaiting", "accepted"])
def test_only_what_came_to_nothing_is_begun_again(holder, until):
    dossier = ApplicationFactory(until=until)
    client = holder(dossier)
    assert BUTTON not in client.get(url("dossier", dossier), follow=True).content.decode()
    page = client.post(url("begin-again", dossier), follow=True).content.decode()
    assert "Seul un dossier retourné ou retiré se recommence." in page
    assert Application.objects.count() == 1
    with pytest.raises(Refused):
        again.begin_again(dossier, by=COMPANY)


@pytest.mark.req("B-01", "M-02")
@pytest.mark.parametrize("until", ["returned", "withdrawn"])
def test_who_has_become_a_member_since_is_not_invited_to_begin_again(holder, until):
    closed = ApplicationFactory(until=until)
    member = MemberFactory(establishment__siret=closed.siret, left_on=None)
    client = holder(closed)
    shown = read_page(client.get(url("dossier", closed)))
    assert "Cet établissement est déjà adhérent : " in shown
    assert BUTTON not in shown
    assert "Vous pouvez recommencer" not in shown
    assert "Cet établissement est déjà adhérent : " in read_page(client.post(url("begin-again", closed), follow=True))
    with pytest.raises(Refused, match="déjà adhérent"):
        again.begin_again(closed, by=COMPANY)
    assert Application.objects.count() == 1
    drafts.send_link(closed)
    assert "recommencer" not in str(Message.objects.about(closed).get(dedupe_key__startswith="way-back:").content)
    member.left_on = member.joined_on
    member.save()
    assert BUTTON in client.get(url("dossier", closed)).content.decode(), "a past member may come back"


@pytest.mark.fault("A2")
def test_the_button_is_for_who_holds_the_link():
    closed = ApplicationFactory(returned=True)
    assert begin_again(Client(), closed).status_code == 404
    assert Application.objects.count() == 1
