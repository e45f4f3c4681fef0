"""Answers over HTTP by RFC 9457: a stable code, a sentence that says what to do, all reasons."""

from collections.abc import Mapping, Sequence

from fastapi.responses import JSONResponse

from events.errors import Problem

TYPE = "application/problem+json"


def problem_response(
    status: int,
    code: str,
    title: str,
    *,
    detail: str,
    problems: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return the answer. Its `type` is `urn:mingdian:problem:<code>`."""
    body: dict[str, object] = {
        "type": f"urn:mingdian:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if problems:
        body["problems"] = [problem.model_dump() for problem in problems]
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=TYPE)
