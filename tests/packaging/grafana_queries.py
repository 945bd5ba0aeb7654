"""Dashboards as Grafana asks them: what the variables can be, and what becomes of a query."""
import re

from dashboards_test import panels

MIN_STEP = {None: "10s", "1m": "1m"}  # $__rate_interval, by the least step that a target asks for


def escape_plain(value):
    return value.replace("\\", "\\\\").replace('"', '\\"')


def escape_regex(value):
    """For a string in PromQL that is a regular expression: each escape is escaped once more."""
    value = value.replace("\\", "\\\\\\\\")
    return re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", value)


def interpolate(text, values, min_step=None):
    known = {"__interval": "1s", "__rate_interval": MIN_STEP[min_step], **values}
    return re.sub(r"\$\{?(\w+)\}?", lambda match: known[match[1]], text)


def takes_several(variable):
    return variable.get("multi") or variable.get("includeAll")


def one(variable, value):
    return escape_regex(value) if takes_several(variable) else escape_plain(value)


def every(variable, values):
    escaped = [one(variable, value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


class Choices:
    """All that can be chosen at the top of a dashboard: All where there is one, and each value."""

    def __init__(self, board, label_values, mark):
        self.label_values = label_values  # (label, selector) -> values
        self.mark = mark  # (variable, value) -> its kind; None: one that need not have data
        self.repeated = {panel["repeat"] for panel in panels(board) if "repeat" in panel}
        self.seen = {}  # variable -> the values that it had, over all choices
        self.all = list(self._choose(board["templating"]["list"], {}, ()))

    def _options(self, variable, chosen):
        if variable["type"] == "custom":
            return [variable["current"]["value"]]
        selector, label = re.fullmatch(
            r"label_values\((.*), (\w+)\)", variable["query"]["query"]
        ).groups()
        return self.label_values(label, interpolate(selector, chosen))

    def _choose(self, variables, chosen, kind):
        """(values, kind): the kind says what is All and what is one. None: nothing is expected."""
        if not variables:
            yield chosen, None if None in kind else " ".join(kind)
            return
        variable, rest = variables[0], variables[1:]
        name = variable["name"]
        if variable["type"] == "datasource":
            yield from self._choose(rest, chosen, kind)
            return
        options = self._options(variable, chosen)
        if not options and name not in self.repeated:
            return  # with nothing to choose there is nothing to show
        self.seen.setdefault(name, set()).update(options)
        # A repeated panel is given one value after the other.
        has_all = variable.get("includeAll") and name not in self.repeated
        if has_all:
            text = every(variable, options)
            yield from self._choose(rest, {**chosen, name: text}, (*kind, f"{name}=All"))
        for option in options or [""]:
            marks = (*kind, self.mark(name, option))
            yield from self._choose(rest, {**chosen, name: one(variable, option)}, marks)


class Query:
    """One query of a dashboard, and what its answers had."""

    def __init__(self, where, expr, instant, min_step=None, legend=""):
        self.where, self.expr, self.instant, self.min_step = where, expr, instant, min_step
        self.named = set(re.findall(r"\{\{(\w+)\}\}", legend))  # labels that are shown
        self.labels = set()  # labels that there were
        self.checks = set()  # those of which there was data, of the dashboard of one check
        self.data = {}  # kind of choice -> whether one of that kind gave data

    def ask(self, server, choices, span):
        answers = {}  # many choices come to the same
        for values, kind in choices.all:
            text = interpolate(self.expr, values, self.min_step)
            if text not in answers:
                answers[text] = server.series(text, None if self.instant else span)
            self.labels.update(*answers[text])
            if kind is not None:
                self.data[kind] = self.data.get(kind, False) or bool(answers[text])
            if answers[text]:
                self.checks.add(values.get("check"))

    def empty(self):
        return [kind for kind, found in self.data.items() if not found]


def queries(board):
    for panel in panels(board):
        for target in panel.get("targets", []):
            yield Query(
                f'{board["uid"]}: {panel["title"]}: {target["refId"]}',
                target["expr"],
                target["instant"],
                target.get("interval"),
                target["legendFormat"],
            )
    for mark in board["annotations"]["list"]:
        if "expr" in mark:
            yield Query(
                f'{board["uid"]}: annotation {mark["name"]}',
                mark["expr"],
                False,
                legend=mark["titleFormat"],
            )


def columns(board):
    """(where of its table, name) of the columns that are labels."""
    for panel in panels(board):
        if panel["type"] == "table":
            for name in panel["transformations"][1]["options"]["include"]["names"]:
                if not name.startswith("Value"):
                    yield f'{board["uid"]}: {panel["title"]}', name
