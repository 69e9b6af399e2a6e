"""What Pulumi runs."""

from program import build
from settings_load import load

build(load())
