"""Android's drawables: pictures that an app describes in XML, drawn far enough for its icon.

    drawable   adaptive icons and their layers: pictures, colours, insets, lists of layers, shapes, vectors
    resources  values and files behind references
    vector     vector drawables: groups, paths, clips
    gradients   colours that change along a line, outwards or around a point
    paths      the path language, and curves as straight lines
    strokes    lines with a width as areas
    fill       how much of each pixel an area covers

What is not drawn is refused by name; an icon that is half of what it should be is worse than none.
"""
