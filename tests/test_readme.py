"""What the README says to type: every command is there, with the options that stand beside it."""

import re
import shlex
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup

import board
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
EXAMPLE = re.compile(r"Example: (BOARD_\S+ )*board \w+")
MAKE = re.compile(r"^([a-z-]+):", re.M)


def _lines() -> list[str]:
    """`board …` and `make …`: of the indented blocks, and inline between backticks."""
    blocks = re.findall(r"^ {4,}((?:board|make) .*?)(?: *#.*)?$", README, re.M)
    inline = re.findall(r"`((?:board|make) [^`]+)`", README)
    return sorted({line.strip() for line in blocks + inline})


def _commands() -> Iterator[list[str]]:
    for line in _lines():
        program, *words = shlex.split(line)
        if program == "board" and words[0] not in ("→", "…"):
            yield words


def test_there_are_commands_in_the_readme() -> None:
    assert len(list(_commands())) > 10


@pytest.mark.parametrize("words", list(_commands()), ids=" ".join)
def test_every_command_of_the_readme_is_there_with_its_options(words: list[str]) -> None:
    found = typer.main.get_command(board.app)
    while isinstance(found, TyperGroup):
        assert words[0] in found.commands, f"there is no command {words[0]}"
        found, words = found.commands[words[0]], words[1:]
    options = {name: one for one in found.params for name in (*one.opts, *one.secondary_opts)}
    given = 0
    while words:
        word, words = words[0], words[1:]
        if word.startswith("-"):
            assert word in options
            words = words if getattr(options[word], "is_flag", False) else words[1:]
        else:
            given += 1
    assert given <= sum(one.param_type_name == "argument" for one in found.params)


def test_every_target_of_make_that_the_readme_names_is_there() -> None:
    targets = set(MAKE.findall((ROOT / "Makefile").read_text("utf-8")))
    named = {line.split()[1] for line in _lines() if line.startswith("make ")}
    assert named >= {"demo", "test"}
    assert named - targets == set()


def test_every_file_that_the_readme_links_to_is_there() -> None:
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert [link for link in linked if not (ROOT / link).exists()] == []


def test_every_command_has_an_example_in_its_help() -> None:
    def walk(of: typer.Typer) -> Iterator[str]:
        for one in of.registered_commands:
            assert one.callback is not None
            if not EXAMPLE.search(one.callback.__doc__ or ""):
                yield one.callback.__name__
        for group in of.registered_groups:
            assert group.typer_instance is not None
            yield from walk(group.typer_instance)

    assert list(walk(board.app)) == []
