"""How a machine's cores, GPUs and memory are shared among jobs that can run at the same time.

Two jobs of one thread each get more done than one of two threads after the other: on two cores the
default study's stages take 1.5 times as long on one thread as on two (docs/performance.md).
"""

from scripts.common.errors import InputError
from scripts.plan.machine import Machine
from scripts.plan.model_sizes import model_shape
from scripts.plan.stage_memory import measure_stage
from scripts.study.study import Study

MOST = 8  # threads of a job where the study does not say: one stage alone gains little from more
PACKING = 4  # threads of a job that packs, on a cluster
LEAST_MIB = 6000  # of a stage: the default study's take 3.4 to 4.1 GiB
LIBRARIES_MIB = 1500  # torch, transformers, and pages of weights that are read and written


def training_threads(study: Study, machine: Machine) -> int:
    """Return the CPU threads of a training job: the study's, or an even share of the cores."""
    return study.run.threads or shared_cores(study, machine)


def answering_threads(study: Study, machine: Machine) -> int:
    """Return the CPU threads of a job that answers: the study's, or those of the stages beside."""
    return study.run.infer_threads or shared_cores(study, machine)


def packing_threads(machine: Machine) -> int:
    """Return the CPU threads of a job that packs.

    Two of Python's take turns and are busy for 45 % of its processor time (docs/cleaning.md); the
    tokenizer's share the rest. Beside others on one machine it takes what they leave.
    """
    return PACKING if machine.on_cluster else 1


def shared_cores(study: Study, machine: Machine) -> int:
    """Return the threads with which the jobs that can run side by side fill the cores.

    On a cluster every job has cores of its own.
    """
    if machine.on_cluster:
        return MOST
    return max(1, min(MOST, machine.cores // side_by_side(study, machine)))


def side_by_side(study: Study, machine: Machine) -> int:
    """Return how many of the study's stages this machine can train at the same time, at least 1."""
    together = min(len(branches(study)), machine.cores)
    if machine.gpus:
        return max(1, min(together, machine.gpus // study.run.devices))
    largest = max((stage_mib(study, machine, name) for name in study.stages), default=LEAST_MIB)
    return max(1, min(together, machine.memory_mib // largest))


def branches(study: Study) -> list[str]:
    """Return the shown stages that no other comes after: each ends a chain of its own.

    As a model has one parent, no more stages than these can be ready at the same time.
    """
    stages = study.shown(study.stages) or study.stages
    before = {model.name for name in stages for model in study.lineage(name)[:-1]}
    return [name for name in stages if name not in before]


def stages_from(study: Study, model: str) -> int:
    """Return the length of the longest chain of models that starts with this one: its priority.

    Of the jobs that are ready, the one that most others wait for one after the other goes first.
    """
    lineages = [[stage.name for stage in study.lineage(name)] for name in study.models]
    return max(len(names) - names.index(model) for names in lineages if model in names)


def stage_mib(study: Study, machine: Machine, model: str) -> int:
    """Return the MiB of this host's memory that a training job asks for.

    On a CPU it holds what a device would; a GPU's job holds the libraries and what is offloaded.
    """
    try:
        memory = measure_stage(model, model_shape(study, model), study.recipe(model), study.run)
    except InputError:
        return LEAST_MIB
    on_gpu = study.run.device == "cuda" or machine.on_cluster or machine.gpus
    held = memory.host if on_gpu and study.run.device != "cpu" else memory.host + memory.total
    return max(LEAST_MIB, LIBRARIES_MIB + int(held) // 2**20)
