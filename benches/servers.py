"""What is measured and what stands beside it: the service bare and as in a province, nginx, the simulator."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from host import CLIENT_CORE, ROOT, SCRATCH, SERVER_CORE, filesystem

# The request of every measurement: form lltp-03-2013, 29 boxes, an answer of 3.3 KB. peers.py asks the same.
REQUEST = {"service": "2.000488", "citizen": {"id": "999085000001"}, "officer": "cb-1", "dossier": "d-1",
           "agency": "H01.000001"}
TYPED = {"nguoi_de_nghi_ho_ten": "NGUYỄN VĂN MẪU MỘT", "nguoi_de_nghi_gioi_tinh": "Nam"}
# Where each of so many requests names an agency or a dossier of its own, `#` stands for six digits (numbered.lua).
NUMBERED = "#"
START_SECONDS, STOP_SECONDS = 120, 40

# What the simulator of `diensan simulate` takes; training accounts, no secrets (docs/simulator.md).
CONNECTION = """
[[connection]]
name = "mo-phong-direct"
profile = "direct"
base = "{base}"
operation_path = {{ "037" = "/direct/037" }}
user = "mo-phong"
secret_file = "secret"
signing_url = "/direct/037"
procedure_code = "service"
officer_code = "request"
rehearsal = true
permits = 10000
[connection.guard]
calls_per_second = 0
officer_at_once = 0
breaker = {{ faults = 100000 }}
"""
SIMULATOR_SECRET = "khong-phai-bi-mat"

NGINX_CONF = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    types {{ }}
    default_type application/json;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 75s;
    keepalive_requests 1000000000;
    open_file_cache {open_file_cache};
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/www;
    }}
}}
"""


def compact(document):
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def scratch(prefix):
    """A folder on the disk of the checkout that is gone afterwards."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=prefix, dir=SCRATCH)


def need_filesystem(path, wanted):
    """A journal in memory costs nothing: a figure "on disk" from there would be a lie, and the other way round."""
    kind = filesystem(path)
    if (kind == "tmpfs") != (wanted == "tmpfs"):
        sys.exit(f"{path} is on {kind}; wanted: {wanted}")
    return kind


class Endpoint:
    """A process that answers HTTP on loopback. `worker` is the process whose threads do the work."""

    name = ""
    key = None

    def post(self, path, body, key=None):
        """Head fields and body of one answer of 200; anything else ends the benchmark."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if key or self.key:
            headers["Authorization"] = f"Bearer {key or self.key}"
        request = urllib.request.Request(f"{self.origin}{path}", headers=headers,
                                         data=None if body is None else body.encode())
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return dict(reply.headers), reply.read()
        except urllib.error.HTTPError as refused:
            sys.exit(f"{self.name}: {path} was answered with {refused.code}: {refused.read()[:500].decode()}")

    def get(self, path):
        return self.post(path, None)[1]

    def cpu_ns(self):
        """What all threads of the process spent on a core (those that ended are missing: workers do not end)."""
        return cpu_ns(self.worker)

    def resident_bytes(self):
        for line in Path(f"/proc/{self.worker}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        return 0

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            sys.exit(f"{self.name} did not stop")


class Program(Endpoint):
    """`diensan` with any arguments, until it says where it listens."""

    name = "diensan"

    def begin(self, binary, arguments, core, log=("--log", "error"), log_file=None):
        command = [str(binary), *log, *map(str, arguments)]
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DIENSAN_")}
        # No proxy between us and loopback.
        environment["no_proxy"] = "*"
        began = time.perf_counter_ns()
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=log_file, text=True)
        line = self.process.stdout.readline()
        while line and "listening on " not in line:
            line = self.process.stdout.readline()
        self.ready_ms = (time.perf_counter_ns() - began) / 1e6
        if not line:
            self.process.kill()
            self.process.wait()
            sys.exit(f"{self.name} did not start")
        self.worker = self.process.pid
        self.origin = "http://" + line.split("listening on ", 1)[1].split("http://", 1)[-1].split()[0].rstrip("/")


class Sandbox(Program):
    """`diensan serve` as it is without any configuration: invented people, no callers, no journal."""

    def __init__(self, binary, core=None, workers=None):
        self.begin(binary, ["serve", "--listen", "127.0.0.1:0", *(["--workers", workers] if workers else [])], core)
        main_thread = Path(f"/proc/{self.worker}/schedstat").read_text()
        self.ready_cpu_ms = int(main_thread.split()[0]) / 1e6


class Replica(Program):
    """`diensan serve` as in a province: callers with API keys, licences, quotas that do not stand in the way, a journal
    that is on disk before the answer leaves, metrics. Over the sandbox's people, or over a connection."""

    def __init__(self, binary, folder, journal=None, tree=ROOT, callers=1, base=None, log=("--log", "error"), log_file=None,
                 core=SERVER_CORE, name="diensan"):
        self.name, self.binary, self.folder = name, binary, Path(folder)
        self.journal_folder = Path(journal) if journal else self.folder / "journal"
        for purpose, file in (("journal-mac", "mac"), ("journal-citizen", "citizen")):
            if not (self.folder / file).exists():
                subprocess.run([binary, "key", "new", "--purpose", purpose, self.folder / file], check=True,
                               capture_output=True)
        config = self.folder / "diensan.toml"
        if not config.exists():
            text, keys = self.configuration(tree, callers, base)
            config.write_text(text)
            (self.folder / "keys").write_text("\n".join(keys))
        self.keys = (self.folder / "keys").read_text().splitlines()
        self.key = self.keys[0]
        arguments = ["serve", "--listen", "127.0.0.1:0", "--workers", 1, "--config", config]
        self.begin(binary, arguments, core, log, log_file)

    def configuration(self, tree, callers, base):
        keys, tables = [], []
        for number in range(callers):
            made = subprocess.run([self.binary, "key", "new", "--caller", f"mot-cua-{number}"], check=True,
                                  capture_output=True, text=True).stdout.splitlines()
            keys.append(made[0])
            digest = next(line for line in made if line.startswith("keys = "))
            tables.append(f'[[caller]]\nname = "mot-cua-{number}"\n{digest}\nscopes = ["autofill", "verify", "metrics"]\n'
                          'agencies = ["*"]\nservices = ["*"]\nattributes = ["*"]\n'
                          "quota = { requests_per_second = 100000 }\n")
        connection = ""
        if base:
            connection = CONNECTION.format(base=base)
            secret = self.folder / "secret"
            secret.write_text(SIMULATOR_SECRET)
            secret.chmod(0o600)
        # Somebody must own the decision to keep records where there is a connection.
        text = f"""
[catalog]
services = "{tree}/service-catalog"
schemas = "{tree}/schemas"
watch = false
[cache]
ttl = "2h"
max_bytes = "8GiB"
approved_by = "benchmark"
[journal]
directory = "{self.journal_folder}"
mac_key_file = "mac"
citizen_key_file = "citizen"
[access]
state_directory = "state"
{"".join(tables)}{connection}"""
        return text, keys

    def metric(self, name):
        text = self.get("/metrics").decode()
        return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(f"{name} ")))

    def journal_files(self):
        return sorted(self.journal_folder.glob("*.jsonl"))


class Nginx(Endpoint):
    """nginx with one worker that serves one static file of a size."""

    def __init__(self, folder, size, name="nginx", file_cache=False):
        self.name, folder = name, Path(folder)
        (folder / "www").mkdir(parents=True)
        (folder / "www" / "answer").write_bytes(b"x" * size)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        root = os.getuid() == 0
        config = folder / "nginx.conf"
        # As root the worker must reach the file whoever it is; it serves invented bytes to loopback.
        config.write_text(NGINX_CONF.format(folder=folder, port=port, user="user root;" if root else "",
                                            open_file_cache="max=16" if file_cache else "off"))
        command = ["taskset", "-c", str(SERVER_CORE), "nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self.origin = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 5
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    sys.exit("nginx did not start: " + (folder / "error.log").read_text())
                time.sleep(0.02)
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.worker = int(children[0])


class Simulator(Program):
    """`diensan simulate` on the load generator's core. Signed heads stay good all day, so that one recorded question can be
    asked again and again."""

    name = "simulator"

    def __init__(self, binary):
        arguments = ["simulate", "--listen", "127.0.0.1:0", "--timestamp-tolerance", "24h"]
        self.begin(binary, arguments, CLIENT_CORE)

    def calls(self):
        counters = json.loads(self.get("/counters"))
        return counters["routes"].get("/direct/037", 0)


def cpu_ns(process):
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads)


def wire_bytes(endpoint, path, body, key=None):
    """How many bytes one whole response has, head and body: asked on a connection of its own, as wrk asks."""
    host, port = endpoint.origin.removeprefix("http://").rsplit(":", 1)
    data = b"" if body is None else body.encode()
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
    # A peer has no callers.
    key = key or getattr(endpoint, "key", None)
    if key:
        head += f"Authorization: Bearer {key}\r\n"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head.encode() + b"\r\n" + data)
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, rest = received.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 200 "):
            sys.exit(f"{endpoint.name}: not answered with 200: {head.splitlines()[0].decode()}")
        length = next(int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length:"))
        while len(rest) < length:
            rest += connection.recv(65536)
        return len(head) + 4 + len(rest)


def copy_tree(to):
    """The catalogue without examples and people's drafts, as a folder that a measurement may change."""
    to = Path(to)
    shutil.copytree(ROOT / "service-catalog", to / "service-catalog", ignore=shutil.ignore_patterns("examples"))
    shutil.copytree(ROOT / "schemas", to / "schemas")
    return to
