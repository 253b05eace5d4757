"""What a transaction costs the journal, by how many share a commit, strict and relaxed.

Each transaction is two records: its intent, durable before the request may leave, and its outcome, durable before the
answer may. A commit has the intents of so many transactions and the outcomes of as many before them, as in a switch
under steady load. The records are an engine's own; making them is in no figure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

from saklar.bench.load.tally import Latencies
from saklar.bench.micro.course import Course
from saklar.bench.report.machine import machine
from saklar.codecs import load_dialect
from saklar.hsm_sim import load_lmk
from saklar.switch.engine import Record
from saklar.switch.journal import SqliteJournal
from saklar.switch.journal.sqlite import Durability

DURABILITIES: tuple[Durability, ...] = get_args(Durability)
WARMUP_COMMITS = 10
DIALECT = "iso87-ascii"


@dataclass
class Figure:
    """Commits of so many transactions each.

    Attributes:
        durability: of the journal.
        size: transactions a commit.
        wall_s, cpu_s: of staging and committing, of each commit.
        growth: bytes by which the file grew for them.
    """

    durability: Durability
    size: int
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    growth: int = 0

    @property
    def transactions(self) -> int:
        """In all commits."""
        return len(self.wall_s) * self.size

    def as_document(self) -> dict[str, Any]:
        """As JSON has it."""
        latencies = Latencies()
        latencies.add([round(seconds * 1e6) for seconds in self.wall_s])
        p50_ms, p99_ms, max_ms = latencies.percentile_ms(50.0, 99.0, 100.0)
        return {
            "durability": self.durability,
            "transactions_a_commit": self.size,
            "commits": len(self.wall_s),
            "commits_a_second": len(self.wall_s) / sum(self.wall_s),
            "transactions_a_second": self.transactions / sum(self.wall_s),
            "wall_us": sum(self.wall_s) * 1e6 / self.transactions,
            "cpu_us": sum(self.cpu_s) * 1e6 / self.transactions,
            "p50_ms": p50_ms,
            "p99_ms": p99_ms,
            "max_ms": max_ms,
            "bytes": self.growth / self.transactions,
        }


def measure(
    sizes: Sequence[int], seconds: float, folder: Path | None, progress: Callable[[str], None]
) -> dict[str, Any]:
    """Measure the journal; the figures as JSON has them.

    Args:
        sizes: transactions a commit.
        seconds: of commits, for each figure.
        folder: where the journals are made, and removed; the system's folder for such, if None.
        progress: told what is being done.

    Raises:
        OSError: the folder cannot be used.
        JournalError: a commit failed.
    """
    figures = []
    with TemporaryDirectory(prefix="saklar-bench-", dir=folder) as name:
        for durability in DURABILITIES:
            for size in sizes:
                progress(f"{durability}, {size} a commit")
                path = Path(name) / f"{durability}-{size}.db"
                figures.append(_measure(path, durability, size, seconds).as_document())
    return {
        "mode": "journal",
        "machine": machine(),
        "configuration": {"folder": str(folder or Path(name).parent), "seconds": seconds, "dialect": DIALECT},
        "figures": figures,
    }


def _measure(path: Path, durability: Durability, size: int, seconds: float) -> Figure:
    dialect = load_dialect(DIALECT)
    course, figure = Course(dialect, dialect), Figure(durability, size)
    journal = SqliteJournal(path, path.with_suffix(".key"), load_lmk("test"), durability=durability)
    try:
        before: list[Record] = []
        told = 0
        for number in range(WARMUP_COMMITS):
            passed = course.pass_through(size)
            told = journal.write([*before, *passed.intents], told)
            before = passed.outcomes
            figure.growth = -_file_bytes(journal) if number == WARMUP_COMMITS - 1 else 0
        spent = 0.0
        while spent < seconds:
            passed = course.pass_through(size)
            records, before = [*before, *passed.intents], passed.outcomes
            wall, cpu = time.perf_counter(), time.process_time()
            journal.stage(records, told)
            told = journal.commit()
            figure.cpu_s.append(time.process_time() - cpu)
            figure.wall_s.append(time.perf_counter() - wall)
            spent += figure.wall_s[-1]
        figure.growth += _file_bytes(journal)
    finally:
        journal.close()
    return figure


def _file_bytes(journal: SqliteJournal) -> int:
    """Of the file, once all of the write-ahead log is in it."""
    journal.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    pages, size = (journal.database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages) * int(size)


def fill(path: Path, transactions: int) -> None:
    """Make a journal, with its keys beside it, that has so many approved transactions of today.

    Raises:
        JournalError: it cannot be written.
    """
    dialect = load_dialect(DIALECT)
    course = Course(dialect, dialect)
    journal = SqliteJournal(path, path.with_name(path.name + ".key"), load_lmk("test"), durability="relaxed")
    try:
        told = 0
        for done in range(0, transactions, FILL_AT_A_TIME):
            passed = course.pass_through(min(FILL_AT_A_TIME, transactions - done))
            told = journal.write([*passed.intents, *passed.outcomes], told)
        journal.write((), told)
    finally:
        journal.close()


FILL_AT_A_TIME = 500
