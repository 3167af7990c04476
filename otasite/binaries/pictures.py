"""Opening a picture file of unknown origin: its size is checked before its pixels are asked for."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from otasite.binaries.budget import Budget, OverBudget
from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

_NAMES = {"WEBP": "WebP"}


def opened(data: bytes, formats: tuple[str, ...], max_pixels: int, budget: Budget | None = None) -> Image:
    """The picture with its pixels read; of an animation, the first.

    ``formats`` are Pillow's names. Eight bytes for each pixel are spent from the budget, if there is one. Raises
    OverBudget when that is too much or there are more than ``max_pixels``, and Unreadable when the picture is damaged
    or of another format; messages are ours, since Pillow's are for programmers.
    """
    from PIL import Image

    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # here the limit is lower
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError:
        raise OverBudget(f"it has more than {max_pixels:,} pixels") from None
    except Exception:  # Pillow's codecs raise many types for damaged files
        raise Unreadable(f"it is no {_listed(formats)} file, or a damaged one") from None
    if image.width * image.height > max_pixels:
        raise OverBudget(f"it has {image.width} × {image.height} pixels, more than {max_pixels:,}")
    if budget:
        budget.spend_output(8 * image.width * image.height)
    try:
        image.load()
    except Exception:  # as above
        raise Unreadable("its pixels are damaged or cut off") from None
    return image


def _listed(formats: tuple[str, ...]) -> str:
    names = [_NAMES.get(name, name) for name in formats]
    return " or ".join(([", ".join(names[:-1])] if names[1:] else []) + names[-1:])
