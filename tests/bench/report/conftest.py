"""Documents of every mode, as the benchmark writes them."""

import math

import pytest


def curve(scale):
    return [[100 * (1 - 10 ** (-step / 10)), scale * (1 + step**2 / 40)] for step in range(41)] + [
        [100.0, scale * 60.5]
    ]


def intervals(count, tps, scale, *, step_s=1.0, known=True):
    return [
        {
            "at_s": number * step_s,
            "answers": round(tps * step_s),
            "tps": tps + 40.25 * math.sin(number),
            "p50_ms": scale,
            "p99_ms": scale * (6 + math.sin(number / 3)),
            "max_ms": scale * (19 + 7 * math.cos(number)),
            "rss_bytes": 91_000_000 + 20_000 * number if known else None,
            "cpu_share": 0.5123 + 0.01 * math.sin(number) if known else None,
        }
        for number in range(1, count + 1)
    ]


def result(tps=2000.5, scale=0.75, *, count=20, step_s=1.0, invalid=None, faults=None, known=True):
    return {
        "loop": "open",
        "seconds": count * step_s,
        "answers": round(tps * count * step_s),
        "tps": tps,
        "latency_ms": {"p50": scale, "p90": 2.1 * scale, "p95": 3.3 * scale, "p99": 6.2 * scale, "p99.9": 23.5 * scale, "p100": 60.5 * scale},
        "mean_ms": scale * 1.2345,
        "percentiles": curve(scale),
        "hdr": "HISTFAAAAC",
        "messages": {"0200": {"answers": 40_010, "response_codes": {"00": 40_010}, "latency_ms": {"p50": scale, "p99": 6.2 * scale}}},
        "response_codes": {"00": 40_010},
        "faults": faults or {},
        "own_lateness_ms_p99": 0.213,
        "own_cpu_share": 0.231,
        "cpu_shares": {"the issuer": 0.113},
        "target_cpu_share": 0.512,
        "others_cpu_share": {"0": 0.01, "1": 0.02},
        "load_average": 0.71,
        "answered_calls": 3,
        "intervals": intervals(count, tps, scale, step_s=step_s, known=known),
        "invalid": invalid,
        "notes": [],
        "ok": invalid is None and not faults,
    }  # fmt: skip


def heading(mode, configuration):
    packages = {"saklar": "0.1.0", "trio": "0.30.0"}
    machine = {
        "processor": "A Processor 9000",
        "cores": 2,
        "system": "Linux 6.1",
        "python": "3.13.1",
        "packages": packages,
    }
    return {
        "mode": mode,
        "machine": machine,
        "versions": {"python": "3.13.1", **packages},
        "configuration": configuration,
    }


def row(target, load, tps, scale, **facts):
    runs = [
        result(tps * (1 + number / 50), scale * (1 + number / 20), count=6, known=False, **facts)
        for number in (-1, 0, 1)
    ]
    return {
        "load": load, "target": target, "tps": tps, "p50_ms": scale, "p99_ms": 6.2 * scale, "cpu_us": 31.25,
        "rss_mb": 92.5, "rounds": [run["tps"] for run in runs], "faults": {}, "invalid": [], "shares": {"the generator": 0.41},
        "runs": runs,
    }  # fmt: skip


def tps():
    return {**heading("tps", {"targets": ["127.0.0.1:8583"], "rate": 2000.0, "connections": 4}), **result()}


def old_tps():
    """As it was before parts of a run had times."""
    document = {"kind": "run", **result()}
    document["curve"] = document.pop("percentiles")
    parts = document.pop("intervals")
    document["timeline"] = [{key: part[key] for key in ("answers", "p50_ms", "p99_ms", "max_ms")} for part in parts]
    return document


def switch():
    ratio = {"ratio": 0.512, "low": 0.48, "high": 0.55, "pairs": 3}
    targets = [("strict", 9_500.5, 2.1), ("raw", 31_000.25, 0.6), ("naive", 3_100.75, 6.5)]
    figures = [
        {**row(name, load, tps * share, scale), "of_raw": None if name == "raw" else ratio}
        for load, share in (("4x50", 1), ("50x1", 0.6))
        for name, tps, scale in targets
    ]
    half = [row(name, "4,750 a second", 4_750.5, scale) for name, _, scale in targets[:2]]
    return {**heading("switch", {"rounds": 3}), "figures": figures, "at_half": half, "faults": [], "invalid": []}


def saturate():
    rates = [
        (500.0, 0.4, "holds"),
        (4_000.0, 0.9, "holds"),
        (16_000.0, 40.0, "fails"),
        (8_000.0, 1.4, "holds"),
        (11_000.0, 9.0, "fails"),
        (9_500.0, 2.5, "holds"),
    ]
    steps = [
        {
            "rate": rate,
            "confirms": number == 5,
            "verdict": verdict,
            "why": "",
            "cpu_us": 51.5,
            "rss_mb": 90.25,
            **result(rate, scale),
        }
        for number, (rate, scale, verdict) in enumerate(rates)
    ]
    said = {
        "rate": 9_500.0,
        "limited_by_load": False,
        "complete": True,
        "sentence": "strict takes 9,500 a second with p99 under 20 ms, for 20 s.",
    }
    return {**heading("saturate", {"target": "strict", "p99_ms": 20.0}), **said, "confirmed": steps[-1], "steps": steps}  # fmt: skip


def sweep():
    points = [
        {
            "name": f"{rate:,}",
            "connections": 4,
            "in_flight": 1,
            "rate": float(rate),
            **row("strict", str(rate), float(rate), scale),
        }
        for rate, scale in ((1_000, 0.5), (2_000, 0.6), (4_000, 0.9), (8_000, 2.2))
    ]
    return {**heading("sweep", {"axis": "rate", "target": "strict"}), "complete": True, "points": points}  # fmt: skip


def soak():
    drift = {"first": 91.1, "last": 91.9, "percent": 0.88, "points": 600}
    parts = {"drifts": {"rss_bytes": drift, "p99_ms": None}, "memory_is_flat": True, "verdict": "memory is flat to 2 %"}
    return {
        **heading("soak", {"target": "strict", "rate": 4_000.0}),
        **result(4_000.5, 0.8, count=200, step_s=10.0),
        **parts,
    }


def compare():
    ratios = {"tps": {"ratio": 1.13, "low": 1.05, "high": 1.21, "pairs": 5}}
    figures = [row("A", "4x50", 9_000.5, 2.0), row("B", "4x50", 8_000.5, 2.2)]
    late = [row("A", "4,000 a second", 4_000.5, 0.8), row("B", "4,000 a second", 4_000.5, 0.9)]
    said = {"ratios": ratios, "sentence": "A answers 1.13 times as many as B.", "faults": [], "invalid": []}
    return {
        **heading("compare", {"a": {"target": "A"}, "b": {"target": "B"}}),
        **said,
        "figures": figures,
        "at_rate": late,
    }


MAKERS = {make.__name__: make for make in (tps, old_tps, switch, saturate, sweep, soak, compare)}


@pytest.fixture(scope="session")
def made():
    """Makes a document by the name of its mode."""
    return lambda name: MAKERS[name]()


@pytest.fixture(params=sorted(MAKERS))
def document(request):
    """One of each mode."""
    return MAKERS[request.param]()


@pytest.fixture(scope="session")
def make_result():
    """Makes the document of a run."""
    return result
