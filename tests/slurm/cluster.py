"""A Slurm of a test's own: started, asked, and ended whatever happens to the test."""

import os
import pathlib
import shutil
import subprocess

from sharded_job import wait_until

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = ("slurmctld", "slurmd", "munged", "mungekey", "sbatch", "srun", "squeue", "scontrol", "scancel")
FINAL = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "OUT_OF_MEMORY")


def missing_programs():
    places = os.environ["PATH"] + ":/usr/sbin:/sbin"
    return [program for program in PROGRAMS if shutil.which(program, path=places) is None]


class Task:
    """What squeue says of one task of an array."""

    def __init__(self, words):
        self.index, self.state, self.restarts, self.node = words[0], words[1], int(words[2]), words[3]

    def is_final(self):
        return self.state in FINAL


class Cluster:
    """In `directory`, which is removed at the end with everything in it."""

    def __init__(self, directory):
        self.directory = directory
        # It ends the cluster when this process is gone, and is nobody's child by then: CTest kills those of a test.
        end = f'cat; "$0" "$1/slurm" && rm -rf "$1"'
        self.guard = subprocess.Popen(
            ["setsid", "--fork", "sh", "-c", end, HERE / "stop.sh", directory],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        start = subprocess.run([HERE / "start.sh", directory / "slurm"], check=True, stdout=subprocess.PIPE, text=True)
        self.environment = {**os.environ, "SLURM_CONF": start.stdout.strip()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.guard.stdin.close()
        self.guard.wait()
        wait_until("all of the cluster ends", lambda: not self.directory.exists())

    def run(self, *words, **options):
        return subprocess.run(
            words, check=True, env=self.environment, stdout=subprocess.PIPE, text=True, **options
        ).stdout

    def submit(self, job, *words):
        """Returns the number of the array or job."""
        chosen = ["sbatch", "--parsable", f"--chdir={job.directory}"]
        return self.run(*chosen, *words).strip()

    def tasks(self, array):
        lines = self.run(
            "squeue", "--array", "--noheader", "--states=all", f"--jobs={array}",
            "--Format=ArrayTaskID:|,State:|,RestartCnt:|,NodeList:|",
        ).splitlines()  # fmt: skip
        return [Task(line.split("|")) for line in lines]

    def wait_for(self, array, what, condition):
        """Until `condition` holds for all tasks; returns them."""

        def tasks_then():
            tasks = self.tasks(array)
            return tasks if tasks and all(map(condition, tasks)) else None

        return wait_until(f"{what} of {array}", tasks_then)

    def wait_until_final(self, array):
        return self.wait_for(array, "the end", Task.is_final)

    def kill_node(self, node):
        """slurmd of the node, by SIGKILL; its jobs run on."""
        name = f"slurmd.{node}"
        pid = (self.directory / f"slurm/run/{name}.pid").read_text().strip()
        subprocess.run(["kill", "-KILL", pid], check=True)
