"""A server whose tools are slow, crash and refuse. `python -m awkward`."""

import asyncio
import logging
import time
from typing import Annotated, Literal
from uuid import UUID

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import AfterValidator, BaseModel, Field, model_validator
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from mcp_ops_server import CallerError, serve


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("must be even")
    return value


def _known(value: str) -> str:
    raise ValueError(f"{value!r} is not known")


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Order(BaseModel):
    items: list[Annotated[int, Field(le=9)]] = []
    stock: dict[str, int] = {}

    @model_validator(mode="after")
    def not_both(self) -> "Order":
        assert not (self.items and self.stock), "items and stock exclude each other"
        return self


def build() -> MCPServer:
    mcp = MCPServer("awkward", version="1", debug=True)
    begun: list[str] = []
    _add_slow_tools(mcp, begun)
    _add_failing_tools(mcp)
    _add_routes(mcp, begun)
    return mcp


def _add_slow_tools(mcp: MCPServer, begun: list[str]) -> None:
    @mcp.tool()
    async def wait(seconds: float) -> str:
        """Waits on the event loop."""
        begun.append("wait")
        await asyncio.sleep(seconds)
        return "waited"

    @mcp.tool()
    def block(seconds: float) -> str:
        """Blocks a thread."""
        begun.append("block")
        time.sleep(seconds)
        return "blocked"


def _add_failing_tools(mcp: MCPServer) -> None:
    @mcp.tool()
    async def crash(text: str) -> str:
        """Crashes."""
        raise RuntimeError(f"crashed on {text}")

    @mcp.tool()
    async def refuse(text: str) -> str:
        """Refuses."""
        raise ToolError(f"refused {len(text)} characters")

    @mcp.tool()
    async def mistake(text: str) -> str:
        """Refuses what the caller wants."""
        raise CallerError(f"text: no city has {len(text)} characters")

    @mcp.tool()
    async def upstream(text: str) -> str:
        """Fails whoever calls."""
        raise ToolError(f"{len(text)} characters were sent to a service that does not answer")

    @mcp.tool()
    async def strict(
        even: Annotated[int, AfterValidator(_even)] = 0,
        known: Annotated[str, AfterValidator(_known)] = "",
        limited: Annotated[int, Field(le=9)] = 0,
        key: UUID | None = None,
        pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None,
        order: Order | None = None,
        many: list[int] | None = None,
    ) -> str:
        """Takes arguments with rules of many kinds."""
        return f"taken {even} {known} {limited} {key} {pet} {order} {many}"

    @mcp.tool()
    async def progress(ctx: Context) -> str:
        """Reports progress, then answers."""
        await ctx.report_progress(1, 2)
        logging.getLogger("awkward").info("worked", extra={"steps": 1})
        return "done"

    @mcp.prompt()
    def ask(text: str) -> str:
        """Crashes."""
        raise RuntimeError(f"crashed on {text}")


def _add_routes(mcp: MCPServer, begun: list[str]) -> None:
    @mcp.custom_route("/begun", methods=["POST"])
    async def count(_: Request) -> Response:
        return PlainTextResponse(str(len(begun)))

    @mcp.custom_route("/own", methods=["POST"])
    async def own(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    @mcp.custom_route("/broken", methods=["POST"])
    async def broken(request: Request) -> Response:
        raise RuntimeError("crashed on " + (await request.body()).decode())


if __name__ == "__main__":
    serve(build(), secrets=["AWKWARD_KEY"])
