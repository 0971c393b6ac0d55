"""Alerts and dashboard: every metric and label that they look at is one that the services have."""

from __future__ import annotations

import importlib
import json
import re
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from tests.deploy.matrix import CONSUMERS, SERVICES
from vision3.data_dir import CHECKOUT

PROMETHEUS = CHECKOUT / "deploy" / "prometheus"
METRIC = re.compile(r"\b(?P<name>(?:vision3|process)_[a-z0-9_]+|up)\b(?:\{(?P<labels>[^}]*)\})?")
FROM_SCRAPING = {"job", "service", "instance"}
HISTOGRAM = ("_bucket", "_sum", "_count")
NOT_OURS = {"up", "process_resident_memory_bytes"}


def rules() -> list[dict[str, Any]]:
    return yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"][0]["rules"]


def dashboard() -> dict[str, Any]:
    return json.loads((CHECKOUT / "deploy" / "grafana" / "vision3.json").read_text())


def expressions() -> dict[str, str]:
    panels = {f"panel {p['title']} {t['refId']}": t["expr"] for p in dashboard()["panels"] for t in p["targets"]}
    return {rule["alert"]: rule["expr"] for rule in rules()} | panels


@pytest.fixture(scope="module")
def metrics() -> dict[str, set[str]]:
    """Every metric of every service as Prometheus sees it, with its labels."""
    for service in SERVICES:
        importlib.import_module(f"{service}.app")
    return {name: set(ours._labelnames) for ours in collectors() for name in REGISTRY._collector_to_names[ours]}


def collectors() -> set[Any]:
    return {c for c in REGISTRY._collector_to_names if getattr(c, "_name", "").startswith("vision3_")}


@pytest.mark.parametrize("name", sorted(expressions()))
def test_what_is_looked_at_exists(name: str, metrics: dict[str, set[str]]):
    found = list(METRIC.finditer(expressions()[name]))
    assert found
    for metric in found:
        if metric["name"] in NOT_OURS:
            continue
        assert metric["name"] in metrics
        named = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", metric["labels"] or ""))
        assert named - FROM_SCRAPING <= metrics[metric["name"]], metric["name"]


@pytest.mark.parametrize("name", sorted(expressions()))
def test_what_is_grouped_by_is_a_label(name: str, metrics: dict[str, set[str]]):
    expression = expressions()[name]
    known = set().union(*(metrics.get(metric["name"], set()) for metric in METRIC.finditer(expression)))
    grouped = {label.strip() for group in re.findall(r"\bby \(([^)]*)\)", expression) for label in group.split(",")}
    assert grouped <= known | FROM_SCRAPING | {"le"}


@pytest.mark.parametrize("name", sorted(expressions()))
def test_brackets_close_and_counters_are_rated(name: str):
    expression = expressions()[name]
    assert all(expression.count(left) == expression.count(right) for left, right in ("()", "{}", "[]"))
    for counter in re.findall(r"\bvision3_\w+_(?:total|bucket)\b(?:\{[^}]*\})?(\[)?", expression):
        assert counter == "["


def test_consumers_that_are_named_exist():
    named = {name for e in expressions().values() for name in re.findall(r'consumer="([^"]*)"', e)}
    assert named
    assert named <= set(CONSUMERS)


def test_metrics_keep_prometheus_conventions(metrics: dict[str, set[str]]):
    """Base units, `_total` on counters alone; nothing that names one user or generation."""
    assert not [name for name in metrics if re.search(r"_(ms|minutes|kb|mb)\b|_id$", name)]
    for collector in collectors():
        names = REGISTRY._collector_to_names[collector]
        assert (collector._type == "counter") == any(name.endswith("_total") for name in names), names
        assert collector._type != "histogram" or collector._name.endswith("_seconds")
        assert not {"user", "user_id", "generation", "generation_id", "path"} & set(collector._labelnames)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_it_means_and_what_to_do(rule: dict[str, Any]):
    assert {"summary", "description"} == set(rule["annotations"])
    assert rule["labels"]["severity"] in {"page", "ticket"}
    section = runbook().get(rule["alert"])
    assert section is not None, "docs/operations.md has no heading of this name"
    assert "**Means.**" in section
    assert "**Do.**" in section


def test_the_runbook_knows_no_other_alert():
    assert set(runbook()) == {rule["alert"] for rule in rules()}


def runbook() -> dict[str, str]:
    """The sections under `## Alerts`, by alert."""
    text = (CHECKOUT / "docs" / "operations.md").read_text()
    alerts = re.split(r"^## ", text, flags=re.MULTILINE)
    (part,) = (part for part in alerts if part.startswith("Alerts\n"))
    sections = re.split(r"^### ", part, flags=re.MULTILINE)[1:]
    return {section.split("\n", 1)[0].strip(): section for section in sections}


def test_prometheus_asks_every_service_where_it_answers():
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    (scraped,) = config["scrape_configs"]
    (found,) = scraped["dns_sd_configs"]
    assert set(found["names"]) == set(SERVICES)
    assert found["port"] == 8000
    assert config["rule_files"] == ["alerts.yml"]
