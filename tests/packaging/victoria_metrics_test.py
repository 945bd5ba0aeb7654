#!/usr/bin/env python3
"""VictoriaMetrics scrapes an agent, by the text format, and says the same as the agent's own API.

usage: victoria_metrics_test.py HALE [ARGUMENTS OF unittest]
"""
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import servers

AGENT = """
[metrics]
histograms = "classic"
[statsd]
listen = "unix:{folder}/statsd"
[operations]
labels = ["model"]
[defaults]
interval = "100ms"
[checks.web]
type = "http"
url = "http://127.0.0.1:{web}/shaky"
fall = 1
rise = 1
[checks.web.slo]
success = "50%"
latency_p95 = "1s"
[checks.odd]
type = "exec"
command = ["/bin/echo", "fine | users=3"]
description = 'a \\ and a "'
labels = {{ team = 'back\\slash "quoted" é' }}
"""
CHECKS = ("web", "odd")
CALLS = [
    {"operation": "llm_chat", "duration_ms": duration, "labels": {"model": "x"}}
    for duration in (10, 20, 90)
]

WORLD = None


class World:
    """An agent that has run for a while, and VictoriaMetrics, which scrapes it."""

    def __init__(self, hale, program, folder):
        self.agent = servers.Agent(
            hale, folder, "agent", AGENT.format(folder=folder, web=servers.web_server())
        )
        with open(f"{folder}/scrape.yml", "w") as file:
            file.write(
                "global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: hale\n"
                f"    static_configs: [{{targets: ['{self.agent.address}']}}]\n"
            )
        self.server = servers.TimeSeries.start(
            lambda port: [program, f"-promscrape.config={folder}/scrape.yml"]
            + [f"-storageDataPath={folder}/data", f"-httpListenAddr=127.0.0.1:{port}"]
            + ["-search.latencyOffset=0s", "-search.disableCache", "-loggerLevel=WARN"],
            folder,
            "/health",
        )
        self.agent.post("/api/v1/observe", CALLS)
        enough = servers.eventually(
            lambda: all(
                self.agent.get(f"/api/v1/checks/{name}")["runs"]["total"] >= 20 for name in CHECKS
            )
        )
        if not enough:
            raise RuntimeError("the checks do not run")

    def stop(self):
        """No check runs any more: what is asked afterwards changes no more."""
        for name in CHECKS:
            self.agent.post(f"/api/v1/checks/{name}/pause")
        return {name: self.agent.get(f"/api/v1/checks/{name}") for name in CHECKS}

    def end(self):
        self.server.process.kill()
        self.agent.process.kill()


class VictoriaMetrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.checks = WORLD.stop()

    def agree(self, promql, wanted):
        """One series, whose value comes to be the one that the API gives, to a microsecond."""

        def told():
            return [float(value) for _, value in WORLD.server.query(promql)]

        servers.eventually(lambda: len(told()) == 1 and abs(told()[0] - wanted) < 1e-6)
        self.assertEqual(len(told()), 1, promql)
        self.assertAlmostEqual(told()[0], wanted, msg=promql, delta=1e-6)

    def test_reads_every_scrape_without_an_error(self):
        self.agree("up", 1)
        text = WORLD.agent.metrics()
        samples = sum(1 for line in text.splitlines() if line and not line.startswith("#"))
        self.agree("scrape_samples_scraped", samples)

    def test_counts_the_runs_as_the_api_does(self):
        for name, check in self.checks.items():
            for result in ("pass", "warn", "fail", "unknown"):
                self.agree(
                    f'hale_check_runs_total{{check="{name}", result="{result}"}}',
                    check["runs"][result],
                )
            self.agree(f'hale_check_status{{check="{name}", status="paused"}}', 1)
        self.assertGreater(self.checks["web"]["runs"]["fail"], 0)

    def test_has_the_percentiles_of_the_api(self):
        for name, check in self.checks.items():
            for window, latency in check["latency"].items():
                labels = f'check="{name}", window="{window}"'
                self.agree(f"hale_check_window_samples{{{labels}}}", latency["samples"])
                for stat in ("p50", "p95", "p99"):
                    self.agree(
                        f'hale_check_latency_seconds{{{labels}, stat="{stat}"}}',
                        latency[f"{stat}_ms"] / 1000,
                    )

    def test_finds_the_percentiles_of_the_api_in_the_histogram(self):
        """To within a bucket, which is an octave wide."""
        for name, check in self.checks.items():
            buckets = f'hale_check_duration_seconds_bucket{{check="{name}", result="ok"}}'
            self.agree(
                f'hale_check_duration_seconds_count{{check="{name}", result="ok"}}',
                check["latency"]["1h"]["samples"],
            )
            for share, stat in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99")):
                ((_, told),) = WORLD.server.query(f"histogram_quantile({share}, {buckets})")
                exact = check["latency"]["1h"][f"{stat}_ms"] / 1000
                self.assertLessEqual(0.5 * exact, float(told), f"{name} {stat}")
                self.assertLessEqual(float(told), 2 * exact, f"{name} {stat}")

    def test_has_the_objectives_of_the_api(self):
        objectives = self.checks["web"]["slo"]
        for slo in ("success", "latency_p95"):
            said = objectives[slo]
            labels = f'{{check="web", slo="{slo}"}}'
            self.agree(f"hale_check_slo_events_total{labels}", said["total"])
            self.agree(f"hale_check_slo_good_events_total{labels}", said["good"])
            self.agree(f"hale_check_slo_objective_ratio{labels}", said["objective"])
            self.agree(
                f"hale_check_slo_budget_remaining_ratio{labels}", said["budget_remaining"]
            )

    def test_has_the_operations_of_the_api(self):
        (operation,) = WORLD.agent.get("/api/v1/operations")["operations"]
        labels = 'operation="llm_chat", model="x"'
        self.agree(f'hale_operations_total{{{labels}, result="pass"}}', len(CALLS))
        latency = operation["latency"]["1h"]
        self.agree(
            f'hale_operation_latency_seconds{{{labels}, window="1h", stat="p50"}}',
            latency["p50_ms"] / 1000,
        )

    def test_reads_a_label_that_has_to_be_escaped(self):
        ((labels, _),) = WORLD.server.query('hale_check_info{check="odd"}')
        self.assertEqual(labels["team"], 'back\\slash "quoted" é')


def main():
    global WORLD
    hale = sys.argv.pop(1)
    program = servers.program("victoria-metrics")
    if not program:
        print("SKIPPED: there is no victoria-metrics; packaging/setup test fetches it")
        return servers.SKIPPED
    with tempfile.TemporaryDirectory(prefix="hale-vm-") as folder:
        WORLD = World(hale, program, folder)
        try:
            return 0 if unittest.main(exit=False).result.wasSuccessful() else 1
        finally:
            WORLD.end()


if __name__ == "__main__":
    sys.exit(main())
