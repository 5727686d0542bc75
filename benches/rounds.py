"""Closed loops by wrk, and paired rounds: A B, B A, …; each ratio is formed inside a round."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Callable

from figures import LEAST_ROUNDS, shown, spread
from host import CLIENT_CORE, ROOT
from servers import cpu_ns, wire_bytes

LUA = ROOT / "benches" / "autofill.lua"
NUMBERED_LUA = ROOT / "benches" / "numbered.lua"
# Below this share of its core a server was not what held the round up: wrk was, or other work on the machine.
BUSY = 0.85
# An answer may differ by a few bytes from one to the next (the age of a record); more means that the work differs.
SIZE_TOLERANCE = 16


@dataclass
class Contestant:
    """Something that is measured once in each round."""

    name: str
    # Called with the number of the round.
    run: Callable
    # Whether a round in which it did not keep its core busy is repeated.
    saturates: bool = True


def closed_loop(server, path, body, seconds, connections, numbered=None, key=None, expected=None):
    """One measurement by wrk. Anything but good answers of the expected size ends the benchmark.

    `numbered`: how many different numbers stand for the `#` in the body. `expected`: bytes of one whole response; asked
    for when not given."""
    if expected is None:
        expected = wire_bytes(server, path, body if numbered is None else body.replace("#", "000000"), key)
    environment = {name: value for name, value in os.environ.items() if name not in ("BODY", "KEY", "COUNT")}
    if body is not None:
        environment["BODY"] = body
    # A peer has no callers.
    key = key or getattr(server, "key", None)
    if key:
        environment["KEY"] = key
    if numbered is not None:
        environment["COUNT"] = str(numbered)
    command = ["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s",
               "--latency", "-s", str(LUA if numbered is None else NUMBERED_LUA), f"{server.origin}{path}"]
    cpu = cpu_ns(server.worker)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds + 60)
    cpu = cpu_ns(server.worker) - cpu
    settle(server)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode != 0 or len(lines) != 1:
        sys.exit(f"wrk failed:\n{done.stdout}{done.stderr}")
    told = json.loads(lines[0].removeprefix("RESULT "))
    errors = {name: told[name] for name in ("connect", "read", "write", "status", "timeout") if told[name] != 0}
    if errors or "Non-2xx" in done.stdout or told["requests"] == 0:
        sys.exit(f"{server.name} gave errors: {errors}\n{done.stdout}")
    mean = told["bytes"] / told["requests"]
    if abs(mean - expected) > SIZE_TOLERANCE:
        sys.exit(f"{server.name}: a response has {mean:.0f} bytes on average, {expected} expected")
    return {"per_second": round(told["requests"] / told["microseconds"] * 1e6, 1),
            "cpu_us": round(cpu / told["requests"] / 1e3, 2), "busy": round(cpu / told["microseconds"] / 1e3, 3),
            "p50_ms": told["p50_us"] / 1e3, "p99_ms": told["p99_us"] / 1e3, "requests": told["requests"],
            "response_bytes": round(mean, 1)}


def settle(server, patience=5.0):
    """Waits until a server has nothing left to do: what wrk asked at its end must not hold up whoever is next."""
    end, before = time.monotonic() + patience, cpu_ns(server.worker)
    while time.monotonic() < end:
        time.sleep(0.05)
        spent, before = cpu_ns(server.worker) - before, cpu_ns(server.worker)
        if spent < 0.05 * 50e6:
            return


def in_order(contestants, number):
    """Who goes first moves on by one each round: with two that is A B, B A, A B, …"""
    first = number % len(contestants)
    return contestants[first:] + contestants[:first]


def paired(title, contestants, ratios, wanted, unit="per_second", derived=None):
    """Rounds until `wanted` undisturbed ones are there, three times as many at most; disturbed ones are kept and shown.

    `ratios`: name to (numerator, denominator), names of contestants or of what `derived` makes of a round; formed of `unit`
    inside each round. The figures are those of undisturbed rounds; when there are too few, of all, and the result says so."""
    print(f"\n{title}")
    rounds = []
    while sum(one["undisturbed"] for one in rounds) < wanted and len(rounds) < 3 * wanted:
        measured = {one.name: one.run(len(rounds)) for one in in_order(contestants, len(rounds))}
        lazy = [one.name for one in contestants if one.saturates and measured[one.name]["busy"] < BUSY]
        measured.update(derived(measured) if derived else {})
        formed = {name: round(measured[up][unit] / measured[down][unit], 4) for name, (up, down) in ratios.items()}
        # Other work on the machine moves the processor's time for one request least.
        costs = {name: round(measured[up]["cpu_us"] / measured[down]["cpu_us"], 4) for name, (up, down) in ratios.items()}
        rounds.append({"first": next(iter(measured)), "measured": measured, "ratios": formed, "cpu_ratios": costs,
                       "undisturbed": not lazy})
        columns = [f"{one.name} {measured[one.name][unit]:,.0f} ({measured[one.name].get('busy', 0):.0%})" for one in contestants]
        told = " ".join(f"{name} {value:.3f}" for name, value in formed.items())
        print(f"  round {len(rounds)}: {'  '.join(columns)}  {told}{'  not busy: ' + ', '.join(lazy) if lazy else ''}", flush=True)
    good = [one for one in rounds if one["undisturbed"]]
    # Two or three lucky rounds are no median.
    kept = good if len(good) >= min(LEAST_ROUNDS, wanted) else rounds
    result = {"rounds": rounds, "undisturbed": len(good),
              "ratios": {name: spread(one["ratios"][name] for one in kept) for name in ratios},
              "cpu_ratios": {name: spread(one["cpu_ratios"][name] for one in rounds) for name in ratios}}
    for name, first in kept[0]["measured"].items():
        keys = [key for key in ("per_second", "cpu_us", "p50_ms", "p99_ms") if key in first]
        result[name] = {key: spread(one["measured"][name][key] for one in kept) for key in keys}
    for name in ratios:
        print(f"  {name}: {shown(result['ratios'][name], 3)}   CPU of a request: {shown(result['cpu_ratios'][name], 3)}")
    if result["undisturbed"] < wanted:
        print(f"  note: {len(good)} of {len(rounds)} rounds were undisturbed, {wanted} wanted"
              f"{'' if kept is good else '; the figures are of all rounds'}")
    return result
