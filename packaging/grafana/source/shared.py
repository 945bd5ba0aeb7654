"""Panels and variables that several dashboards have."""

from panels import (
    PLAIN,
    choice,
    column,
    datasource_variable,
    graph,
    link,
    query,
    some,
    stat,
    steps,
    table,
    variable,
)
from queries import JOB, burn_rate, quantile, status_of


PERCENTILES = {"p50": "light-blue", "p95": "blue", "p99": "purple"}
RESULTS = {"pass": "green", "warn": "yellow", "fail": "red", "unknown": "purple"}
BUDGET_LEFT = steps((None, "red"), (0, "orange"), (0.25, "yellow"), (0.5, "green"))
TO_HOST = [link("Host", "hale-host", host="__field.labels.instance")]


def burn_rates(kind, selector, by, legend):
    return graph(
        "Burn rate",
        (
            "How many times faster than allowed the error budget is being spent; at 1 it lasts"
            " exactly as long as the SLO's window. Alerts look at 14.4 over an hour, 6 over six"
            " hours, 3 over a day and 1 over three days."
        ),
        [
            query(burn_rate(kind, selector, by, window), f"{legend} {window}")
            for window in ("1h", "6h", "3d")
        ],
        lines=steps((None, "transparent"), (1, "yellow"), (6, "orange"), (14.4, "red")),
    )


def budget(kind, selector, by, legend):
    return graph(
        "Error budget left",
        (
            "What is left of the error budget in the SLO's window, as the agent counts; below zero"
            " the SLO is missed."
        ),
        query(f"min by ({by}) (hale_{kind}_slo_budget_remaining_ratio{{{selector}}})", legend),
        unit="percentunit",
        minimum=None,
        maximum=1,
        lines=steps((None, "red"), (0, "transparent")),
    )


def not_well(selector, where, links):
    """The checks that are not healthy, the worst first, with the reason of the last result."""
    who = "job, instance, check"
    bad = f'({status_of("hale_check_status", selector, who)} >= 3)'
    reason = f"max by ({who}, result, reason, phase) (hale_check_failing_info{{{selector}}})"
    queries = [
        query(
            f"{bad} * on ({who}) group_left (result, reason, phase) {reason} or on ({who}) {bad}",
            table=True,
        ),
        query(
            (
                f"1000 * max by ({who}) (hale_check_status_since_timestamp_seconds{{{selector}}})"
                f" and on ({who}) {bad}"
            ),
            table=True,
        ),
        query(
            f"max by ({who}, group, severity) (hale_check_info{{{selector}}}) and on ({who}) {bad}",
            table=True,
        ),
        query(
            f"max by ({who}) (hale_check_consecutive_failures{{{selector}}}) and on ({who}) {bad}",
            table=True,
        ),
        query(
            f"max by ({who}) (hale_check_suppressed{{{selector}}}) and on ({who}) {bad}", table=True
        ),
    ]
    columns = [column("A", "Status", status=True, width=100), column("check", "Check", links=links)]
    if where:
        columns.insert(
            1,
            column(
                "instance", "Host", links=[link("Host", "hale-host", host="__data.fields.instance")]
            ),
        )
    columns += [
        column("reason", "Reason", width=120),
        column("phase", "Phase", width=100),
        column("result", "Last result", width=100),
        column("B", "Since", unit="dateTimeFromNow", width=140),
        column("D", "Failures in a row", width=130, decimals=0),
        column("severity", "Severity", width=90),
        column("group", "Group", width=120),
        column(
            "E",
            "Suppressed",
            width=110,
            thresholds=steps((None, "text"), (1, "blue")),
            no_value="–",
        ),
    ]
    return table(
        "Not well now",
        (
            "Checks that are degraded, unknown or unhealthy, with the reason of the last result."
            " Suppressed ones (maintenance, dependency, ack, flapping: 1) do not alarm. Without a"
            " reason the last run was a pass and recovery is being confirmed."
        ),
        queries,
        columns,
        sort="Status",
    )


def problems(selector):
    return graph(
        "Problems by reason",
        "Runs that were not a pass, by their result and reason. Reasons are a closed list.",
        query(
            (
                "sum by (result, reason)"
                f" (increase(hale_check_problems_total{{{selector}}}[$__rate_interval])) > 0"
            ),
            "{{result}}: {{reason}}",
            min_step="1m",
        ),
        stacked=True,
        bars=True,
    )


def skipped(selector):
    return graph(
        "Skipped runs",
        (
            "Runs that were due but did not happen, by cause: late (their time had passed), running"
            " (the last one still ran), stuck (an earlier look hangs), or a breaker, rate limit or"
            " bulkhead."
        ),
        query(
            (
                "sum by (cause)"
                f" (increase(hale_check_skipped_total{{{selector}}}[$__rate_interval])) > 0"
            ),
            "{{cause}}",
            min_step="1m",
        ),
        stacked=True,
        bars=True,
    )


def count_stat(title, description, expr, color=None, unit=None):
    return stat(
        title,
        description,
        query(expr, instant=True),
        unit=unit,
        thresholds=some(color) if color else PLAIN,
        no_value="0",
    )


def agent_row(board, selector, legend):
    """What the agents themselves need and how they keep up."""
    board.row("Agent", collapsed=True)
    board.add(
        graph(
            "Scheduler lag p99",
            (
                "How late one run in a hundred starts. Above a second the host is overloaded or a"
                " check blocks the agent."
            ),
            query(
                quantile(
                    0.99, "hale_scheduler_lag_seconds", selector, "instance", "$__rate_interval"
                ),
                legend,
            ),
            unit="s",
            lines=steps((None, "transparent"), (1, "red")),
        ),
        8,
        7,
    )
    board.add(
        graph(
            "CPU",
            "Processor time of the agent; 1 is one core.",
            query(
                (
                    "sum by (instance)"
                    f" (rate(process_cpu_seconds_total{{{selector}}}[$__rate_interval]))"
                ),
                legend,
            ),
        ),
        8,
        7,
    )
    board.add(
        graph(
            "Memory",
            "Resident memory of the agent.",
            query(f"sum by (instance) (process_resident_memory_bytes{{{selector}}})", legend),
            unit="bytes",
        ),
        8,
        7,
    )
    board.add(
        graph(
            "File descriptors",
            "Open descriptors as a share of what the agent may open.",
            query(
                (
                    f"max by (instance) (process_open_fds{{{selector}}} /"
                    f" process_max_fds{{{selector}}})"
                ),
                legend,
            ),
            unit="percentunit",
            maximum=1,
        ),
        8,
        7,
    )
    board.add(
        graph(
            "Scrape duration",
            "How long Prometheus takes to fetch the metrics.",
            query(f"max by (instance) (scrape_duration_seconds{{{selector}}})", legend),
            unit="s",
        ),
        8,
        7,
    )
    board.add(
        graph(
            "Components",
            "0 where a component of the agent does not work.",
            query(
                f"min by (instance, component) (hale_component_up{{{selector}}})",
                "{{instance}} {{component}}",
            ),
            maximum=1,
        ),
        8,
        7,
    )


def base_variables(host_multi):
    return [
        datasource_variable(),
        variable("job", "Job", "label_values(hale_agent_info, job)", everything=True),
        variable(
            "host",
            "Host",
            f"label_values(hale_agent_info{{{JOB}}}, instance)",
            multi=host_multi,
            everything=host_multi,
        ),
    ]


def window(default="15m"):
    return choice("window", "Window", ["5m", "15m", "1h", "6h", "1d"], default)
