#!/usr/bin/python3
"""Shards as tasks of a real Slurm: what an operator, a time limit, other users and lost nodes do to them.

slurm_test.py BIN_DIR [NAME...]

Scenarios run at the same time, on one cluster, each with a job and nodes of its own. Exits with 77 when packages are
missing.
"""

import concurrent.futures
import os
import pathlib
import sys
import tempfile
import time
import traceback

SOURCES = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(SOURCES / "support"), str(SOURCES / "slurm")]
sys.dont_write_bytecode = True
import documented  # noqa: E402
import sharded_job  # noqa: E402
from cluster import Cluster, missing_programs  # noqa: E402
from sharded_job import SHARDS, ShardedJob, wait_until  # noqa: E402

SHARD = str(SOURCES.parent / "scripts/slurm/wm-shard.sbatch")


class Scenario:
    """One job on the cluster."""

    def __init__(self, cluster, job, whole):
        self.cluster, self.job, self.whole = cluster, job, whole

    def submit(self, array=f"1-{SHARDS}", options=()):
        return self.cluster.submit(self.job, f"--array={array}", *options, SHARD, str(SHARDS), *self.job.command)

    def submit_merge(self, array):
        """A job that begins when all tasks have come to their end."""
        return self.cluster.submit(self.job, f"--dependency=afterany:{array}", "--wrap", "wm-supervisor report merge marked")

    def wait_for_gate(self):
        wait_until("all shards at the gate", lambda: len(self.job.shards_at_gate()) == SHARDS)

    def check(self, what, is_true):
        if not is_true:
            raise AssertionError(what)

    def check_done(self, array):
        states = {task.index: task.state for task in self.cluster.wait_until_final(array)}
        self.check(f"every task is COMPLETED: {states}", set(states.values()) == {"COMPLETED"})

    def check_merged(self, merge, state):
        """Returns what the merge said."""
        (task,) = self.cluster.wait_until_final(merge)
        self.check(f"the merge is {state}: {task.state}", task.state == state)
        return self.said(merge)

    def check_complete(self):
        faults = self.job.faults(self.whole)
        self.check("\n".join(faults), not faults)

    def check_stopped_cleanly(self, shards):
        for shard in shards:
            codes = self.job.exit_codes_of(shard)
            self.check(f"shard {shard} has a run that ended with 143: {codes}", 143 in codes)

    def restarted(self, array):
        return {int(task.index) for task in self.cluster.tasks(array) if task.restarts}

    def said(self, task):
        """In a task ("7_2") or a job ("8")."""
        return (self.job.directory / f"slurm-{task}.out").read_text()


def array(scenario):
    """Four shards on both nodes at once."""
    tasks = scenario.submit()
    merge = scenario.submit_merge(tasks)
    scenario.wait_for_gate()
    nodes = {task.node for task in scenario.cluster.tasks(tasks)}
    scenario.check(f"shards are on both nodes: {nodes}", nodes == {"wm0", "wm1"})
    scenario.job.open_gate()
    scenario.check_done(tasks)
    scenario.check_merged(merge, "COMPLETED")


def preemption(scenario):
    """Another partition needs a node: its shards stop cleanly, wait, and go on."""
    tasks = scenario.submit(options=["--partition=spot", "--cpus-per-task=8"])  # both nodes are full
    merge = scenario.submit_merge(tasks)
    scenario.wait_for_gate()
    # The node of the array's last task, whose job has the number of the whole array.
    node = next(task.node for task in scenario.cluster.tasks(tasks) if task.index == str(SHARDS))
    need = ["--partition=urgent", f"--nodelist={node}", "--cpus-per-task=16"]
    urgent = scenario.cluster.submit(scenario.job, *need, "--wrap", "until test -e enough; do sleep 0.2; done")
    scenario.cluster.wait_for(urgent, "the start", lambda task: task.state == "RUNNING")
    scenario.cluster.wait_for(tasks, "the return", lambda task: task.state == "PENDING" or not task.restarts)
    stopped = scenario.restarted(tasks)
    scenario.check(f"the shards of one node were stopped: {stopped}", len(stopped) == 2)
    scenario.check_stopped_cleanly(stopped)
    (scenario.job.directory / "enough").touch()
    scenario.job.open_gate()
    scenario.check_done(tasks)
    scenario.check("the others were left alone", scenario.restarted(tasks) == stopped)
    scenario.check_merged(merge, "COMPLETED")


def time_limit(scenario):
    """It comes near: each shard stops cleanly, and goes on with a new one."""
    tasks = scenario.submit(options=["--time=1", "--signal=TERM@55"])
    merge = scenario.submit_merge(tasks)
    scenario.wait_for_gate()
    scenario.cluster.wait_for(tasks, "a restart", lambda task: task.restarts)
    scenario.check_stopped_cleanly(range(1, SHARDS + 1))
    scenario.job.open_gate()
    scenario.check_done(tasks)
    scenario.check_merged(merge, "COMPLETED")


def cancelled(scenario):
    """What was cancelled stays so, until these shards are submitted again."""
    tasks = scenario.submit()
    merge = scenario.submit_merge(tasks)
    scenario.wait_for_gate()
    scenario.cluster.run("scancel", f"{tasks}_2", f"{tasks}_4")
    scenario.cluster.wait_for(tasks, "the cancellation", lambda task: task.index in "13" or task.is_final())
    scenario.job.open_gate()
    # It waits as long as a task may come back.
    said = scenario.check_merged(merge, "FAILED")
    scenario.check(f"the merge names what to run again: {said}", "\n      --array=2,4\n" in said)
    states = [task.state for task in sorted(scenario.cluster.tasks(tasks), key=lambda task: task.index)]
    scenario.check(f"cancelled: {states}", states == ["COMPLETED", "CANCELLED"] * 2)
    scenario.check("none came back", not scenario.restarted(tasks))
    scenario.check_done(again := scenario.submit("2,4"))
    scenario.check_merged(scenario.submit_merge(again), "COMPLETED")


def requeued(scenario):
    """An operator puts shards back into the queue."""
    tasks = scenario.submit()
    merge = scenario.submit_merge(tasks)
    scenario.wait_for_gate()
    for task in (1, 4):
        scenario.cluster.run("scontrol", "requeue", f"{tasks}_{task}")
    wait_until("restarts", lambda: scenario.restarted(tasks) == {1, 4})
    scenario.job.open_gate()
    scenario.check_done(tasks)
    scenario.check("the others were left alone", scenario.restarted(tasks) == {1, 4})
    scenario.check_merged(merge, "COMPLETED")


def lost_node(scenario):
    """A node is lost, but its shards run on while Slurm starts them on the other one."""
    tasks = scenario.submit(options=["--partition=unsafe"])
    merge = scenario.submit_merge(tasks)
    scenario.wait_for_gate()
    lost = next(task.node for task in scenario.cluster.tasks(tasks) if task.index == str(SHARDS))
    twice = {int(task.index) for task in scenario.cluster.tasks(tasks) if task.node == lost}
    scenario.cluster.kill_node(lost)
    for task in twice:
        wait_until(
            "the second one is refused", lambda text=f"{tasks}_{task}": "another wm-supervisor" in scenario.said(text)
        )
    scenario.check("the others were left alone", scenario.restarted(tasks) == twice)
    scenario.job.open_gate()
    scenario.check_done(tasks)
    scenario.check_merged(merge, "COMPLETED")


def as_documented(scenario):
    """The commands of docs/clusters.md, with fewer shards and CPUs."""
    scenario.job.link_documented_names()
    (scenario.job.directory / "wm-shard.sbatch").symlink_to(SHARD)
    commands = documented.commands("Slurm", SHARDS).replace("--cpus-per-task=8", "--cpus-per-task=1")
    script = f"cd {scenario.job.directory}\n{commands}\necho $array"
    *_, merge, tasks = scenario.cluster.run("bash", "-euc", script).split()
    scenario.check_done(tasks)
    scenario.check_merged(merge, "COMPLETED")


SCENARIOS = [lost_node, time_limit, preemption, cancelled, requeued, array, as_documented]


def run(scenario, arguments):
    began = time.monotonic()
    cluster, job, whole = arguments
    try:
        checks = Scenario(cluster, job, whole)
        scenario(checks)
        checks.check_complete()
    except Exception:
        return f"{scenario.__name__} FAILED:\n{traceback.format_exc()}{printed_by(job)}"
    print(f"{scenario.__name__}: {time.monotonic() - began:.0f} s", flush=True)
    return None


def printed_by(job):
    """What helps to find out why it failed."""
    texts = sorted(job.directory.glob("slurm-*.out"))
    return "".join(f"--- {path.name}\n{path.read_text(errors='replace')[-1500:]}" for path in texts)


def main():
    programs = pathlib.Path(sys.argv[1]).resolve()
    chosen = [scenario for scenario in SCENARIOS if not sys.argv[2:] or scenario.__name__ in sys.argv[2:]]
    missing = missing_programs() + ([] if sharded_job.xxhash else ["python3-xxhash"])
    if missing:
        print(f"SKIPPED: integration_slurm: {', '.join(missing)} not installed (scripts/setup.sh --clusters)")
        return 77
    sharded_job.become_ordinary(programs / "wm-supervisor", programs / "hazard-worker", SHARD)
    os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"
    directory = pathlib.Path(tempfile.mkdtemp(prefix="wm-slurm-"))
    directory.chmod(0o755)
    with Cluster(directory) as cluster:
        pictures = sharded_job.Pictures(directory)
        whole = ShardedJob(directory / "whole", programs, pictures)
        whole.run_whole()
        with concurrent.futures.ThreadPoolExecutor(len(chosen)) as threads:
            jobs = [ShardedJob(directory / scenario.__name__, programs, pictures) for scenario in chosen]
            failures = list(threads.map(run, chosen, [(cluster, job, whole) for job in jobs]))
    failures = [failure for failure in failures if failure]
    print("\n".join(failures) if failures else "all scenarios passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
