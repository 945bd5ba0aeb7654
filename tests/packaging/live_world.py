"""The world that live_test.py looks at: agents that have something to tell, and a real Prometheus
with the rules of packaging/prometheus that scrapes them every second.
"""
import math
import pathlib
import re
import signal
import threading
import time

import servers

PROMETHEUS = servers.ROOT / "packaging/prometheus"

AGENT = """
[metrics]
histograms = "{histograms}"
[statsd]
listen = "unix:{folder}/{name}.statsd"
[operations]
labels = ["model"]
[operations.slo.llm_chat]
success = "99%"
latency_p95 = "50ms"
[defaults]
interval = "200ms"
fall = 1
rise = 1
[groups.shop]
title = "Shop"
[checks.web]                          # fails now and then
type = "http"
critical = true
group = "shop"
labels = {{ team = "web" }}
url = "http://127.0.0.1:{web}/shaky"
[checks.web.slo]
success = "99%"
latency_p95 = "2s"
[checks.good]
type = "http"
url = "http://127.0.0.1:{web}/good"
[checks.slow]                         # degraded
type = "http"
group = "shop"
url = "http://127.0.0.1:{web}/slow"
warn = {{ duration = "10ms" }}
[checks.slow.slo]
latency_p95 = "10ms"
[checks.database]                     # unhealthy, and pages
type = "tcp"
critical = true
group = "shop"
host = "127.0.0.1"
port = {closed}
[checks.cache]                        # unhealthy, and does not page
type = "tcp"
severity = "info"
host = "127.0.0.1"
port = {closed}
[checks.blind]                        # unknown
type = "exec"
command = ["/bin/sh", "-c", "exit 3"]
[checks.disks]                        # an item that is up, and one that is down
type = "disk"
mounts = ["/", "/nonexistent"]
[checks.expires_tomorrow]
type = "tls"
critical = true
host = "127.0.0.1"
port = {tomorrow}
tls = {{ verify = false }}
interval = "1s"
[checks.expires_in_a_week]
type = "tls"
host = "127.0.0.1"
port = {week}
tls = {{ verify = false }}
interval = "1s"
[checks.load]
type = "load"
[systemd]
bus = "unix:path=/nonexistent"   # this host's may have conflicts of its own
[checks.conflicts]
type = "conflicts"
[checks.backup]                       # is reported to
type = "heartbeat"
interval = "10m"
[checks.nightly]                      # is not
type = "heartbeat"
interval = "1s"
grace = "0s"
"""
LEAVES = '[checks.load]\ntype = "load"\ninterval = "200ms"\n'


class Server(servers.TimeSeries):
    def series(self, promql, span=None):
        """The labels of each series that has a value, now or within `span` seconds before."""
        now = time.time()
        if span is None:
            rows = self.ask("/api/v1/query", query=promql, time=now)["result"]
        else:
            rows = self.ask(
                "/api/v1/query_range", query=promql, start=now - span, end=now, step=1
            )["result"]
        found = []
        for row in rows:
            values = row.get("values", []) + ([row["value"]] if "value" in row else [])
            histograms = "histogram" in row or "histograms" in row
            if histograms or any(not math.isnan(float(value)) for _, value in values):
                found.append(row["metric"])
        return found


class World:
    """Two agents that check and are reported to, one that goes away, one that has nothing to do; a
    Prometheus that scrapes them.
    """

    def __init__(self, hale, prometheus, folder):
        self.began = time.time()
        self.folder = pathlib.Path(folder)
        ports = {
            "web": servers.web_server(),
            "closed": servers.closed_port(),
            "tomorrow": servers.tls_server(folder, 1),
            "week": servers.tls_server(folder, 7),
        }
        self.agents = [
            servers.Agent(
                hale,
                folder,
                name,
                AGENT.format(histograms=histograms, folder=folder, name=name, **ports),
            )
            for name, histograms in (("classic", "classic"), ("native", "native"))
        ]
        self.leaves = servers.Agent(hale, folder, "leaves", LEAVES)
        self.idle = servers.Agent(hale, folder, "idle", "[agent]\nlabels = { env = 'test' }\n")
        self._done = threading.Event()
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self._feeder.start()
        self.server = self._start(prometheus)

    def _start(self, prometheus):
        rules = self.folder / "rules"
        rules.mkdir()
        for path in (PROMETHEUS / "rules").glob("*.yml"):
            text = re.sub(r"^ *interval: \S+\n", "", path.read_text(), flags=re.M)
            (rules / path.name).write_text(re.sub(r"\bfor: \S+", "for: 1s", text))
        targets = ", ".join(
            f'"{agent.address}"' for agent in (*self.agents, self.leaves, self.idle)
        )
        text = (PROMETHEUS / "prometheus.yml").read_text()
        for old, new in (
            ("scrape_interval: 15s", "scrape_interval: 1s"),
            ("evaluation_interval: 15s", "evaluation_interval: 1s"),
            ('targets: ["127.0.0.1:4253"]', f"targets: [{targets}]"),
        ):
            if text.count(f" {old}") != 1:
                raise RuntimeError(f"prometheus.yml does not say {old}")
            text = text.replace(f" {old}", f" {new}")
        (self.folder / "prometheus.yml").write_text(text)
        return Server.start(
            lambda port: [prometheus, f"--config.file={self.folder}/prometheus.yml"]
            + [f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address=127.0.0.1:{port}"]
            + ["--enable-feature=native-histograms", "--log.level=warn"],
            folder=self.folder,
            ready="/-/ready",
        )

    def _feed(self):
        """Operations over StatsD and HTTP, some that fail, some that are slow, and a heartbeat."""
        lines = b"llm_chat:12|ms|#model:small\nllm_chat:90|ms|#model:large\nsearch:3|ms\n"
        failed = b"llm_chat:40|ms|#model:small,success:false,reason:timeout\nqueue:7|g\njobs:1|c"
        while not self._done.wait(0.2):
            for agent in self.agents:
                try:
                    servers.datagram(f"{self.folder}/{agent.name}.statsd", lines + failed)
                    agent.post(
                        "/api/v1/observe",
                        [
                            {"operation": "checkout", "duration_ms": 20, "success": True},
                            {"operation": "checkout", "duration_ms": 5, "success": False},
                        ],
                    )
                    agent.post("/api/v1/checks/backup/heartbeat", {"duration_ms": 1500})
                except (OSError, RuntimeError):
                    pass  # it is being held up; what is never taken shows, as there is no data then

    def make_trouble(self):
        """Once all were scraped: one agent leaves for good, two are held up, and then run late."""
        servers.eventually(lambda: len(self.server.series("hale_agent_info")) == 4)
        self.leaves.process.kill()
        for _ in range(2):
            for number, up in ((signal.SIGSTOP, 0), (signal.SIGCONT, 1)):
                for agent in self.agents:
                    agent.process.signal(number)
                for agent in self.agents:
                    self._await(f'up{{instance="{agent.address}"}} == {up}')

    def _await(self, promql):
        if not servers.eventually(lambda: self.server.series(promql)):
            raise RuntimeError(f"this does not come about: {promql}")

    def label_values(self, label, selector):
        return self.server.ask_get(
            f"/api/v1/label/{label}/values", {"match[]": selector, "start": self.began}
        )

    def mark(self, variable, value):
        """The kind of a choice in a dashboard. Who leaves or idles need not show anything."""
        if variable == "host":
            named = {agent.address: f"host={agent.name}" for agent in self.agents}
            return named.get(value)
        return f"{variable}=one"

    def span(self):
        return time.time() - self.began

    def end(self):
        self._done.set()
        self._feeder.join()
        for each in (self.server, *self.agents, self.leaves, self.idle):
            each.process.kill()
