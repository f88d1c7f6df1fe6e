"""The Python SDKs as clients: one JSON line per step.

    client.py 1|2 legacy|modern stdio PROGRAM ARGUMENT…
    client.py 1|2 legacy|modern http URL

With INTEROP_HOLD in the environment it makes a call that never ends, and says so when the call runs.
"""

import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio

LINE, ERA, TRANSPORT, *TARGET = sys.argv[1:]


def say(step: str, **what: Any) -> None:
    print(json.dumps({"step": step, **what}), flush=True)


class Peer:
    """What the steps need of an SDK."""

    revision: str
    server: str | None
    session: str | None = None
    call: Callable[..., Awaitable[Any]]
    names: Callable[[], Awaitable[list[str]]]
    resources: Callable[[], Awaitable[list[Any]]]
    read: Callable[[Any], Awaitable[str]]
    abandon: Callable[[], Awaitable[None]]
    listen: Callable[[str], Awaitable[Any]]
    failures: tuple[type[Exception], ...]

    def __init__(self) -> None:
        self.heard = 0
        self.logged: list[dict[str, Any]] = []
        self.questions: list[str] = []
        self.news = anyio.Event()

    def hear(self) -> None:
        self.heard += 1
        self.news.set()
        self.news = anyio.Event()

    async def note(self, message: Any) -> None:
        self.logged.append({"level": message.level, "logger": message.logger, "data": message.data})

    def content(self, params: Any) -> dict[str, str]:
        """What a user enters who fills in forms."""
        self.questions.append(params.message)
        address = {"city": "Oslo", "street": "Karl Johans gate"}
        schema = params.requestedSchema if LINE == "1" else params.requested_schema
        return {field: address[field] for field in schema["properties"]}

    async def record(self, response: Any) -> None:
        self.session = response.headers.get("mcp-session-id", self.session)

    async def text(self, name: str, arguments: dict[str, Any], **options: Any) -> dict[str, Any]:
        return text_of(await self.call(name, arguments, **options))

    async def structured(self, name: str, arguments: dict[str, Any]) -> Any:
        """What the SDK has checked against the schema in the list."""
        result = await self.call(name, arguments)
        return result.structuredContent if LINE == "1" else result.structured_content

    async def outcome(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """A result, or the error that the server answered with."""
        try:
            return await self.text(name, arguments)
        except self.failures as error:
            return {"code": error.error.code, "text": str(error)}


def text_of(result: Any) -> dict[str, Any]:
    error = result.isError if LINE == "1" else result.is_error
    return {"text": result.content[0].text if result.content else None, "isError": bool(error)}


async def main() -> None:
    async with (one if LINE == "1" else two)() as peer:
        say("connect", revision=peer.revision, server=peer.server)
        if os.environ.get("INTEROP_HOLD"):
            await hold(peer)
        say("list", tools=await peer.names())
        say("call", **await peer.text("add", {"a": 2, "b": 3}))
        say("refuse", **await peer.outcome("add", {"a": "two", "b": 3}))
        say("unknown", **await peer.outcome("no-such-tool", {}))
        report = await peer.structured("report", {"city": "Oslo"})
        say("structured", report=report, count=await peer.structured("count", {"to": 3}))
        say("anything", **await peer.text("anything", {"value": [1, {"a": None}]}))
        # By the names that the list has, as this SDK writes them.
        say("read", texts=[await peer.read(uri) for uri in await peer.resources()])
        # The argument is also a header, as far as the revision and the SDK have such.
        region = " Zürich\U0001f980 "
        say("mirror", same=(await peer.text("look", {"region": region}))["text"] == region)
        large = 'line\nline\r\n\u2028\U0001f980\u0000"\\ ' * 20_000
        say("large", same=(await peer.text("echo", {"text": large}))["text"] == large)
        await parallel(peer)
        await progress(peer)
        await log(peer)
        say("ask", **await peer.text("address", {}), questions=peer.questions)
        await change(peer)
        await cancel(peer)
    say("close", session=peer.session)


async def hold(peer: Peer) -> None:
    async def report(_progress: float, _total: float | None, _message: str | None) -> None:
        say("hold")

    await peer.text("hold", {}, progress_callback=report)


async def parallel(peer: Peer) -> None:
    sums = [-1] * 20

    async def add(n: int) -> None:
        sums[n] = int((await peer.text("add", {"a": n, "b": n}))["text"])

    async with anyio.create_task_group() as tasks:
        for n in range(20):
            tasks.start_soon(add, n)
    say("parallel", sums=sums)


async def progress(peer: Peer) -> None:
    reports: list[tuple[float, float | None]] = []

    async def report(progress: float, total: float | None, _message: str | None) -> None:
        reports.append((progress, total))

    slow = await peer.text("slow", {"steps": 3, "delay_ms": 50}, progress_callback=report)
    say("progress", text=slow["text"], progress=[done for done, _ in reports], total=reports[-1][1] if reports else None)


async def log(peer: Peer) -> None:
    await peer.listen("info")
    await peer.text("tell", {})
    say("log", messages=peer.logged)


async def change(peer: Peer) -> None:
    """Changes the list of tools until that is heard: the first change may come before the listener's stream is open."""
    for _ in range(5):
        before, news = peer.heard, peer.news
        made = (await peer.text("toggle", {}))["text"]
        with anyio.move_on_after(1):
            await news.wait()
        if peer.heard > before:
            listed = "subtract" in await peer.names()
            return say("change", heard=True, listed=listed == (made == "added"))
    say("change", heard=False)


async def cancel(peer: Peer) -> None:
    holding = anyio.Event()
    failed = False

    async def report(_progress: float, _total: float | None, _message: str | None) -> None:
        holding.set()

    async def hold(scope: anyio.CancelScope) -> None:
        nonlocal failed
        with scope:
            try:
                await peer.text("hold", {}, progress_callback=report)
            except peer.failures:
                failed = True
        failed = failed or scope.cancelled_caught

    async with anyio.create_task_group() as tasks:
        scope = anyio.CancelScope()
        tasks.start_soon(hold, scope)
        with anyio.fail_after(10):
            await holding.wait()
        await peer.abandon()
        scope.cancel()
    held = -1
    for _ in range(50):
        held = int((await peer.text("held", {}))["text"])
        if held == 0:
            break
        await anyio.sleep(0.02)
    say("cancel", failed=failed, held=held)


@contextlib.asynccontextmanager
async def one() -> AsyncIterator[Peer]:
    """The first major line: a handshake, and nothing else."""
    from mcp import ClientSession, McpError, StdioServerParameters, types
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamable_http_client
    import httpx

    peer = Peer()
    peer.failures = (McpError,)

    async def on_message(message: Any) -> None:
        if isinstance(getattr(message, "root", None), types.ToolListChangedNotification):
            peer.hear()

    async def answer(_context: Any, params: Any) -> types.ElicitResult:
        return types.ElicitResult(action="accept", content=peer.content(params))

    async with contextlib.AsyncExitStack() as stack:
        if TRANSPORT == "http":
            http = await stack.enter_async_context(httpx.AsyncClient(event_hooks={"response": [peer.record]}))
            read, write, _ = await stack.enter_async_context(streamable_http_client(TARGET[0], http_client=http))
        else:
            parameters = StdioServerParameters(command=TARGET[0], args=TARGET[1:])
            read, write = await stack.enter_async_context(stdio_client(parameters))
        session = await stack.enter_async_context(ClientSession(read, write, elicitation_callback=answer, logging_callback=peer.note, message_handler=on_message))
        opened = await session.initialize()

        async def names() -> list[str]:
            return sorted(tool.name for tool in (await session.list_tools()).tools)

        async def resources() -> list[Any]:
            return [resource.uri for resource in (await session.list_resources()).resources]

        async def read_text(uri: Any) -> str:
            return (await session.read_resource(uri)).contents[0].text

        async def abandon() -> None:
            # This line leaves it to the program to say that it no longer waits.
            params = types.CancelledNotificationParams(requestId=session._request_id - 1, reason="enough")
            await session.send_notification(types.ClientNotification(types.CancelledNotification(params=params)))

        peer.revision, peer.server = str(opened.protocolVersion), opened.serverInfo.name
        peer.call, peer.names, peer.abandon = session.call_tool, names, abandon
        peer.resources, peer.read = resources, read_text
        peer.listen = session.set_logging_level
        yield peer


@contextlib.asynccontextmanager
async def two() -> AsyncIterator[Peer]:
    """The second major line, which speaks both eras."""
    from mcp import Client, MCPError, StdioServerParameters
    from mcp.client.streamable_http import streamable_http_client
    import httpx2
    import mcp_types as types

    peer = Peer()
    peer.failures = (MCPError,)

    async def on_message(message: Any) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            peer.hear()

    async def answer(_context: Any, params: Any) -> types.ElicitResult:
        return types.ElicitResult(action="accept", content=peer.content(params))

    async with contextlib.AsyncExitStack() as stack:
        server: Any
        if TRANSPORT == "http":
            http = await stack.enter_async_context(httpx2.AsyncClient(event_hooks={"response": [peer.record]}))
            server = streamable_http_client(TARGET[0], http_client=http)
        else:
            server = StdioServerParameters(command=TARGET[0], args=TARGET[1:])
        mode = "legacy" if ERA == "legacy" else "auto"
        hears: Any = {"elicitation_callback": answer, "message_handler": on_message, "logging_callback": peer.note}
        if ERA == "modern":
            # In the newer era each request says what it wants to hear.
            hears["log_level"] = "info"
        client = await stack.enter_async_context(Client(server, mode=mode, **hears))

        async def names() -> list[str]:
            return sorted(tool.name for tool in (await client.list_tools()).tools)

        async def resources() -> list[Any]:
            return [resource.uri for resource in (await client.list_resources()).resources]

        async def read_text(uri: Any) -> str:
            return (await client.read_resource(uri)).contents[0].text

        async def abandon() -> None:
            pass

        async def listen(level: str) -> None:
            if ERA == "legacy":
                await client.set_logging_level(level)


        if ERA == "modern":
            # The message handler hears what the subscription hears.
            await stack.enter_async_context(client.listen(tools_list_changed=True))
        peer.revision, peer.server = client.protocol_version, client.server_info.name if client.server_info else None
        peer.call, peer.names, peer.abandon = client.call_tool, names, abandon
        peer.resources, peer.read = resources, read_text
        peer.listen = listen
        yield peer


anyio.run(main)
