"""FastAPI with pydantic models for request and answer, uvicorn with one worker (uvloop, httptools).

    server.py ROOT [PORT]

ROOT is the repository. Without PORT a free one is taken.
"""

import socket
import sys
import uuid
from pathlib import Path

import uvicorn
from fastapi import FastAPI, HTTPException

from catalogue import load
from mapping import fill
from models import Answer, Question

people, services, lists = load(Path(sys.argv[1]))
# Nothing is told to anybody while it is measured.
app = FastAPI(openapi_url=None, telemetry={"tracing": False, "metrics": False, "logs": False})


# async: a plain function would be handed to a pool of threads for every request. A dict, not the model: FastAPI makes the
# model of it and writes it, and with that a request costs 5 % less than with a model made here.
@app.post("/v1/autofill", response_model=Answer, response_model_exclude_none=True)
async def autofill(question: Question):
    service = services.get(question.service)
    record = people.get(question.citizen.id)
    if service is None or record is None:
        raise HTTPException(404, "unknown_service" if service is None else "not_found")
    return fill(str(uuid.uuid4()), service, record, lists)


if __name__ == "__main__":
    # Bound here, so that a free port can be told; who connects before the server is ready waits in the queue.
    listener = socket.create_server(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), backlog=2048)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="error", workers=1)
    uvicorn.Server(config).run(sockets=[listener])
