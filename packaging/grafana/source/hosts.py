"""All hosts: which are not well, and why."""

from panels import (
    Dashboard,
    RATIO_HIGH,
    bars,
    column,
    graph,
    link,
    query,
    some,
    steps,
    table,
    timeline,
)
from queries import HOST, HOST_OK, quantile, status_of, success_ratio
from shared import (
    BUDGET_LEFT,
    TO_HOST,
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
        "hale-hosts",
        "hale / Hosts",
        "All hosts at a glance: which are not well, and why.",
        [*base_variables(True), window()],
    )
    board.add(
        count_stat("Hosts", "Hosts whose agent reports.", f"count(hale_agent_info{{{HOST}}})"), 3, 4
    )
    for name, color in (
        ("healthy", "green"),
        ("degraded", "yellow"),
        ("unhealthy", "red"),
        ("unknown", "purple"),
    ):
        board.add(
            count_stat(
                name.capitalize(),
                f"Hosts whose overall status is {name}.",
                f'sum(hale_overall_status{{{HOST}, status="{name}"}})',
                color,
            ),
            3,
            4,
        )
    board.add(
        count_stat(
            "Not answering",
            "Hosts that Prometheus cannot scrape: their checks cannot alarm.",
            f"count(up{{{HOST}}} == 0)",
            "red",
        ),
        3,
        4,
    )
    board.add(
        count_stat(
            "Checks down",
            "Checks that are unhealthy; one that turned unknown counts as what it was before.",
            f"count(hale_check_up{{{HOST}}} == 0)",
            "red",
        ),
        3,
        4,
    )
    board.add(
        count_stat(
            "Suppressed",
            (
                "Checks that do not alarm: in maintenance, behind a dependency, acknowledged or"
                " flapping."
            ),
            f"count(max by (job, instance, check) (hale_check_suppressed{{{HOST}}}) == 1)",
            "blue",
        ),
        3,
        4,
    )

    # The agent's word, or else that there is none.
    overall = (
        status_of("hale_overall_status", HOST, "instance")
        + f" or on (instance) 6 + (max by (instance) (up{{{HOST}}}) == 0)"
    )

    def by_status(name):
        return f'sum by (instance) (hale_check_status{{{HOST}, status="{name}"}})'

    board.add(
        table(
            "Hosts",
            (
                "Every host, the worst first: its overall status, its score, and how many of its"
                " checks are not well."
            ),
            [
                query(overall, table=True),
                query(f"max by (instance) (hale_health_score{{{HOST}}})", table=True),
                query(by_status("unhealthy"), table=True),
                query(by_status("degraded"), table=True),
                query(by_status("unknown"), table=True),
                query(f"count by (instance) (hale_check_info{{{HOST}}})", table=True),
                query(
                    f"1000 * max by (instance) (process_start_time_seconds{{{HOST}}})", table=True
                ),
                query(f"max by (instance, version) (hale_build_info{{{HOST}}})", table=True),
            ],
            [
                column("A", "Status", status=True, width=100),
                column(
                    "instance",
                    "Host",
                    links=[link("Host", "hale-host", host="__data.fields.instance")],
                ),
                column(
                    "B",
                    "Score",
                    width=70,
                    thresholds=steps((None, "red"), (50, "orange"), (80, "yellow"), (95, "green")),
                ),
                column("C", "Unhealthy", width=90, thresholds=some("red")),
                column("D", "Degraded", width=90, thresholds=some("yellow")),
                column("E", "Unknown", width=90, thresholds=some("purple")),
                column("F", "Checks", width=80),
                column("G", "Started", unit="dateTimeFromNow", width=130),
                column("version", "Version", width=90),
            ],
            sort="Status",
        ),
        13,
        10,
    )
    board.add(
        timeline(
            "Status over time",
            "The overall status of each host.",
            overall,
            "{{instance}}",
            links=TO_HOST,
        ),
        11,
        10,
    )
    board.add(
        not_well(
            HOST,
            True,
            [
                link(
                    "Check",
                    "hale-check",
                    host="__data.fields.instance",
                    check="__data.fields.check",
                )
            ],
        ),
        24,
        9,
    )

    board.row("Trends")
    board.add(
        graph(
            "Hosts by overall status",
            "How many hosts have each status.",
            query(f"sum by (status) (hale_overall_status{{{HOST}}})", "{{status}}"),
            stacked=True,
            colors={
                "healthy": "green",
                "degraded": "yellow",
                "unhealthy": "red",
                "unknown": "purple",
            },
        ),
        8,
        8,
    )
    board.add(problems(HOST), 8, 8)
    board.add(skipped(HOST), 8, 8)
    to_check = [link("Check", "hale-check", check="__field.labels.check")]
    board.add(
        bars(
            "Slowest checks, p95",
            (
                "Percentiles over all hosts chosen, from the histograms, of the runs that got an"
                " answer."
            ),
            (
                "sort_desc(topk(12,"
                f" {quantile(0.95, 'hale_check_duration_seconds', HOST_OK, 'check')}))"
            ),
            "{{check}}",
            "s",
            links=to_check,
        ),
        6,
        9,
    )
    board.add(
        bars(
            "Lowest success ratio",
            (
                "(pass + warn) / (pass + warn + fail) over all hosts chosen; unknown runs do not"
                " count."
            ),
            f"sort(bottomk(12, {success_ratio(HOST, 'check')}))",
            "{{check}}",
            "percentunit",
            RATIO_HIGH,
            1,
            to_check,
        ),
        6,
        9,
    )
    board.add(
        bars(
            "Least error budget left",
            "Of all SLOs of checks; below zero the SLO is missed.",
            f"sort(bottomk(12, hale_check_slo_budget_remaining_ratio{{{HOST}}}))",
            "{{instance}} {{check}} {{slo}}",
            "percentunit",
            BUDGET_LEFT,
            1,
            [
                link(
                    "Check",
                    "hale-check",
                    host="__field.labels.instance",
                    check="__field.labels.check",
                )
            ],
        ),
        6,
        9,
    )
    board.add(
        table(
            "Certificates, the first to expire",
            "When the certificates end that the checks have seen, whatever their type.",
            query(
                (
                    "1000 * bottomk(12, min by (job, instance, check)"
                    f" (hale_tls_certificate_not_after_timestamp_seconds{{{HOST}}}))"
                ),
                table=True,
            ),
            [
                column("A", "Expires", unit="dateTimeFromNow", width=130),
                column("instance", "Host"),
                column(
                    "check",
                    "Check",
                    links=[
                        link(
                            "Check",
                            "hale-check",
                            host="__data.fields.instance",
                            check="__data.fields.check",
                        )
                    ],
                ),
            ],
            sort="Expires",
            descending=False,
        ),
        6,
        9,
    )
    agent_row(board, HOST, "{{instance}}")
    return board
