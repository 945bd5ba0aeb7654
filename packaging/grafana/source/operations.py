"""What applications report."""

from panels import Dashboard, RATIO_LOW, column, graph, heatmap, link, query, stat, table, variable
from queries import HOST, OPERATION, OPERATION_OK, buckets, operation_failures, quantile
from shared import BUDGET_LEFT, base_variables, budget, burn_rates, count_stat, window


def make():
    board = Dashboard(
        "hale-operations",
        "hale / Operations",
        "What applications report to hale: how often, how long, how reliably.",
        [
            *base_variables(True),
            variable(
                "operation",
                "Operation",
                f"label_values(hale_operations_total{{{HOST}}}, operation)",
                multi=True,
                everything=True,
            ),
            window(),
        ],
    )
    board.add(
        count_stat(
            "Operations",
            "Different operations that are reported.",
            f"count(count by (operation) (hale_operations_total{{{OPERATION}}}))",
        ),
        4,
        4,
    )
    board.add(
        stat(
            "Rate",
            "Operations a second.",
            query(f"sum(rate(hale_operations_total{{{OPERATION}}}[$window]))", instant=True),
            unit="ops",
        ),
        4,
        4,
    )
    board.add(
        stat(
            "Failing",
            "The share of operations that failed.",
            query(operation_failures(OPERATION), instant=True),
            unit="percentunit",
            thresholds=RATIO_LOW,
        ),
        4,
        4,
    )
    for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        board.add(
            stat(
                name,
                "Over all operations chosen, from the histograms.",
                query(quantile(q, "hale_operation_duration_seconds", OPERATION_OK), instant=True),
                unit="s",
            ),
            4,
            4,
        )
    by = "operation"

    def latency(q):
        return query(quantile(q, "hale_operation_duration_seconds", OPERATION_OK, by), table=True)

    board.add(
        table(
            "Operations",
            "Every operation over the hosts chosen; the figures are of the window chosen.",
            [
                query(
                    f"sum by ({by}) (rate(hale_operations_total{{{OPERATION}}}[$window]))",
                    table=True,
                ),
                query(operation_failures(OPERATION, by), table=True),
                latency(0.5),
                latency(0.95),
                latency(0.99),
                query(
                    f"min by ({by}) (hale_operation_slo_budget_remaining_ratio{{{OPERATION}}})",
                    table=True,
                ),
            ],
            [
                column(
                    "operation",
                    "Operation",
                    links=[
                        link(
                            "Only this one", "hale-operations", operation="__data.fields.operation"
                        )
                    ],
                ),
                column("A", "Rate", unit="ops", width=110),
                column("B", "Failing", unit="percentunit", width=100, thresholds=RATIO_LOW),
                column("C", "p50", unit="s", width=100),
                column("D", "p95", unit="s", width=100),
                column("E", "p99", unit="s", width=100),
                column(
                    "F", "Error budget left", unit="percentunit", width=140, thresholds=BUDGET_LEFT
                ),
            ],
            sort="Failing",
        ),
        24,
        8,
    )

    board.row("Why")
    board.add(
        graph(
            "Failing",
            "The share of each operation that failed.",
            query(operation_failures(OPERATION, by), "{{operation}}"),
            unit="percentunit",
        ),
        8,
        8,
    )
    board.add(
        graph(
            "Rate",
            "Operations a second.",
            query(
                f"sum by ({by}) (rate(hale_operations_total{{{OPERATION}}}[$__rate_interval]))",
                "{{operation}}",
            ),
            unit="ops",
            stacked=True,
        ),
        8,
        8,
    )
    board.add(
        graph(
            "Results",
            "Operations a second, by result.",
            query(
                f"sum by (result) (rate(hale_operations_total{{{OPERATION}}}[$__rate_interval]))",
                "{{result}}",
            ),
            unit="ops",
            stacked=True,
            colors={"ok": "green", "pass": "green", "failed": "red", "fail": "red"},
        ),
        8,
        8,
    )

    board.row("How long")
    for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        board.add(
            graph(
                f"{name} by operation",
                "Over the hosts chosen, from the histograms, over the window chosen.",
                query(
                    quantile(q, "hale_operation_duration_seconds", OPERATION_OK, by),
                    "{{operation}}",
                ),
                unit="s",
                log=True,
            ),
            8,
            8,
        )
    board.add(
        heatmap(
            "Durations",
            "How many operations took how long.",
            buckets("hale_operation_duration_seconds", OPERATION_OK),
        ),
        12,
        8,
    )
    board.add(
        graph(
            "The agents' own percentiles",
            "Of the agents' windows; the highest of the hosts chosen.",
            query(
                f"max by (operation, window, stat) (hale_operation_latency_seconds{{{OPERATION}}})",
                "{{operation}} {{window}} {{stat}}",
            ),
            unit="s",
        ),
        12,
        8,
    )

    board.row("How reliable")
    board.add(budget("operation", OPERATION, "operation, slo", "{{operation}} {{slo}}"), 12, 8)
    board.add(burn_rates("operation", OPERATION, "operation, slo", "{{operation}} {{slo}}"), 12, 8)
    return board
