#!/usr/bin/python3
"""Shards whose pictures are in object storage: there and back, stopped and killed at every step.

object_storage_test.py BIN_DIR SERVER_DIR directory|s3 [NAME...]

Storage is a directory, or an S3 server that is installed into SERVER_DIR. Exits with 77 when programs are missing.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SOURCES = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(SOURCES / "support"), str(SOURCES / "object_storage")]
sys.dont_write_bytecode = True
import safety  # noqa: E402
import sharded_job  # noqa: E402
from sharded_job import SHARDS, ShardedJob, wait_until  # noqa: E402
from storage import DirectoryStorage, S3Storage, s3_program  # noqa: E402

SCRIPT = str(SOURCES.parent / "scripts/object_storage/wm-object-storage")
MOST_COPIES = 20  # more than a shard calls rclone

failures = []


def check(what, is_true):
    if not is_true:
        failures.append(what)
        print(f"FAILED: {what}", flush=True)


class StoredJob(ShardedJob):
    """Its pictures, and its results, are in storage."""

    def __init__(self, directory, programs, pictures, storage):
        super().__init__(directory, programs, pictures)
        self.local = directory / "local"
        self.destination = f"{storage.remote}/{directory.name}/marked"
        self.common = [SCRIPT, "--program", self.supervisor, "--destination", self.destination]
        self.source = ["--source", f"{storage.remote}/photos"]
        words = ["--local", str(self.local), "--workers", "1", "--worker-program", str(programs / "hazard-worker")]
        self.options = [*words, "--timeout", "0", "--grace", "1s", "--logo", str(pictures.logo)]

    def list(self):
        return subprocess.run([*self.common, "--list", *self.source], stdout=subprocess.DEVNULL).returncode

    def place(self, shard):
        return self.local / f"shard-{shard:04}-of-{SHARDS:04}"

    def start(self, shard, gate=True, environment=None):
        """In a process group of its own, as an engine does; stopped when the test is killed."""
        self.place(shard).mkdir(parents=True, exist_ok=True)
        if gate:
            (self.place(shard) / "gate-is-open").touch()
        words = ["setpriv", "--pdeathsig", "TERM", "--", *self.common, *self.source, *self.options]
        words += ["--shard", f"{shard}/{SHARDS}"]
        output = open(self.directory / f"output-{shard}", "ab")
        return subprocess.Popen(
            words, start_new_session=True, stdout=output, stderr=output, env={**os.environ, **(environment or {})}
        )

    def run(self, shard, **options):
        return self.start(shard, **options).wait()

    def start_until_gate(self, shard):
        process = self.start(shard, gate=False)
        wait_until(f"shard {shard} at the gate", lambda: list(self.place(shard).glob("begun-*")))
        return process

    def merge(self):
        """Brings everything here, for faults()."""
        merge = [*self.common, "--merge", "--local", str(self.local)]
        code = subprocess.run(merge, stdout=subprocess.DEVNULL).returncode
        subprocess.run(["rclone", "copy", self.destination, self.output], check=True)
        self.job_directory = self.local / "merge/job"
        return code

    def check_complete(self, whole, **losses):
        check(f"{self.directory.name}: the merged ledger is closed and clean", self.merge() == 0)
        for fault in self.faults(whole, **losses):
            check(f"{self.directory.name}: {fault}", False)


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def round_trip(job, whole, storage):
    check("the list is written", job.list() == 0)
    check("... once", job.list() == 2)
    shards = [job.start(shard) for shard in range(1, SHARDS + 1)]
    codes = [shard.wait() for shard in shards]
    again = [job.run(shard) for shard, code in enumerate(codes, 1) if code == 75]  # all began the job at once
    check(f"every shard ends with 0: {codes} {again}", set(codes) <= {0, 75} and 0 in codes and not any(again))
    check("what is done leaves nothing here", not list(job.local.iterdir()))
    job.check_complete(whole)
    check("a shard runs again, and finds everything done", job.run(2) == 0)
    job.check_complete(whole)


def stopped(job, whole, storage):
    job.list()
    first = job.start_until_gate(1)
    check("a second one is refused", job.run(1, gate=False) == 75)
    first.terminate()
    check("SIGTERM stops it cleanly", first.wait() == 143)
    shutil.rmtree(job.place(1))  # and another machine goes on
    check("another machine ends it", job.run(1) == 0)
    check("the merged ledger is not closed yet", job.merge() == 75)
    check("... and goes on with what was done", job.report_of(1)["up_to_date"] > 0)

    kill(job.start_until_gate(2))
    check("after a kill it ends here", job.run(2) == 0)

    kill(job.start_until_gate(3))
    shutil.rmtree(job.place(3))
    check("after a kill it ends elsewhere", job.run(3) == 0)

    last = job.start_until_gate(4)
    storage.break_down()
    (job.place(4) / "gate-is-open").touch()
    check("without storage it is halted", last.wait() == 3)
    check("... and does not begin", job.run(4) != 0)
    storage.repair()
    check("with storage it ends", job.run(4) == 0)
    job.check_complete(whole, killed={2, 3}, repeated={3})


def killed_at_every_copy(job, whole, storage):
    """By a stand-in for rclone, which kills all before or after it does what it is called for."""
    job.list()
    stand_in = job.directory / "bin/rclone"
    stand_in.parent.mkdir()
    stand_in.write_text(
        f'#!/bin/sh\necho >>"$WM_CALLS"\nat=$(wc -l <"$WM_CALLS")\n'
        f'[ $at != "$WM_BEFORE" ] || kill -KILL 0\n{shutil.which("rclone")} "$@"\ncode=$?\n'
        f'[ $at != "$WM_AFTER" ] || kill -KILL 0\nexit $code\n'
    )
    stand_in.chmod(0o755)
    path = f"{stand_in.parent}:{os.environ['PATH']}"
    for shard, variable, is_lost in ((1, "BEFORE", False), (2, "AFTER", False), (3, "BEFORE", True), (4, "AFTER", True)):
        codes = []
        for call in range(1, MOST_COPIES):
            calls = job.directory / f"calls-{shard}-{call}"
            settings = {"PATH": path, "WM_CALLS": str(calls), f"WM_{variable}": str(call)}
            codes.append(job.run(shard, environment=settings))
            if codes[-1] == 0:
                break
            if is_lost:
                shutil.rmtree(job.place(shard))
        check(f"killed {variable} each copy: {codes}", codes[-1] == 0 and set(codes[:-1]) == {-signal.SIGKILL})
        check(f"it was killed at each of {len(codes)} copies", len(codes) >= 5)
    job.check_complete(whole, killed={1, 2, 3, 4}, repeated={3, 4})


# What the server has a say in runs there; what only the script decides needs none.
SCENARIOS = {
    "s3": (safety.originals, safety.names, round_trip, stopped, killed_at_every_copy),
    "directory": (
        safety.originals,
        safety.replaced,
        safety.inputs_of_others,
        safety.left_overs,
        safety.damaged,
        safety.troubles,
        safety.merges,
        safety.signals,
        safety.begun_at_once,
    ),
}


def main():
    programs, servers, kind = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]), sys.argv[3]
    names = sys.argv[4:]
    missing = [program for program in ("rclone", "setpriv") if shutil.which(program) is None]
    missing += [] if sharded_job.xxhash else ["python3-xxhash"]
    if missing:
        print(f"SKIPPED: object storage: {', '.join(missing)} not installed (scripts/setup.sh --clusters)")
        return 77
    server = None
    if kind == "s3":
        server, reason = s3_program(servers)
        if server is None:
            print(f"SKIPPED: object storage on S3: {reason}")
            return 77
    for variable in [name for name in os.environ if name.startswith(("AWS_", "RCLONE_"))]:
        del os.environ[variable]  # of other storage
    with tempfile.TemporaryDirectory(prefix="wm-objects-", ignore_cleanup_errors=True) as name:
        directory = pathlib.Path(name)
        storage = S3Storage(directory, server) if server else DirectoryStorage(directory)
        with contextlib.closing(storage):
            configuration = directory / "rclone.conf"
            configuration.write_text(storage.configuration)
            os.environ.update(no_proxy="127.0.0.1", RCLONE_CONFIG=str(configuration), RCLONE_LOG_LEVEL="ERROR")
            os.environ.update(RCLONE_RETRIES="1", RCLONE_LOW_LEVEL_RETRIES="1")
            pictures = sharded_job.Pictures(directory)
            whole = ShardedJob(directory / "whole", programs, pictures)
            whole.run_whole()
            (pictures.inputs / "a/notes.txt").write_text("no picture")
            subprocess.run(["rclone", "copy", pictures.inputs, f"{storage.remote}/photos"], check=True)
            for scenario in SCENARIOS[kind]:
                if names and scenario.__name__ not in names:
                    continue
                before, began = len(failures), time.monotonic()
                job = StoredJob(directory / scenario.__name__, programs, pictures, storage)
                if scenario in (round_trip, stopped, killed_at_every_copy):
                    scenario(job, whole, storage)
                else:
                    scenario(check, job, storage)
                outcome = "passed" if len(failures) == before else "FAILED"
                print(f"{scenario.__name__}: {outcome} after {time.monotonic() - began:.0f} s", flush=True)
                if len(failures) > before:
                    for path in sorted(job.directory.glob("output-*")):
                        print(f"--- {path.name}\n{path.read_text(errors='replace')[-2000:]}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
