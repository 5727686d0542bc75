"""What no schema sees in deploy/compose.yaml: that everything which is named exists and is used, and that everything is closed.

compose DEPLOY            prints findings and fails, or one line of JSON for tests/deploy.rs
"""

import copy
import json
import pathlib
import re
import sys

import yaml

OURS = "diensan:"


def findings(compose, deploy, targets):
    found = []

    def need(good, sentence):
        if not good:
            found.append(sentence)

    used = {"networks": set(), "volumes": set(), "secrets": set(), "configs": set()}
    for name, service in compose["services"].items():
        need(service.get("read_only") and service.get("cap_drop") == ["ALL"], f"{name} is not closed")
        need(service.get("security_opt") == ["no-new-privileges:true"], f"{name} may get privileges")
        need(re.fullmatch(r"[1-9]\d*:\d+", service.get("user", "")), f"{name} runs as root")
        need(re.fullmatch(r"[\w./-]+:v?\d+(\.\d+)+[\w.-]*", service["image"]), f"{name}: no exact version: {service['image']}")
        need("mem_limit" in service, f"{name} has no limit of memory")
        # Our own image says itself how it is asked.
        need(service["image"].startswith(OURS) or "test" in service.get("healthcheck", {}), f"{name} has no health check")
        for port in service.get("ports", []):
            need(port.startswith("127.0.0.1:"), f"{name} is published to others: {port}")
        need(bool(service.get("networks")) != ("network_mode" in service), f"{name}: a network, or somebody else's")
        for other in service.get("depends_on", {}):
            need(other in compose["services"], f"{name}: no service {other}")
        mode = service.get("network_mode", "service:diensan-1")
        need(mode.removeprefix("service:") in compose["services"], f"{name}: no service for {mode}")
        used["networks"].update(service.get("networks", []))
        for kind in ("secrets", "configs"):
            used[kind].update(one if isinstance(one, str) else one["source"] for one in service.get(kind, []))
        for volume in service.get("volumes", []):
            source, _, _ = volume.partition(":")
            if source.startswith("./"):
                need((deploy / source).exists(), f"{name}: there is no {source}")
            else:
                used["volumes"].add(source)
    for kind, names in used.items():
        need(names == set(compose[kind]), f"{kind}: {sorted(names ^ set(compose[kind]))} named or used only")
    # Two processes never write one journal.
    writers = [v for s in compose["services"].values() for v in s.get("volumes", []) if not v.endswith(":ro")]
    need(len(writers) == len(set(v.partition(":")[0] for v in writers)), "two services write the same volume")
    for network in ("stores", "watch"):
        need(compose["networks"][network] == {"internal": True}, f"{network} has a way out")
    for target in targets:
        need(target.partition(":")[0] in compose["services"], f"Prometheus asks {target}")
    return found


PLANTED = [
    (("services", "diensan-1", "read_only"), False),
    (("services", "valkey", "cap_drop"), []),
    (("services", "valkey", "user"), "0:0"),
    (("services", "grafana", "image"), "grafana/grafana:latest"),
    (("services", "grafana", "healthcheck"), {}),
    (("services", "diensan-2", "ports"), ["8246:8236"]),
    (("services", "diensan-2", "volumes"), ["journal-1:/var/lib/diensan"]),
    (("services", "diensan-2", "networks"), ["another"]),
    (("services", "simulator-2", "network_mode"), "service:another"),
    (("services", "diensan-1", "secrets"), ["another"]),
    (("networks", "stores"), {}),
]


def main():
    deploy = pathlib.Path(sys.argv[1])
    compose = yaml.safe_load((deploy / "compose.yaml").read_text())
    scraped = yaml.safe_load((deploy / "compose/prometheus.yml").read_text())["scrape_configs"]
    targets = [target for job in scraped for static in job["static_configs"] for target in static["targets"]]
    found = findings(compose, deploy, targets)
    if found:
        sys.exit("\n".join(found))
    for path, value in PLANTED:
        damaged = copy.deepcopy(compose)
        holder = damaged
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value
        if not findings(damaged, deploy, targets):
            sys.exit(f"not noticed: {path}")
    ours = [service for service in compose["services"].values() if service["image"].startswith(OURS)]
    commands = [service.get("command", ["serve"]) for service in ours]
    commands += [s["healthcheck"]["test"][2:] for s in ours if "test" in s.get("healthcheck", {})]
    environment = sorted({name for service in ours for name in service.get("environment", {})})
    mounts = {mount["target"]: mount["source"] for kind in ("secrets", "configs") for mount in compose["services"]["diensan-1"][kind]}
    files = {name: about["file"] for kind in ("secrets", "configs") for name, about in compose[kind].items()}
    print(json.dumps({"commands": commands, "environment": environment, "mounts": mounts, "files": files}))


if __name__ == "__main__":
    main()
