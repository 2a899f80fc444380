"""What the gateway benchmarks start: the mesh with a stub backend, and the peers. Everything ends by its process id."""

import json
import os
import pathlib
import resource
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("JOBMESH_BUILD_DIR", ROOT / "build"))
HERE = pathlib.Path(__file__).resolve().parent
WORK = BUILD / "bench" / "gateway"
GOOGLEAPIS = "/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis"
PATH = "/bench/postings?title=engineer"
KEPT_PATH = "/bench/kept-postings?title=engineer"
START_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")


class Missing(Exception):
    """Something cannot be had here; the text says what."""


niceness = 0  # of everything that is measured


def prepare() -> None:
    """In a new process: the priority of the sitting, and as many open files as the system allows."""
    if niceness:
        os.nice(niceness)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Program:
    """One running process. `port` is where it serves HTTP."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str] | None = None, port: int | None = None) -> None:
        self.name, self.port = name, port
        WORK.mkdir(parents=True, exist_ok=True)
        self._log = open(WORK / f"{name}.log", "w", encoding="utf-8")  # noqa: SIM115 - lives as long as the process
        self.process = subprocess.Popen(
            command, env={"PATH": os.environ["PATH"], "HOME": str(WORK)} | (environment or {}),
            stdout=subprocess.PIPE, stderr=self._log, stdin=subprocess.DEVNULL, text=True, preexec_fn=prepare,
        )  # fmt: skip

    def read_port(self) -> None:
        """From its first line of output."""
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            raise Missing(f"{self.name} did not start; its log: {WORK / self.name}.log")
        self.port = int(line)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def cpu_seconds(self) -> float:
        """User and system time so far, children included (proc(5): fields 14 to 17 of stat)."""
        total = 0.0
        for pid in [self.process.pid, *self._children()]:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / TICKS
        return total

    def resident_bytes(self) -> int:
        """Of its own: pages of programs and libraries are read once, however many connections use them."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssAnon"))

    def _children(self) -> list[str]:
        path = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return path.read_text(encoding="ascii").split()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()


def wait_for(program: Program, path: str) -> bytes:
    """The first good answer."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return fetch(program.url(path))
        except OSError as error:
            if time.monotonic() > deadline or program.process.poll() is not None:
                raise Missing(f"{program.name} does not answer {path}: {error}") from error
            time.sleep(0.05)


class Mesh:
    """The registry, the stub backend and the gateway, as they run everywhere else."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(16)
        self.programs: list[Program] = []
        discovery = self._start("discovery", {"JOBMESH_DISCOVERY_HTTP_PORT": "0"})
        self._registry = f"127.0.0.1:{discovery['rpc_port']}"
        self.backend = f"127.0.0.1:{self._start('bench-board', {})['rpc_port']}"
        announced = self._start("gateway", {"JOBMESH_HTTP_PORT": "0"})
        self.gateway = self.programs[-1]
        self.gateway.port = announced["http_port"]
        self.page = wait_for(self.gateway, PATH)

    def _start(self, binary: str, settings: dict[str, str]) -> dict:
        announce = WORK / f"{binary}.announce"
        announce.unlink(missing_ok=True)
        environment = {
            "JOBMESH_MESH_TOKEN": self.token, "JOBMESH_ANNOUNCE_FILE": str(announce), "JOBMESH_LOG_LEVEL": "warn",
            "JOBMESH_ADMIN_PORT": "0", "JOBMESH_RPC_PORT": "0", "JOBMESH_DRAIN_DELAY_MS": "0",
        } | settings  # fmt: skip
        if binary != "discovery":
            environment["JOBMESH_DISCOVERY_ENDPOINTS"] = self._registry
        if binary == "bench-board":
            environment = {key: value for key, value in environment.items() if key not in ("JOBMESH_ADMIN_PORT", "JOBMESH_RPC_PORT")}
        program = Program(binary, [str(BUILD / "bin" / binary)], environment)
        self.programs.append(program)
        deadline = time.monotonic() + START_SECONDS
        while not announce.exists():
            if program.process.poll() is not None or time.monotonic() > deadline:
                raise Missing(f"{binary} did not start; its log: {WORK / binary}.log")
            time.sleep(0.02)
        return json.loads(announce.read_text(encoding="utf-8"))

    def stop(self) -> None:
        for program in reversed(self.programs):
            program.stop()


def _needs(*commands: str) -> None:
    for command in commands:
        if shutil.which(command) is None:
            raise Missing(f"{command} is not installed")


def _run(command: list[str], folder: pathlib.Path, **environment: str) -> None:
    done = subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Missing(f"{' '.join(command[:3])} failed: {(done.stderr or done.stdout).strip()[-300:]}")


def start_express(backend: str) -> Program:
    _needs("node", "npm")
    folder = WORK / "express"
    shutil.copytree(HERE / "express", folder, dirs_exist_ok=True)
    if not (folder / "node_modules" / "express").exists():
        _run(["npm", "install", "--no-audit", "--no-fund", "--silent"], folder)
    command = ["node", "server.js", backend, "tests/bench/gateway/board.proto", str(ROOT), str(ROOT / "proto"), GOOGLEAPIS]
    program = Program("express", ["sh", "-c", 'cd "$0" && exec "$@"', str(folder), *command], {"NODE_ENV": "production"})
    program.read_port()
    return program


def start_go(backend: str) -> Program:
    _needs("go", "protoc", "protoc-gen-go")
    folder = WORK / "go"
    source = folder / "src"
    (source / "board").mkdir(parents=True, exist_ok=True)
    shutil.copytree(HERE / "go", source / "gateway", dirs_exist_ok=True)
    # Policy of the mesh means nothing to it.
    lines = (HERE / "board.proto").read_text(encoding="utf-8").splitlines(keepends=True)
    (source / "board" / "board.proto").write_text("".join(line for line in lines if "jobmesh" not in line or line.startswith("package")))
    go = {"GOPATH": f"{folder}:/usr/share/gocode", "GO111MODULE": "off", "GOCACHE": str(folder / "cache")}
    _run(["go", "build", "-o", "bin/protoc-gen-grpc-gateway", "github.com/grpc-ecosystem/grpc-gateway/protoc-gen-grpc-gateway"], folder, **go)
    generate = ["protoc", "-Isrc/board", f"-I{GOOGLEAPIS}", "--go_out=plugins=grpc:src/board", "--grpc-gateway_out=src/board", "board.proto"]
    _run(generate, folder, PATH=f"{folder / 'bin'}:{os.environ['PATH']}")
    _run(["go", "build", "-o", "bin/gateway", "gateway"], folder, **go)
    program = Program("grpc-gateway", [str(folder / "bin" / "gateway"), backend])
    program.read_port()
    return program


def start_httplib(backend: str) -> Program:
    program = Program("cpp-httplib", [str(BUILD / "bin" / "bench-httplib"), backend])
    program.read_port()
    return program


def start_nginx(page: bytes) -> Program:
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not pathlib.Path(nginx).exists():
        raise Missing("nginx is not installed")
    folder = WORK / "nginx"
    (folder / "bench").mkdir(parents=True, exist_ok=True)
    (folder / "bench" / "postings").write_bytes(page)
    with socket.socket() as probe:  # a port that is free now
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "nginx.conf").write_text(f"""
daemon off; pid {folder}/nginx.pid; error_log stderr; worker_processes auto; worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=16;
  default_type application/json; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port} backlog=4096; root {folder}; }}
}}
""")
    return Program("nginx", [nginx, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")], port=port)
