#!/usr/bin/env python3
"""What a province needs: measures one replica with callers, quotas and a journal, then plays a day of all communes.

    capacity.py measure     one replica pinned to core 0, wrk to core 1: requests a core and second, warm and cold; memory of
                            cached records; bytes and disk time of the journal; writes benches/results/<date>-capacity.json
    capacity.py simulate    a day of dossiers at every commune, by second: peak of requests, of upstream calls, share of the
                            cache, records held, journal; cores and replicas from the newest measurement

Python's standard library only. What the simulation assumes about counters stands in its options: no official figure for the
dossiers of one commune a day is known to this project, so it is a parameter and no fact.
"""

import argparse
import datetime
import heapq
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import run

LUA = run.ROOT / "benches" / "capacity.lua"
# Communes, wards and special zones since 1 July 2025 (service-catalog/administrative-units).
COMMUNES = 3321


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure", help="measure one replica on this machine")
    measuring.add_argument("--profile", default="release", choices=["release", "dist"])
    measuring.add_argument("--seconds", type=int, default=5, help="seconds of one measurement (5)")
    measuring.add_argument("--rounds", type=int, default=5, help="rounds of each measurement (5)")
    measuring.add_argument("--records", type=int, default=100_000, help="records to hold (100000)")
    measuring.add_argument("--dry", action="store_true", help="write no result file")
    simulating = commands.add_parser("simulate", help="play a day of all communes")
    simulating.add_argument("--communes", type=int, default=COMMUNES)
    simulating.add_argument("--dossiers", type=float, default=60, help="dossiers at one commune in one day (60, assumed)")
    simulating.add_argument("--people", type=float, default=1.4, help="people looked up for one dossier, mean (1.4, assumed)")
    simulating.add_argument("--again", type=float, default=0.5, help="share of dossiers whose form is filled once more (0.5, assumed)")
    simulating.add_argument("--verify", type=float, default=0.3, help="share of dossiers that are verified before filing (0.3, assumed)")
    simulating.add_argument("--ttl", type=float, default=600, help="life time of a record in seconds (600)")
    simulating.add_argument("--upstream", type=float, default=1.5, help="seconds of one upstream call (1.5, assumed)")
    simulating.add_argument("--busy", type=float, default=0.5, help="share of a core that is planned to be used (0.5)")
    simulating.add_argument("--seed", type=int, default=1)
    simulating.add_argument("--figures", type=Path, help="a file that `measure` wrote (the newest)")
    arguments = parser.parse_args()
    if arguments.command == "measure":
        measure(arguments)
    else:
        simulate(arguments)


# --- measuring -------------------------------------------------------------------------------------------------------


def measure(arguments):
    run.install_missing()
    binary = run.build(arguments.profile)
    machine = run.machine()
    print(f"{machine['model']}, {machine['nproc']} cores, load {machine['load_before']}")
    with tempfile.TemporaryDirectory(prefix="diensan-capacity-") as folder:
        replica = Replica(binary, Path(folder))
        try:
            result = {"machine": machine, "profile": arguments.profile, "commit": run.commit(),
                      **figures(replica, arguments)}
        finally:
            replica.stop()
    result["machine"]["load_after"] = run.load()
    print(json.dumps(result, indent=2))
    if not arguments.dry:
        file = run.RESULTS / f"{datetime.date.today().isoformat()}-capacity.json"
        file.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"written: {file.relative_to(run.ROOT)}")


def figures(replica, arguments):
    replica.load(1, 1)
    replica.weigh()
    lines, size = replica.journal()
    warm = [replica.load(arguments.seconds, 1) for _ in range(arguments.rounds)]
    more_lines, more_size = replica.journal()
    empty = replica.resident_bytes()
    # Every agency once or more: only then does the cache hold that many records.
    cold = []
    while replica.records() < arguments.records:
        # wrk begins with the first agency each time: a longer run gets further.
        cold.append(replica.load(arguments.seconds * (1 + 3 * len(cold)), arguments.records))
        if len(cold) > 5:
            sys.exit(f"only {replica.records()} records are held")
    full, weighed = replica.resident_bytes(), replica.metric("diensan_cache_bytes")
    return {
        "warm_per_core_second": run.spread([one["per_second"] for one in warm]),
        "warm_cpu_us": run.spread([one["cpu_us"] for one in warm]),
        "warm_p99_ms": run.spread([one["p99_ms"] for one in warm]),
        "cold_per_core_second": run.spread([one["per_second"] for one in cold[:1]]),
        "cold_cpu_us": run.spread([one["cpu_us"] for one in cold[:1]]),
        "records": replica.records(),
        "resident_bytes_without_records": empty,
        "resident_bytes_of_a_record": round((full - empty) / replica.records(), 1),
        "weighed_bytes_of_a_record": round(weighed / replica.records(), 1),
        "journal_bytes_of_a_line": round((more_size - size) / (more_lines - lines), 1),
        "journal_lines": more_lines - lines,
    }


class Replica(run.Endpoint):
    """`diensan serve` with one caller, quotas that do not stand in the way, and a journal, over the sandbox's people."""

    name = "diensan"

    def __init__(self, binary, folder):
        self.folder = folder
        for purpose, name in [("journal-mac", "mac"), ("journal-citizen", "citizen")]:
            subprocess.run([binary, "key", "new", "--purpose", purpose, folder / name], check=True, capture_output=True)
        made = subprocess.run([binary, "key", "new", "--caller", "mot-cua"], check=True, capture_output=True, text=True)
        self.key = made.stdout.splitlines()[0]
        digest = next(line for line in made.stdout.splitlines() if line.startswith("keys = "))
        config = folder / "diensan.toml"
        config.write_text(f"""
[catalog]
services = "{run.ROOT}/service-catalog"
schemas = "{run.ROOT}/schemas"
watch = false
[cache]
ttl = "2h"
max_bytes = "4GiB"
[journal]
directory = "journal"
mac_key_file = "mac"
citizen_key_file = "citizen"
[access]
state_directory = "state"
[[caller]]
name = "mot-cua"
{digest}
scopes = ["autofill", "metrics"]
agencies = ["*"]
services = ["*"]
attributes = ["*"]
quota = {{ requests_per_second = 100000 }}
""")
        command = ["taskset", "-c", str(run.SERVER_CORE), str(binary), "--log", "error", "serve", "--listen", "127.0.0.1:0",
                   "--workers", "1", "--config", str(config)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DIENSAN_")}
        self.process = subprocess.Popen(command, cwd=run.ROOT, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            self.process.kill()
            sys.exit("diensan did not start")
        self.worker = self.process.pid
        self.origin = line.removeprefix("listening on ").strip()

    def load(self, seconds, agencies):
        environment = {**os.environ, "KEY": self.key, "AGENCIES": str(agencies)}
        command = ["taskset", "-c", str(run.CLIENT_CORE), "wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", "-s", str(LUA),
                   f"{self.origin}/v1/autofill"]
        cpu = self.cpu_ns()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds + 30)
        cpu = self.cpu_ns() - cpu
        lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        if done.returncode != 0 or len(lines) != 1:
            sys.exit(f"wrk failed:\n{done.stdout}{done.stderr}")
        told = json.loads(lines[0].removeprefix("RESULT "))
        if told["errors"] or "Non-2xx" in done.stdout or told["requests"] == 0:
            sys.exit(f"errors: {done.stdout}")
        return {"per_second": round(told["requests"] / told["microseconds"] * 1e6, 1),
                "cpu_us": round(cpu / told["requests"] / 1e3, 2), "p99_ms": told["p99_us"] / 1e3}

    def metric(self, name):
        request = urllib.request.Request(f"{self.origin}/metrics", headers={"Authorization": f"Bearer {self.key}"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            text = reply.read().decode()
        return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(f"{name} ")))

    def weigh(self):
        """What one record weighs: exactly one is held when this is asked."""
        time.sleep(1.2)
        self.weight = self.metric("diensan_cache_bytes")

    def records(self):
        """Held records: all are of one person and one form, so of one weight."""
        time.sleep(1.2)
        return round(self.metric("diensan_cache_bytes") / self.weight)

    def journal(self):
        """Lines on record and their bytes."""
        files = list((self.folder / "journal").glob("*.jsonl"))
        return sum(file.read_bytes().count(b"\n") for file in files), sum(file.stat().st_size for file in files)

    def resident_bytes(self):
        for line in Path(f"/proc/{self.worker}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        return 0


# --- simulating ------------------------------------------------------------------------------------------------------

# Share of a day's dossiers that come in each half hour from 7:30 to 17:00: two waves, and a quiet noon (assumed).
WAVES = [3, 8, 10, 10, 9, 7, 4, 1, 0.5, 0.5, 3, 8, 10, 9, 7, 5, 3, 1.5, 0.5]


def simulate(arguments):
    chance = random.Random(arguments.seed)
    measured = newest(arguments.figures)
    requests, calls, held = day(chance, arguments)
    peak, peak_calls = max(requests.values()), max(calls.values())
    asked, fetched = sum(requests.values()), sum(calls.values())
    warm, cold = measured["warm_cpu_us"]["median"], measured["cold_cpu_us"]["median"]
    busy = max((requests[second] - calls[second]) * warm + calls[second] * cold for second in requests) / 1e6
    cores = busy / arguments.busy
    memory = measured["resident_bytes_without_records"] + held * measured["resident_bytes_of_a_record"]
    journal = asked * measured["journal_bytes_of_a_line"]
    rows = [
        ("communes", f"{arguments.communes:,}"),
        ("dossiers a day", f"{arguments.communes * arguments.dossiers:,.0f}"),
        ("look-ups a day", f"{asked:,}"),
        ("look-ups in the busiest second", f"{peak:,}"),
        ("upstream calls a day", f"{fetched:,}"),
        ("upstream calls in the busiest second", f"{peak_calls:,}"),
        ("upstream calls under way at once", f"{math.ceil(peak_calls * arguments.upstream):,}"),
        ("share answered by the cache", f"{1 - fetched / asked:.0%}"),
        ("records held at once", f"{held:,}"),
        ("cores at the busiest second, all in one", f"{busy:.3f}"),
        (f"cores so that {arguments.busy:.0%} of them are busy", f"{cores:.2f}"),
        ("replicas of one core, and one more for the loss of one", f"{max(1, math.ceil(cores)) + 1}"),
        ("memory of one replica that held all of it", f"{memory / 2**20:,.0f} MiB"),
        ("journal a day", f"{journal / 1e6:,.0f} MB"),
        ("journal in 24 months of 250 days", f"{journal * 500 / 1e9:,.0f} GB"),
    ]
    print("| what | figure |\n| --- | --- |")
    for name, value in rows:
        print(f"| {name} | {value} |")


def day(chance, arguments):
    """Look-ups and upstream calls by second, and the most records that are held at once."""
    requests, calls, ends, most = {}, {}, [], 0
    total = sum(WAVES)
    events = []
    for _ in range(arguments.communes):
        for half_hour, share in enumerate(WAVES):
            for _ in range(poisson(chance, arguments.dossiers * share / total)):
                events.append(half_hour * 1800 + chance.random() * 1800)
    events.sort()
    pending = []
    for serial, began in enumerate(events):
        people = 1 + poisson(chance, max(0.0, arguments.people - 1))
        for person in range(people):
            heapq.heappush(pending, (began, serial, person))
            if chance.random() < arguments.again:
                heapq.heappush(pending, (began + chance.uniform(20, 900), serial, person))
            if chance.random() < arguments.verify:
                heapq.heappush(pending, (began + chance.uniform(120, 1800), serial, person))
    kept = {}
    while pending:
        at, serial, person = heapq.heappop(pending)
        second = int(at)
        requests[second] = requests.get(second, 0) + 1
        calls.setdefault(second, 0)
        while ends and ends[0][0] <= at:
            _, ended = heapq.heappop(ends)
            if kept.get(ended, 0) <= at:
                kept.pop(ended, None)
        if kept.get((serial, person), 0) <= at:
            calls[second] += 1
            until = at + arguments.ttl
            kept[(serial, person)] = until
            heapq.heappush(ends, (until, (serial, person)))
            most = max(most, len(kept))
    return requests, calls, most


def poisson(chance, mean):
    if mean <= 0:
        return 0
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def newest(file):
    files = sorted(run.RESULTS.glob("*-capacity.json"))
    if file is None and not files:
        sys.exit("measure first: benches/capacity.py measure")
    return json.loads((file or files[-1]).read_text())


if __name__ == "__main__":
    main()
