"""How the app draws: settings.toml, and flags that win over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.settings import read_settings
from tui_trainer.runs.ui_settings import DEFAULT_UI, Images, UiFlags, UiSettings


def write_settings(home: Path, text: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text(text)


def test_without_a_file_four_pictures_and_fifteen_kilobytes_a_second_are_the_rule() -> None:
    assert read_settings().ui == DEFAULT_UI == UiSettings(fps=4.0, is_ascii=None, bytes_per_s=15_000.0)


def test_the_ui_table_sets_pace_glyphs_and_budget(home: Path) -> None:
    write_settings(home, 'notify = "bell"\n[ui]\nfps = 2\nascii = true\nbytes_per_s = 3000\n')
    assert read_settings().ui == UiSettings(fps=2.0, is_ascii=True, bytes_per_s=3000.0)


def test_flags_win_over_the_file_and_leave_the_rest() -> None:
    settings = UiSettings(fps=2.0, is_ascii=None, bytes_per_s=3000.0)
    assert UiFlags(fps="0.5").over(settings) == UiSettings(0.5, None, 3000.0)
    assert UiFlags(budget="1.5", is_ascii=True).over(settings) == UiSettings(2.0, True, 1500.0)


@pytest.mark.parametrize("kind", list(Images))
def test_pictures_are_drawn_as_the_file_says_and_otherwise_as_the_flag_does(home: Path, kind: Images) -> None:
    assert DEFAULT_UI.images is Images.BLOCKS
    write_settings(home, f'[ui]\nimages = "{kind}"\n')
    assert read_settings().ui == UiSettings(images=kind)
    assert UiFlags(images="kitty").over(read_settings().ui).images is Images.KITTY
    assert UiFlags(fps="2").over(read_settings().ui).images is kind


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("fps = 0.1", "ui.fps"),
        ("fps = true", "ui.fps"),
        ('fps = "4"', "ui.fps"),
        ("fps = nan", "ui.fps"),
        ("ascii = 1", "ui.ascii"),
        ("bytes_per_s = 10", "ui.bytes_per_s"),
        ('images = "png"', r"ui\.images: png is none of blocks, sixel, kitty"),
        ("images = true", "ui.images"),
        ("images = []", "ui.images"),
    ],
)
def test_a_wrong_value_in_the_file_is_named_by_its_key(home: Path, line: str, key: str) -> None:
    write_settings(home, f"[ui]\n{line}\n")
    with pytest.raises(UsageError, match=f"settings.toml: {key}") as refused:
        read_settings()
    assert refused.value.exit_code == 2


def test_ui_that_is_no_table_is_refused(home: Path) -> None:
    write_settings(home, "ui = 4\n")
    with pytest.raises(UsageError, match=r"\[ui\]"):
        read_settings()


@pytest.mark.parametrize("text", ["0.19", "30.1", "nan", "-1", "inf", "four", ""])
def test_pictures_a_second_out_of_range_are_refused_with_the_range(text: str) -> None:
    with pytest.raises(UsageError, match=r"--fps .* 0\.2 to 30"):
        UiFlags(fps=text).over(DEFAULT_UI)


def test_a_budget_out_of_range_is_refused_with_the_range() -> None:
    with pytest.raises(UsageError, match=r"--budget .* 0\.5 to 10,000"):
        UiFlags(budget="0.4").over(DEFAULT_UI)


@pytest.mark.parametrize("text", ["auto", "Sixel", "", "sixel\x1b[2J"])
def test_unknown_pictures_are_refused_with_the_three_that_there_are(text: str) -> None:
    with pytest.raises(UsageError, match="--images is blocks, sixel or kitty; ") as refused:
        UiFlags(images=text).over(DEFAULT_UI)
    assert refused.value.exit_code == 2
    assert "\x1b" not in refused.value.message
