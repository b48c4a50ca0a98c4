"""How much of what there is to see the units of a layer look at."""

import numpy as np

from hebb.plots import colouring, style
from hebb.plots.tiles import frame, framed

WIDE = 330  # pixels: of a panel


def covered(fields: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """fields (N, D) -> by pixel (D,): units that look there, their weights, whether any sees it.

    A unit looks where its weight has at least half the size of its largest; weights are summed
    without their sign; a pixel is seen where any weight is not 0.
    """
    size = np.abs(np.where(np.isfinite(fields), fields, 0))
    largest = size.max(axis=1, keepdims=True, initial=0)
    looks = (size >= largest / 2) & (size > 0)
    return looks.sum(axis=0), size.sum(axis=0), (fields != 0).any(axis=0)


@style.house()
def coverage(
    path: style.Target,
    fields: np.ndarray,
    shape: tuple[int, int],
    inputs: np.ndarray,
    title: str,
    subtitle: str = "",
) -> None:
    """Draw what the fields of a layer cover, beside the mean input, to a file.

    fields: (N, h * w). shape: (h, w). inputs: (h * w,), the mean of what the layer is shown.
    """
    if shape[0] * shape[1] != fields.shape[1]:
        raise ValueError(f"fields {fields.shape}: do not fill {shape[0]} x {shape[1]}")
    if inputs.shape != fields.shape[1:]:
        raise ValueError(f"fields {fields.shape}: a mean input of {inputs.shape}")
    theme, (looks, weight, seen) = style.theme(), covered(fields)
    panels = [
        ("units that look there", looks, None),
        ("their weights, summed", weight, None),
        ("mean input", inputs, theme.images()),
    ]
    unseen = int((~seen).sum())
    note = f"{unseen:,} of {seen.size:,} pixels are seen by no unit" if unseen else ""
    means = "a unit looks where its weight has half the size of its largest or more"
    subtitle = f"{subtitle} · {means}" if subtitle else means
    k, wide, high = frame(shape, WIDE)
    left, top, pitch = style.MARGIN, style.header_height(subtitle) + 36, wide + 150
    width = style.width_for(2 * left + len(panels) * pitch - 40, title, subtitle, note)
    bottom = top + max(high, 160) + (44 if note else 0)
    fig = style.figure(width, bottom + style.MARGIN)
    style.header(fig, title, subtitle)
    for i, (name, values, colours) in enumerate(panels):
        x = left + i * pitch
        style.text(fig, x, top - 12, name, va="bottom")
        scale, cut = colouring.scale(values, colours)
        rgba = colouring.pixels(scale, values.reshape(shape))
        rgba[~seen.reshape(shape)] = colouring.rgba(theme.never)
        style.stamp(fig, x, top, framed(rgba, k), 1)
        colouring.colour_bar(fig, x + wide + 20, top, max(high, 160), scale, "", cut)
    if note:
        style.key(fig, left, bottom - 16, note)
    style.save(fig, path)
