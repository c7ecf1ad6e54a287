"""How long jobs that wait for each other take: their longest chain, and on a number of cores."""

import heapq
from collections.abc import Mapping
from graphlib import TopologicalSorter

from scripts.study.job_graph import Job

Jobs = Mapping[str, Job]
Seconds = Mapping[str, float]


def find_critical_path(jobs: Jobs, seconds: Seconds) -> list[str]:
    """Return the chain of jobs, each waiting for the one before, that takes longest.

    A job without a time takes none, and is left out.
    """
    behind = measure_chains(jobs, seconds)
    followers = list_followers(jobs)
    choices = [name for name in jobs if not jobs[name].after]
    chain = []
    while choices:
        chosen = max(choices, key=lambda name: behind[name])
        chain.append(chosen)
        choices = followers[chosen]
    return [name for name in chain if name in seconds]


def measure_chains(jobs: Jobs, seconds: Seconds) -> dict[str, float]:
    """Return the seconds of the longest chain from each job's start to the end of all.

    Raises:
        graphlib.CycleError: where jobs wait for each other in a circle.
    """
    followers = list_followers(jobs)
    order = TopologicalSorter({name: job.after for name, job in jobs.items()}).static_order()
    behind: dict[str, float] = {}
    for name in reversed(list(order)):
        longest = max((behind[other] for other in followers[name]), default=0.0)
        behind[name] = seconds.get(name, 0.0) + longest
    return behind


def list_followers(jobs: Jobs) -> dict[str, list[str]]:
    """Return the jobs that wait for each job."""
    followers: dict[str, list[str]] = {name: [] for name in jobs}
    for name, job in jobs.items():
        for other in job.after:
            followers[other].append(name)
    return followers


def schedule(jobs: Jobs, seconds: Seconds, cores: int) -> float:
    """Return the seconds that jobs take on `cores` cores, by list scheduling.

    Whenever a job ends, those start that wait for none, whose threads are free, the one with the
    longest chain behind it first; one that does not fit lets others pass. A job has no more threads
    than there are cores and takes as long as it was measured, one without a time none.
    """
    behind = measure_chains(jobs, seconds)
    sorter = TopologicalSorter({name: job.after for name, job in jobs.items()})
    sorter.prepare()
    ready: list[tuple[float, str]] = []
    running: list[tuple[float, str, int]] = []
    now, free = 0.0, cores
    while sorter.is_active():
        ready = sorted([*ready, *((-behind[name], name) for name in sorter.get_ready())])
        for chain, name in list(ready):
            threads = min(jobs[name].threads, cores) if seconds.get(name) else 0
            if threads <= free:
                ready.remove((chain, name))
                heapq.heappush(running, (now + seconds.get(name, 0.0), name, threads))
                free -= threads
        now = running[0][0]
        while running and running[0][0] == now:
            _, name, threads = heapq.heappop(running)
            sorter.done(name)
            free += threads
    return now
