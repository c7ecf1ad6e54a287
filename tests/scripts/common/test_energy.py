"""Counters of energy: each joule once, a counter that wraps, and why there is none."""

import ctypes

import pytest

from scripts.common import energy
from scripts.common.energy import Nvml, Rapl

TOP = 1_000_000_000
ZONES = {
    "intel-rapl:0": "package-0",
    "intel-rapl:0:0": "core",
    "intel-rapl:0:1": "dram",
    "intel-rapl:1": "package-1",
    "intel-rapl:2": "psys",
}


@pytest.fixture
def powercap(tmp_path):
    """A folder as the kernel's, all of whose counters stand at 0.2 joules below their top."""
    for zone, name in ZONES.items():
        (tmp_path / zone).mkdir()
        (tmp_path / zone / "name").write_text(f"{name}\n")
        (tmp_path / zone / "max_energy_range_uj").write_text(f"{TOP}\n")
    count(tmp_path, TOP - 200_000)
    return tmp_path


def count(folder, microjoules):
    for zone in ZONES:
        (folder / zone / "energy_uj").write_text(f"{microjoules}\n")


def test_packages_and_their_memory_count_once_through_a_wrap(powercap):
    rapl = Rapl(powercap)
    assert rapl.read() == 0
    count(powercap, 299_999)
    assert rapl.read() == pytest.approx(3 * 0.5)
    assert rapl.read() == 0


def test_why_there_is_no_energy_of_processors(powercap, tmp_path, monkeypatch):
    assert Rapl(tmp_path / "none").read() is None
    assert "no RAPL" in Rapl(tmp_path / "none").problem
    (powercap / "intel-rapl:0/energy_uj").write_text("?")
    assert Rapl(powercap).problem.endswith("ValueError")

    def refuse(*_, **__):
        raise PermissionError

    monkeypatch.setattr(energy.Path, "read_text", refuse)
    assert "root" in Rapl(powercap).problem


class Library:
    """Four GPUs of NVML, each with ten joules more at each look."""

    looks = 0

    def nvmlInit_v2(self):
        return 0

    def nvmlDeviceGetCount_v2(self, number):
        number._obj.value = 4
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, number, place):
        place._obj.value = number.value + 1
        return 0 if number.value < 4 else 2

    def nvmlDeviceGetHandleByUUID(self, name, place):
        place._obj.value = 3
        return 0 if name == b"GPU-c" else 2

    def nvmlDeviceGetTotalEnergyConsumption(self, device, millijoules):
        self.looks += 1
        millijoules._obj.value = 1000 * device.value + 10_000 * self.looks
        return 0


@pytest.mark.parametrize(
    ("count", "visible", "devices"),
    [(1, "2", [3]), (2, "0,3", [1, 4]), (1, "GPU-c", [3]), (4, None, [1, 2, 3, 4])],
)
def test_gpus_are_the_jobs_own(monkeypatch, count, visible, devices):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library())
    nvml = Nvml(count, {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible})
    assert [device.value for device in nvml.devices] == devices
    assert nvml.read() == 10 * len(devices) ** 2  # so often were they looked at


@pytest.mark.parametrize(
    ("visible", "problem"),
    [
        (None, "which of the node's 4 GPUs it has is not known: CUDA_VISIBLE_DEVICES is not set"),
        ("MIG-1", "NVIDIA's driver: nvmlDeviceGetHandleByUUID: 2"),
    ],
)
def test_gpus_that_are_not_known_have_no_energy(monkeypatch, visible, problem):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library())
    nvml = Nvml(1, {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible})
    assert nvml.read() is None and nvml.problem == problem


def test_without_nvidias_driver_there_is_no_energy_of_gpus(monkeypatch):
    monkeypatch.setattr(energy, "NVML", "libnone.so.1")
    nvml = Nvml(1, {})
    assert nvml.read() is None and "libnone.so.1" in nvml.problem
