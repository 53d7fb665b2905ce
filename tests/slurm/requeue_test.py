#!/usr/bin/python3
"""Which exit codes of a shard wm-shard.sbatch puts back into the queue, and how often: with stand-ins for srun and
scontrol, so without Slurm."""

import os
import pathlib
import subprocess
import sys
import tempfile

SHARD = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts/slurm/wm-shard.sbatch"

failures = []


def check(what, is_true):
    if not is_true:
        failures.append(what)
        print(f"FAILED: {what}", flush=True)


def run(directory, code, restarts, shards="4"):
    """Returns the exit code, and the task that went back."""
    (directory / "requeued").unlink(missing_ok=True)
    task = {"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_JOB_ID": "7", "SLURM_RESTART_COUNT": str(restarts)}
    settings = {**os.environ, **task, "PATH": f"{directory}:{os.environ['PATH']}", "WM_CODE": str(code)}
    done = subprocess.run(["bash", SHARD, shards, "wm-supervisor"], cwd=directory, env=settings, stderr=subprocess.DEVNULL)
    requeued = directory / "requeued"
    return done.returncode, requeued.read_text().split() if requeued.exists() else None


def main():
    with tempfile.TemporaryDirectory(prefix="wm-requeue-") as name:
        directory = pathlib.Path(name)
        for program, text in (
            ("srun", 'touch began; exit "$WM_CODE"'),
            ("scontrol", 'echo "$@" >requeued'),
            ("sleep", ":"),  # for the end by Slurm
        ):
            (directory / program).write_text(f"#!/bin/sh\n{text}\n")
            (directory / program).chmod(0o755)
        back = ["requeue", "7_3"]
        for code in (75, 130, 143):
            check(f"{code} goes back", run(directory, code, 99) == (code, back))
            check(f"{code} not for ever", run(directory, code, 100) == (code, None))
        check("137 goes back", run(directory, 137, 2) == (137, back))
        check("137 not more than three times", run(directory, 137, 3) == (137, None))
        for code in (0, 1, 2, 3, 9, 255):
            check(f"{code} stays", run(directory, code, 0) == (code, None))
        (directory / "began").unlink()
        for shards in ("0", "064", "-4", "many", ""):
            check(f"{shards!r} shards are none", run(directory, 0, 0, shards)[0] == 2 and not (directory / "began").exists())
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
