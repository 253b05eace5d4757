"""A row for each point, from one target."""

import json

import pytest

from saklar.bench.contenders import contender
from saklar.bench.rounds import Load
from saklar.bench.sweep import Point, Sweep, sweep


@pytest.mark.timeout(120)
def test_each_point_is_a_row():
    points = [Point("1", Load(1, 2)), Point("3", Load(3, 2))]
    result, told = Sweep("connections", "raw", 0.2, points), []
    sweep(contender("raw"), result, lambda _: None, told.append)
    assert [row.load for row in told] == ["1", "3"]
    assert all(row.median("tps") > 0 for row in result.rows)
    document = json.loads(json.dumps(result.as_document()))
    assert [point["connections"] for point in document["points"]] == [1, 3]
    assert document["complete"]


def test_a_sweep_that_was_ended_is_neither_complete_nor_ok():
    result = Sweep("rate", "raw", 0.2, [Point("1", Load(1, rate=1.0))])
    assert not result.as_document()["complete"]
    assert not result.ok
