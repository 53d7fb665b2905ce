#!/usr/bin/env python3
"""Completions in a real shell: what is run after some keys, a tabulator and Return.

completion_test.py PROGRAM bash|zsh|fish

In place of the program, a script prints the words that it is called with. Exits with 77 when the shell is missing.
"""

import json
import os
import pathlib
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

# Keys before the tabulator, and the words that are run, but for a "/" or "=" at their end, which zsh takes away.
CASES = [
    ("--grav", ["--gravity"]),
    ("--gravity southe", ["--gravity", "southeast"]),
    ("--gravity=northw", ["--gravity=northwest"]),
    ("--blend mult", ["--blend", "multiply"]),
    ("--format ti", ["--format", "tiff"]),
    ("--preset proof", ["--preset", "proof-tiles"]),
    ("--tile=br", ["--tile=brick"]),
    ("--log-stderr=warn", ["--log-stderr=warning"]),
    ("--workers au", ["--workers", "auto"]),
    ("-j au", ["-j", "auto"]),
    ("--log-format js", ["--log-format", "json"]),
    ("--metrics-f", ["--metrics-file"]),
    ("--metrics-file lo", ["--metrics-file", "logo.png"]),
    ("stat", ["status"]),
    ("status --js", ["status", "--json"]),
    ("status --wat", ["status", "--watch"]),
    ("repo", ["report"]),
    ("report --ht", ["report", "--html"]),
    ("report --js", ["report", "--json"]),
    ("report marked", ["report", "marked-directory"]),
    ("report merge --ht", ["report", "merge", "--html"]),
    ("report merge marked", ["report", "merge", "marked-directory"]),
    ("status marked", ["status", "marked-directory"]),
    ("--logo lo", ["--logo", "logo.png"]),
    ("-o marked", ["-o", "marked-directory"]),
    ("--output=marked", ["--output=marked-directory"]),
    ("--text x photo", ["--text", "x", "photos"]),
    ("photo", ["photos"]),
    ("--retry-q", ["--retry-quarantined"]),
    ("cras", ["crashes"]),
    ("crashes symb", ["crashes", "symbolise"]),
    ("crashes show --js", ["crashes", "show", "--json"]),
    ("crashes marked", ["crashes", "marked-directory"]),
    ("replay --with-h", ["replay", "--with-history"]),
    ("replay --worker-program lo", ["replay", "--worker-program", "logo.png"]),
    ("preview --opac", ["preview", "--opacity"]),
    ("completion fi", ["completion", "fish"]),
]

PATIENCE = 120  # seconds; ends a hang


def script_of(program, shell):
    return subprocess.run([program, "completion", shell], check=True, capture_output=True, text=True).stdout


def start(shell, home, script):
    """The shell with the completions installed, on a terminal that it does not share."""
    environment = {
        "HOME": str(home),
        "PATH": f"{home}/bin:{os.environ['PATH']}",
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
    }
    if shell == "bash":
        (home / "bashrc").write_text(f"PS1='ready> '\n{script}")
        words = ["bash", "--noprofile", "--rcfile", str(home / "bashrc"), "-i"]
    elif shell == "zsh":
        (home / "functions").mkdir()
        (home / "functions/_wm-supervisor").write_text(script)
        (home / ".zshrc").write_text(
            "PS1='ready> '\nfpath=(~/functions $fpath)\nautoload -Uz compinit\ncompinit -u -d ~/dump\n"
        )
        environment["ZDOTDIR"] = str(home)
        words = ["zsh", "-d", "-i"]
    else:
        (home / "config/fish/completions").mkdir(parents=True)
        # Otherwise fish reads all manual pages in the background, and goes on when it has ended.
        (home / "data/fish/generated_completions").mkdir(parents=True)
        (home / "config/fish/completions/wm-supervisor.fish").write_text(script)
        (home / "config/fish/config.fish").write_text(
            "set -g fish_greeting\nset -g fish_autosuggestion_enabled 0\nfunction fish_prompt; echo -n 'ready> '; end\n"
        )
        words = ["fish", "-i"]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(home / "work")
        os.execvpe(words[0], words, environment)
    return pid, terminal


class Terminal:
    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.output = b""

    def read_until(self, is_there):
        """Answers what fish asks terminals for, lest it waits."""
        end = time.monotonic() + PATIENCE
        while not is_there():
            if time.monotonic() > end:
                raise TimeoutError(self.output.decode(errors="replace"))
            if not select.select([self.descriptor], [], [], 0.05)[0]:
                continue
            received = os.read(self.descriptor, 65536)
            self.output += received
            if b"\x1b[c" in received or b"\x1b[0c" in received:
                os.write(self.descriptor, b"\x1b[?1;2c")

    def send(self, keys):
        os.write(self.descriptor, keys.encode())


def main():
    program, shell = sys.argv[1:]
    if shutil.which(shell) is None:
        print(f"SKIP: {shell} is not installed; scripts/setup.sh installs it")
        return 77
    script = script_of(program, shell)
    failed = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:  # fish may still write into it
        home = pathlib.Path(directory)
        for name in ("bin", "work/photos", "work/marked-directory", "config", "data"):
            (home / name).mkdir(parents=True)
        (home / "work/logo.png").touch()
        (home / "work/marked-file").touch()
        calls = home / "calls"
        calls.touch()
        fake = home / "bin/wm-supervisor"
        fake.write_text(
            f"#!{sys.executable}\nimport json, sys\n"
            f"with open({str(calls)!r}, 'a') as calls: print(json.dumps(sys.argv[1:]), file=calls)\n"
        )
        fake.chmod(0o755)
        pid, descriptor = start(shell, home, script)
        terminal = Terminal(descriptor)
        terminal.read_until(lambda: b"ready> " in terminal.output)
        for number, (keys, expected) in enumerate(CASES, 1):
            terminal.send(f"wm-supervisor {keys}\t\r")
            terminal.read_until(lambda: len(calls.read_text().splitlines()) >= number)
            got = [word.rstrip("/=") for word in json.loads(calls.read_text().splitlines()[number - 1])]
            if got != expected:
                failed += 1
                print(f"{shell}: {keys!r} and a tabulator ran {got}, expected {expected}")
        terminal.send("exit\r")
        os.close(descriptor)
        os.waitpid(pid, 0)
    print(f"{shell}: {len(CASES) - failed} of {len(CASES)} are right")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
