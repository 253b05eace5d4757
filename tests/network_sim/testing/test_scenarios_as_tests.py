"""`pytest --saklar`: cases are tests like any other."""

import signal
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from saklar.network_sim.desk import DEMO, read_plan
from saklar.network_sim.testing.parts import card_network_of

pytest_plugins = ("pytester",)

NETWORK = """
network saklar
card     gold 4000000000000002 expiry 4912 pin 3991 balance 100.00
acquirer shop
issuer   bank
  keeps accounts
"""

PASSES = """
scenario "approved" tags purchase
shop sends   0200 purchase card gold amount 10.00
shop expects 0210 39=00 within 5 s
"""

FAILS = """
scenario "expected to be declined" tags decline timeout skip
shop sends   0200 purchase card gold amount 10.00
shop expects 0210 39=51 within 5 s
"""

VARIABLE = 'var code = "00"\n'
WITH_VARIABLE = PASSES.replace("39=00", "39=$code")


@pytest.fixture
def project(pytester):
    """A project with a scenario file of these texts, and these test modules; gives what runs pytest in it."""

    def make(*texts, head=NETWORK, tests="", conftest="", ini="", name="scenarios/x.scenario"):
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(head + "".join(texts))
        if tests:
            pytester.makepyfile(test_own=tests)
        if conftest:
            pytester.makeconftest(conftest)
        if ini:
            pytester.makeini(ini)

        def run(*arguments):
            return pytester.runpytest_inprocess(
                "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *map(str, arguments)
            )

        return run

    return make


def test_each_case_is_a_test(project):
    run = project(PASSES, FAILS)("--saklar", "scenarios", "--collect-only", "-q")
    run.stdout.fnmatch_lines(["scenarios/x.scenario::approved", "scenarios/x.scenario::expected to be declined"])


def test_they_pass_and_fail_as_they_should(project):
    project(PASSES, FAILS)("--saklar", "scenarios").assert_outcomes(passed=1, failed=1)


def test_a_row_of_a_table_is_a_test(project):
    rows = "for each\n  | amount |\n  | 1.00   |\n  | 2.00   |\n"
    text = PASSES.replace("tags purchase\n", f"tags purchase\n{rows}").replace("amount 10.00", "amount $amount")
    run = project(text)("--saklar", "scenarios", "--collect-only", "-q")
    run.stdout.fnmatch_lines(["*::approved (amount=1.00)", "*::approved (amount=2.00)"])


def test_cases_of_the_same_name_are_told_apart(project):
    run = project(PASSES, PASSES)("--saklar", "scenarios", "--collect-only", "-q")
    run.stdout.fnmatch_lines(["*::approved", "*::approved #2"])


def test_own_tests_run_beside_them(project):
    project(PASSES, tests="def test_own(): pass")("--saklar", "scenarios").assert_outcomes(passed=2)


def test_a_failure_is_shown_as_play_shows_it(project):
    run = project(FAILS)("--saklar", "scenarios", "--saklar-seed", 7)
    run.stdout.fnmatch_lines(
        [
            "saklar: seed 7",
            "FAILED  scenarios/x.scenario:8  expected to be declined",
            "  scenarios/x.scenario:10: 0210: 39 is 00, expected 51",
            "*|------- 0200 ----->|*",
            "  ! 39 Response code  51        00 * approved",
            "  seed 7; again: saklar play scenarios/x.scenario:8 --seed 7",
            "FAILED scenarios/x.scenario::expected to be declined - scenarios/x*",
        ]
    )
    assert "Traceback" not in run.stdout.str()


def test_an_error_in_a_file_is_a_collection_error_with_a_caret(project):
    run = project('\nscenario "x"\nshop sneds 0200\n')("--saklar", "scenarios")
    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(
        ["scenarios/x.scenario:9:6: shop sneds*did you mean sends[?]", "  shop sneds 0200", "       ^^^^^"]
    )
    assert run.ret == pytest.ExitCode.INTERRUPTED


@pytest.mark.parametrize("expression", ["decline", "timeout", "skip", "not purchase"])
def test_a_tag_is_a_marker(project, expression):
    run = project(PASSES, FAILS)("--saklar", "scenarios", "-m", expression, "--strict-markers")
    run.assert_outcomes(failed=1, deselected=1)


@pytest.mark.parametrize("expression", ["approved", "purchase"])
def test_k_knows_names_and_tags(project, expression):
    run = project(PASSES, FAILS)("--saklar", "scenarios", "-k", expression)
    run.assert_outcomes(passed=1, deselected=1)


@pytest.mark.parametrize(("tag", "outcome"), [("purchase", {"passed": 1}), ("-purchase", {"failed": 1})])
def test_only_cases_with_a_tag(project, tag, outcome):
    project(PASSES, FAILS)("--saklar", "scenarios", f"--saklar-tag={tag}").assert_outcomes(**outcome)


def test_a_variable_has_the_value_that_is_given(project):
    run = project(WITH_VARIABLE, head=VARIABLE + NETWORK)
    run("--saklar", "scenarios", "--saklar-var", "code=51").assert_outcomes(failed=1)


def test_a_variable_need_not_be_in_every_file(project, pytester):
    run = project(WITH_VARIABLE, head=VARIABLE + NETWORK)
    (pytester.path / "scenarios" / "other.scenario").write_text(NETWORK + PASSES)
    run("--saklar", "scenarios", "--saklar-var", "code=00").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--saklar-var", "cdoe=1"], "--saklar-var: no file declares a variable cdoe"),
        (["--saklar-var", "code"], "--saklar-var: 'code' is no assignment: name=value is expected"),
        (["--saklar-against", "nowhere"], "--saklar-against: *nowhere*"),
        (["--saklar", "missing"], "--saklar: no such file or folder: *missing"),
    ],
)
def test_an_option_that_cannot_be_used_is_a_usage_error(project, arguments, said):
    run = project(PASSES)("--saklar", "scenarios", *arguments)
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines([f"ERROR: {said}*"])


def test_what_does_not_hold_is_skipped(project):
    text = PASSES.replace("tags purchase\n", 'tags purchase\nonly when "a" is "b"\n')
    project(text)("--saklar", "scenarios").assert_outcomes(skipped=1)


def test_a_name_picks_one(project):
    run = project(PASSES, FAILS)("--saklar", "scenarios", "scenarios/x.scenario::approved")
    run.assert_outcomes(passed=1)


def test_x_stops_at_the_first_that_fails(project):
    project(FAILS, PASSES)("--saklar", "scenarios", "-x").assert_outcomes(failed=1)


def test_without_the_option_no_scenario_is_read(project):
    run = project("nonsense", tests="def test_own(): pass")()
    run.assert_outcomes(passed=1)
    assert "seed" not in run.stdout.str()


INI = "[pytest]\nsaklar_paths = scenarios\n"


@pytest.mark.parametrize(("arguments", "passed"), [([], 2), (["test_own.py"], 1), (["scenarios"], 1)])
def test_the_paths_of_the_ini_file_are_played_where_none_are_given(project, arguments, passed):
    run = project(PASSES, tests="def test_own(): pass", ini=INI)
    run(*arguments).assert_outcomes(passed=passed)


def test_workers_play_their_share_with_one_seed(project):
    run = project(FAILS, FAILS)("--saklar", "scenarios", "-n", 2)
    run.assert_outcomes(failed=2)
    seeds = {line.split("--seed ")[1] for line in run.outlines if "again: " in line}
    assert len(seeds) == 1


def test_the_junit_file_has_verdict_and_seed(project, pytester):
    project(PASSES, FAILS)("--saklar", "scenarios", "--junitxml", "report.xml", "--saklar-seed", 3)
    suite = ET.parse(pytester.path / "report.xml").getroot()[0]
    assert [(case.get("name"), case.find("failure") is None) for case in suite.iter("testcase")] == [
        ("approved", True),
        ("expected to be declined", False),
    ]
    assert {p.get("value") for p in suite.iter("property") if p.get("name") == "seed"} == {"3"}


def test_cases_of_a_shared_network_share_it(project):
    first = PASSES + "account of gold: balance=90.00\n"
    second = PASSES.replace("approved", "again") + "account of gold: balance=80.00\n"
    head = NETWORK.replace("network saklar", "network saklar shared")
    project(first, second, head=head)("--saklar", "scenarios").assert_outcomes(passed=2)


def test_a_file_is_played_against_a_host(project, tmp_path):
    with card_network_of(read_plan(DEMO), tmp_path) as network:
        network.switch.start()
        text = '\nscenario "echo"\nshop sends echo-test\nshop expects 0810 39=00 within 5 s\n'
        run = project(text, head="acquirer shop dialect iso87-ascii -> 127.0.0.1:9\n")
        result = run("--saklar", "scenarios", "--saklar-against", f"127.0.0.1:{network.switch.port}")
        result.assert_outcomes(passed=1)


def test_ctrl_c_ends_the_run(project, pytester):
    head = NETWORK.replace("network saklar", "network saklar real-time")
    project('\nscenario "long"\nnote "begun"\nwait 60 s\n', head=head, conftest=_SAYS_WHEN_PLAYING)
    command = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", "--saklar", "scenarios"]
    process = subprocess.Popen(command, cwd=pytester.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in process.stdout:
            if "PLAYING" in line:
                process.send_signal(signal.SIGINT)
                break
        output, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in output


_SAYS_WHEN_PLAYING = """
from saklar.network_sim.scenario.recording import Recorder

heard = Recorder.remark

def remark(self, *args, **kwargs):
    print("PLAYING", flush=True)
    return heard(self, *args, **kwargs)

Recorder.remark = remark
"""


def test_importing_the_plugin_imports_nothing_of_weight():
    code = "import sys, pytest; before = set(sys.modules); import saklar.network_sim.pytest_plugin; "
    code += "print(sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['saklar']"
