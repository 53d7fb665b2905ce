#!/usr/bin/env python3
"""How many shards a job should have, by a small simulation that is fed with a measured run.

  scripts/plan_shards.py --pictures 50M --nodes 16 --workers 32 report.json

report.json is what `wm-supervisor report --json` prints for a run over some thousand pictures of the job on one
of the nodes. Without it, the times in scripts/plan_shards.json are taken.

The model: pictures are distributed over the shards by a hash. Each node runs one shard after the other, with all its
workers. A shard reads the names of the whole job, and marks its own pictures meanwhile; so it takes as long as the longer
of both. Pictures take as long as measured (mean and spread of the measured times; the last ones keep few of the workers
busy). Nodes differ in speed, and are lost at random: what the shard did since the last copy of its journal is done
again, and the shard begins anew elsewhere after a pause, with the first name.
Everything is random by --seed, and the same for the same seed.
"""
import argparse
import heapq
import json
import math
import os
import random
import statistics
import sys

MEASURED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "plan_shards.json")
NORMAL = statistics.NormalDist()
UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


def count(text):
    """50M, 1G, 800k or a plain number."""
    unit = text[-1:] if text[-1:] in UNITS else ""
    try:
        value = float(text[: len(text) - len(unit)])
    except ValueError:
        value = 0
    if not 1 <= value * UNITS[unit] < 1e15:
        raise argparse.ArgumentTypeError(f"expected a number such as 800k, 50M or 1G, not {text!r}")
    return round(value * UNITS[unit])


class Times:
    """Seconds of one picture, by what `report --json` says of picture_times and the slowest pictures."""

    def __init__(self, report):
        times = report["picture_times"]
        if not times or not times["count"]:
            raise ValueError("no picture was marked in that run")
        self.mean = times["mean_s"]
        slowest = max([picture["elapsed_s"] for picture in report.get("slowest", [])] + [times["p99_s"]])
        # Between these shares of the pictures the logarithm of the time is taken to be linear.
        lowest = min(times["p50_s"], self.mean) / 4
        self.points = [(0, lowest), (0.5, times["p50_s"]), (0.95, times["p95_s"]), (0.99, times["p99_s"]), (1, slowest)]
        self.points = [(share, max(seconds, 1e-9)) for share, seconds in self.points]
        steps = 20000
        sample = [self.quantile((i + 0.5) / steps) for i in range(steps)]
        model_mean = statistics.fmean(sample)
        # The mean is measured exactly, the shape is not.
        self.deviation = statistics.pstdev(sample, model_mean) * self.mean / model_mean
        self.slowest = slowest

    def quantile(self, share):
        for (left, low), (right, high) in zip(self.points, self.points[1:]):
            if share <= right:
                part = (share - left) / (right - left)
                return math.exp(math.log(low) + part * (math.log(high) - math.log(low)))
        return self.points[-1][1]


def normal(rng):
    return NORMAL.inv_cdf(min(max(rng.random(), 1e-12), 1 - 1e-12))


def scan_seconds(pictures, options):
    return options.scan * pictures / 1e6


def shard_seconds(pictures, times, speed, options, rng):
    """Of the pictures of one shard with all workers of a node."""
    work = pictures * times.mean + math.sqrt(pictures) * times.deviation * normal(rng)
    # The largest of so many pictures may come last: about half of it is done by one worker alone.
    tail = times.quantile(rng.random() ** (1 / max(pictures, 1))) / 2
    return (max(work, 0) / options.workers + tail * (1 - 1 / options.workers)) / speed


def simulate(shards, times, options, rng):
    """One job: the seconds of each shard, those of the job, and the nodes lost."""
    left = options.pictures
    speeds = [math.exp(options.spread * normal(rng)) for _ in range(options.nodes)]
    free = [(0.0, node) for node in range(options.nodes)]
    heapq.heapify(free)
    scan = scan_seconds(options.pictures, options)
    durations, lost, end = [], 0, 0.0
    for index in range(shards):
        share = 1 / (shards - index)
        expected = left * share
        pictures = expected + math.sqrt(max(expected * (1 - share), 0)) * normal(rng)
        pictures = min(max(round(pictures), 0), left) if index < shards - 1 else left
        left -= pictures
        at, node = heapq.heappop(free)
        began, needed = at, shard_seconds(pictures, times, speeds[node], options, rng)
        while True:
            alive = rng.expovariate(options.loss / 3600) if options.loss > 0 else math.inf
            attempt = options.startup + max(needed, scan)
            if alive >= attempt:
                at += attempt
                break
            lost += 1
            # Pictures are found, and so marked, evenly over the attempt.
            part = max(alive - options.startup - rng.random() * options.copy, 0.0) / max(needed, scan)
            needed *= 1 - min(part, 1.0)
            at += alive + options.requeue
        durations.append(at - began)
        end = max(end, at)
        heapq.heappush(free, (at, node))
    return durations, end, lost


def plan(shards, times, options):
    rng = random.Random(f"{options.seed} {shards}")
    perfect = options.pictures * times.mean / (options.nodes * options.workers)
    durations, ends, lost = [], [], 0
    for _ in range(options.rounds):
        some, end, nodes = simulate(shards, times, options, rng)
        durations += some
        ends.append(end)
        lost += nodes
    durations.sort()
    return {
        "shards": shards,
        "pictures": options.pictures / shards,
        "p50": durations[len(durations) // 2],
        "p99": durations[min(len(durations) - 1, math.ceil(0.99 * len(durations)) - 1)],
        "makespan": statistics.fmean(ends),
        "ratio": statistics.fmean(ends) / perfect,
        "scan": scan_seconds(options.pictures, options) / durations[len(durations) // 2],
        "lost": lost / options.rounds,
    }


def suggested(plans):
    """The fewest shards that are within 2 % of the best."""
    best = min(plan["ratio"] for plan in plans)
    return min(plan["shards"] for plan in plans if plan["ratio"] <= 1.02 * best)


def duration(seconds):
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def short(number):
    for unit in ("G", "M", "k"):
        if number >= UNITS[unit]:
            return f"{number / UNITS[unit]:.3g}{unit}"
    return f"{number:.0f}"


def table(plans):
    lines = ["| shards | pictures in each | time of a shard, p50 | p99 | whole job | of the perfect time | reading names | nodes lost |",
             "|---|---|---|---|---|---|---|---|"]
    for row in plans:
        lines.append(f"| {row['shards']} | {short(row['pictures'])} | {duration(row['p50'])} | {duration(row['p99'])} | "
                     f"{duration(row['makespan'])} | {row['ratio']:.2f} | {100 * row['scan']:.0f} % | {row['lost']:.1f} |")
    return "\n".join(lines)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", nargs="?", default=MEASURED, help="of a measured run; default scripts/plan_shards.json")
    parser.add_argument("--pictures", type=count, default=50_000_000, metavar="N", help="in the whole job; default 50M")
    parser.add_argument("--nodes", type=count, default=16, metavar="N", help="machines; default 16")
    parser.add_argument("--workers", type=count, default=32, metavar="N", help="of each machine; default 32")
    parser.add_argument("--shards", type=lambda text: [count(one) for one in text.split(",")], metavar="N,N,…",
                        help="numbers to try; default 1 to 64 for each node")
    parser.add_argument("--scan", type=float, metavar="S", help="seconds to read a million names; default as measured")
    parser.add_argument("--startup", type=float, default=5, metavar="S", help="of a shard, before its scan; default 5")
    parser.add_argument("--spread", type=float, default=0.05, metavar="X",
                        help="how much the speeds of nodes differ (standard deviation of their logarithm); default 0.05")
    parser.add_argument("--loss", type=float, default=0.001, metavar="X", help="losses of a node in an hour; default 0.001")
    parser.add_argument("--requeue", type=float, default=180, metavar="S",
                        help="from the loss of a node until its shard begins elsewhere; default 180")
    parser.add_argument("--copy", type=float, default=120, metavar="S",
                        help="between two copies of the journal, see --scratch; default 120")
    parser.add_argument("--rounds", type=count, default=5, metavar="N", help="jobs to simulate; default 5")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    if options.shards is None:
        options.shards = [options.nodes * factor for factor in (1, 2, 4, 8, 16, 32, 64)]
    return parser, options


def main(arguments):
    parser, options = parse(arguments)
    try:
        with open(options.report, encoding="utf-8") as file:
            report = json.load(file)
        times = Times(report)
        if options.scan is None:
            options.scan = report.get("scan_s_per_million", 2.0)
    except (OSError, ValueError, KeyError, TypeError) as error:
        parser.error(f"{options.report} is no report of a run (wm-supervisor report OUTPUT --json FILE): {error}")
    plans = [plan(shards, times, options) for shards in options.shards]
    if options.json:
        print(json.dumps({"plans": plans, "suggested": suggested(plans)}, indent=1))
    else:
        print(table(plans))
        print(f"\nsuggested: {suggested(plans)} shards")


if __name__ == "__main__":
    main(sys.argv[1:])
