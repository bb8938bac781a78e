"""A small MCP server on stdin and stdout: it lists one tool and knows nothing else."""

import json
import sys

RESULTS = {
    "initialize": {"protocolVersion": "2024-11-05", "capabilities": {}, "serverInfo": {"name": "demo", "version": "1"}},
    "tools/list": {"tools": [{"name": "echo"}]},
}

for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    answer = {"jsonrpc": "2.0", "id": request["id"]}
    if request["method"] in RESULTS:
        answer["result"] = RESULTS[request["method"]]
    else:
        answer["error"] = {"code": -32601, "message": request["method"]}
    print(json.dumps(answer), flush=True)
