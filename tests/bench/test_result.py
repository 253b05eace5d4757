import json

import pytest

from saklar.bench import Result


def test_percentiles_are_of_what_was_recorded():
    result = Result(seconds=2.0)
    for milliseconds in range(1, 101):
        result.answered("00", milliseconds / 1000)
    assert result.percentile_ms(50) == pytest.approx(50, rel=0.01)
    assert result.percentile_ms(99) == pytest.approx(99, rel=0.01)
    assert result.percentile_ms(100) == pytest.approx(100, rel=0.01)
    assert result.tps == 50


def test_a_run_without_answers_is_not_good():
    assert not Result(seconds=1.0).ok


def test_a_fault_spoils_a_run():
    result = Result(seconds=1.0)
    result.answered("00", 0.001)
    assert result.ok
    result.faults["no answer"] += 1
    assert not result.ok


def test_the_document_is_json_and_says_that_the_loop_is_closed():
    result = Result(seconds=1.0)
    result.answered("51", 0.001)
    document = json.loads(json.dumps(result.as_document()))
    assert document["loop"] == "closed"
    assert document["response_codes"] == {"51": 1}
    assert set(document["latency_ms"]) >= {"p50", "p95", "p99", "p100"}
