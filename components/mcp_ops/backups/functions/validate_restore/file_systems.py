"""Restored EFS file systems. Their files are not read: this function does not mount them, and says so."""

from mcp_function_kit.clients import aws

from .findings import SLACK_BYTES, Findings
from .subjects import Job, Store


def validated(store: Store, job: Job) -> Findings:
    """Looks at a restored file system from outside. Access points are no part of a backup and made anew."""
    client, findings = aws("efs"), Findings()
    copy = client.describe_file_systems(FileSystemId=job.copy)["FileSystems"][0]
    findings.key(copy.get("KmsKeyId") if copy["Encrypted"] else None, store.key_arn)
    findings.check("state", copy["LifeCycleState"], "available")
    findings.content = {"bytes": job.size}
    if job.plan:
        source = client.describe_file_systems(FileSystemId=store.physical_name)["FileSystems"][0]
        size = source["SizeInBytes"]["Value"]
        findings.count("bytes", job.size, size, store.tolerance_percent, SLACK_BYTES)
    else:
        findings.check("bytes", job.size, "more than 0", passed=job.size > 0)
    points = store.expectations["access_points"]
    findings.notes.append(f"files were not read, and {points} access points have to be made anew")
    return findings
