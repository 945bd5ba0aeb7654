#!/usr/bin/env python3
"""The Grafana dashboards, and the metrics that they, the rules and the alerts are made of.

usage: dashboards_test.py            run the tests
       dashboards_test.py --rules    print every query of the dashboards as a file of rules, which
                                     prometheus_test.sh has judged by promtool
"""
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRAFANA = ROOT / "packaging/grafana"
RULES = ROOT / "packaging/prometheus/rules"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
PROMETHEUS_OWN = {"up": set(), "scrape_duration_seconds": set()}
TARGET_LABELS = {"job", "instance", "__name__"}
BUILT_IN_VARIABLES = {
    "__rate_interval",
    "__interval",
    "__url_time_range",
    "__field",
    "__data",
    "__all",
}


def load_metrics():
    metrics, types = dict(PROMETHEUS_OWN), {}
    for line in (ROOT / "tests/packaging/metrics.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, kind, labels = line.split()
            types[name] = kind
            metrics[name] = set() if labels == "-" else set(labels.split(","))
            if kind == "histogram":
                for suffix in ("_bucket", "_sum", "_count"):
                    metrics[name + suffix] = metrics[name] | (
                        {"le"} if suffix == "_bucket" else set()
                    )
                    types[name + suffix] = "counter"
    return metrics, types


METRICS, TYPES = load_metrics()


def dashboards():
    return {
        path.stem: json.loads(path.read_text())
        for path in sorted((GRAFANA / "dashboards").glob("*.json"))
    }


def panels(board):
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", [])


def dashboard_queries(board):
    """(where, query) of panels, annotations and variables."""
    for panel in panels(board):
        for target in panel.get("targets", []):
            yield f'{board["uid"]}: {panel["title"]}', target["expr"]
    for mark in board["annotations"]["list"]:
        if "expr" in mark:
            yield f'{board["uid"]}: annotation {mark["name"]}', mark["expr"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            where = f'{board["uid"]}: variable {variable["name"]}'
            selector, label = re.fullmatch(
                r"label_values\((.*), (\w+)\)", variable["query"]["query"]
            ).groups()
            yield where, f"count by ({label}) ({selector})"


def rule_queries():
    """(where, query) of rules, and of the templates in alerts. Reads the YAML as these files write it."""
    for path in sorted(RULES.glob("*.yml")):
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines):
            found = re.match(r"( *)expr: (.*)", line)
            if not found:
                continue
            indent, expr = len(found[1]), found[2]
            if expr == "|":
                block = itertools.takewhile(
                    lambda l: not l or len(l) - len(l.lstrip()) > indent, lines[number + 1 :]
                )
                expr = "\n".join(block)
            yield f"{path.name}:{number + 1}", expr
        for template in re.findall(r"printf `(.*?)`", path.read_text()):
            yield f"{path.name}: template", template.replace("%q", '"x"')


def rules():
    """(kind, name) of each rule."""
    for path in RULES.glob("*.yml"):
        yield from re.findall(r"^ *- (record|alert): (\S+)", path.read_text(), re.M)


def recorded():
    return {name for kind, name in rules() if kind == "record"}


def selectors(query):
    """(metric, labels of its matchers, whether a range), and the labels that the query names elsewhere."""
    named = set()
    query = re.sub(r"#.*", "", query)
    query = re.sub(r'"(?:[^"\\]|\\.)*"', '""', query)

    def take(match):
        named.update(re.findall(r"\w+", match[1]))
        return " "

    query = re.sub(
        r"\b(?:by|on|without|ignoring|group_left|group_right) *\(([^()]*)\)", take, query
    )
    found = []
    for match in re.finditer(r"([a-zA-Z_:][\w:]*)? *(?:\{([^}]*)\})? *(\[[^\]]*\])?", query):
        name, matchers, span = match.groups()
        if name is None and matchers is None:
            continue
        if name in {"and", "or", "unless", "bool", "offset"} or query[
            match.end() :
        ].lstrip().startswith("("):
            continue
        found.append((name, set(re.findall(r"(\w+) *(?:=~|!~|!=|=)", matchers or "")), bool(span)))
    return found, named


class Expressions(unittest.TestCase):
    def queries(self):
        yield from rule_queries()
        for board in dashboards().values():
            yield from dashboard_queries(board)

    def test_what_a_query_is_made_of_is_found(self):
        found, named = selectors(
            'sum by (check, le) (rate(a_bucket{x=~"b{c}", y!="d"}[5m])) * on (job) group_left () up'
            " > 2 unless e:f:g"
        )
        self.assertEqual(
            found, [("a_bucket", {"x", "y"}, True), ("up", set(), False), ("e:f:g", set(), False)]
        )
        self.assertEqual(named, {"check", "le", "job"})

    def test_there_are_queries_of_all_kinds(self):
        wheres = [where for where, _ in self.queries()]
        for part in (
            "hale_alerts.yml:",
            "hale_recording.yml:",
            "hale_alerts.yml: template",
            "hale-check: annotation",
            "hale-host: variable",
        ):
            self.assertTrue(any(part in where for where in wheres), part)

    def test_every_metric_is_one_that_the_agent_has(self):
        known = METRICS.keys() | recorded()
        for where, query in self.queries():
            for name, matchers, _ in selectors(query)[0]:
                if name is None:
                    self.assertIn("__name__", matchers, where)
                else:
                    self.assertIn(name, known, where)

    def test_every_label_is_one_that_the_metric_has(self):
        for where, query in self.queries():
            found, named = selectors(query)
            if any(name is None for name, _, _ in found) or any(
                name not in METRICS for name, _, _ in found
            ):
                continue
            for name, matchers, _ in found:
                if "*" not in METRICS[name] and not name.startswith(
                    "hale_operation_duration_seconds"
                ):
                    self.assertLessEqual(matchers, METRICS[name] | TARGET_LABELS, where)
            everything = set().union(*(METRICS[name] for name, _, _ in found))
            if "*" not in everything:
                self.assertLessEqual(named, everything | TARGET_LABELS, where)

    def test_rates_are_of_counters_and_nothing_else(self):
        for where, query in self.queries():
            for function, name in re.findall(r"(\w+)\(([a-z_]+)(?:\{[^}]*\})?\[", query):
                kind = TYPES.get(name)
                self.assertIn(function, {"rate", "increase"}, where)
                self.assertIn(kind, {"counter", "histogram"}, f"{where}: {name}")


class Dashboards(unittest.TestCase):
    def test_the_files_are_what_the_generator_makes(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, GRAFANA / "generate", folder], check=True)
            made = {path.name: path.read_text() for path in pathlib.Path(folder).iterdir()}
        there = {path.name: path.read_text() for path in (GRAFANA / "dashboards").iterdir()}
        self.assertEqual(made.keys(), there.keys())
        for name in made:
            self.assertTrue(
                made[name] == there[name], f"{name} is out of date: run packaging/grafana/generate"
            )

    def test_identity(self):
        for stem, board in dashboards().items():
            self.assertEqual(board["uid"], stem)
            self.assertIsNone(board["id"])
            self.assertIn("hale", board["tags"])
            self.assertTrue(board["title"] and board["description"])
            self.assertEqual(board["schemaVersion"], 38)
        self.assertEqual(
            set(dashboards()), {"hale-hosts", "hale-host", "hale-check", "hale-operations"}
        )

    def test_every_panel_has_an_id_a_title_and_says_what_it_tells(self):
        for board in dashboards().values():
            ids = [panel["id"] for panel in panels(board)]
            self.assertEqual(len(ids), len(set(ids)), board["uid"])
            for panel in panels(board):
                where = f'{board["uid"]}: {panel["title"]}'
                self.assertTrue(panel["title"], where)
                if panel["type"] != "row":
                    self.assertTrue(panel["description"], where)
                    self.assertTrue(panel["targets"], where)
                    self.assertTrue(
                        all(target["expr"].strip() for target in panel["targets"]), where
                    )
                    refs = [target["refId"] for target in panel["targets"]]
                    self.assertEqual(len(refs), len(set(refs)), where)

    def test_no_panel_lies_on_another_or_beyond_the_edge(self):
        for board in dashboards().values():
            taken = {}
            for panel in panels(board):
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
                for cell in itertools.product(
                    range(place["x"], place["x"] + place["w"]),
                    range(place["y"], place["y"] + place["h"]),
                ):
                    self.assertNotIn(
                        cell, taken, f'{board["uid"]}: {panel["title"]} lies on {taken.get(cell)}'
                    )
                    taken[cell] = panel["title"]

    def test_no_line_of_panels_has_a_gap(self):
        for board in dashboards().values():
            used = {}
            for panel in panels(board):
                used.setdefault(panel["gridPos"]["y"], []).append(panel)
            for line in used.values():
                if not any("repeat" in panel for panel in line):
                    self.assertEqual(
                        sum(panel["gridPos"]["w"] for panel in line),
                        24,
                        f'{board["uid"]}: {line[0]["title"]}',
                    )
                    self.assertEqual(
                        len({panel["gridPos"]["h"] for panel in line}),
                        1,
                        f'{board["uid"]}: {line[0]["title"]}',
                    )

    def test_every_data_source_is_the_one_chosen(self):
        def walk(value, where):
            if isinstance(value, dict):
                if "datasource" in value and where != ("annotations", 0):
                    self.assertEqual(value["datasource"], SOURCE)
                for key, inner in value.items():
                    walk(inner, (key, 0) if key == "annotations" else where)
            elif isinstance(value, list):
                for i, inner in enumerate(value):
                    walk(inner, (where[0], i) if where and where[0] == "annotations" else where)

        for board in dashboards().values():
            walk(board, None)
            for panel in panels(board):
                if panel["type"] != "row":
                    self.assertIn("datasource", panel)

    def test_every_variable_that_is_used_is_there(self):
        for board in dashboards().values():
            defined = {variable["name"] for variable in board["templating"]["list"]}
            used = set(re.findall(r"\$\{?(\w+)", json.dumps(board)))
            self.assertLessEqual(used, defined | BUILT_IN_VARIABLES, board["uid"])
            self.assertLessEqual(defined, used, f'{board["uid"]}: a variable that nothing uses')

    def test_variables_are_defined_before_they_are_used(self):
        for board in dashboards().values():
            before = set()
            for variable in board["templating"]["list"]:
                used = set(re.findall(r"\$\{?(\w+)", json.dumps(variable)))
                self.assertLessEqual(used, before | BUILT_IN_VARIABLES, variable["name"])
                before.add(variable["name"])

    def test_links_lead_to_dashboards_that_are_there_and_set_variables_that_they_have(self):
        boards = dashboards()
        for board in boards.values():
            for uid, url in re.findall(r'"/d/([\w-]+)(\?[^"]*)"', json.dumps(board)):
                self.assertIn(uid, boards)
                defined = {variable["name"] for variable in boards[uid]["templating"]["list"]}
                self.assertLessEqual(
                    set(re.findall(r"var-(\w+)=", url)), defined, f'{board["uid"]} to {uid}'
                )

    def test_columns_of_tables_are_there(self):
        """A column is the value of a query, or a label that one of the queries keeps."""
        for board in dashboards().values():
            for panel in panels(board):
                if panel["type"] != "table":
                    continue
                letters = {target["refId"] for target in panel["targets"]}
                values = (
                    {"Value"} if len(letters) == 1 else {f"Value #{letter}" for letter in letters}
                )
                labels = set()
                for target in panel["targets"]:
                    found, named = selectors(target["expr"])
                    labels |= (
                        named.union(*(METRICS.get(name, set()) for name, _, _ in found))
                        | TARGET_LABELS
                    )
                shown = set(panel["transformations"][1]["options"]["include"]["names"])
                self.assertLessEqual(shown, values | labels, panel["title"])
                linked = set(re.findall(r"\$\{__data\.fields\.(\w+)", json.dumps(panel)))
                self.assertLessEqual(linked, shown, panel["title"])


def print_rules():
    print("groups:\n  - name: dashboards\n    rules:")
    values = {
        "__rate_interval": "1m",
        "__interval": "1m",
        "window": "15m",
        "measurement": "hale_measured",
    }
    for board in dashboards().values():
        for i, (where, query) in enumerate(dashboard_queries(board)):
            query = re.sub(r"\$(\w+)", lambda match: values.get(match[1], "x"), query)
            print(
                f"      - record: {board['uid'].replace('-', '_')}:{i}  # {where}\n        expr:"
                f" {json.dumps(query)}"
            )


if __name__ == "__main__":
    if sys.argv[1:] == ["--rules"]:
        print_rules()
    else:
        unittest.main()
