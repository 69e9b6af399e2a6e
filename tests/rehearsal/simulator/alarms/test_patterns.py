import json

import pytest

from mcp_ops.rehearsal.simulator.alarms.patterns import matcher
from mcp_ops.rehearsal.simulator.errors import Refusal

LINE = {
    "level": "error",
    "status": 503,
    "user": {"type": "Root", "name": None, "groups": ["ops", {"id": 7}]},
    "retry": True,
    "message": "a [bad] thing?",
    "odd key": "x",
}


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ $.level = "error" }', True),
        ("{ $.level = error }", True),
        ('{ $.level = "Error" }', False),
        ('{ $.level != "info" }', True),
        ('{ $.absent != "info" }', False),
        ('{ $.level = "err*" }', True),
        ('{ $.level = "*Denied*" }', False),
        ('{ $.message = "a [bad] thing?" }', True),
        ('{ $.message = "a [bad] thing!" }', False),
        ("{ $.status = 503 }", True),
        ("{ $.status >= 500 && $.status < 600 }", True),
        ("{ $.status > 503 || $.status <= 502 }", False),
        ("{ $.level > 3 }", False),
        ('{ $.status = "503" }', False),
        ("{ $.user.groups[1].id = 7 }", True),
        ("{ $.user.groups[5] EXISTS }", False),
        ("{ $['odd key'] = \"x\" }", True),
        ('{ $["odd key"] = "y" }', False),
        ("{ $.user.name IS NULL }", True),
        ("{ $.user.name NOT EXISTS }", False),
        ("{ $.user.age NOT EXISTS }", True),
        ("{ $.retry IS TRUE }", True),
        ("{ $.retry IS FALSE }", False),
        ('{ ($.level = "info") || (($.user.type = "Root") && ($.status = 503)) }', True),
        ('{ $.level = "info" && $.level = "error" || $.retry IS TRUE }', True),
        ("error", True),
        ("ERROR", False),
        ('error "bad] thing"', True),
        ("error absent", False),
        ("?absent ?error", True),
        ("?absent ?gone", False),
        ("error -absent", True),
        ("error -bad", False),
        ("", True),
    ],
)
def test_a_pattern_matches_or_not(pattern: str, matches: bool) -> None:
    assert matcher(pattern)(json.dumps(LINE)) is matches


def test_conditions_do_not_match_a_line_that_is_no_object() -> None:
    condition = matcher('{ $.level != "x" }')
    assert [condition(line) for line in ("level x", "[1]", '"x"')] == [False] * 3


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("[ip, user]", "space-delimited patterns are not simulated"),
        ("%AUTH%", "regular expressions are not simulated"),
        ("{ $.level = %err% }", "regular expressions are not simulated"),
        ("{ $.level = error", "no } at its end"),
        ("{ level = error }", "level stands where a path is wanted"),
        ("{ $.level }", "its end stands where a sign or word is wanted"),
        ("{ $.level ( }", r"\( is no comparison"),
        ("{ $.level = }", "its end stands where a quoted or word is wanted"),
        ("{ ($.level = a }", r"a \( is not closed"),
        ("{ $.level = a b }", "b is unexpected"),
        ("{ $.level IS maybe }", "IS MAYBE is no condition"),
        ("{ $.level NOT NULL }", "NOT NULL is no condition"),
        ("{ $.level = a ! }", "cannot be read from"),
    ],
)
def test_what_cannot_be_read_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        matcher(pattern)
