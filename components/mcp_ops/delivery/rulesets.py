"""The rulesets of a repository, as `github.RepositoryRuleset` takes them. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mcp_ops.delivery.repository_plan import Bypass, ProtectedRepositoryPlan, PushRules, Review


class Ruleset(NamedTuple):
    """One ruleset."""

    name: str
    target: str
    """`branch`, `tag` or `push`."""
    conditions: Any
    """None for push rules: they hold for every ref."""
    rules: Any
    bypass: tuple[Bypass, ...]


def rulesets_of(plan: ProtectedRepositoryPlan) -> Iterator[Ruleset]:
    """Yields the rulesets of a plan: `main`, `release-tags` and, where GitHub has them, `pushes`."""
    if plan.review:
        yield Ruleset("main", "branch", _refs("~DEFAULT_BRANCH"), _branch(plan.review), plan.bypass)
        # Releases are made by tagging; what is fixed is that an existing tag stays what it is.
        fixed = {
            "update": True,
            "deletion": True,
            "non_fast_forward": True,
            "required_signatures": plan.review.signed_commits,
        }
        always = tuple(one for one in plan.bypass if one.mode == "always")
        yield Ruleset("release-tags", "tag", _refs(f"refs/tags/{plan.release_tags}"), fixed, always)
    if plan.push_rules:
        always = tuple(one for one in plan.bypass if one.mode == "always")
        yield Ruleset("pushes", "push", None, _push(plan.push_rules), always)


def _refs(*includes: str) -> Mapping[str, Any]:
    return {"ref_name": {"includes": list(includes), "excludes": []}}


def _branch(review: Review) -> Mapping[str, Any]:
    rules: dict[str, Any] = {
        "deletion": True,
        "non_fast_forward": True,
        "required_signatures": review.signed_commits,
        "pull_request": {
            "allowed_merge_methods": list(review.merge_methods),
            "required_approving_review_count": review.approvals,
            "require_code_owner_review": True,
            "dismiss_stale_reviews_on_push": True,
            "require_last_push_approval": True,
            "required_review_thread_resolution": True,
        },
        "required_status_checks": {
            # Bound to the app: without its id, whoever can write could post the status.
            "required_checks": [{"context": check, "integration_id": review.checks_app_id} for check in review.checks],
            "strict_required_status_checks_policy": True,
            "do_not_enforce_on_create": True,
        },
    }
    if review.required_deployments:
        rules["required_deployments"] = {"required_deployment_environments": list(review.required_deployments)}
    return rules


def _push(rules: PushRules) -> Mapping[str, Any]:
    return {
        "file_extension_restriction": {"restricted_file_extensions": list(rules.extensions)},
        "max_file_size": {"max_file_size": rules.max_megabytes},
    }
