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
import random
import sys
from pathlib import Path

import host
import memory
import servers
from figures import spread
from rounds import closed_loop

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
    measuring.add_argument("--binary", type=Path, help="measure this program and build nothing")
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
    host.need_two_cores()
    host.install_missing()
    binary = arguments.binary.resolve() if arguments.binary else host.build(arguments.profile)
    machine = host.machine()
    print(f"{machine['model']}, {machine['nproc']} cores, load {machine['load_before']}")
    with servers.scratch("capacity-") as folder:
        replica = servers.Replica(binary, folder)
        try:
            result = {"machine": machine, "profile": arguments.profile, "commit": host.commit(), **figures(replica, arguments)}
        finally:
            replica.stop()
    result["machine"]["load_after"] = host.load()
    print(json.dumps(result, indent=2))
    if not arguments.dry:
        file = host.RESULTS / f"{datetime.date.today().isoformat()}-capacity.json"
        file.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"written: {file.relative_to(host.ROOT)}")


def figures(replica, arguments):
    body = servers.compact(servers.REQUEST)
    closed_loop(replica, "/v1/autofill", body, 1, 64)
    lines, size = journal(replica)
    warm = [closed_loop(replica, "/v1/autofill", body, arguments.seconds, 64) for _ in range(arguments.rounds)]
    more_lines, more_size = journal(replica)
    filled = memory.fill(replica, arguments.records, arguments.seconds)
    return {
        "warm_per_core_second": spread(one["per_second"] for one in warm),
        "warm_cpu_us": spread(one["cpu_us"] for one in warm),
        "warm_p99_ms": spread(one["p99_ms"] for one in warm),
        "cold_per_core_second": spread([filled["cold_per_second"]]),
        "cold_cpu_us": spread([filled["cold_cpu_us"]]),
        "records": filled["records"],
        "resident_bytes_without_records": filled["resident_bytes_without_records"],
        "resident_bytes_of_a_record": filled["resident_bytes_of_a_record"],
        "weighed_bytes_of_a_record": filled["weighed_bytes_of_a_record"],
        "journal_bytes_of_a_line": round((more_size - size) / (more_lines - lines), 1),
        "journal_lines": more_lines - lines,
    }


def journal(replica):
    """Lines on record and their bytes."""
    texts = [file.read_bytes() for file in replica.journal_files()]
    return sum(text.count(b"\n") for text in texts), sum(map(len, texts))


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
    files = sorted(host.RESULTS.glob("*-capacity.json"))
    if file is None and not files:
        sys.exit("measure first: benches/capacity.py measure")
    return json.loads((file or files[-1]).read_text())


if __name__ == "__main__":
    main()
