"""`aws.iam.get_policy_document`: computed as Pulumi's provider does, without a call.

Lists of actions, resources and identifiers are sorted in descending order and a list of one is a plain text; values of
conditions keep their order. Documents are merged by `Sid`: sources first, then the statements here, then the overrides.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.places import Place

LATEST = "2012-10-17"

Document = dict[str, Any]


def policy_document(_: Cloud, given: Mapping[str, Any], __: Place, ___: list[str]) -> dict[str, Any]:
    """Returns the document as indented and as minified JSON.

    Raises:
        Refusal: two statements share a `Sid`, a document is not valid JSON, or `&{` needs a newer version.
    """
    version = given.get("version") or LATEST
    merged: Document = {"Version": "", "Statement": []}
    sources = _texts(given, "sourcePolicyDocuments", "sourceJson")
    parsed = [_parsed(text, f"sourcePolicyDocuments[{index}]") for index, text in enumerate(sources)]
    _no_sid_twice((item for document in parsed for item in document["Statement"]), "sourcePolicyDocuments")
    for document in parsed:
        _merge(merged, document)
    statements = [_statement(item, version) for item in given.get("statements") or ()]
    _no_sid_twice(statements, "statements")
    _merge(merged, {"Version": version, "Id": given.get("policyId"), "Statement": statements})
    overrides = _texts(given, "overridePolicyDocuments", "overrideJson")
    for index, text in enumerate(overrides):
        _merge(merged, _parsed(text, f"overridePolicyDocuments[{index}]"))
    document = _ordered(merged)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    minified = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return {**given, "version": version, "id": str(zlib.crc32(text.encode())), "json": text, "minifiedJson": minified}


def _texts(given: Mapping[str, Any], several: str, deprecated: str) -> list[str]:
    """Returns the documents of an input and of the older input that takes one."""
    return [*(given.get(several) or ()), *([given[deprecated]] if given.get(deprecated) else [])]


def _parsed(text: str, where: str) -> Document:
    if not text:
        return {"Version": "", "Statement": []}
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Refusal(f"{where}: is not valid JSON: {error}") from None
    statements = document.get("Statement") or []
    return {**document, "Statement": statements if isinstance(statements, list) else [statements]}


def _merge(into: Document, document: Mapping[str, Any]) -> None:
    """Merges a document: a statement with a known `Sid` takes the place of the earlier one."""
    if document.get("Id"):
        into["Id"] = document["Id"]
    into["Version"] = max(into["Version"], document.get("Version") or "")
    places = {item["Sid"]: index for index, item in enumerate(into["Statement"]) if item.get("Sid")}
    for statement in document["Statement"]:
        if statement.get("Sid") in places:
            into["Statement"][places[statement["Sid"]]] = statement
        else:
            into["Statement"].append(statement)


def _no_sid_twice(statements: Iterable[Mapping[str, Any]], where: str) -> None:
    seen: set[str] = set()
    for statement in statements:
        sid = statement.get("Sid")
        if sid and sid in seen:
            raise Refusal(f"{where}: duplicate Sid {sid!r}; remove it or make it unique")
        seen.add(sid or "")


def _ordered(merged: Document) -> Document:
    document: Document = {"Version": merged["Version"] or LATEST}
    if merged.get("Id"):
        document["Id"] = merged["Id"]
    return {**document, "Statement": merged["Statement"]} if merged["Statement"] else document


def _statement(item: Mapping[str, Any], version: str) -> dict[str, Any]:
    made = {
        "Sid": item.get("sid"),
        "Effect": item.get("effect") or "Allow",
        "Action": _sorted(item.get("actions")),
        "NotAction": _sorted(item.get("notActions")),
        "Resource": _sorted(_variables(item.get("resources"), version)),
        "NotResource": _sorted(_variables(item.get("notResources"), version)),
        "Principal": _principals(item.get("principals"), version),
        "NotPrincipal": _principals(item.get("notPrincipals"), version),
        "Condition": _conditions(item.get("conditions"), version),
    }
    return {key: value for key, value in made.items() if value not in (None, "", [], {})}


def _variables(texts: Any, version: str) -> list[str]:
    """Writes `&{...}`, which Pulumi's provider takes for policy variables, as IAM's `${...}`."""
    found = list(texts or ())
    if version != LATEST and any("&{" in text for text in found):
        raise Refusal(f"statements: policy variables (&{{...}}) need version {LATEST}, not {version}")
    return [text.replace("&{", "${") for text in found]


def _sorted(texts: Any) -> Any:
    found = sorted(texts or (), reverse=True)
    return found[0] if len(found) == 1 else found


def _principals(items: Any, version: str) -> Any:
    found: dict[str, list[str]] = {}
    for item in items or ():
        found.setdefault(item["type"], []).extend(_variables(item["identifiers"], version))
    if found == {"*": ["*"]}:
        return "*"
    return {kind: _sorted(identifiers) for kind, identifiers in sorted(found.items())}


def _conditions(items: Any, version: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, list[str]]] = {}
    for item in items or ():
        found.setdefault(item["test"], {}).setdefault(item["variable"], []).extend(_variables(item["values"], version))
    return {
        test: {variable: values[0] if len(values) == 1 else values for variable, values in sorted(variables.items())}
        for test, variables in sorted(found.items())
    }


FUNCTIONS: Mapping[str, Function] = {"aws:iam/getPolicyDocument:getPolicyDocument": policy_document}
