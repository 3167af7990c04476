"""Options along a chain of themes: a theme takes over what its parents declare, adds to it and changes defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from otasite.problems import Location, Problem, suggest
from otasite.theming.declaration import OptionDeclaration
from otasite.theming.options import BadValue, Option, OptionType, OptionValue, parse_value

Locate = Callable[[tuple[str, ...]], Location | None]


def merge_options(declared: Iterable[Iterable[OptionDeclaration]], problems: list[Problem]) -> dict[str, Option]:
    """The options of a chain, given its declarations from the lowest parent up to the theme itself."""
    options: dict[str, Option] = {}
    for theme in declared:
        for declaration in theme:
            option = _merge(declaration, options.get(declaration.name), problems)
            if option is not None:
                options[option.name] = option
    return options


def _merge(declaration: OptionDeclaration, inherited: Option | None, problems: list[Problem]) -> Option | None:
    base = inherited or Option(name=declaration.name, type="text", default="")
    if inherited is None and "type" not in declaration.fields:
        problems.append(_theme_problem("the option has no type", declaration.location, "add type: text, or another"))
        return None
    kind = _type(declaration, inherited, problems) or base.type
    option = Option(
        name=declaration.name,
        type=kind,
        default=base.default,
        choices=base.choices if declaration.choices is None else declaration.choices,
        minimum=_bound(declaration, "minimum", base.minimum, problems),
        maximum=_bound(declaration, "maximum", base.maximum, problems),
        label=_text(declaration, "label", base.label),
        description=_text(declaration, "description", base.description),
    )
    if kind == "choice" and not option.choices:
        problems.append(_theme_problem("a choice needs choices", declaration.location, "write choices: [one, two]"))
        return None
    return _with_default(option, declaration, inherited, problems)


def _type(declaration: OptionDeclaration, inherited: Option | None, problems: list[Problem]) -> OptionType | None:
    """The declared type. A theme cannot change it: the templates of its parents rely on it."""
    written = declaration.fields.get("type")
    if written is None:
        return None
    if inherited is not None and written.text != inherited.type:
        message = f"the option “{declaration.name}” is of type {inherited.type} in the parent theme"
        problems.append(_theme_problem(message, written.location, "give the option another name"))
        return inherited.type
    return written.text  # type: ignore[return-value]  # the declaration was read with only known types


def _with_default(
    option: Option, declaration: OptionDeclaration, inherited: Option | None, problems: list[Problem]
) -> Option | None:
    written = declaration.fields.get("default")
    text, location = (written.text, written.location) if written else ("", declaration.location)
    if written is None and inherited is not None:
        text = _spelling(inherited.default)
    elif not text:
        text = _implied_default(option)
    try:
        default = parse_value(option, text)
    except BadValue as bad:
        problems.append(_theme_problem(f"the default of option “{option.name}” {bad}", location, bad.hint))
        return None
    return Option(
        name=option.name,
        type=option.type,
        default=default,
        choices=option.choices,
        minimum=option.minimum,
        maximum=option.maximum,
        label=option.label,
        description=option.description,
    )


def _implied_default(option: Option) -> str:
    """What an option is when neither its theme nor the site says: the first choice, false, the lowest number."""
    if option.type == "choice":
        return option.choices[0]
    implied = {"boolean": "false", "integer": str(option.minimum or 0)}
    return implied.get(option.type, "")


def _spelling(value: OptionValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(declaration: OptionDeclaration, key: str, inherited: str) -> str:
    written = declaration.fields.get(key)
    return inherited if written is None else written.text


def _bound(declaration: OptionDeclaration, key: str, inherited: int | None, problems: list[Problem]) -> int | None:
    written = declaration.fields.get(key)
    if written is None:
        return inherited
    try:
        return int(written.text)
    except ValueError:
        problems.append(_theme_problem(f"{key} must be a whole number", written.location, "write digits only"))
        return inherited


def choose_values(
    options: Mapping[str, Option], chosen: Mapping[str, str], locate: Locate, problems: list[Problem]
) -> dict[str, OptionValue]:
    """The value of every option: as the site chose it, else its default."""
    values = {name: option.default for name, option in sorted(options.items())}
    for name, text in chosen.items():
        location = locate(("theme", "options", name))
        option = options.get(name)
        if option is None:
            hint = suggest(name, options) or f"the theme has these options: {', '.join(sorted(options)) or 'none'}"
            problems.append(_site_problem("unknown-option", f"unknown theme option “{name}”", hint, location))
            continue
        try:
            values[name] = parse_value(option, text)
        except BadValue as bad:
            problems.append(_site_problem("option-value", f"the theme option “{name}” {bad}", bad.hint, location))
    return values


def _theme_problem(message: str, location: Location, hint: str) -> Problem:
    return Problem(code="theme-file", message=message, hint=hint, location=location)


def _site_problem(code: str, message: str, hint: str, location: Location | None) -> Problem:
    return Problem(code=code, message=message, hint=hint, location=location)
