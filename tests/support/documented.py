"""Commands that docs/clusters.md gives, for tests that run them."""

import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs/clusters.md"
DOCUMENTED_SHARDS = 64


def commands(section, shards):
    """Those of the section's first block, for fewer shards."""
    return fewer_shards(block(section), shards)


def block(section):
    """The section's first one."""
    text = PAGE.read_text()
    section = text[text.index(f"\n## {section}\n") + 1 :].split("\n## ")[0]
    return re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1]


def fewer_shards(command, shards):
    changed = re.sub(rf"\b{DOCUMENTED_SHARDS}\b", str(shards), command)
    if changed == command:
        raise ValueError(f"not for {DOCUMENTED_SHARDS} shards: {command}")
    return changed
