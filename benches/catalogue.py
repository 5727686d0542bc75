"""Start to ready, and how long a changed catalogue takes from the signal until requests are answered with it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from figures import shown, spread
from servers import REQUEST, Replica, Sandbox, copy_tree, scratch

FORM = "lltp-03-2013"
# The service takes no file on trust that changed within three seconds (src/catalog/stamp.rs).
AT_REST_SECONDS = 4
# Between two questions to /readyz: whoever asks without a pause takes the time that is to be measured.
PAUSE_SECONDS = 0.0002
# How long a new version may take until it is in use.
PATIENCE_SECONDS = 60


def start(run):
    """Row 9. The first start is a warm-up: it reads the files from disk."""
    wall, cpu, bare = [], [], []
    for _ in range(run.starts + 1):
        server = Sandbox(run.binary)
        wall.append(server.ready_ms)
        cpu.append(server.ready_cpu_ms)
        server.stop()
        began = time.perf_counter_ns()
        subprocess.run([run.binary, "--version"], check=True, stdout=subprocess.DEVNULL)
        bare.append((time.perf_counter_ns() - began) / 1e6)
    ready, main_thread, version = spread(wall[1:]), spread(cpu[1:]), spread(bare[1:])
    print(f"\nstart to ready, {run.starts} starts, all cores: {shown(ready, 1, 'ms')} (first: {wall[0]:.1f}); of that the main "
          f"thread on a core: {shown(main_thread, 1, 'ms')}; a process that only says its version: {shown(version, 1, 'ms')}")
    run.keep("start", {"first_ms": round(wall[0], 2), "ready_ms": ready, "main_thread_cpu_ms": main_thread, "version_ms": version})
    run.figure("start_ms", ready)
    run.more("of the start, main thread on a core", main_thread, 1, "ms")


class OneForm:
    """A catalogue in which the title of one box of one form is another one after each swap."""

    def __init__(self, folder):
        self.tree = copy_tree(Path(folder) / "a")
        self.file = self.tree / "schemas" / "forms" / f"{FORM}.schema.json"
        text = self.file.read_text(encoding="utf-8")
        if '"title": "Kính gửi"' not in text:
            sys.exit(f"{self.file} has no box that is called so")
        self.texts = [text, text.replace('"title": "Kính gửi"', '"title": "Kính gửi cơ quan"', 1)]
        self.shown = 0
        time.sleep(AT_REST_SECONDS)

    def swap(self):
        self.shown = 1 - self.shown
        fresh = self.file.with_suffix(".new")
        fresh.write_text(self.texts[self.shown], encoding="utf-8")
        os.replace(fresh, self.file)


class TwoTrees:
    """Two catalogues that differ in every JSON file, and a link that leads to one of them: changing over is one rename, so
    writing files is not measured."""

    def __init__(self, folder):
        self.tree = Path(folder) / "current"
        self.trees = [copy_tree(Path(folder) / name) for name in ("a", "b")]
        for file in self.trees[1].glob("**/*.json"):
            file.write_bytes(file.read_bytes() + b"\n")
        self.shown = 0
        self.tree.symlink_to(self.trees[0])
        time.sleep(AT_REST_SECONDS)

    def swap(self):
        self.shown = 1 - self.shown
        fresh = self.tree.with_name("fresh")
        fresh.symlink_to(self.trees[self.shown])
        os.replace(fresh, self.tree)


def reload(run):
    """Row 10: from the signal until /readyz names the new version, asked every 0.2 ms and more from the other core; and what
    the service's own log says that loading took."""
    for what, words in (("one", "one form changed"), ("whole", "every file changed")):
        with scratch("reload-") as folder:
            trees = OneForm(folder) if what == "one" else TwoTrees(folder)
            log = Path(folder) / "log"
            with open(log, "wb") as log_file:
                replica = Replica(run.binary, folder, tree=trees.tree, log=("--log", "info", "--log-format", "json"), log_file=log_file)
                try:
                    seen = watched_reloads(replica, trees, run.starts + 1)
                    answered = json.loads(replica.post("/v1/autofill", json.dumps(REQUEST))[1])
                finally:
                    replica.stop()
            own = own_figures(log)
        if len(own) != len(seen) or answered["form"]["id"] != FORM:
            sys.exit(f"{len(seen)} reloads were seen, {len(own)} logged")
        # The first one touches memory that was never used.
        seen, own = spread(seen[1:]), spread(own[1:])
        print(f"\nreload, {words}: seen after {shown(seen, 2, 'ms')}; the service says {shown(own, 2, 'ms')}")
        run.keep(f"reload_{what}", {"seen_ms": seen, "own_ms": own})
        run.figure(f"reload_{what}_ms", seen)
        run.more(f"reload after {words}: loading alone, as the service logs it", own, 2, "ms")


def watched_reloads(replica, trees, count):
    ready = Ready(replica)
    seen = []
    for _ in range(count):
        before = ready.version()
        trees.swap()
        began = time.perf_counter_ns()
        os.kill(replica.process.pid, signal.SIGHUP)
        while ready.version() == before:
            if time.perf_counter_ns() - began > PATIENCE_SECONDS * 1e9:
                sys.exit("the changed catalogue did not come into use")
            time.sleep(PAUSE_SECONDS)
        seen.append((time.perf_counter_ns() - began) / 1e6)
        # The old catalogue is freed meanwhile.
        time.sleep(0.3)
    ready.close()
    return seen


class Ready:
    """Asks /readyz on one connection."""

    def __init__(self, replica):
        host, port = replica.origin.removeprefix("http://").rsplit(":", 1)
        self.connection = socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)
        self.question = f"GET /readyz HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {replica.key}\r\n\r\n".encode()

    def version(self):
        self.connection.sendall(self.question)
        received = b""
        while not received.endswith(b"}"):
            more = self.connection.recv(65536)
            if not more:
                sys.exit("/readyz ended the connection")
            received += more
        return json.loads(received.split(b"\r\n\r\n", 1)[1])["catalog"]["version"]

    def close(self):
        self.connection.close()


def own_figures(log):
    """Milliseconds of every reload, from the log."""
    took = []
    for line in log.read_text(encoding="utf-8").splitlines():
        if "catalogue reloaded" in line:
            fields = json.loads(line)
            fields = fields.get("fields", fields)
            took.append(fields["took_us"] / 1e3 if "took_us" in fields else float(fields["took_ms"]))
    return took
