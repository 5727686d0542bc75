"""What is decided about figures, with planted ones: `python3 -m unittest discover -s benches`."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import figures
import rounds
import run
from connections import content_length
from figures import HELD, MET, MISSED, TARGETS, UNKNOWN, failures, percentile, read_estimates, shown, spread
from open_loop import kept_up
from rounds import Contestant, in_order, paired

# A figure for each target that just reaches it.
GOOD = {target.key: spread([target.target]) for target in TARGETS}


def planted(**changed):
    return {**GOOD, **{key: value if value is None else spread(value) for key, value in changed.items()}}


def result(found):
    machine = {"model": "a model", "nproc": 2, "memory": "1 MiB", "kernel": "6", "rustc": "rustc 1", "load_before": 0.25,
               "load_after": 1.5}
    return {"date": "2026-01-02", "machine": machine, "profile": "dist", "commit": "abc", "figures": found,
            "more": [{"what": "a second figure", "figure": spread([1200, 1300, 1250]), "digits": 0, "unit": "B"}],
            "versions": {"wrk": "4", "nginx": "1"}}


class Statistics(unittest.TestCase):
    def test_median_lowest_highest_and_how_many(self):
        self.assertEqual(spread([3, 1, 2, 10]), {"median": 2.5, "min": 1, "max": 10, "count": 4})
        self.assertIsNone(spread([]))

    def test_a_percentile_is_a_value_that_was_measured(self):
        values = list(range(1, 101))
        self.assertEqual([percentile(values[::-1], share) for share in (0.5, 0.99, 1.0)], [50, 99, 100])
        self.assertEqual(percentile([7], 0.99), 7)
        with self.assertRaises(ValueError):
            percentile([], 0.5)

    def test_how_a_figure_is_written(self):
        self.assertEqual(shown(spread([0.5, 0.25, 1])), "0.50 [0.25 .. 1.00]")
        self.assertEqual(shown(spread([1234.5]), 1, "ms"), "1,234.5 ms")
        self.assertEqual(shown(None), "–")


class Gates(unittest.TestCase):
    def test_each_target_and_gate_is_reached_on_the_very_bound_and_missed_beyond_it(self):
        for target in TARGETS:
            step = 0.001 if target.high_is_good else -0.001
            for value, verdict in ((target.target, MET), (target.gate, MET if target.gate == target.target else HELD),
                                   (target.gate - step, MISSED)):
                with self.subTest(target.number, value=value):
                    self.assertEqual(target.verdict(spread([value], 9)), verdict)

    def test_rounding_is_in_nobodys_favour(self):
        self.assertEqual(TARGETS[0].verdict(spread([0.3499])), MISSED)

    def test_good_extremes_do_not_help_a_bad_median(self):
        self.assertEqual(TARGETS[0].verdict(spread([0.9, 0.1, 0.1])), MISSED)

    def test_what_was_not_measured_or_is_no_number_is_not_met(self):
        self.assertEqual(TARGETS[0].verdict(None), UNKNOWN)
        self.assertEqual(TARGETS[0].verdict({"median": float("nan"), "min": 0, "max": 0, "count": 1}), UNKNOWN)

    def test_every_missed_gate_is_named_and_a_missing_figure_only_where_it_was_asked_for(self):
        keys = [target.key for target in TARGETS]
        self.assertEqual(failures(GOOD, keys), [])
        lines = failures(planted(lines_lost=[1], autofill_durable_256=[0.2, 0.3, 0.4], start_ms=None), keys)
        self.assertEqual([line.split(":")[0] for line in lines], ["gate 1 missed", "gate 9 not shown", "gate 12 missed"])
        self.assertIn("0.30 [0.20 .. 0.40], at least 0.35", lines[0])
        self.assertEqual(failures({"start_ms": spread([150])}, ["start_ms"]), [])

    def test_every_target_is_shown_by_some_measurement(self):
        shown_by = [key for _, keys in run.MEASUREMENTS.values() for key in keys]
        self.assertEqual(sorted(shown_by), sorted(target.key for target in TARGETS))


class ExitCode(unittest.TestCase):
    """The whole program with one measurement that plants a figure."""

    def exit_code(self, ratio):
        def plant(measured):
            if ratio is not None:
                measured.figure("autofill_durable_256", spread([ratio]))

        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.json"
            arguments = ["run.py", "--binary", sys.executable, "--only", "warm", "--dry", "--out", str(out)]
            quiet = {"install_missing": None, "need_two_cores": None, "versions": {}}
            with contextlib.ExitStack() as stack:
                for name, value in quiet.items():
                    stack.enter_context(mock.patch.object(run.host, name, return_value=value))
                stack.enter_context(mock.patch.dict(run.MEASUREMENTS, warm=(plant, ["autofill_durable_256"])))
                stack.enter_context(mock.patch.object(sys, "argv", arguments))
                said = stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
                with self.assertRaises(SystemExit) as ended:
                    run.main()
            written = json.loads(out.read_text(encoding="utf-8"))
        return ended.exception.code, said.getvalue(), written

    def test_a_missed_gate_is_exit_code_1_after_the_result_was_written(self):
        code, said, written = self.exit_code(0.34)
        self.assertEqual(code, 1)
        self.assertIn("gate 1 missed", said)
        self.assertEqual((written["figures"]["autofill_durable_256"]["median"], written["complete"]), (0.34, False))

    def test_a_gate_that_holds_is_exit_code_0(self):
        code, said, _ = self.exit_code(0.35)
        self.assertEqual(code, 0)
        self.assertIn("gate held", said)

    def test_a_figure_that_is_not_there_is_exit_code_1(self):
        code, said, _ = self.exit_code(None)
        self.assertEqual(code, 1)
        self.assertIn("gate 1 not shown", said)


class Complete(unittest.TestCase):
    def test_only_a_whole_run_of_what_is_shipped_may_make_the_table(self):
        whole = lambda *words: run.is_complete(run.parse_arguments(list(words)))
        self.assertTrue(whole())
        self.assertTrue(whole("--rounds", "9", "--out", "x.json"))
        for words in ("--only warm", "--quick", "--dry", "--binary x", "--profile release", "--rounds 6", "--seconds 1",
                      "--records 999999", "--services 29000", "--kills 9", "--starts 6"):
            with self.subTest(words), contextlib.redirect_stderr(io.StringIO()):
                self.assertFalse(whole(*words.split()))


class Estimates(unittest.TestCase):
    def plant(self, folder, name, median):
        file = Path(folder) / name / "new" / "estimates.json"
        file.parent.mkdir(parents=True)
        interval = {"confidence_level": 0.95, "lower_bound": median - 1, "upper_bound": median + 1}
        part = {"confidence_interval": interval, "point_estimate": median, "standard_error": 1.0}
        file.write_text(json.dumps({"mean": {**part, "point_estimate": 9e9}, "median": part}))
        return file

    def test_medians_are_read_by_the_name_of_the_step(self):
        with tempfile.TemporaryDirectory() as folder:
            self.plant(folder, "render", 800.0)
            self.plant(folder, "to_vec_of_structs", 4000.0)
            self.plant(folder, "catalog/load", 1e8)
            # What criterion keeps of an earlier run.
            (Path(folder) / "render" / "base").mkdir()
            (Path(folder) / "render" / "base" / "estimates.json").write_text("{}")
            found = read_estimates(folder)
        self.assertEqual(found["render"], {"median_ns": 800.0, "low_ns": 799.0, "high_ns": 801.0})
        self.assertEqual(sorted(found), ["catalog/load", "render", "to_vec_of_structs"])
        self.assertEqual(figures.render_ratio(found)["median"], 0.2)
        self.assertIsNone(figures.render_ratio({"render": found["render"]}))

    def test_files_of_an_earlier_run_count_for_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            os.utime(self.plant(folder, "render", 800.0), (1000, 1000))
            self.plant(folder, "seal", 200.0)
            self.assertEqual(list(read_estimates(folder, not_before=2000.0)), ["seal"])


class Table(unittest.TestCase):
    def test_every_target_has_its_row_with_gate_target_and_verdict(self):
        text = figures.table(result(planted(autofill_durable_256=[0.3, 0.2, 0.4], memory=None, start_ms=[61.25])))
        self.assertIn("2026-01-02, a model, 2 cores", text)
        self.assertIn("load before 0.25, after 1.50", text)
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        self.assertEqual(len(rows), len(TARGETS) + 5)
        self.assertIn("| 0.30 [0.20 .. 0.40] | ≥ 0.35 | ≥ 0.7 | GATE MISSED |", text)
        self.assertIn("| 61.2 ms | ≤ 200 ms | ≤ 60 ms | gate held |", text)
        self.assertIn("| a second figure | 1,250 [1,200 .. 1,300] B |", text)
        self.assertTrue(text.endswith("Beside it: nginx 1, wrk 4."))

    def test_only_what_is_between_the_marks_is_replaced(self):
        page = f"before\n{figures.BEGIN}\nold\n{figures.END}\nafter\n"
        self.assertEqual(figures.put_between_markers(page, "new"), f"before\n{figures.BEGIN}\nnew\n{figures.END}\nafter\n")
        for broken in ("", figures.BEGIN, f"{figures.END}{figures.BEGIN}", page + page):
            with self.assertRaises(ValueError):
                figures.put_between_markers(broken, "new")

    def test_the_page_has_the_marks(self):
        self.assertIn("new", figures.put_between_markers(run.PAGE.read_text(encoding="utf-8"), "new"))


class Rounds(unittest.TestCase):
    def rounds(self, busy, wanted=2):
        """Two contestants that alternate; `busy`: of the first one in each round."""
        order = []

        def ours(number):
            order.append("A")
            share = busy[min(number, len(busy) - 1)]
            return {"per_second": 100 * (number + 1) * share, "cpu_us": 20, "busy": share}

        def theirs(number):
            order.append("B")
            return {"per_second": 200 * (number + 1), "cpu_us": 10, "busy": 1.0}

        with contextlib.redirect_stdout(io.StringIO()):
            found = paired("title", [Contestant("A", ours), Contestant("B", theirs)], {"ratio": ("A", "B")}, wanted)
        return found, "".join(order)

    def test_who_goes_first_changes_each_round(self):
        self.assertEqual(self.rounds([1.0], 3)[1], "ABBAAB")
        self.assertEqual([in_order(list("abc"), number) for number in range(4)], [list("abc"), list("bca"), list("cab"), list("abc")])

    def test_ratios_are_formed_inside_a_round(self):
        found, _ = self.rounds([1.0])
        self.assertEqual(found["ratios"]["ratio"], {"median": 0.5, "min": 0.5, "max": 0.5, "count": 2})
        self.assertEqual(found["cpu_ratios"]["ratio"]["median"], 2)

    def test_a_disturbed_round_is_repeated_and_kept_and_counts_for_nothing(self):
        found, _ = self.rounds([1.0, 0.5, 1.0])
        self.assertEqual((len(found["rounds"]), found["undisturbed"]), (3, 2))
        self.assertEqual(found["ratios"]["ratio"]["min"], 0.5)
        self.assertEqual(found["rounds"][1]["ratios"]["ratio"], 0.25)

    def test_after_three_times_as_many_rounds_all_of_them_are_what_there_is(self):
        found, _ = self.rounds([0.84])
        self.assertEqual((len(found["rounds"]), found["undisturbed"], found["ratios"]["ratio"]["count"]), (6, 0, 6))
        self.assertEqual(rounds.BUSY, 0.85)

    def test_a_few_lucky_rounds_of_many_are_not_the_figure(self):
        found, _ = self.rounds([1.0] * 4 + [0.5], 7)
        self.assertEqual((len(found["rounds"]), found["undisturbed"], found["ratios"]["ratio"]["median"]), (21, 4, 0.25))
        found, _ = self.rounds([1.0] * 5 + [0.5], 7)
        self.assertEqual((found["undisturbed"], found["ratios"]["ratio"]["median"]), (5, 0.5))

    def test_an_open_loop_that_lagged_behind_or_was_always_blocked_counts_for_nothing(self):
        lag = lambda of_none, of_whole=0.1: kept_up({"none": {"lag_p99_ms": of_none}, "whole": {"lag_p99_ms": of_whole}})
        self.assertEqual([lag(1.0), lag(1.01), lag(None), lag(0.1, 50.0)], [True, False, False, True])

    def test_the_length_of_an_answer_is_read_whatever_the_case(self):
        self.assertEqual(content_length(b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n"), 17)


if __name__ == "__main__":
    unittest.main()
