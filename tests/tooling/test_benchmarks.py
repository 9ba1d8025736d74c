"""The benchmark runner: what it writes, and what makes it fail."""

import json

import pytest

from benchmarks import run
from benchmarks.harness import Result, cpu_of, interleave


def test_less_is_better_unless_said_otherwise():
    assert Result("a", 1.2, 1.3).as_line()["ok"]
    assert not Result("a", 1.4, 1.3).as_line()["ok"]
    assert Result("a", 0.9, 0.8, more_is_better=True).as_line()["ok"]
    assert not Result("a", 0.7, 0.8, more_is_better=True).as_line()["ok"]
    assert not Result("a", 1.0, 1.3, ok=False).as_line()["ok"]


def test_what_is_compared_runs_in_turns_and_the_median_counts():
    order = []
    costs = iter([2.0, 2.0, 2.0, 2.0, 20.0, 20.0])  # the last round was disturbed

    def ours() -> float:
        order.append("B")
        return next(costs)

    def peer() -> float:
        order.append("A")
        return 1.0

    compared = interleave(ours, peer, rounds=3)
    assert "".join(order) == "ABBA" * 3
    assert (compared.ratio, compared.low) == (2.0, 2.0)
    assert compared.high == 20.0


def test_cpu_is_counted():
    assert cpu_of(lambda: sum(range(1_000_000))) > 0


@pytest.mark.parametrize("ok", [True, False])
def test_each_line_is_written_and_one_bad_line_fails(monkeypatch, tmp_path, ok):
    def measured(name: str) -> dict:
        return Result(name, 1.0, 2.0, {"path": "/"}, ok=ok or name != "sweep_growth").as_line()

    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "run", measured)
    assert run.main([]) == (0 if ok else 1)
    lines = [json.loads(line) for line in (tmp_path / "var/bench.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["name"] for line in lines] == run.NAMES
    assert all(set(line) == {"name", "ratio", "limit", "ok", "detail"} for line in lines)
    assert all(line["ok"] for line in lines) is ok


@pytest.mark.once
def test_a_benchmark_that_breaks_is_a_line_too():
    line = run.run("there_is_none_of_this_name")
    assert line["ok"] is False
    assert line["ratio"] is None
    assert line["detail"]["error"]


def test_an_unknown_name_is_told(capsys):
    assert run.main(["page_wizrd"]) == 2
    assert "page_wizard" in capsys.readouterr().err
