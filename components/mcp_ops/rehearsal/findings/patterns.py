"""IAM's wildcards: does a pattern match a name, and can two patterns mean the same resource?"""

import functools
import re

STAR = "*"
ONE = "?"
STAR_WITHOUT_SLASH = "\0"
"""In a format of AWS's: any text without `/`."""

ARN_PARTS = 6

_WILDCARD = re.compile(r"[*?\0]")
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_ESCAPED = {"*", "?", "$"}


@functools.lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """Returns a wildcard pattern (`*`, `?`) as a regular expression for `fullmatch`; letter case counts."""
    parts = {STAR: ".*", ONE: ".", STAR_WITHOUT_SLASH: "[^/]*"}
    return re.compile("".join(parts.get(character) or re.escape(character) for character in pattern), re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Tells whether a wildcard pattern matches a text in full; letter case counts."""
    return compiled(pattern).fullmatch(text) is not None


def without_variables(text: str) -> str:
    """Returns a resource or value with each policy variable (`${aws:username}`) as `*`: it may become anything."""
    return _VARIABLE.sub(lambda match: match.group(1) if match.group(1) in _ESCAPED else STAR, text)


def arn_parts(arn: str) -> list[str] | None:
    """Returns the six parts of an ARN pattern, or None when it has too few.

    IAM lets a last `*` stand for everything that follows (`arn:aws:s3*` excepted: the service must be complete).
    """
    parts = arn.split(":", ARN_PARTS - 1)
    if len(parts) == ARN_PARTS:
        return parts
    if len(parts) > 2 and parts[-1].endswith(STAR):  # noqa: PLR2004 - arn, partition and service must be there
        return parts + [STAR] * (ARN_PARTS - len(parts))
    return None


@functools.lru_cache(maxsize=16384)
def arns_meet(resource: str, arn_format: str) -> bool:
    """Tells whether some ARN matches both a policy's resource and a format of AWS's (both with wildcards).

    Variables must already be wildcards. `*` in one of the first five parts also matches an empty part.
    """
    left, right = arn_parts(resource), arn_parts(arn_format)
    if left is None or right is None:
        return False
    return all(meet(mine, theirs) for mine, theirs in zip(left, right, strict=True))


@functools.lru_cache(maxsize=16384)
def meet(left: str, right: str) -> bool:
    """Tells whether some text matches both patterns."""
    if left in (right, STAR) or right == STAR:
        return True
    if not _has_wildcard(left):
        return matches(right, left)
    if not _has_wildcard(right):
        return matches(left, right)
    return _prefixes_agree(left, right) and _Meeting(left, right).possible()


def _has_wildcard(text: str) -> bool:
    return _WILDCARD.search(text) is not None


def _prefixes_agree(left: str, right: str) -> bool:
    mine, theirs = (_WILDCARD.split(pattern, maxsplit=1)[0] for pattern in (left, right))
    return mine.startswith(theirs) or theirs.startswith(mine)


class _Meeting:
    """Walks two patterns side by side; visits each pair of positions once."""

    def __init__(self, left: str, right: str) -> None:
        self._left, self._right = left, right

    def possible(self) -> bool:
        waiting, seen = [(0, 0)], {(0, 0)}
        while waiting:
            place = waiting.pop()
            if place == (len(self._left), len(self._right)):
                return True
            fresh = [step for step in self._steps(*place) if step not in seen]
            seen.update(fresh)
            waiting.extend(fresh)
        return False

    def _steps(self, mine: int, theirs: int) -> list[tuple[int, int]]:
        one = self._left[mine : mine + 1]
        other = self._right[theirs : theirs + 1]
        past_one, past_other = (mine + 1, theirs), (mine, theirs + 1)
        if one in _STARS or other in _STARS:
            return _star_steps(one, other, past_one, past_other) + _star_steps(other, one, past_other, past_one)
        same = bool(one and other) and (one == other or ONE in (one, other))
        return [(mine + 1, theirs + 1)] if same else []


_STARS = frozenset({STAR, STAR_WITHOUT_SLASH})


def _star_steps(
    star: str, other: str, past_star: tuple[int, int], past_other: tuple[int, int]
) -> list[tuple[int, int]]:
    """Returns where a star can lead: it ends, or it takes what the other side has."""
    if star not in _STARS:
        return []
    takes = bool(other) and not (star == STAR_WITHOUT_SLASH and other == "/")
    return [past_star, past_other] if takes else [past_star]
