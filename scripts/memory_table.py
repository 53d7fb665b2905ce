#!/usr/bin/env python3
"""Compares what worker/stages/memory_need.cpp expects of pictures with what they take, and prints a
table of both. Needs libvips-tools.

  scripts/memory_table.py [BIN_DIR [WIDTH HEIGHT]]     default: build/release/bin 6000 4000
"""
import os
import re
import subprocess
import sys
import tempfile

PROGRAMS = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/release/bin")
WIDTH, HEIGHT = (int(side) for side in (sys.argv[2:4] or (6000, 4000)))

# Name, how `vips copy` writes it, options of the run.
CASES = [
    ("JPEG in place", "a.jpg[Q=90]", []),
    ("progressive JPEG in place", "b.jpg[Q=90,interlace]", []),
    ("JPEG through pixels", "c.jpg[Q=90]", ["--jpeg-path", "pixel"]),
    ("progressive JPEG through pixels", "d.jpg[Q=90,interlace]", ["--jpeg-path", "pixel"]),
    ("JPEG through pixels, --verify", "e.jpg[Q=90]", ["--jpeg-path", "pixel", "--verify"]),
    ("JPEG to AVIF", "f.jpg[Q=90]", ["--format", "avif", "--avif-speed", "9"]),
    ("PNG", "g.png[compression=1]", []),
    ("interlaced PNG", "h.png[compression=1,interlace]", []),
    ("PNG of 16 bits", "deep.png[compression=1]", []),
    ("PNG of 256 colours", "j.png[compression=1,palette]", []),
    ("WebP", "k.webp[Q=80]", []),
    ("lossless WebP", "l.webp[lossless,effort=0]", []),
    ("TIFF in strips", "m.tif[compression=deflate]", []),
    ("TIFF in tiles", "n.tif[compression=deflate,tile]", []),
    ("uncompressed TIFF", "o.tif", []),
    ("GIF", "p.gif", []),
    ("AVIF", "q.avif[speed=9]", ["--avif-speed", "9"]),
]


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def measured(directory, name, options):
    """Expected and peak, in MB."""
    job = os.path.join(directory, "job-" + os.path.basename(name))
    run(os.path.join(PROGRAMS, "wm-supervisor"), "--quiet", "--workers", "1", "--timeout", "10m", "--log-level",
        "debug", "--output", job, "--text", "(c) Ada", "--size", "4%", "--gravity", "southeast", *options, name)
    with open(os.path.join(job, ".wm-supervisor/wm-supervisor.log"), encoding="utf-8") as log:
        found = re.findall(r"memory: (\d+) MB expected, (\d+) MB at", log.read())
    return tuple(int(number) for number in found[-1])


def main():
    with tempfile.TemporaryDirectory() as directory:
        noise, blurred, scene, small = (os.path.join(directory, name)
                                        for name in ("noise.v", "blurred.v", "scene.v", "small.jpg"))
        run("vips", "gaussnoise", noise, str(WIDTH), str(HEIGHT), "--mean", "128", "--sigma", "60")
        run("vips", "gaussblur", noise, blurred, "2")
        run("vips", "bandjoin", f"{blurred} {blurred} {noise}", scene + ".v")
        run("vips", "cast", scene + ".v", scene, "uchar")
        run("vips", "colourspace", scene, scene + "2.v", "srgb", "--source-space", "srgb")
        # Asked for 16 bits of 8, some versions of libvips crash.
        deep = scene + "16.v"
        run("vips", "cast", scene + "2.v", deep + ".v", "ushort", "--shift")
        run("vips", "colourspace", deep + ".v", deep, "rgb16")
        run("vips", "crop", scene, small, "0", "0", "64", "64")
        base = measured(directory, small, [])[1]
        print(f"A worker holds {base} MB with a small picture; pictures of {WIDTH} x {HEIGHT}, in MB:\n")
        print("| picture | expected | measured beyond that |\n|---|---|---|")
        for title, target, options in CASES:
            name = os.path.join(directory, target)
            run("vips", "copy", deep if target.startswith("deep") else scene + "2.v", name)
            expected, peak = measured(directory, name.split("[")[0], options)
            print(f"| {title} | {expected} | {peak - base} |", flush=True)
            os.remove(name.split("[")[0])


main()
