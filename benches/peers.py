#!/usr/bin/env python3
"""Starts the servers of `benches/peers` for a benchmark. Python's standard library only; installs nodejs, npm and wrk.

    peers.py install                     what is missing, into target/bench-peers
    peers.py versions
    peers.py check --origin ORIGIN       every peer's answer beside that of a running diensan (sandbox)
    peers.py smoke                       two seconds of load for each, to see that it works; no figure to quote

For another script: `install()`, `versions()`, and the classes of `PEERS`. `Peer(core)` starts one with one worker that is
pinned to a core, on a free port of 127.0.0.1, and returns when it has answered.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "benches" / "peers"
LUA = ROOT / "benches" / "autofill.lua"
TOOLS = ROOT / "target" / "bench-peers"
PYTHON = TOOLS / "venv" / "bin" / "python"
# The request that is measured; check.py asks the same.
REQUEST = json.dumps({"service": "2.000488", "citizen": {"id": "999085000001"}}, separators=(",", ":"))
SERVER_CORE, CLIENT_CORE = 0, 1
START_SECONDS, STOP_SECONDS = 30, 10


class Peer:
    """A running server. `origin` as `http://127.0.0.1:PORT`; `worker` is the process whose threads do all the work."""

    name = ""

    def __init__(self, core):
        # Settings of whoever calls must not reach a peer: they may trace, log or change the allocator.
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment |= {"NODE_ENV": "production", "PYTHONDONTWRITEBYTECODE": "1"}
        # taskset becomes the server, so that its number is the server's.
        self.process = subprocess.Popen(["taskset", "-c", str(core), *map(str, self.command())], cwd=ROOT, env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.worker = self.process.pid
        # A server that hangs while it starts must not hang the benchmark.
        patience = threading.Timer(START_SECONDS, self.process.kill)
        patience.start()
        line = self.process.stdout.readline()
        patience.cancel()
        if not line.startswith("listening on "):
            self.process.kill()
            self.process.wait()
            sys.exit(f"{self.name} did not start")
        self.origin = line.removeprefix("listening on ").strip()
        try:
            self.await_answer()
        except BaseException:
            self.stop()
            raise

    def command(self):
        raise NotImplementedError

    def await_answer(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            status, _ = check_module().ask(self.origin, json.loads(REQUEST))
            if status == 200:
                return
            if time.monotonic() > deadline:
                sys.exit(f"{self.name} answers with {status}")
            time.sleep(0.05)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class FastifyJsonata(Peer):
    name = "fastify-jsonata"

    def command(self):
        return ["node", SOURCE / self.name / "server.mjs", ROOT, TOOLS]


class FastifyHandwritten(Peer):
    name = "fastify-handwritten"

    def command(self):
        return ["node", SOURCE / self.name / "server.mjs", ROOT, TOOLS]


class FastApi(Peer):
    name = "fastapi"

    def command(self):
        return [PYTHON, SOURCE / self.name / "server.py", ROOT]


PEERS = (FastifyJsonata, FastifyHandwritten, FastApi)


def install():
    """Installs what is missing. What is wanted stands in files; a copy beside the installation tells what is there."""
    packages = {"node": "nodejs", "npm": "npm", "taskset": "util-linux"}
    apt_install([package for program, package in packages.items() if shutil.which(program) is None])
    TOOLS.mkdir(parents=True, exist_ok=True)
    lock = SOURCE / "package-lock.json"
    if not is_installed(lock):
        for file in (SOURCE / "package.json", lock):
            shutil.copy(file, TOOLS)
        run(["npm", "ci", "--prefix", TOOLS, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        mark_installed(lock)
    requirements = SOURCE / "requirements.txt"
    if not is_installed(requirements):
        run([sys.executable, "-m", "venv", "--clear", TOOLS / "venv"])
        run([PYTHON, "-m", "pip", "install", "--quiet", "--requirement", requirements])
        mark_installed(requirements)


def is_installed(wanted):
    installed = TOOLS / f"{wanted.name}.installed"
    return installed.exists() and installed.read_bytes() == wanted.read_bytes()


def mark_installed(wanted):
    shutil.copy(wanted, TOOLS / f"{wanted.name}.installed")


def apt_install(missing):
    if missing:
        run([ROOT / ".ci" / "apt-install", *missing])


def run(command):
    # Standard output belongs to the figures.
    subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr)


def versions():
    """What answers, for the result file: {name: version}. Needs `install()` before."""
    def output(*command):
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def of_node(package):
        return json.loads((TOOLS / "node_modules" / package / "package.json").read_text(encoding="utf-8"))["version"]

    script = ("import importlib.metadata as m, json, platform\n"
              "print(json.dumps({'python': platform.python_version()} | {n: m.version(n) for n in "
              "('fastapi', 'uvicorn', 'pydantic')}))")
    return {"node": output("node", "--version").strip().removeprefix("v"), "fastify": of_node("fastify"),
            "jsonata": of_node("jsonata"), **json.loads(output(PYTHON, "-c", script))}


def check_module():
    # Nothing is to be left beside the sources.
    sys.dont_write_bytecode = True
    if str(SOURCE) not in sys.path:
        sys.path.append(str(SOURCE))
    import check
    return check


def check_all(origin):
    """Exit code 1 when a peer's answer differs from that of the diensan at `origin`."""
    failed = False
    for kind in PEERS:
        peer = kind(SERVER_CORE)
        try:
            done = subprocess.run([sys.executable, str(SOURCE / "check.py"), origin, peer.origin],
                                  capture_output=True, text=True)
        finally:
            peer.stop()
        print(f"{peer.name}: {(done.stdout + done.stderr).strip()}")
        failed |= done.returncode != 0
    sys.exit(1 if failed else 0)


def smoke(seconds=2, connections=64):
    apt_install([] if shutil.which("wrk") else ["wrk"])
    for kind in PEERS:
        peer = kind(SERVER_CORE)
        try:
            command = ["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(LUA),
                       f"{peer.origin}/v1/autofill"]
            done = subprocess.run(command, env={**os.environ, "BODY": REQUEST}, capture_output=True, text=True,
                                  timeout=seconds + 30)
        finally:
            peer.stop()
        lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        if done.returncode != 0 or len(lines) != 1:
            sys.exit(f"wrk failed:\n{done.stdout}{done.stderr}")
        result = json.loads(lines[0].removeprefix("RESULT "))
        errors = sum(result[kind] for kind in ("connect", "read", "write", "status", "timeout"))
        print(f"{peer.name:20} {result['requests'] / result['microseconds'] * 1e6:6.0f} requests a second, "
              f"{result['bytes'] / result['requests']:.0f} bytes a response, {errors} errors", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["install", "versions", "check", "smoke"])
    parser.add_argument("--origin", help="of a running diensan, such as http://127.0.0.1:8236 (for check)")
    arguments = parser.parse_args()
    if arguments.command == "check" and arguments.origin is None:
        parser.error("check needs --origin")
    install()
    if arguments.command == "versions":
        print(json.dumps(versions(), indent=2))
    elif arguments.command == "check":
        check_all(arguments.origin)
    elif arguments.command == "smoke":
        smoke()


if __name__ == "__main__":
    main()
