#!/usr/bin/env python3
"""Measures `diensan catalog check` beside check-jsonschema on the same service and mapping files.

    python3 benches/check_catalog.py [--rounds 7] [--profile release] [--binary PATH] [--dry]

Both run pinned to one core, in turns A B, B A, A B …; a figure is the wall time from exec to exit, of check-jsonschema
the sum of its two runs (one a schema). The ratio is formed inside a round; the median of the ratios is the figure to
quote, absolute times move with the machine. One round before the first is not counted. check-jsonschema comes from PyPI
into target/, at the version below; Python's standard library does the rest. run.py measures the same in one run with everything
else.

The two do not do the same work: check-jsonschema holds files against their schemas only, `catalog check` reads the form
schemas, code lists and units too and compiles every form. While the binary has no `catalog check`, `catalog schema
--check` and a start of `serve` until it listens (which reads and compiles the whole catalogue) stand in for it, and the
result says so.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import host
from figures import spread
from host import ROOT

VENV = ROOT / "target" / "check-jsonschema"
VERSION = "0.39.0"
CORE = max(os.sched_getaffinity(0))
LEVELS = ("province", "district", "commune")


def main():
    arguments = parse_arguments()
    binary = Path(arguments.binary).resolve() if arguments.binary else host.build(arguments.profile)
    result = {"machine": host.machine(), "commit": host.commit(), **measure(binary, arguments.rounds)}
    if not arguments.dry:
        host.RESULTS.mkdir(parents=True, exist_ok=True)
        file = host.RESULTS / f"{datetime.date.today().isoformat()}-check.json"
        file.write_text(json.dumps(result, indent=2) + "\n")
        print(f"written: {file.relative_to(ROOT)}")


def in_run(run):
    """As a part of run.py."""
    result = measure(run.binary, run.rounds)
    run.keep("check", result)
    run.versions({"check-jsonschema": VERSION})
    seconds = {side: spread(line[side] for line in result["rounds"]) for side in ("ours", "theirs")}
    run.more("catalog check of everything ÷ check-jsonschema of services and mappings alone (time)",
             spread(line["ours"] / line["theirs"] for line in result["rounds"]))
    run.more("catalog check, one core", seconds["ours"], 3, "s")


def measure(binary, count):
    other = install()
    mappings = sorted(map(str, (ROOT / "service-catalog" / "mappings").glob("*.json")))
    services = sorted(str(path) for level in LEVELS for path in (ROOT / "service-catalog" / level).glob("*.json"))
    ours, what = our_command(binary)
    theirs = [
        [str(other), "--schemafile", str(ROOT / "schemas" / "catalog" / f"{kind}.schema.json"), *files]
        for kind, files in (("mapping", mappings), ("service", services))
    ]
    print(f"\n{len(services)} services, {len(mappings)} mappings, core {CORE}; A: {what}, B: check-jsonschema {VERSION}")
    rounds = []
    for number in range(count + 1):
        sides = {"ours": ours, "theirs": lambda: sum(map(timed, theirs))}
        order = ["ours", "theirs"] if number % 2 == 0 else ["theirs", "ours"]
        seconds = {side: sides[side]() for side in order}
        if number > 0:
            rounds.append({**seconds, "ratio": seconds["theirs"] / seconds["ours"]})
            line = rounds[-1]
            print(f"round {number}: {line['ours']:.3f} s, {line['theirs']:.3f} s, {line['ratio']:.1f} times")
    medians = {key: statistics.median(line[key] for line in rounds) for key in ("ours", "theirs", "ratio")}
    print(f"median: {medians['ours']:.3f} s, {medians['theirs']:.3f} s, check-jsonschema takes {medians['ratio']:.1f} times as long")
    return {
        "binary": str(binary.relative_to(ROOT)) if binary.is_relative_to(ROOT) else binary.name,
        "measured": what,
        "check_jsonschema": VERSION,
        "services": len(services),
        "mappings": len(mappings),
        "rounds": rounds,
        "median": medians,
    }


def parse_arguments():
    parser = argparse.ArgumentParser(description="Measures `diensan catalog check` beside check-jsonschema.")
    parser.add_argument("--rounds", type=int, default=7, help="paired rounds (7)")
    parser.add_argument("--profile", default="release", choices=["release", "dist"], help="cargo profile (release)")
    parser.add_argument("--binary", help="measure this binary instead of building one")
    parser.add_argument("--dry", action="store_true", help="write no result file")
    arguments = parser.parse_args()
    if arguments.rounds < 5:
        print("note: fewer than 5 rounds are no figure to quote", file=sys.stderr)
    return arguments


def install():
    program = VENV / "bin" / "check-jsonschema"
    done = subprocess.run([program, "--version"], capture_output=True, text=True) if program.exists() else None
    if done is None or VERSION not in done.stdout:
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([VENV / "bin" / "pip", "install", "--quiet", f"check-jsonschema=={VERSION}"], check=True)
    return program


def our_command(binary):
    """What is measured on our side, and its name."""
    known = subprocess.run([binary, "catalog", "check", "--help"], capture_output=True)
    if known.returncode == 0:
        return lambda: timed([binary, "catalog", "check"]), "catalog check"
    return lambda: timed([binary, "catalog", "schema", "--check"]) + start(binary), "catalog schema --check + start"


def pin():
    os.sched_setaffinity(0, {CORE})


def timed(command):
    """Seconds from exec to exit; a check that finds something is no measurement."""
    before = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, preexec_fn=pin, capture_output=True, text=True)
    seconds = time.perf_counter() - before
    if done.returncode != 0:
        sys.exit(f"{command[:3]} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return seconds


def start(binary):
    """Seconds from exec to the line that says where it listens."""
    before = time.perf_counter()
    server = subprocess.Popen([binary, "serve", "--listen", "127.0.0.1:0"], cwd=ROOT, preexec_fn=pin, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    line = server.stdout.readline()
    seconds = time.perf_counter() - before
    server.terminate()
    server.wait()
    if not line.startswith("listening on"):
        sys.exit("the server did not start")
    return seconds


if __name__ == "__main__":
    main()
