"""Latency at half of the highest rate, open loop, while the catalogue is reloaded each second.

A closed loop waits with its next question while a server is slow, and so hides what it wants to show. Here questions are due
at fixed moments whatever the server does, and a time begins when the question was due, not when it could be sent.

The generator is our own. `oha` would take a long build for one figure, `wrk` and `hey` are closed loops, and one thread of
Python over epoll keeps up with the rates of one core here. Whether it did is measured: how late questions left for which a
connection was free stands beside each figure, and a round with a lag that could be taken for latency counts for nothing.
"""

import collections
import gc
import os
import signal
import sys
import time

from catalogue import OneForm, TwoTrees
from connections import Pool
from figures import percentile, shown, spread
from host import CLIENT_CORE
from rounds import SIZE_TOLERANCE, closed_loop, in_order
from servers import Replica, scratch, wire_bytes
from warm import BODY, warm_answer

CONNECTIONS = 256
# How many times longer than a closed loop: so many reloads fall into one figure.
LONGER = 3
# A share of the highest rate, at which the latency is asked for.
SHARE = 0.5
# The generator's own lag, 99 of 100 questions, above which it measures itself.
MOST_LAG_MS = 1.0
GOOD = b"HTTP/1.1 200 "
# A second at the beginning does not count.
WARM_UP_SECONDS = 1.0
DRAIN_SECONDS = 10.0


def measure(run):
    """Row 13, in rounds: no reload, one form changed each second, every file changed each second."""
    seconds = LONGER * run.seconds
    rounds = []
    with scratch("one-") as one, scratch("whole-") as whole:
        started = []
        try:
            # Both over a catalogue that may change, so that they are alike as long as it does not.
            for folder, what in ((one, "one"), (whole, "whole")):
                trees = OneForm(folder) if what == "one" else TwoTrees(folder)
                started.append((Replica(run.binary, folder, tree=trees.tree, name=f"diensan, {what}"), trees))
            for replica, _ in started:
                warm_answer(replica)
            fastest = [closed_loop(started[0][0], "/v1/autofill", BODY, run.seconds, CONNECTIONS)["per_second"]
                       for _ in range(min(3, run.rounds))]
            rate = SHARE * spread(fastest)["median"]
            print(f"\nopen loop, {rate:,.0f} requests a second (half of {spread(fastest)['median']:,.0f}), {CONNECTIONS} "
                  f"connections, {seconds} s, server on one core")
            kinds = {"none": started[0] + (False,), "one": started[0] + (True,), "whole": started[1] + (True,)}
            while sum(kept_up(one) for one in rounds) < run.rounds and len(rounds) < 3 * run.rounds:
                rounds.append(one_round(kinds, len(rounds), rate, seconds))
        finally:
            for replica, _ in reversed(started):
                replica.stop()
    # Rounds in which the generator measured itself are kept in the result, and counted for nothing.
    good = [one for one in rounds if kept_up(one)]
    ratios = {kind: spread(one[kind]["p99_ms"] / one["none"]["p99_ms"] for one in good) for kind in ("one", "whole")}
    run.keep("latency", {"rate": rate, "seconds": seconds, "connections": CONNECTIONS, "rounds": rounds,
                         "kept_up": len(good), "ratios": ratios})
    if not good:
        print("  the generator never kept up: other work on its core, or a rate that is too high for it")
        return
    run.figure("p99_whole_reload", ratios["whole"])
    run.more("p99 at half of the highest rate, open loop, one form changed and reloaded each second ÷ none", ratios["one"])
    for kind, words in (("none", "no reload"), ("one", "one form each second"), ("whole", "every file each second")):
        for share in ("p50_ms", "p99_ms"):
            figure = spread(one[kind][share] for one in good)
            run.more(f"latency at half of the highest rate, open loop, {share[:3]}: {words}", figure, 2, "ms")
    for kind, ratio in ratios.items():
        print(f"  p99 with reloads ({kind}) ÷ without: {shown(ratio)}")


def one_round(kinds, number, rate, seconds):
    measured = {}
    for kind in in_order(list(kinds), number):
        replica, trees, reloads = kinds[kind]
        measured[kind] = loop(replica, rate, seconds, trees if reloads else None)
        found = measured[kind]
        print(f"  round {number + 1}, reload {kind}: p50 {found['p50_ms']:.2f} ms, p99 {found['p99_ms']:.2f} ms, highest "
              f"{found['max_ms']:.1f} ms; {found['reloads']} reloads; generator late by {found['lag_p99_ms']} ms (p99)", flush=True)
    return measured


def kept_up(one):
    """Whether the generator did in the round without reloads. (After a pause of the server it has a heap of answers to
    read, which is the server's doing.)"""
    lag = one["none"]["lag_p99_ms"]
    return lag is not None and lag <= MOST_LAG_MS


def loop(replica, rate, seconds, trees):
    """Latencies of so many questions a second. `trees`: the catalogue is changed over and reloaded each second."""
    before = replica.metric('diensan_catalog_reloads_total{result="ok"}')
    expected = wire_bytes(replica, "/v1/autofill", BODY)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENT_CORE})
    # A collection would be a pause of the generator.
    gc.disable()
    pool = Pool(replica.origin, CONNECTIONS)
    try:
        question = pool.question("/v1/autofill", BODY, replica.key)
        latencies, lags = ask(pool, question, rate, WARM_UP_SECONDS + seconds, expected, replica.process.pid, trees)
    finally:
        pool.close()
        gc.enable()
        os.sched_setaffinity(0, cores)
    return {"requests": len(latencies), "p50_ms": round(percentile(latencies, 0.5) * 1e3, 3),
            "p99_ms": round(percentile(latencies, 0.99) * 1e3, 3), "max_ms": round(max(latencies) * 1e3, 3),
            # Without any, no connection was ever free: a server that is overwhelmed at half its rate was disturbed.
            "lag_p99_ms": round(percentile(lags, 0.99) * 1e3, 3) if lags else None,
            "reloads": round(replica.metric('diensan_catalog_reloads_total{result="ok"}') - before)}


def ask(pool, question, rate, seconds, expected, process=0, trees=None):
    """Seconds from when each question was due to the end of its answer, and from then until it left, where it did not have
    to wait for a connection; without those of the first second. `expected`: bytes of one whole response. `process`, `trees`: whom to tell each second that
    the catalogue is another one."""
    total, pause = int(rate * seconds), 1.0 / rate
    free = collections.deque(pool.by_number.values())
    latencies, lags, asked, answered, clock = [], [], 0, 0, time.perf_counter
    start = clock() + 0.05
    counts_from = start + WARM_UP_SECONDS
    next_reload, end = start + 0.5, start + seconds + DRAIN_SECONDS
    blocked, by_number, poll = False, pool.by_number, pool.epoll.poll
    least, most = expected - SIZE_TOLERANCE, expected + SIZE_TOLERANCE
    while answered < total:
        now = clock()
        if now > end:
            sys.exit(f"{total - answered} of {total} questions were not answered")
        if trees is not None and next_reload <= now < start + seconds:
            next_reload += 1.0
            trees.swap()
            os.kill(process, signal.SIGHUP)
        while asked < total and start + asked * pause <= now:
            if not free:
                blocked = True
                break
            connection = free.popleft()
            due = start + asked * pause
            connection.due = due
            connection.socket.send(question)
            if not blocked and due >= counts_from:
                lags.append(now - due)
            asked += 1
        else:
            blocked = False
        for number, _ in poll(0, 512):
            connection = by_number[number]
            try:
                part = connection.socket.recv(65536)
            except BlockingIOError:
                continue
            # The usual case, a whole answer at once, must cost little; all others take the long way.
            whole = (least <= len(part) <= most and not connection.missing and not connection.received
                     and part.startswith(GOOD) and part.endswith(b"}"))
            if not whole and not complete(connection, part):
                continue
            answered += 1
            if connection.due >= counts_from:
                latencies.append(clock() - connection.due)
            free.append(connection)
    return latencies, lags


def complete(connection, part):
    """Takes up a part of an answer; whether it is a whole good answer now."""
    try:
        head = connection.take(part)
    except EOFError:
        sys.exit("the service ended a connection")
    if head is not None and not head.startswith(GOOD):
        sys.exit(f"not answered with 200: {head[:200]}")
    return head is not None
