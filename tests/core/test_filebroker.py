"""The broker in a folder, looked into at every moment by others (core/filebroker.py)."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from config.celery import app
from core import filebroker


@pytest.fixture
def connection(tmp_path: Path):
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
    }

    def make() -> Connection:
        return Connection("filesystem://", transport_options=options)

    return make


class Slow:
    """A message that somebody looks for while it is being written."""

    def __init__(self, look: Any) -> None:
        self.look = look

    def __json__(self) -> str:
        self.look()
        return "whole"


@pytest.mark.fault("G5")
def test_a_message_is_seen_once_it_is_whole(connection):
    sender, reader = connection().channel(), connection().channel()

    def look() -> None:
        with pytest.raises(Empty):
            reader._get("jobs")

    sender._put("jobs", {"body": Slow(look)})
    assert reader._get("jobs") == {"body": "whole"}


@pytest.mark.fault("G5")
def test_each_message_is_read_once_whoever_looks(connection):
    total, found, failed = 400, [], []
    sent = threading.Event()

    def read() -> None:
        channel = connection().channel()
        while True:
            over = sent.is_set()
            try:
                found.append(channel._get("jobs")["number"])
            except Empty:
                if over:
                    return
            except Exception as error:
                failed.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    channel = connection().channel()
    for number in range(total):
        channel._put("jobs", {"number": number})
    sent.set()
    for reader in readers:
        reader.join()
    assert not failed
    assert sorted(found) == list(range(total))


def test_processes_that_start_together_all_find_their_queue(connection):
    failed = []

    def bind(number: int) -> None:
        channel = connection().channel()
        try:
            for _ in range(20):
                channel._queue_bind("jobs", "jobs", "", f"jobs-{number}")
                channel.get_table("jobs")
        except Exception as error:
            failed.append(error)

    starting = [threading.Thread(target=bind, args=[number]) for number in range(4)]
    for one in starting:
        one.start()
    for one in starting:
        one.join()
    assert not failed
    assert {row.queue for row in connection().channel().get_table("jobs")} == {f"jobs-{n}" for n in range(4)}


def test_it_is_the_one_that_every_folder_gets():
    assert app.main == "guichet"
    assert Connection("filesystem://").get_transport_cls() is filebroker.Transport
