"""Holds the three lists of dependencies of a release against one another: what is built from Cargo.lock, what the SBOM
names, and what the program says of itself.

usage: compare-sbom.py FOLDER     (diensan.cdx.json and diensan.dependencies.json lie there)

Nothing that is built may be missing in the SBOM. What the program says of itself and what goes into it are the same set.
Where the sources lay when the SBOM was made is nobody's concern and is taken out of it first.
"""

import json
import pathlib
import subprocess
import sys


def tree(edges: str) -> set[tuple[str, str]]:
    """Name and version of every package that is built for this machine, over these kinds of edges."""
    command = ["cargo", "tree", "--locked", "--edges", edges, "--prefix", "none", "--format", "{p}"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    packages = (line.split()[:2] for line in lines if line.strip())
    return {(name, version.removeprefix("v")) for name, version in packages}


def read(path: pathlib.Path) -> dict:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def told(what: str, packages: set[tuple[str, str]]) -> bool:
    """Prints what is wrong; whether anything is."""
    for name, version in sorted(packages):
        print(f"{what}: {name} {version}", file=sys.stderr)
    return bool(packages)


def main(folder: pathlib.Path) -> int:
    """Compares; 1 when a list lacks something."""
    file = folder / "diensan.cdx.json"
    here = pathlib.Path.cwd().as_uri()
    file.write_text(file.read_text(encoding="utf-8").replace(here, "file:///diensan"), encoding="utf-8")
    sbom = read(file)
    components = [sbom["metadata"]["component"], *sbom["components"]]
    named = {(one["name"], one["version"]) for one in components}
    without_hash = [one["name"] for one in sbom["components"] if not one.get("hashes")]
    inside = read(folder / "diensan.dependencies.json")["packages"]
    linked = {(one["name"], one["version"]) for one in inside if one.get("kind", "runtime") == "runtime"}
    in_lock = subprocess.run(["cargo", "metadata", "--locked", "--format-version", "1"], check=True, capture_output=True)
    locked = {(one["name"], one["version"]) for one in json.loads(in_lock.stdout)["packages"]}
    built, runtime = tree("normal,build"), tree("normal")
    wrong = [
        told("built, and not in the SBOM", built - named),
        told("in the SBOM, and not in Cargo.lock", named - locked),
        told("in the program, and not in the SBOM", linked - named),
        told("goes into the program, and it does not say so", {one for one in runtime if one not in linked} - proc_macros()),
        told("in the SBOM without a hash", {(name, "") for name in without_hash}),
    ]
    print(f"{len(built)} packages are built, {len(named)} in the SBOM, {len(linked)} in the program; Cargo.lock has {len(locked)}")
    return int(any(wrong))


def proc_macros() -> set[tuple[str, str]]:
    """Packages that run while others are compiled, and what only they use: nothing of them is in the program."""
    without = tree("normal,no-proc-macro")
    return tree("normal") - without


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1])))
