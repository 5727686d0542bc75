"""The Python client: against a running service (DIENSAN), and every problem of the description (DESCRIPTION)."""

import json
import os
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

from diensan import Diensan, DiensanProblem

with open(os.environ["DESCRIPTION"], encoding="utf-8") as file:
    PROBLEMS = [example["value"] for example in json.load(file)["components"]["examples"].values()]


class AgainstTheService(unittest.TestCase):
    def setUp(self) -> None:
        self.service = Diensan(os.environ["DIENSAN"])

    def problem_of(self, question: dict) -> DiensanProblem:
        with self.assertRaises(DiensanProblem) as raised:
            self.service.autofill(question)
        return raised.exception

    def test_a_form_is_filled_and_verified_and_a_finished_one_checked(self) -> None:
        citizen = {"id": "999187000004"}
        filled = self.service.autofill({"service": "1.005099", "citizen": citizen})
        self.assertEqual(filled["data"]["cha_me_ho_ten"], "LÊ THỊ MẪU VỢ")
        typed = {"cha_me_ho_ten": "Le Thi Mau Vo"}
        verified = self.service.verify({"service": "1.005099", "citizen": citizen, "typed": typed})
        self.assertEqual(verified["fields"][0]["result"], "match_except_accents")
        checked = self.service.validate(filled["form"]["id"], {"data": filled["data"]})
        self.assertEqual((checked["valid"], checked["wrong"]), (False, []))

    def test_several_people_are_asked_for_and_the_catalogue_is_read(self) -> None:
        items = [{"citizen": {"id": "999085000001"}}, {"citizen": {"id": "999099099099"}}]
        batch = self.service.autofill_batch({"service": "1.005392", "items": items})
        self.assertEqual((batch["answered"], batch["items"][1]["problem"]["code"]), (1, "not_found"))
        self.assertEqual(self.service.services()["count"], 236)
        form = self.service.service("1.005099")["forms"][0]["id"]
        self.assertEqual(self.service.form(form)["type"], "object")

    def test_somebody_who_is_not_there_is_told_from_a_request_that_is_wrong(self) -> None:
        missing = self.problem_of({"service": "1.005099", "citizen": {"id": "999099099099"}})
        self.assertEqual((missing.meaning, missing.code), ("not_found", "not_found"))
        wrong = self.problem_of({"service": "1.005099", "citizen": {"id": "12"}})
        self.assertEqual((wrong.meaning, wrong.problem["pointer"]), ("request", "/citizen/id"))

    def test_no_answer_is_an_outage_without_a_quoted_text(self) -> None:
        with self.assertRaises(DiensanProblem) as raised:
            Diensan("http://127.0.0.1:9").services()
        self.assertEqual((raised.exception.meaning, raised.exception.code), ("outage", "no_answer"))
        self.assertNotIn("127.0.0.1", str(raised.exception))


class AgainstEveryProblem(unittest.TestCase):
    def test_every_problem_code_becomes_an_error_and_only_one_says_that_nobody_is_there(self) -> None:
        self.assertGreater(len(PROBLEMS), 60)
        told: dict = {}

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(told["status"])
                self.send_header("Content-Type", "application/problem+json")
                self.end_headers()
                self.wfile.write(json.dumps(told).encode())

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = Diensan(f"http://127.0.0.1:{server.server_port}", key="k")
        self.assertNotIn("'k'", repr(client))
        for problem in PROBLEMS:
            told.clear()
            told.update(problem)
            with self.assertRaises(DiensanProblem) as raised:
                client.autofill({"service": "1", "citizen": {"id": "1"}})
            error = raised.exception
            self.assertEqual((error.code, error.retry_after), (problem["code"], problem.get("retry_after")))
            self.assertEqual(error.meaning == "not_found", problem["code"] == "not_found")
            unknown = problem["status"] >= 500 or problem["status"] == 429
            self.assertEqual(error.meaning in ("outage", "wait"), unknown, problem["code"])
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    unittest.main()
