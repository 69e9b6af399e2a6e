"""The sizes that AWS Fargate runs (Amazon ECS developer guide, task CPU and memory)."""

from mcp_ops.errors import Offences

MEMORY_BY_CPU = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
"""MiB of memory that may accompany each number of CPU units; 1024 units are one vCPU."""

MAX_CPU = max(MEMORY_BY_CPU)
MAX_MEMORY = max(MEMORY_BY_CPU[MAX_CPU])

ARCHITECTURES = {"arm64": "ARM64", "x86_64": "X86_64"}
"""ECS's name of each processor architecture."""

STOP_TIMEOUT_SECONDS = 120
"""Longest time between SIGTERM and SIGKILL on Fargate (API reference of ContainerDefinition)."""

MAX_TASKS = 5000
"""Tasks that one service may run (Amazon ECS service quotas)."""


def check_size(offences: Offences, cpu: int, memory: int, *, where: str = "") -> None:
    """Notes an offence when Fargate does not run `cpu` units with `memory` MiB; `where` precedes `cpu` and `memory`."""
    if cpu not in MEMORY_BY_CPU:
        offences.add(f"{where}cpu", cpu, f"is not a Fargate size; use {', '.join(map(str, MEMORY_BY_CPU))}")
        return
    sizes = MEMORY_BY_CPU[cpu]
    rule = f"does not go with cpu {cpu} on Fargate; use {', '.join(map(str, sizes))}"
    offences.check(memory in sizes, f"{where}memory", memory, rule)
