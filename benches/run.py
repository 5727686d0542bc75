#!/usr/bin/env python3
"""Measures `diensan serve` beside nginx on one core. Python's standard library only; installs nginx-light and wrk.

1. Start to ready: from exec to the line "listening on", with what the main thread spent on a core until then.
2. Requests a second: one warm POST /v1/autofill beside nginx serving a static file of the answer's size. Both servers
   have one worker on core 0, wrk has one thread on core 1, keep-alive, closed loop. Each round measures both, in
   alternating order; the ratio is formed inside the round, and the median of the ratios is the figure to quote.
   Absolute figures move with the machine and are no goals. Beside it stands the ratio of the CPU time that a request
   costs the server, which other work on the machine moves least, and how busy each server kept its core: only rounds in
   which both were busy say something about requests a second.

Not measured yet, because the service has none of it: callers, sealing, the journal. The figure to compare with is
therefore that of a prototype without them (0.97), and no gate applies.
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LUA = ROOT / "benches" / "autofill.lua"
RESULTS = ROOT / "benches" / "results"
REQUEST = json.dumps({"service": "1.000894", "citizen": {"id": "999198000022"}}, separators=(",", ":"))
SERVER_CORE, CLIENT_CORE = 0, 1
# An answer may differ by a few bytes from one to the next (time stamps, headers); more means that the work differs.
SIZE_TOLERANCE = 16
# Below this share of its core a server was not what held the round up: wrk was, or other work on the machine.
BUSY = 0.85

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


def main():
    arguments = parse_arguments()
    install_missing()
    if os.cpu_count() < 2:
        sys.exit("two cores are needed: one for the servers, one for wrk")
    binary = build(arguments.profile)
    result = {"machine": machine(), "profile": arguments.profile, "commit": commit(), "binary_bytes": binary.stat().st_size}
    for name, value in result["machine"].items():
        print(f"{name}: {value}")
    print(f"profile: {arguments.profile}, commit: {result['commit']}")
    if result["machine"]["load_before"] > 1:
        print("note: the machine is busy with other work; repeat when it is calm")
    if arguments.only in (None, "start"):
        result["start"] = measure_start(binary, arguments.starts)
    if arguments.only in (None, "autofill"):
        result["autofill"] = measure_autofill(binary, arguments)
    result["machine"]["load_after"] = load()
    print(f"load after: {result['machine']['load_after']}")
    if not arguments.dry:
        write(result)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Measures diensan beside nginx on one core.")
    parser.add_argument("--profile", default="release", choices=["release", "dist"], help="cargo profile (release)")
    parser.add_argument("--starts", type=int, default=15, help="measured starts (15)")
    parser.add_argument("--rounds", type=int, default=7, help="paired, undisturbed rounds (7)")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of one measurement (3)")
    parser.add_argument("--connections", type=int, default=64, help="connections of wrk (64)")
    parser.add_argument("--only", choices=["start", "autofill"], help="measure only this")
    parser.add_argument("--dry", action="store_true", help="write no result file")
    parser.add_argument(
        "--nginx-file-cache", action="store_true", help="let nginx keep the file open (faster; the figures of other versions are without)"
    )
    arguments = parser.parse_args()
    if arguments.starts < 7 or arguments.rounds < 5:
        print("note: fewer than 7 starts or 5 rounds are no figure to quote", file=sys.stderr)
    return arguments


def install_missing():
    packages = {"nginx": "nginx-light", "wrk": "wrk", "taskset": "util-linux"}
    # nginx lives in /usr/sbin, which is not on every user's path.
    os.environ["PATH"] += os.pathsep + "/usr/sbin"
    missing = [package for program, package in packages.items() if shutil.which(program) is None]
    if missing:
        subprocess.run([ROOT / ".ci" / "apt-install", *missing], check=True)


def build(profile):
    subprocess.run(["cargo", "build", "--locked", "--profile", profile], cwd=ROOT, check=True)
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    return Path(metadata["target_directory"]) / profile / "diensan"


def commit():
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    changed = subprocess.run(["git", "status", "--porcelain", "--", "src", "Cargo.lock", "service-catalog", "schemas"],
                             cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        return "unknown"
    return done.stdout.strip() + ("+changes" if changed.stdout.strip() else "")


def machine():
    model = memory = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal"):
            memory = f"{int(line.split()[1]) // 1024} MiB"
    return {
        "nproc": len(os.sched_getaffinity(0)),
        "model": model,
        "memory": memory,
        "kernel": platform.release(),
        "rustc": version(["rustc", "--version"]),
        "nginx": version(["nginx", "-v"]),
        "wrk": version(["wrk", "--version"]),
        "load_before": load(),
    }


def version(command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().splitlines()[0].split(" Copyright")[0]


def load():
    return os.getloadavg()[0]


def measure_start(binary, count):
    """The first start is a warm-up: it reads the files from disk."""
    wall, cpu, bare = [], [], []
    for _ in range(count + 1):
        server = Server(binary, core=None)
        wall.append(server.ready_ms)
        cpu.append(server.ready_cpu_ms)
        server.stop()
        began = time.perf_counter_ns()
        subprocess.run([binary, "--version"], check=True, stdout=subprocess.DEVNULL)
        bare.append((time.perf_counter_ns() - began) / 1e6)
    start = {"runs": count, "first_ms": round(wall[0], 2), "ready_ms": spread(wall[1:]),
             "main_thread_cpu_ms": spread(cpu[1:]), "version_ms": spread(bare[1:])}
    print(f"\nstart to ready, {count} starts (ms)")
    print(f"  exec to 'listening on'   {shown(start['ready_ms'])}   (first, from disk: {start['first_ms']})")
    print(f"  of that on a core        {shown(start['main_thread_cpu_ms'])}   main thread")
    print(f"  a process that only says its version, to compare: {shown(start['version_ms'])}")
    return start


def measure_autofill(binary, arguments):
    with tempfile.TemporaryDirectory(prefix="diensan-bench-") as folder:
        ours = Server(binary, core=SERVER_CORE, workers=1)
        nginx = None
        try:
            answer, ours.response_bytes = ours.fetch("/v1/autofill", REQUEST)
            nginx = Nginx(Path(folder), len(answer), arguments.nginx_file_cache)
            filler, nginx.response_bytes = nginx.fetch("/answer", None)
            if abs(len(filler) - len(answer)) > SIZE_TOLERANCE:
                sys.exit(f"the bodies differ: {len(answer)} and {len(filler)} bytes")
            return paired_rounds(ours, nginx, len(answer), arguments)
        finally:
            ours.stop()
            if nginx is not None:
                nginx.stop()


def paired_rounds(ours, nginx, body_bytes, arguments):
    seconds, connections = arguments.seconds, arguments.connections
    print(f"\nPOST /v1/autofill (warm) beside nginx static, bodies of {body_bytes} bytes, {connections} connections, "
          f"{seconds} s a measurement")
    print(f"  whole responses: {ours.response_bytes} and {nginx.response_bytes} bytes")
    for server in (ours, nginx):
        load_with_wrk(server, 1, connections)
    rounds = []
    # Rounds that other work disturbed are kept and shown, but more are made up for them, three times as many at most.
    while sum(r["saturated"] for r in rounds) < arguments.rounds and len(rounds) < 3 * arguments.rounds:
        order = [ours, nginx] if len(rounds) % 2 == 0 else [nginx, ours]
        measured = {server.name: load_with_wrk(server, seconds, connections) for server in order}
        ratio = measured["diensan"]["per_second"] / measured["nginx"]["per_second"]
        cpu = measured["diensan"]["cpu_us"] / measured["nginx"]["cpu_us"]
        saturated = all(measured[server.name]["busy"] >= BUSY for server in order)
        rounds.append({"first": order[0].name, **measured, "ratio": round(ratio, 3), "cpu_ratio": round(cpu, 3),
                       "saturated": saturated})
        columns = [f"{name} {m['per_second']:>6.0f}/s {m['cpu_us']:4.1f} µs {m['busy']:4.0%} busy"
                   for name, m in measured.items()]
        print(f"  round {len(rounds)}: {'   '.join(columns)}   ratio {ratio:.3f}{'' if saturated else ' (not saturated)'}",
              flush=True)
    summary = {
        "request": REQUEST, "body_bytes": body_bytes, "connections": connections, "seconds": seconds,
        "response_bytes": {"diensan": ours.response_bytes, "nginx": nginx.response_bytes},
        "nginx_file_cache": arguments.nginx_file_cache,
        "per_second": {name: spread([r[name]["per_second"] for r in rounds]) for name in ("diensan", "nginx")},
        "cpu_us": {name: spread([r[name]["cpu_us"] for r in rounds]) for name in ("diensan", "nginx")},
        "ratio": spread([r["ratio"] for r in rounds]),
        "ratio_saturated": spread([r["ratio"] for r in rounds if r["saturated"]]),
        "saturated_rounds": sum(r["saturated"] for r in rounds),
        "cpu_ratio": spread([r["cpu_ratio"] for r in rounds]),
        "resident_mib": round(ours.resident_mib(), 1),
        "rounds": rounds,
    }
    for name in ("diensan", "nginx"):
        print(f"  {name:8} requests a second {shown(summary['per_second'][name], 0)}   "
              f"server CPU a request {shown(summary['cpu_us'][name], 1)} µs")
    print(f"  ratio diensan ÷ nginx, requests a second: {shown(summary['ratio_saturated'], 3)}   "
          f"({summary['saturated_rounds']} rounds in which both kept their core {BUSY:.0%} busy)")
    print(f"    all {len(rounds)} rounds, also those that other work held up: {shown(summary['ratio'], 3)}")
    print(f"  ratio diensan ÷ nginx, server CPU a request: {shown(summary['cpu_ratio'], 3)}")
    if summary["saturated_rounds"] < 5:
        print("  note: too few such rounds to quote requests a second; the ratio of CPU time still holds")
    print(f"  resident memory of diensan: {summary['resident_mib']} MiB")
    print("  every response was 200 and of the expected size")
    return summary


def load_with_wrk(server, seconds, connections):
    """One closed-loop measurement. Anything but good answers of the expected size ends the benchmark."""
    environment = dict(os.environ)
    environment.pop("BODY", None)
    if server.post_body is not None:
        environment["BODY"] = server.post_body
    command = ["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(LUA),
               server.url]
    cpu = server.cpu_ns()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds + 30)
    cpu = server.cpu_ns() - cpu
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode != 0 or len(lines) != 1:
        sys.exit(f"wrk failed:\n{done.stdout}{done.stderr}")
    result = json.loads(lines[0].removeprefix("RESULT "))
    errors = {name: result[name] for name in ("connect", "read", "write", "status", "timeout") if result[name] != 0}
    if errors or "Non-2xx" in done.stdout or result["requests"] == 0:
        sys.exit(f"{server.name} gave errors: {errors}\n{done.stdout}")
    mean = result["bytes"] / result["requests"]
    if abs(mean - server.response_bytes) > SIZE_TOLERANCE:
        sys.exit(f"{server.name}: a response has {mean:.0f} bytes on average, {server.response_bytes} expected")
    return {"per_second": round(result["requests"] / result["microseconds"] * 1e6, 1),
            "cpu_us": round(cpu / result["requests"] / 1e3, 2),
            "busy": round(cpu / result["microseconds"] / 1e3, 3), "requests": result["requests"]}


class Endpoint:
    """A process that answers HTTP on loopback."""

    name = ""
    post_body = None
    response_bytes = 0

    def fetch(self, path, body):
        """The body of one answer, and how many bytes the whole response had on the wire."""
        self.url = f"{self.origin}{path}"
        headers = {"Content-Type": "application/json"} if body is not None else {}
        data = body.encode() if body is not None else None
        with urllib.request.urlopen(urllib.request.Request(self.url, data=data, headers=headers), timeout=5) as reply:
            answer = reply.read()
        head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: {self.origin.removeprefix('http://')}\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        self.post_body = body
        return answer, wire_bytes(self.origin, head.encode() + b"\r\n" + (data or b""))

    def cpu_ns(self):
        """What all threads of the process spent on a core (those that ended are missing: workers do not end)."""
        threads = Path(f"/proc/{self.worker}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            sys.exit(f"{self.name} did not stop")


class Server(Endpoint):
    """`diensan serve` with the embedded sandbox, on a free port."""

    name = "diensan"

    def __init__(self, binary, core, workers=None):
        command = [str(binary), "--log", "error", "serve", "--listen", "127.0.0.1:0"]
        if workers is not None:
            command += ["--workers", str(workers)]
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DIENSAN_")}
        began = time.perf_counter_ns()
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.ready_ms = (time.perf_counter_ns() - began) / 1e6
        if not line.startswith("listening on "):
            self.process.kill()
            sys.exit("diensan did not start")
        self.worker = self.process.pid
        main_thread = Path(f"/proc/{self.worker}/schedstat").read_text()
        self.ready_cpu_ms = int(main_thread.split()[0]) / 1e6
        self.origin = line.removeprefix("listening on ").strip()

    def resident_mib(self):
        for line in Path(f"/proc/{self.worker}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0


class Nginx(Endpoint):
    """nginx with one worker that serves one static file."""

    name = "nginx"

    def __init__(self, folder, size, file_cache):
        (folder / "www").mkdir()
        (folder / "www" / "answer").write_bytes(b"x" * size)
        port = free_port()
        root = os.getuid() == 0
        if root:
            folder.chmod(0o755)
        config = folder / "nginx.conf"
        config.write_text(NGINX_CONF.format(folder=folder, port=port, user="user www-data;" if root else "",
                                            open_file_cache="max=16" if file_cache else "off"))
        command = ["taskset", "-c", str(SERVER_CORE), "nginx", "-p", str(folder), "-e", str(folder / "error.log"),
                   "-c", str(config)]
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


def wire_bytes(origin, request):
    """Sends one request on a connection of its own and counts the response, head and body."""
    host, port = origin.removeprefix("http://").rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, rest = received.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 200 "):
            sys.exit(f"not answered with 200: {head.splitlines()[0].decode()}")
        length = next(int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length:"))
        while len(rest) < length:
            rest += connection.recv(65536)
        return len(head) + 4 + len(rest)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def spread(values):
    if not values:
        return None
    return {"median": round(statistics.median(values), 3), "min": round(min(values), 3), "max": round(max(values), 3)}


def shown(values, digits=2):
    if values is None:
        return "none"
    return f"{values['median']:.{digits}f} [{values['min']:.{digits}f} .. {values['max']:.{digits}f}]"


def write(result):
    RESULTS.mkdir(parents=True, exist_ok=True)
    day = datetime.date.today().isoformat()
    file, number = RESULTS / f"{day}.json", 2
    while file.exists():
        file, number = RESULTS / f"{day}-{number}.json", number + 1
    file.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nwritten: {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
