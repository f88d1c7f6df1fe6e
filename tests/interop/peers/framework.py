"""FastMCP as a client of our server: what it lists and reads, as one JSON line.

    framework.py stdio PROGRAM ARGUMENT…
    framework.py http URL
"""

import asyncio
import json
import sys

from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport

TRANSPORT, *TARGET = sys.argv[1:]


async def main() -> None:
    transport = StreamableHttpTransport(TARGET[0]) if TRANSPORT == "http" else StdioTransport(TARGET[0], TARGET[1:])
    async with Client(transport) as client:
        tools = sorted(tool.name for tool in await client.list_tools())
        # By the names that the list has, as it writes them.
        read = [await client.read_resource(resource.uri) for resource in await client.list_resources()]
        anything = await client.call_tool("anything", {"value": [1, {"a": None}]})
        said = {"tools": tools, "texts": [contents[0].text for contents in read], "anything": anything.content[0].text}
        print(json.dumps(said), flush=True)


asyncio.run(main())
