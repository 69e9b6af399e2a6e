"""IAM Access Analyzer. Simulated AWS lacks the service: every call is checked."""

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

SPECS: Specs = {
    "aws:accessanalyzer/analyzer:Analyzer": Spec(
        create=Call("accessanalyzer.CreateAnalyzer", constant={"type": "ACCOUNT"}),
        id="{input.analyzerName}",
        autoname="analyzerName",
        outputs={"arn": "arn:{partition}:access-analyzer:{region}:{account}:analyzer/{input.analyzerName}"},
    ),
}
