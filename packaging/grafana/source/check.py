"""One check in depth."""

from panels import (
    Dashboard,
    RATIO_HIGH,
    annotation,
    column,
    graph,
    heatmap,
    query,
    repeated,
    stat,
    status,
    steps,
    table,
    timeline,
    variable,
)
from queries import CHECK, CHECK_OK, HOST, buckets, percentiles, quantile, status_of, success_ratio
from shared import (
    PERCENTILES,
    RESULTS,
    TO_HOST,
    base_variables,
    budget,
    burn_rates,
    count_stat,
    problems,
    skipped,
    window,
)


def make():
    changed = annotation(
        "Status changes",
        (
            f"(1000 * hale_check_status_since_timestamp_seconds{{{CHECK}}}) * on (job, instance,"
            f" check) group_left (status) (hale_check_status{{{CHECK}}} == 1)"
        ),
        "{{instance}} {{check}}: {{status}}",
        "orange",
    )
    board = Dashboard(
        "hale-check",
        "hale / Check",
        (
            "One check in depth, on one host or several: status, why, how long and where the time"
            " goes."
        ),
        [
            *base_variables(True),
            variable("check", "Check", f"label_values(hale_check_info{{{HOST}}}, check)"),
            window(),
            variable(
                "measurement",
                "Measurement",
                (
                    'label_values({__name__=~"hale_.+",'
                    f' __name__!~"hale_(check|retries|breaker|findings|actions).*", {CHECK}}},'
                    " __name__)"
                ),
                multi=True,
                everything=True,
                hide=2,
            ),
        ],
        [changed],
    )
    board.add(
        status(
            "Status", "The worst over the hosts chosen.", status_of("hale_check_status", CHECK, "")
        ),
        4,
        4,
    )
    board.add(
        stat(
            "Since",
            "When the status changed last.",
            query(
                f"1000 * max(hale_check_status_since_timestamp_seconds{{{CHECK}}})", instant=True
            ),
            unit="dateTimeFromNow",
        ),
        3,
        4,
    )
    passed = (
        f'label_replace(0 * hale_check_last_run_timestamp_seconds{{{CHECK}}}, "result", "pass",'
        ' "", "")'
    )
    board.add(
        stat(
            "Last result",
            "With reason and phase, where the last run was not a pass.",
            query(
                f"hale_check_failing_info{{{CHECK}}} or on (job, instance, check) {passed}",
                "{{result}} {{reason}} {{phase}}",
                instant=True,
            ),
            text="name",
            thresholds=steps((None, "green"), (1, "red")),
        ),
        4,
        4,
    )
    board.add(
        count_stat(
            "Failures in a row",
            "The most over the hosts chosen.",
            f"max(hale_check_consecutive_failures{{{CHECK}}})",
            "red",
        ),
        2,
        4,
    )
    board.add(
        stat(
            "p95",
            "Of the window chosen, from the histogram, of runs that got an answer.",
            query(quantile(0.95, "hale_check_duration_seconds", CHECK_OK), instant=True),
            unit="s",
        ),
        3,
        4,
    )
    board.add(
        stat(
            "Success ratio",
            "(pass + warn) / (pass + warn + fail) in the window chosen.",
            query(success_ratio(CHECK, "check"), instant=True),
            unit="percentunit",
            thresholds=RATIO_HIGH,
        ),
        3,
        4,
    )
    board.add(
        stat(
            "Last run",
            "The latest of the hosts chosen.",
            query(f"1000 * max(hale_check_last_run_timestamp_seconds{{{CHECK}}})", instant=True),
            unit="dateTimeFromNow",
        ),
        3,
        4,
    )
    board.add(
        stat(
            "Every",
            "The interval, as in force now.",
            query(f"max(hale_check_interval_seconds{{{CHECK}}})", instant=True),
            unit="s",
        ),
        2,
        4,
    )
    board.add(
        timeline(
            "Status over time",
            "A lane for each host.",
            status_of("hale_check_status", CHECK, "instance"),
            "{{instance}}",
            links=TO_HOST,
        ),
        16,
        6,
    )
    board.add(
        table(
            "What it is",
            "Its type, target and group, and what suppresses it now.",
            [
                query(
                    (
                        "max by (instance, type, group, severity, target)"
                        f" (hale_check_info{{{CHECK}}})"
                    ),
                    table=True,
                ),
                query(f"max by (instance, by) (hale_check_suppressed{{{CHECK}}} == 1)", table=True),
            ],
            [
                column("instance", "Host"),
                column("type", "Type", width=80),
                column("target", "Target"),
                column("severity", "Severity", width=80),
                column("by", "Suppressed by", width=120),
            ],
        ),
        8,
        6,
    )

    board.row("Why")
    board.add(problems(CHECK), 8, 7)
    board.add(
        graph(
            "Results",
            "Runs by result.",
            query(
                f"sum by (result) (increase(hale_check_runs_total{{{CHECK}}}[$__rate_interval]))",
                "{{result}}",
                min_step="1m",
            ),
            stacked=True,
            bars=True,
            colors=RESULTS,
        ),
        8,
        7,
    )
    board.add(skipped(CHECK), 8, 7)
    board.add(
        timeline(
            "Items",
            (
                "Mounts, units, interfaces and the like: green while up. Empty for a check that"
                " looks at one thing."
            ),
            f"min by (instance, item) (hale_check_item_up{{{CHECK}}})",
            "{{instance}} {{item}}",
            mappings=[
                {
                    "type": "value",
                    "options": {
                        "0": {"text": "down", "color": "red", "index": 0},
                        "1": {"text": "up", "color": "green", "index": 1},
                    },
                }
            ],
        ),
        16,
        7,
    )
    board.add(
        graph(
            "Changes of status",
            "How often each change happened; many of them mean that the check flaps.",
            query(
                (
                    "sum by (from, to)"
                    f" (increase(hale_check_transitions_total{{{CHECK}}}[$__rate_interval])) > 0"
                ),
                "{{from}} → {{to}}",
                min_step="1m",
            ),
            stacked=True,
            bars=True,
        ),
        8,
        7,
    )

    board.row("How long")
    board.add(
        graph(
            "Percentiles over all hosts chosen",
            (
                "From the histograms, over the window chosen, of runs that got an answer; the"
                " dashed line is the timeout."
            ),
            [
                *percentiles("hale_check_duration_seconds", CHECK_OK),
                query(f"max(hale_check_timeout_seconds{{{CHECK}}})", "timeout"),
            ],
            unit="s",
            log=True,
            colors={**PERCENTILES, "timeout": "red"},
            dashed=["timeout"],
        ),
        12,
        8,
    )
    board.add(
        heatmap(
            "Durations",
            "How many runs took how long, of those that got an answer.",
            buckets("hale_check_duration_seconds", CHECK_OK),
        ),
        12,
        8,
    )
    board.add(
        graph(
            "Where the time goes",
            "The phases of the last run, the mean over the hosts chosen.",
            query(f"avg by (phase) (hale_check_last_phase_seconds{{{CHECK}}})", "{{phase}}"),
            unit="s",
            stacked=True,
        ),
        12,
        8,
    )
    board.add(
        graph(
            "The last run of each host",
            "Failed runs as well.",
            query(
                f"max by (instance) (hale_check_last_duration_seconds{{{CHECK}}})", "{{instance}}"
            ),
            unit="s",
        ),
        12,
        8,
    )
    for name in PERCENTILES:
        board.add(
            graph(
                f"The agent's own {name}",
                (
                    f"{name} of the agent's windows, exact as far as it keeps every sample, for"
                    " each host."
                ),
                query(
                    (
                        f"max by (instance, window) (hale_check_latency_seconds{{{CHECK},"
                        f' stat="{name}"}})'
                    ),
                    "{{instance}} {{window}}",
                ),
                unit="s",
            ),
            6,
            7,
        )
    board.add(
        graph(
            "Samples in the agent's windows",
            (
                "How many runs the agent's percentiles are of. Below 20 a p95 and below 100 a p99"
                " is just the slowest run."
            ),
            query(
                f"min by (instance, window) (hale_check_window_samples{{{CHECK}}})",
                "{{instance}} {{window}}",
            ),
        ),
        6,
        7,
    )

    board.row("How reliable")
    board.add(
        graph(
            "Success ratio",
            (
                "(pass + warn) / (pass + warn + fail) in the agent's windows; the lowest of the"
                " hosts chosen."
            ),
            query(f"min by (window) (hale_check_success_ratio{{{CHECK}}})", "{{window}}"),
            unit="percentunit",
            minimum=None,
            maximum=1,
        ),
        8,
        8,
    )
    board.add(budget("check", CHECK, "instance, slo", "{{instance}} {{slo}}"), 8, 8)
    board.add(burn_rates("check", CHECK, "slo", "{{slo}}"), 8, 8)

    board.row("What it measures")
    board.add(
        repeated(
            graph(
                "$measurement",
                "A measurement of this check, as it exports it; base units.",
                query(f'{{__name__="$measurement", {CHECK}}}', "__auto"),
                minimum=None,
            ),
            "measurement",
            4,
        ),
        6,
        7,
    )
    return board
