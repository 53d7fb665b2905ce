"""A job whose shards an engine runs, and what must hold when they are done."""

import json
import os
import pathlib
import random
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import zlib

try:
    import xxhash
except ModuleNotFoundError:  # its tests say so
    xxhash = None

PATIENCE = 300  # seconds; ends a hang
SHARDS = 4
NOBODY = 65534

MARKED = re.compile(r"^[^|]*\| worker-[0-9]+ +\| INFO +\| marked (.*) -> ")


def wait_until(what, is_true):
    """The first true value."""
    end = time.monotonic() + PATIENCE
    while not (value := is_true()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited in vain: {what}")
        time.sleep(0.2)
    return value


def become_ordinary(*programs):
    """Root becomes an ordinary account, if that one can run the programs."""
    sys.dont_write_bytecode = True
    if os.geteuid() == 0:
        for program in programs:
            run = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "test", "-x", program]
            if subprocess.run(run).returncode != 0:
                print(f"as root: an ordinary account cannot run {program}")
                return
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    # Programs that have a file to keep there fail otherwise.
    if not os.access(os.environ.get("HOME", "/nonexistent"), os.W_OK):
        os.environ["HOME"] = tempfile.gettempdir()


def png(seed, width=48, height=32):
    """A small picture of its own."""
    pixels = random.Random(seed)
    rows = b"".join(b"\0" + pixels.randbytes(3 * width) for _ in range(height))

    def chunk(kind, data=b""):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND")


def shard_of(name):
    """As docs/clusters.md tells others to compute it."""
    return xxhash.xxh3_64_intdigest(name[: name.rindex(".")].encode()) % SHARDS + 1


def name_of(path):
    """Below the directory of inputs."""
    return re.sub("^.*?(^|/)(in|photos)/", "", path)


class Pictures:
    """A tree of small pictures. A hazard worker begins those of m/ and finishes them once the gate of the job is open."""

    def __init__(self, directory):
        self.inputs, self.logo = directory / "in", directory / "logo.png"
        names = [f"{tree}/{i % 7}/picture-{i}.png" for tree in "az" for i in range(70)]
        names += [f"m/gated-{i}.png" for i in range(24)]
        for seed, name in enumerate(names):
            path = self.inputs / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(seed))
        self.logo.write_bytes(png(-1, 12, 8))  # most of a picture is to be seen
        self.names = sorted(names)


class ShardedJob:
    """A job in a directory of its own, over pictures that several jobs may share."""

    def __init__(self, directory, programs, pictures):
        self.directory, self.programs, self.pictures = directory, programs, pictures
        self.directory.mkdir()
        self.output = directory / "marked"
        self.job_directory = self.output / ".wm-supervisor"
        self.supervisor = str(programs / "wm-supervisor")
        self.command = [self.supervisor, "--workers", "1", "--worker-program", str(programs / "hazard-worker")]
        self.command += ["--timeout", "0", "--grace", "1s", "-o", str(self.output), "--logo", str(pictures.logo)]
        self.command += ["-r", str(pictures.inputs)]

    def link_documented_names(self):
        """For commands of the documentation in the job's directory."""
        (self.directory / "photos").symlink_to(self.pictures.inputs)
        (self.directory / "logo.png").symlink_to(self.pictures.logo)

    def open_gate(self):
        (self.directory / "gate-is-open").touch()

    def shards_at_gate(self):
        """Those that have begun a picture which waits for the gate."""
        begun = (path.name for path in self.directory.glob("begun-*"))
        return {shard_of(f"m/{name[len('begun-'):name.rindex('-')]}") for name in begun}

    def shard_directory(self, shard):
        return self.job_directory / f"shard-{shard:04}-of-{SHARDS:04}"

    def log_of(self, shard):
        try:
            return (self.shard_directory(shard) / "wm-supervisor.log").read_text()
        except FileNotFoundError:
            return ""

    def report_of(self, shard):
        return json.loads((self.shard_directory(shard) / "report.json").read_text())

    def outputs(self):
        own = self.output / ".wm-supervisor"
        return {
            str(path.relative_to(self.output)): path.read_bytes()
            for path in self.output.rglob("*")
            if path.is_file() and own not in path.parents
        }

    def run_whole(self):
        """One run without shards, to compare with."""
        self.open_gate()
        subprocess.run(self.command, check=True, cwd=self.directory, stdout=subprocess.DEVNULL)
        if len(set(self.outputs().values())) != len(self.pictures.names):
            raise AssertionError("all outputs should differ, or none can be taken for another one")

    def inputs_of(self, shard):
        """In the journal, with their states."""
        journal = sqlite3.connect(f"file:{self.shard_directory(shard)}/job.db?mode=ro", uri=True)
        try:
            rows = journal.execute("SELECT CAST(input AS TEXT), state FROM file").fetchall()
        finally:
            journal.close()
        return {name_of(path): state for path, state in rows}

    def exit_codes_of(self, shard):
        """Of its runs so far. Not from the journal, which a run keeps locked."""
        return [int(code) for code in re.findall(r"supervisor +\| INFO +\| ended with exit code (\d+):", self.log_of(shard))]

    def faults(self, whole, killed=(), repeated=()):
        """What is wrong when all shards are done. `whole`: a job of the same pictures in one run. `killed`: shards whose
        supervisor was killed, so that the last lines of its log may be missing. `repeated`: those whose results were
        lost with a machine, so that pictures were marked again."""
        faults, seen, marked = [], {}, {}
        inputs = wholes = 0
        for shard in range(1, SHARDS + 1):
            for name, state in self.inputs_of(shard).items():
                if state != "marked":
                    faults.append(f"shard {shard}: {name} is {state}")
                if seen.setdefault(name, shard) != shard_of(name):
                    faults.append(f"{name} is in shard {shard}, not {shard_of(name)}, or in several")
            for line in self.log_of(shard).splitlines():
                if found := MARKED.match(line):
                    name = name_of(found[1])
                    marked[name] = marked.get(name, 0) + 1
            report = self.report_of(shard)
            if report["pending"] or report["marked"] + report["up_to_date"] != report["inputs"]:
                faults.append(f"shard {shard}: the last run did not do everything: {json.dumps(report)}")
            if report["shard"]["whole"] != len(self.pictures.names):
                faults.append(f"shard {shard}: the whole job has {report['shard']['whole']} inputs")
            inputs += report["inputs"]
            wholes += report["shard"]["whole"] - report["shard"]["other_shards"]
        if sorted(seen) != self.pictures.names:
            faults.append(f"the union of shards has {len(seen)} inputs, not {len(self.pictures.names)}")
        if inputs != len(self.pictures.names) or wholes != inputs:
            faults.append(f"the ledgers add up to {inputs} and {wholes}, not to {len(self.pictures.names)}")
        for name, shard in seen.items():
            least, most = 0 if shard in killed else 1, 99 if shard in repeated else 1
            if not least <= marked.get(name, 0) <= most:
                faults.append(f"the log says {marked.get(name, 0)} times that {name} was marked")
        faults += self.merge_faults()
        mine, wanted = self.outputs(), whole.outputs()
        if mine != wanted:
            different = sorted(name for name in mine.keys() | wanted.keys() if mine.get(name) != wanted.get(name))
            faults.append(f"outputs differ from those of one run: {different[:5]}")
        return faults

    def merge_faults(self):
        """What keeps the ledger over all shards from being closed and clean."""
        merged = self.directory / "merged.json"
        words = [self.supervisor, "report", "merge", self.job_directory, "--json", merged]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            return [f"report merge ended with exit code {done.returncode}: {done.stderr}{self.merge_text()}"]
        report, count = json.loads(merged.read_text()), len(self.pictures.names)
        figures = {name: report[name] for name in ("closing", "whole", "held", "inputs", "pending", "failed")}
        wanted = {"closing": "closed", "whole": count, "held": count, "inputs": count, "pending": 0, "failed": 0}
        faults = [] if figures == wanted else [f"the merged ledger is {figures}, not {wanted}"]
        if report["marked"] + report["up_to_date"] != count:
            faults.append(f"the merged ledger has {report['marked']} marked and {report['up_to_date']} up to date")
        return faults

    def merge_text(self):
        return subprocess.run([self.supervisor, "report", "merge", self.job_directory], capture_output=True, text=True).stdout
