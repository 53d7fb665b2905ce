"""The work of scripts/compare_metadata.sh. What is expected stands in the tables of docs/metadata.md, and only there."""

import fnmatch
import json
import os
import re
import sqlite3
import subprocess
import sys

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "metadata.md")


def rows_of_table(text, title):
    """Cells of the table in the section of that title; `words` of a cell are those in backquotes."""
    section = text.split("\n## " + title + "\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip().strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    return rows[1:]  # without the heads


def words(cell):
    return re.findall(r"`([^`]+)`", cell)


class Expectations:
    """Tags that may differ in files of some formats, and tags whose loss a note reports."""

    def __init__(self, document):
        with open(document, encoding="utf-8") as file:
            text = file.read()
        self.differences = [(words(row[0]), words(row[1]), set(row[2].replace(",", " ").split()))
                            for row in rows_of_table(text, "Expected differences")]
        self.notes = [(words(row[0]), words(row[1])) for row in rows_of_table(text, "What a note reports")]

    @staticmethod
    def matches(patterns, text):
        return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)

    def is_expected(self, tag, values, formats, kind):
        """`formats` are those of the input and the output: "PNG", "PNG>AVIF"."""
        return any(kind in kinds and (self.matches(tags, tag) or self.matches(tags, f"{tag} {values}"))
                   and any(self.matches(files, f) for f in formats)
                   for tags, files, kinds in self.differences)

    def is_reported(self, tag, note):
        phrases = note.split("; ")
        return any(self.matches(tags, tag) and any(self.matches(patterns, phrase) for phrase in phrases)
                   for patterns, tags in self.notes)


def files_below(directory):
    for path, directories, names in os.walk(directory):
        directories[:] = sorted(d for d in directories if not d.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield os.path.relpath(os.path.join(path, name), directory)


def journal_of(job_directory):
    """Output path below the output directory -> (input path, note), of everything that was published."""
    found = {}
    with sqlite3.connect(f"file:{job_directory}/job.db?mode=ro", uri=True) as journal:
        query = "SELECT input, output, notes FROM file WHERE state IN ('marked', 'unmarked') AND output IS NOT NULL"
        for source, output, note in journal.execute(query):
            found[os.fsdecode(output)] = (os.fsdecode(source), note or "")
    return found


def pairs_of(inputs, outputs, journal):
    """(name, input, output, note or None) for each output whose input is there."""
    by_stem = {}
    for name in files_below(inputs):
        by_stem.setdefault(os.path.splitext(name)[0], []).append(name)
    for name in files_below(outputs):
        source, note = journal.get(name, ("", "" if journal else None))
        if not os.path.isfile(source):
            same_stem = by_stem.get(os.path.splitext(name)[0], [])
            candidates = [name] if name in same_stem else same_stem
            if len(candidates) != 1:
                continue
            source = os.path.join(inputs, candidates[0])
        yield name, source, os.path.join(outputs, name), note


def tags_of(files):
    """Tags of all files by one exiftool, which takes longer to start than to read one. Path -> {group:name: value}."""
    arguments = ["-json", "-G1:4", "-a", "-u", "-m", "-charset", "filename=utf8", "-api", "largefilesupport=1"]
    names = "".join(f"{path}\n" for path in files)
    done = subprocess.run(["exiftool", *arguments, "-@", "-"], input=os.fsencode(names), capture_output=True, check=False)
    if not done.stdout:
        raise SystemExit("compare_metadata.sh: exiftool says: " + os.fsdecode(done.stderr).strip())
    return {tags["SourceFile"]: tags for tags in json.loads(done.stdout)}


def values_by_tag(tags):
    """A tag may come several times, and exiftool numbers the copies as it likes: all values of each, sorted."""
    values = {}
    for tag, value in tags.items():
        shown = json.dumps(value, ensure_ascii=False)
        values.setdefault(re.sub(r":Copy[0-9]+:", ":", tag), []).append(shown)
    return {tag: sorted(shown) for tag, shown in values.items()}


def differences(before, after):
    before, after = values_by_tag(before), values_by_tag(after)
    for tag in list(before) + [tag for tag in after if tag not in before]:
        gone, new = list(before.get(tag, [])), []
        for value in after.get(tag, []):
            if value in gone:
                gone.remove(value)
            else:
                new.append(value)
        for old, value in zip(gone, new):
            yield "changed", tag, f"{old} -> {value}"
        for value in gone[len(new):]:
            yield "lost", tag, value
        for value in new[len(gone):]:
            yield "added", tag, value


def format_of(tags):
    return tags.get("File:FileType", "").replace(" ", "-")


def main(inputs, outputs, job_directory=None):
    if job_directory is None and os.path.exists(os.path.join(outputs, ".wm-supervisor", "job.db")):
        job_directory = os.path.join(outputs, ".wm-supervisor")
    inputs, outputs = os.path.abspath(inputs), os.path.abspath(outputs)
    expectations = Expectations(DOCUMENT)
    pairs = list(pairs_of(inputs, outputs, journal_of(job_directory) if job_directory else {}))
    left_out = [pair for pair in pairs if "\n" in pair[1] + pair[2]]
    for pair in left_out:
        print(f"{pair[0]!r}: not compared: exiftool takes no name with a line break")
    pairs = [pair for pair in pairs if pair not in left_out]
    if not pairs:
        print("compare_metadata.sh: no output has an input of its name", file=sys.stderr)
        return 2
    tags = tags_of([path for _, source, output, _ in pairs for path in (source, output)])
    unexpected = unreported = 0
    for name, source, output, note in pairs:
        if source not in tags or output not in tags:
            print(f"{name}: exiftool does not read {source if source not in tags else output}")
            unexpected += 1
            continue
        before, after = tags[source], tags[output]
        formats = {format_of(before)}
        if format_of(after) not in formats:
            formats.add(format_of(before) + ">" + format_of(after))
        for kind, tag, values in differences(before, after):
            if tag == "SourceFile" or expectations.is_expected(tag, values, formats, kind):
                continue
            if kind != "added" and note is not None and expectations.is_reported(tag, note):
                continue
            unexpected += 1
            unreported += kind == "lost" and note is not None
            print(f"{name}: {kind} {tag} {values[:200]}")
    losses = f", {unreported} of them losses that no note reports" if job_directory else ""
    print(f"{len(pairs)} files, {unexpected} unexpected differences{losses}")
    return 1 if unexpected or left_out else 0


sys.exit(main(*sys.argv[1:]))
