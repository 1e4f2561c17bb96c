"""The Configure screen, as a person uses it."""

from __future__ import annotations

import re
import statistics
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.ui.app_pilot import SMALL, WIDE, field_of, form_of, go_to, notices_of, opened_app, type_into
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.config import RunConfig, dump_config
from tui_trainer.runs.config_layers import change
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.presets import preset_config
from tui_trainer.ui.checks_pane import ChecksPane
from tui_trainer.ui.choice_dialog import ChoiceDialog, FindDialog
from tui_trainer.ui.file_dialog import FileDialog
from tui_trainer.ui.form import Form, GroupTitle
from tui_trainer.ui.network_diagram import NetworkDiagram
from tui_trainer.ui.path_dialog import PathDialog
from tui_trainer.ui.script_dialog import ScriptDialog


def words(pilot: Pilot[Any]) -> str:
    """Everything on the screen."""
    return "\n".join(screen_lines(pilot))


async def choose(pilot: Pilot[Any], label: str) -> None:
    """Choose an option of the open list by its label."""
    await wait_for(pilot, lambda: isinstance(pilot.app.screen, ChoiceDialog) and pilot.app.focused is not None)
    await select(pilot, label)
    await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))


async def select(pilot: Pilot[Any], label: str) -> None:
    """Press enter on an option of the list that is open."""
    dialog = pilot.app.screen
    assert isinstance(dialog, ChoiceDialog)
    dialog.query_one(OptionList).highlighted = [choice.label for choice in dialog._choices].index(label)
    await pilot.press("enter")


def names_of(pilot: Pilot[Any]) -> list[str]:
    """What the open file dialog lists."""
    dialog = pilot.app.screen
    return [entry.name for entry in dialog._shown] if isinstance(dialog, FileDialog) else []


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """Configurations that the app was asked to start."""
    configs: list[RunConfig] = []
    monkeypatch.setattr(
        "tui_trainer.ui.run_routes.RunRoutes.on_configure_screen_start_requested",
        lambda _app, message: configs.append(message.config),
    )
    return configs


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_every_field_its_value_and_the_three_panes_are_on_the_screen(size: tuple[int, int]) -> None:
    async with opened_app(size=size) as pilot:
        await wait_for(pilot, lambda: "epoch 20" in words(pilot) and "✓ fits" in words(pilot))
        form = form_of(pilot).query_one(Form)
        for field in form.fields():
            if not form.region.contains_region(field.region):
                assert field.form_field.group in ("run", "guards")
                form_of(pilot).set_focus(field, scroll_visible=True)
                await wait_for(pilot, lambda field=field: form.region.contains_region(field.region))
            region = field.region
            assert field.form_field.label in screen_lines(pilot)[region.y], field.form_field.key
            assert "…" not in field.render().plain, field.form_field.key
        for expected in ("network", "learning rate", "checks", "✓ ready", "17,226", "23 steps"):
            assert expected in words(pilot)


async def test_a_preset_changes_the_form_and_undo_brings_the_old_one_back() -> None:
    async with opened_app() as pilot:
        await pilot.press("p")
        await choose(pilot, "regularised")
        assert form_of(pilot).draft.config == preset_config("regularised")
        assert field_of(pilot, "model.dropout").render().plain.split()[-1] == "0.2"
        assert form_of(pilot).query_one(Form).field("optimizer.momentum") is None
        assert "regularised ▾" in words(pilot)
        await pilot.press("u")
        assert form_of(pilot).draft.config == preset_config("book")
        await wait_for(pilot, lambda: form_of(pilot).query_one(Form).field("optimizer.momentum") is not None)
        keys = [field.form_field.key for field in form_of(pilot).query_one(Form).fields()]
        assert keys.index("optimizer.momentum") == keys.index("optimizer.lr") + 1


async def test_left_and_right_step_a_value_and_the_change_is_marked() -> None:
    async with opened_app() as pilot:
        field = await go_to(pilot, "data.batch_size")
        await pilot.press("right")
        assert form_of(pilot).draft.value("data.batch_size") == 128
        await wait_for(pilot, lambda: "•" in field.render().plain and "1 change" in words(pilot))
        assert re.search(r"batch\s+64 → 128", words(pilot))
        await pilot.press("left")
        await wait_for(pilot, lambda: "•" not in field.render().plain and "change" not in screen_lines(pilot)[1])


async def test_a_wrong_value_marks_its_field_says_why_and_is_not_started(started: list[RunConfig]) -> None:
    async with opened_app() as pilot:
        await type_into(pilot, "optimizer.lr", "-1")
        await go_to(pilot, "seed")
        assert "!" in field_of(pilot, "optimizer.lr").render().plain
        assert "-1.0 must be a number at least 0" in words(pilot)
        await pilot.press("f5")
        await wait_for(pilot, lambda: notices_of(pilot))
        assert "optimizer.lr" in notices_of(pilot)[0]
        assert form_of(pilot).focused is field_of(pilot, "optimizer.lr")
        assert started == []


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "nan",
        "1e999",
        "abc",
        "[@click=x]",
        *(pytest.param(text, marks=pytest.mark.slow) for text in ("-1", "inf", "9" * 40, "true", "null", "1.5", "[/]")),
    ],
)
async def test_each_bad_number_marks_the_field_and_the_app_goes_on(text: str) -> None:
    async with opened_app() as pilot:
        await type_into(pilot, "data.batch_size", text)
        assert set(form_of(pilot).draft.errors) == {"data.batch_size"}
        await pilot.press("u")
        assert form_of(pilot).draft.errors == {}


async def test_f5_in_an_open_editor_takes_what_stands_there_and_starts(started: list[RunConfig]) -> None:
    async with opened_app() as pilot:
        field = await go_to(pilot, "training.epochs")
        await pilot.press("enter")
        await wait_for(pilot, lambda: field.is_editing and pilot.app.focused is not field)
        await pilot.press("7", "f5")
        await wait_for(pilot, lambda: started)
        assert started == [change(preset_config("book"), "training.epochs", 7)]


async def test_r_starts_too_and_letters_and_digits_in_an_editor_do_nothing_else(started: list[RunConfig]) -> None:
    async with opened_app() as pilot:
        await type_into(pilot, "name", "q1r2")
        assert pilot.app.screen is form_of(pilot) and started == []
        await pilot.press("r")
        await wait_for(pilot, lambda: started)
        assert started[0].name == "q1r2"


async def test_escape_leaves_an_editor_with_the_old_value_and_tab_with_the_new_one() -> None:
    async with opened_app() as pilot:
        field = await go_to(pilot, "seed")
        for key, expected in (("escape", 0), ("tab", 5)):
            form_of(pilot).set_focus(field)
            await pilot.press("enter")
            await wait_for(pilot, lambda: field.is_editing and pilot.app.focused is not field)
            await pilot.press("5", key)
            await wait_for(pilot, lambda: not field.is_editing and not form_of(pilot).query(Input))
            assert form_of(pilot).draft.value("seed") == expected


async def test_a_pasted_megabyte_is_cut_and_fires_no_key(started: list[RunConfig]) -> None:
    from textual.events import Paste

    async with opened_app() as pilot:
        field = await go_to(pilot, "name")
        await pilot.press("enter")
        await wait_for(pilot, lambda: field.is_editing and pilot.app.focused is not field)
        pilot.app.post_message(Paste("r\x1b[31mq\n" * 100_000))
        await pilot.pause()
        await pilot.press("enter")
        await wait_for(pilot, lambda: not field.is_editing)
        assert len(str(form_of(pilot).draft.value("name"))) <= 400
        assert started == [] and pilot.app.screen is form_of(pilot)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", words(pilot).replace("\n", ""))


async def test_a_list_of_choices_takes_a_choice_and_asks_for_the_folder_of_one_that_needs_it(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    async with opened_app() as pilot:
        await go_to(pilot, "optimizer.name")
        await pilot.press("enter")
        await choose(pilot, "AdamW")
        assert form_of(pilot).draft.value("optimizer.name") == "adamw"
        await go_to(pilot, "data.source")
        await pilot.press("space")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, ChoiceDialog) and pilot.app.focused is not None)
        await select(pilot, "idx:DIR …")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, FileDialog) and isinstance(pilot.app.focused, Input))
        await pilot.press(*f"{tmp_path}/im")
        await wait_for(pilot, lambda: names_of(pilot) == ["images"])
        await pilot.press("enter")
        await wait_for(pilot, lambda: form_of(pilot).draft.value("data.source") == f"idx:{tmp_path}/images")


async def test_a_file_is_opened_by_typing_a_part_of_its_name_and_undo_brings_the_old_form_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "mine.toml").write_text("seed = 7\n[optimizer]\nname = 'adam'\n")
    (tmp_path / "configs" / "wrong.toml").write_text("sead = 7\n")
    (tmp_path / "notes.txt").write_text("")
    async with opened_app() as pilot:
        for part, seed in (("wro", 0), ("mi", 7)):
            await pilot.press("o")
            await wait_for(pilot, lambda: isinstance(pilot.app.screen, FileDialog) and names_of(pilot) == ["..", "configs"])
            await pilot.press("enter")
            await wait_for(pilot, lambda: "mine.toml" in names_of(pilot))
            await pilot.press(*part, "enter")
            await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))
            await wait_for(pilot, lambda seed=seed: form_of(pilot).draft.value("seed") == seed and notices_of(pilot))
        assert "sead" in notices_of(pilot)[0] and "mine.toml ▾" in words(pilot)
        await pilot.press("u")
        assert form_of(pilot).draft.config == preset_config("book")


async def test_a_folder_that_cannot_be_read_is_said_and_the_dialog_goes_on(tmp_path: Path) -> None:
    async with opened_app(size=SMALL) as pilot:
        await pilot.press("o")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, FileDialog) and isinstance(pilot.app.focused, Input))
        await pilot.press(*f"{tmp_path}/none/x")
        await wait_for(pilot, lambda: "No such file" in words(pilot))
        await pilot.press("enter")
        await wait_for(pilot, lambda: "nothing here fits" in words(pilot))
        await pilot.press("escape")
        await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))


async def test_the_script_is_saved_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened_app() as pilot:
        await pilot.press("c")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, ScriptDialog))
        dialog = pilot.app.screen
        assert isinstance(dialog, ScriptDialog)
        await pilot.press("w")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, PathDialog) and isinstance(pilot.app.focused, Input))
        await pilot.press("enter")
        await wait_for(pilot, lambda: (tmp_path / "book.py").exists() and pilot.app.screen is dialog)
        assert (tmp_path / "book.py").read_text() == dialog.script


async def test_levers_of_tables_and_toys_are_shown_for_their_sources_alone() -> None:
    async with opened_app() as pilot:
        seen = {}
        for source in (None, "toy:moons", "csv:/a.csv"):
            form_of(pilot).draft.set("data.source", source)
            form_of(pilot).show_draft()
            await pilot.pause()
            keys = [field.form_field.key for field in form_of(pilot).query_one(Form).fields()]
            seen[source] = ("data.noise" in keys, "data.target" in keys)
            assert keys == [field.key for field in form_of(pilot).query_one(Form)._form_fields()]
        assert seen == {None: (False, False), "toy:moons": (True, False), "csv:/a.csv": (False, True)}


async def test_layers_are_added_and_removed_and_the_parameters_follow() -> None:
    async with opened_app() as pilot:
        await go_to(pilot, "model.hidden")
        await pilot.press("plus")
        assert form_of(pilot).draft.value("model.hidden") == [128, 64, 32]
        await wait_for(pilot, lambda: "fc4" in form_of(pilot).query_one(NetworkDiagram).render().plain)
        await pilot.press("minus", "minus", "minus", "minus")
        assert form_of(pilot).draft.value("model.hidden") == []
        await wait_for(pilot, lambda: "650" in form_of(pilot).query_one(NetworkDiagram).render().plain)


async def test_find_goes_to_the_field_whose_help_holds_the_words() -> None:
    async with opened_app() as pilot:
        await pilot.press("slash")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, FindDialog) and isinstance(pilot.app.focused, Input))
        await pilot.press(*"momen", "enter")
        await wait_for(pilot, lambda: form_of(pilot).focused is field_of(pilot, "optimizer.momentum"))


async def test_the_script_is_the_one_that_the_printer_prints() -> None:
    from tui_trainer.runs.script_printer import print_script

    async with opened_app() as pilot:
        await pilot.press("c")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, ScriptDialog))
        dialog = pilot.app.screen
        assert isinstance(dialog, ScriptDialog)
        threads = re.search(r"set_num_threads\((\d+)\)", dialog.script)
        assert threads is not None
        config = change(preset_config("book"), "data.source", "digits")
        assert dialog.script == print_script(config, threads=int(threads[1]))
        await wait_for(pilot, lambda: "import torch" in words(pilot))
        await pilot.press("y")
        assert pilot.app.clipboard == dialog.script
        await pilot.press("escape")
        await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))


async def test_saving_writes_toml_that_reads_back_and_asks_before_it_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    target = tmp_path / "book.toml"
    async with opened_app() as pilot:
        for seed, presses in ((1, 1), (2, 2)):
            form_of(pilot).draft.set("seed", seed)
            await pilot.press("w")
            await wait_for(pilot, lambda: isinstance(pilot.app.screen, PathDialog) and isinstance(pilot.app.focused, Input))
            for _ in range(presses):
                if target.exists():
                    assert tomllib.loads(target.read_text())["seed"] == 1
                await pilot.press("enter")
                await pilot.pause()
            await wait_for(pilot, lambda seed=seed: target.exists() and tomllib.loads(target.read_text())["seed"] == seed)
        written = tomllib.loads(target.read_text())
        expected = {**dump_config(preset_config("book")), "seed": 2}
        expected["data"] = {key: value for key, value in expected["data"].items() if value is not None}
        assert written == expected


async def test_the_learning_rate_pane_draws_every_schedule_as_the_engine_gives_it_and_asks_once_for_each() -> None:
    async with opened_app() as pilot:
        server = form_of(pilot).app.engine_server  # type: ignore[attr-defined]

        def asked() -> list[str]:
            return [params["config"]["schedule"]["name"] for method, params in server.asked if method == "schedule_curve"]

        await wait_for(pilot, lambda: "epoch 20" in words(pilot) and asked() == ["constant"])
        for schedule, assumed in (("step", None), ("plateau", "the loss falls in each epoch"), ("step", None)):
            server.answers["schedule_curve"]["assumed"] = assumed
            form_of(pilot).draft.set("schedule.name", schedule)
            form_of(pilot).show_draft()
            expected = f"as if {assumed}" if assumed else "0.5 → 0.05"
            await wait_for(pilot, lambda expected=expected, schedule=schedule: schedule in asked() and expected in words(pilot))
        assert asked() == ["constant", "step", "plateau"]
        assert {params["steps_per_epoch"] for method, params in server.asked if method == "schedule_curve"} == {23}


async def test_without_an_engine_the_learning_rate_pane_says_so_in_words() -> None:
    async with opened_app(config=change(preset_config("book"), "schedule.name", "one_cycle")) as pilot:
        await wait_for(pilot, lambda: "0.5 → 0.05" in words(pilot))
        form_of(pilot).app.engine_server.answers["schedule_curve"] = UsageError("torch is not there")  # type: ignore[attr-defined]
        await go_to(pilot, "training.epochs")
        await pilot.press("right")
        await wait_for(pilot, lambda: "no rates from the engine" in words(pilot) and "torch is not there" in words(pilot))


async def test_the_checks_follow_the_theme() -> None:
    async with opened_app() as pilot:
        pane = form_of(pilot).query_one(ChecksPane)
        dark = str(pane._words.visual.spans)  # type: ignore[attr-defined]
        pilot.app.theme = "mlp-light"
        await wait_for(pilot, lambda: str(pane._words.visual.spans) != dark)  # type: ignore[attr-defined]


async def test_a_configuration_that_was_given_is_in_the_form() -> None:
    config = change(preset_config("momentum"), "seed", 42)
    async with opened_app(config=config) as pilot:
        assert form_of(pilot).draft.config == config
        assert field_of(pilot, "seed").render().plain.split() == ["Seed", "42"]


async def test_rare_levers_are_hidden_until_they_are_asked_for_found_or_changed() -> None:
    async with opened_app(config=change(preset_config("book"), "optimizer.dampening", 0.1)) as pilot:
        form = form_of(pilot).query_one(Form)
        assert form.field("optimizer.dampening") is not None
        assert form.field("optimizer.momentum") is not None
        assert form.field("training.time_budget_s") is None

        await pilot.press("v")
        await wait_for(pilot, lambda: form.field("training.time_budget_s") is not None)
        assert {field.form_field.key for field in form.fields()} == {field.key for field in form.relevant_fields()}

        await pilot.press("v")
        await wait_for(pilot, lambda: form.field("training.time_budget_s") is None)
        assert form.field("optimizer.dampening") is not None

        await pilot.press("slash")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, FindDialog))
        await wait_for(pilot, lambda: isinstance(pilot.app.focused, Input))
        await pilot.press(*"ends after the step", "enter")
        await wait_for(pilot, lambda: form.shows_all and pilot.app.screen is form_of(pilot))


async def test_one_of_several_layers_is_chosen_and_copied_widened_and_removed_by_key() -> None:
    async with opened_app() as pilot:
        field = await go_to(pilot, "model.hidden")
        await pilot.press("left", "equals_sign", "right_square_bracket")
        assert form_of(pilot).draft.value("model.hidden") == [128, 256, 64]
        await wait_for(pilot, lambda: "128 → 256" in form_of(pilot).query_one(NetworkDiagram).render().plain)
        assert "[ ] units" in field.render().plain
        await pilot.press("left", "minus", "left_square_bracket")
        assert form_of(pilot).draft.value("model.hidden") == [128, 64]


async def test_redo_and_reset_are_keys_and_shown_where_they_work() -> None:
    async with opened_app() as pilot:
        await go_to(pilot, "training.epochs")
        assert not form_of(pilot).check_action("reset_field", ()) and not form_of(pilot).check_action("redo", ())
        await pilot.press("right", "u")
        assert form_of(pilot).draft.value("training.epochs") == 20
        await pilot.press("U")
        assert form_of(pilot).draft.value("training.epochs") == 50
        await pilot.press("z")
        assert form_of(pilot).draft.value("training.epochs") == 20


async def test_optimiser_learning_rate_and_a_layer_are_changed_and_a_run_started_in_seven_keys(
    started: list[RunConfig],
) -> None:
    async with opened_app() as pilot:
        keys = ["pagedown", "plus", "pagedown", "right", "down", "right", "r"]
        assert len(keys) <= 12
        await pilot.press(*keys)
        await wait_for(pilot, lambda: started)
        config = started[0]
        assert (config.model.hidden, config.optimizer.name, config.optimizer.lr) == ((128, 64, 32), "adam", 0.002)


async def test_help_on_a_field_says_meaning_unit_range_source_and_when_to_change_it() -> None:
    async with opened_app() as pilot:
        await go_to(pilot, "training.epochs")
        for key in ("question_mark", "f1"):
            await pilot.press(key)
            await wait_for(pilot, lambda: "passes over the training set" in words(pilot) and "when  More while" in words(pilot))
            for expected in ("range", "unit epochs", "source the book", "key training.epochs", "default 20"):
                assert expected in words(pilot), expected
            await pilot.press("escape")
            await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))


async def test_a_setting_without_effect_is_said_and_a_key_mends_it_as_one_change() -> None:
    async with opened_app(config=change(preset_config("book"), "optimizer.dampening", 0.2)) as pilot:
        await wait_for(pilot, lambda: "Dampening has no effect" in words(pilot) and "m Mend" in words(pilot))
        assert "✓ ready" in words(pilot)
        await pilot.press("m")
        assert form_of(pilot).draft.value("optimizer.dampening") == 0.0
        await wait_for(pilot, lambda: "has no effect" not in words(pilot) and "m Mend" not in words(pilot))
        await pilot.press("u")
        assert form_of(pilot).draft.value("optimizer.dampening") == 0.2


async def test_a_conflict_with_one_right_answer_is_mended_and_a_warning_marks_its_field() -> None:
    async with opened_app() as pilot:
        draft = form_of(pilot).draft
        draft.set_all({"schedule.name": "warmup_cosine"})
        draft.set_all({"schedule.warmup_epochs": 30})
        form_of(pilot).show_draft()
        await wait_for(pilot, lambda: "m mends Warm-up" in words(pilot))
        await pilot.press("m")
        assert draft.config is not None and draft.value("schedule.warmup_epochs") == 2


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_all_errors_stand_beside_their_fields_at_once(size: tuple[int, int]) -> None:
    async with opened_app(size=size) as pilot:
        draft = form_of(pilot).draft
        for key, value in (("optimizer.lr", -1.0), ("data.batch_size", 0), ("model.dropout", 2.0)):
            draft.set(key, value)
        form_of(pilot).show_draft()
        await wait_for(pilot, lambda: "wrong" not in words(pilot) and "-1.0  must be a number" in words(pilot))
        for key in ("optimizer.lr", "data.batch_size", "model.dropout"):
            row = screen_lines(pilot)[field_of(pilot, key).region.y]
            assert "must be" in row and "!" in row, key
        await pilot.press("u", "u", "u")
        await wait_for(
            pilot, lambda: field_of(pilot, "optimizer.lr").region.y == field_of(pilot, "optimizer.momentum").region.y
        )


async def test_every_key_is_validated_within_50_ms_and_drawn_within_100_also_with_sixty_four_layers() -> None:
    """The median processor time of 30 changes, so that what else the machine does decides nothing."""
    async with opened_app(config=change(preset_config("regularised"), "model.hidden", [512] * 64)) as pilot:
        draft, validated, shown = form_of(pilot).draft, [], []
        for step in range(30):
            begun = time.process_time()
            draft.set("optimizer.lr", 0.001 + step / 1000)
            validated.append(time.process_time() - begun)
            form_of(pilot).show_draft()
            await pilot.pause()
            shown.append(time.process_time() - begun)
        assert statistics.median(validated) < 0.05, validated
        assert statistics.median(shown) < 0.1, shown


async def test_a_run_of_like_size_tells_the_time_and_one_that_is_like_its_accuracy_too() -> None:
    from tui_trainer.ui.like_runs import PastRun

    other = change(change(preset_config("book"), "data.source", "digits"), "optimizer.name", "adam")
    like = change(preset_config("book"), "data.source", "digits")
    async with opened_app() as pilot:
        await wait_for(pilot, lambda: "no run of like size yet" in words(pilot))
        for config, expected in ((other, "last run of like size   1.5 s"), (like, "last run like it  0.9700 test   1.5 s")):
            form_of(pilot).facts.past_runs = [PastRun("book-0001", config, 0.97, 1.5)]
            form_of(pilot).show_draft()
            await wait_for(pilot, lambda expected=expected: expected in words(pilot) and "30 s in all" in words(pilot))


async def test_common_guards_are_shown_where_there_is_room_with_their_groups_title() -> None:
    async with opened_app() as pilot:
        form = form_of(pilot).form
        await wait_for(pilot, lambda: form.field("training.clip_norm") is not None and "guards" in words(pilot))
        await pilot.resize_terminal(*SMALL)
        await wait_for(pilot, lambda: form.field("training.clip_norm") is None and "guards" not in words(pilot))
        await pilot.press("v")
        await wait_for(pilot, lambda: form.field("training.clip_norm") is not None)
        titles = [title.group for title in form.query_children(GroupTitle)]
        assert titles == ["data", "network", "optimiser", "run", "guards"]
