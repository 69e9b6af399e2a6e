# ruff: noqa: N803 - the parameters of clients have the names that AWS gives them
"""The function that measures how old the values are."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import boto3
import pytest

from mcp_ops.secrets.functions.watch_secrets import handler

NOW = datetime.now(UTC)


class Account:
    """AWS as the function sees it."""

    def __init__(self, ages: dict[str, float | None], store: str = "mcp-dev") -> None:
        self.ages, self.store = ages, store
        self.sent: list[list[dict[str, Any]]] = []

    def get_paginator(self, operation: str) -> "Account":
        assert operation == "list_secrets"
        return self

    def paginate(self, Filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        assert Filters[1]["Values"] == ["mcp-dev"]

        def listed(name: str) -> dict[str, Any]:
            tags = {"mcp-secret-store": self.store, "mcp-secret": name}
            return {"ARN": name, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

        return [{"SecretList": [listed(name)]} for name in self.ages]

    def list_secret_version_ids(self, SecretId: str) -> dict[str, Any]:
        age = self.ages[SecretId]
        old = {"VersionStages": ["AWSPREVIOUS"], "CreatedDate": NOW - timedelta(days=400)}
        if age is None:
            return {"Versions": [old]}
        return {"Versions": [old, {"VersionStages": ["AWSCURRENT"], "CreatedDate": NOW - timedelta(days=age)}]}

    def put_metric_data(self, Namespace: str, MetricData: list[dict[str, Any]]) -> None:
        assert Namespace == "mcp-ops/secrets"
        self.sent.append(MetricData)


def measured(account: Account) -> dict[str, float]:
    with (
        mock.patch.object(boto3, "client", return_value=account),
        mock.patch.dict("os.environ", {"STORE": "mcp-dev"}),
    ):
        handler.handle({}, None)
    figures = [figure for batch in account.sent for figure in batch]
    return {figure["Dimensions"][1]["Value"]: figure["Value"] for figure in figures}


def test_the_age_is_that_of_the_value_in_use() -> None:
    assert measured(Account({"one": 3, "two": 40.5})) == {
        "one": pytest.approx(3, abs=0.01),
        "two": pytest.approx(40.5, abs=0.01),
    }


def test_a_secret_without_value_and_other_stores_send_nothing() -> None:
    assert measured(Account({"empty": None})) == {}
    assert measured(Account({"other": 1}, store="mcp-dev2")) == {}


def test_a_hundred_figures_are_sent_at_once() -> None:
    account = Account({f"s{number}": 1 for number in range(150)})
    assert len(measured(account)) == 150
    assert [len(batch) for batch in account.sent] == [100, 50]
