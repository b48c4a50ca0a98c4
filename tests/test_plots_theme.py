"""The colours of light and of dark pictures."""

import numpy as np
import pytest

from hebb.plots import colouring
from hebb.plots.theme import DARK, LIGHT


@pytest.mark.parametrize("theme, sign", [(LIGHT, -1), (DARK, 1)])
def test_the_weights_map_goes_away_from_paper_all_the_way(theme, sign):
    rgb = theme.weights()(np.linspace(0, 1, 256))[:, :3]
    light = rgb @ [0.2126, 0.7152, 0.0722]
    assert (sign * np.diff(light) >= 0).all()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_both_ends_of_the_signed_map_are_equally_far_from_paper(theme):
    light = theme.signed()(np.linspace(0, 1, 256))[:, :3] @ [0.2126, 0.7152, 0.0722]
    away = np.abs(light - light[127:129].mean())
    assert (np.diff(away[:127]) <= 1e-6).all() and (np.diff(away[129:]) >= -1e-6).all()
    assert abs(away[0] - away[-1]) < 0.08


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_words_and_lines_stand_out_from_paper(theme):
    def luminance(colour):
        part = colouring.rgba(colour)[:3] / 255
        return np.where(part <= 0.04, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ [
            0.2126, 0.7152, 0.0722
        ]  # fmt: skip

    def contrast(colour):
        pair = sorted([luminance(colour), luminance(theme.paper)])
        return (pair[1] + 0.05) / (pair[0] + 0.05)

    assert contrast(theme.ink) > 7 and contrast(theme.quiet) > 4.5
    assert min(map(contrast, theme.lines[:3])) > 3
