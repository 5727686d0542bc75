"""Executes the Dockerfile and runs the image: called by run.sh, as root, in namespaces of its own.

What stands in for an engine: a stage is a folder, FROM is a Debian of debootstrap (or nothing, for scratch), RUN is `sh -c`
in that folder as root folder, COPY is a copy. What is run is the last stage, mounted read only, as its USER, without
capabilities to come by, with no file system but a state folder, a configuration and secrets where a check needs them. In
the dev mode one line is not executed as it stands: `cargo build` runs outside with `--profile dev`, and its program is put
where the line would have put it.
"""

import ctypes
import fcntl
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import dockerfile  # noqa: E402

# What the image may hold besides the program, and in whole with the program of the dist profile. MiB.
REST_MIB, WHOLE_MIB = 16, 64
PATIENCE = 60.0
PR_SET_NO_NEW_PRIVS = 38


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))


class Build:
    """The stages as folders."""

    def __init__(self, root: pathlib.Path, work: pathlib.Path, mode: str, program: pathlib.Path):
        self.root, self.base, self.work, self.mode, self.program = root, work / "base", work / mode, mode, program
        self.stages = dockerfile.stages((root / "Dockerfile").read_text())
        self.folders: dict[str, pathlib.Path] = {}

    def run(self) -> dict:
        for number, stage in enumerate(self.stages):
            folder = self.work / f"stage-{number}"
            self.begin(folder, stage["base"])
            self.folders[stage["name"]] = folder
            stage["folder"], stage["workdir"] = folder, "/"
            steps = {"WORKDIR": self.workdir, "COPY": self.copy, "RUN": self.execute}
            for word, rest in stage["steps"]:
                steps[word](stage, rest)
        # What cargo made is a gigabyte, and nobody asks for it again.
        subprocess.run(["umount", "--recursive", "--lazy", str(self.stages[0]["folder"])], check=True)
        shutil.rmtree(self.work / "upper")
        return self.stages[-1]

    def begin(self, folder: pathlib.Path, base: str) -> None:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o755)
        if base == "scratch":
            return
        if not base.startswith("rust:"):
            raise SystemExit(f"no stand-in for {base}")
        # Changes go elsewhere: the base is used again.
        upper, inner = self.work / "upper", self.work / "inner"
        for layer in (upper, inner):
            shutil.rmtree(layer, ignore_errors=True)
            layer.mkdir()
        mount("-t", "overlay", "overlay", "-o", f"lowerdir={self.base},upperdir={upper},workdir={inner}", str(folder))
        mount("-t", "proc", "proc", f"{folder}/proc")
        for device in ("null", "urandom", "random", "zero"):
            (folder / "dev" / device).touch()
            mount("--bind", f"/dev/{device}", f"{folder}/dev/{device}")

    def workdir(self, stage: dict, rest: str) -> None:
        stage["workdir"] = rest
        (stage["folder"] / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def copy(self, stage: dict, rest: str) -> None:
        words = rest.split()
        options = dict(word[2:].split("=", 1) for word in words if word.startswith("--"))
        source, target = (word for word in words if not word.startswith("--"))
        into = stage["folder"] / os.path.join(stage["workdir"], target).lstrip("/")
        if "from" in options:
            shown = self.folders[options["from"]] / source.lstrip("/")
            into.mkdir(parents=True, exist_ok=True)
            shutil.copytree(shown, into, symlinks=True, dirs_exist_ok=True)
            if "chown" in options:
                user, group = map(int, options["chown"].split(":"))
                for path in [into, *into.rglob("*")]:
                    os.lchown(path, user, group)
            return
        if source != ".":
            raise SystemExit(f"COPY {rest} is not understood here")
        for file in dockerfile.context(self.root, (self.root / ".dockerignore").read_text()):
            (into / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.root / file, into / file)

    def in_stage(self, stage: dict, line: str, environment: dict) -> None:
        shell = ["chroot", str(stage["folder"]), "/bin/sh", "-c", f"cd {stage['workdir']} && {line}"]
        subprocess.run(shell, check=True, env=environment)

    def execute(self, stage: dict, line: str) -> None:
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        if not line.startswith("cargo "):
            return self.in_stage(stage, line, environment)
        if self.mode == "dist":
            return self.in_stage(stage, line, environment | self.toolchain(stage["folder"]))
        outside = line.replace("--profile dist", "--profile dev")
        if outside == line:
            raise SystemExit("the line that builds has another profile")
        made = self.program
        if made == self.root / "target/debug/diensan":
            subprocess.run(["/bin/sh", "-c", outside], check=True, cwd=self.root)
        place = stage["folder"] / "build/target/dist/diensan"
        place.parent.mkdir(parents=True)
        shutil.copy2(made, place)

    def toolchain(self, folder: pathlib.Path) -> dict:
        """This machine's Rust and what its registry has already fetched, mounted where rust:*-slim has them."""
        sysroot = subprocess.run(["rustc", "--print", "sysroot"], check=True, capture_output=True, text=True).stdout.strip()
        home = os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
        for outside, inside in ((sysroot, "usr/local/rust"), (f"{home}/registry", "usr/local/cargo/registry")):
            (folder / inside).mkdir(parents=True, exist_ok=True)
            mount("--bind", outside, f"{folder}/{inside}")
        return {
            "PATH": "/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "CARGO_HOME": "/usr/local/cargo",
            "CARGO_NET_OFFLINE": "true",
        }


class Container:
    """The image's program, as an engine with --read-only, --cap-drop ALL and no-new-privileges would run it."""

    def __init__(self, image: dict, environment: dict[str, str] | None = None):
        self.image, self.environment = image, image["env"] | (environment or {})
        self.process: subprocess.Popen | None = None

    def start(self, arguments: list[str]) -> None:
        self.process = subprocess.Popen(
            self.image["entrypoint"] + arguments, **self.how(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def call(self, arguments: list[str]) -> subprocess.CompletedProcess:
        return subprocess.run(arguments, **self.how(), capture_output=True, text=True)

    def how(self) -> dict:
        folder, workdir = str(self.image["folder"]), self.image["workdir"]
        user, group = map(int, self.image["user"].split(":"))
        libc = ctypes.CDLL(None, use_errno=True)

        def enter() -> None:
            os.chroot(folder)
            os.chdir(workdir)
            os.setgroups([])
            os.setresgid(group, group, group)
            os.setresuid(user, user, user)
            if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
                raise OSError("no_new_privs")

        return {"preexec_fn": enter, "env": self.environment, "stdin": subprocess.DEVNULL}

    def ask(self, method: str, path: str, body: dict | None = None, key: str | None = None) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", 8236, timeout=20)
        headers = {"Content-Type": "application/json"} | ({"X-API-Key": key} if key else {})
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def wait_until_healthy(self) -> None:
        """Asks as the image says itself."""
        began = time.monotonic()
        while True:
            said = self.call(self.image["health"])
            if said.returncode == 0:
                return print(f"  health: {said.stdout.strip()}")
            if self.process.poll() is not None or time.monotonic() - began > PATIENCE:
                self.process.kill()
                raise SystemExit(f"not healthy: {said.stdout}{said.stderr}{self.process.stderr.read().decode()}")
            time.sleep(0.1)

    def assert_without_rights(self) -> None:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert lines["Uid"].split() == ["65532"] * 4 and lines["Gid"].split() == ["65532"] * 4, lines["Uid"]
        assert int(lines["CapEff"], 16) == int(lines["CapPrm"], 16) == 0 and lines["NoNewPrivs"] == "1"

    def stop(self) -> None:
        self.process.send_signal(getattr(signal, self.image["stopsignal"]))
        log = self.process.communicate(timeout=PATIENCE)[1].decode()
        assert self.process.returncode == 0, f"ended with {self.process.returncode}: {log}"
        assert self.call(self.image["health"]).returncode == 1, "healthy after its end"


def size(path: pathlib.Path) -> int:
    return sum(file.lstat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())


def assert_small_and_bare(image: dict, mode: str) -> None:
    folder = image["folder"]
    program = folder / image["entrypoint"][0].lstrip("/")
    whole, alone = size(folder) / 2**20, program.stat().st_size / 2**20
    print(f"  size: {whole:.1f} MiB, of it the program ({mode}) {alone:.1f}, the rest {whole - alone:.1f}")
    assert whole - alone <= REST_MIB, f"more than {REST_MIB} MiB besides the program"
    assert mode != "dist" or whole <= WHOLE_MIB, f"more than {WHOLE_MIB} MiB"
    programs = [file for file in folder.rglob("*") if file.is_file() and file.stat().st_mode & 0o111 and ".so" not in file.name]
    assert programs == [program], f"programs besides ours: {programs}"
    assert not any(file.stat().st_mode & 0o6000 for file in folder.rglob("*") if not file.is_symlink()), "setuid"
    writable = {path for path in folder.rglob("*") if not path.is_symlink() and may_write(path)}
    assert writable == {folder / "var/lib/diensan"}, f"writable: {writable}"


def may_write(path: pathlib.Path) -> bool:
    about = path.stat()
    return about.st_mode & 0o002 != 0 or about.st_uid == 65532 and about.st_mode & 0o200 != 0


def sandbox(image: dict) -> None:
    """`docker run diensan`: as the image says, without anything mounted, not even /proc."""
    container = Container(image)
    container.start(image["cmd"])
    container.wait_until_healthy()
    container.assert_without_rights()
    assert container.ask("GET", "/healthz") == (200, {"status": "ok"})
    status, answer = container.ask("POST", "/v1/autofill", {"service": "1.000894", "citizen": {"id": "999198000022"}})
    assert status == 200 and answer["lookups"][0]["outcome"] == "found", status
    filled = sum(field["state"] == "filled" for field in answer["fields"])
    container.stop()
    print(f"  sandbox: autofill answered, {filled} boxes filled; ended with 0 at {image['stopsignal']}")


def configured(image: dict, root: pathlib.Path, work: pathlib.Path, program: pathlib.Path) -> None:
    """A pod of deploy/k8s/overlays/rehearsal, with its files where they will lie: the simulator beside the service in one
    network, secrets as a projected volume with fsGroup gives them, a journal on a volume, listening for others."""
    made = work / "prepared"
    shutil.rmtree(made, ignore_errors=True)
    prepare = [root / "deploy/rehearsal/prepare.sh", made]
    subprocess.run(prepare, check=True, env=os.environ | {"DIENSAN": str(program)}, stdout=subprocess.DEVNULL)
    volumes = {name: work / f"volume-{name}" for name in ("etc", "secrets", "state")}
    for volume in volumes.values():
        shutil.rmtree(volume, ignore_errors=True)
        volume.mkdir(mode=0o755)
    shutil.copy(root / "deploy/k8s/overlays/rehearsal/diensan.toml", volumes["etc"])
    shutil.copy(made / "callers.toml", volumes["etc"])
    (volumes["secrets"] / "gateway").mkdir()
    for name, place in (("journal-mac", "."), ("journal-citizen", "."), ("simulator-secret", "gateway")):
        secret = pathlib.Path(shutil.copy(made / name, volumes["secrets"] / place))
        os.chown(secret, 0, 65532)
        os.chmod(secret, 0o440)
    os.chown(volumes["state"], 65532, 65532)
    os.chmod(volumes["state"], 0o700)
    for name, place in (("etc", "etc/diensan"), ("secrets", "run/secrets"), ("state", "var/lib/diensan")):
        mount("--bind", str(volumes[name]), f"{image['folder']}/{place}")
        if name != "state":
            mount("-o", "remount,bind,ro", f"{image['folder']}/{place}")
    simulator = Container(image | {"health": [*image["health"], "--url", "http://127.0.0.1:8237/"]})
    simulator.start(["simulate", "--listen", "127.0.0.1:8237"])
    simulator.wait_until_healthy()
    container = Container(image, {"DIENSAN_CONFIG": "/etc/diensan/diensan.toml"})
    container.start(image["cmd"])
    container.wait_until_healthy()
    person = json.loads((root / "service-catalog/people/999198000022.json").read_text())["record"]
    question = {
        "service": "1.000894",
        "citizen": {"id": "999198000022", "name": person["ho_va_ten"], "birth_date": person["ngay_sinh"]},
        "officer": "cb-1",
        "agency": "H01.1",
        "dossier": "D-1",
    }
    assert container.ask("POST", "/v1/autofill", question)[0] == 401
    status, answer = container.ask("POST", "/v1/autofill", question, key=(made / "caller-key").read_text().strip())
    assert status == 200 and answer["lookups"][0]["outcome"] == "found", f"{status} {answer.get('code')}"
    container.stop()
    simulator.stop()
    journal = [line for file in (volumes["state"] / "journal").rglob("*.jsonl") for line in file.read_text().splitlines()]
    disclosed = sum('"disclosure"' in line for line in journal)
    assert disclosed == 1, f"{disclosed} disclosures in {len(journal)} lines on record"
    # The same secret, readable by everybody: the start is refused, and the sentence says why.
    mount("-o", "remount,bind,rw", f"{image['folder']}/run/secrets")
    os.chmod(volumes["secrets"] / "journal-mac", 0o444)
    refused = container.call(image["entrypoint"] + image["cmd"])
    assert refused.returncode == 2 and "others could read it" in refused.stderr, refused.stderr
    print("  pod: asked its simulator, listens on 0.0.0.0, secrets of root:65532 440, journal on the volume, open secret refused")


def main() -> None:
    root, work, mode, program = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], pathlib.Path(sys.argv[4])
    began = time.monotonic()
    if mode == "dev":
        # Half a gigabyte of a program that is thrown away: not through the disk.
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(work / mode))
    image = Build(root, work, mode, program).run()
    print(f"built in {time.monotonic() - began:.0f} s ({mode})")
    assert_small_and_bare(image, mode)
    loopback_up()
    mount("--bind", str(image["folder"]), str(image["folder"]))
    mount("-o", "remount,bind,ro", str(image["folder"]))
    sandbox(image)
    configured(image, root, work / mode, program)
    print("good")


if __name__ == "__main__":
    main()
