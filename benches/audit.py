#!/usr/bin/env python3
"""Measures `diensan audit verify` beside sha256sum on the same files, and `diensan audit search`.

    python3 benches/audit.py [--lines 1000000] [--rounds 7] [--mutations 0] [--binary PATH] [--keep DIR] [--dry]

Writes a journal in segments of 64 MiB with Python's own hashlib and hmac (a second implementation of the format), then
runs in turns A B, B A, …: verify and sha256sum, both over all segments. A figure is the wall time from exec to exit with
the files in the page cache; the ratio is formed inside a round. Twice: both pinned to one core, and both on all cores
(sha256sum uses one). With --mutations each of so many random changes is made to the journal, verified and taken back;
one that is not found at its line ends the run with exit code 1.
"""

import argparse
import datetime
import hashlib
import hmac
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

import host
import servers
from host import ROOT

CORE = max(os.sched_getaffinity(0))
MAC_KEY, CITIZEN_KEY = b"\x11" * 32, b"\x22" * 32
SEGMENT = 64 << 20
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
# Invented numbers only: nobody has one that starts with 999.
ASKED = "9990" + "85000001"


def key_id(key):
    return hashlib.sha256(b"diensan journal key id\n" + key).hexdigest()[:8]


def token(number):
    return key_id(CITIZEN_KEY) + ":" + hmac.new(CITIZEN_KEY, number.encode(), hashlib.sha256).hexdigest()


def line(seq, when, body, prev):
    time_text = when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"
    signed = f'{{"time":"{time_text}","seq":{seq},{body},"key":"{key_id(MAC_KEY)}","prev":"{prev}"'
    mac = hmac.digest(MAC_KEY, signed.encode(), "sha256").hex()
    return f'{signed},"mac":"{mac}"}}\n', mac


def disclosure(seq, people):
    person = people[seq % len(people)]
    return (
        f'"kind":"disclosure","request_id":"01990000-0000-7000-8000-{seq:012x}","caller":"mot-cua-tinh",'
        f'"officer":"cb-{seq % 400:04}","agency":"H01.{seq % 90}","dossier":"H01.{seq % 90}-26-{seq // 3:07}",'
        f'"service":"1.000894","form":"to-khai-dang-ky-ket-hon","people":[{{"role":"ben_nam","citizen":"{person}",'
        f'"outcome":"found","cached":false,"connection":"lgsp-tinh","calls":["c-{seq:012x}"],'
        '"attributes":["so_dinh_danh","ho_va_ten","gioi_tinh","ngay_sinh","quoc_tich","thuong_tru"]}],'
        '"status":200,"took_us":4321,"catalog":"0123456789ab"'
    )


def generate(folder, count):
    people = [token(f"9990{85000001 + index}") for index in range(20_000)]
    journal = folder / "journal"
    journal.mkdir(parents=True)
    for name, key in (("mac", MAC_KEY), ("citizen", CITIZEN_KEY)):
        (folder / name).write_text(key.hex())
        (folder / name).chmod(0o600)
    prev, index, size, out = "0" * 64, 0, SEGMENT, None
    for seq in range(1, count + 1):
        if size >= SEGMENT:
            index, size = index + 1, 0
            if out:
                out.close()
            out = open(journal / f"journal-{index:06}.jsonl", "w", buffering=1 << 20)
        when = START + datetime.timedelta(milliseconds=20_000 * seq)
        text, prev = line(seq, when, disclosure(seq, people), prev)
        out.write(text)
        size += len(text)
    out.close()
    head = (
        f'{{"head":{count},"mac":"{prev}","time":"2026-01-01T00:00:00.000Z","taken":"2026-01-01T00:00:00.000Z",'
        f'"key":"{key_id(MAC_KEY)}"'
    )
    seal = hmac.digest(MAC_KEY, head.encode(), "sha256").hex()
    (journal / "head.json").write_text(f'{head},"seal":"{seal}"}}\n')
    return journal, prev


def timed(command, core, stdin=None):
    prefix = ["taskset", "-c", str(core)] if core is not None else []
    start = time.monotonic()
    done = subprocess.run(prefix + command, stdout=subprocess.PIPE, input=stdin, check=False)
    return time.monotonic() - start, done


def compare(ours, theirs, rounds, core):
    lines = []
    for number in range(rounds + 1):
        seconds = {}
        for side in ("ours", "theirs") if number % 2 == 0 else ("theirs", "ours"):
            seconds[side], done = timed(ours if side == "ours" else theirs, core)
            if done.returncode != 0:
                sys.exit(f"{side} ended with {done.returncode}: {done.stdout[-500:]}")
        if number > 0:
            ratio = seconds["theirs"] / seconds["ours"]
            lines.append({**seconds, "ratio": ratio, "inverse": 1 / ratio})
    return {
        key: {"median": statistics.median(values), "min": min(values), "max": max(values)}
        for key in ("ours", "theirs", "ratio", "inverse")
        for values in [[line[key] for line in lines]]
    }


def told(figure, unit=""):
    return f"{figure['median']:.3f}{unit} ({figure['min']:.3f} to {figure['max']:.3f})"


def mutate(data, dice, last_segment, count, prev, verify):
    """A changed segment, and the line at which something must be found."""
    kind = dice.choice(["flip", "flip", "flip", "delete", "duplicate", "swap", "cut", "writer", "clock"])
    if kind in ("cut", "clock") and not last_segment:
        kind = "flip"
    start = data.index(b"\n", dice.randrange(len(data) // 4, len(data) // 2)) + 1
    end = data.index(b"\n", start) + 1
    number = data.count(b"\n", 0, start) + 1
    if kind == "flip":
        at = dice.randrange(start, end)
        return kind, data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :], number
    if kind == "delete":
        return kind, data[:start] + data[end:], number
    if kind == "duplicate":
        return kind, data[:end] + data[start:end] + data[end:], number + 1
    if kind == "swap":
        other = data.index(b"\n", dice.randrange(end, len(data) - 4000)) + 1
        other_end = data.index(b"\n", other) + 1
        return kind, data[:start] + data[other:other_end] + data[end:other] + data[start:end] + data[other_end:], number
    if kind == "cut":
        at = len(data) - dice.randrange(1, 100_000)
        return kind, data[:at], data.count(b"\n", 0, at) + 1
    if kind == "writer":
        found = json.loads(data[start:end])
        when = datetime.datetime.fromisoformat(found["time"])
        forked, _ = line(found["seq"], when, '"kind":"disclosure","officer":"cb-9999"', found["prev"])
        return kind, data[:end] + forked.encode() + data[end:], number + 1
    text, _ = line(count + 1, START, '"kind":"alarm"', prev)
    return kind, data + text.encode(), data.count(b"\n") + 1


def try_mutations(journal, command, how_many, count, prev):
    dice = random.Random(1)
    files = sorted(journal.glob("journal-*.jsonl"))
    tried = {}
    for number in range(how_many):
        file = dice.choice([*files, files[-1]])
        data = file.read_bytes()
        kind, changed, expected = mutate(data, dice, file == files[-1], count, prev, command)
        file.write_bytes(changed)
        _, done = timed(command + ["--format", "json"], None)
        file.write_bytes(data)
        faults = [found for found in json.loads(done.stdout)["findings"] if not found["notice"]]
        place = (faults[0]["file"], faults[0]["line"]) if faults else None
        if done.returncode != 1 or place != (file.name, expected):
            sys.exit(f"mutation {number} ({kind}) at {file.name}:{expected} was found at {place}")
        tried[kind] = tried.get(kind, 0) + 1
    return tried


def main():
    arguments = parse_arguments()
    binary = Path(arguments.binary).resolve() if arguments.binary else host.build("release")
    result = {"machine": host.machine(), "commit": host.commit(),
              **measure(binary, arguments.lines, arguments.rounds, arguments.mutations, arguments.keep)}
    if not arguments.dry:
        host.RESULTS.mkdir(exist_ok=True)
        file = host.RESULTS / f"{datetime.date.today().isoformat()}-audit.json"
        file.write_text(json.dumps(result, indent=2) + "\n")
        print(f"written: {file.relative_to(ROOT)}")


def in_run(run):
    """As a part of run.py."""
    print()
    result = measure(run.binary, run.lines, run.rounds)
    run.keep("audit", result)
    for name, words in (("one_core", "one core"), ("all_cores", "all cores, sha256sum on one")):
        figure = {**result[name]["inverse"], "count": run.rounds}
        run.more(f"audit verify of {run.lines:,} lines ÷ sha256sum of the same files (time), {words}", figure)
    run.more("audit verify, one core", {**result["one_core"]["ours"], "count": run.rounds}, 2, "s")


def measure(binary, count, rounds, mutations=0, keep=None):
    with servers.scratch("audit-") as scratch:
        folder = Path(keep or scratch).resolve()
        began = time.monotonic()
        journal, prev = generate(folder, count)
        files = sorted(map(str, journal.glob("journal-*.jsonl")))
        size = sum(os.path.getsize(file) for file in files)
        print(f"{count} lines, {size >> 20} MiB in {len(files)} segments, written in {time.monotonic() - began:.0f} s")
        place = ["--directory", str(journal), "--mac-key-file", str(folder / "mac")]
        verify = [str(binary), "audit", "verify", *place]
        result = {"lines": count, "bytes": size}
        for name, core in (("one_core", CORE), ("all_cores", None)):
            result[name] = compare(verify, ["sha256sum", *files], rounds, core)
            figures = result[name]
            print(
                f"{name}: verify {told(figures['ours'], ' s')}, sha256sum {told(figures['theirs'], ' s')}, "
                f"times its rate {told(figures['ratio'])}"
            )
        search = [str(binary), "audit", "search", *place, "--citizen-key-file", str(folder / "citizen"), "--format", "json"]
        for name, more, stdin in (
            ("search_citizen", ["--citizen-from", "-"], ASKED.encode()),
            ("search_officer", ["--officer", "cb-0123"], None),
            ("search_nobody", ["--dossier", "no such dossier"], None),
        ):
            runs = [timed(search + more, CORE, stdin) for _ in range(3)]
            result[name] = {"seconds": statistics.median(run[0] for run in runs), "found": runs[0][1].stdout.count(b"\n")}
            print(f"{name}: {result[name]['seconds']:.3f} s, {result[name]['found']} lines found")
        if mutations:
            result["mutations"] = try_mutations(journal, verify, mutations, count, prev)
            print(f"mutations found at their lines: {result['mutations']}")
    return result


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--binary")
    parser.add_argument("--keep", metavar="DIR", help="write the journal here and leave it")
    parser.add_argument("--dry", action="store_true", help="do not write the result file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
