"""The deployed application as the harness starts it: it shares the test database and logs no address."""

import json
import urllib.error
import urllib.request

import pytest

from accounts.models import User
from notifications.tasks import sweep
from tests.harness.processes import wait_until
from tests.harness.site import database_url

pytestmark = pytest.mark.process


def test_site_serves_the_test_database(live_site):
    with urllib.request.urlopen(f"{live_site.url}/sante/pret/") as response:
        assert json.load(response)["ready"] is True


def test_logs_are_json_and_hold_no_address(live_gunicorn):
    site = live_gunicorn()
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{site.url}/quelque-chose-de-secret/")
    site.stop()
    lines = [json.loads(line) for line in site.log.splitlines()]
    assert any(line["logger"] == "gunicorn.error" for line in lines)
    assert "quelque-chose-de-secret" not in site.log


def test_site_stops_at_once_when_asked(live_gunicorn):
    site = live_gunicorn()
    assert site.process.stop() == 0


def test_worker_takes_what_the_test_sends(worker):
    process = worker()
    sweep.delay()
    wait_until(lambda: "notifications.tasks.sweep" in process.output.split(" ready.")[1], what=process.output)
    assert process.alive


def test_beat_wakes_the_worker(worker, beat):
    process = worker()
    beat(OUTBOX_SWEEP_SECONDS="0.2")
    wait_until(lambda: "notifications.tasks.sweep" in process.output.split(" ready.")[1], what=process.output)


def test_another_process_sees_what_the_test_commits(live_site, transactional_db):
    """The URL given to processes is the test's database, not the developer's."""
    User.objects.create(email="quelqu-un@example.org")
    assert "test" in database_url()
