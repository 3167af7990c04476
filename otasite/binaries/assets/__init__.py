"""Asset catalogues (``Assets.car``), where Xcode keeps icons that are too large to lie beside the app.

    catalogue   which pictures a catalogue holds of an icon, and in which appearance
    bom         the store beneath: numbered blocks, names and trees
    bitmap      a picture in any of the pixel formats and encodings that are read
    deepmap     the encoding that Xcode prefers
    lzfse       Apple's packing; one of its parts is lzvn

Apple documents none of these formats except its packing; what is written here is what independent readers agree on.
Everything is spent from one :class:`~otasite.binaries.budget.Budget`.
"""
