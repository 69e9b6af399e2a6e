"""The restart function: a rotated secret reaches a container when the container starts, so its services start anew."""
