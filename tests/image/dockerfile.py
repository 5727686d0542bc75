"""Reads a Dockerfile and its .dockerignore: what ours use of them, and an error for everything else."""

import json
import pathlib
import re
import shlex

STAGE = {"ARG", "FROM", "WORKDIR", "COPY", "RUN"}
SETTING = {"LABEL", "USER", "ENV", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def instructions(text: str) -> list[tuple[str, str]]:
    """Instructions with their arguments; comments are gone and continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found = []
    for line in filter(str.strip, joined.splitlines()):
        word, _, rest = line.strip().partition(" ")
        if word not in STAGE | SETTING:
            raise SystemExit(f"Dockerfile: {word} is not understood here")
        found.append((word, rest.strip()))
    return found


def stages(text: str) -> list[dict]:
    """Stages in order: name, base, steps (COPY, RUN, WORKDIR), and the settings of the image."""
    arguments: dict[str, str] = {}
    found: list[dict] = []
    for word, rest in instructions(text):
        if word == "ARG":
            name, _, value = rest.partition("=")
            arguments[name] = value
        elif word == "FROM":
            base, _, name = rest.partition(" AS ")
            base = re.sub(r"\$\{(\w+)\}", lambda match: arguments[match[1]], base)
            found.append({"base": base, "name": name, "steps": [], "env": {}, "health": None})
        elif word in {"WORKDIR", "COPY", "RUN"}:
            found[-1]["steps"].append((word, rest))
        elif word == "ENV":
            found[-1]["env"].update(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "HEALTHCHECK":
            options, _, command = rest.partition("CMD")
            found[-1]["health"] = json.loads(command)
            found[-1]["health_timeout"] = re.search(r"--timeout=(\d+)s", options)[1]
        elif word in {"ENTRYPOINT", "CMD"}:
            found[-1][word.lower()] = json.loads(rest)
        else:
            found[-1][word.lower()] = rest
    return found


def context(folder: pathlib.Path, ignore: str) -> list[pathlib.Path]:
    """The files that go into the build, relative to the folder: the last rule that fits decides."""
    rules = [line.strip() for line in ignore.splitlines() if line.strip() and not line.startswith("#")]
    for rule in rules:
        if rule != "*" and not re.fullmatch(r"!?[\w.-]+(/[\w.-]+)*", rule):
            raise SystemExit(f".dockerignore: {rule} is not understood here")

    def is_in(path: pathlib.Path) -> bool:
        taken = True
        names = {str(path), *map(str, path.parents)}
        for rule in rules:
            if rule == "*" or rule.lstrip("!") in names:
                taken = rule.startswith("!")
        return taken

    tops = [path for path in folder.iterdir() if is_in(path.relative_to(folder))]
    files = [file for top in tops for file in ([top] if top.is_file() else top.rglob("*")) if file.is_file()]
    return [file.relative_to(folder) for file in files if is_in(file.relative_to(folder))]
