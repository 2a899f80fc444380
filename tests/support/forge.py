"""Tokens that must be refused, and the real signing key to make the most convincing of them."""

import base64
import hashlib
import hmac
import json
import subprocess
import tempfile
import time


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _openssl(*arguments: str, key: str, data: bytes = b"") -> bytes:
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(key)
        file.flush()
        command = ["openssl", *[file.name if argument == "KEY" else argument for argument in arguments]]
        return subprocess.run(command, input=data, capture_output=True, check=True, timeout=30).stdout


class Forger:
    """Signs whatever it is told with the key that the mesh signs with now."""

    def __init__(self, mesh) -> None:
        with mesh.database("jobmesh_user") as database, database.cursor() as cursor:
            cursor.execute("SELECT kid, private_pem FROM signing_key ORDER BY create_time")
            self.kid, self._pem = cursor.fetchone()

    def token(self, claims: dict, alg: str = "RS256", kid: str | None = None, key: str | None = None) -> str:
        header = {"alg": alg, "typ": "JWT", "kid": kid or self.kid}
        text = f"{_encode(json.dumps(header).encode())}.{_encode(json.dumps(claims).encode())}"
        return f"{text}.{_encode(self._signature(text.encode(), alg, key or self._pem))}"

    def _signature(self, text: bytes, alg: str, key: str) -> bytes:
        if alg == "none":
            return b""
        if alg == "HS256":  # the public key, which everybody has, taken for a shared secret
            return hmac.new(_openssl("pkey", "-in", "KEY", "-pubout", key=key), text, hashlib.sha256).digest()
        return _openssl("dgst", "-sha256", "-sign", "KEY", key=key, data=text)


def claims(user_id: int, **changes: object) -> dict:
    """Claims as the mesh issues them; a change to None leaves one out."""
    now = int(time.time())
    made = {
        "iss": "jobmesh", "aud": ["jobmesh"], "sub": str(user_id), "role": "USER", "iat": now - 60, "exp": now + 600,
        "jti": "0", "fam": "00000000-0000-0000-0000-000000000000",
    } | changes  # fmt: skip
    return {key: value for key, value in made.items() if value is not None}


def stranger_key() -> str:
    """A fresh RSA key the mesh has never seen."""
    return subprocess.run(
        ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], capture_output=True, check=True, timeout=60, text=True
    ).stdout  # fmt: skip
