"""Tests of the room secrets."""  # noqa: A005 - the room has this name
