"""One more process of the mesh, beside those the front door started."""

import json
import pathlib
import subprocess

from support.eventually import eventually
from support.mesh import BUILD, Mesh


class Replica:
    """Runs a program with the environment of a process of the mesh, on free ports, and with settings of its own."""

    def __init__(self, mesh: Mesh, model: str, folder: pathlib.Path, name: str, **settings: str) -> None:
        entries = pathlib.Path(f"/proc/{mesh.process(model)['pid']}/environ").read_bytes().decode().split("\0")
        environment = dict(entry.split("=", 1) for entry in entries if entry)
        self._announcement = folder / f"{name}.json"
        self._log = folder / f"{name}.log"
        environment |= {"JOBMESH_ANNOUNCE_FILE": str(self._announcement), "JOBMESH_ADMIN_PORT": "0"} | settings
        program = BUILD / "bin" / model.rpartition("-")[0]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen([str(program)], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def announced(self) -> dict:
        """What it tells of itself once it runs: `rpc_port`, `http_port` and so on."""

        def announcement() -> str:
            assert self.process.poll() is None, self.log()
            return self._announcement.read_text()

        return json.loads(eventually(announcement, 30, "the replica is ready"))

    def log(self) -> str:
        return self._log.read_text()

    def stop(self) -> None:
        """As a crash would."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
