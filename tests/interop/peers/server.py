"""The Python SDKs as servers. Over HTTP it says on its standard error where it listens: on PORT of the environment, or
any that is free.

    server.py 1|2 stdio|http|plain

`plain` is HTTP without sessions and without streams.
"""

import os
import socket
import sys
from typing import Annotated, Any

import anyio
import uvicorn
from pydantic import Field

LINE, TRANSPORT = sys.argv[1:]

if LINE == "1":
    from mcp.server.fastmcp import Context, FastMCP
    from mcp.server.fastmcp.exceptions import ToolError

    plain = TRANSPORT == "plain"
    mcp: Any = FastMCP("python-1", log_level="WARNING", json_response=plain, stateless_http=plain)
else:
    from mcp.server.mcpserver import Context, MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

    mcp = MCPServer("python-2", version="1.0.0", log_level="WARNING")

running = 0


@mcp.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@mcp.tool()
def echo(text: str) -> str:
    """Says again what it was told."""
    return text


@mcp.tool()
def look(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})]) -> str:
    """Looks at a region."""
    return region


@mcp.tool()
def fail() -> str:
    """Fails."""
    raise ToolError("it failed")


@mcp.tool()
async def slow(steps: int, ctx: Context) -> str:
    """Reports progress."""
    for step in range(1, steps + 1):
        await anyio.sleep(0.02)
        await ctx.report_progress(step, steps)
    return f"{steps} steps done"


@mcp.tool()
async def hold(ctx: Context) -> str:
    """Never ends by itself."""
    global running
    running += 1
    try:
        await ctx.report_progress(1)
        await anyio.sleep_forever()
    finally:
        running -= 1
    return "given up"


@mcp.tool()
def held() -> int:
    """How many calls of hold are alive."""
    return running


@mcp.tool()
async def toggle(ctx: Context) -> str:
    """Changes the list of tools."""
    if LINE == "2":
        await ctx.notify_tools_changed()
    await ctx.session.send_tool_list_changed()
    return "changed"


def http_app() -> Any:
    if LINE == "2" and TRANSPORT == "plain":
        return mcp.streamable_http_app(json_response=True, stateless_http=True)
    return mcp.streamable_http_app()


async def serve_http() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    server = uvicorn.Server(uvicorn.Config(http_app(), log_level="warning"))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
    await server.serve([listener])


if TRANSPORT == "stdio":
    mcp.run("stdio")
else:
    anyio.run(serve_http)
