"""The preview: the site at its real address path, rendered on request, and pages that follow every save.

The modules, from what is watched to what is shown::

    watch             which files really changed
    live_site         the site on the units of a workshop: always a last good state (address)
    rendering         pages rendered on request, as responses; trial: those that nobody asked for, to find mistakes
    server            the web application; network, stream, status and frames are its parts
    running           a preview from start to stop (listeners, serving)
    authority         https that an iPhone accepts (welcome, terminal_qr)

:class:`Preview` is what the command line and tests start.
"""

from otasite.preview.running import News, Preview, Settings

__all__ = ["News", "Preview", "Settings"]
