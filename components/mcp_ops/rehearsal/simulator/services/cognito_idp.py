"""Amazon Cognito user pools."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step
from mcp_ops.rehearsal.simulator.values import without

MFA = ("emailMfaConfiguration", "softwareTokenMfaConfiguration", "webAuthnConfiguration")
IN_POLICIES = {"passwordPolicy": "Policies.PasswordPolicy", "signInPolicy": "Policies.SignInPolicy"}


def _user_pool(inputs: dict[str, Any]) -> dict[str, Any]:
    """Second factors are settings of a call of their own, in which the pool's own setting stands again."""
    changed = without(inputs, "mfaConfiguration")
    wanted = inputs.get("mfaConfiguration")
    if wanted is None:
        return changed
    second = any(inputs.get(name) for name in MFA)
    return {**changed, ("MfaWanted" if second else "mfaConfiguration"): wanted}


@step()
def _domain(context: Context) -> Mapping[str, Any]:
    """A domain of one's own stands behind CloudFront; one without dots is a prefix of Cognito's."""
    distribution = str(
        context.find("CloudFrontDomain")
        or f"{context.inputs.get('domain')}.auth.{context.place.region}.amazoncognito.com"
    )
    return {"Distribution": distribution}


@step()
def _scopes(context: Context) -> Mapping[str, Any]:
    identifier = context.inputs.get("identifier")
    return {
        "scopeIdentifiers": [f"{identifier}/{scope.get('scopeName')}" for scope in context.inputs.get("scopes") or ()]
    }


POOL = "arn:{partition}:cognito-idp:{region}:{account}:userpool/{id}"

SPECS: Specs = {
    "aws:cognito/userPool:UserPool": Spec(
        create=Call(
            "cognito-idp.CreateUserPool",
            rename={
                "name": "PoolName",
                "tags": "UserPoolTags",
                **IN_POLICIES,
                "schemas": "Schema",
                "adminCreateUserConfig.inviteMessageTemplate.smsMessage": "SMSMessage",
                "emailConfiguration.fromEmailAddress": "From",
                "lambdaConfig.kmsKeyId": "KMSKeyID",
                "lambdaConfig.customSmsSender": "CustomSMSSender",
            },
        ),
        then=(
            Call(
                "cognito-idp.SetUserPoolMfaConfig",
                inputs=(*MFA, "MfaWanted"),
                rename={"MfaWanted": "MfaConfiguration"},
                constant={"UserPoolId": "{id}"},
                when=MFA,
            ),
        ),
        id="{UserPool.Id}",
        reshape=_user_pool,
        outputs={"arn": POOL, "endpoint": "cognito-idp.{region}.amazonaws.com/{id}"},
    ),
    "aws:cognito/userPoolClient:UserPoolClient": Spec(
        create=Call(
            "cognito-idp.CreateUserPoolClient",
            rename={"name": "ClientName"},
        ),
        id="{UserPoolClient.ClientId}",
        outputs={"clientSecret": "UserPoolClient.ClientSecret", "name": "input.name"},
    ),
    "aws:cognito/userPoolDomain:UserPoolDomain": Spec(
        create=Call("cognito-idp.CreateUserPoolDomain", rename={"certificateArn": "CustomDomainConfig.CertificateArn"}),
        then=(_domain,),
        id="{input.domain}",
        autoname="",
        outputs={
            "awsAccountId": "account",
            "cloudfrontDistribution": "Distribution",
            "cloudfrontDistributionArn": "Distribution",
            "cloudfrontDistributionZoneId": "'Z2FDTNDATAQYW2'",
            "version": "'20260101000000'",
        },
    ),
    "aws:cognito/resourceServer:ResourceServer": Spec(
        create=Call("cognito-idp.CreateResourceServer"),
        then=(_scopes,),
        id="{input.userPoolId}|{input.identifier}",
        outputs={"scopeIdentifiers": "scopeIdentifiers"},
    ),
    "aws:cognito/identityProvider:IdentityProvider": Spec(
        create=Call("cognito-idp.CreateIdentityProvider"), id="{input.userPoolId}:{input.providerName}", autoname=""
    ),
    "aws:cognito/userGroup:UserGroup": Spec(
        create=Call("cognito-idp.CreateGroup", rename={"name": "GroupName"}), id="{input.userPoolId}/{input.name}"
    ),
}
