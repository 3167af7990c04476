"""The settings are those of the command."""

from __future__ import annotations

from otasite.preview.listeners import Settings


def test_settings_have_the_names_of_the_options() -> None:
    from otasite.cli.serve import command

    options = {option.name for option in command.params} - {"project", "open_browser", "forget_ca"}
    assert options == set(Settings.__struct_fields__) - {"environment"}
