"""1,000 mails, each with a PDF of its own, through the real outbox: at least 0.8 of what rendering alone allows.

Two worker processes send over a local SMTP server; two processes render the very same documents and do nothing else.
Blocks of 125 take turns, so that both meet the same machine.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from contextlib import ExitStack
from itertools import count
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from benchmarks import rendering_process
from benchmarks.data import draft
from benchmarks.harness import Compared, Result, cpu_seconds, folder, interleave
from tests.harness.processes import Process, answers, free_port, wait_until
from tests.harness.site import start_worker

LIMIT = 0.8
MAILS = 1_000
ROUNDS = 4  # of two blocks each
BLOCK = MAILS // (2 * ROUNDS)
PROCESSES = 2
TIMEOUT = 600  # seconds, for a block
_numbers = count(1)


def measure() -> Result:
    """Throughput of the outbox over that of rendering; time is told by the rows themselves."""
    dossier = _dossier()
    cpu = {"sink": 0.0, "worker": 0.0}
    with ExitStack() as stack:
        port = free_port()
        sink = Process([sys.executable, "-m", "benchmarks.smtp_sink", str(port)], log=folder() / "sink.log")
        stack.callback(sink.stop)
        sink.wait_for(lambda: answers(port))
        worker = start_worker(folder(), pool="prefork", EMAIL_URL=f"smtp://127.0.0.1:{port}", LOG_LEVEL="INFO")
        stack.callback(worker.stop)
        context = multiprocessing.get_context("spawn")
        pool = stack.enter_context(context.Pool(PROCESSES, initializer=rendering_process.prepare))

        def ours() -> float:
            before = cpu_seconds(sink.pid), cpu_seconds(worker.pid)
            seconds = _send(dossier, BLOCK)
            cpu["sink"] += cpu_seconds(sink.pid) - before[0]
            cpu["worker"] += cpu_seconds(worker.pid) - before[1]
            return seconds

        _send(dossier, 10), _render(pool, dossier, 10)  # warm
        compared = interleave(ours, lambda: _render(pool, dossier, BLOCK), ROUNDS)
    return Result("outbox_throughput", 1 / compared.ratio, LIMIT, _detail(compared, cpu), more_is_better=True)


def _detail(compared: Compared, cpu: dict[str, float]) -> dict[str, Any]:
    return {
        "mails": MAILS,
        "processes": PROCESSES,
        "mails_per_s": round(BLOCK / compared.ours, 1),
        "pdfs_per_s": round(BLOCK / compared.peer, 1),
        "noise": f"{1 / compared.high:.2f} to {1 / compared.low:.2f}",
        "worker_cpu_ms_a_mail": round(cpu["worker"] / MAILS * 1000, 1),
        "sink_cpu_ms_a_mail": round(cpu["sink"] / MAILS * 1000, 2),
        "engine": connection.vendor,
    }


def _dossier() -> Any:
    from core.journal import Actor
    from membership import workflow

    return workflow.submit(draft(employees=3), by=Actor.person("Claire Morel"))


def _documents(dossier: Any, number: int) -> list[Any]:
    """As many bordereaux as mails, each with a number of its own."""
    from membership import pdfs

    documents = []
    for _ in range(number):
        dossier.reference = f"PA-{next(_numbers):06d}"  # here only: it is not saved
        documents.append(pdfs.bordereau(dossier))
    return documents


def _send(dossier: Any, number: int) -> float:
    """Seconds from the commit that enqueues `number` mails to the last one marked as sent."""
    from membership import mails
    from notifications.models import Message
    from notifications.outbox import enqueue

    batch = f"bench-{time.monotonic_ns()}"
    with transaction.atomic():
        for rank, document in enumerate(_documents(dossier, number)):
            mail = mails.submitted(dossier, document, "https://guichet.example/adhesion/")
            enqueue(mail, about=dossier, dedupe_key=f"{batch}-{rank}")
    start = timezone.now()
    mine = Message.objects.filter(dedupe_key__startswith=batch)
    sent = mine.filter(state=Message.State.SENT)
    wait_until(lambda: sent.count() == number, TIMEOUT, "the mails are sent")
    return (sent.aggregate(last=Max("sent_at"))["last"] - start).total_seconds()


def _render(pool: Any, dossier: Any, number: int) -> float:
    """Seconds that two processes take to render `number` bordereaux and drop them."""
    from documents.issuing import context_of

    with transaction.atomic():
        contexts = [(document.template, context_of(document)) for document in _documents(dossier, number)]
        transaction.set_rollback(True)
    start = time.monotonic()
    for _ in pool.imap_unordered(rendering_process.render, contexts):
        pass
    return time.monotonic() - start
