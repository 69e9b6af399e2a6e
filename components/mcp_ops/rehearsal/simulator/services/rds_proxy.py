"""Amazon RDS: proxies and event subscriptions."""

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

SPECS: Specs = {
    "aws:rds/proxy:Proxy": Spec(
        create=Call("rds.CreateDBProxy", rename={"name": "DBProxyName", "auths.username": "UserName"}),
        id="{input.name}",
        outputs={"arn": "DBProxy.DBProxyArn", "endpoint": "DBProxy.Endpoint"},
        lowercase_name=True,
    ),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": Spec(
        create=Call("rds.ModifyDBProxyTargetGroup", constant={"TargetGroupName": "default"}),
        id="{input.dbProxyName}",
        outputs={"arn": "DBProxyTargetGroup.TargetGroupArn", "name": "'default'"},
        autoname="",
    ),
    "aws:rds/proxyTarget:ProxyTarget": Spec(
        create=Call(
            "rds.RegisterDBProxyTargets",
            rename={"dbInstanceIdentifier": "DBInstanceIdentifiers", "dbClusterIdentifier": "DBClusterIdentifiers"},
        ),
        id="{input.dbProxyName}/{input.targetGroupName}/{input.dbInstanceIdentifier || input.dbClusterIdentifier}",
        outputs={"rdsResourceId": "{input.dbInstanceIdentifier || input.dbClusterIdentifier}"},
        autoname="",
    ),
    "aws:rds/eventSubscription:EventSubscription": Spec(
        create=Call("rds.CreateEventSubscription", rename={"name": "SubscriptionName", "snsTopic": "SnsTopicArn"}),
        id="{input.name}",
        outputs={"arn": "arn:{partition}:rds:{region}:{account}:es:{input.name}", "customerAwsId": "account"},
        lowercase_name=True,
    ),
}
