"""Which core the disk interrupts."""

import os

import pytest

from saklar.bench.proc import interrupted_core

DISK = "sys/devices/pci0/0000:00:02.0"


@pytest.fixture
def machine(tmp_path):
    """A system with the disk that is under its own files, which has the interrupts 35 and 36."""
    device = tmp_path.stat().st_dev
    (tmp_path / DISK / "virtio1/block/vda").mkdir(parents=True)
    (tmp_path / DISK / "msi_irqs").mkdir()
    for number in ("35", "36"):
        (tmp_path / DISK / "msi_irqs" / number).touch()
    blocks = tmp_path / "sys/dev/block"
    blocks.mkdir(parents=True)
    (blocks / f"{os.major(device)}:{os.minor(device)}").symlink_to(tmp_path / DISK / "virtio1/block/vda")
    (tmp_path / "proc").mkdir()
    return tmp_path


def interrupts(machine, *lines):
    (machine / "proc/interrupts").write_text("\n".join(["       CPU0   CPU2", *lines, "NMI:  0  0  Non-maskable"]))


def test_it_is_the_one_that_gets_the_disk_s(machine):
    interrupts(machine, " 34:  9000  0  virtio0-input", " 35:  1  0  virtio1-config", " 36:  3  4000  virtio1-req.0")
    assert interrupted_core(machine, machine) == 2


def test_it_is_none_where_each_core_gets_its_own(machine):
    interrupts(machine, " 35:  2000  0  nvme0q1", " 36:  0  3000  nvme0q2")
    assert interrupted_core(machine, machine) is None


def test_it_is_none_where_there_was_no_interrupt(machine):
    interrupts(machine, " 35:  0  0  virtio1-req.0")
    assert interrupted_core(machine, machine) is None


def test_it_is_none_where_the_disk_says_nothing_of_interrupts(machine):
    for each in (machine / DISK / "msi_irqs").iterdir():
        each.unlink()
    (machine / DISK / "msi_irqs").rmdir()
    interrupts(machine, " 35:  9  0  virtio1-req.0")
    assert interrupted_core(machine, machine) is None


def test_it_is_none_for_a_file_system_without_a_disk(machine):
    for each in (machine / "sys/dev/block").iterdir():
        each.unlink()
    interrupts(machine, " 35:  9  0  virtio1-req.0")
    assert interrupted_core(machine, machine) is None
