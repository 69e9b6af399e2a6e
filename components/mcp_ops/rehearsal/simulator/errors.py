"""The one exception of the simulator."""


class Refusal(Exception):
    """A resource or look-up that AWS would not accept, or that the simulator cannot speak for.

    The message says what, and why.
    """


class UnknownType(Refusal):
    """A resource type without a specification."""
