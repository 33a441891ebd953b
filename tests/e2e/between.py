# SPDX-License-Identifier: MIT
"""What stands between a client and a served organization, and may answer in its place or break its answers off."""
import http.client
import http.server
import json
import re
import socket
import threading
import urllib.parse


class Between:
    """A context. judge(exchange) sees each request, decoded, before it is passed on; it may call exchange.refuse or exchange.cut."""

    def __init__(self, port, judge):
        self.targets, lock = [], threading.Lock()

        class Exchange(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            part = None  # of the answer that comes, when it is broken off

            def log_message(self, *_):
                pass

            def refuse(self, status, code, message):
                self.answer(status, [("Content-Type", "application/json; odata.metadata=minimal")],
                            json.dumps({"error": {"code": code, "message": message}}).encode())

            def end(self):
                """The connection ends; the service hears of nothing."""
                self.answered = self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            def cut(self, part):
                """part(body): what still arrives of it."""
                self.part = part

            def answer(self, status, headers, body):
                self.answered = True
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def break_off(self, status, headers, body):
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b"%x\r\n" % len(body) + body + b"\r\n")
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            def pass_on(self):
                self.answered, self.part = False, None
                body = self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.target = urllib.parse.unquote(self.path)
                with lock:
                    outer.targets.append(self.target)
                    judge(self)
                if self.answered:
                    return
                server = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
                server.request(self.command, self.path, body or None, {
                    k: v for k, v in self.headers.items()
                    if k.lower() not in ("host", "content-length", "accept-encoding", "connection")})
                got = server.getresponse()
                answer = got.read()
                headers = [(k, v) for k, v in got.getheaders()
                           if k.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server")]
                server.close()
                if self.part:
                    self.break_off(got.status, headers, self.part(answer))
                else:
                    self.answer(got.status, headers, answer)

            do_GET = do_POST = do_PATCH = do_DELETE = pass_on

        outer = self
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Exchange)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def page(target, entity_set):
    """Which page of a table a request asks for; 0: none."""
    found = re.search(entity_set + r'\?.*<fetch [^>]*page="(\d+)"', target)
    return int(found.group(1)) if found else 0
