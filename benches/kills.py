"""Journal lines that are missing for answers that were sent, after the process was killed under load."""

import json
import random
import subprocess
import sys
import time

from connections import Pool
from servers import Replica, scratch
from figures import spread
from warm import BODY, warm_answer

CONNECTIONS = 64
REQUEST_ID = b"x-request-id: "
# The kill comes at a moment between these, in seconds of load.
EARLIEST, LATEST = 0.3, 1.3


def measure(run):
    """Row 12: SIGKILL under load, again and again on the same journal; every id that a client got must be on record."""
    chance = random.Random(1)
    lost, answers = [], []
    with scratch("kills-") as folder:
        for _ in range(run.kills):
            replica = Replica(run.binary, folder)
            warm_answer(replica)
            ids = load_until_killed(replica, chance.uniform(EARLIEST, LATEST))
            if len(ids) < CONNECTIONS:
                sys.exit(f"only {len(ids)} answers before the kill: nothing can be told from that")
            recorded = disclosures(replica)
            lost.append(len(ids - recorded))
            answers.append(len(ids))
        # What the next start mends is no loss; then the chain must hold from its first line to its last.
        replica = Replica(run.binary, folder)
        warm_answer(replica)
        replica.stop()
        verified = subprocess.run([run.binary, "audit", "verify", "--directory", replica.journal_folder, "--mac-key-file",
                                   replica.folder / "mac"], capture_output=True, text=True)
    if verified.returncode != 0:
        sys.exit(f"the journal does not verify after the kills:\n{verified.stdout[-2000:]}{verified.stderr[-2000:]}")
    print(f"\nkills: {run.kills} times SIGKILL after {sum(answers):,} answers, {sum(lost)} lines lost; the chain holds")
    run.keep("kills", {"kills": run.kills, "answers": answers, "lost": lost})
    # The sum decides: one lost line in any of the kills is one too many.
    run.figure("lines_lost", {**spread([sum(lost)]), "count": 1})
    run.more("answers that were sent before the SIGKILLs, all together", spread([sum(answers)]), 0)


def load_until_killed(replica, seconds):
    """The ids of all answers whose head has left the service: also of those that the kernel still held at the kill."""
    pool = Pool(replica.origin, CONNECTIONS)
    question = pool.question("/v1/autofill", BODY, replica.key)
    for connection in pool.by_number.values():
        connection.socket.send(question)
    ids, end = set(), time.perf_counter() + seconds
    while time.perf_counter() < end:
        for connection in pool.readable(0):
            head = connection.read()
            if head is not None:
                ids.add(request_id(head))
                connection.socket.send(question)
    replica.process.kill()
    while pool.by_number:
        for connection in pool.readable(5):
            try:
                head = connection.read()
                if head is not None:
                    ids.add(request_id(head))
            except EOFError:
                # An answer of which only a part came was sent too.
                if REQUEST_ID in connection.received:
                    ids.add(request_id(connection.received))
                pool.drop(connection)
    pool.close()
    replica.process.wait()
    return ids


def request_id(head):
    if not head.startswith(b"HTTP/1.1 200 "):
        sys.exit(f"not answered with 200: {head[:200]}")
    at = head.lower().index(REQUEST_ID) + len(REQUEST_ID)
    return head[at:head.index(b"\r\n", at)].decode()


def disclosures(replica):
    """The ids of all complete lines about disclosures. The last line of all may be torn."""
    found = set()
    for file in replica.journal_files():
        for line in file.read_bytes().split(b"\n")[:-1]:
            if b'"kind":"disclosure"' in line:
                found.add(json.loads(line)["request_id"])
    return found
