import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_ops.rehearsal.findings.patterns import arns_meet, matches, meet, without_variables

PATTERNS = st.text("ab/*?", max_size=6)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("*", "anything", True),
        ("bucket/*", "bucket*", True),
        ("bucket", "bucket/*", False),
        ("a*c", "ab*", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("table/*/index/*", "table/*", True),
        ("\0", "a/*", False),
        ("\0", "a*", True),
        ("\0/*", "a/b", True),
    ],
)
def test_two_patterns_meet(left: str, right: str, expected: bool) -> None:
    assert meet(left, right) is expected
    assert meet(right, left) is expected


@settings(max_examples=300, deadline=None)
@given(PATTERNS, PATTERNS, st.text("ab/", max_size=6))
def test_a_common_text_proves_that_patterns_meet(left: str, right: str, text: str) -> None:
    if matches(left, text) and matches(right, text):
        assert meet(left, right)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.text("ab/", max_size=6))
def test_a_pattern_meets_a_plain_text_exactly_when_it_matches_it(pattern: str, text: str) -> None:
    assert meet(pattern, text) is matches(pattern, text)


@pytest.mark.parametrize(
    ("resource", "arn_format", "expected"),
    [
        ("arn:aws:s3:::state", "arn:*:s3:::\0", True),
        ("arn:aws:s3:::state/*", "arn:*:s3:::\0", False),
        ("arn:aws:s3:::*", "arn:*:s3:::\0", True),
        ("arn:aws:s3:eu-west-1::state", "arn:*:s3:::\0", False),
        ("arn:aws:ec2:*::image/*", "arn:*:ec2:*:*:image/*", True),
        ("arn:aws:logs:*", "arn:*:logs:*:*:log-group:*", True),
        ("arn:aws:logs", "arn:*:logs:*:*:log-group:*", False),
    ],
)
def test_resources_meet_formats_part_by_part(resource: str, arn_format: str, expected: bool) -> None:
    assert arns_meet(resource, arn_format) is expected


def test_variables_become_wildcards_and_escapes_become_themselves() -> None:
    assert without_variables("home/${aws:username}/${*}/${$}") == "home/*/*/$"
