#!/usr/bin/env python3
"""Compares a peer's answer with ours, member by member. Python's standard library only.

    check.py OURS PEER          two origins, such as http://127.0.0.1:8236

First the request that is measured: exit code 1 and the JSON pointer of the first difference when the answers differ. Then
every other invented person: what a peer leaves out (README.md) is counted and named there, and is no failure.

Passed over is only what differs between two answers of one server: the request's id and how old the look-up is.
"""

import argparse
import json
import sys
import urllib.error
import urllib.request
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICE, PERSON = "2.000488", "999085000001"
REQUEST = json.dumps({"service": SERVICE, "citizen": {"id": PERSON}}, separators=(",", ":"))
AGE = ("cached", "age_s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours", help="origin of a running diensan with the sandbox")
    parser.add_argument("peer", help="origin of a running peer")
    arguments = parser.parse_args()
    difference = compare(arguments.ours, arguments.peer, PERSON)
    if difference is not None:
        sys.exit(f"the measured answer differs at {difference}")
    refused = refuses_what_is_no_text(arguments.peer)
    if refused is not None:
        sys.exit(refused)
    others = [file.stem for file in sorted((ROOT / "service-catalog" / "people").glob("*.json"))
              if file.stem.isdigit() and file.stem != PERSON]
    differing = {person: compare(arguments.ours, arguments.peer, person) for person in others}
    differing = {person: found for person, found in differing.items() if found is not None}
    print(f"the measured answer is the same; of {len(others)} other people {len(others) - len(differing)} are")
    for person, found in differing.items():
        print(f"  {person}: {found}")


def compare(ours, peer, person):
    """The JSON pointer of the first difference between two answers with what stands there, or None."""
    answers = []
    for origin in (ours, peer):
        status, answer = ask(origin, {"service": SERVICE, "citizen": {"id": person}})
        if status == 200:
            # A UUID in both, whatever its value.
            uuid.UUID(answer.pop("request_id"))
            for lookup in answer["lookups"]:
                for member in AGE:
                    lookup.pop(member, None)
            answers.append(answer)
        else:
            answers.append({"status": status})
    return first_difference(*answers)


def refuses_what_is_no_text(peer):
    """What to complain about when a peer takes a service or number that is no text, or None."""
    bodies = ({"service": 2, "citizen": {"id": PERSON}}, {"service": SERVICE, "citizen": {"id": 1}}, {"service": SERVICE})
    for body in bodies:
        status, _ = ask(peer, body)
        if status not in (400, 422):
            return f"a body that is no question was answered with {status}: {sorted(body)}"
    return None


def first_difference(ours, peer, pointer=""):
    """Depth first, members in our order; a member or row that only one has is a difference too."""
    if isinstance(ours, dict) and isinstance(peer, dict):
        for name in [*ours, *(name for name in peer if name not in ours)]:
            at = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in ours or name not in peer:
                return f"{at}: only {'ours' if name in ours else 'the peer'} has it"
            if (found := first_difference(ours[name], peer[name], at)) is not None:
                return found
        return None
    if isinstance(ours, list) and isinstance(peer, list):
        for index, (one, other) in enumerate(zip(ours, peer)):
            if (found := first_difference(one, other, f"{pointer}/{index}")) is not None:
                return found
        if len(ours) != len(peer):
            return f"{pointer}/{min(len(ours), len(peer))}: {len(ours)} rows in ours, {len(peer)} in the peer's"
        return None
    # True is 1 for Python, not for JSON.
    if type(ours) is not type(peer) or ours != peer:
        return f"{pointer}: ours {json.dumps(ours, ensure_ascii=False)}, the peer's {json.dumps(peer, ensure_ascii=False)}"
    return None


def ask(origin, body):
    """Status and answer of one request."""
    request = urllib.request.Request(f"{origin}/v1/autofill", data=json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as refusal:
        # Refusals are worded by each in its own way, not all of them in JSON.
        return refusal.code, None


if __name__ == "__main__":
    main()
