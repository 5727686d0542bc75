"""Single steps of a request: runs `benches/steps.rs` (criterion) and reads what it wrote."""

import subprocess
import sys
import time

import host
from figures import read_estimates, render_ratio, shown

# Named in the table; whatever else is measured is in the result file.
WORDS = {
    "read_request": "reading the request", "cache_hit": "finding the record in the cache", "read_reply": "reading upstream's reply",
    "fill": "filling the form", "render": "writing the answer", "to_vec_of_structs": "the same answer by serde_json::to_vec of ready structs",
    "seal": "sealing a record", "open": "opening a sealed record", "chain": "a line of the journal with its chain",
    "catalog/load": "loading the whole catalogue", "catalog/reload_one_form": "loading it again with one form changed",
    "catalog/compile_one_form": "compiling one form",
}


def measure(run):
    """Row 7, and the small costs."""
    if run.build:
        folder = host.target_folder() / "criterion"
        bench(run.profile, "--no-run")
        began = time.time()
        bench(run.profile)
    elif run.estimates:
        folder, began = run.estimates, 0.0
    else:
        sys.exit("with --binary the steps need --estimates: a folder that `cargo bench --bench steps` wrote")
    estimates = read_estimates(folder, began)
    ratio = render_ratio(estimates)
    if ratio is None:
        sys.exit(f"{folder} has no fresh estimates of render and to_vec_of_structs")
    run.keep("steps", estimates)
    run.figure("render_over_to_vec", ratio)
    print(f"\nsteps: render ÷ to_vec {shown(ratio, 3)}")
    for name, found in estimates.items():
        large = found["median_ns"] > 1e5
        figure = {"median": found["median_ns"], "min": found["low_ns"], "max": found["high_ns"], "count": 2}
        if large:
            figure = {key: value / 1e6 if key != "count" else value for key, value in figure.items()}
        print(f"  {name}: {shown(figure, 2 if large else 0, 'ms' if large else 'ns')}")
        if name in WORDS:
            run.more(f"{WORDS[name]} (criterion's median and its interval)", figure, 2 if large else 0, "ms" if large else "ns")


def bench(profile, *more):
    command = ["cargo", "bench", "--locked", "--profile", profile, "--bench", "steps", *more]
    if not more:
        # Built by now: what is measured has a core for itself.
        command = ["taskset", "-c", str(host.SERVER_CORE), *command]
    subprocess.run(command, cwd=host.ROOT, check=True)
