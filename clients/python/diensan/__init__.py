"""A thin client of diensan: one method an operation, one error for every problem. Keeps and logs nothing."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Literal, Mapping

__all__ = ["Diensan", "DiensanProblem", "Meaning", "meaning_of"]

Json = dict[str, Any]

Meaning = Literal["not_found", "outage", "wait", "not_allowed", "request"]
"""What a problem says, as far as it decides what to do next.

- `not_found`: nobody matches number, name and birth date together; check all three.
- `outage`: nothing is known about anybody; show the outage, ask again later.
- `wait`: wait `retry_after` seconds.
- `not_allowed`: the caller or the officer may not.
- `request`: the request is wrong; mend it at `problem["pointer"]`.
"""


def meaning_of(status: int, code: str) -> Meaning:
    """What to do about a problem. An outage is never "not found"."""
    if code == "not_found":
        return "not_found"
    if status in (429, 503):
        return "wait"
    if status >= 500 or status == 0:
        return "outage"
    if status in (401, 403):
        return "not_allowed"
    return "request"


class DiensanProblem(Exception):
    """A problem document (RFC 9457), or no answer at all (`code` is then `no_answer`)."""

    def __init__(self, problem: Mapping[str, Any], meaning: Meaning) -> None:
        # The title is constant for a code; no text of a problem quotes what was sent.
        super().__init__(f"{problem['code']}: {problem['title']}")
        self.problem = dict(problem)
        self.meaning: Meaning = meaning

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.problem["code"])

    @property
    def retry_after(self) -> int | None:
        """Seconds to wait before asking again; `None` where waiting does not help."""
        value = self.problem.get("retry_after")
        return int(value) if value is not None else None


class Diensan:
    """The service at an address without a path. `key` is an API key or a token; `timeout` counts seconds."""

    def __init__(self, base: str, key: str | None = None, timeout: float = 30.0) -> None:
        self._base = base.rstrip("/")
        self._key = key
        self._timeout = timeout
        # No proxy of the environment, no redirect: personal data goes to the named address only.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())

    def __repr__(self) -> str:
        return f"Diensan({self._base!r})"

    def autofill(self, question: Mapping[str, Any]) -> Json:
        """`POST /v1/autofill`: the form, filled."""
        return self._ask("POST", "/v1/autofill", question)

    def autofill_batch(self, question: Mapping[str, Any]) -> Json:
        """`POST /v1/autofill/batch`: an outcome for each of up to 20 people of one dossier."""
        return self._ask("POST", "/v1/autofill/batch", question)

    def verify(self, question: Mapping[str, Any]) -> Json:
        """`POST /v1/verify`: typed values against the register."""
        return self._ask("POST", "/v1/verify", question)

    def validate(self, form: str, question: Mapping[str, Any]) -> Json:
        """`POST /v1/forms/{id}/validate`: what is missing and what is wrong."""
        return self._ask("POST", f"/v1/forms/{_quoted(form)}/validate", question)

    def services(self) -> Json:
        """`GET /v1/services`."""
        return self._ask("GET", "/v1/services")

    def service(self, code: str) -> Json:
        """`GET /v1/services/{code}`."""
        return self._ask("GET", f"/v1/services/{_quoted(code)}")

    def form(self, form: str) -> Json:
        """`GET /v1/forms/{id}`: the JSON Schema of a form."""
        return self._ask("GET", f"/v1/forms/{_quoted(form)}")

    def _ask(self, method: str, path: str, question: Mapping[str, Any] | None = None) -> Json:
        request = urllib.request.Request(self._base + path, method=method)
        request.add_header("Accept", "application/json, application/problem+json")
        if self._key is not None:
            request.add_header("Authorization", f"Bearer {self._key}")
        if question is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(question, ensure_ascii=False).encode()
        status = 0
        try:
            try:
                with self._opener.open(request, timeout=self._timeout) as response:
                    status, text = response.status, response.read()
            except urllib.error.HTTPError as error:
                with error:
                    status, text = error.code, error.read()
            answer = json.loads(text)
        except (OSError, ValueError):
            # Not the cause's text: it may hold an address of a machine.
            raise DiensanProblem(_no_answer(status), "outage") from None
        if 200 <= status < 300 and isinstance(answer, dict):
            return answer
        problem = answer if isinstance(answer, dict) and isinstance(answer.get("code"), str) else _no_answer(status)
        raise DiensanProblem(problem, meaning_of(status, str(problem["code"])))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        return None


def _quoted(part: str) -> str:
    return urllib.parse.quote(part, safe="")


def _no_answer(status: int) -> Json:
    return {
        "type": "about:blank",
        "title": "No answer that could be read.",
        "detail": "Không nhận được câu trả lời. Điều này không nói gì về công dân.",
        "status": status,
        "code": "no_answer",
        "request_id": "",
    }
