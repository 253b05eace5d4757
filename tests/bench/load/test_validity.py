"""A run is invalid where those who measured were the bottleneck."""

import os
import subprocess
import sys
import time

import pytest

from saklar.bench import proc
from saklar.bench.load import Result
from saklar.bench.load.validity import Usage, judge


def judged(**facts):
    result = Result(**facts)
    judge(result)
    return result


def test_a_run_in_which_nobody_was_busy_is_valid():
    assert judged(cpu_share=0.9, shares={"the issuer": 0.04}, together=0.94).invalid is None


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"cpu_share": 0.96}, "the generator used 96% of a core"),
        ({"shares": {"the issuer": 0.97}}, "the issuer used 97% of a core"),
        ({"shares": {"the HSM": 0.99}}, "the HSM used 99% of a core"),
        ({"cpu_share": 0.5, "shares": {"the issuer": 0.46}, "together": 0.96}, "used 96% of the core that they share"),
    ],
)
def test_a_run_in_which_who_serves_the_load_was_busy_is_invalid(facts, said):
    assert said in judged(**facts).invalid


def test_a_run_whose_generator_was_late_is_invalid():
    result = Result(loop="open")
    result.lateness.add([30_000] * 100)
    judge(result)
    assert result.invalid == "the generator itself was 30 ms late (p99)"


def test_others_on_the_cores_are_noted_and_do_not_make_a_run_invalid():
    result = judged(others={0: 0.4, 1: 0.01})
    assert result.notes == ["others used 40% of core 0"]
    assert result.invalid is None


@pytest.fixture
def busy():
    code = (
        "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nprint('done', flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", code + "\ninput()"], stdin=-1, stdout=-1) as process:
        yield process
        process.stdin.close()


def test_cpu_of_servers_is_read_from_the_system(busy):
    usage, result = Usage({"the issuer": busy.pid}, None), Result()
    usage.begin()
    began = time.perf_counter()
    busy.stdout.readline()
    usage.end(result)
    took = time.perf_counter() - began
    assert result.shares["the issuer"] * took == pytest.approx(0.3, abs=0.1)
    assert result.load_average is not None


def test_the_core_that_is_shared_counts_all_who_are_on_it(busy):
    core = min(os.sched_getaffinity(0))
    usage, result = Usage({"the issuer": busy.pid}, core), Result()
    usage.begin()
    busy.stdout.readline()
    usage.end(result)
    assert result.together >= result.shares["the issuer"] > 0
    assert set(result.others) == {core}


def test_the_memory_of_a_process_is_read_from_the_system():
    assert proc.rss_bytes(os.getpid()) > 5_000_000


def test_a_process_that_is_gone_is_an_oserror():
    with pytest.raises(OSError):
        proc.cpu_s(2**22 + 1)
