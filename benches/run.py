#!/usr/bin/env python3
"""Measures `diensan` in one run: requests a second beside nginx and beside servers built as usual, look-ups, memory, start,
reload, many services, lost lines, latency while the catalogue changes, and the steps of a request. Python's standard
library only; what is missing is installed by name. docs/performance.md says what each figure means.

    python3 benches/run.py                        everything, about half an hour on a quiet machine with two cores
    python3 benches/run.py --only warm memory     some of it
    python3 benches/run.py --quick                all of it shortly, to see that it works; no figure to quote
    python3 benches/run.py --binary PATH …        a program that is there already

Every run but a dry one writes benches/results/<date>.json; a complete one the table in docs/performance.md too. The exit
code is 1 when a gate is missed; each one is named.
"""

import argparse
import datetime
import json
import sys
from pathlib import Path

import audit
import catalogue
import check_catalog
import cold
import host
import kills
import memory
import open_loop
import steps
import warm
from figures import failures, put_between_markers, shown, table, verdicts

PAGE = host.ROOT / "docs" / "performance.md"

# Name, what is run, and the keys of the targets that it is to show.
MEASUREMENTS = {
    "start": (catalogue.start, ["start_ms"]),
    "warm": (warm.beside_nginx, ["autofill_durable_256", "autofill_tmpfs_256"]),
    "verify": (warm.verify, []),
    "peers": (warm.beside_peers, ["over_fastify_jsonata", "over_fastify_handwritten", "over_fastapi"]),
    "cold": (cold.measure, ["cold_over_bare"]),
    "steps": (steps.measure, ["render_over_to_vec"]),
    "memory": (memory.measure, ["bytes_a_record"]),
    "reload": (catalogue.reload, ["reload_one_ms", "reload_whole_ms"]),
    "services": (warm.many_services, ["services_50000"]),
    "kills": (kills.measure, ["lines_lost"]),
    "latency": (open_loop.measure, ["p99_whole_reload"]),
    "check": (check_catalog.in_run, []),
    "audit": (audit.in_run, []),
}


class Run:
    """What was asked for, and what was found so far."""

    def __init__(self, arguments):
        for name in ("profile", "rounds", "seconds", "records", "services", "kills", "starts", "lines", "nginx_file_cache"):
            setattr(self, name, getattr(arguments, name))
        self.bare_call, self.estimates, self.build = arguments.bare_call, arguments.estimates, arguments.binary is None
        self.binary = host.build(self.profile) if self.build else arguments.binary.resolve()
        self.result = {
            "date": datetime.date.today().isoformat(), "profile": self.profile if self.build else "unknown",
            "commit": host.commit() if self.build else "unknown", "binary_bytes": self.binary.stat().st_size,
            "machine": host.machine(), "versions": host.versions(), "rounds": self.rounds, "seconds": self.seconds,
            "measured": [], "figures": {}, "more": [], "sections": {},
        }

    def keep(self, name, section):
        """Everything that was seen, for the result file."""
        self.result["sections"][name] = section

    def figure(self, key, figure):
        """What a target is held against."""
        self.result["figures"][key] = figure

    def more(self, what, figure, digits=2, unit=""):
        """A row without a gate."""
        self.result["more"].append({"what": what, "figure": figure, "digits": digits, "unit": unit})

    def versions(self, versions):
        self.result["versions"].update(versions)


def main():
    arguments = parse_arguments()
    host.need_two_cores()
    host.install_missing()
    run = Run(arguments)
    machine = run.result["machine"]
    print(f"{machine['model']}, {machine['nproc']} cores, Linux {machine['kernel']}, {machine['rustc']}, "
          f"profile {run.result['profile']}, commit {run.result['commit']}, load {machine['load_before']}")
    if machine["load_before"] > 1:
        print("note: the machine is busy with other work; repeat when it is calm")
    names = arguments.only or list(MEASUREMENTS)
    try:
        for name in names:
            MEASUREMENTS[name][0](run)
            run.result["measured"].append(name)
    except BaseException:
        # What was seen until then is kept; nobody shall take it for the whole.
        machine["load_after"], run.result["complete"] = host.load(), False
        save(run.result, arguments, complete=False)
        raise
    machine["load_after"] = host.load()
    complete = is_complete(arguments)
    run.result["complete"] = complete
    show(run.result)
    save(run.result, arguments, complete)
    failed = failures(run.result["figures"], [key for name in names for key in MEASUREMENTS[name][1]])
    for line in failed:
        print(line)
    sys.exit(1 if failed else 0)


def parse_arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(MEASUREMENTS), help=", ".join(MEASUREMENTS))
    parser.add_argument("--quick", action="store_true", help="one short round of everything; implies --dry")
    parser.add_argument("--dry", action="store_true", help="write no result file and no table")
    parser.add_argument("--out", type=Path, help="write the result here too, whatever was measured")
    parser.add_argument("--profile", default="dist", choices=["dist", "release"], help="cargo profile (dist, what is shipped)")
    parser.add_argument("--binary", type=Path, help="measure this program and build nothing")
    parser.add_argument("--bare-call", type=Path, help="with --binary: the built benches/bare_call.rs")
    parser.add_argument("--estimates", type=Path, help="with --binary: a folder that criterion wrote (target/criterion)")
    parser.add_argument("--rounds", type=int, default=7, help="paired, undisturbed rounds (7)")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of one closed loop (3)")
    parser.add_argument("--records", type=int, default=1_000_000, help="cached citizens of `memory` (1000000)")
    parser.add_argument("--services", type=int, default=50_000, help="services of `services` (50000)")
    parser.add_argument("--kills", type=int, default=12, help="SIGKILLs under load (12)")
    parser.add_argument("--starts", type=int, default=15, help="measured starts and reloads (15)")
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines of the journal of `audit` (1000000)")
    parser.add_argument("--nginx-file-cache", action="store_true", help="let nginx keep its file open (faster)")
    arguments = parser.parse_args(words)
    if arguments.quick:
        arguments.dry = True
        for name, value in (("rounds", 1), ("seconds", 1), ("records", 20_000), ("services", 2_000), ("kills", 2),
                            ("starts", 3), ("lines", 20_000)):
            if getattr(arguments, name) == parser.get_default(name):
                setattr(arguments, name, value)
    if not arguments.binary and (arguments.bare_call or arguments.estimates):
        parser.error("--bare-call and --estimates belong to --binary: without it they are built and measured")
    if not arguments.quick and arguments.rounds < 7:
        print("note: fewer than 7 rounds are no figure to quote", file=sys.stderr)
    return arguments


def is_complete(arguments):
    """Whether the table may be made of it: everything was measured, of what is shipped, as the table's words say."""
    whole = not (arguments.only or arguments.quick or arguments.dry or arguments.binary) and arguments.profile == "dist"
    enough = {"rounds": 7, "seconds": 3, "records": 1_000_000, "services": 50_000, "kills": 10, "starts": 7}
    return whole and all(getattr(arguments, name) >= least for name, least in enough.items())


def show(result):
    print(f"\nload after: {result['machine']['load_after']}\n")
    for target, figure, verdict in verdicts(result["figures"]):
        if figure is not None:
            print(f"{target.number:>4}  {target.what}: {shown(figure, target.digits, target.unit)}   "
                  f"gate {target.gate:g}, target {target.target:g}   {verdict}")
    for row in result["more"]:
        print(f"      {row['what']}: {shown(row['figure'], row['digits'], row['unit'])}")


def rounded(value):
    """Numbers of at most six decimals: more say nothing, and a long row of digits looks like somebody's number."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(inner) for inner in value]
    return value


def save(result, arguments, complete):
    """The result file of whatever was measured; the table only of everything."""
    text = json.dumps(rounded(result), indent=1, ensure_ascii=False) + "\n"
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    if arguments.dry:
        return
    host.RESULTS.mkdir(parents=True, exist_ok=True)
    file = host.free_result_file(result["date"])
    file.write_text(text, encoding="utf-8")
    print(f"\nwritten: {file.relative_to(host.ROOT)}")
    if complete:
        PAGE.write_text(put_between_markers(PAGE.read_text(encoding="utf-8"), table(result)), encoding="utf-8")
        print(f"written: {PAGE.relative_to(host.ROOT)}")
    else:
        print(f"{PAGE.relative_to(host.ROOT)} is left as it is: it holds complete runs only")


if __name__ == "__main__":
    main()
