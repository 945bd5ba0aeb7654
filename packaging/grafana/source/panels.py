"""Grafana's dashboard model, as far as it is needed (schema 38: Grafana 10; later ones migrate it).

Functions make panels, without an id and a place; a Dashboard gives them both, from left to right
and from top to bottom. Nothing here knows what hale measures: that is in the other files.
"""

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24  # of Grafana's grid

# A status as a number, so that the worst is the greatest; `status_of` in queries.py makes it. The
# last is that of a host whose agent cannot be asked.
STATUSES = [
    ("paused", "text"),
    ("pending", "blue"),
    ("healthy", "green"),
    ("degraded", "yellow"),
    ("unknown", "purple"),
    ("unhealthy", "red"),
    ("no answer", "dark-red"),
]


def status_mappings():
    options = {
        str(value): {"text": name, "color": color, "index": value}
        for value, (name, color) in enumerate(STATUSES)
    }
    return [{"type": "value", "options": options}]


def steps(*pairs):
    """(None, color), (value, color)...: the color from each value on."""
    return {
        "mode": "absolute",
        "steps": [{"color": color, "value": value} for value, color in pairs],
    }


PLAIN = steps((None, "text"))
# Of a ratio where 1 is best, and of one where 0 is.
RATIO_HIGH = steps((None, "red"), (0.9, "orange"), (0.99, "yellow"), (0.999, "green"))
RATIO_LOW = steps((None, "green"), (0.001, "yellow"), (0.01, "orange"), (0.1, "red"))


def some(color):
    """Uncolored at zero."""
    return steps((None, "text"), (1, color))


def query(expr, legend="__auto", instant=False, table=False, heatmap=False, min_step=None):
    made = {
        "datasource": SOURCE,
        "expr": expr,
        "legendFormat": legend,
        "editorMode": "code",
        "range": not instant and not table,
        "instant": instant or table,
        "format": "table" if table else "heatmap" if heatmap else "time_series",
    }
    if min_step:
        made["interval"] = min_step
    return made


def link(title, uid, host=None, check=None, operation=None):
    """A data link to another dashboard: source, job and time stay as they are."""
    url = f"/d/{uid}?${{datasource:queryparam}}&${{job:queryparam}}"
    for name, value in (("host", host), ("check", check), ("operation", operation)):
        if value:
            url += f"&var-{name}=${{{value}}}"
    return {"title": title, "url": url + "&${__url_time_range}"}


def _panel(kind, title, description, queries, options, defaults, overrides=(), **more):
    queries = [queries] if isinstance(queries, dict) else list(queries)
    targets = [{**made, "refId": chr(ord("A") + i)} for i, made in enumerate(queries)]
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": SOURCE,
        "targets": targets,
        "options": options,
        "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
        **more,
    }


def _override(name, **properties):
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [
            {"id": key.replace("__", "."), "value": value} for key, value in properties.items()
        ],
    }


def _field(unit=None, thresholds=PLAIN, mappings=(), links=(), **more):
    made = {
        "mappings": list(mappings),
        "thresholds": thresholds,
        "color": {"mode": "thresholds"},
        **more,
    }
    if unit:
        made["unit"] = unit
    if links:
        made["links"] = list(links)
    return made


def stat(
    title,
    description,
    queries,
    unit=None,
    thresholds=PLAIN,
    text="value",
    no_value="–",
    background=False,
    **field,
):
    """One number, or with text="name" the legend of the series."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "background" if background else "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": text,
        "wideLayout": True,
        "showPercentChange": False,
    }
    return _panel(
        "stat",
        title,
        description,
        queries,
        options,
        _field(unit, thresholds, noValue=no_value, **field),
    )


def status(title, description, expr):
    return stat(
        title, description, query(expr, instant=True), mappings=status_mappings(), background=True
    )


def graph(
    title,
    description,
    queries,
    unit="short",
    stacked=False,
    bars=False,
    minimum=0,
    maximum=None,
    colors=None,
    dashed=(),
    lines=None,
    points=False,
    log=False,
    links=(),
):
    """Lines over time; `colors` and `dashed` are by the name of the series, `lines` are thresholds."""
    custom = {
        "drawStyle": "bars" if bars else "line",
        "lineWidth": 1,
        "lineInterpolation": "linear",
        "fillOpacity": 70 if bars else 25 if stacked else 0,
        "gradientMode": "none",
        "showPoints": "always" if points else "never",
        "pointSize": 4,
        "spanNulls": False,
        "barAlignment": 0,
        "axisPlacement": "auto",
        "axisLabel": "",
        "axisColorMode": "text",
        "axisCenteredZero": False,
        "scaleDistribution": {"type": "log", "log": 2} if log else {"type": "linear"},
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
        "thresholdsStyle": {"mode": "dashed" if lines else "off"},
    }
    defaults = {
        **_field(unit, lines or PLAIN, links=links),
        "color": {"mode": "palette-classic"},
        "custom": custom,
    }
    for key, value in (("min", None if log else minimum), ("max", maximum)):
        if value is not None:
            defaults[key] = value
    overrides = [
        _override(name, color={"mode": "fixed", "fixedColor": color})
        for name, color in (colors or {}).items()
    ]
    overrides += [
        _override(name, custom__lineStyle={"fill": "dash", "dash": [8, 8]}, custom__fillOpacity=0)
        for name in dashed
    ]
    options = {
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return _panel("timeseries", title, description, queries, options, defaults, overrides)


def bars(
    title, description, expr, legend, unit, thresholds=PLAIN, maximum=None, links=(), minimum=0
):
    """Horizontal bars, one for each series, in the order in which the query sorts them."""
    options = {
        "displayMode": "basic",
        "orientation": "horizontal",
        "showUnfilled": True,
        "sizing": "auto",
        "minVizHeight": 12,
        "maxVizHeight": 300,
        "minVizWidth": 0,
        "namePlacement": "left",
        "valueMode": "color",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    }
    field = _field(unit, thresholds, links=links, min=minimum, noValue="–")
    if maximum is not None:
        field["max"] = maximum
    return _panel("bargauge", title, description, query(expr, legend, instant=True), options, field)


def timeline(title, description, expr, legend, mappings=None, links=()):
    """States over time, a lane for each series."""
    options = {
        "mergeValues": True,
        "showValue": "never",
        "alignValue": "left",
        "rowHeight": 0.8,
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    defaults = {
        **_field(mappings=mappings or status_mappings(), links=links),
        "custom": {
            "lineWidth": 0,
            "fillOpacity": 85,
            "hideFrom": {"legend": False, "tooltip": False, "viz": False},
        },
    }
    return _panel("state-timeline", title, description, query(expr, legend), options, defaults)


def heatmap(title, description, expr, unit="s"):
    options = {
        "calculate": False,
        "cellGap": 1,
        "showValue": "never",
        "yAxis": {"axisPlacement": "left", "unit": unit, "reverse": False},
        "rowsFrame": {"layout": "auto"},
        "cellValues": {"unit": "short"},
        "filterValues": {"le": 1e-9},
        "color": {
            "mode": "scheme",
            "scheme": "Blues",
            "scale": "exponential",
            "exponent": 0.5,
            "steps": 32,
            "fill": "dark-blue",
            "reverse": False,
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "legend": {"show": True},
        "tooltip": {"mode": "single", "yHistogram": False, "showColorScale": False},
    }
    defaults = {
        "custom": {
            "hideFrom": {"legend": False, "tooltip": False, "viz": False},
            "scaleDistribution": {"type": "linear"},
        }
    }
    return _panel(
        "heatmap",
        title,
        description,
        query(expr, "{{le}}", heatmap=True, min_step="1m"),
        options,
        defaults,
    )


def column(
    source,
    title,
    unit=None,
    width=None,
    status=False,
    thresholds=None,
    links=(),
    decimals=None,
    no_value=None,
):
    """A column of a table: a label, or the value of the query of a letter ("A")."""
    return {
        "source": f"Value #{source}" if len(source) == 1 else source,
        "title": title,
        "unit": unit,
        "width": width,
        "status": status,
        "thresholds": thresholds,
        "links": list(links),
        "decimals": decimals,
        "no_value": no_value,
    }


def table(title, description, queries, columns, sort=None, descending=True):
    """The queries' rows, those put together whose labels agree; only the columns named are shown."""
    queries = [queries] if isinstance(queries, dict) else list(queries)
    columns = [
        {**c, "source": "Value"} if len(queries) == 1 and c["source"] == "Value #A" else c
        for c in columns
    ]
    overrides = []
    for shown in columns:
        properties = {}
        if shown["unit"]:
            properties["unit"] = shown["unit"]
        if shown["width"]:
            properties["custom__width"] = shown["width"]
        if shown["decimals"] is not None:
            properties["decimals"] = shown["decimals"]
        if shown["no_value"] is not None:
            properties["noValue"] = shown["no_value"]
        if shown["status"]:
            properties["mappings"] = status_mappings()
            properties["custom__cellOptions"] = {"type": "color-background", "mode": "basic"}
        if shown["thresholds"]:
            properties["thresholds"] = shown["thresholds"]
            properties["custom__cellOptions"] = {"type": "color-text"}
        if shown["links"]:
            properties["links"] = shown["links"]
        if properties:
            overrides.append(_override(shown["title"], **properties))
    names = [shown["source"] for shown in columns]
    organize = {
        "renameByName": {shown["source"]: shown["title"] for shown in columns},
        "indexByName": {name: i for i, name in enumerate(names)},
        "excludeByName": {},
        "includeByName": {},
    }
    transformations = [
        {"id": "merge", "options": {}},
        {"id": "filterFieldsByName", "options": {"include": {"names": names}}},
        {"id": "organize", "options": organize},
    ]
    options = {
        "frameIndex": 0,
        "showHeader": True,
        "cellHeight": "sm",
        "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": []},
        "sortBy": [{"displayName": sort, "desc": descending}] if sort else [],
    }
    defaults = {
        **_field(),
        "custom": {
            "align": "auto",
            "cellOptions": {"type": "auto"},
            "inspect": False,
            "filterable": True,
        },
    }
    return _panel(
        "table",
        title,
        description,
        queries,
        options,
        defaults,
        overrides,
        transformations=transformations,
    )


def repeated(panel, variable, columns):
    return {**panel, "repeat": variable, "repeatDirection": "h", "maxPerRow": columns}


def datasource_variable():
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "Source",
        "query": "prometheus",
        "hide": 0,
        "refresh": 1,
        "regex": "",
        "multi": False,
        "includeAll": False,
        "options": [],
        "skipUrlSync": False,
    }


def variable(name, label, values, multi=False, everything=False, regex="", hide=0):
    """One or several of the values of a label; `values` is a label_values(...)."""
    made = {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": SOURCE,
        "definition": values,
        "query": {"query": values, "refId": "StandardVariableQuery"},
        "refresh": 2,
        "sort": 1,
        "regex": regex,
        "hide": hide,
        "multi": multi,
        "includeAll": everything,
        "options": [],
        "skipUrlSync": False,
    }
    if everything:
        made["current"] = {
            "selected": True,
            "text": ["All"] if multi else "All",
            "value": ["$__all"] if multi else "$__all",
        }
    return made


def choice(name, label, values, default):
    options = [{"selected": value == default, "text": value, "value": value} for value in values]
    return {
        "type": "custom",
        "name": name,
        "label": label,
        "query": ",".join(values),
        "hide": 0,
        "multi": False,
        "includeAll": False,
        "current": {"selected": True, "text": default, "value": default},
        "options": options,
        "skipUrlSync": False,
    }


def annotation(name, expr, title, color):
    """Marks at the times, in milliseconds, that are the values of the query."""
    return {
        "name": name,
        "datasource": SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": color,
        "expr": expr,
        "step": "60s",
        "titleFormat": title,
        "textFormat": "",
        "tagKeys": "",
        "useValueForTime": True,
    }


class Dashboard:
    """Puts panels from left to right, and begins a new line where one does not fit."""

    def __init__(self, uid, title, description, variables, annotations=()):
        self.head = {"uid": uid, "title": title, "description": description}
        self.variables = list(variables)
        self.annotations = list(annotations)
        self.panels = []
        self._into = self.panels  # the list of a collapsed row, while one is filled
        self._last_id = 0
        self._x = self._y = self._line = 0

    def _place(self, panel, width, height):
        if self._x + width > WIDTH:
            self._new_line()
        self._last_id += 1
        placed = {
            "id": self._last_id,
            **panel,
            "gridPos": {"x": self._x, "y": self._y, "w": width, "h": height},
        }
        self._x += width
        self._line = max(self._line, height)
        return placed

    def _new_line(self):
        self._x, self._y, self._line = 0, self._y + self._line, 0

    def add(self, panel, width, height):
        self._into.append(self._place(panel, width, height))

    def row(self, title, collapsed=False):
        """What is added from here on belongs to it."""
        self._new_line()
        row = self._place(
            {"type": "row", "title": title, "collapsed": collapsed, "panels": []}, WIDTH, 1
        )
        self.panels.append(row)
        self._into = row["panels"] if collapsed else self.panels
        self._new_line()

    def json(self):
        own = {
            "builtIn": 1,
            "datasource": {"type": "grafana", "uid": "-- Grafana --"},
            "enable": True,
            "hide": True,
            "iconColor": "rgba(0, 211, 255, 1)",
            "name": "Annotations & Alerts",
            "type": "dashboard",
        }
        others = {
            "asDropdown": False,
            "icon": "external link",
            "includeVars": True,
            "keepTime": True,
            "tags": ["hale"],
            "targetBlank": False,
            "title": "hale",
            "tooltip": "",
            "type": "dashboards",
            "url": "",
        }
        return {
            **self.head,
            "id": None,
            "tags": ["hale"],
            "schemaVersion": 38,
            "version": 1,
            "editable": True,
            "graphTooltip": 1,
            "timezone": "",
            "weekStart": "",
            "refresh": "30s",
            "fiscalYearStartMonth": 0,
            "liveNow": False,
            "time": {"from": "now-3h", "to": "now"},
            "timepicker": {},
            "style": "dark",
            "links": [others],
            "annotations": {"list": [own, *self.annotations]},
            "templating": {"list": self.variables},
            "panels": self.panels,
        }
