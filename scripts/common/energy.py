"""The energy that a node's counters tell: RAPL of the processors, NVML of NVIDIA's GPUs.

A counter is of the whole processor or GPU. Of the processors' energy a job has the share that its
processor time has in the node's; GPUs are a job's own. Where there is no counter, the reason is
told in its place: energy that is missing is not zero.
"""

import ctypes
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
NVML = "libnvidia-ml.so.1"
WATT_SECONDS = 1e-6  # joules of RAPL's microjoule
Energy = dict[str, float | str]  # joules of "processors" and "GPUs", or why they are missing


class Rapl:
    """The energy counters of this node's processors and their memory, which wrap around."""

    def __init__(self, folder: Path = POWERCAP) -> None:
        self.problem, self.counters, self.last = "", {}, {}
        zones = sorted(folder.glob("intel-rapl:*")) if folder.is_dir() else []
        try:
            kinds = {zone: (zone / "name").read_text().strip() for zone in zones}
            # Cores are part of a package, a package of `psys`: each joule counts once.
            wanted = [zone for zone, kind in kinds.items() if kind.startswith(("package", "dram"))]
            self.counters = {
                zone / "energy_uj": int((zone / "max_energy_range_uj").read_text())
                for zone in wanted
            }
            self.last = {counter: int(counter.read_text()) for counter in self.counters}
        except PermissionError:
            self.problem = "the counters in /sys/class/powercap are for root alone"
        except (OSError, ValueError) as error:
            self.problem = f"the counters in /sys/class/powercap: {type(error).__name__}"
        if not self.problem and not self.counters:
            self.problem = "the node has no RAPL counters in /sys/class/powercap"

    def read(self) -> float | None:
        """Return the joules since the last reading; None where there are no counters."""
        if self.problem:
            return None
        joules = 0.0
        for counter, top in self.counters.items():
            try:
                now = int(counter.read_text())
            except (OSError, ValueError) as error:
                self.problem = f"the counters in /sys/class/powercap: {type(error).__name__}"
                return None
            joules += WATT_SECONDS * ((now - self.last[counter]) % (top + 1))
            self.last[counter] = now
        return joules


class Nvml:
    """The energy counters of the GPUs that a job has.

    Args:
        count: how many GPUs of this node it has asked for.
        environment: with CUDA_VISIBLE_DEVICES, by which it is known which ones these are.
    """

    def __init__(self, count: int, environment: Mapping[str, str] = os.environ) -> None:
        self.problem = ""
        self.devices: Sequence[ctypes.c_void_p] = []
        try:
            self.library = ctypes.CDLL(NVML)
            self.call("nvmlInit_v2")
            self.devices = self.find(count, environment.get("CUDA_VISIBLE_DEVICES"))
            self.first = self.total()
        except OSError:
            self.problem = f"the node has no {NVML} of NVIDIA's driver"
        except LookupError as error:
            self.problem = str(error)

    def find(self, count: int, visible: str | None) -> Sequence[ctypes.c_void_p]:
        """Return the job's devices; `LookupError` says why they are not known."""
        if visible is None:
            number = ctypes.c_uint()
            self.call("nvmlDeviceGetCount_v2", ctypes.byref(number))
            if number.value != count:
                raise LookupError(
                    f"which of the node's {number.value} GPUs it has is not known: "
                    "CUDA_VISIBLE_DEVICES is not set"
                )
            visible = ",".join(map(str, range(count)))
        names = [name.strip() for name in visible.split(",") if name.strip()]
        return [self.open(name) for name in names]

    def open(self, name: str) -> ctypes.c_void_p:
        """Return a device by its number or its UUID."""
        device = ctypes.c_void_p()
        if name.isdigit():
            self.call(
                "nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(int(name)), ctypes.byref(device)
            )
        else:
            self.call("nvmlDeviceGetHandleByUUID", name.encode(), ctypes.byref(device))
        return device

    def total(self) -> float:
        """Return the joules of all devices since the driver was loaded."""
        joules = 0.0
        for device in self.devices:
            millijoules = ctypes.c_ulonglong()
            self.call("nvmlDeviceGetTotalEnergyConsumption", device, ctypes.byref(millijoules))
            joules += millijoules.value / 1000
        return joules

    def read(self) -> float | None:
        """Return the joules since this object was made; None where there are no counters."""
        if self.problem:
            return None
        try:
            return self.total() - self.first
        except LookupError as error:
            self.problem = str(error)
            return None

    def call(self, name: str, *values: object) -> None:
        """Call a function of the library; `LookupError` where it refuses."""
        function = getattr(self.library, name, None)
        status = function(*values) if function else "missing"
        if status != 0:
            raise LookupError(f"NVIDIA's driver: {name}: {status}")
