#!/usr/bin/python3
"""What docs/clusters.md and its files give to engines: their commands, run as the engine would, and their structure.

engines_test.py BIN_DIR kubernetes|aws_batch|parallel

Exits with 77 when something is missing.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCES = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SOURCES / "support"))
sys.dont_write_bytecode = True
import documented  # noqa: E402
import sharded_job  # noqa: E402
from sharded_job import PATIENCE, SHARDS, ShardedJob  # noqa: E402

SCRIPTS = SOURCES.parent / "scripts"

# Fields of batch/v1 and core/v1 that the files use; a field with another name is one too many.
JOB_FIELDS = {
    "completionMode", "completions", "parallelism", "backoffLimit", "backoffLimitPerIndex", "maxFailedIndexes",
    "podReplacementPolicy", "podFailurePolicy", "activeDeadlineSeconds", "template",
}  # fmt: skip
POD_FIELDS = {"restartPolicy", "terminationGracePeriodSeconds", "containers", "volumes"}
CONTAINER_FIELDS = {"name", "image", "workingDir", "command", "args", "resources", "volumeMounts"}
ACTIONS = {"Ignore", "FailIndex", "FailJob", "Count"}

failures = []


def check(what, is_true):
    if not is_true:
        failures.append(what)
        print(f"FAILED: {what}", flush=True)


def seconds_of(words, option):
    return int(words[words.index(option) + 1].removesuffix("s"))


def check_kubernetes_job(job):
    name, spec = job["metadata"]["name"], job["spec"]
    check(f"{name}: kind", (job["apiVersion"], job["kind"]) == ("batch/v1", "Job"))
    check(f"{name}: fields of a Job: {spec.keys() - JOB_FIELDS}", spec.keys() <= JOB_FIELDS)
    pod = spec["template"]["spec"]
    check(f"{name}: fields of a pod: {pod.keys() - POD_FIELDS}", pod.keys() <= POD_FIELDS)
    check(f"{name}: podFailurePolicy needs it", pod["restartPolicy"] == "Never")
    (container,) = pod["containers"]
    check(f"{name}: fields: {container.keys() - CONTAINER_FIELDS}", container.keys() <= CONTAINER_FIELDS)
    volumes = {volume["name"] for volume in pod["volumes"]}
    check(f"{name}: volumes", {mount["name"] for mount in container["volumeMounts"]} == volumes)
    action_of = {}
    for rule in spec["podFailurePolicy"]["rules"]:
        check(f"{name}: action {rule['action']}", rule["action"] in ACTIONS)
        check(f"{name}: one requirement", len(rule.keys() & {"onExitCodes", "onPodConditions"}) == 1)
        codes = rule.get("onExitCodes")
        if codes:
            check(f"{name}: the container's name", codes["containerName"] == container["name"])
            values = codes["values"]
            check(f"{name}: codes in order, without 0: {values}", values == sorted(set(values)) and 0 not in values)
            action_of.update({value: rule["action"] for value in values})
    return spec, pod, container, action_of


def kubernetes(job):
    import yaml

    shards, merge = yaml.safe_load_all((SCRIPTS / "kubernetes/job.yaml").read_text())
    spec, pod, container, action_of = check_kubernetes_job(shards)
    check("an Indexed Job", spec["completionMode"] == "Indexed" and spec["completions"] == documented.DOCUMENTED_SHARDS)
    check("FailIndex needs backoffLimitPerIndex", spec["backoffLimitPerIndex"] > 0)
    check("replaced when it has ended", spec["podReplacementPolicy"] == "Failed")
    wanted = {75: "Ignore", 143: "Ignore", 2: "FailIndex", 1: "Count", 3: "Count", 137: "Count"}
    check(f"exit codes: {action_of}", action_of == wanted)
    (command,) = container["args"]
    grace = seconds_of(command.split(), "--grace")
    check("time to end in", grace + 10 <= pod["terminationGracePeriodSeconds"])
    merging = start_merge(job, merge)
    try:
        run_shards(job, [*container["command"], documented.fewer_shards(command, SHARDS)], "JOB_COMPLETION_INDEX")
        merging.communicate(timeout=PATIENCE)
        check("the merge ends with 0", merging.returncode == 0)
    finally:
        merging.kill()
    failed_picture(job, [*container["command"], documented.fewer_shards(command, SHARDS)], merge)
    nothing_begins(job, merge)
    documented_wait(job)


def start_merge(job, description, wait_s=None):
    """Before any shard has begun, and with shorter waits."""
    spec, _, container, action_of = check_kubernetes_job(description)
    check(f"exit codes of the merge: {action_of}", action_of == {2: "FailJob", 75: "FailJob"})
    (command,) = container["args"]
    check("the Job lives longer than the wait", spec["activeDeadlineSeconds"] > 172800 and "172800" in command)
    command = command.replace("pause=60;", "pause=1;").replace("172800", str(wait_s or PATIENCE))
    words = [*container["command"], command]
    return subprocess.Popen(words, cwd=job.directory, stdout=subprocess.PIPE, text=True)


def failed_picture(job, command, merge):
    """It is in the report, and the Job is complete all the same."""
    other = ShardedJob(job.directory / "failed", job.programs, job.pictures)
    photos = other.directory / "photos"
    photos.mkdir()
    (photos / "bad.png").write_text("no picture")
    (photos / "good.png").write_bytes((job.pictures.inputs / job.pictures.names[0]).read_bytes())
    (other.directory / "logo.png").symlink_to(job.pictures.logo)
    merging = start_merge(other, merge)
    run_shards(other, command, "JOB_COMPLETION_INDEX")
    said, _ = merging.communicate(timeout=PATIENCE)
    check(f"the merge ends with 0: {merging.returncode} {said}", merging.returncode == 0)
    check(f"it tells of the picture, once: {said}", said.count("1 failed") == 1 and said.count("\njob ") == 1)


def nothing_begins(job, merge):
    directory = job.directory / "nothing"
    merging = start_merge(ShardedJob(directory, job.programs, job.pictures), merge, wait_s=1)
    said, _ = merging.communicate(timeout=PATIENCE)
    check(f"it does not wait for ever: {merging.returncode} {said}", merging.returncode == 75 and "no shard" in said)


def documented_wait(job):
    """The commands of the documentation come to their end when the Job has failed, too."""
    for condition in ("Complete", "Failed"):
        kubectl = job.directory / condition / "kubectl"
        kubectl.parent.mkdir()
        asked = kubectl.with_name("asked")
        kubectl.write_text(
            f'#!/bin/sh\n[ "$1" = get ] || exit 0\necho >>{asked}\n[ $(wc -l <{asked}) -lt 2 ] || echo {condition}\n'
        )
        kubectl.chmod(0o755)
        commands = documented.block("Kubernetes").replace("sleep 30", "sleep 0.1")
        settings = {**os.environ, "PATH": f"{kubectl.parent}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-ec", commands], cwd=job.directory, env=settings, timeout=PATIENCE)
        check(f"the wait ends with {condition}", done.returncode == 0)


def aws_batch(job):
    definition = json.loads((SCRIPTS / "aws_batch/job-definition.json").read_text())
    retry = definition["retryStrategy"]
    conditions = retry["evaluateOnExit"]
    check("at most five conditions, ten attempts", len(conditions) <= 5 and retry["attempts"] <= 10)
    action_of = {one["onExitCode"]: one["action"] for one in conditions if "onExitCode" in one}
    check(f"exit codes: {action_of}", action_of == {"75": "RETRY", "137": "RETRY", "143": "RETRY"})
    check("what matches none is tried again, so the last matches all", conditions[-1] == {"onReason": "*", "action": "EXIT"})
    *shell, command = definition["containerProperties"]["command"]
    check("time to end in", seconds_of(command.split(), "--grace") + 10 <= 30)
    command = documented.fewer_shards(command, SHARDS).replace("cd /pictures", f"cd {job.directory}")
    run_shards(job, [*shell, command], "AWS_BATCH_JOB_ARRAY_INDEX")


def run_shards(job, command, variable):
    """As containers of an array: the index begins at 0."""
    running = [
        subprocess.Popen(command, cwd=job.directory, env={**os.environ, variable: str(index)}, stdout=subprocess.DEVNULL)
        for index in range(SHARDS)
    ]
    check("every shard ends with 0", [one.wait() for one in running] == [0] * SHARDS)


def parallel(job):
    """With two names of this machine, and a stand-in for ssh."""
    ssh = job.directory / "ssh"
    # sshd sets SHELL; without it, GNU parallel runs nothing on the other machine and ends with 0.
    ssh.write_text('#!/bin/sh\necho "$1" >>hosts-used\nshift 2  # HOST --\nexec env SHELL=/bin/sh sh -c "$*"\n')
    ssh.chmod(0o755)
    (job.directory / "hosts").write_text("one\ntwo\n")
    settings = {**os.environ, "PARALLEL_SSH": str(ssh), "PARALLEL_HOME": str(job.directory)}
    command = documented.commands("GNU parallel over ssh", SHARDS)
    for _ in range(2):
        done = subprocess.run(["bash", "-ec", command], cwd=job.directory, env=settings, stdout=subprocess.DEVNULL)
        check("parallel and the merge end with 0", done.returncode == 0)
    check("on both machines", {"one", "two"} <= set((job.directory / "hosts-used").read_text().split()))
    log = (job.directory / "shards.log").read_text().splitlines()
    check("every shard once, although the command ran twice", len(log) == 1 + SHARDS)
    # As the document says for shards that a report names.
    named = command.replace("--joblog shards.log --resume-failed ", "").replace(f"::: $(seq {SHARDS})", "::: 1 2")
    used = len((job.directory / "hosts-used").read_text().split())
    done = subprocess.run(["bash", "-ec", named], cwd=job.directory, env=settings, stdout=subprocess.DEVNULL)
    check("the numbers that a report names run again", done.returncode == 0 and "::: 1 2" in named)
    check("only these", len((job.directory / "hosts-used").read_text().split()) - used == 2)


def missing(engine):
    if not sharded_job.xxhash:
        return "python3-xxhash"
    if engine == "parallel" and shutil.which("parallel") is None:
        return "parallel"
    if engine == "kubernetes":
        try:
            import yaml  # noqa: F401
        except ModuleNotFoundError:
            return "python3-yaml"
    return None


def main():
    programs, engine = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    if package := missing(engine):
        print(f"SKIPPED: {engine}: {package} is not installed (scripts/setup.sh --clusters)")
        return 77
    os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(prefix="wm-engines-") as name:
        directory = pathlib.Path(name)
        pictures = sharded_job.Pictures(directory)
        whole = ShardedJob(directory / "whole", programs, pictures)
        whole.run_whole()
        job = ShardedJob(directory / engine, programs, pictures)
        job.link_documented_names()
        {"kubernetes": kubernetes, "aws_batch": aws_batch, "parallel": parallel}[engine](job)
        for fault in job.faults(whole):
            check(fault, False)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
