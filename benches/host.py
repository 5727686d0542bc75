"""The machine: what must be installed, what is built, which cores are used, and what is written down of all that."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benches" / "results"
# What runs write: below target, which is on the disk of the checkout. The usual place for such files is often in memory,
# and a journal there costs nothing.
SCRATCH = ROOT / "target" / "bench"
SERVER_CORE, CLIENT_CORE = 0, 1
# What a figure depends on.
MEASURED = ["src", "Cargo.toml", "Cargo.lock", "service-catalog", "schemas", "benches"]


def install_missing():
    packages = {"nginx": "nginx-light", "wrk": "wrk", "taskset": "util-linux"}
    # nginx lives in /usr/sbin, which is not on every user's path.
    os.environ["PATH"] += os.pathsep + "/usr/sbin"
    missing = [package for program, package in packages.items() if shutil.which(program) is None]
    if missing:
        subprocess.run([ROOT / ".ci" / "apt-install", *missing], check=True)


def need_two_cores():
    if not {SERVER_CORE, CLIENT_CORE} <= os.sched_getaffinity(0):
        sys.exit(f"cores {SERVER_CORE} and {CLIENT_CORE} are needed: one for the servers, one for the load")


def build(profile):
    """The program of a cargo profile."""
    cargo_build(profile, "--bin", "diensan")
    return target_folder() / profile / "diensan"


def build_bare_call(profile):
    """`benches/bare_call.rs` of a cargo profile. Its file's name has a hash in it, so cargo is asked for it."""
    done = cargo_build(profile, "--bench", "bare_call", "--message-format", "json-render-diagnostics", capture=True)
    for line in done.stdout.splitlines():
        told = json.loads(line)
        if told.get("reason") == "compiler-artifact" and told["target"]["name"] == "bare_call" and told["executable"]:
            return Path(told["executable"])
    sys.exit("cargo built no bare_call: does Cargo.toml have the [[bench]]?")


def cargo_build(profile, *arguments, capture=False):
    command = ["cargo", "build", "--locked", "--profile", profile, *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE if capture else None)


def target_folder():
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return Path(json.loads(told)["target_directory"])


def commit():
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    changed = subprocess.run(["git", "status", "--porcelain", "--", *MEASURED], cwd=ROOT, capture_output=True, text=True)
    # What this very program writes does not change what is measured.
    others = [line for line in changed.stdout.splitlines() if "benches/results/" not in line]
    if head.returncode != 0:
        return "unknown"
    return head.stdout.strip() + ("+changes" if others else "")


def machine():
    model = memory = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal"):
            memory = f"{int(line.split()[1]) // 1024} MiB"
    return {"nproc": len(os.sched_getaffinity(0)), "model": model, "memory": memory, "kernel": platform.release(),
            "python": platform.python_version(), "rustc": version(["rustc", "--version"]).split(" (")[0],
            "load_before": load()}


def versions():
    """Of the tools beside us."""
    return {"nginx": version(["nginx", "-v"]).rsplit("/", 1)[-1],
            "wrk": version(["wrk", "--version"]).removeprefix("wrk ").split(" [")[0]}


def version(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return "unknown"
    return (done.stdout + done.stderr).strip().splitlines()[0].split(" Copyright")[0]


def load():
    return round(os.getloadavg()[0], 2)


def filesystem(path):
    """The kind of file system that holds a path, as the kernel calls it: `ext4`, `tmpfs`, …"""
    path, best = str(Path(path).resolve()), ("", "unknown")
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, kind = line.split()[4], line.split(" - ", 1)[1].split()[0]
        inside = path == mount or path.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best[0]):
            best = (mount, kind)
    return best[1]


def free_result_file(day):
    """A file name for today's result that is not taken."""
    file, number = RESULTS / f"{day}.json", 2
    while file.exists():
        file, number = RESULTS / f"{day}-{number}.json", number + 1
    return file
