#!/usr/bin/env python3
"""scripts/plan_shards.py: the same for the same seed, sensible in its limits, and what docs/clusters.md shows."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(TOP, "scripts", "plan_shards.py")


def run(*words):
    return subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True, cwd=TOP, check=False)


def plans(*words):
    result = run("--json", *words)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


QUIET = ("--spread", "0", "--loss", "0", "--startup", "0", "--scan", "0")


class PlanShards(unittest.TestCase):
    def test_a_seed_gives_the_same_again(self):
        words = ("--pictures", "1M", "--nodes", "4", "--shards", "4,64")
        self.assertEqual(plans(*words), plans(*words))
        self.assertNotEqual(plans(*words), plans(*words, "--seed", "2"))

    def test_without_losses_and_scans_many_shards_come_close_to_the_perfect_time(self):
        ratio = plans("--pictures", "50M", "--nodes", "16", "--shards", "1024", *QUIET)["plans"][0]["ratio"]
        self.assertGreater(ratio, 0.99)
        self.assertLess(ratio, 1.05)

    def test_shards_that_do_not_divide_by_the_nodes_leave_nodes_idle(self):
        few = plans("--pictures", "50M", "--nodes", "16", "--shards", "16,17", *QUIET)["plans"]
        self.assertGreater(few[1]["ratio"], 1.7 * few[0]["ratio"])

    def test_each_shard_reads_all_names(self):
        both = plans("--pictures", "1G", "--nodes", "64", "--shards", "64,4096", "--scan", "2")["plans"]
        self.assertGreater(both[1]["scan"], 0.95)  # nothing but reading
        self.assertGreater(both[1]["ratio"], 10 * both[0]["ratio"])
        # It takes no time of its own as long as marking takes longer.
        fast = plans("--pictures", "1M", "--nodes", "4", "--shards", "8", "--scan", "0", "--loss", "0")["plans"][0]
        slow = plans("--pictures", "1M", "--nodes", "4", "--shards", "8", "--scan", "5", "--loss", "0")["plans"][0]
        self.assertEqual(fast["makespan"], slow["makespan"])

    def test_lost_nodes_cost_time(self):
        words = ("--pictures", "50M", "--nodes", "16", "--workers", "4", "--shards", "64")
        calm, rough = plans(*words, "--loss", "0")["plans"][0], plans(*words, "--loss", "0.5")["plans"][0]
        self.assertEqual(calm["lost"], 0)
        self.assertGreater(rough["lost"], 0)
        self.assertGreater(rough["makespan"], calm["makespan"])
        self.assertGreaterEqual(rough["p99"], rough["p50"])

    def test_the_fewest_shards_near_the_best_are_suggested(self):
        found = plans("--pictures", "1G", "--nodes", "64")
        best = min(row["ratio"] for row in found["plans"])
        near = [row["shards"] for row in found["plans"] if row["ratio"] <= 1.02 * best]
        self.assertEqual(found["suggested"], min(near))

    def test_what_is_no_report_is_refused(self):
        for text in ("", "[]", "{}", '{"picture_times": {"count": 0}}'):
            with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                file.write(text)
                file.flush()
                result = run(file.name)
            self.assertEqual(result.returncode, 2, text)
            self.assertIn("is no report of a run", result.stderr)
            self.assertNotIn("Traceback", result.stderr)
        for value in ("0", "-3", "many", "nan", "1e99G", ""):
            self.assertEqual(run("--pictures", value).returncode, 2, value)

    def test_help(self):
        self.assertIn("--pictures", run("--help").stdout)

    def test_the_document_shows_what_the_script_prints(self):
        with open(os.path.join(TOP, "docs", "clusters.md"), encoding="utf-8") as file:
            text = file.read()
        found = re.findall(r"^    (?:\$ )?scripts/plan_shards\.py (--[^\n]*)\n\n(\|.*?)\n\n", text, re.DOTALL | re.MULTILINE)
        self.assertGreaterEqual(len(found), 2)
        for words, table in found:
            printed = run(*words.split()).stdout
            self.assertEqual(printed.split("\n\n")[0], table, words)
            number = re.search(r"suggested: (\d+) shards", printed).group(1)
            self.assertIn(f"{number} shards", text)


if __name__ == "__main__":
    unittest.main()
