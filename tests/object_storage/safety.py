"""What wm-object-storage must not do: lose a picture, replace what is not the job's, or store what is damaged."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tarfile

from sharded_job import PATIENCE, png, wait_until

SHARD = "shard-0001-of-0001"
NAMES = ("a.png", "b/c.png")


class SmallJob:
    """Of one shard. `job` says how wm-supervisor runs."""

    def __init__(self, job, storage, name, pictures=NAMES):
        self.script, self.supervisor = job.common[0], job.supervisor
        self.remote = f"{storage.remote}/{job.directory.name}-{name}"
        self.source, self.destination = f"{self.remote}/photos", f"{self.remote}/marked"
        self.directory, self.options = job.directory / name, job.options[2:]
        self.local = self.directory / "local"
        for seed, picture in enumerate(pictures):
            path = self.directory / "in" / picture
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(seed))
        rclone("copy", self.directory / "in", self.source)

    def words(self, *words, destination=None, script=None):
        program = ["--program", self.supervisor]
        return [*(script or [self.script]), *program, "--destination", destination or self.destination, *words]

    def run(self, *words, environment=None, **options):
        """Returns exit code and messages."""
        done = subprocess.run(
            self.words(*words, **options), capture_output=True, text=True, timeout=PATIENCE,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def list(self, **options):
        return self.run("--list", "--source", self.source, **options)

    def shard_words(self, *words, local=None):
        return ["--shard", "1/1", "--source", self.source, "--local", local or self.local, *self.options, *words]

    def shard(self, *words, local=None, **options):
        return self.run(*self.shard_words(*words, local=local), **options)

    def start(self, environment=None):
        """In a process group of its own."""
        words = ["setpriv", "--pdeathsig", "TERM", "--", *self.words(*self.shard_words())]
        output = open(self.directory / "output", "ab")
        settings = {**os.environ, **(environment or {})}
        return subprocess.Popen(words, start_new_session=True, stdout=output, stderr=output, env=settings)

    def start_until_gate(self, environment=None):
        process = self.start(environment)
        wait_until("the gate", lambda: process.poll() is not None or list(self.place.glob("begun-*")))
        return process

    @property
    def place(self):
        return self.local / SHARD

    def open_gate(self):
        self.place.mkdir(parents=True, exist_ok=True)
        (self.place / "gate-is-open").touch()

    def merge(self, *words):
        return self.run("--merge", "--local", self.local, *words)

    def stored(self, below="marked"):
        """Names in the storage, and what they contain."""
        listed = rclone("lsf", "--recursive", "--files-only", self.remote).splitlines()
        names = [name for name in listed if name.startswith(f"{below}/")]
        return {name[len(below) + 1 :]: rclone("cat", f"{self.remote}/{name}", text=False) for name in names}

    def put(self, contents, name):
        subprocess.run(["rclone", "rcat", f"{self.remote}/{name}"], input=contents, check=True)

    def stand_in(self, text):
        """Runs before rclone does what it is called for. Returns the environment."""
        path = self.directory / "bin/rclone"
        path.parent.mkdir()
        path.write_text(f'#!/bin/sh\n{text}\nexec {shutil.which("rclone")} "$@"\n')
        path.chmod(0o755)
        return {"PATH": f"{path.parent}:{os.environ['PATH']}"}


def rclone(*words, text=True):
    return subprocess.run(["rclone", *words], check=True, stdout=subprocess.PIPE, text=text).stdout


def originals(check, job, storage):
    """Nothing that is not the job's is replaced."""
    one = SmallJob(job, storage, "originals")
    before = one.stored("photos")
    for destination in (one.source, f"{one.source}/", f"{one.source}/../photos", f"{one.source}/marked", one.remote):
        check(f"no list: {destination}", one.list(destination=destination)[0] == 2)
        check(f"no shard: {destination}", one.shard(destination=destination)[0] == 2)
    check("originals are as they were", one.stored("photos") == before and not one.stored())

    one.put(b"precious", "marked/a.png")
    one.list()
    code, said = one.shard()
    check(f"the other's picture is in the way: {code} {said}", code == 3 and "a.png" in said and "remove it there" in said)
    check("it is as it was", one.stored()["a.png"] == b"precious")
    check("nothing says that it is marked", f".wm-supervisor/{SHARD}.tar" not in one.stored() and one.merge()[0] != 0)
    rclone("deletefile", f"{one.destination}/a.png")
    check("it ends when that is gone", one.shard()[0] == 0 and one.merge()[0] == 0)

    changed = png(77)  # the job's own may be replaced
    before = one.stored()
    one.put(changed, "photos/a.png")
    check("a changed input is marked again", one.shard()[0] == 0)
    after = one.stored()
    check("... and only that", before["a.png"] != after["a.png"] and before["b/c.png"] == after["b/c.png"])
    check("no list for another job while there is one", one.list()[0] == 2)
    rclone("deletefile", f"{one.destination}/.wm-supervisor/inputs.list")
    check("... also if only the list is gone", one.list()[0] == 2)


def replaced(check, job, storage):
    """What somebody has put in the place of an output stays; what the job itself left there does not."""
    one = SmallJob(job, storage, "replaced")
    one.put(b"no picture", "photos/bad.png")  # so that the local directory stays
    one.list()
    check("one picture fails", one.shard()[0] == 1)
    archive, seed = f".wm-supervisor/{SHARD}.tar", 100
    for is_lost, is_changed in ((False, False), (False, True), (True, False)):
        what = f"the local directory is {'lost' if is_lost else 'there'}, the input {'new' if is_changed else 'old'}"
        good = one.stored()
        precious = b"x" * len(good["a.png"])
        one.put(precious, "marked/a.png")
        if is_changed:
            one.put(png(seed := seed + 1), "photos/a.png")
        if is_lost:
            shutil.rmtree(one.place)
        code, said = one.shard()
        check(f"the other's picture is in the way: {what}: {code} {said}", code == 3 and "a.png" in said)
        check(f"all is as it was: {what}", one.stored() == {**good, "a.png": precious})
        rclone("deletefile", f"{one.destination}/a.png")
        code, said = one.shard()
        check(f"it ends when that is gone: {what}: {code} {said}", code == 1)
        check(f"... with its picture: {what}", (one.stored()["a.png"] != good["a.png"]) == is_changed)

    before = one.stored()
    one.put(b"no picture", "photos/a.png")
    check("a picture that fails now", one.shard()[0] == 1 and one.stored()["a.png"] == before["a.png"])
    one.put(png(seed + 1), "photos/a.png")
    code, said = one.shard()
    check(f"... and later does not: {code} {said}", code == 1 and one.stored()["a.png"] != before["a.png"])

    before = one.stored()
    no_archive = one.stand_in('case "$1 $3" in "copyto store:"*.tar) exit 9;; esac')
    one.put(png(seed + 2), "photos/a.png")
    code, said = one.shard(environment=no_archive)
    between = one.stored()
    check(f"no archive is stored: {code} {said}", code == 3 and between[archive] == before[archive])
    check("... but the picture", between["a.png"] != before["a.png"])
    one.put(png(seed + 3), "photos/a.png")
    code, said = one.shard()
    check(f"it is the job's to replace: {code} {said}", code == 1 and one.stored()["a.png"] != between["a.png"])


def inputs_of_others(check, job, storage):
    """Inputs and outputs are those of source and destination."""
    one = SmallJob(job, storage, "inputs")
    one.put(b"no picture", "photos/bad.png")
    one.list()
    foreign = one.directory / "foreign.png"
    foreign.write_bytes(png(99))
    for words in ([foreign], ["--opacity", "0.5", foreign], [foreign.parent]):
        code, said = one.shard(*words)
        check(f"{words}: {code} {said}", code == 2 and f"{words[-1]} cannot be an input here" in said)
    redirections = [["-o", "/nonexistent"], ["--job-dir=/nonexistent"], ["--base", "x"], ["--scratch", "/tmp"], ["-n"]]
    for words in (*redirections, ["--print-config=false"]):
        code, said = one.shard(*words)
        check(f"{words}: {code} {said}", code == 2 and "inputs and outputs are in --local" in said)
    check("nothing is marked", set(one.stored()) == {".wm-supervisor/inputs.list"})
    code, said = one.shard()
    report = f"wm-supervisor report {one.place}/out/.wm-supervisor/{SHARD}\n"
    check(f"the report is where it says: {code} {said}", code == 1 and report in said)


def left_overs(check, job, storage):
    """A local directory is of one job."""
    one, other = (SmallJob(job, storage, name, ["a.png", f"{name}.png"]) for name in ("one", "other"))
    one.put(b"no picture", "photos/bad.png")
    one.list()
    other.list()
    other.local = one.local
    check("a shard with a failed picture stays", one.shard()[0] == 1 and one.place.exists())
    before = one.stored(), other.stored()
    code, said = other.shard()
    check(f"another job does not use it: {code} {said}", code == 2 and "another job" in said)
    code, said = one.shard(destination=f"{one.remote}/elsewhere")
    check(f"nor does another destination: {code} {said}", code == 2)
    check("nothing is stored", (one.stored(), other.stored()) == before)
    check("its own does", one.shard()[0] == 1)
    (one.place / "bound").unlink()
    check("nobody's is not used", one.shard()[0] == 2)
    shutil.rmtree(one.place)
    one.place.mkdir()
    one.place.chmod(0o777)
    check("nor what others may write", one.shard()[0] == 2)
    one.place.rmdir()
    one.place.symlink_to(one.directory)
    check("nor a link", one.shard()[0] == 2)
    one.place.unlink()
    (one.local / "merge").mkdir(exist_ok=True)
    shutil.rmtree(one.local / "merge")
    (one.local / "merge/job").mkdir(parents=True)
    (one.local / "merge/job/thesis").touch()
    check("a merge leaves alone what is not its own", one.merge()[0] == 2 and (one.local / "merge/job/thesis").exists())


def damaged(check, job, storage):
    """What wm-supervisor cannot open is not stored over what it can."""
    one = SmallJob(job, storage, "damaged", [*NAMES, "gated.png"])
    one.list()
    process = one.start_until_gate()
    process.terminate()
    check("stopped", process.wait() == 143)
    archive = f".wm-supervisor/{SHARD}.tar"
    good = one.stored()
    check("the shard is stored", archive in good)
    one.open_gate()

    journal = one.place / "out/.wm-supervisor" / SHARD / "job.db"
    whole = journal.read_bytes()
    journal.write_bytes(whole[: len(whole) // 2])
    code, said = one.shard()
    check(f"a damaged journal: {code} {said}", code == 2 and one.stored() == good)
    check("--no-such-option", one.shard("--no-such-option")[0] == 2 and one.stored() == good)

    # Killed while it was unpacked.
    shutil.rmtree(one.place / "out")
    stored = one.place / "stored"
    stored.mkdir()
    (stored / "job.db").write_bytes(whole[: len(whole) // 2])
    (one.place / "out").mkdir()
    code, said = one.shard()
    check(f"it goes on from what is stored: {code} {said}", code == 0)
    check("... and marks what is left", one.merge("--json", one.directory / "merged.json")[0] == 0)
    report = json.loads((one.directory / "merged.json").read_text())
    check(f"... only: {report['marked']} {report['up_to_date']}", report["marked"] == 3 and report["shards"][0]["runs"] >= 2)

    good = one.stored()
    for cut in (good[archive][:700], good[archive][:-20000], b"rubbish" * 999):
        one.put(cut, f"marked/{archive}")
        one.open_gate()
        code, said = one.shard()
        if code == 0:  # only what follows the journal was cut off
            continue
        shutil.rmtree(one.place, ignore_errors=True)
        check(f"a damaged archive: {code} {said}", code == 2 and "damaged" in said and "Traceback" not in said)
        check("... is left alone", one.stored()[archive] == cut)
    code, said = one.merge()
    check(f"merge names it: {code} {said}", code == 2 and "damaged" in said)
    rclone("deletefile", f"{one.destination}/{archive}")
    one.open_gate()
    check("it begins anew, and comes to the same", one.shard()[0] == 0)
    after = one.stored()
    check("... bytes", all(after[name] == good[name] for name in (*NAMES, "gated.png")))


def names(check, job, storage):
    odd = ["sub/.wm-supervisor/a.png", ".wm-supervisor-x.png", "-dash.png", "# ü [*] {x}.png", " space .png", "ok.png"]
    one = SmallJob(job, storage, "names", odd)
    one.list()
    code, said = one.shard()
    check(f"odd names: {code} {said}", code == 0)
    stored = {name for name in one.stored() if not name.startswith(".wm-supervisor/")}
    check(f"all are stored: {stored}", stored == set(odd))
    (one.directory / "else.toml").write_text("dry-run = true\n")
    code, said = one.shard("--config", one.directory / "else.toml")
    check(f"no run, no success: {code} {said}", code == 2)
    shutil.rmtree(one.place)  # as on another machine
    link = one.directory / "link"
    link.symlink_to(one.directory)
    code, said = one.shard(local=link / "local")
    check(f"a link to the same place: {code} {said}", code == 0 and "another path" not in said)
    code, said = one.shard(local=one.directory / "elsewhere")
    check(f"another place: {code} {said}", code == 0 and "another path" in said)


def troubles(check, job, storage):
    """Exit code 1 is for pictures."""
    one = SmallJob(job, storage, "troubles")
    one.list()
    empty = one.directory / "empty"
    empty.mkdir()
    script = [sys.executable, one.script]  # without PATH
    code, said = one.shard(script=script, environment={"PATH": str(empty)})
    check(f"no rclone: {code} {said}", code == 2 and "rclone not found" in said)
    code, said = one.shard("--program", "no-such-program")
    check(f"no wm-supervisor: {code} {said}", code == 2 and "no-such-program not found" in said)
    (one.directory / "file").touch()
    code, said = one.shard(local=one.directory / "file/local")
    check(f"no place: {code} {said}", code == 3 and "Traceback" not in said)


def merges(check, job, storage):
    """Its options, and the list of quarantined pictures."""
    bad = "fault-segv@decode.png"
    one = SmallJob(job, storage, "merges", ["a.png", bad])
    one.list()
    code, said = one.shard()
    check(f"a picture that kills its worker: {code} {said}", code == 1)
    with tarfile.open(one.place / f"{SHARD}.tar") as tar:
        stored = tar.getnames()
    check(f"no crash data is stored: {stored}", "./job.db" in stored and not any("crashes" in name for name in stored))
    report = one.directory / "merged.json"
    code, said = one.merge("--json", report)
    check(f"merge --json: {code} {said}", code == 1 and json.loads(report.read_text())["quarantined"] == 1)
    check("the list is stored", bad.encode() in one.stored().get(".wm-supervisor/quarantine.txt", b""))
    one.options[one.options.index("--worker-program") + 1] = str(pathlib.Path(one.supervisor).with_name("wm-worker"))
    code, said = one.shard("--retry-quarantined")
    check(f"it is marked by another worker: {code} {said}", code == 0)
    check("the merge is clean", one.merge()[0] == 0)
    check("and the list is gone", ".wm-supervisor/quarantine.txt" not in one.stored())


def signals(check, job, storage):
    """Several; and the death of wm-supervisor alone."""
    one = SmallJob(job, storage, "signals", [*NAMES, "gated.png"])
    one.list()
    once = one.directory / "once"
    # When the first output is to be stored, everything gets SIGTERM again.
    text = f'case "$*" in *done*) [ -e {once} ] || {{ touch {once}; kill -TERM 0; sleep 600; }};; esac'
    process = one.start_until_gate(environment=one.stand_in(text))
    process.terminate()
    check("two signals are as good as one", process.wait() == 143)
    check("the second one came", once.exists())
    check("what was done is stored", {f".wm-supervisor/{SHARD}.tar", *NAMES} <= one.stored().keys())

    other = SmallJob(job, storage, "killed", [*NAMES, "gated.png"])
    other.list()
    process = other.start_until_gate()
    owner = other.place / "out/.wm-supervisor" / SHARD / "owner"
    pids = subprocess.run(["pgrep", "-P", str(process.pid)], stdout=subprocess.PIPE, text=True).stdout.split()
    check(f"it has an owner: {pids}", owner.exists() and len(pids) == 1)
    wait_until("the outcomes in the journal", lambda: has_committed(other))
    os.kill(int(pids[0]), signal.SIGKILL)
    check("a killed wm-supervisor", process.wait() == 137)
    check("its owner's file stays here", owner.exists())
    archive = other.place / f"{SHARD}.tar"
    with tarfile.open(archive) as tar:
        stored = tar.getnames()
    check(f"... and only here: {stored}", "./job.db" in stored and "./owner" not in stored)
    check("what was done is stored", set(NAMES) <= other.stored().keys())
    shutil.rmtree(other.place)
    other.open_gate()
    code, said = other.shard()
    check(f"another machine ends it at once: {code} {said}", code == 0)


def begun_at_once(check, job, storage):
    """Two shards, each of which has written a job.json before it saw the other's."""
    one = SmallJob(job, storage, "begun", [*NAMES, "gated.png"])
    one.list()
    process = one.start_until_gate()
    mine = (one.place / "out/.wm-supervisor/job.json").read_bytes()
    one.put(mine + b"\n", "marked/.wm-supervisor/job.json")
    one.open_gate()
    check("the second one has to run again", process.wait() == 75)
    stored = one.stored()
    description = stored[".wm-supervisor/job.json"]
    check("the first one's stays", description == mine + b"\n" and f".wm-supervisor/{SHARD}.tar" not in stored)
    check("with that it ends", one.shard()[0] == 0 and one.merge()[0] == 0)


def has_committed(job):
    with open(job.place / "out/.wm-supervisor" / SHARD / "status.json") as status:
        return json.load(status)["marked"] == len(NAMES)
