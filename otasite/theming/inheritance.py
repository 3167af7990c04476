"""Options along a chain of themes: a theme takes over what its parents declare, adds to it and changes defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from otasite.problems import Findings, Location, suggest
from otasite.theming.declaration import OptionDeclaration
from otasite.theming.options import BadValue, Option, OptionType, OptionValue, parse_value

Locate = Callable[[tuple[str, ...]], Location | None]


def merge_options(declared: Iterable[Iterable[OptionDeclaration]], findings: Findings) -> dict[str, Option]:
    """The options of a chain, given its declarations from the lowest parent up to the theme itself."""
    options: dict[str, Option] = {}
    for theme in declared:
        for declaration in theme:
            option = _merge(declaration, options.get(declaration.name), findings)
            if option is not None:
                options[option.name] = option
    return options


def _merge(declaration: OptionDeclaration, inherited: Option | None, findings: Findings) -> Option | None:
    """The option as ``declaration`` leaves it, or ``None`` when nothing sensible is said of a new one."""
    written, where = declaration.record, declaration.where
    if where.lost("type"):
        return None
    if inherited is None and written.type is None:
        hint = "add type: text, or another"
        findings.report("theme-file", "the option has no type", hint=hint, at=declaration.location)
        return None
    base = inherited or Option(name=declaration.name, type="text", default="")
    option = Option(
        name=declaration.name,
        type=_type(declaration, inherited, findings),
        default=base.default,
        choices=base.choices if written.choices is None else written.choices,
        minimum=base.minimum if written.minimum is None else written.minimum,
        maximum=base.maximum if written.maximum is None else written.maximum,
        label=base.label if written.label is None else written.label,
        description=base.description if written.description is None else written.description,
    )
    if option.type == "choice" and not option.choices:
        if not where.lost("choices"):
            hint = "write choices: [one, two]"
            findings.report("theme-file", "a choice needs choices", hint=hint, at=declaration.location)
        return None
    return _with_default(option, declaration, inherited, findings)


def _type(declaration: OptionDeclaration, inherited: Option | None, findings: Findings) -> OptionType:
    """The option's type. A theme cannot change that of its parents: their templates rely on it."""
    written = declaration.record.type
    if inherited is None:
        return written or "text"
    if written is not None and written != inherited.type:
        message = f"the option “{declaration.name}” is of type {inherited.type} in the parent theme"
        findings.report("theme-file", message, hint="give the option another name", at=declaration.where("type"))
    return inherited.type


def _with_default(
    option: Option, declaration: OptionDeclaration, inherited: Option | None, findings: Findings
) -> Option | None:
    text = declaration.record.default
    if text is None and inherited is not None:
        text = _spelling(inherited.default)
    try:
        default = parse_value(option, text or _implied_default(option))
    except BadValue as bad:
        message = f"the default of option “{option.name}” {bad}"
        findings.report("theme-file", message, hint=bad.hint, at=declaration.where("default"))
        return None
    return msgspec.structs.replace(option, default=default)


def _implied_default(option: Option) -> str:
    """What an option is when neither its theme nor the site says: the first choice, false, the lowest number."""
    if option.type == "choice":
        return option.choices[0]
    implied = {"boolean": "false", "integer": str(option.minimum or 0)}
    return implied.get(option.type, "")


def _spelling(value: OptionValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def choose_values(
    options: Mapping[str, Option], chosen: Mapping[str, str], locate: Locate, findings: Findings
) -> dict[str, OptionValue]:
    """The value of every option: as the site chose it, else its default."""
    values = {name: option.default for name, option in sorted(options.items())}
    for name, text in chosen.items():
        location = locate(("theme", "options", name))
        option = options.get(name)
        if option is None:
            hint = suggest(name, options) or f"the theme has these options: {', '.join(sorted(options)) or 'none'}"
            findings.report("unknown-option", f"unknown theme option “{name}”", hint=hint, at=location)
            continue
        try:
            values[name] = parse_value(option, text)
        except BadValue as bad:
            findings.report("option-value", f"the theme option “{name}” {bad}", hint=bad.hint, at=location)
    return values
