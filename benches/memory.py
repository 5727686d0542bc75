"""Resident bytes for one cached citizen."""

import sys
import time

from figures import shown, spread
from rounds import closed_loop
from servers import NUMBERED, REQUEST, Replica, compact, scratch

# Each agency has records of its own. One officer and one dossier: what quotas remember of them is not the cache's.
BODY = compact({**REQUEST, "agency": f"H01.{NUMBERED}"})
# Cold requests a second that no machine is expected to fall below.
LEAST_PER_SECOND = 2_000


def measure(run):
    """Row 8: memory of the process with so many records, minus that with one, divided by their number."""
    with scratch("memory-") as folder:
        replica = Replica(run.binary, folder)
        try:
            figures = fill(replica, run.records, run.seconds)
        finally:
            replica.stop()
    print(f"\nmemory: {figures['records']:,} records, {figures['resident_bytes_of_a_record']:.0f} bytes each, by the cache's own "
          f"weight {figures['weighed_bytes_of_a_record']:.0f}; filled in {figures['fill_seconds']:.0f} s")
    run.keep("memory", figures)
    run.figure("bytes_a_record", spread([figures["resident_bytes_of_a_record"]]))
    run.more("the cache's own weight of one record, which max_bytes bounds", spread([figures["weighed_bytes_of_a_record"]]), 0, "B")
    run.more(f"resident memory with {figures['records']:,} cached citizens", spread([figures["resident_bytes"] / 2**20]), 0, "MiB")
    run.more("CPU of the server for one cold request, sandbox, full and durable", spread([figures["cold_cpu_us"]]), 1, "µs")


def fill(replica, wanted, seconds):
    # All buffers of connections and workers are there before the first figure is taken, and one record.
    closed_loop(replica, "/v1/autofill", compact(REQUEST), seconds, 64)
    weight = weighed(replica)
    empty, began = replica.resident_bytes(), time.monotonic()
    # wrk begins with the first number each time, and what is there already is answered from the cache: mostly one
    # long run gets through all numbers, and a second one through the rest.
    first = closed_loop(replica, "/v1/autofill", BODY, seconds, 64, numbered=wanted)
    span = round(wanted / first["per_second"] * 0.55) + 1
    while round(weighed(replica) / weight) < wanted:
        if time.monotonic() - began > 120 + wanted / LEAST_PER_SECOND * 4:
            sys.exit(f"only {round(weighed(replica) / weight)} records are held")
        span *= 2
        closed_loop(replica, "/v1/autofill", BODY, span, 64, numbered=wanted)
    full, total = replica.resident_bytes(), weighed(replica)
    records = round(total / weight)
    return {"records": records, "resident_bytes": full, "resident_bytes_without_records": empty,
            "resident_bytes_of_a_record": round((full - empty) / (records - 1), 1),
            "weighed_bytes_of_a_record": round(total / records, 1), "fill_seconds": round(time.monotonic() - began, 1),
            "cold_per_second": first["per_second"], "cold_cpu_us": first["cpu_us"]}


def weighed(replica):
    """The cache counts once a second."""
    time.sleep(1.5)
    return replica.metric("diensan_cache_bytes")
