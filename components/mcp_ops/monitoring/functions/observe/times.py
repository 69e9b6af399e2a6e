"""Times as AWS writes them."""

import os
import re
from datetime import datetime


def parsed(text: str) -> datetime:
    """Returns a time with its zone: `2026-11-21T16:00:00Z`, `2026-11-21T16:00:00.123+0000`."""
    zoned = re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", text.replace("Z", "+00:00"))
    return datetime.fromisoformat(zoned)


def environment_name() -> str:
    """Returns the environment that the function watches."""
    return os.environ["ENVIRONMENT"]
