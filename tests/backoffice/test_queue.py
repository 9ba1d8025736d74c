"""The work queue: what it shows, finds and assigns, and that its cost does not grow."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from core.dates import french_date, today
from core.sheets import read
from membership.admin import charts, queue, words
from membership.models import Application, Establishment
from membership.states import Queue, State
from tests.factories import ApplicationFactory, UserFactory, make_siret
from tests.harness.laid_out import laid_out

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-21")]

HOME = "/admin/"


def rows(response) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', response.content.decode())


def counts(response) -> dict[str, str]:
    return {tab["label"]: tab["count"] for tab in response.context_data["tabs"]}


def many(number: int, *, queue_name: str = Queue.CHECK, start: int = 10_000, **values) -> None:
    """Submitted dossiers straight into the tables: the queue only reads their columns."""
    places = [Establishment(siret=make_siret(start + n), name=f"Société {start + n}") for n in range(number)]
    Establishment.objects.bulk_create(places)
    now = timezone.now()
    Application.objects.bulk_create(
        Application(
            establishment=place,
            siret=place.siret,
            state=State.SUBMITTED,
            reference=f"PA-2026-{start + n:06d}",
            representative_email="a@b.example",
            submitted_at=now,
            queue=queue_name,
            waiting_since=now,
            due_on=values.get("due_on", today()),
            assigned_to=values.get("assigned_to"),
        )
        for n, place in enumerate(places)
    )


def test_each_tab_shows_its_dossiers_with_its_count(operator, manager):
    names = {}
    for until in ("draft", "submitted", "awaiting", "complete", "accepted", "refund"):
        dossier = ApplicationFactory(until=until, establishment__name=f"Société {until}")
        names[until] = dossier
    Application.objects.filter(pk=names["awaiting"].pk).update(due_on=today() - timedelta(days=3))
    Application.objects.filter(pk=names["complete"].pk).update(assigned_to=manager.user)
    response = manager.get(HOME)
    assert rows(response) == ["Société submitted"]
    assert counts(response) == {
        "À vérifier": "1",
        "Prêts à accepter": "1",
        "En attente de l’entreprise": "1",
        "En retard": "1",
        "Remboursements": "1",
        "Messages sans réponse": "0",
        "Les miens": "1",
        "Non attribués": "3",
        "Tous": None,
    }
    shown = {
        "prets": ["Société complete"],
        "entreprise": ["Société awaiting"],
        "retard": ["Société awaiting"],
        "remboursements": ["Société refund"],
        "miens": ["Société complete"],
    }
    for slug, expected in shown.items():
        assert rows(manager.get(HOME, {"vue": slug})) == expected
    assert len(rows(manager.get(HOME, {"vue": "tous"}))) == 5  # all but the draft
    assert "en retard de 3 jours" in manager.get(HOME, {"vue": "retard"}).content.decode()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("menuiserie", True),
        ("MOREL  menuiserie", True),  # its words, in any order
        ("hélène", True),
        ("Helene", True),
        ("cafe des CÔTES morel", True),  # the trade name, with a word of the name
        ("morel boulangerie", False),
        ("!", False),
        ("PA-2026", True),
        ("spaced siret", True),
        ("siren", True),
        ("boulangerie", False),
        ("%", False),
        ("_", False),
        ("' OR 1=1 --", False),
    ],
)
def test_search_by_name_siret_and_reference(operator, manager, typed, found):
    name = {"establishment__name": "Menuiserie Morel Hélène", "establishment__trade_name": "Café des Côtes"}
    dossier = ApplicationFactory(accepted=True, **name)
    digits = dossier.siret
    text = {
        "PA-2026": dossier.reference,
        "spaced siret": f" {digits[:3]} {digits[3:6]}\u00a0{digits[6:9]} {digits[9:]} ",
        "siren": f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}",
    }.get(typed, typed)
    assert rows(manager.get(HOME, {"q": text})) == (["Menuiserie Morel Hélène"] if found else [])


@pytest.mark.req("B-21")
def test_a_draft_without_a_name_is_told_by_who_began_it_and_when(operator, manager):
    ApplicationFactory(establishment__name="", contact_email="lea@atelier.example")
    shown = manager.get(HOME, {"etat": "draft"})
    text = shown.content.decode()
    [row] = shown.context_data["rows"]
    assert (row["name"], row["contact"]) == ("Sans nom", "lea@atelier.example")
    assert row["begun"] == f"Commencé le {french_date(today())}"
    table = text[text.index("<tbody>") : text.index("</tbody>")]
    assert "lea@atelier.example" in table
    assert table.count("Brouillon") == 1


@pytest.mark.fault("F2", "F4")
@pytest.mark.parametrize(
    "text",
    ["\x00", "a\x00b", "x" * 10_000, "👩‍👩‍👧‍👦", "\u202eabc", "{{7*7}}", "<script>alert(1)</script>", "é́́", "🐘" * 300],
)
def test_any_search_is_answered_and_shown_as_text(operator, manager, text):
    response = manager.get(HOME, {"q": text, "vue": text, "etat": text, "suivi": text, "page": text})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


@pytest.mark.fault("F2")
def test_names_show_as_they_were_typed(operator, manager):
    name = "<script>alert(1)</script> {{7*7}} {% load x %} '; DROP TABLE--"
    dossier = ApplicationFactory(submitted=True, establishment__name=name)
    for address in (HOME, reverse("admin:membership_application_change", args=[dossier.pk])):
        text = manager.get(address).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}} {% load x %} &#x27;; DROP TABLE--" in text
        assert "<script>alert" not in text


def test_filters_by_state_and_by_keeper(operator, manager):
    draft = ApplicationFactory(establishment__name="Le brouillon")
    mine = ApplicationFactory(submitted=True, establishment__name="Le mien")
    ApplicationFactory(submitted=True, establishment__name="À personne")
    Application.objects.filter(pk=mine.pk).update(assigned_to=manager.user)
    assert rows(manager.get(HOME, {"etat": State.DRAFT})) == [draft.establishment.name]
    assert rows(manager.get(HOME, {"suivi": "moi"})) == ["Le mien"]
    assert rows(manager.get(HOME, {"suivi": str(manager.user.pk)})) == ["Le mien"]
    assert rows(manager.get(HOME, {"suivi": "personne"})) == ["À personne"]


def test_pages_of_fifty_rows(operator, manager):
    many(120)
    first, second, third = (manager.get(HOME, {"page": number}) for number in (1, 2, 3))
    assert [len(rows(response)) for response in (first, second, third)] == [50, 50, 20]
    assert not set(rows(first)) & set(rows(second))
    assert "Page suivante" in first.content.decode()
    assert "Page suivante" not in third.content.decode()


def test_counts_and_pages_stop_at_a_thousand(operator, manager, monkeypatch):
    monkeypatch.setattr(queue, "CAP", 100)
    many(130)
    response = manager.get(HOME, {"page": "999"})
    assert counts(response)["À vérifier"] == "99+"
    assert response.context_data["asked"].page == 2
    assert "La liste continue" in response.content.decode()


@pytest.mark.parametrize("number", [1, 60, 300])
@pytest.mark.parametrize("slug", ["a-verifier", "retard", "libres", "tous"])
def test_ten_queries_however_many_dossiers(operator, manager, django_assert_max_num_queries, number, slug):
    many(number, due_on=today() - timedelta(days=1))
    cache.clear()  # the charts are computed too
    with django_assert_max_num_queries(10):
        manager.get(HOME, {"vue": slug})
    with django_assert_max_num_queries(7):
        manager.get(HOME, {"vue": slug})


def test_the_tabs_read_an_index_and_no_history(operator, manager):
    """The plan of each tab names one of the partial indexes: its cost is what is in hand, not what exists."""
    many(300, queue_name=Queue.NONE)
    many(5, start=50_000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for other_way in ("seqscan", "bitmapscan", "sort"):  # so small a table would be read whole and sorted
                cursor.execute(f"SET LOCAL enable_{other_way} = off")
    for tab in queue.TABS:
        plan = tab.rows(manager.user).values_list("pk")[:51].explain()
        assert re.search(r"dossier_(queue|due|assigned|submitted|unanswered)", plan), (tab.slug, plan)
    for query, index in (("etat=draft", "dossier_state"), ("q=menuiserie", "dossier_newest")):
        asked = queue.Asked.read(QueryDict(query))
        plan = asked.rows(manager.user).values_list("pk")[:51].explain()
        assert index in plan, (query, plan)
        assert not re.search(r"Sort|TEMP B-TREE", plan), (query, plan)


def test_giving_dossiers_to_oneself_and_to_a_colleague(operator, manager):
    colleague = UserFactory(manager=True, first_name="Hélène", last_name="Dupré")
    dossiers = [ApplicationFactory(submitted=True) for _ in range(3)]
    boxes = [f"{dossier.pk}:{dossier.version}" for dossier in dossiers[:2]]
    response = manager.post(reverse("admin:queue-assign"), {"dossier": boxes, "a": "moi", "vue": "libres"}, follow=True)
    assert "2 dossiers confiés à" in response.content.decode()
    assert response.context_data["asked"].tab.slug == "libres"
    assert Application.objects.filter(assigned_to=manager.user).count() == 2
    again = manager.post(reverse("admin:queue-assign"), {"dossier": boxes, "a": str(colleague.pk)}, follow=True)
    assert manager.user.get_full_name() in again.content.decode()  # somebody acted since these versions: it says who
    assert not Application.objects.filter(assigned_to=colleague).exists()
    dossiers[2].refresh_from_db()
    manager.post(
        reverse("admin:queue-assign"), {"dossier": f"{dossiers[2].pk}:{dossiers[2].version}", "a": str(colleague.pk)}
    )
    dossiers[2].refresh_from_db()
    assert dossiers[2].assigned_to == colleague
    manager.post(reverse("admin:queue-assign"), {"dossier": f"{dossiers[2].pk}:{dossiers[2].version}", "a": "personne"})
    dossiers[2].refresh_from_db()
    assert dossiers[2].assigned_to is None


@pytest.mark.parametrize("data", [{}, {"dossier": ["x", "1:2"], "a": "moi"}, {"dossier": ["x:1"], "a": "../"}])
def test_a_bulk_action_on_nothing_says_so(operator, manager, data):
    response = manager.post(reverse("admin:queue-assign"), data, follow=True)
    assert "Cochez au moins un dossier" in response.content.decode()


def test_a_dossier_is_not_given_to_somebody_who_left(operator, manager):
    dossier = ApplicationFactory(submitted=True)
    gone = UserFactory(manager=True, is_active=False)
    employer = UserFactory()
    for person in (gone, employer):
        data = {"dossier": f"{dossier.pk}:{dossier.version}", "a": str(person.pk)}
        assert "ne fait plus partie" in manager.post(reverse("admin:queue-assign"), data, follow=True).content.decode()
    dossier.refresh_from_db()
    assert dossier.assigned_to is None


@pytest.mark.fault("A10")
def test_assigning_is_a_post(operator, manager):
    assert manager.get(reverse("admin:queue-assign")).status_code == 405


def test_figures_have_their_tables_and_are_kept_ten_minutes(operator, manager, django_assert_num_queries):
    ApplicationFactory(accepted=True)
    ApplicationFactory(submitted=True)
    text = str(charts.html())
    assert text.count("<table>") == 3
    assert '<th scope="row">1 semaine</th><td class="num">1</td>' in laid_out(text)
    assert "style=" not in text
    with django_assert_num_queries(0):
        assert str(charts.html()) == text


def test_figures_of_an_empty_house(operator):
    assert str(charts.html()).count("Rien à montrer") == 3


@pytest.mark.parametrize(
    ("days", "queue_name", "text", "tone"),
    [
        (0, Queue.CHECK, "depuis aujourd’hui", ""),
        (1, Queue.CHECK, "depuis 1 jour", ""),
        (3, Queue.CHECK, "depuis 3 jours", "wait"),
        (8, Queue.READY, "depuis 8 jours", "bad"),
        (40, Queue.COMPANY, "depuis 40 jours", ""),
    ],
)
def test_ageing_in_words_and_colours(days, queue_name, text, tone):
    noon = timezone.localtime().replace(hour=12)  # by the calendar: whatever the hour, and the clocks changed meanwhile
    assert words.age(noon - timedelta(days=days), queue_name) == (text, tone)


@pytest.mark.parametrize(
    ("days", "text", "tone"),
    [
        (2, "encore 2 jours", ""),
        (1, "encore 1 jour", "wait"),
        (0, "aujourd’hui", "wait"),
        (-3, "en retard de 3 jours", "bad"),
    ],
)
def test_due_dates_in_words_and_colours(days, text, tone):
    assert words.due(today() + timedelta(days=days)) == (text, tone)


def test_the_home_page_of_somebody_without_dossiers(login):
    client = login(is_staff=True)
    response = client.get(HOME)
    assert response.status_code == 200
    assert "Chercher" not in response.content.decode()


@pytest.mark.fault("A1")
def test_nobody_else_gets_in(client, login):
    assert client.get(HOME).status_code == 302
    assert login().get(HOME).status_code == 403


# --- Export -----------------------------------------------------------------------------------------------------------


def test_the_list_is_exported_as_shown(operator, manager):
    ApplicationFactory(submitted=True, establishment__name="Menuiserie Morel")
    ApplicationFactory(awaiting=True, establishment__name="Garage Duval")
    for kind in ("xlsx", "csv"):
        response = manager.get(reverse("admin:queue-export", args=[kind]) + "?vue=entreprise")
        sheet = read(BytesIO(b"".join(response.streaming_content)), f"liste.{kind}")
        assert [row[1] for _, row in sheet.rows] == ["Garage Duval"]
        assert response["Content-Disposition"].endswith(f'.{kind}"')


@pytest.mark.fault("E10", "F2")
@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "{{7*7}}"])
def test_a_name_never_acts_in_an_export(operator, manager, name):
    ApplicationFactory(submitted=True, establishment__name=name)
    text = b"".join(manager.get(reverse("admin:queue-export", args=["csv"])).streaming_content).decode()
    assert f";{name}" not in text or name == "{{7*7}}"
    book = b"".join(manager.get(reverse("admin:queue-export", args=["xlsx"])).streaming_content)
    cell = load_workbook(BytesIO(book)).active["B2"]
    assert (cell.value, cell.data_type) == (name, "s")


def test_an_export_reads_row_by_row_in_a_few_queries(operator, manager, django_assert_max_num_queries):
    many(300)
    with django_assert_max_num_queries(5):
        lines = b"".join(manager.get(reverse("admin:queue-export", args=["csv"])).streaming_content).splitlines()
    assert len(lines) == 301


@pytest.mark.fault("A8")
def test_who_may_not_see_dossiers_exports_none(operator, login):
    assert login(is_staff=True).get(reverse("admin:queue-export", args=["csv"])).status_code == 403
    assert login(reader=True).get(reverse("admin:queue-export", args=["csv"])).status_code == 200
    assert login(reader=True).get(reverse("admin:queue-export", args=["exe"])).status_code == 404
    assert login(reader=True).post(reverse("admin:queue-export", args=["csv"])).status_code == 405


@pytest.mark.fault("G5")
def test_the_home_page_shows_without_its_cache(manager, operator, settings):
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/1"}
    settings.CACHES = {"default": away}
    assert manager.get(HOME).status_code == 200
