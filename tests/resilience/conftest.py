"""Every test of this suite begins with a mesh that is whole, whatever the one before left of it."""

import pytest


@pytest.fixture(autouse=True)
def whole(mesh) -> None:
    if mesh.status()["state"] != "ready":
        mesh.up()
