"""Which files count, and what is played again when they change."""

import pytest

from saklar.cli.watching import as_given, changed, file_of, seen, to_play

CASE = 'network saklar\nscenario "one"\nacq1 sends 0800\n'


@pytest.fixture
def folder(tmp_path):
    for name, text in (("a.scenario", CASE), ("b.scenario", CASE), ("common.scenario", "defaults amount 1.00 IDR\n")):
        (tmp_path / name).write_text(text)
    (tmp_path / "cards.csv").write_text("pan\n")
    (tmp_path / "notes.txt").write_text("no file of a scenario")
    return tmp_path


def test_a_folder_has_its_scenarios_and_tables(folder):
    assert {path.name for path in seen([str(folder)])} == {"a.scenario", "b.scenario", "common.scenario", "cards.csv"}


def test_what_is_beside_a_file_counts(folder):
    assert folder / "common.scenario" in seen([f"{folder}/a.scenario:2"])


def test_new_gone_and_different_files_have_changed(folder):
    before = seen([str(folder)])
    (folder / "a.scenario").write_text(CASE + "\n")
    (folder / "b.scenario").unlink()
    (folder / "c.scenario").write_text(CASE)
    assert {path.name for path in changed(before, seen([str(folder)]))} == {"a.scenario", "b.scenario", "c.scenario"}


def test_nothing_has_changed_where_nobody_wrote(folder):
    assert changed(seen([str(folder)]), seen([str(folder)])) == set()


def test_a_changed_file_of_a_folder_is_played_alone(folder):
    assert to_play([str(folder)], {folder / "a.scenario"}) == [f"{folder}/a.scenario"]


def test_a_case_by_its_line_is_played_by_its_line(folder):
    assert to_play([f"{folder}/a.scenario:2"], {folder / "a.scenario"}) == [f"{folder}/a.scenario:2"]


@pytest.mark.parametrize("name", ["common.scenario", "cards.csv", "gone.scenario"])
def test_all_is_played_when_others_may_use_what_changed(folder, name):
    assert to_play([str(folder)], {folder / name, folder / "a.scenario"}) == [str(folder)]


def test_all_is_played_when_a_file_beside_changed(folder):
    assert to_play([f"{folder}/a.scenario"], {folder / "b.scenario"}) == [f"{folder}/a.scenario"]


def test_a_colon_without_a_number_belongs_to_the_name():
    assert str(file_of("a:b")) == "a:b"


def test_options_are_as_they_were_given():
    given = {"--tag": ["x", "-y"], "--seed": 0, "--fail-fast": True, "--even": False, "--html": None}
    assert list(as_given(given)) == ["--tag=x", "--tag=-y", "--seed=0", "--fail-fast"]
