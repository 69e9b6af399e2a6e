"""Elastic Load Balancing: listeners and rules, whose actions have one structure."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.fit import text_of
from mcp_ops.rehearsal.simulator.spec import Spec, step
from mcp_ops.rehearsal.wire import Unknown

REQUEST, RESPONSE = "routing.http.request.", "routing.http.response."
MTLS, CORS = f"{REQUEST}x_amzn_mtls_clientcert", f"{RESPONSE}access_control"

LISTENER_ATTRIBUTES = {
    "routingHttpRequestXAmznMtlsClientcertHeaderName": f"{MTLS}.header_name",
    "routingHttpRequestXAmznMtlsClientcertIssuerHeaderName": f"{MTLS}_issuer.header_name",
    "routingHttpRequestXAmznMtlsClientcertLeafHeaderName": f"{MTLS}_leaf.header_name",
    "routingHttpRequestXAmznMtlsClientcertSerialNumberHeaderName": f"{MTLS}_serial_number.header_name",
    "routingHttpRequestXAmznMtlsClientcertSubjectHeaderName": f"{MTLS}_subject.header_name",
    "routingHttpRequestXAmznMtlsClientcertValidityHeaderName": f"{MTLS}_validity.header_name",
    "routingHttpRequestXAmznTlsCipherSuiteHeaderName": f"{REQUEST}x_amzn_tls_cipher_suite.header_name",
    "routingHttpRequestXAmznTlsVersionHeaderName": f"{REQUEST}x_amzn_tls_version.header_name",
    "routingHttpResponseAccessControlAllowCredentialsHeaderValue": f"{CORS}_allow_credentials.header_value",
    "routingHttpResponseAccessControlAllowHeadersHeaderValue": f"{CORS}_allow_headers.header_value",
    "routingHttpResponseAccessControlAllowMethodsHeaderValue": f"{CORS}_allow_methods.header_value",
    "routingHttpResponseAccessControlAllowOriginHeaderValue": f"{CORS}_allow_origin.header_value",
    "routingHttpResponseAccessControlExposeHeadersHeaderValue": f"{CORS}_expose_headers.header_value",
    "routingHttpResponseAccessControlMaxAgeHeaderValue": f"{CORS}_max_age.header_value",
    "routingHttpResponseContentSecurityPolicyHeaderValue": f"{RESPONSE}content_security_policy.header_value",
    "routingHttpResponseServerEnabled": f"{RESPONSE}server.enabled",
    "routingHttpResponseStrictTransportSecurityHeaderValue": f"{RESPONSE}strict_transport_security.header_value",
    "routingHttpResponseXContentTypeOptionsHeaderValue": f"{RESPONSE}x_content_type_options.header_value",
    "routingHttpResponseXFrameOptionsHeaderValue": f"{RESPONSE}x_frame_options.header_value",
    "tcpIdleTimeoutSeconds": "tcp.idle_timeout.seconds",
}
"""Input to key of `ModifyListenerAttributes`; ELB's guide lists the keys under "Listener attributes"."""

ACTIONS = {
    "authenticateCognito": "AuthenticateCognitoConfig",
    "authenticateOidc": "AuthenticateOidcConfig",
    "fixedResponse": "FixedResponseConfig",
    "forward": "ForwardConfig",
    "jwtValidation": "JwtValidationConfig",
    "redirect": "RedirectConfig",
}

CONDITIONS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "queryStrings": ("query-string", "QueryStringConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}

NO_JWT = "moto rejects the jwt-validation action, which ELB has had since 2025-11"


def _names(list_name: str) -> dict[str, str]:
    """Returns the renames within a list of actions."""
    renames = {f"{list_name}.{name}": member for name, member in ACTIONS.items()}
    parameters = {
        f"{list_name}.authenticateCognito.authenticationRequestExtraParams": "AuthenticationRequestExtraParams",
        f"{list_name}.forward.targetGroups.arn": "TargetGroupArn",
        f"{list_name}.forward.stickiness": "TargetGroupStickinessConfig",
        f"{list_name}.forward.stickiness.duration": "DurationSeconds",
    }
    return {**renames, **parameters}


def _numbered(actions: Any) -> list[dict[str, Any]]:
    """Returns actions in order: AWS wants the order said where there are several."""
    known = [action for action in actions or () if isinstance(action, Mapping)]
    ordered = [{"order": index + 1, **action} for index, action in enumerate(known)] if len(known) > 1 else known
    return [{key: value for key, value in action.items() if value not in (None, "", [], {})} for action in ordered]


def _reason(actions: list[dict[str, Any]]) -> str:
    return NO_JWT if any(action.get("type") == "jwt-validation" for action in actions) else ""


def _condition(condition: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a condition as AWS takes it: its field named, its values in the structure of the field."""
    name = next(key for key, value in condition.items() if value)
    field, member = CONDITIONS[name]
    config = condition[name]
    if isinstance(config, Unknown):
        return {"Field": field}
    names = {
        "httpHeaderName": "HttpHeaderName",
        "ipAddressType": "IpAddressType",
        "regexValues": "RegexValues",
        "values": "Values",
    }
    if name == "queryStrings":
        pairs = config if isinstance(config, list) else [config]
        return {
            "Field": field,
            member: {"Values": [{"Key": item.get("key"), "Value": item.get("value")} for item in pairs]},
        }
    return {"Field": field, member: {names[key]: value for key, value in config.items() if value not in (None, [])}}


def _create_listener(context: Context) -> None:
    given = {name: value for name, value in context.inputs.items() if name not in LISTENER_ATTRIBUTES}
    context.taken.update(given)
    given["defaultActions"] = _numbered(given.get("defaultActions"))
    rename = {**_names("defaultActions"), "certificateArn": "Certificates.CertificateArn"}
    parameters = context.fitted("elbv2.CreateListener", given, rename)
    context.call("elbv2.CreateListener", parameters, checked=_reason(given["defaultActions"]))


@step(*LISTENER_ATTRIBUTES)
def _set_attributes(context: Context) -> None:
    given = {name: context.take(name) for name in LISTENER_ATTRIBUTES}
    attributes = [
        {"Key": LISTENER_ATTRIBUTES[name], "Value": text_of(value)}
        for name, value in given.items()
        if value is not None
    ]
    if attributes:
        listener = {"ListenerArn": context.id or None, "Attributes": attributes}
        reason = _reason(_numbered(context.inputs.get("defaultActions")))
        context.call("elbv2.ModifyListenerAttributes", listener, checked=reason and "its listener is not simulated")


def _create_rule(context: Context) -> None:
    given = dict(context.inputs)
    context.taken.update(given)
    given["actions"] = _numbered(given.get("actions"))
    conditions = given.pop("conditions", None) or ()
    if "priority" not in given and not context.previewing:
        given["priority"] = _free_priority(context)
    parameters = context.fitted("elbv2.CreateRule", given, _names("actions"))
    parameters["Conditions"] = [_condition(item) for item in conditions if isinstance(item, Mapping)]
    reason = _reason(given["actions"])
    reply = context.call("elbv2.CreateRule", parameters, checked=reason)
    if reason and not context.previewing:
        rule = reply["Rules"][0]
        # A policy that names the rule is compared with the form that ELB's ARNs have.
        listener = str(parameters["ListenerArn"]).replace(":listener/", ":listener-rule/", 1)
        rule["RuleArn"] = f"{listener}/{rule['RuleArn'].rpartition('/')[2]}"


def _free_priority(context: Context) -> int:
    """Returns the priority after the highest, as the provider chooses it."""
    rules = context.call("elbv2.DescribeRules", {"ListenerArn": context.inputs.get("listenerArn")})["Rules"]
    return max((int(rule["Priority"]) for rule in rules if rule["Priority"].isdigit()), default=0) + 1


LISTENER = Spec(
    create=_create_listener,
    id="Listeners[0].ListenerArn",
    then=(_set_attributes,),
    outputs={"arn": "{id}", "sslPolicy": "Listeners[0].SslPolicy", "protocol": "Listeners[0].Protocol"},
)

LISTENER_RULE = Spec(
    create=_create_rule, id="Rules[0].RuleArn", outputs={"arn": "{id}", "priority": "request.Priority"}
)
