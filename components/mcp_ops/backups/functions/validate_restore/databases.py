"""Restored Aurora clusters. AWS Backup restores them without instances: data is read where somebody added one."""

from collections.abc import Mapping
from typing import Any

from mcp_function_kit.clients import aws

from . import beats
from .findings import Findings
from .subjects import Job, Store

BEAT = "select beat from mcp_ops_heartbeat order by time desc limit 1"
COUNT = """\
select table_schema || '.' || table_name,
  (xpath('/row/c/text()', query_to_xml(
    format('select count(*) as c from %I.%I', table_schema, table_name), false, true, '')))[1]::text::bigint
from information_schema.tables
where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
  and table_name <> 'mcp_ops_heartbeat'
order by 1"""


def validated(store: Store, job: Job) -> Findings:
    """Looks at a restored cluster, and into it where the Data API can."""
    findings = Findings()
    cluster = aws("rds").describe_db_clusters(DBClusterIdentifier=job.copy)["DBClusters"][0]
    findings.key(cluster.get("KmsKeyId") if cluster["StorageEncrypted"] else None, store.key_arn)
    _check_description(findings, cluster, store)
    if cluster.get("DBClusterMembers") and cluster.get("HttpEndpointEnabled"):
        _check_data(findings, store, job)
    else:
        findings.notes.append("rows were not read: the copy has no instance with the Data API")
    return findings


def _check_description(findings: Findings, cluster: Mapping[str, Any], store: Store) -> None:
    expected = store.expectations
    major = str(expected["engine_version"]).partition(".")[0]
    found = f"{cluster['Engine']} {str(cluster['EngineVersion']).partition('.')[0]} {cluster.get('DatabaseName')}"
    findings.check("schema", found, f"{expected['engine']} {major} {expected['database']}")
    groups = sorted(group["VpcSecurityGroupId"] for group in cluster.get("VpcSecurityGroups", ()))
    network = f"{cluster.get('DBSubnetGroup')} {' '.join(groups)}"
    wanted = f"{expected['subnet_group']} {' '.join(sorted(expected['security_group_ids']))}"
    findings.check("network", network, wanted)


def _check_data(findings: Findings, store: Store, job: Job) -> None:
    rows = _rows(store, job, BEAT)
    noted = beats.checked(findings, rows[0][0]["stringValue"] if rows else None, store, job)
    tables = {name["stringValue"]: count["longValue"] for name, count in _rows(store, job, COUNT)}
    findings.content = {"tables": tables}
    for table, count in noted.get("tables", {}).items():
        if findings.check(f"table {table}", "there" if table in tables else "missing", "there"):
            findings.count(f"rows of {table}", tables[table], count, store.tolerance_percent)


def _rows(store: Store, job: Job, sql: str) -> list[Any]:
    reply = aws("rds-data").execute_statement(
        resourceArn=job.copy_arn,
        secretArn=store.expectations["secret_arn"],
        database=store.expectations["database"],
        sql=sql,
    )
    rows: list[Any] = reply["records"]
    return rows
