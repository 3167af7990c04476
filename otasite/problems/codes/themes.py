"""What can be wrong with themes, templates and translations."""

from __future__ import annotations

from typing import Final

from otasite.problems.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code("asset-cycle", "Stylesheets import each other.", "Remove one of the imports."),
    Code(
        "asset-data",
        "A stylesheet has a data: address that is no picture or font, or cannot be read: pages do not load it.",
        "Put it into static/ as a file, and name that relative to the stylesheet.",
        since="0.2.0",
    ),
    Code(
        "asset-name",
        "The name of a file in static/ cannot be part of an address, or is taken.",
        "Rename it with letters, digits, dot, hyphen and underscore.",
    ),
    Code(
        "asset-remote",
        "A stylesheet refers to something outside its theme: pages load nothing from elsewhere.",
        "Put a copy into static/ and name it relative to the stylesheet.",
    ),
    Code(
        "broken-css",
        "In a stylesheet a bracket, comment or quote is not closed, so that browsers leave out what follows.",
        "Close it, or remove it.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "component-template",
        "What a template in components/ says of its arguments makes no sense.",
        "Correct the comment at its top as the hint says.",
        since="0.2.0",
    ),
    Code("locale-file", "A file of translations (.po) is not valid.", "Correct the line; msgfmt -c tells more."),
    Code(
        "locale-name",
        "A file in locales/ is not named by a language, so it is not used.",
        "Name it de.po, pt-BR.po or zh-Hans.po.",
        "warning",
    ),
    Code(
        "option-value",
        "The site gives an option of the theme a value that it does not take.",
        "Write a value that the option's declaration in theme.yaml allows.",
    ),
    Code(
        "override-drift",
        "The original of an ejected file has changed or is gone.",
        "Take over what changed and eject again, or remove the copy's first line to stop this warning.",
        "warning",
    ),
    Code(
        "template-block",
        "A template fills a block that none of those that it extends has, so nothing of it is ever shown.",
        "Correct the block's name, or move what is in it into a block that the hint names.",
        "warning",
        since="0.2.0",
    ),
    Code(
        "file-malformed",
        "A file that a template makes is not the JSON or XML that it is to be.",
        "Write values into JSON with the filter tojson, and close every tag of XML.",
        since="0.2.0",
    ),
    Code(
        "template-error",
        "A template failed while a page was rendered.",
        "Correct the line that the message names.",
    ),
    Code(
        "template-missing", "A template names another one that does not exist.", "Correct the name, or add the file."
    ),
    Code("template-syntax", "A template is not valid Jinja.", "Correct the line that the message names."),
    Code(
        "template-undefined",
        "A template uses a name that does not exist.",
        "Correct the name, or ask with “is defined” where it may be missing.",
    ),
    Code(
        "template-unused",
        "Nothing uses a template, and its name is almost that of one that could be overridden.",
        "Rename it if it is meant to override the other.",
        "warning",
    ),
    Code(
        "template-value",
        "A filter in a template got a value that it cannot write.",
        "Ask first whether there is a value, and give it one of the right kind.",
    ),
    Code("theme-file", "An option is declared in theme.yaml in a way that makes no sense.", "Follow the hint."),
    Code("theme-file-missing", "A theme has no theme.yaml.", "Add one; it may be as short as: version: 1.0"),
    Code(
        "theme-file-outside",
        "A link in a theme leads out of its folder.",
        "Put a copy of the file there: a theme must be complete in itself.",
    ),
    Code(
        "theme-needs-otasite",
        "A theme says in theme.yaml that it is for other versions of otasite.",
        "Install such a version, or take a version of the theme that fits yours.",
        since="0.2.0",
    ),
    Code(
        "theme-parent", "The parents of a theme have no end.", "Let one of the themes have another parent, or none."
    ),
    Code(
        "translation-form",
        "A translation has plural forms where the English text has none, or the other way round.",
        "Write it as en.po does.",
    ),
    Code(
        "translation-missing",
        "Texts have no translation into a language of the site; the English ones are shown.",
        "Add them to the file of the language in locales/.",
        "warning",
    ),
    Code(
        "translation-placeholder",
        "A translation has other placeholders than the English text.",
        "Use those of the English text.",
        "either",
    ),
    Code("translation-value", "A template gives no value for a text's placeholder.", "Add it: t(“key”, name=…)."),
    Code(
        "unknown-asset",
        "A template or stylesheet names a file that static/ does not have.",
        "Correct the name, or put the file into static/.",
    ),
    Code(
        "unknown-option",
        "The site sets an option that the theme does not declare.",
        "Correct its name, or remove it.",
    ),
    Code("unknown-theme", "There is no theme of this name.", "Correct the name, or add its folder to themes/."),
    Code(
        "unknown-translation",
        "A template asks for a text, or a translation has one, that the English texts do not have.",
        "Correct the key, or add it to locales/en.po.",
        "either",
    ),
)
