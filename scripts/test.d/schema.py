"""Holds the program's own checks of configs against its JSON schema. Prints each config on which they disagree."""

import glob
import json
import re
import subprocess
import sys

import jsonschema
import yaml

PROGRAM = "bin/mailu-post-renderer"
HEAD = "apiVersion: postrenderer.mailu.io/v1alpha1\nkind: Mailu\nspec: "


def rows():
    """Each config there is, and whether it is a good one."""
    with open("scripts/test.d/schema.configs", encoding="utf-8") as lines:
        for line in lines:
            if line[0] in "+-":
                yield HEAD + line[2:], line[0] == "+"
    for path in glob.glob("testdata/*/config.yaml"):
        with open(path, encoding="utf-8") as text:
            yield text.read(), not glob.glob(path.replace("config.yaml", "refused"))
    with open("README.md", encoding="utf-8") as text:
        for block in re.findall(r"^```yaml\n(.*?)^```", text.read(), re.S | re.M):
            if "\nkind: Mailu\n" in block:
                yield block, True


def program_takes(config):
    """What the program makes of it; when it refuses, it has to say why."""
    run = subprocess.run([PROGRAM, "--print-config", "-c", "/dev/stdin"], input=config.encode(), capture_output=True)
    if run.returncode not in (0, 2) or (run.returncode == 2) != bool(run.stderr):
        sys.exit(f"exit code {run.returncode}, said {run.stderr!r} of\n{config}")
    return run.returncode == 0


def main():
    schema = json.loads(subprocess.run([PROGRAM, "--print-schema"], check=True, capture_output=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    counts = {True: 0, False: 0}
    wrong = 0
    for config, good in rows():
        takes, valid = program_takes(config), validator.is_valid(yaml.safe_load(config))
        counts[good] += 1
        if (takes, valid) != (good, good):
            wrong += 1
            print(f"good: {good}, program: {takes}, schema: {valid}\n{config}")
    print(f"{counts[True]} good configs, {counts[False]} bad ones, {wrong} of them taken wrongly")
    return 1 if wrong or min(counts.values()) < 40 else 0


sys.exit(main())
