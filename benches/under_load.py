#!/usr/bin/env python3
"""Puts one kind of load on a whole replica, and shows where its processor time goes.

    python3 -B benches/under_load.py --binary PATH [--what warm|verify|cold] [--seconds 20] [--connections 256] [--lines 60]

The replica is that of the other measurements (callers, quotas, journal on disk), pinned to core 0, the load to core 1. With
`perf` on the path, its samples are written to target/bench/perf.data and the heaviest functions are printed; without, only
the requests a second. The program should have frame pointers and names (docs/performance.md).
"""

import argparse
import shutil
import subprocess
from pathlib import Path

import cold
import host
import warm
from rounds import closed_loop
from servers import Replica, Simulator, scratch

DATA = host.SCRATCH / "perf.data"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--what", default="warm", choices=["warm", "verify", "cold"])
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--lines", type=int, default=60, help="lines of the report (60)")
    arguments = parser.parse_args()
    host.need_two_cores()
    host.install_missing()
    binary = arguments.binary.resolve()
    with scratch("load-") as folder:
        started = []
        try:
            if arguments.what == "cold":
                started.append(Simulator(binary))
            replica = Replica(binary, folder, callers=8, base=started[0].origin if started else None)
            started.append(replica)
            print(f"process {replica.worker}, {replica.origin}", flush=True)
            path, body, numbered = {"warm": ("/v1/autofill", warm.BODY, None), "cold": ("/v1/autofill", cold.COLD, cold.AGENCIES),
                                    "verify": ("/v1/verify", warm.VERIFY, warm.DOSSIERS)}[arguments.what]
            closed_loop(replica, path, body, 1, arguments.connections, numbered, key=replica.keys[-1])
            perf = record(replica.worker, arguments.seconds)
            found = closed_loop(replica, path, body, arguments.seconds, arguments.connections, numbered)
            if perf is not None:
                perf.wait()
        finally:
            for one in reversed(started):
                one.stop()
    print(f"{found['per_second']:,.0f} requests a second, {found['cpu_us']:.1f} µs each, {found['busy']:.0%} of the core")
    if perf is not None:
        command = ["perf", "report", "-i", str(DATA), "--stdio", "--no-children", "-g", "none", "--percent-limit", "0.4"]
        report = subprocess.run(command, capture_output=True, text=True).stdout
        lines = [line for line in report.splitlines() if line.strip() and not line.startswith("#")]
        print("\n".join(lines[:arguments.lines]))


def record(process, seconds):
    if shutil.which("perf") is None:
        print("perf is not on the path: no profile")
        return None
    command = ["perf", "record", "-q", "--call-graph", "fp", "-F", "999", "-p", str(process), "-o", str(DATA), "--", "sleep", str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
