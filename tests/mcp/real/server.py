#!/usr/bin/env python3
"""A server written with the official Python SDK: a tool, a resource and a prompt of each kind that inferlets use."""
from mcp.server import MCPServer

server = MCPServer("tests")


@server.tool()
def add(a: int, b: int) -> int:
    """Adds."""
    return a + b


@server.tool()
def fail(why: str) -> str:
    """Fails."""
    raise ValueError(why)


@server.resource("notes://today")
def today() -> str:
    return "a note of today"


@server.prompt()
def greet(name: str) -> str:
    return f"Greet {name} kindly."


if __name__ == "__main__":
    server.run()
