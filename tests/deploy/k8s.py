"""What no schema sees in rendered manifests: that everything which is named exists, and that every pod is closed.

k8s RENDERED README       prints findings and fails, or one line of JSON for tests/deploy.rs
planted RENDERED README   damages the manifests in every way of PLANTED and fails where that is not noticed
"""

import copy
import json
import pathlib
import re
import sys

import yaml

# Kubernetes' labels of what is outside of these manifests.
OUTSIDE = {"kubernetes.io/metadata.name", "diensan/may-ask", "diensan/may-watch", "k8s-app"}
ROUTES = {"/healthz", "/readyz"}


def of_kind(documents, *kinds):
    return [document for document in documents if document["kind"] in kinds]


def names(documents, kind):
    return {document["metadata"]["name"]: document for document in of_kind(documents, kind)}


def fits(selector, labels):
    return all(labels.get(key) == value for key, value in selector.items())


def documented_secrets(readme):
    """The table of Secrets that people make: name → keys."""
    rows = re.findall(r"^\| `([\w-]+)` \| ([^|]+) \|", readme, re.M)
    return {name: set(re.findall(r"`([^`]+)`", keys)) for name, keys in rows}


class Check:
    def __init__(self, documents, readme):
        self.documents, self.found = documents, []
        self.secrets = documented_secrets(readme)
        for name, secret in names(documents, "Secret").items():
            self.secrets[name] = set(secret.get("data", {}))
        self.maps = {name: set(value["data"]) for name, value in names(documents, "ConfigMap").items()}
        self.sets = of_kind(documents, "StatefulSet")

    def need(self, good, sentence):
        if not good:
            self.found.append(sentence)

    def run(self):
        self.need(len(self.sets) == 1, "one StatefulSet is expected")
        for document in self.documents:
            if document["kind"] != "Namespace":
                self.need(document["metadata"].get("namespace") == "diensan", f"{document['kind']} without the namespace")
        for workload in self.sets:
            self.workload(workload)
        self.around(self.sets[0]["spec"]["template"]["metadata"]["labels"], self.sets[0])
        return self.found

    def workload(self, workload):
        spec = workload["spec"]
        labels, pod = spec["template"]["metadata"]["labels"], spec["template"]["spec"]
        self.need(fits(spec["selector"]["matchLabels"], labels), "the selector does not fit the pods")
        self.need(spec["serviceName"] in names(self.documents, "Service"), f"no Service {spec['serviceName']}")
        self.need(pod["serviceAccountName"] in names(self.documents, "ServiceAccount"), "no such ServiceAccount")
        self.need("replicas" not in spec, "replicas beside an autoscaler")
        retention = spec.get("persistentVolumeClaimRetentionPolicy")
        self.need(retention == {"whenDeleted": "Retain", "whenScaled": "Retain"}, "journals would be deleted")
        terms = [term["podAffinityTerm"] for term in pod["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]]
        for rule in pod["topologySpreadConstraints"] + terms:
            self.need(fits(rule["labelSelector"]["matchLabels"], labels), "a rule of placing does not fit the pods")
        context = pod["securityContext"]
        self.need(context["runAsNonRoot"] and context["runAsUser"] == context["fsGroup"] == 65532, "user or group")
        self.need(context["seccompProfile"]["type"] == "RuntimeDefault", "seccomp")
        self.need(not pod["automountServiceAccountToken"], "a token of the cluster")
        claims = {claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]}
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        for volume in volumes.values():
            self.volume(volume)
        for container in pod["containers"]:
            self.container(container, set(volumes) | claims)
        self.grace(pod["terminationGracePeriodSeconds"])

    def volume(self, volume):
        if "configMap" in volume:
            self.need(volume["configMap"]["name"] in self.maps, f"no ConfigMap {volume['configMap']['name']}")
        projected = volume.get("projected", {})
        self.need(not projected or projected.get("defaultMode") == 0o400, "secrets that others could read")
        for source in projected.get("sources", []):
            name = source["secret"]["name"]
            for item in source["secret"]["items"]:
                self.need(item["key"] in self.secrets.get(name, ()), f"no key {item['key']} in Secret {name}")

    def container(self, container, volumes):
        name, context = container["name"], container["securityContext"]
        self.need(context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"], f"{name} is not closed")
        self.need(context["capabilities"] == {"drop": ["ALL"]}, f"{name} has capabilities")
        self.need(re.fullmatch(r"[\w.-]+(/[\w.-]+)+:\d[\w.-]*", container["image"]), f"{name}: image {container['image']}")
        self.need({"cpu", "memory"} <= set(container["resources"]["requests"]), f"{name} requests nothing")
        self.need("memory" in container["resources"]["limits"], f"{name} has no limit")
        for mounted in container.get("volumeMounts", []):
            self.need(mounted["name"] in volumes, f"{name}: no volume {mounted['name']}")
        ports = {port["name"] for port in container.get("ports", [])}
        if name == "diensan":
            for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
                asked = container[probe]["httpGet"]
                self.need(asked["path"] == path and path in ROUTES and asked["port"] in ports, f"{probe} asks {asked}")

    def grace(self, seconds):
        """Above `drain` and `shutdown_timeout` of the configuration, switched on or not, with 15 s for the journal."""
        for document in of_kind(self.documents, "ConfigMap"):
            text = document["data"]["diensan.toml"]
            times = [re.search(rf'^(?:#- )?{key} = "(\d+)s"', text, re.M) for key in ("drain", "shutdown_timeout")]
            self.need(all(times) and sum(int(time[1]) for time in times) + 15 <= seconds, "the grace period is too short")

    def around(self, labels, workload):
        ports = {port["name"] for container in workload["spec"]["template"]["spec"]["containers"] for port in container.get("ports", [])}
        for document in of_kind(self.documents, "Service"):
            name, spec = document["metadata"]["name"], document["spec"]
            self.need(fits(spec["selector"], labels), f"Service {name} selects no pod")
            self.need(all(port["targetPort"] in ports for port in spec["ports"]), f"Service {name}: no such port")
        for document in of_kind(self.documents, "PodDisruptionBudget"):
            self.need(fits(document["spec"]["selector"]["matchLabels"], labels), "the budget selects no pod")
        for document in of_kind(self.documents, "HorizontalPodAutoscaler"):
            target = document["spec"]["scaleTargetRef"]
            self.need((target["kind"], target["name"]) == ("StatefulSet", workload["metadata"]["name"]), "the autoscaler scales nothing")
        self.policies(labels, ports)
        for document in of_kind(self.documents, "ServiceMonitor"):
            spec = document["spec"]
            selected = [s for s in of_kind(self.documents, "Service") if fits(spec["selector"]["matchLabels"], s["metadata"]["labels"])]
            self.need(len(selected) == 1, f"the monitor selects {len(selected)} Services")
            offered = {port["name"] for service in selected for port in service["spec"]["ports"]}
            self.need(all(end["port"] in offered for end in spec["endpoints"]), "the monitor asks a port that is not there")

    def policies(self, labels, ports):
        policies = of_kind(self.documents, "NetworkPolicy")
        everything = [p for p in policies if p["spec"]["podSelector"] == {} and "ingress" not in p["spec"] and "egress" not in p["spec"]]
        self.need(any(set(p["spec"]["policyTypes"]) == {"Ingress", "Egress"} for p in everything), "nothing closes the network")
        for policy in policies:
            spec, name = policy["spec"], policy["metadata"]["name"]
            self.need(fits(spec["podSelector"].get("matchLabels", {}), labels), f"policy {name} is for no pod")
            for rule in spec.get("ingress", []) + spec.get("egress", []):
                self.need(rule.get("from") or rule.get("to"), f"policy {name} is for everybody")
                for port in rule["ports"]:
                    self.need(isinstance(port["port"], int) or port["port"] in ports, f"policy {name}: no port {port['port']}")
                for peer in rule.get("from", []) + rule.get("to", []):
                    used = {key for one in ("namespaceSelector", "podSelector") for key in peer.get(one, {}).get("matchLabels", {})}
                    self.need("ipBlock" in peer or used and used <= OUTSIDE, f"policy {name}: a peer that is everybody or unknown")
                    self.need(not peer.get("ipBlock", {}).get("cidr", "").endswith("/0"), f"policy {name} is for the whole world")


def told(documents):
    """For tests/deploy.rs: commands, configuration files, and where which secret is mounted."""
    (workload,) = of_kind(documents, "StatefulSet")
    pod = workload["spec"]["template"]["spec"]
    commands = [container["args"] for container in pod["containers"]]
    probes = [c[p]["exec"]["command"][1:] for c in pod["containers"] for p in c if p.endswith("Probe") and "exec" in c[p]]
    places = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    secrets = [
        f"{places[volume['name']]}/{item['path']}"
        for volume in pod["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
        for item in source["secret"]["items"]
    ]
    (config,) = of_kind(documents, "ConfigMap")
    variables = {entry["name"] for container in pod["containers"] for entry in container.get("env", [])}
    return {"commands": commands + probes, "config": config["data"], "secrets": secrets, "environment": sorted(variables)}


def at(kind, *path):
    def place(documents):
        of, _, name = kind.partition("/")
        value = next(one for one in of_kind(documents, of) if name in ("", one["metadata"]["name"]))
        for step in path[:-1]:
            named = isinstance(value, list) and isinstance(step, str)
            value = next(item for item in value if item["name"] == step) if named else value[step]
        return value, path[-1]

    return place


POD = ("spec", "template", "spec")
ONE = (*POD, "containers", "diensan")
PLANTED = [
    (at("StatefulSet", *POD, "serviceAccountName"), "another"),
    (at("StatefulSet", "spec", "serviceName"), "another"),
    (at("StatefulSet", "spec", "replicas"), 2),
    (at("StatefulSet", "spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"), "Delete"),
    (at("StatefulSet", "spec", "template", "metadata", "labels", "app.kubernetes.io/component"), "another"),
    (at("StatefulSet", *POD, "volumes", "config", "configMap", "name"), "another"),
    (at("StatefulSet", *POD, "volumes", "secrets", "projected", "defaultMode"), 0o444),
    (at("StatefulSet", *POD, "volumes", "secrets", "projected", "sources", 0, "secret", "items", 0, "key"), "another"),
    (at("StatefulSet", *POD, "securityContext", "fsGroup"), 0),
    (at("StatefulSet", *POD, "terminationGracePeriodSeconds"), 30),
    (at("StatefulSet", *POD, "topologySpreadConstraints", 0, "labelSelector", "matchLabels", "x"), "y"),
    (at("StatefulSet", *ONE, "image"), "registry.tinh.example/diensan:latest"),
    (at("StatefulSet", *ONE, "image"), "diensan"),
    (at("StatefulSet", *ONE, "readinessProbe", "httpGet", "path"), "/ready"),
    (at("StatefulSet", *ONE, "livenessProbe", "httpGet", "path"), "/readyz"),
    (at("StatefulSet", *ONE, "livenessProbe", "httpGet", "port"), "another"),
    (at("StatefulSet", *ONE, "securityContext", "readOnlyRootFilesystem"), False),
    (at("StatefulSet", *ONE, "securityContext", "capabilities"), {}),
    (at("StatefulSet", *ONE, "volumeMounts", 2, "name"), "another"),
    (at("Service", "spec", "selector", "x"), "y"),
    (at("Service", "spec", "ports", 0, "targetPort"), "another"),
    (at("PodDisruptionBudget", "spec", "selector", "matchLabels", "x"), "y"),
    (at("HorizontalPodAutoscaler", "spec", "scaleTargetRef", "kind"), "Deployment"),
    (at("NetworkPolicy/balancer-in", "spec", "ingress", 0, "from"), []),
    (at("NetworkPolicy/balancer-in", "spec", "ingress", 0, "from", 0), {"namespaceSelector": {}}),
    (at("NetworkPolicy/balancer-in", "spec", "ingress", 0, "ports", 0, "port"), "another"),
    (at("ServiceMonitor", "spec", "endpoints", 0, "port"), "another"),
    (at("ServiceMonitor", "spec", "selector", "matchLabels"), {}),
    (at("ConfigMap", "metadata", "namespace"), "default"),
]


def main():
    how, rendered, readme = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]).read_text()
    documents = [document for document in yaml.safe_load_all(rendered.read_text()) if document]
    if how == "k8s":
        found = Check(documents, readme).run()
        if found:
            sys.exit("\n".join(found))
        return print(json.dumps(told(documents)))
    unnoticed = []
    for number, (place, value) in enumerate(PLANTED):
        damaged = copy.deepcopy(documents)
        holder, key = place(damaged)
        holder[key] = value
        if not Check(damaged, readme).run():
            unnoticed.append(number)
    if unnoticed:
        sys.exit(f"not noticed: {unnoticed}")
    print(len(PLANTED))


if __name__ == "__main__":
    main()
