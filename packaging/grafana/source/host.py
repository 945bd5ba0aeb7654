"""One host and its checks."""

from panels import (
    Dashboard,
    RATIO_HIGH,
    bars,
    column,
    graph,
    link,
    query,
    stat,
    status,
    steps,
    table,
    timeline,
)
from queries import HOST, HOST_OK, quantile, status_of, success_ratio
from shared import (
    BUDGET_LEFT,
    agent_row,
    base_variables,
    count_stat,
    not_well,
    problems,
    skipped,
    window,
)


def make():
    board = Dashboard(
        "hale-host",
        "hale / Host",
        "One host: its status, what is not well on it and why, and all of its checks.",
        [*base_variables(False), window()],
    )
    board.add(
        status(
            "Overall", "The overall status of the host.", status_of("hale_overall_status", HOST, "")
        ),
        4,
        4,
    )
    board.add(
        stat(
            "Score",
            (
                "From 0 to 100, for people and not for alarms; critical checks weigh four times as"
                " much."
            ),
            query(f"max(hale_health_score{{{HOST}}})", instant=True),
            thresholds=steps((None, "red"), (50, "orange"), (80, "yellow"), (95, "green")),
        ),
        2,
        4,
    )
    for name, color in (
        ("healthy", "green"),
        ("degraded", "yellow"),
        ("unhealthy", "red"),
        ("unknown", "purple"),
        ("pending", "blue"),
        ("paused", "text"),
    ):
        board.add(
            count_stat(
                name.capitalize(),
                f"Checks that are {name}.",
                f'sum(hale_check_status{{{HOST}, status="{name}"}})',
                color,
            ),
            2,
            4,
        )
    board.add(
        count_stat(
            "Suppressed",
            (
                "Checks that do not alarm: in maintenance, behind a dependency, acknowledged or"
                " flapping."
            ),
            f"count(max by (job, check) (hale_check_suppressed{{{HOST}}}) == 1)",
            "blue",
        ),
        2,
        4,
    )
    board.add(
        stat(
            "Agent",
            "The version of the agent, and its profile.",
            query(
                (
                    f"hale_build_info{{{HOST}}} * on (job, instance) group_left (profile)"
                    f" hale_agent_info{{{HOST}}}"
                ),
                "{{version}} {{profile}}",
                instant=True,
            ),
            text="name",
        ),
        2,
        4,
    )
    board.add(
        stat(
            "Running since",
            "When the agent started.",
            query(f"1000 * max(process_start_time_seconds{{{HOST}}})", instant=True),
            unit="dateTimeFromNow",
        ),
        2,
        4,
    )

    to_check = [link("Check", "hale-check", host="host", check="__data.fields.check")]
    board.add(not_well(HOST, False, to_check), 24, 7)
    board.add(
        timeline(
            "Status of each check over time",
            "A lane for each check.",
            status_of("hale_check_status", HOST, "instance, check"),
            "{{check}}",
            links=[
                link(
                    "Check",
                    "hale-check",
                    host="__field.labels.instance",
                    check="__field.labels.check",
                )
            ],
        ),
        24,
        10,
    )

    def by_check(expr):
        return query(f"max by (instance, check) ({expr})", table=True)

    def latency(name):
        return by_check(quantile(name, "hale_check_duration_seconds", HOST_OK, "instance, check"))

    board.add(
        table(
            "Checks",
            (
                "All checks. Percentiles are of the window chosen above, from the histograms; they"
                " are empty where no run got an answer."
            ),
            [
                query(status_of("hale_check_status", HOST, "instance, check"), table=True),
                query(
                    f"max by (instance, check, type, group, target) (hale_check_info{{{HOST}}})",
                    table=True,
                ),
                by_check(f"hale_check_last_duration_seconds{{{HOST}}}"),
                latency(0.5),
                latency(0.95),
                latency(0.99),
                query(success_ratio(HOST, "instance, check"), table=True),
                by_check(f"1000 * hale_check_last_run_timestamp_seconds{{{HOST}}}"),
                by_check(f"hale_check_interval_seconds{{{HOST}}}"),
                by_check(f"1000 * hale_check_status_since_timestamp_seconds{{{HOST}}}"),
            ],
            [
                column("A", "Status", status=True, width=100),
                column("check", "Check", links=to_check),
                column("type", "Type", width=90),
                column("group", "Group", width=110),
                column("target", "Target"),
                column("J", "Since", unit="dateTimeFromNow", width=130),
                column("C", "Last", unit="s", width=90),
                column("D", "p50", unit="s", width=90),
                column("E", "p95", unit="s", width=90),
                column("F", "p99", unit="s", width=90),
                column("G", "Success", unit="percentunit", width=90, thresholds=RATIO_HIGH),
                column("H", "Last run", unit="dateTimeFromNow", width=130),
                column("I", "Interval", unit="s", width=80),
            ],
            sort="Status",
        ),
        24,
        11,
    )

    board.row("Trends")
    board.add(problems(HOST), 8, 8)
    board.add(
        graph(
            "Duration of the last run",
            "Of each check, failed runs as well.",
            query(f"max by (check) (hale_check_last_duration_seconds{{{HOST}}})", "{{check}}"),
            unit="s",
            log=True,
        ),
        8,
        8,
    )
    board.add(skipped(HOST), 8, 8)
    board.add(
        table(
            "Items that are down",
            "Mounts, units, interfaces and the like, of checks that look at many.",
            query(f"hale_check_item_up{{{HOST}}} == 0", table=True),
            [column("check", "Check", links=to_check), column("item", "Item")],
        ),
        8,
        8,
    )
    board.add(
        bars(
            "Least error budget left",
            "Of the SLOs of this host's checks; below zero the SLO is missed.",
            f"sort(bottomk(12, hale_check_slo_budget_remaining_ratio{{{HOST}}}))",
            "{{check}} {{slo}}",
            "percentunit",
            BUDGET_LEFT,
            1,
        ),
        8,
        8,
    )
    board.add(
        table(
            "Findings",
            "What the agent concluded: conflicts, loops, risks.",
            query(f"hale_findings{{{HOST}}} > 0", table=True),
            [
                column("kind", "Kind"),
                column("check", "Check"),
                column("severity", "Severity", width=90),
                column("A", "Open", width=70),
            ],
        ),
        8,
        8,
    )
    agent_row(board, HOST, "{{instance}}")
    return board
