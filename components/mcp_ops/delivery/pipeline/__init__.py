"""The steps of the pipeline, as workflows call them and people can: `mcp-ops pipeline STEP`."""
