"""The watch on third parties: availability, latency, quota, and the provider's own metrics."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mcp_ops.monitoring.functions.observe import external
from tests.monitoring.functions.fakes import Asked, Reply, certificate, metric_lines, serving

PROMETHEUS = b"""# HELP connections open
# TYPE connections gauge
connections{db="a"} 3
connections{db="b"} 4.5
disk:used 1e3
broken NaN
other 1
"""


def run(capsys: pytest.CaptureFixture[str], **target: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    event = {"environment": "dev", "targets": [{"service": "site", "status": 200, **target}]}
    (found,) = external.handle(event, None)["services"]
    (line,) = metric_lines(capsys.readouterr().out)
    return found, line


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    value = json.dumps({"token": "t0ken", "user": "service_role", "password": "pw"})
    with mock_aws():
        yield boto3.client("secretsmanager").create_secret(Name="site", SecretString=value)["ARN"]


def test_a_service_that_answers_is_available(capsys: pytest.CaptureFixture[str]) -> None:
    quota = {"X-RateLimit-Remaining": "5", "X-RateLimit-Limit": "200"}
    with serving(lambda _: (200, quota, b"ok")) as (url, _):
        found, line = run(capsys, url=url, remaining="x-ratelimit-remaining", limit="x-ratelimit-limit")
    assert found == {"service": "site", "available": True, "reason": ""}
    assert line["Available"] == 1
    assert line["Latency"] >= 0
    assert line["QuotaRemainingPercent"] == 2.5
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Environment", "Service"]]


@pytest.mark.parametrize("headers", [{}, {"Left": "many", "Most": "200"}, {"Left": "5", "Most": "0"}])
def test_a_quota_that_is_not_told_is_no_metric(headers: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with serving(lambda _: (200, headers, b"")) as (url, _):
        _, line = run(capsys, url=url, remaining="Left", limit="Most")
    assert "QuotaRemainingPercent" not in line


def test_another_status_and_silence_are_outages(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(lambda _: (500, {}, b"")) as (url, _):
        found, line = run(capsys, url=url)
    assert found["reason"] == "answered with 500, not 200"
    assert line["Available"] == 0
    found, line = run(capsys, url="http://127.0.0.1:9")
    assert not found["available"]
    assert "Latency" not in line


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ("bearer", "authorization", "Bearer t0ken"),
        ("basic", "authorization", f"Basic {base64.b64encode(b'service_role:pw').decode()}"),
        ("apikey", "apikey", "t0ken"),
    ],
)
def test_credentials_go_where_the_provider_wants_them(
    auth: str, header: str, value: str, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(lambda _: (200, {}, b"")) as (url, asked):
        found, line = run(capsys, url=url, secretArn=secret, auth=auth)
    assert found["available"]
    assert asked[0].headers[header] == value
    assert "t0ken" not in json.dumps(line)


def test_the_providers_own_metrics_are_taken_over(secret: str, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(asked: Asked) -> Reply:
        return 200, {}, PROMETHEUS if asked.path == "/metrics" else b""

    with serving(answer) as (url, asked):
        names = ["connections", "disk:used", "broken"]
        metrics = {"url": f"{url}/metrics", "auth": "basic", "names": names}
        _, line = run(capsys, url=url, secretArn=secret, metrics=metrics)
    assert (line["connections"], line["disk_used"]) == (7.5, 1000)
    assert "broken" not in line
    assert "other" not in line
    assert asked[1].headers["authorization"].startswith("Basic ")


def test_the_days_of_a_certificate_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = certificate(tmp_path, days=9.87)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with serving(lambda _: (200, {}, b""), file) as (url, _):
        _, line = run(capsys, url=url)
    assert line["CertificateDays"] == pytest.approx(9.87, abs=0.1)


def test_metrics_that_are_refused_are_an_outage(capsys: pytest.CaptureFixture[str]) -> None:
    answer: Callable[[Asked], Reply] = lambda asked: (403 if asked.path == "/metrics" else 200, {}, b"")  # noqa: E731
    with serving(answer) as (url, _):
        found, _ = run(capsys, url=url, metrics={"url": f"{url}/metrics", "names": ["x"]})
    assert found["reason"] == "the metrics endpoint answered 403"
