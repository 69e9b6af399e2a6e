"""Drill **sign-in**.

About fifty requests to every server: the gateway's own registered rules decide in order of priority, and the running
server answers those that reach it. The expected end of each is stated beforehand.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills import declarations
from mcp_ops.rehearsal.drills.containers import TASK_DEFINITION
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Failed, Stage
from mcp_ops.rehearsal.drills.listener import Answer, Asked, Listener, gateway_of
from mcp_ops.rehearsal.drills.listener_tokens import Keys
from mcp_ops.rehearsal.drills.messages import Reply, sent
from mcp_ops.rehearsal.drills.processes import Running
from mcp_ops.rehearsal.drills.sign_in.requests import Surroundings, Trial, trials
from mcp_ops.rehearsal.drills.sign_in.tokens import Tokens
from mcp_ops.rehearsal.drills.started_servers import judged
from mcp_ops.rehearsal.record import Run

INSIDE = Answer("no rule: from inside", 0, target="the server itself")


@dataclass(frozen=True)
class Row:
    """One request and what became of it: a line of the evidence."""

    request: str
    rule: str
    end: str
    expected: str
    problem: str
    """Empty when it ended as it must."""

    def as_json(self) -> dict[str, str]:
        """Returns the line for machines."""
        told = {"request": self.request, "rule": self.rule, "answer": self.end, "expected": self.expected}
        return {**told, "problem": self.problem} if self.problem else told


@dataclass(frozen=True)
class Gateway:
    """What stands between callers and one server."""

    secure: Listener
    plain: Listener | None
    keys: Keys

    def answers(self, request: Asked) -> Answer:
        """Returns what becomes of a request before it reaches the server."""
        listener = self.secure if request.secure else self.plain
        return listener.answers(request, self.keys) if listener else Answer("no listener", 0)


def _missing(stage: Stage) -> str:
    try:
        entries = declarations.entries(stage)
    except Failed:
        return ""  # the drill applies, and says what is wrong
    signs_in = any('"MCP_ISSUER"' in str(wire.reveal(item.inputs)) for item in stage.run.of_type(TASK_DEFINITION))
    return "" if entries and signs_in else "no server of the stack that can be started here wants tokens"


def _run(stage: Stage) -> Evidence:
    hosts = Counter(urlsplit(str(entry.get("url"))).netloc for entry in declarations.entries(stage).values())
    servers = judged(
        stage,
        lambda running: examined(stage.run, running, owns_root=hosts[running.server.host] == 1),
        wanted=lambda server: bool(server.environment.get("MCP_ISSUER")),
    )
    problems = list(servers.problems)
    for name, rows in servers.found.items():
        problems.extend(f"{name}: {row.request}: {row.problem}" for row in rows if row.problem)
    if not servers.found and not problems:
        problems.append("no server with sign-in was started")
    summary = [*servers.not_started, *(_line(name, rows) for name, rows in servers.found.items()), *problems]
    tables = {name: [row.as_json() for row in rows] for name, rows in servers.found.items()}
    return Evidence(not problems, tuple(summary), {"requests": tables, "problems": problems})


def examined(run: Run, running: Running, *, owns_root: bool) -> list[Row]:
    """Sends every request to one running server, through the rules that the stack registered for it.

    Raises:
        Failed: no listener is for the server, or a rule says what the model does not know.
        OSError, http.client.HTTPException: the server does not answer.
    """
    server, issuer = running.server, running.admission.issuer
    if issuer is None:
        raise Failed(f"{server.name}: was started without an issuer")
    secure, plain = gateway_of(run, server.host)
    validation: Mapping[str, Any] = next(
        (rule.validation for rule in secure.rules if rule.names_host(server.host) and rule.validation), {}
    )
    tokens = Tokens(issuer, server, validation)
    gateway = Gateway(secure, plain, tokens.keys)
    unauthenticated = gateway.answers(Asked("POST", server.host, server.path))
    around = Surroundings(forwards=bool(unauthenticated.target), owns_root=owns_root)
    return [_tried(trial, gateway, running) for trial in trials(tokens, around)]


def _tried(trial: Trial, gateway: Gateway, running: Running) -> Row:
    server = running.server
    headers = {**trial.message.headers, **trial.headers}
    if trial.token:
        headers["Authorization"] = f"Bearer {trial.token}"
    path, host = trial.path or server.path, trial.host or server.host
    asked = Asked(trial.message.method, host, path, headers, trial.secure)
    answer = INSIDE if trial.past_gateway else gateway.answers(asked)
    reply = Reply(answer.status, {}, answer.body)
    if answer.target:
        reply = sent(running, trial.message, path, {**headers, "Host": host})
    end = f"{'server' if answer.target else 'gateway'} {reply.status}"
    problem = f"ended at {end}, expected {trial.end}" if end != trial.end else ""
    if not problem and trial.check:
        problem = trial.check(reply)
    return Row(trial.name, answer.rule, end, trial.end, problem)


def _line(name: str, rows: Sequence[Row]) -> str:
    """Returns one line for people: how many requests, and where they ended, by rule."""
    by_rule: dict[str, Counter[str]] = {}
    for row in rows:
        by_rule.setdefault(row.rule, Counter())[row.end] += 1
    told = "; ".join(
        f"{rule}: {', '.join(f'{count}x {end}' for end, count in ends.items())}" for rule, ends in by_rule.items()
    )
    right = sum(not row.problem for row in rows)
    return f"{name}: {right} of {len(rows)} requests ended as they must ({told})"


DRILL = Drill("sign-in", "only the right callers come in", _missing, _run)
