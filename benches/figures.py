"""What is made of measurements: medians with their extremes, the targets, who met them, and the tables for people.

Pure functions, so that `test_figures.py` can plant figures. Nothing here starts a process.
"""

import json
import math
import statistics
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
MET, HELD, MISSED, UNKNOWN = "target met", "gate held", "GATE MISSED", "not measured"
# Fewer paired rounds, or runs of something that is measured alone, are no figure to quote.
LEAST_ROUNDS = 5


@dataclass(frozen=True)
class Target:
    """A row with a gate, below which `make bench` fails, and a target, which is what we are after."""

    number: str
    key: str
    what: str
    gate: float
    target: float
    # Ratios of requests a second shall be high; times, bytes and lost lines low.
    high_is_good: bool
    digits: int = 2
    unit: str = ""

    def reached(self, value, bound):
        return value >= bound if self.high_is_good else value <= bound

    def verdict(self, figure):
        """The median decides, as it stands: no rounding in anybody's favour."""
        if figure is None or not math.isfinite(figure["median"]):
            return UNKNOWN
        if self.reached(figure["median"], self.target):
            return MET
        return HELD if self.reached(figure["median"], self.gate) else MISSED


TARGETS = (
    Target("1", "autofill_durable_256", "full, durable, cached autofill ÷ nginx static, 256 connections", 0.35, 0.70, True),
    Target("2", "autofill_tmpfs_256", "the same, journal on tmpfs (still awaited) ÷ nginx static, 256 connections", 0.70, 1.0, True),
    Target("3", "over_fastify_jsonata", "full, durable ÷ Fastify + JSONata (mapping only), 256 connections", 20, 40, True, 1),
    Target("4", "over_fastify_handwritten", "full, durable ÷ Fastify, mapping by hand (mapping only), 256 connections", 3, 7, True, 1),
    Target("5", "over_fastapi", "full, durable ÷ FastAPI + pydantic (mapping only), 256 connections", 10, 22, True, 1),
    Target("6", "cold_over_bare", "cold look-up, CPU above a warm request ÷ CPU of a bare call with reqwest", 2.2, 1.5, False),
    Target("7", "render_over_to_vec", "render ÷ serde_json::to_vec of ready structs (time)", 0.35, 0.20, False, 3),
    Target("8", "bytes_a_record", "resident bytes for one cached citizen", 1400, 1000, False, 0, "B"),
    Target("9", "start_ms", "start to ready, 236 services and 212 forms", 200, 60, False, 1, "ms"),
    Target("10a", "reload_one_ms", "reload after one form changed", 5, 1, False, 2, "ms"),
    Target("10b", "reload_whole_ms", "reload after every file changed", 200, 50, False, 1, "ms"),
    Target("11", "services_50000", "requests a second with 50,000 services ÷ with 236", 0.85, 0.95, True),
    Target("12", "lines_lost", "journal lines lost for answers already sent, after SIGKILL", 0, 0, False, 0),
    Target("13", "p99_whole_reload", "p99 at half of the highest rate, open loop, whole catalogue reloaded each second ÷ none", 2, 1.2, False),
)


def spread(values, digits=4):
    """Median, lowest, highest and how many; nothing of nothing."""
    values = list(values)
    if not values:
        return None
    return {"median": round(statistics.median(values), digits), "min": round(min(values), digits),
            "max": round(max(values), digits), "count": len(values)}


def percentile(values, share):
    """The smallest value that at least this share of the values does not exceed (nearest rank)."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def shown(figure, digits=2, unit=""):
    """As it stands in tables: `0.52 [0.33 .. 0.60]`."""
    if figure is None:
        return "–"
    unit = f" {unit}" if unit else ""
    median = f"{figure['median']:,.{digits}f}"
    if figure["count"] == 1:
        return f"{median}{unit}"
    return f"{median} [{figure['min']:,.{digits}f} .. {figure['max']:,.{digits}f}]{unit}"


def verdicts(figures, targets=TARGETS):
    """Each target with what was measured of it and what that means."""
    return [(target, figures.get(target.key), target.verdict(figures.get(target.key))) for target in targets]


def failures(figures, asked, targets=TARGETS):
    """One line for every gate that was missed, and for every figure that was asked for and is not there."""
    lines = []
    for target, figure, verdict in verdicts(figures, targets):
        bound = "at least" if target.high_is_good else "at most"
        if verdict == MISSED:
            lines.append(f"gate {target.number} missed: {target.what}: {shown(figure, target.digits, target.unit)}, "
                         f"{bound} {target.gate:g} {target.unit}".rstrip())
        elif verdict == UNKNOWN and target.key in asked:
            lines.append(f"gate {target.number} not shown: {target.what} was not measured")
    return lines


def render_ratio(estimates):
    """Row 7 from criterion's medians; `None` when a step is missing."""
    ours, theirs = estimates.get("render"), estimates.get("to_vec_of_structs")
    if not ours or not theirs:
        return None
    return spread([ours["median_ns"] / theirs["median_ns"]])


def read_estimates(folder, not_before=0.0):
    """`{"render": {"median_ns": …, "low_ns": …, "high_ns": …}}` from `target/criterion`.

    Files that were written before (seconds since 1970) are of another run and count for nothing."""
    found = {}
    for file in sorted(Path(folder).glob("**/new/estimates.json")):
        if file.stat().st_mtime < not_before:
            continue
        median = json.loads(file.read_text(encoding="utf-8"))["median"]
        interval = median["confidence_interval"]
        name = str(file.parent.parent.relative_to(folder))
        found[name] = {"median_ns": round(median["point_estimate"], 1), "low_ns": round(interval["lower_bound"], 1),
                       "high_ns": round(interval["upper_bound"], 1)}
    return found


def table(result):
    """The tables of `docs/performance.md`, made of one complete run."""
    machine = result["machine"]
    lines = [
        f"{result['date']}, {machine['model']}, {machine['nproc']} cores, {machine['memory']}, Linux {machine['kernel']}, "
        f"{machine['rustc']}, profile {result['profile']}, commit {result['commit']}, load before {machine['load_before']:.2f}, "
        f"after {machine['load_after']:.2f}. Median [lowest .. highest].",
        "",
        "| # | what | measured | gate | target | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for target, figure, verdict in verdicts(result["figures"]):
        sign = "≥" if target.high_is_good else "≤"
        unit = f" {target.unit}" if target.unit else ""
        lines.append(f"| {target.number} | {target.what} | {shown(figure, target.digits, target.unit)} | "
                     f"{sign} {target.gate:g}{unit} | {sign} {target.target:g}{unit} | {verdict} |")
    lines += ["", "Without a gate. Absolute figures are of this machine and of that hour, and no goals:", "",
              "| what | measured |", "| --- | --- |"]
    for row in result["more"]:
        lines.append(f"| {row['what']} | {shown(row['figure'], row['digits'], row['unit'])} |")
    versions = ", ".join(f"{name} {version}" for name, version in sorted(result["versions"].items()))
    lines += ["", f"Beside it: {versions}."]
    return "\n".join(lines)


def put_between_markers(text, inside):
    """The page with another table; it must have the two marks once each, in this order."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"the page must have {BEGIN} and {END}, once each and in this order")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return f"{before}{BEGIN}\n{inside}\n{END}{after}"
