"""FastMCP as a client of our server: what it lists, reads and answers, as one JSON line.

    framework.py stdio PROGRAM ARGUMENT…
    framework.py http URL
"""

import asyncio
import json
import sys
from typing import Any

from fastmcp import Client
from fastmcp.client.elicitation import ElicitResult
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport

TRANSPORT, *TARGET = sys.argv[1:]


questions: list[str] = []


async def answer(message: str, _form: type, params: Any, _context: Any) -> ElicitResult:
    """A user who fills in forms."""
    questions.append(message)
    address = {"city": "Oslo", "street": "Karl Johans gate"}
    return ElicitResult(action="accept", content={field: address[field] for field in params.requested_schema["properties"]})


async def main() -> None:
    transport = StreamableHttpTransport(TARGET[0]) if TRANSPORT == "http" else StdioTransport(TARGET[0], TARGET[1:])
    async with Client(transport, elicitation_handler=answer) as client:
        tools = sorted(tool.name for tool in await client.list_tools())
        # By the names that the list has, as it writes them.
        read = [await client.read_resource(resource.uri) for resource in await client.list_resources()]
        anything = await client.call_tool("anything", {"value": [1, {"a": None}]})
        asked = await client.call_tool("address", {})
        said = {
            "tools": tools,
            "texts": [contents[0].text for contents in read],
            "anything": anything.content[0].text,
            "address": asked.content[0].text,
            "questions": questions,
        }
        print(json.dumps(said), flush=True)


asyncio.run(main())
