"""What the tests of a running system start: agents, a Prometheus or VictoriaMetrics that scrapes
them, and targets to look at. Everything listens on the loopback, on a port that was free, and ends
with the test.
"""
import contextlib
import ctypes
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77


def program(name):
    """Where it is: in PATH, or taken out of its package by packaging/setup; None: nowhere."""
    return shutil.which(name) or shutil.which(ROOT / "build/tools/usr/bin" / name)


def eventually(holds, seconds=20, every=0.1):
    """What `holds` says at last: it is asked until it says something true, or the time is over."""
    until = time.monotonic() + seconds
    while not (said := holds()) and time.monotonic() < until:
        time.sleep(every)
    return said


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


_closed = []  # kept, so that they stay taken
_libc = ctypes.CDLL(None)


def closed_port():
    """One that refuses, and that nobody else takes."""
    _closed.append(socket.socket())
    _closed[-1].bind(("127.0.0.1", 0))
    return _closed[-1].getsockname()[1]


def _end_with_parent():
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Process:
    """A program in the background; what it says goes into a file."""

    def __init__(self, arguments, log):
        self.log = pathlib.Path(log)
        with open(log, "wb") as output:
            self._process = subprocess.Popen(
                [str(word) for word in arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_end_with_parent,
            )

    def running(self):
        return self._process.poll() is None

    def signal(self, number):
        self._process.send_signal(number)

    def kill(self):
        self._process.kill()
        self._process.wait()


def datagram(path, data):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(path)
        sender.settimeout(1)
        sender.send(data)


class Api:
    """A server's HTTP interface that answers JSON."""

    def __init__(self, address):
        self.address = address

    def request(self, method, path, body=None, kind="application/json"):
        """(status, text); without an answer an OSError."""
        connection = http.client.HTTPConnection(self.address, timeout=10)
        with contextlib.closing(connection):
            headers = {"Content-Type": kind} if body is not None else {}
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
            except http.client.HTTPException as error:
                raise OSError(f"{self.address}: {error!r}") from error

    def get(self, path):
        return json.loads(self.request("GET", path)[1])


class Agent(Api):
    """`hale run` with a configuration; a host of its own, as far as Prometheus can tell."""

    def __init__(self, hale, folder, name, configuration):
        folder = pathlib.Path(folder)
        (folder / f"{name}.toml").write_text(configuration)
        log = folder / f"{name}.log"
        self.process = Process(
            [hale, "run", "-c", folder / f"{name}.toml", "--listen", "127.0.0.1:0"]
            + ["--set", f"agent.name={name}", "--set", f"agent.state_dir={folder}/{name}.state"]
            + ["--log-format", "json"],
            log,
        )
        found = eventually(
            lambda: re.search(r'"listening","address":"([^"]+)"', log.read_text())
            or not self.process.running()
        )
        if not isinstance(found, re.Match):
            raise RuntimeError(f"the agent {name} does not listen: {log.read_text()}")
        super().__init__(found[1])
        self.name = name

    def metrics(self):
        return self.request("GET", "/metrics")[1]

    def post(self, path, body=None):
        status, text = self.request("POST", path, None if body is None else json.dumps(body))
        if status >= 300:
            raise RuntimeError(f"{self.name}: POST {path}: {status} {text}")


class TimeSeries(Api):
    """What Prometheus answers, and who speaks like it."""

    @classmethod
    def start(cls, command, folder, ready):
        """`command` makes the words from a port. If that is taken meanwhile, another will do."""
        for _ in range(3):
            port = free_port()
            server = cls(f"127.0.0.1:{port}")
            server.process = Process(command(port), pathlib.Path(folder) / "server.log")

            def answers():
                try:
                    return server.request("GET", ready)[0] == 200
                except OSError:
                    return not server.process.running()

            if eventually(answers, 30) and server.process.running():
                return server
            server.process.kill()
        raise RuntimeError(f"does not answer: {server.process.log.read_text()}")

    def ask(self, path, **parameters):
        """The data; a ValueError says what is wrong with the query."""
        body = urllib.parse.urlencode(parameters)
        kind = "application/x-www-form-urlencoded"
        status, text = self.request("POST", path, body, kind)
        answer = json.loads(text) if text.startswith("{") else {"error": text}
        if status != 200:
            raise ValueError(f"{status} {answer.get('error')}")
        return answer["data"]

    def ask_get(self, path, parameters):
        return self.get(f"{path}?{urllib.parse.urlencode(parameters)}")["data"]

    def query(self, promql):
        """[(labels, value)] now."""
        found = self.ask("/api/v1/query", query=promql)["result"]
        return [(row["metric"], row["value"][1]) for row in found if "value" in row]


class _Answers(http.server.BaseHTTPRequestHandler):
    """/good says yes, /slow says it after a while, /shaky says no every third time."""

    count = 0

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(0.03)
        _Answers.count += self.path == "/shaky"
        bad = self.path == "/shaky" and _Answers.count % 3 == 0
        self.send_response(503 if bad else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"no" if bad else b"ok")

    def log_message(self, *_):
        pass


class _Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A check that hangs up is no error."""


def _serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def web_server():
    """The port of a server that answers as _Answers says."""
    return _serve(_Quiet(("127.0.0.1", 0), _Answers))


def tls_server(folder, days):
    """The port of a server whose certificate ends in so many days."""
    key, certificate = (os.path.join(folder, f"{days}.{part}") for part in ("key", "pem"))
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt"]
        + ["ec_paramgen_curve:prime256v1", "-days", str(days), "-subj", "/CN=localhost"]
        + ["-keyout", key, "-out", certificate],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = _Quiet(("127.0.0.1", 0), socketserver.BaseRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return _serve(server)
