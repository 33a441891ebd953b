# SPDX-License-Identifier: MIT
"""A served organization, and clients for it that are made of Python's standard library alone."""
import http.client
import json
import os
import signal
import socket
import subprocess
import time
import urllib.parse

import support

ROOT = "/api/data/v9.2/"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]

    @property
    def id(self):
        """Of the row that was made."""
        return support.GUID.search(self.headers["OData-EntityId"]).group(0)


class Client:
    """One connection, kept alive."""

    def __init__(self, port, token=None, timeout=30):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.token = token

    def __call__(self, method, target, body=None, headers=None, status=None):
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        path = target if target.startswith("/") else ROOT + target
        try:
            self.http.request(method, path, body, headers)
            answer = Answer(self.http.getresponse())
        except Exception:
            self.http.close()
            raise
        assert status is None or answer.status == status, (answer.status, answer.body)
        return answer

    def fetch(self, table_set, xml):
        return self("GET", f"{table_set}?fetchXml={urllib.parse.quote(xml, safe='')}")

    def close(self):
        self.http.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Served:
    """ferry serve, on any port; a context that ends it."""

    def __init__(self, file, *options, env=None, token=None):
        variables = {k: v for k, v in os.environ.items() if not k.startswith("FERRY_")}
        self.file, self.token = file, token
        self.process = subprocess.Popen(
            [*support.FERRY, "serve", str(file), *([] if "--port" in options else ["--port", "0"]), *map(str, options)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**variables, **(env or {})})
        line = self.process.stdout.readline().strip()
        assert line.startswith(("http://", "https://")), (line, self.process.communicate())
        self.url = line
        self.port = int(line.rsplit(":", 1)[1])
        self.clients = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.stop()
        self.process.stdout.close()
        self.process.stderr.close()

    def client(self, **options):
        options.setdefault("token", self.token)
        self.clients.append(Client(self.port, **options))
        return self.clients[-1]

    def stop(self, number=signal.SIGTERM):
        """Seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        return time.monotonic() - began

    def kill(self):
        self.process.kill()
        self.process.wait()

    def raw(self, request, timeout=10):
        """All that comes back for these bytes until the connection ends."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as s:
            s.sendall(request)
            got = b""
            while True:
                try:
                    piece = s.recv(65536)
                except ConnectionResetError:
                    break
                if not piece:
                    break
                got += piece
            return got
