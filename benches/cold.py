"""What a look-up at the register costs the processor, beside a bare call of the same question."""

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

import host
from figures import shown
from rounds import Contestant, closed_loop, paired
from servers import NUMBERED, REQUEST, Replica, Sandbox, Simulator, compact, scratch

CONNECTIONS = 16
# Each agency has a record of its own: requests for one record that come together would share one look-up.
AGENCIES = 1000
# The register answers only to all three.
CITIZEN = {"id": REQUEST["citizen"]["id"], "name": "Nguyễn Văn Mẫu Một", "birth_date": "1985-03-12"}
QUESTION = {**REQUEST, "citizen": CITIZEN, "agency": f"H01.{NUMBERED}"}
WARM, COLD = compact(QUESTION), compact({**QUESTION, "refresh": True})
# Fields of the head that the bare client writes itself.
OWN_FIELDS = {"host", "content-length", "connection", "transfer-encoding"}


def measure(run):
    """Row 6: CPU of the service for a cold request minus that for the same request warm, divided by the CPU of a program
    that only makes the call with the same client library. The simulator has the other core, with wrk."""
    bare_call = host.build_bare_call(run.profile) if run.build else run.bare_call
    if bare_call is None:
        sys.exit("with --binary the cold look-up needs --bare-call: the built benches/bare_call.rs")
    with scratch("cold-") as folder, scratch("question-") as other:
        started = []
        try:
            simulator = Simulator(run.binary)
            started.append(simulator)
            question = record_question(run.binary, other, simulator)
            replica = Replica(run.binary, folder, base=simulator.origin)
            started.append(replica)
            sandbox = Sandbox(run.binary, core=host.SERVER_CORE, workers=1)
            started.append(sandbox)
            # All records are there before anything is called warm.
            for server in (replica, sandbox):
                closed_loop(server, "/v1/autofill", WARM, max(1, run.seconds), CONNECTIONS, numbered=AGENCIES)

            def cold(_number):
                before = simulator.calls()
                found = closed_loop(replica, "/v1/autofill", COLD, run.seconds, CONNECTIONS, numbered=AGENCIES)
                asked = simulator.calls() - before
                # wrk leaves what is under way at its end, and the size of one answer is asked for before.
                if abs(asked - found["requests"]) > 2 * CONNECTIONS:
                    sys.exit(f"{found['requests']} cold requests made {asked} calls")
                return found

            def warm(_number):
                return closed_loop(replica, "/v1/autofill", WARM, run.seconds, CONNECTIONS, numbered=AGENCIES)

            def in_sandbox(body):
                return lambda _number: closed_loop(sandbox, "/v1/autofill", body, run.seconds, CONNECTIONS, numbered=AGENCIES)

            # The simulator, on the core of the load, holds these up; what counts is the time on the service's own core.
            contestants = [
                Contestant("cold", cold, saturates=False), Contestant("warm", warm, saturates=False),
                Contestant("bare", lambda _number: call_bare(bare_call, question, run.seconds), saturates=False),
                Contestant("sandbox cold", in_sandbox(COLD), saturates=False),
                Contestant("sandbox warm", in_sandbox(WARM), saturates=False),
            ]
            result = paired(f"cold look-up over a connection (profile direct) to the simulator, {CONNECTIONS} connections",
                            contestants, {"cold_over_bare": ("above", "bare"), "whole_over_bare": ("cold", "bare")}, run.rounds, unit="cpu_us", derived=above)
        finally:
            for one in reversed(started):
                one.stop()
    run.keep("cold", result)
    run.figure("cold_over_bare", result["ratios"]["cold_over_bare"])
    run.more("all CPU of a cold request, journal and answer included ÷ a bare call with reqwest", result["ratios"]["whole_over_bare"])
    for name, words in (("cold", "a cold request, look-up at the simulator"), ("warm", "the same request warm"),
                        ("bare", "a bare call with reqwest"), ("sandbox cold", "a cold request in the sandbox, no callers, no journal"),
                        ("sandbox warm", "a warm request in the sandbox")):
        run.more(f"CPU at {CONNECTIONS} connections: {words}", result[name]["cpu_us"], 1, "µs")
    print(f"  above a warm request: {shown(result['above']['cpu_us'], 1)} µs")


def above(measured):
    return {"above": {"cpu_us": measured["cold"]["cpu_us"] - measured["warm"]["cpu_us"]}}


def record_question(binary, folder, simulator):
    """What the service sends for the measured request, head and body, seen by a listener between it and the simulator.
    The simulator takes it again: it tolerates old time stamps, and repeated numbers of requests."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen = []
    threading.Thread(target=forward, args=(listener, simulator.origin, seen), daemon=True).start()
    replica = Replica(binary, folder, base=f"http://127.0.0.1:{listener.getsockname()[1]}")
    try:
        answer = json.loads(replica.post("/v1/autofill", COLD.replace(NUMBERED, "000000"))[1])
    finally:
        replica.stop()
        listener.close()
    if answer["lookups"][0]["outcome"] != "found" or len(seen) != 1:
        sys.exit(f"no question could be recorded: {len(seen)} seen")
    head, body = seen[0].split(b"\r\n\r\n", 1)
    first, *fields = head.decode().split("\r\n")
    fields = [field for field in fields if field.split(":", 1)[0].lower() not in OWN_FIELDS]
    file = Path(folder) / "question"
    file.write_bytes(body)
    return {"url": simulator.origin + first.split()[1], "body": file.read_bytes(), "headers": fields}


def forward(listener, origin, seen):
    """One connection, one question, its answer, and the end."""
    host_name, port = origin.removeprefix("http://").rsplit(":", 1)
    while not seen:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, socket.create_connection((host_name, int(port)), timeout=10) as upstream:
            question = whole_message(connection)
            if not question:
                continue
            upstream.sendall(question)
            connection.sendall(whole_message(upstream))
            seen.append(question)


def whole_message(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return b""
        received += part
    head, rest = received.split(b"\r\n\r\n", 1)
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(rest) < length:
        rest += connection.recv(65536)
    return head + b"\r\n\r\n" + rest


def call_bare(program, question, seconds):
    """About as many seconds of calls as the others have: their number comes from a short run."""
    few = run_bare(program, question, 500)
    count = max(500, round(500 / few["wall_us"] * seconds * 1e6))
    told = run_bare(program, question, count)
    return {"per_second": round(told["calls"] / told["wall_us"] * 1e6, 1), "cpu_us": round(told["cpu_us"] / told["calls"], 2),
            "busy": round(told["cpu_us"] / told["wall_us"], 3), "requests": told["calls"]}


def run_bare(program, question, count):
    with scratch("bare-") as folder:
        body = Path(folder) / "body"
        body.write_bytes(question["body"])
        command = ["taskset", "-c", str(host.SERVER_CORE), str(program), "--url", question["url"], "--body-file", str(body),
                   "--count", str(count), "--connections", str(CONNECTIONS)]
        for field in question["headers"]:
            command += ["--header", field]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bare_call failed:\n{done.stdout}{done.stderr}")
    told = json.loads(done.stdout)
    if told["calls"] != count:
        sys.exit(f"bare_call made {told['calls']} of {count} calls")
    return told
