"""Themes: where they are found, what they may decide, and how their templates become pages.

The public modules, in the order in which a build uses them::

    themes      load_theme(): a theme with its parents and options, as one immutable value; where bundled ones are
    templates   Renderer: that theme's templates, rendered in any language
    locales     Translations: the texts of one language
    languages   what a language is called, and which way it runs
    checks      what can be said about a theme without rendering a page
    eject       copies of templates to edit, and what became of their originals
    scaffold    a new theme to start from

Nothing in this room knows of sites or catalogues. Heavy libraries load late: :mod:`themes` needs neither
Jinja nor Babel, so that a build in which nothing changed pays for neither.
"""
