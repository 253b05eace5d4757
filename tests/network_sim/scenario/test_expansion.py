"""Files as cases: includes, variables, secrets, tables, selection; and what is wrong with them."""

import pytest

from saklar.network_sim.scenario import ScenarioError, Selection, load_cases

HEAD = "acquirer acq1 -> 127.0.0.1:9000\n"


def names(cases):
    return [case.name for case in cases]


def test_a_file_is_included_with_what_stands_above_its_scenarios(cases_of):
    common = f'{HEAD}scenario "not played"\nwait 1 s\n'
    (case,) = cases_of('include "common.scenario"\nscenario "x"\nacq1 sends 0800 echo-test\n', common_scenario=common)
    assert case.name == "x"
    assert "acq1" in case.setup.parties


def test_a_file_that_includes_itself_is_refused(problems_of):
    (problem,) = problems_of('include "x.scenario"\nscenario "x"\nwait 1 s\n')
    assert "includes a file that includes it" in problem.message


def test_a_file_that_is_not_there_is_named_where_it_is_included(problems_of):
    (problem,) = problems_of('\ninclude "gone.scenario"\nscenario "x"\nwait 1 s\n')
    assert problem.span.line == 2
    assert "No such file" in problem.message


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [({}, {}, "file"), ({}, {"V": "environment"}, "environment"), ({"v": "given"}, {"V": "environment"}, "given")],
)
def test_a_variable_is_of_the_command_line_before_the_environment_before_the_file(
    cases_of, given, environment, expected
):
    (case,) = cases_of('var v = env V or file\nscenario "$v"\nwait 1 s\n', given, environment)
    assert case.name == expected


def test_a_variable_that_no_file_declares_is_refused(problems_of):
    (problem,) = problems_of('var amount = 10.00\nscenario "x"\nwait 1 s\n', variables={"amont": "1"})
    assert "did you mean amount?" in problem.hint


def test_a_secret_is_used_and_not_shown(cases_of):
    (case,) = cases_of('secret S from env KEY\nscenario "x $S"\nwait 1 s\n', environment={"KEY": "hunter2"})
    assert case.scope.variables["S"] == "hunter2"
    assert case.name == "x ***"


def test_a_secret_comes_from_a_file(cases_of):
    (case,) = cases_of('secret S from file "key.txt"\nscenario "x"\nwait 1 s\n', key_txt="hunter2\n")
    assert case.scope.variables["S"] == "hunter2"


def test_a_secret_that_is_not_there_is_refused(problems_of):
    (problem,) = problems_of('secret S from env KEY\nscenario "x"\nwait 1 s\n')
    assert "the environment has no KEY" in problem.message


def test_each_row_is_a_case(cases_of):
    cases = cases_of('scenario "$n is $w" tags $w\nfor each\n  | n | w |\n  | 1 | one |\n  | 2 | two |\nwait 1 s\n')
    assert names(cases) == ["1 is one", "2 is two"]
    assert [case.tags for case in cases] == [("one",), ("two",)]
    assert [case.id.rpartition("#")[2] for case in cases] == ["1", "2"]


def test_a_name_without_variables_gets_its_row(cases_of):
    assert names(cases_of('scenario "x"\nfor each code in 05, 51\nwait 1 s\n')) == ["x (code=05)", "x (code=51)"]


def test_rows_come_from_csv(cases_of):
    cases = cases_of('scenario "$n"\nfor each in "rows.csv"\nwait 1 s\n', rows_csv="n,w\n1,one\n2,two\n")
    assert [case.row for case in cases] == [{"n": "1", "w": "one"}, {"n": "2", "w": "two"}]


@pytest.mark.parametrize(("content", "said"), [("n\n", "at least one"), ("a,b\n1\n", "1 values"), ("", "at least one")])
def test_csv_that_is_no_table_is_refused(problems_of, content, said):
    assert said in problems_of('scenario "x"\nfor each in "rows.csv"\nwait 1 s\n', rows_csv=content)[0].message


def test_only_when_skips_a_case(cases_of):
    skipped, played = cases_of(
        'var target = own\nscenario "a"\nonly when $target is host\nwait 1 s\nscenario "b"\nonly when $target is own\nwait 1 s\n'
    )
    assert skipped.skip == "only when $target is …"
    assert played.skip == ""


FOUR = 'scenario "a" tags one\nwait 1 s\nscenario "b" tags two\nfor each n in 1, 2\nwait 1 s\n'


@pytest.mark.parametrize(
    ("tags", "expected"),
    [((), 3), (("one",), 1), (("two",), 2), (("one", "two"), 3), (("-two",), 1), (("two", "-two"), 0)],
)
def test_tags_select(tmp_path, tags, expected):
    path = tmp_path / "x.scenario"
    path.write_text(FOUR)
    assert len(load_cases([path], selection=Selection(tags))) == expected


@pytest.mark.parametrize(
    ("place", "expected"), [("1", ["a"]), ("2", ["a"]), ("4", ["b (n=1)", "b (n=2)"]), ("3#2", ["b (n=2)"])]
)
def test_a_line_selects(tmp_path, place, expected):
    path = tmp_path / "x.scenario"
    path.write_text(FOUR)
    assert names(load_cases([f"{path}:{place}"])) == expected


def test_a_folder_has_the_files_in_it(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("b.scenario", "sub/a.scenario", "c.txt"):
        (tmp_path / name).write_text(f'scenario "{name}"\nwait 1 s\n')
    assert names(load_cases([tmp_path])) == ["b.scenario", "sub/a.scenario"]


def test_a_folder_without_files_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match=r"no \.scenario file"):
        load_cases([tmp_path])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{HEAD}scenario "x"\nacq2 sends 0200\n', "did you mean acq1?"),
        (f'{HEAD}scenario "x"\nacq1 sends 0200 purchas\n', "did you mean purchase?"),
        (f'{HEAD}scenario "x"\nacq1 sends 0200 response-cod=00\n', "did you mean response-code?"),
        (f'{HEAD}scenario "x"\nacq1 sends 0200 3.x=00\n', "has no parts"),
        (f'{HEAD}scenario "x"\nacq1 sends 0200 90.stn=1\n', "did you mean stan?"),
        (f'{HEAD}scenario "x"\nacq1 sends 0200 4=$amont\n', "nothing is called 'amont'"),
        (f'{HEAD}scenario "x"\nacq1 sends 0200 11=$first.11\n', "no message is called 'first'"),
        (f'{HEAD}scenario "x"\nacq1 sends 0200 card gld\n', "there is no card 'gld'"),
        (f'{HEAD}scenario "x"\nacq1 sends 0420 of first\n', "no message is called 'first'"),
        (f'{HEAD}template a b\ntemplate b a\nscenario "x"\nacq1 sends 0200 a\n', "a uses b uses a"),
        (f'{HEAD}{HEAD}scenario "x"\nwait 1 s\n', "declared twice"),
        (f'{HEAD}scenario "x"\nswitch dies\n', "network saklar"),
        (f'{HEAD}scenario "x"\njournal of acq1\'s 0200: state=reversed\n', "network saklar"),
        (f'{HEAD}scenario "x"\nwait 1 s\nfor each n in 1, 2\n', "nothing is below it"),
        (f'{HEAD}scenario "x"\nacq1 fails\n', "a party cannot do that"),
        ('acquirer a dialect iso78\nscenario "x"\nwait 1 s\n', "unknown dialect"),
        ('acquirer a dialect iso87-ascii\nscenario "x"\nwait 1 s\n', "has no address"),
        ('acquirer a -> 127.0.0.1:99999\nscenario "x"\nwait 1 s\n', "port must be"),
        ('acquirer a -> 9 zpk UABC\nscenario "x"\nwait 1 s\n', "no key of type 001 (ZPK)"),
        ('issuer a listens 9001\nissuer b listens 9001\nscenario "x"\nwait 1 s\n', "and so does a"),
        ('card c 12\nscenario "x"\nwait 1 s\n', "12 to 19 digits"),
        ('card c 4000000000000002 expiry 99999\nscenario "x"\nwait 1 s\n', "expiry has 4 digits"),
        ('network "gone.toml"\nscenario "x"\nwait 1 s\n', "No such file"),
        ('network saklar\nacquirer a at north\nscenario "x"\nwait 1 s\n', "network that has a file"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_played(problems_of, text, said):
    problems = problems_of(text)
    assert any(said in f"{problem.message} {problem.hint}" for problem in problems), [str(p) for p in problems]
    assert all(problem.span.line for problem in problems)


def test_all_files_are_looked_at(tmp_path):
    for name in ("a.scenario", "b.scenario"):
        (tmp_path / name).write_text("nonsense\n")
    with pytest.raises(ScenarioError) as caught:
        load_cases([tmp_path])
    assert [problem.span.file.rpartition("/")[2] for problem in caught.value.problems] == ["a.scenario", "b.scenario"]


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "x.scenario").write_bytes(b'scenario "\xff"\n')
    with pytest.raises(ScenarioError, match="UTF-8"):
        load_cases([tmp_path])
