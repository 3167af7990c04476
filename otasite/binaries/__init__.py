"""What an .ipa or .apk says about itself: metadata, profile, icons, digests. This room knows nothing of sites.

Three doors lead in; everything else is behind them::

    inspect.inspect_binary(path)   → info.BinaryInfo        what it is, and what speaks against it
    icons.find_icon(path)          → icons.IconSearch      its best real icon, and why no better one
    digests.digest_file(path)      → digests.Digests        SHA-256 of the whole and of each 10 MiB

Binaries come from mails, chats and build servers, so nothing in them is believed: archives are never unpacked
to disk, every read is bounded (:mod:`otasite.binaries.archive`), and a damaged file is a located problem.
"""
