"""The preview: the site at its real address path, rendered on request, and pages that follow every save.

The modules, from what is watched to what is shown::

    watch       which files really changed
    live_app    one app: loaded when wanted, again when its own files changed
    live_site   the site in memory: always a last good state
    rendering   pages rendered on request
    server      the web application; hosts, ports, serving and stream are its parts
    status      what an open page asks: still right? what is wrong? (frames show problems)
    running     a preview from start to stop

:class:`otasite.preview.running.Preview` is what the command line and tests start.
"""
