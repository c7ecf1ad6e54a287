"""`--profile slurm` shows the study's progress: each start and each failure once."""

import fcntl
import logging
from types import SimpleNamespace

import pytest
from snakemake.jobs import GroupJob
from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

from scripts.common.run_lock import LOCK
from scripts.plan import cluster_console
from scripts.plan.cluster_console import SNAKEMAKES, Console, take_over

HERE = "/home/me"


class Run:
    """Events as Snakemake tells them, and what is printed of them."""

    def __init__(self, capsys) -> None:
        self.console, self.capsys = Console(), capsys
        self.tell(LogEvent.RUN_INFO, stats={"total": 3})

    def tell(self, event=None, text="", level=logging.INFO, **facts) -> list[str]:
        record = logging.LogRecord("snakemake", level, "", 0, text, None, None)
        vars(record).update(facts, event=event) if event else None
        self.console.handle(record)
        return self.printed()

    def printed(self) -> list[str]:
        return self.capsys.readouterr().err.splitlines()

    def job(self, number: int, message: str, local: bool = False, log: str = "") -> list[str]:
        facts = {"jobid": number, "rule_msg": message, "rule_name": "r", "local": local}
        facts["log"] = [log] if log else []
        return self.tell(LogEvent.JOB_INFO, **facts)

    def fail(self, number: int, log: str = "none.log", said: str = "") -> list[str]:
        return self.tell(LogEvent.JOB_ERROR, "Error", logging.ERROR, **failure(number, log, said))


def failure(number: int, log: str = "none.log", said: str = "") -> dict:
    return {"jobid": number, "rule_name": "r", "log": [log], "rule_msg": said}


@pytest.fixture
def run(capsys) -> Run:
    return Run(capsys)


def test_jobs_are_told_when_they_start_and_when_all_are_done(run):
    assert run.job(1, "download x", local=True) == ["[1/3] download x"]
    assert run.job(2, "train a") == []  # it is submitted
    run.console.take_submission("77", [2])
    run.console.take_queue([f"77|RUNNING|None|p|rule_r|0:00|{HERE}"], HERE)
    assert run.printed() == ["[2/3] train a (job 77, waited 0 s)"]
    assert run.tell(LogEvent.JOB_FINISHED, job_id=2) == []
    assert run.tell(LogEvent.PROGRESS, done=2, total=3) == []
    run.job(3, "score a")
    assert run.tell(LogEvent.JOB_FINISHED, job_id=3) == ["[3/3] score a"]
    assert run.tell(LogEvent.PROGRESS, done=3, total=3) == ["3 of 3 jobs done in 0 s"]


def test_a_failure_is_told_once_with_the_line_that_explains_it(run, tmp_path):
    log = tmp_path / "train.log"
    log.write_text("12:00:00 step 1\nerror: no space left on device\n")
    run.job(2, "train a")
    assert run.fail(2, str(log)) == [f"failed: train a: no space left on device (log: {log})"]
    assert run.fail(2, str(log)) == []
    assert run.tell(text="Trying to restart job 2.") == ["is submitted again: train a"]
    run.job(2, "train a")
    said = "SLURM-job '8' failed, SLURM status is: 'TIMEOUT'. Detailed"
    (line,) = run.fail(2, "none.log", said)
    assert line.startswith("failed: train a: it took longer than it may") and "TIMEOUT" in line
    ended = "Exiting because a job execution failed. Look below for error messages"
    assert run.tell(text=ended, level=logging.ERROR) == ["0 of 3 jobs done in 0 s; failed: train a"]
    last = "WorkflowError:\nAt least one job did not complete successfully."
    assert run.tell(text=last, level=logging.ERROR) == []


def test_an_earlier_runs_log_explains_nothing(run, tmp_path):
    log = tmp_path / "train.log"
    log.write_text("error: no space left on device\n")
    run.job(2, "train a", log=str(log))
    said = "SLURM-job '8' failed, SLURM status is: 'TIMEOUT'. Detailed"
    (line,) = run.fail(2, str(log), said)
    assert line.startswith("failed: train a: it took longer than it may")
    run.job(2, "train a", log=str(log))
    log.write_text(log.read_text() + "error: out of memory\n")
    assert run.fail(2, str(log)) == [f"failed: train a: out of memory (log: {log})"]


def test_of_a_group_only_the_job_that_failed_is_told(run, tmp_path):
    log = tmp_path / "b.log"
    log.write_text("ValueError: two rows\n")
    for number, message in enumerate(["build a", "build b", "build c"], 1):
        run.job(number, message)
    several = [failure(1), failure(2, str(log)), failure(3)]
    facts = {"job_error_info": several, "aux_logs": [], "msg": None}
    told = run.tell(LogEvent.GROUP_ERROR, "Error", logging.ERROR, **facts)
    assert told == [f"failed: build b: ValueError: two rows (log: {log})"]
    assert [run.fail(number) for number in (1, 2, 3)] == [[], [], []]


def test_a_group_that_slurm_ended_is_told_by_what_slurm_says(run):
    """By Snakemake's own group, which leaves out of its event what the executor has said."""
    job = SimpleNamespace(
        jobid=1,
        rule=SimpleNamespace(name="r"),
        get_log_error_info=lambda **_: failure(1),
        log_error=lambda **_: None,
    )
    group = GroupJob.__new__(GroupJob)
    group.jobs, group._groupid, group._jobid = [job], "g", "a-b"
    executor = SimpleNamespace(
        report_job_submission=None,
        report_job_error=lambda info, msg: info.job.log_error(msg, aux_logs=[]),
    )
    scheduler = SimpleNamespace(get_executor=lambda _: executor)
    run.console.follow(SimpleNamespace(scheduler=scheduler))
    run.job(1, "build a")
    before = list(logger.handlers)
    logger.handlers = [run.console]
    try:
        executor.report_job_error(SimpleNamespace(job=group), "status is: 'NODE_FAIL'")
    finally:
        logger.handlers = before
    (line,) = run.printed()
    assert line.startswith("failed: build a: its node failed")


def test_progress_is_a_line_a_minute_where_there_is_no_terminal(run, monkeypatch):
    run.job(2, "train a")
    run.console.take_submission("77", [2])
    queue = [f"77|PENDING|Priority|p|rule_r|0:00|{HERE}"]
    run.console.take_queue(queue, HERE)
    assert run.printed() == []
    run.console.printed -= 61
    run.console.take_queue(queue, HERE)
    assert run.printed() == ["0 of 3 done; 1 in the queue, the longest: train a (0 s, Priority)"]
    run.console.printed -= 61
    run.console.take_queue(queue, HERE)
    assert run.printed() == []  # nothing has changed


def test_on_a_terminal_the_last_line_is_the_state_cut_to_its_width(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    run.console.on_terminal = True
    run.job(1, "download a file of a name that is long", local=True)
    run.job(2, "train a")
    run.console.show()
    last = run.capsys.readouterr().err
    assert last.startswith("\r\033[K0 of 3 done; 1 running: download a f") and last.endswith("…")
    assert len(last) == len("\r\033[K") + 39


def test_snakemakes_own_chatter_is_not_printed_and_its_errors_are(run):
    assert run.tell(text="Select jobs to execute...") == []
    assert run.tell(text="Job 3 has been submitted with SLURM jobid 4 (log: x).") == []
    assert run.tell(text="MissingInputException: x", level=logging.ERROR) == [
        "MissingInputException: x"
    ]
    assert run.tell(text="Nothing to be done (all requested files are present).") == [
        "nothing to be done: all results are up to date"
    ]


def test_ctrl_c_in_a_function_of_a_rule_is_no_mistake_of_the_rule(run):
    text = 'InputFunctionException in file "x.smk", line 8:\nError:\n  KeyboardInterrupt: \n'
    assert run.tell(text=text, level=logging.ERROR) == ["ended by Ctrl-C"]


def test_a_locked_folder_is_one_line_that_says_whether_a_run_is_alive(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "LockException:\nError: Directory cannot be locked. Please\n/x\nIf you are sure"
    (line,) = run.tell(text=text, level=logging.ERROR)
    assert line.startswith("error: a run in this folder was killed") and "--unlock" in line
    (tmp_path / "results").mkdir()
    with LOCK.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        (line,) = run.tell(text=text, level=logging.ERROR)
    assert line.startswith("error: results: another run is at work") and "unlock" not in line


def test_submissions_are_heard_of_whatever_is_in_them(run):
    reported = []
    executor = SimpleNamespace(
        report_job_submission=lambda info, **_: reported.append(info), report_job_error=None
    )
    workflow = SimpleNamespace(scheduler=SimpleNamespace(get_executor=lambda _: executor))
    run.console.follow(workflow)
    one = SimpleNamespace(is_group=lambda: False, jobid=4)
    group = SimpleNamespace(is_group=lambda: True, jobs=[one], jobid="a-b")
    for job, number in [(one, "70"), (group, "71")]:
        executor.report_job_submission(SimpleNamespace(job=job, external_jobid=number))
    assert len(reported) == 2
    assert [known.jobs for known in run.console.progress.submissions.values()] == [(4,), (4,)]
    run.job(4, "build a")
    # Snakemake's name of a group.
    assert run.tell(text="Trying to restart job a-b.") == ["is submitted again: build a"]
    assert run.tell(text="Trying to restart job 9.") == ["is submitted again: job 9"]


def test_a_log_that_there_is_not_is_not_named(run):
    run.job(2, "train a")
    said = "SLURM sbatch failed. The error message was 'sbatch: error: Invalid qos'.\n    sbatch x"
    assert run.fail(2, "none.log", said) == ["failed: train a: Slurm has not taken it: Invalid qos"]


@pytest.fixture
def usual():
    """Snakemake's own printer, as it is when a workflow is read."""
    handler = logging.NullHandler()
    handler.name = SNAKEMAKES
    before = list(logger.handlers)
    logger.handlers = [handler]
    yield handler
    logger.handlers = before


def test_a_plan_keeps_snakemakes_lines_and_a_run_has_the_studys(usual):
    assert take_over(["-n", "--profile", "slurm", "all"]) is None
    assert logger.handlers == [usual]
    console = take_over(["--profile", "slurm", "all"])
    assert logger.handlers == [console]
    assert take_over(["--profile", "slurm", "--logger", "rich"]) is None  # no printer of its own


def test_snakemake_has_what_is_replaced():
    """Its own classes: a newer one may have other names."""
    from snakemake.logging import LoggerManager
    from snakemake_executor_plugin_slurm import Executor

    assert callable(Executor.report_job_submission)
    settings = SimpleNamespace(
        nocolor=True, stdout=False, quiet=None, debug_dag=False, verbose=False, dryrun=False,
        printshellcmds=False, show_failed_logs=False,
    )  # fmt: skip
    manager = SimpleNamespace(
        settings=settings, _default_filter=lambda: logging.Filter(), _default_formatter=lambda: None
    )
    assert LoggerManager._default_streamhandler(manager).name == SNAKEMAKES
    assert cluster_console.EVERY == 60
