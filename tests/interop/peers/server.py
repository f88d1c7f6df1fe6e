"""The Python SDKs and FastMCP as servers. Over HTTP it says on its standard error where it listens: on PORT of the environment, or
any that is free.

    server.py 1|2|fastmcp stdio|http|plain

`plain` is HTTP without sessions and without streams.
"""

import os
import socket
import sys
from typing import Annotated, Any

import anyio
import uvicorn
from pydantic import BaseModel, Field

LINE, TRANSPORT = sys.argv[1:]

if LINE == "fastmcp":
    import mcp_types
    from fastmcp import Context, FastMCP
    from fastmcp.exceptions import ToolError
    from mcp_types import Completion

    mcp: Any = FastMCP("fastmcp", version="1.0.0")
elif LINE == "1":
    from mcp.server.fastmcp import Context, FastMCP
    from mcp.server.fastmcp.exceptions import ToolError
    from mcp.types import Completion

    plain = TRANSPORT == "plain"
    mcp = FastMCP("python-1", log_level="WARNING", json_response=plain, stateless_http=plain)
else:
    from mcp.server.elicitation import ElicitationResult
    from mcp.server.mcpserver import Context, Elicit, MCPServer, Resolve
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import Completion

    mcp = MCPServer("python-2", version="1.0.0", log_level="WARNING")

COUNT = "test://count"
NAMES = ["Ada", "Adele", "Grace"]
running = 0
touched = 0


class City(BaseModel):
    """What the user is asked."""

    city: str


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


@mcp.tool()
async def touch(ctx: Context) -> str:
    """Changes a resource."""
    global touched
    touched += 1
    if LINE == "2":
        await ctx.notify_resource_updated(COUNT)
    await ctx.session.send_resource_updated(COUNT)
    return "touched"


@mcp.tool()
async def log(ctx: Context) -> str:
    """Logs."""
    await ctx.debug("a detail")
    await ctx.warning("a warning")
    return "logged"


QUESTION = "Which city?"
if LINE == "1":

    @mcp.tool()
    async def ask(ctx: Context) -> str:
        """Asks the user."""
        answer = await ctx.elicit(QUESTION, City)
        return answer.data.city if answer.action == "accept" else answer.action

elif LINE == "2":

    def question() -> Elicit[City]:
        """What is asked before the tool runs."""
        return Elicit(QUESTION, City)

    @mcp.tool()
    async def ask(answer: Annotated[ElicitationResult[City], Resolve(question)]) -> str:
        """Asks the user."""
        return answer.data.city if answer.action == "accept" else answer.action

else:

    @mcp.tool()
    async def ask(ctx: Context) -> str | mcp_types.InputRequiredResult:
        """Asks the user."""
        if ctx.input_responses is None:
            form = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
            params = mcp_types.ElicitRequestFormParams(message=QUESTION, requested_schema=form)
            questions = {"city": mcp_types.ElicitRequest(params=params)}
            return mcp_types.InputRequiredResult(input_requests=questions, request_state="asked")
        answer = ctx.input_responses["city"]
        if ctx.request_state != "asked" or not isinstance(answer, mcp_types.ElicitResult):
            raise ToolError(f"{answer} is no answer in the state {ctx.request_state}")
        return str((answer.content or {})["city"]) if answer.action == "accept" else answer.action


@mcp.prompt()
def greet(name: str) -> str:
    """Greets somebody."""
    return f"Hello, {name}!"


@mcp.resource(COUNT)
def count() -> str:
    """How often it has changed."""
    return str(touched)


@mcp.resource("test://letters/{name}")
def letters(name: str) -> str:
    """A letter to somebody."""
    return f"Dear {name}"


# The decorator of FastMCP is called without parentheses.
@(mcp.completion if LINE == "fastmcp" else mcp.completion())
async def complete(_reference: Any, argument: Any, _context: Any) -> Completion:
    """The names that begin so."""
    return Completion(values=[name for name in NAMES if name.startswith(argument.value)])


def http_app() -> Any:
    if LINE == "fastmcp":
        return mcp.http_app()
    if LINE == "2" and TRANSPORT == "plain":
        return mcp.streamable_http_app(json_response=True, stateless_http=True)
    return mcp.streamable_http_app()


async def serve_http() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    server = uvicorn.Server(uvicorn.Config(http_app(), log_level="warning"))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
    await server.serve([listener])


if TRANSPORT == "stdio":
    mcp.run("stdio", **({"show_banner": False} if LINE == "fastmcp" else {}))
else:
    anyio.run(serve_http)
