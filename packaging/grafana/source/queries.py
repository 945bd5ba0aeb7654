"""What the dashboards ask: selectors by the variables of a dashboard, and PromQL made of them."""

from panels import query


JOB = 'job=~"$job"'
HOST = JOB + ', instance=~"$host"'
CHECK = HOST + ', check="$check"'
OPERATION = HOST + ', operation=~"$operation"'
HOST_OK = HOST + ', result="ok"'
CHECK_OK = CHECK + ', result="ok"'
OPERATION_OK = OPERATION + ', result!="failed"'  # as far as the histogram tells failures apart


def status_of(metric, selector, by):
    """The status as a number, as panels.STATUSES counts: the worst of what is taken together."""
    code = {"unhealthy": 5, "unknown": 4, "degraded": 3, "healthy": 2, "pending": 1}
    if metric == "hale_overall_status":
        del code["pending"]
    terms = " or ".join(
        f'{value} * {metric}{{{selector}, status="{name}"}}' for name, value in code.items()
    )
    return f"max by ({by}) ({terms})" if by else f"max({terms})"


def quantile(q, metric, selector, by="", window="$window"):
    """From classic buckets, else native histograms; nothing (`>= 0`) where nothing was observed."""
    le, whole = (f"le, {by}", f" by ({by})") if by else ("le", "")
    return (
        f"(histogram_quantile({q}, sum by ({le}) (rate({metric}_bucket{{{selector}}}[{window}])))"
        f" or histogram_quantile({q}, sum{whole} (rate({metric}{{{selector}}}[{window}])))) >= 0"
    )


def percentiles(metric, selector):
    return [
        query(quantile(q, metric, selector), name)
        for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    ]


def buckets(metric, selector):
    return (
        f"sum by (le) (increase({metric}_bucket{{{selector}}}[$__rate_interval]))"
        f" or sum(increase({metric}{{{selector}}}[$__rate_interval]))"
    )


def success_ratio(selector, by, window="$window"):
    def runs(results):
        return (
            f"sum by ({by}) (rate(hale_check_runs_total{{{selector},"
            f' result=~"{results}"}}[{window}]))'
        )

    return f'{runs("pass|warn")} / ({runs("pass|warn|fail")} > 0)'


def operation_failures(selector, by=""):
    """Also where a result has never been seen: its share of the others is zero."""
    every = f"rate(hale_operations_total{{{selector}}}[$window])"
    good = f'rate(hale_operations_total{{{selector}, result=~"ok|pass"}}[$window])'
    return f"1 - sum by ({by}) ({good} or 0 * {every}) / (sum by ({by}) ({every}) > 0)"


def burn_rate(kind, selector, by, window):
    name = f"hale_{kind}_slo"
    return (
        f"max by ({by}) ((1 - rate({name}_good_events_total{{{selector}}}[{window}]) /"
        f" (rate({name}_events_total{{{selector}}}[{window}]) > 0)) / (1 -"
        f" {name}_objective_ratio{{{selector}}}))"
    )
