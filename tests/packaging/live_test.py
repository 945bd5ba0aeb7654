#!/usr/bin/env python3
"""A real Prometheus with the rules of packaging/prometheus scrapes real agents that have something
to tell: every query of every dashboard and every rule gives data, every alert that can fire does,
and the agents export the metrics that tests/packaging/metrics.txt lists.

usage: live_test.py HALE [ARGUMENTS OF unittest]
"""
import json
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import dashboards_test
import grafana_queries
import live_world
import servers


# What nothing can be shown of yet. One that gives data is taken off the list, or the test fails.
SUPPRESSION = "hale suppresses nothing yet"
FINDINGS = "it takes a systemd whose units are at odds: tests/systemd/conflicts_test.cc has one"
RELOAD = "hale does not reload its configuration yet"
RESILIENCE = "hale retries and limits nothing yet"
EMPTY_QUERIES = {
    "hale-hosts: Suppressed: A": SUPPRESSION,
    "hale-host: Suppressed: A": SUPPRESSION,
    "hale-hosts: Not well now: E": SUPPRESSION,
    "hale-host: Not well now: E": SUPPRESSION,
    "hale-check: What it is: B": SUPPRESSION,
    "hale-host: Findings: A": FINDINGS,
}
SILENT_ALERTS = {
    "HaleCheckFlapping": SUPPRESSION,
    "HaleConfigReloadFailed": RELOAD,
    "HaleFinding": FINDINGS,
    "HaleCheckStale": "an agent that answers runs its checks; see the test of what it compares",
}
ABSENT_METRICS = {
    "hale_check_suppressed": SUPPRESSION,
    "hale_breaker_state": RESILIENCE,
    "hale_breaker_transitions_total": RESILIENCE,
    "hale_breaker_rejected_total": RESILIENCE,
    "hale_retries_total": RESILIENCE,
    "hale_bulkhead_in_use": RESILIENCE,
    "hale_bulkhead_capacity": RESILIENCE,
    "hale_bulkhead_rejected_total": RESILIENCE,
    "hale_rate_limit_rejected_total": RESILIENCE,
    "hale_actions_total": "hale does not act yet",
    "hale_notifications_total": "hale notifies nobody yet",
    "hale_config_last_reload_successful": RELOAD,
    "hale_config_last_reload_success_timestamp_seconds": RELOAD,
}

# What shows nothing where one host is chosen, and it answers.
EMPTY_OF_ONE_HOST = {"hale-hosts: Not answering: A"}

# What the dashboard of one check shows of every check, also of one that is only reported to.
OF_EVERY_CHECK = [
    "Status",
    "Since",
    "Last result",
    "Failures in a row",
    "Last run",
    "Every",
    "Status over time",
    "What it is",
    "Results",
    "Durations",
    "Samples in the agent's windows",
]

HALE = WORLD = None


class Rules(unittest.TestCase):
    """As Prometheus itself evaluates them."""

    def rules(self, kind):
        groups = WORLD.server.get("/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"] if rule["type"] == kind]

    def test_every_rule_can_be_evaluated(self):
        rules = self.rules("recording") + self.rules("alerting")
        self.assertEqual(len(rules), len(list(dashboards_test.rules())))
        for rule in rules:
            with self.subTest(rule["name"]):
                self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""))

    def test_every_recording_rule_records(self):
        names = {rule["name"] for rule in self.rules("recording")}

        def empty():
            return sorted(name for name in names if not WORLD.server.series(name))

        servers.eventually(lambda: not empty())
        self.assertEqual(empty(), [])

    def test_every_alert_that_can_fire_does(self):
        def silent():
            """Of two rules of one name both have to."""
            return {
                (rule["name"], rule["query"])
                for rule in self.rules("alerting")
                if rule["state"] != "firing" and rule["name"] not in SILENT_ALERTS
            }

        servers.eventually(lambda: not silent())
        self.assertEqual(silent(), set())
        for rule in self.rules("alerting"):
            if rule["name"] in SILENT_ALERTS:
                self.assertEqual(
                    rule["state"], "inactive", f"{rule['name']} fires: take it off the list"
                )

    def test_alerts_say_what_they_mean(self):
        """The templates in them are filled in by what the agents export."""
        for rule in self.rules("alerting"):
            for alert in rule["alerts"]:
                for name, text in {**alert["annotations"], **alert["labels"]}.items():
                    with self.subTest(rule["name"], name=name):
                        self.assertNotIn("error expanding", text)
                        self.assertNotIn("<no value>", text)
                        self.assertNotIn("%!", text)

    def test_a_check_that_is_not_stale_is_not_for_want_of_data(self):
        (rule,) = [rule for rule in self.rules("alerting") if rule["name"] == "HaleCheckStale"]
        compared = rule["query"].split(" unless ")[0].replace(" > ", " > bool ")
        found = WORLD.server.query(compared)
        self.assertEqual({value for _, value in found}, {"0"})
        checks = {labels["check"] for labels, _ in found}
        self.assertIn("web", checks)
        self.assertNotIn("backup", checks, "a heartbeat has no runs that can be late")


class Queries(unittest.TestCase):
    """Of the dashboards, as Grafana asks them."""

    def test_every_query_gives_data(self):
        for name, board in dashboards_test.dashboards().items():
            choices = grafana_queries.Choices(board, WORLD.label_values, WORLD.mark)
            for variable in board["templating"]["list"]:
                if variable["type"] == "query":
                    with self.subTest(name, variable=variable["name"]):
                        self.assertTrue(choices.seen.get(variable["name"]))
            asked = list(grafana_queries.queries(board))
            self.assertTrue(asked)
            for query in asked:
                with self.subTest(query.where, query=query.expr):
                    self.judge(query, choices)
            self.judge_columns(board, asked)
            if name == "hale-check":
                self.judge_every_check(asked, choices.seen["check"])

    def ask(self, query, choices):
        query.ask(WORLD.server, choices, WORLD.span())

    def judge(self, query, choices):
        self.ask(query, choices)
        self.assertTrue(query.data, "nothing can be chosen")
        if query.where in EMPTY_QUERIES:
            self.assertFalse(any(query.data.values()), "it gives data: take it off the list")
            return
        if self.missed(query):  # what just began, or was not asked yet, may need a moment
            servers.eventually(lambda: self.ask(query, choices) or not self.missed(query), 10, 1)
        self.assertEqual(self.missed(query), [], "no data where this is chosen")
        self.assertLessEqual(query.named, query.labels, "labels that are shown")

    def missed(self, query):
        also_of_one_host = query.where not in EMPTY_OF_ONE_HOST
        return [kind for kind in query.empty() if also_of_one_host or "host=All" in kind]

    def judge_columns(self, board, asked):
        for table, name in grafana_queries.columns(board):
            its = [query for query in asked if query.where.startswith(f"{table}: ")]
            empty = [query for query in its if query.where in EMPTY_QUERIES]
            if empty == its or any(name in query.expr for query in empty):
                continue
            with self.subTest(table, column=name):
                self.assertIn(name, set().union(*(query.labels for query in its)))

    def judge_every_check(self, asked, checks):
        for title in OF_EVERY_CHECK:
            with self.subTest(title):
                (query,) = [q for q in asked if q.where == f"hale-check: {title}: A"]
                self.assertEqual(query.checks, checks)

    def test_the_lists_of_what_is_empty_name_what_there_is(self):
        wheres = {
            query.where
            for board in dashboards_test.dashboards().values()
            for query in grafana_queries.queries(board)
        }
        self.assertLessEqual(EMPTY_QUERIES.keys(), wheres)
        self.assertLessEqual(ABSENT_METRICS.keys(), dashboards_test.METRICS.keys())


def exposed(text):
    """name -> type, and name -> the sets of label names, of an exposition."""
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    labels = {}
    for name, block in re.findall(r"^([a-z0-9_]+)(?:\{(.*)\})? \S+$", text, re.M):
        found = frozenset(re.findall(r'([a-z0-9_]+)="(?:[^"\\]|\\.)*"', block))
        labels.setdefault(name, set()).add(found)
    return types, labels


def measured(hale):
    """The metrics that the check types declare."""
    said = subprocess.run([hale, "types", "--json"], check=True, capture_output=True, text=True)
    return {
        measurement["metric"]
        for kind in json.loads(said.stdout)["types"]
        for measurement in kind["measurements"]
        if measurement["metric"]
    }


class Metrics(unittest.TestCase):
    def test_are_those_of_the_list_with_type_and_labels(self):
        types, labels = {}, {}
        for agent in (*WORLD.agents, WORLD.idle):
            its_types, its_labels = exposed(agent.metrics())
            types.update(its_types)
            for name, found in its_labels.items():
                labels.setdefault(name, set()).update(found)
        for name, kind in dashboards_test.TYPES.items():
            with self.subTest(name):
                if name in ABSENT_METRICS:
                    self.assertNotIn(name, types, "it is exported: take it off the list")
                    continue
                self.assertIn(name, types if kind == "histogram" else labels, "nobody exports it")
                self.assertEqual(types.get(name, kind), kind)
                wanted = dashboards_test.METRICS[name]
                for found in labels.get(name, ()):
                    if "*" in wanted:
                        self.assertGreaterEqual(found, wanted - {"*"})
                    else:
                        self.assertEqual(found, wanted)
        own = {name for name in types if name.startswith("hale_statsd_")}
        self.assertEqual(own, {"hale_statsd_queue", "hale_statsd_jobs_total"})
        unlisted = types.keys() - dashboards_test.TYPES.keys() - own - measured(HALE)
        self.assertEqual(unlisted, set(), "metrics that tests/packaging/metrics.txt does not have")

    def test_are_as_promtool_wants_them(self):
        promtool = servers.program("promtool")
        self.assertTrue(promtool, "it comes with prometheus")
        for agent in WORLD.agents:
            said = subprocess.run(
                [promtool, "check", "metrics"],
                input=agent.metrics(),
                capture_output=True,
                text=True,
            )
            self.assertEqual((said.returncode, said.stdout + said.stderr), (0, ""))


def main():
    global HALE, WORLD
    HALE = sys.argv.pop(1)
    prometheus = servers.program("prometheus")
    if not prometheus:
        print("SKIPPED: there is no prometheus; packaging/setup test fetches it")
        return servers.SKIPPED
    with tempfile.TemporaryDirectory(prefix="hale-live-") as folder:
        WORLD = live_world.World(HALE, prometheus, folder)
        try:
            WORLD.make_trouble()
            return 0 if unittest.main(exit=False).result.wasSuccessful() else 1
        finally:
            WORLD.end()


if __name__ == "__main__":
    sys.exit(main())
