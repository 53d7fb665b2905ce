#!/usr/bin/env python3
"""Marks a picture of every mode and compares each output with its input by other programs' decoders.

usage: matrix.py BIN_DIR DOCUMENT [--update]

Fails when a program refuses an output, when samples outside of the mark differ by more than encoding once more makes,
when a frame has no mark, when a loss is not told or told without one, and when DOCUMENT, docs/formats.md, is not what
this run found; --update writes it. Exit code 77 when a tool is missing.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import cases
import oracle
import pictures as p
from cases import Case
from pictures import png, png_rows

MARK, OFFSET = 16, 4
MARGIN = {"same": 0, "near": 16, "in place": 34}  # around the mark, within which samples may change
TRUTH = {}  # name of an input: its frames, where ImageMagick does not see what browsers show

CONVERSIONS = ("png-rgb8.png", "png-grey8.png", "png-grey16.png", "png-rgb16.png", "png-rgba8.png", "png-rgba16.png",
               "png-palette4-alpha.png", "png-rgb-p3-profile.png", "png-grey-profile.png", "tiff-cmyk8.tif",
               "tiff-float-rgb.tif", "tiff-grey32.tif", "tiff-lab8.tif", "tiff-palette8.tif", "tiff-rgba8-associated.tif",
               "tiff-pages.tif", "jpeg-420.jpg", "jpeg-grey.jpg", "jpeg-cmyk.jpg", "gif-still-smaller-than-screen.gif",
               "gif-disposal2-transparent.gif", "gif-delays.gif", "webp-lossy-alpha.webp", "webp-animated.webp")
CONVERSIONS += ("avif-8bit-420-srgb.avif", "avif-10bit-444-alpha-pq.avif", "avif-12bit-400-p3.avif", "avif-sequence.avif",
                "avif-profile-p3.avif")
TARGETS = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "tiff": ".tif", "avif": ".avif"}
# Colours are converted there, which no other program does in quite the same way.
OTHER_COLOURS = ("cmyk", "lab", "float", "profile", "grey32")


def logo(path):
    """A red disc with soft edges."""
    def at(x, y):
        distance = ((x - 7.5) ** 2 + (y - 7.5) ** 2) ** 0.5
        return 220, 30, 30, max(0, min(255, round(255 * (7.8 - distance))))
    with open(path, "wb") as file:
        file.write(png(6, 8, [[at(x, y) for x in range(MARK)] for y in range(MARK)]))


def mark(binaries, work, inputs, output, *options):
    """Returns {name of the output: (notes, message)}."""
    command = [os.path.join(binaries, "wm-supervisor"), "--logo", os.path.join(work, "logo.png"), "--gravity", "southeast",
               "--offset", f"{OFFSET},{OFFSET}", "--verify", "--quiet", "--retries", "0", "-o", output, *options, *inputs]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    journal = sqlite3.connect(os.path.join(output, ".wm-supervisor", "job.db"))
    told = {}
    for name, notes, message in journal.execute("SELECT output, notes, message FROM file"):
        told[os.fsdecode(name)] = (notes or "", message or "")
    return told


def in_mark(x, y, width, height, margin):
    left, top = width - OFFSET - MARK, height - OFFSET - MARK
    return left - margin <= x < left + MARK + margin and top - margin <= y < top + MARK + margin


def difference(before, after, margin):
    """Largest and mean difference outside of the mark, and how many pixels in it have changed; levels of 255."""
    width, height, old = before
    if after[:2] != (width, height):
        raise ValueError(f"has {after[0]} x {after[1]} pixels instead of {width} x {height}")
    new = after[2]
    largest = total = count = changed = 0
    for at in range(0, len(old), 4):
        one, other = old[at:at + 4], new[at:at + 4]
        x, y = at // 4 % width, at // 4 // width
        if in_mark(x, y, width, height, 0):
            changed += one != other
        if in_mark(x, y, width, height, margin):
            continue
        count += 1
        if one == other or (one[3] == 0 and other[3] == 0):  # nobody sees the colours of what is transparent
            continue
        # Colours as they are seen: times alpha.
        pixel = max(abs(one[i] * one[3] - other[i] * other[3]) / 65535 if i < 3 else abs(one[3] - other[3]) for i in range(4))
        largest, total = max(largest, pixel), total + pixel
    return largest / 257, total / max(count, 1) / 257, changed


def frames_in_time(path, like):
    """The frames of `path` at the times at which those of `like` begin: an encoder may merge equal ones."""
    frames, ends, begins = oracle.frames(path), oracle.times(path), oracle.times(like)
    if len(frames) == len(begins) or not path.endswith(".webp"):
        return frames
    shown = []
    for number in range(len(begins)):
        at, frame = sum(begins[:number]), 0
        while frame + 1 < len(ends) and at >= sum(ends[:frame + 1]):
            frame += 1
        shown.append(frames[frame])
    return shown


def check_near(old, new, before, ending, work):
    """Raises ValueError where `new` is farther from `old` than a usual encoder of that format brings it."""
    usual = oracle.encoded_again(before, old, ending, work)
    for number, (one, other, again) in enumerate(zip(old, new, usual)):
        largest, mean, _ = difference(one, other, MARGIN["near"])
        usual_largest, usual_mean, _ = difference(one, again, MARGIN["near"])
        if largest > 1.4 * usual_largest + 10 or mean > 1.4 * usual_mean + 1:
            raise ValueError(f"frame {number + 1} differs by {largest:.1f} levels, {mean:.1f} on average; after a usual "
                             f"encoder that is {usual_largest:.1f} and {usual_mean:.1f}")


def check_description(before, after):
    """Depth, chroma, colour numbers, range, profile, length: raises ValueError where avifdec says something else."""
    changed = [f"{one!r} became {other!r}" for one, other in zip(before, after) if one != other]
    if len(before) != len(after):
        changed.append(f"{len(before)} lines became {len(after)}")
    if changed:
        raise ValueError("avifdec: " + ", ".join(changed))


def compare(case, before, after, work):
    """What is seen outside of the mark, in a word or two. Throws ValueError."""
    fault = oracle.refusal(after)
    if fault:
        raise ValueError(f"is refused: {fault}")
    old, new = TRUTH.get(case.name) or oracle.frames(before), frames_in_time(after, before)
    if len(old) != len(new):
        raise ValueError(f"has {len(new)} frames instead of {len(old)}")
    if before.endswith(".avif"):
        check_description(oracle.avif_description(before), oracle.avif_description(after))
    for number, (one, other) in enumerate(zip(old, new)):
        largest, mean, changed = difference(one, other, MARGIN[case.expect])
        if changed == 0:
            raise ValueError(f"frame {number + 1} has no mark")
        if case.expect != "near" and largest > 0:
            raise ValueError(f"frame {number + 1} differs outside of the mark by {largest:.3f} levels")
    if case.expect == "near":
        ending = os.path.splitext(before)[1]
        check_near(old, new, before, ".jpg" if "jpeg" in case.name else ending, work)
    return "encoded again" if case.expect == "near" else "identical"


def judge(case, before, after, work, notes, message):
    """(what the table says of the outside, faults)"""
    if case.expect == "refused":
        good = not os.path.exists(after) and case.note in message
        return "refused", [] if good else [f"{case.name}: should be refused for {case.note!r}: {message or 'marked'}"]
    if not os.path.exists(after):
        return "", [f"{case.name}: {message or 'there is no output'}"]
    faults = []
    if case.note != "?" and (case.note not in notes or bool(case.note) != bool(notes)):
        faults.append(f"{case.name}: should tell {case.note!r}, tells {notes!r}")
    try:
        return compare(case, before, after, work), faults
    except ValueError as error:
        return "", faults + [f"{case.name}: {error}"]


TAGS = ("FileType", "ColorType", "BitDepth", "Interlace", "BitsPerSample", "PhotometricInterpretation", "SampleFormat",
        "Compression", "PlanarConfiguration", "EncodingProcess", "ColorComponents", "YCbCrSubSampling", "ColorTransform",
        "BitsPerPixel", "ImagePixelDepth", "VP8Version", "AlphaIsUsed", "TileWidth", "ExtraSamples", "FrameCount",
        "ProfileDescription", "ImageSize")
SILENT = ("Noninterlaced", "Chunky", "Deflate/Inflate", "Huffman coding", "None")


def modes(folders):
    """What the headers say, by exiftool, of AVIF by avifdec: no decoder has a say in it."""
    found = {}
    for folder in folders:
        text = subprocess.run(["exiftool", "-j", "-r", *["-" + tag for tag in TAGS], folder], capture_output=True, text=True).stdout
        for tags in json.loads(text or "[]"):
            path = os.path.normpath(tags["SourceFile"])
            found[path] = avif_words_of(path) if path.endswith(".avif") else words_of(tags)
    return found


def avif_words_of(path):
    words, frames = oracle.avif_words(path)
    numbers = "/".join(words[key] for key in ("Color Primaries", "Transfer Char.", "Matrix Coeffs."))
    said = [words["Bit Depth"] + " bit", words["Format"], "CICP " + numbers]
    said += ["limited range"] if words["Range"] == "Limited" else []
    if words["Alpha"] != "Absent":
        said.append("premultiplied alpha" if words["Alpha"] == "Premultiplied" else "alpha")
    said += ["profile"] if words["ICC Profile"] != "Absent" else []
    return ", ".join(said + ([f"{frames} frames"] if frames > 1 else []))


def words_of(tags):
    words = []
    for tag in TAGS[1:-1]:
        value = str(tags.get(tag, ""))
        if not value or value in SILENT:
            continue
        if tag == "SampleFormat":  # one for each sample; unsigned where it is missing
            value = "" if "Unsigned" in value else value.split(";")[0]
        elif tag in ("BitDepth", "BitsPerSample", "ImagePixelDepth"):
            value += " bit"
        elif tag == "ColorComponents":
            value += " components"
        elif tag == "TileWidth":
            value = "tiles"
        elif tag == "YCbCrSubSampling":
            value = value.split(" ")[0].replace("YCbCr", "")
        elif tag == "AlphaIsUsed":
            value = "alpha" if value in ("1", "Yes") else ""
        elif tag == "VP8Version":
            value = "lossy"
        elif tag == "FrameCount":
            value += " frames"
        elif tag == "ProfileDescription":
            value = "profile"
        elif tag == "ExtraSamples":
            value = value.lower()
        if value:
            words.append(value)
    return ", ".join(words) or str(tags.get("FileType", ""))


def convert_all(binaries, work, inputs):
    """--format of some pictures: [(name, target, outcome)], faults."""
    rows, faults = [], []
    for target, ending in TARGETS.items():
        output = os.path.join(work, "as-" + target)
        told = mark(binaries, work, [os.path.join(inputs, name) for name in CONVERSIONS], output, "--format", target)
        for name in CONVERSIONS:
            stem = os.path.splitext(name)[0]
            made = [(key, value) for key, value in told.items() if os.path.splitext(key)[0] == stem]
            notes, message = made[0][1] if made else ("", "there is no row in the journal")
            after = os.path.join(output, made[0][0]) if made else ""
            if message:
                if "cannot hold" not in message:
                    faults.append(f"{name} as {target}: {message}")
                rows.append((name, target, message))
                continue
            rows.append((name, target, notes or "as it was"))
            fault = conversion_fault(os.path.join(inputs, name), after, target, work)
            if fault:
                faults.append(f"{name} as {target}: {fault}")
    return rows, faults


def conversion_fault(before, after, target, work):
    fault = oracle.refusal(after)
    if fault:
        return fault
    old, new = TRUTH.get(os.path.basename(before)) or oracle.frames(before), frames_in_time(after, before)
    if len(old) != len(new):
        return f"has {len(new)} frames instead of {len(old)}"
    if any(word in before for word in OTHER_COLOURS):
        return "" if all(a[:2] == b[:2] for a, b in zip(old, new)) else "has another size"
    if target == "jpeg":
        old = [on_white(frame) for frame in old]
    try:
        if target in ("jpeg", "webp", "avif"):
            check_near(old, new, before, TARGETS[target], work)
            return ""
        # Decoders of what loses something do not agree to the last level.
        largest = max(difference(one, other, MARGIN["near"])[0] for one, other in zip(old, new))
        return "" if largest <= 3 else f"differs by {largest:.1f} levels"
    except ValueError as error:
        return str(error)


def on_white(frame):
    width, height, samples = frame
    seen = []
    for at in range(0, len(samples), 4):
        alpha = samples[at + 3]
        seen += [*(samples[at + i] * alpha // 65535 + 65535 - alpha for i in range(3)), 65535]
    return width, height, tuple(seen)


def table(judged, inputs, outputs):
    mode = modes([inputs, outputs])
    lines = ["| picture | mode in | mode out | outside | reported in log and journal |", "|---|---|---|---|---|"]
    for case, outside, notes, message in judged:
        into = mode.get(os.path.normpath(os.path.join(inputs, case.name)), "")
        out = mode.get(os.path.normpath(os.path.join(outputs, case.name)), "")
        out = "refused" if case.expect == "refused" else "the same" if into == out else out
        lines.append(f"| {case.name} | {into} | {out} | {'' if out == 'refused' else outside} | {notes or message} |")
    return "\n".join(lines)


def document(judged, inputs, outputs, conversions):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "formats.md.in"), encoding="utf-8") as file:
        text = file.read()
    lines = ["| picture | " + " | ".join(TARGETS) + " |", "|---|" + "---|" * len(TARGETS)]
    for name in CONVERSIONS:
        told = {target: outcome for one, target, outcome in conversions if one == name}
        lines.append(f"| {name} | " + " | ".join(told[target] for target in TARGETS) + " |")
    return text.replace("@MATRIX@", table(judged, inputs, outputs)).replace("@CONVERSIONS@", "\n".join(lines))


def make_inputs(folder):
    os.makedirs(folder)

    def write(name, data):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)

    made = [*cases.png_cases(write), *cases.tiff_cases(write), *cases.converted_tiff_cases(folder), *cases.jpeg_cases(folder),
            *cases.gif_cases(write, TRUTH), *cases.webp_cases(folder), *cases.avif_cases(folder)]
    return sorted(made, key=lambda case: case.name)


def check(binaries, path, update):
    work = os.environ.get("WM_MATRIX_KEEP") or tempfile.mkdtemp()
    try:
        inputs, outputs = os.path.join(work, "in"), os.path.join(work, "out")
        made = make_inputs(inputs)
        logo(os.path.join(work, "logo.png"))
        told = mark(binaries, work, [inputs], outputs, "--ext", "png,tif,jpg,gif,webp,avif")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(lambda case: judge(case, os.path.join(inputs, case.name), os.path.join(outputs, case.name),
                                                       work, *told.get(case.name, ("", "there is no row in the journal"))), made))
        judged = [(case, outside, *told.get(case.name, ("", ""))) for case, (outside, _) in zip(made, results)]
        conversions, faults = convert_all(binaries, work, inputs)
        faults = [fault for _, found in results for fault in found] + faults
        text = document(judged, inputs, outputs, conversions)
    finally:
        if "WM_MATRIX_KEEP" not in os.environ:
            shutil.rmtree(work)
    if update:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        with open(path, encoding="utf-8") as file:
            if file.read() != text:
                faults.append(f"{path} is not up to date: run scripts/formats_matrix.sh")
    print(f"{len(made)} pictures, {len(conversions)} conversions, {len(faults)} faults")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("document")
    parser.add_argument("--update", action="store_true")
    words = parser.parse_args()
    missing = sorted({package for tool, package in oracle.TOOLS.items() if shutil.which(tool) is None})
    if missing:
        print(f"SKIPPED: formats matrix: {', '.join(missing)} not installed (scripts/setup.sh)")
        return 77
    return check(words.binaries, words.document, words.update)


if __name__ == "__main__":
    sys.exit(main())
