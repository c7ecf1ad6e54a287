"""Starting one process or many, on one node or several, on the devices that were promised."""

import socket
import subprocess
import sys
from argparse import Namespace

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.common.processor import count_gpus
from scripts.train.devices import check_devices, check_gpus
from scripts.train.launch import FIRST_PORT, PORTS, find_port, make_config, srun_command

ARGUMENTS = Namespace(
    nodes=2, devices=4, on_node=False, port=24711, script=["scripts.train.train_model", "-h"]
)
JOB = {"SLURM_JOB_ID": "4711", "SLURM_LAUNCH_NODE_IPADDR": "10.0.0.1"}


def test_one_device_becomes_the_script_itself():
    command = [sys.executable, "-m", "scripts.train.launch", "--", "scripts.train.train_model"]
    done = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("usage: train.train_model")


def test_several_nodes_start_one_launcher_each():
    command = srun_command(ARGUMENTS, JOB)
    assert command[:4] == ["srun", "--jobid=4711", "--nodes=2", "--ntasks=2"]
    assert "--on-node" in command and command[-2:] == ["scripts.train.train_model", "-h"]


def test_several_nodes_outside_slurm_are_refused():
    with pytest.raises(InputError, match=r"run.nodes: found no Slurm job, .* 2 nodes"):
        srun_command(ARGUMENTS, {})


def test_the_nodes_of_a_job_meet_at_one_place():
    one, other = make_config(ARGUMENTS, JOB), make_config(ARGUMENTS, JOB | {"SLURM_JOB_ID": "4712"})
    assert one.rdzv_endpoint == "10.0.0.1:24711" and one.nproc_per_node == 4
    assert one.run_id != other.run_id


def test_two_jobs_on_one_node_meet_at_different_ports():
    """Also where their numbers would give them the same one, and where another has taken it."""
    taken = find_port(4711)
    assert find_port(4712) != taken
    with socket.socket() as other:
        other.bind(("", taken))
        assert find_port(4711) != taken and find_port(4711 + PORTS) != taken
    command = srun_command(ARGUMENTS, JOB)
    assert FIRST_PORT <= int(command[command.index("--port") + 1]) < FIRST_PORT + PORTS


def test_a_node_without_its_gpus_ends_the_launcher_before_anything_starts():
    with pytest.raises(InputError, match="found 1 GPUs on this node, expected 2"):
        check_gpus(2, "auto", {"CUDA_VISIBLE_DEVICES": "0"})


@pytest.mark.parametrize(("visible", "count"), [("0,1,2", 3), ("", 0), ("-1", 0), ("GPU-ab,1", 2)])
def test_visible_gpus_are_counted_without_a_driver(visible, count):
    assert count_gpus({"CUDA_VISIBLE_DEVICES": visible}) == count


def test_gpus_of_the_machine_are_its_device_files(tmp_path):
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert count_gpus({}, tmp_path) == 2


@pytest.mark.parametrize(
    ("devices", "nodes", "device", "environment", "message"),
    [
        (2, 1, "cpu", {}, "found 1 processes, expected 2 × 1"),
        (1, 1, "cpu", {"WORLD_SIZE": "4"}, "found 4 processes, expected 1 × 1"),
        (8, 1, "cuda", {"WORLD_SIZE": "8", "CUDA_VISIBLE_DEVICES": "0,1"}, "found 2 GPUs"),
        (2, 1, "auto", {"WORLD_SIZE": "2", "CUDA_VISIBLE_DEVICES": "0"}, "found 1 GPUs"),
    ],
)
def test_other_devices_than_promised_are_refused(devices, nodes, device, environment, message):
    with pytest.raises(InputError, match=message):
        check_devices(devices, nodes, device, environment)


def test_the_check_needs_no_torch():
    """It is made in the first second; torch alone takes longer to load."""
    code = "import sys, scripts.train.train_model; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
