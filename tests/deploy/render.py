"""A stand-in for `kustomize build` on machines that have none: what our overlays use of it, and an error for everything else.

render.py OVERLAY             prints the manifests
render.py same A B            whether two rendered files say the same (order, and the hashes in names, apart)
"""

import base64
import copy
import pathlib
import re
import sys

import yaml

KNOWN = {
    "apiVersion", "kind", "namespace", "labels", "resources", "components",
    "configMapGenerator", "secretGenerator", "images", "patches",
}  # fmt: skip
# What tells the items of a list apart when a patch is merged; other lists are replaced.
MERGE_KEYS = {"containers": "name", "volumes": "name", "volumeMounts": "mountPath", "env": "name", "ports": "containerPort"}


def documents(file):
    return [document for document in yaml.safe_load_all(file.read_text()) if document]


def merged(value, patch, name=""):
    if isinstance(value, dict) and isinstance(patch, dict):
        if any(key.startswith("$") for key in patch):
            raise SystemExit("directives in patches are not understood here")
        both = dict(value)
        for key, inner in patch.items():
            both[key] = merged(value[key], inner, key) if key in value else inner
        return both
    key = MERGE_KEYS.get(name)
    if key and isinstance(value, list):
        both = {item[key]: item for item in value}
        for item in patch:
            both[item[key]] = merged(both[item[key]], item) if item[key] in both else item
        return list(both.values())
    return patch


def one(found, what):
    if len(found) != 1:
        raise SystemExit(f"{what}: {len(found)} documents fit")
    return found[0]


def generated(folder, kind, entry):
    if set(entry) != {"name", "namespace", "files"}:
        raise SystemExit(f"{kind}: {sorted(entry)} is not understood here")
    texts = {pathlib.Path(file).name: (folder / file).read_bytes() for file in entry["files"]}
    data = {name: base64.b64encode(text).decode() if kind == "Secret" else text.decode() for name, text in texts.items()}
    made = {"apiVersion": "v1", "kind": kind, "metadata": {"name": entry["name"], "namespace": entry["namespace"]}, "data": data}
    return made | ({"type": "Opaque"} if kind == "Secret" else {})


def build(folder, base=()):
    text = one(documents(folder / "kustomization.yaml"), folder)
    if unknown := set(text) - KNOWN:
        raise SystemExit(f"{folder}: {sorted(unknown)} is not understood here")
    found = copy.deepcopy(list(base))
    for resource in text.get("resources", []):
        place = folder / resource
        found += build(place.resolve()) if place.is_dir() else documents(place)
    for kind, entries in (("ConfigMap", text.get("configMapGenerator", [])), ("Secret", text.get("secretGenerator", []))):
        found += [generated(folder, kind, entry) for entry in entries]
    for component in text.get("components", []):
        found = build((folder / component).resolve(), found)
    for entry in text.get("patches", []):
        if set(entry) != {"path"}:
            raise SystemExit(f"{folder}: a patch with {sorted(entry)} is not understood here")
        for patch in documents(folder / entry["path"]):
            same = [d for d in found if (d["kind"], d["metadata"]["name"]) == (patch["kind"], patch["metadata"]["name"])]
            at = found.index(one(same, entry["path"]))
            found[at] = merged(found[at], patch)
    for document in found:
        if "namespace" in text and document["kind"] != "Namespace":
            document["metadata"]["namespace"] = text["namespace"]
        for entry in text.get("labels", []):
            if set(entry) != {"pairs"}:
                raise SystemExit("labels in selectors are not understood here")
            document["metadata"].setdefault("labels", {}).update(entry["pairs"])
        for entry in text.get("images", []):
            pod = document.get("spec", {}).get("template", {}).get("spec", {})
            for container in pod.get("containers", []):
                if container["image"] == entry["name"]:
                    container["image"] = f"{entry['newName']}:{entry['newTag']}"
    return found


def comparable(file):
    """Without hashes behind the names of what is generated, and without an order of lists that are told apart by name."""
    found = documents(pathlib.Path(file))
    for secret in (d for d in found if d["kind"] == "Secret"):
        # Long ones are folded by one of the two.
        secret["data"] = {key: "".join(value.split()) for key, value in secret["data"].items()}
    hashed = [d["metadata"]["name"] for d in found if d["kind"] in ("ConfigMap", "Secret")]
    text = yaml.safe_dump(found)
    for name in hashed:
        text = re.sub(rf"\b{re.escape(name)}\b", re.sub(r"-[a-z0-9]{10}$", "", name), text)

    def sorted_lists(value):
        if isinstance(value, dict):
            return {key: sorted_lists(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return sorted((sorted_lists(item) for item in value), key=yaml.safe_dump)
        return value

    return sorted_lists(yaml.safe_load(text))


def main():
    if sys.argv[1] == "same":
        first, second = (comparable(file) for file in sys.argv[2:4])
        different = [d["kind"] for d in first if d not in second] + [d["kind"] for d in second if d not in first]
        if different:
            sys.exit(f"rendered otherwise: {different}")
        return
    print(yaml.safe_dump_all(build(pathlib.Path(sys.argv[1]).resolve()), sort_keys=False))


if __name__ == "__main__":
    main()
