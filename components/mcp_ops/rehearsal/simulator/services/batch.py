"""AWS Batch."""

from typing import Any

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested

POD = "eksProperties.podProperties"


def _pods(inputs: dict[str, Any]) -> dict[str, Any]:
    """Takes the one pod of a job; its labels and images to pull are maps and names like AWS's."""
    return nested(inputs, POD, lambda pod: pod[0] if isinstance(pod, list) and len(pod) == 1 else pod)


SPECS: Specs = {
    "aws:batch/computeEnvironment:ComputeEnvironment": Spec(
        create=Call("batch.CreateComputeEnvironment", rename={"name": "computeEnvironmentName"}),
        then=(
            Call(
                "batch.UpdateComputeEnvironment",
                inputs=("updatePolicy",),
                constant={"computeEnvironment": "{input.name}"},
                when=("updatePolicy",),
            ),
        ),
        id="{input.name}",
        outputs={"arn": "computeEnvironmentArn", "status": "'VALID'"},
    ),
    "aws:batch/jobQueue:JobQueue": Spec(
        create=Call("batch.CreateJobQueue", rename={"name": "jobQueueName"}),
        id="jobQueueArn",
        outputs={"arn": "jobQueueArn"},
        autoname="name",
        ignored={"timeouts": "how long the provider waits"},
    ),
    "aws:batch/jobDefinition:JobDefinition": Spec(
        create=Call(
            "batch.RegisterJobDefinition",
            rename={
                "name": "jobDefinitionName",
                f"{POD}.containers.commands": "command",
                f"{POD}.containers.envs": "env",
                f"{POD}.initContainers.commands": "command",
                f"{POD}.initContainers.envs": "env",
            },
        ),
        id="jobDefinitionArn",
        outputs={
            "arn": "jobDefinitionArn",
            "arnPrefix": "arn:{partition}:batch:{region}:{account}:job-definition/{input.name}",
            "revision": "revision",
        },
        reshape=_pods,
        ignored={"deregisterOnNewRevision": "steers updates"},
    ),
}
