"""Requests a second of one core when the record is in the cache: beside nginx, beside the peers, with many services."""

import importlib
import json
import sys
import tempfile
from pathlib import Path

import servers
from figures import spread
from rounds import Contestant, closed_loop, paired
from servers import NUMBERED, REQUEST, TYPED, Nginx, Replica, compact, copy_tree, need_filesystem, scratch, wire_bytes

BODY = compact(REQUEST)
MEMORY_DISK = Path("/dev/shm")
# Each request of a verify round is about a dossier of its own, because three tries for one are all there are.
DOSSIERS = 100_000
VERIFY = compact({**REQUEST, "dossier": f"d-{NUMBERED}", "typed": TYPED})
SERVICES = 50_000


def autofill_loop(server, seconds, connections, body=BODY):
    """A contestant's run; the answer's size is asked for once, when the first round begins."""
    expected = []

    def run(_number):
        if not expected:
            expected.append(wire_bytes(server, "/v1/autofill", body))
        return closed_loop(server, "/v1/autofill", body, seconds, connections, expected=expected[0])
    return run


def static_loop(server, seconds, connections):
    return lambda _number: closed_loop(server, "/answer", None, seconds, connections)


def warm_answer(replica):
    """The answer with the record in the cache, checked to be one: nobody shall measure a refusal or an empty form."""
    replica.post("/v1/autofill", BODY)
    answer = replica.post("/v1/autofill", BODY)[1]
    told = json.loads(answer)
    if not told["lookups"][0]["cached"] or len(told["fields"]) != 29 or told["data"]["nguoi_de_nghi_so_giay_to"] != REQUEST["citizen"]["id"]:
        sys.exit(f"not the answer that is to be measured: {answer[:500].decode()}")
    return answer


def beside_nginx(run):
    """Rows 1 and 2: the same replica with its journal on disk and in memory, nginx with a file of the answer's size."""
    seconds = run.seconds
    with scratch("disk-") as disk, scratch("memory-") as other, scratch("nginx-") as www, \
            tempfile.TemporaryDirectory(prefix="diensan-bench-", dir=MEMORY_DISK) as memory:
        kind = need_filesystem(disk, "disk")
        need_filesystem(memory, "tmpfs")
        started = []
        try:
            durable = Replica(run.binary, disk)
            started.append(durable)
            tmpfs = Replica(run.binary, other, journal=Path(memory) / "journal", name="diensan, journal on tmpfs")
            started.append(tmpfs)
            answer = warm_answer(durable)
            warm_answer(tmpfs)
            nginx = Nginx(www, len(answer), file_cache=run.nginx_file_cache)
            started.append(nginx)
            contestants = [
                Contestant("durable 256", autofill_loop(durable, seconds, 256)),
                Contestant("tmpfs 256", autofill_loop(tmpfs, seconds, 256)),
                Contestant("nginx 256", static_loop(nginx, seconds, 256)),
                # With few connections everybody may wait for the same sync of the disk; that belongs to being durable.
                Contestant("durable 64", autofill_loop(durable, seconds, 64), saturates=False),
                Contestant("nginx 64", static_loop(nginx, seconds, 64)),
            ]
            ratios = {"autofill_durable_256": ("durable 256", "nginx 256"), "autofill_tmpfs_256": ("tmpfs 256", "nginx 256"),
                      "autofill_durable_64": ("durable 64", "nginx 64")}
            result = paired(f"warm autofill, {len(answer)} bytes, journal on {kind} and on tmpfs, beside nginx static",
                            contestants, ratios, run.rounds)
            lines = sum(file.read_bytes().count(b"\n") for file in durable.journal_files())
            size = sum(file.stat().st_size for file in durable.journal_files())
            result["body_bytes"], result["journal_filesystem"], result["request"] = len(answer), kind, REQUEST
            result["journal_line_bytes"] = round(size / lines, 1)
        finally:
            stop(started)
    run.keep("warm", result)
    run.figure("autofill_durable_256", result["ratios"]["autofill_durable_256"])
    run.figure("autofill_tmpfs_256", result["ratios"]["autofill_tmpfs_256"])
    run.more("warm autofill, full and durable ÷ nginx static, 64 connections", result["ratios"]["autofill_durable_64"])
    run.more("CPU of the server for a request: full, durable ÷ nginx static, 256 connections, all rounds",
             result["cpu_ratios"]["autofill_durable_256"])
    for name, words in (("durable 256", "full, durable, 256 connections"), ("durable 64", "full, durable, 64 connections"),
                        ("tmpfs 256", "journal on tmpfs, 256 connections"), ("nginx 256", "nginx static, 256 connections")):
        run.more(f"requests a second of one core: {words}", result[name]["per_second"], 0)
        run.more(f"CPU of the server for one of them: {words}", result[name]["cpu_us"], 1, "µs")


def verify(run):
    """Warm verify of two typed values beside nginx with a file of its answer's size."""
    with scratch("verify-") as folder, scratch("nginx-") as www:
        started = []
        try:
            # A round gets a caller of its own: each may keep so many dossiers in mind, and all are new in each round.
            replica = Replica(run.binary, folder, callers=3 * run.rounds)
            started.append(replica)
            warm_answer(replica)
            first = VERIFY.replace(NUMBERED, "900000")
            answer = replica.post("/v1/verify", first)[1]
            told = json.loads(answer)
            if told["summary"]["match"] != 2 or not told["lookups"][0]["cached"]:
                sys.exit(f"not the verdict that is to be measured: {answer[:500].decode()}")
            nginx = Nginx(www, len(answer), file_cache=run.nginx_file_cache)
            started.append(nginx)
            expected = wire_bytes(replica, "/v1/verify", VERIFY.replace(NUMBERED, "900001"))

            def one_round(number):
                return closed_loop(replica, "/v1/verify", VERIFY, run.seconds, 256, numbered=DOSSIERS - 1,
                                   key=replica.keys[number], expected=expected)
            contestants = [Contestant("verify", one_round), Contestant("nginx", static_loop(nginx, run.seconds, 256))]
            result = paired(f"warm verify, full and durable, {len(answer)} bytes, 256 connections, beside nginx static",
                            contestants, {"verify_over_nginx": ("verify", "nginx")}, run.rounds)
            result["body_bytes"] = len(answer)
        finally:
            stop(started)
    run.keep("verify", result)
    run.more("warm verify, full and durable, each for a new dossier ÷ nginx static, 256 connections",
             result["ratios"]["verify_over_nginx"])
    run.more("requests a second of one core: verify", result["verify"]["per_second"], 0)
    run.more("CPU of the server for one verify", result["verify"]["cpu_us"], 1, "µs")


def beside_peers(run):
    """Rows 3 to 5. The peers only map; ours does everything."""
    try:
        peers = importlib.import_module("peers")
    except ImportError as error:
        sys.exit(f"benches/peers.py cannot be loaded ({error}): the peers are not measured, and nothing is skipped silently")
    peers.install()
    run.versions(peers.versions())
    with scratch("peers-") as folder:
        started = []
        try:
            replica = Replica(run.binary, folder)
            started.append(replica)
            answer = warm_answer(replica)
            contestants = [Contestant("diensan 256", autofill_loop(replica, run.seconds, 256)),
                           Contestant("diensan 64", autofill_loop(replica, run.seconds, 64), saturates=False)]
            ratios = {}
            for kind in peers.PEERS:
                peer = kind(servers.SERVER_CORE)
                started.append(peer)
                for connections in (256, 64):
                    name = f"{peer.name} {connections}"
                    contestants.append(Contestant(name, autofill_loop(peer, run.seconds, connections, peers.REQUEST)))
                    key = f"over_{peer.name.replace('-', '_')}" + ("" if connections == 256 else "_64")
                    ratios[key] = (f"diensan {connections}", name)
            result = paired(f"warm autofill, full and durable, {len(answer)} bytes, 256 and 64 connections, beside peers that only map",
                            contestants, ratios, run.rounds)
        finally:
            stop(started)
    run.keep("peers", result)
    for key, (_, theirs) in ratios.items():
        if key.endswith("_64"):
            run.more(f"full, durable ÷ {theirs} connections (mapping only)", result["ratios"][key], 1)
        else:
            run.figure(key, result["ratios"][key])
            run.more(f"requests a second of one core: {theirs} connections", result[theirs]["per_second"], 0)
            run.more(f"CPU of the server for a request: {theirs} connections", result[theirs]["cpu_us"], 0, "µs")


def many_services(run):
    """Row 11: a catalogue with 50,000 services beside the repository's, the same request to both."""
    with scratch("few-") as few, scratch("many-") as many, scratch("tree-") as place:
        started = []
        try:
            own = Replica(run.binary, few, name="diensan, own services")
            started.append(own)
            tree = copy_tree(place)
            made = add_services(tree, run.services)
            big = Replica(run.binary, many, tree=tree, name=f"diensan, {run.services} services")
            started.append(big)
            counted = json.loads(big.get("/readyz"))["catalog"]["services"]
            if counted != run.services:
                sys.exit(f"the catalogue has {counted} services, wanted: {run.services}")
            # One of those that were made is answered like the one that is measured.
            answered = json.loads(big.post("/v1/autofill", compact({**REQUEST, "service": made}))[1])
            if len(answered["fields"]) != 29:
                sys.exit(f"service {made} is answered otherwise")
            warm_answer(own)
            warm_answer(big)
            result = paired(f"warm autofill, full and durable, {run.services} services beside the repository's, 256 connections",
                            [Contestant("many", autofill_loop(big, run.seconds, 256)),
                             Contestant("few", autofill_loop(own, run.seconds, 256))],
                            {"services_50000": ("many", "few")}, run.rounds)
            result.update(services=run.services, start_ms={"many": round(big.ready_ms, 1), "few": round(own.ready_ms, 1)},
                          resident_bytes={"many": big.resident_bytes(), "few": own.resident_bytes()})
        finally:
            stop(started)
    run.keep("services", result)
    run.figure("services_50000", result["ratios"]["services_50000"])
    run.more(f"start to ready with {run.services:,} services, one start", spread([result["start_ms"]["many"]]), 0, "ms")
    run.more(f"resident memory with {run.services:,} services", spread([result["resident_bytes"]["many"] / 2**20]), 0, "MiB")


def add_services(tree, wanted):
    """Services with codes of the usual shape that nobody has, in all levels alike, with the forms of the measured one.
    Names one of them."""
    levels = [tree / "service-catalog" / level for level in ("province", "district", "commune")]
    there = {file.stem for level in levels for file in level.glob("*.json")}
    template = json.loads((levels[0] / f"{REQUEST['service']}.json").read_text(encoding="utf-8"))
    template.pop("successor", None)
    code = None
    for number in range(wanted - len(there)):
        folder, code = levels[number % len(levels)], f"9.{number:06d}"
        if code in there:
            sys.exit(f"{code} is taken")
        template["code"], template["level"] = code, folder.name
        (folder / f"{code}.json").write_text(json.dumps(template, ensure_ascii=False), encoding="utf-8")
    return code


def stop(started):
    for one in reversed(started):
        one.stop()
