"""AWS Budgets."""

from typing import Any

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

IN_BUDGET = {
    "autoAdjustData": "AutoAdjustData",
    "billingViewArn": "BillingViewArn",
    "budgetType": "BudgetType",
    "costFilters": "CostFilters",
    "costTypes": "CostTypes",
    "filterExpression": "FilterExpression",
    "limitAmount": "BudgetLimit.Amount",
    "limitUnit": "BudgetLimit.Unit",
    "metrics": "Metrics",
    "name": "BudgetName",
    "plannedLimits": "PlannedBudgetLimits",
    "timePeriodEnd": "TimePeriod.End",
    "timePeriodStart": "TimePeriod.Start",
    "timeUnit": "TimeUnit",
}

BUDGET_ARN = "arn:{partition}:budgets::{account}:budget/{input.name}"


def _instant(text: Any) -> Any:
    """Returns the provider's `2026-01-01_00:00` as AWS takes it."""
    return f"{text.replace('_', 'T')}:00Z" if isinstance(text, str) and "_" in text else text


def _notification(item: dict[str, Any]) -> dict[str, Any]:
    """Parts a notification from those who get it."""
    subscribers = [
        {"SubscriptionType": kind, "Address": address}
        for name, kind in (("subscriberEmailAddresses", "EMAIL"), ("subscriberSnsTopicArns", "SNS"))
        for address in item.get(name) or ()
    ]
    return {
        "Notification": {key: value for key, value in item.items() if not key.startswith("subscriber")},
        "Subscribers": subscribers,
    }


def _budget(inputs: dict[str, Any]) -> dict[str, Any]:
    rest = dict(inputs)
    for name in ("timePeriodStart", "timePeriodEnd"):
        if name in rest:
            rest[name] = _instant(rest[name])
    if isinstance(rest.get("costFilters"), list):
        rest["costFilters"] = {item["name"]: item["values"] for item in rest["costFilters"]}
    if isinstance(rest.get("plannedLimits"), list):
        rest["plannedLimits"] = {
            str(_instant(item["startTime"])): {"amount": item["amount"], "unit": item["unit"]}
            for item in rest["plannedLimits"]
        }
    if isinstance(rest.get("notifications"), list):
        rest["notificationsWithSubscribers"] = [
            _notification(item) for item in rest.pop("notifications") if isinstance(item, dict)
        ]
    return rest


SPECS: Specs = {
    "aws:budgets/budget:Budget": Spec(
        create=Call(
            "budgets.CreateBudget",
            rename={**{name: f"Budget.{member}" for name, member in IN_BUDGET.items()}, "tags": "ResourceTags"},
            constant={"AccountId": "{account}"},
        ),
        id="{request.AccountId}:{input.name}",
        outputs={"arn": BUDGET_ARN, "accountId": "request.AccountId"},
        reshape=_budget,
    ),
    "aws:budgets/budgetAction:BudgetAction": Spec(
        create=Call("budgets.CreateBudgetAction", rename={"tags": "ResourceTags"}, constant={"AccountId": "{account}"}),
        id="{request.AccountId}:{ActionId}:{input.budgetName}",
        outputs={"accountId": "request.AccountId", "actionId": "ActionId", "status": "'STANDBY'"},
        autoname="",
    ),
}
