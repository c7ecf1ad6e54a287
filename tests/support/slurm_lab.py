"""A real Slurm of one's own on loopback: munged, slurmctld, and slurmds that play nodes.

Debian's packages have all of it: slurm-wlm, slurm-wlm-basic-plugins, munge. Everything lies in a
temporary folder, and there is no network but loopback where the kernel lets this process leave it.
What a job starts forgets ``SLURM_CONF``, so the configuration must be where Slurm looks by itself:
this process, and all it starts, get an `/etc/slurm` of their own where the kernel
permits (a mount namespace, which ends with them), and symbolic links that are removed again where
it does not. There is no slurmdbd, as on many small clusters.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from scripts.common.orphans import die_with_parent
from tests.support.mounts import BIND, enter_mounts, mount
from tests.support.networks import leave_network
from tests.support.training_runs import free_port

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "sinfo", "scontrol")
STANDARD = Path("/etc/slurm")  # where Debian's Slurm looks for its configuration
NODES, GPUS, CPUS, MEMORY = 2, 2, 4, 8000  # of each node: GPUs, CPUs, MiB
START = 40  # seconds until all nodes are idle
CONTROLLERS = ("memory", "freezer")  # of cgroups v1, with which Slurm enforces memory

CONFIGURATION = """\
ClusterName=laboratory
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0,batch_sched_delay=0
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
{enforcement}
ReturnToService=1
KillWait=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
PropagateResourceLimits=NONE
AccountingStorageType=accounting_storage/none
GresTypes=gpu
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
FirstJobId={first}
PartitionName=cpu Nodes=ALL Default=YES DefaultTime=10 MaxTime=120 DefMemPerCPU=200
PartitionName=gpu Nodes=ALL DefaultTime=10 MaxTime=120 DefMemPerCPU=200
PartitionName=urgent Nodes=ALL DefaultTime=1 MaxTime=1 PriorityTier=9 OverSubscribe=NO
PartitionName=minute Nodes=ALL DefaultTime=1 MaxTime=1 DefMemPerCPU=200
"""
NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus}"
    " RealMemory={memory} Gres=gpu:{gpus}\n"
)
# Memory is enforced by the kernel where cgroups v1 can be written, else by Slurm's own sampling.
BY_KERNEL = "ProctrackType=proctrack/cgroup\nTaskPlugin=task/cgroup"
BY_SAMPLES = (
    "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nJobAcctGatherParams=OverMemoryKill"
)
GROUPS = "CgroupPlugin=cgroup/v1\nConstrainRAMSpace=yes\n"


def find_obstacle() -> str | None:
    """Return why there can be no Slurm here; None where there can."""
    if os.geteuid() != 0:
        return "Slurm's daemons need root"
    places = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    missing = [name for name in PROGRAMS if shutil.which(name, path=places) is None]
    if missing:
        return f"{missing[0]} is not installed: slurm-wlm slurm-wlm-basic-plugins munge"
    return None


class Lab:
    """A running Slurm; its daemons are children of this process and die with it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.host = folder, socket.gethostname()
        self.daemons: dict[str, subprocess.Popen] = {}
        self.ports = [free_port() for _ in range(NODES + 1)]

    @property
    def nodes(self) -> list[str]:
        return [f"node{number}" for number in range(1, NODES + 1)]

    def start(self) -> None:
        """Start every daemon; return when all nodes take jobs."""
        self.write_configuration()
        self.run_daemon("munged", *self.munge_options())
        wait_until(lambda: (self.folder / "munge.socket").exists(), START, "munged")
        self.start_controller()
        for node in self.nodes:
            self.run_daemon("slurmd", "-D", "-N", node, name=node)
        wait_until(lambda: self.idle() == NODES, START, "idle nodes", self.tell)

    def start_controller(self) -> None:
        """Start slurmctld, also where one was stopped before."""
        self.run_daemon("slurmctld", "-D")

    def munge_options(self) -> list[str]:
        """Return the options of a munged with a key and a socket of its own."""
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        paths = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
        options = [f"--{name}={self.folder}/munge.{end}" for name, end in paths.items()]
        return ["--foreground", "--force", f"--log-file={self.folder}/munge.log", *options]

    def write_configuration(self) -> None:
        """Write Slurm's files, and where they must lie."""
        kernel = all(os.access(f"/sys/fs/cgroup/{name}/tasks", os.W_OK) for name in CONTROLLERS)
        text = CONFIGURATION.format(
            host=self.host,
            folder=self.folder,
            controller=self.ports[0],
            enforcement=BY_KERNEL if kernel else BY_SAMPLES,
            # Its groups are named by jobs' numbers: those of another Slurm here are others.
            first=random.randrange(100_000, 60_000_000),
        )
        gpus = ""
        for node, port in zip(self.nodes, self.ports[1:], strict=True):
            facts = {"name": node, "host": self.host, "port": port, "cpus": CPUS, "gpus": GPUS}
            text += NODE.format(**facts, memory=MEMORY)
            gpus += f"NodeName={node} Name=gpu File={self.folder}/gpu[0-{GPUS - 1}]\n"
        for number in range(GPUS):  # a GPU is a character device: /dev/null's numbers
            os.mknod(self.folder / f"gpu{number}", 0o666 | 0o020000, os.makedev(1, 3))
        # Nodes are defined before the partitions that have them.
        head, mark, partitions = text.partition("PartitionName=")
        partitions, nodes = partitions.split("NodeName=", 1)
        self.write("slurm.conf", f"{head}NodeName={nodes}{mark}{partitions}")
        self.write("gres.conf", gpus)
        self.write("cgroup.conf", GROUPS)

    def write(self, name: str, text: str) -> None:
        """Write a configuration file."""
        place = self.folder / "etc" / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def run_daemon(self, program: str, *options: str, name: str = "") -> None:
        """Start a daemon in the foreground of a session of its own, so that Ctrl-C spares it."""
        name = name or program
        with (self.folder / f"{name}.out").open("ab") as stream:
            self.daemons[name] = subprocess.Popen(
                [program, *options],
                env=os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def stop_daemon(self, name: str, number: int = signal.SIGTERM) -> None:
        """End a daemon by its process, and wait for it."""
        daemon = self.daemons.pop(name)
        daemon.send_signal(number)
        try:
            daemon.wait(timeout=15)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def stop(self) -> None:
        """Cancel all jobs, and end every daemon, the first one last."""
        if {"slurmctld", "munged"} <= self.daemons.keys():
            self.ask("scancel", "--user=root", check=False)
            deadline = time.monotonic() + 15
            while self.queue() and time.monotonic() < deadline:
                time.sleep(0.3)
        for name in reversed(list(self.daemons)):
            self.stop_daemon(name)

    def ask(self, *command: str, check: bool = True) -> str:
        """Return what one of Slurm's commands prints."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert not check or done.returncode == 0, f"{command}: {done.stderr}\n{self.tell()}"
        return done.stdout

    def queue(self, form: str = "%i|%T|%r|%k") -> list[str]:
        """Return squeue's lines of all jobs that are not over."""
        return self.ask("squeue", "--noheader", "--format", form, check=False).splitlines()

    def idle(self) -> int:
        """Return how many nodes are idle."""
        states = self.ask("sinfo", "-hN", "-p", "cpu", "-o", "%T", check=False)
        return states.split().count("idle")

    def tell(self) -> str:
        """Return the ends of the daemons' logs."""
        files = sorted(self.folder.glob("*.out"))
        return "\n".join(f"{file.name}: {file.read_text()[-1500:]}" for file in files)


@contextmanager
def start_lab() -> Iterator[Lab]:
    """Run a Slurm; it is stopped whatever happens, a failed start and Ctrl-C included."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="lingraft-slurm-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        (folder / "etc").mkdir()
        (folder / "state").mkdir()
        leave_network()
        stack.enter_context(standard_place(folder / "etc"))
        lab = Lab(folder)
        stack.callback(lab.stop)
        lab.start()
        yield lab


@contextmanager
def standard_place(folder: Path) -> Iterator[None]:
    """Put a folder where Slurm looks for its configuration; `LookupError` where one is there."""
    STANDARD.mkdir(exist_ok=True)
    if enter_mounts() and mount(str(folder), str(STANDARD), BIND):
        yield
        return
    links = [STANDARD / name for name in ("slurm.conf", "gres.conf", "cgroup.conf")]
    if any(os.path.lexists(link) for link in links):
        raise LookupError(f"{STANDARD} has a Slurm's configuration")
    try:
        for link in links:
            link.symlink_to(folder / link.name)
        yield
    finally:
        for link in links:
            link.unlink(missing_ok=True)


def wait_until(test, seconds: float, what: str, tell=lambda: "") -> None:
    """Wait until something holds; an assertion fails where it does not in time."""
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s\n{tell()}"
        time.sleep(0.2)
