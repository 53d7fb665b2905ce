"""Where rclone keeps objects in tests: a directory, or a real S3 server."""

import os
import pathlib
import shutil
import socket
import subprocess

from sharded_job import wait_until

HERE = pathlib.Path(__file__).resolve().parent


class DirectoryStorage:
    """rclone's local backend."""

    def __init__(self, directory):
        self.root = directory / "objects"
        self.root.mkdir()
        self.remote = f"store:{self.root}"
        self.configuration = "[store]\ntype = local\n"

    def break_down(self):
        self.root.rename(f"{self.root}.away")
        self.root.touch()

    def repair(self):
        self.root.unlink()
        pathlib.Path(f"{self.root}.away").rename(self.root)

    def close(self):
        pass


class S3Storage:
    """s3rver, a server of Node.js."""

    def __init__(self, directory, program):
        self.program, self.root = program, directory / "objects"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.remote = "store:pictures"
        self.configuration = (
            "[store]\ntype = s3\nprovider = Other\naccess_key_id = S3RVER\nsecret_access_key = S3RVER\n"
            f"endpoint = http://127.0.0.1:{self.port}\nforce_path_style = true\nno_check_bucket = true\n"
        )
        # Without it, s3rver leaves out directories that contain only directories.
        os.environ["RCLONE_FAST_LIST"] = "true"
        self.start(self.root, "--configure-bucket", "pictures")

    def start(self, root, *options):
        words = ["node", "--require", str(HERE / "s3rver_writes_first.js"), self.program, "--silent"]
        words += ["--directory", root, "--address", "127.0.0.1", "--port", str(self.port)]
        # It ends with this process, even when that is killed.
        words = ["setpriv", "--pdeathsig", "KILL", "--", *words, *options]
        self.server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def answers():
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", self.port)) == 0

        wait_until("an answer of the S3 server", answers)

    def break_down(self):
        """The bucket is gone. (If the server is, rclone tries again for minutes.)"""
        self.close()
        self.start(f"{self.root}.empty")

    def repair(self):
        self.close()
        self.start(self.root, "--configure-bucket", "pictures")

    def close(self):
        self.server.kill()
        self.server.wait()


def s3_program(directory):
    """Installs s3rver, as the lock file beside this one says, into `directory` unless it is there. Returns its path, or
    why there is none."""
    program = directory / "node_modules/.bin/s3rver"
    if program.exists():
        return program, None
    if shutil.which("npm") is None:
        return None, "npm is not installed (scripts/setup.sh --clusters)"
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, directory)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-timeout=20000", "--fetch-retries=1"]
    environment = {**os.environ, "npm_config_cache": str(directory / "cache")}
    done = subprocess.run(install, cwd=directory, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        return None, f"npm could not install s3rver: {' '.join(done.stderr.split())[:200]}"
    return program, None
