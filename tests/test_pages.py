"""Pages in a browser: what moves, what is shown, what arrives, and that it fits a phone."""

import json
import re
import shutil
import subprocess
import time
from itertools import pairwise

import numpy as np
import pytest
from served import HEBB, serving, watching

from hebb.catalogue.sweeps import SweepFolder
from hebb.config import load
from hebb.experiment import train
from hebb.plots.tapestry import image
from hebb.plots.theme import LIGHT
from hebb.report import report
from hebb.store import Run

webdriver = pytest.importorskip("selenium.webdriver", reason="no selenium: pip install selenium")
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not CHROMIUM or not DRIVER,
    reason="no chromium with its chromedriver: apt-get install chromium chromium-driver",
)

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
)  # fmt: skip


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


class Page:
    """A page in a window, and what a test asks of it."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, address, width=1280, scheme="light"):
        tell = self.driver.execute_cdp_cmd
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        tell("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": scheme}
        tell("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.driver.get(address)
        return self

    def leave(self):
        """So that it asks nobody any more."""
        self.driver.get("about:blank")

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def until(self, told, seconds=20):
        return WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(lambda _: told())

    def script(self, text, *given):
        return self.driver.execute_script(f"return {text}", *given)

    def text(self, selector):
        """Read in one go: a live page puts new parts in the place of old ones."""
        return self.script("document.querySelector(arguments[0])?.textContent", selector)

    def picture(self, layer):
        """A layer's tapestry, once it is drawn, as the address of its pixels."""
        sheet = f'figure[data-layer="{layer}"] .mosaic canvas'
        found = "document.querySelector(arguments[0])"  # in one go: see `text`
        if self.script("told.live"):  # whose tapestries are drawn where they are looked at
            self.script(f"{found}?.scrollIntoView({{block: 'center'}})", sheet)
        drawn = f"((canvas) => canvas?.width > 1 && canvas.toDataURL())({found})"
        return self.until(lambda: self.script(drawn, sheet))

    def unit(self, layer):
        return self.one(f'figure[data-layer="{layer}"] .unit p').text

    def mosaic(self, layer):
        return self.one(f'figure[data-layer="{layer}"] .mosaic')

    def over(self, layer, share_x, share_y):
        """The pointer over a place of a tapestry, given in shares of its size."""
        mosaic = self.mosaic(layer)
        self.script("arguments[0].scrollIntoView({block: 'center'})", mosaic)
        x = (share_x - 0.5) * mosaic.size["width"]
        y = (share_y - 0.5) * mosaic.size["height"]
        return ActionChains(self.driver).move_to_element_with_offset(mosaic, x, y)

    def keys(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()


@pytest.fixture
def page(chromium):
    shown = Page(chromium)
    chromium.get_log("browser")
    yield shown
    errors = chromium.get_log("browser")
    shown.leave()
    assert not errors


@pytest.fixture(scope="module")
def address(finished, tmp_path_factory):
    """Where the page of the finished run is, on the disk."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    return report([finished], path).as_uri()


def test_the_slider_scrubs_every_layer_through_the_snapshots(page, address):
    page.open(address)
    layers = ("sparse", "invariant", "top")
    last = [page.picture(layer) for layer in layers]
    said = page.one(".scrub output")
    assert said.text == "after 800 inputs, epoch 1 of digits"
    slider = page.one(".scrub input")
    slider.send_keys(Keys.HOME)
    page.until(lambda: said.text == "after 0 inputs, first weights")
    page.until(lambda: page.picture("top") != last[2])
    first = [page.picture(layer) for layer in layers]
    assert all(before != after for before, after in zip(first, last, strict=True))
    slider.send_keys(Keys.RIGHT)
    page.until(lambda: said.text == "after 300 inputs, epoch 1 of wander")
    assert slider.get_attribute("aria-valuetext") == said.text
    slider.send_keys(Keys.END)
    page.until(lambda: [page.picture(layer) for layer in layers] == last)


def test_it_plays_through_the_snapshots_and_stops_at_the_last(page, address):
    page.open(address)
    page.picture("top")
    button, said = page.one(".play"), page.one(".scrub output")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    page.until(lambda: "first weights" in said.text)
    page.until(lambda: button.get_attribute("aria-pressed") == "false")
    assert said.text == "after 800 inputs, epoch 1 of digits"


def test_pointing_at_a_unit_shows_it_large_with_its_class_and_wins(page, address, finished):
    page.open(address)
    page.picture("sparse")
    assert page.unit("sparse") == "Point at a unit to see it large."
    vote = finished.read_json("eval.json")["results"][0]
    best = max(range(20), key=lambda unit: vote["unit_wins"][unit])
    row, column = divmod(best, 5)
    page.over("sparse", (column + 0.5) / 5, (row + 0.5) / 4).perform()
    page.until(lambda: page.unit("sparse").startswith("Unit"))
    lines = page.unit("sparse").split("\n")
    assert lines[0] == f"Unit {best}, row {row}, column {column}"
    assert lines[2] == f"Class {vote['unit_class'][best]}"
    assert lines[3].startswith(f"Won {vote['unit_wins'][best]:,} training images, ")
    never = vote["never_won"][0]
    row, column = divmod(never, 5)
    page.over("sparse", (column + 0.5) / 5, (row + 0.5) / 4).perform()
    page.until(lambda: page.unit("sparse").startswith(f"Unit {never},"))
    assert page.unit("sparse").split("\n")[2:] == ["No class", "Won no training image"]
    large = page.one('figure[data-layer="sparse"] .unit canvas')
    assert (large.get_attribute("width"), large.get_attribute("height")) == ("8", "8")
    assert large.size["width"] == 260
    assert (
        page.script(
            "new Set(arguments[0].getContext('2d').getImageData(0, 0, 8, 8).data).size", large
        )
        > 9
    )


def test_a_unit_that_never_won_is_marked_as_in_pictures_and_the_mark_is_explained(
    page, address, finished
):
    page.open(address)
    page.picture("sparse")
    vote = finished.read_json("eval.json")["results"][0]
    w = finished.snapshot()[1]["sparse.w"]
    drawn, _, _ = image(w, (4, 5), (8, 8), np.array(vote["unit_wins"]))
    pixels = "sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height).data"
    sheet = "document.querySelector('figure[data-layer=sparse]').sheet"
    found = page.script(f"((sheet) => [...{pixels}])({sheet})")
    colour = [*bytes.fromhex(LIGHT.never.removeprefix("#")), 255]
    mine, theirs = ((np.array(each).reshape(drawn.shape) == colour).all(axis=2)
                    for each in (found, drawn))  # fmt: skip
    assert theirs.any()
    np.testing.assert_array_equal(mine, theirs)
    legend = page.one("figure[data-layer=sparse] .never")
    assert legend.text == f"{len(vote['never_won'])} of 20 units won no training image"
    assert not page.one("figure[data-layer=invariant] .never").is_displayed()
    page.one(".scrub input").send_keys(Keys.HOME)  # weights that were not read out
    page.until(lambda: not legend.is_displayed())


def test_a_layer_without_a_vote_says_so(page, address):
    page.open(address)
    page.picture("invariant")
    page.over("invariant", 0.5, 0.5).perform()
    page.until(lambda: "no vote of this layer was read out" in page.unit("invariant"))


def test_a_unit_is_held_by_a_click_while_snapshots_pass(page, address):
    page.open(address)
    page.picture("top")
    page.over("top", 0.1, 0.25).click().perform()
    page.until(lambda: "Held; Escape lets go" in page.unit("top"))
    page.over("sparse", 0.5, 0.5).perform()
    assert page.unit("top").startswith("Unit 0, row 0, column 0")
    large = page.one('figure[data-layer="top"] .unit canvas')
    last = page.script("arguments[0].toDataURL()", large)
    page.one(".scrub input").send_keys(Keys.HOME)
    page.until(lambda: page.script("arguments[0].toDataURL()", large) != last)
    assert "(counted after 800 inputs)" in page.unit("top")
    page.over("top", 0.1, 0.25).click().perform()
    page.until(lambda: "Held" not in page.unit("top"))


def test_a_tap_holds_a_unit_too(page, address):
    page.open(address, width=390)
    page.picture("top")
    page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.script("arguments[0].scrollIntoView({block: 'center'})", page.mosaic("top"))
    box = page.script("arguments[0].getBoundingClientRect().toJSON()", page.mosaic("top"))
    at = {"x": box["left"] + 0.75 * box["width"], "y": box["top"] + 0.75 * box["height"]}
    for kind, points in (("touchStart", [at]), ("touchEnd", [])):
        page.driver.execute_cdp_cmd(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
        )
    page.until(lambda: "Held" in page.unit("top"))
    assert page.unit("top").startswith("Unit 10, row 1, column 4")
    page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_units_are_reached_by_the_keyboard(page, address):
    page.open(address)
    page.picture("sparse")
    page.script("arguments[0].focus()", page.mosaic("sparse"))
    page.until(lambda: page.unit("sparse").startswith("Unit 0, row 0, column 0"))
    page.keys(Keys.DOWN, Keys.RIGHT, Keys.RIGHT)
    assert page.unit("sparse").startswith("Unit 7, row 1, column 2")
    page.keys(Keys.UP, Keys.UP)
    assert page.unit("sparse").startswith("Unit 2, ")
    page.keys(Keys.END)
    assert page.unit("sparse").startswith("Unit 19, ")
    page.keys(Keys.ENTER)
    assert "Held" in page.unit("sparse")
    page.keys(Keys.HOME, Keys.ESCAPE)
    assert "Held" not in page.unit("sparse")
    page.script("arguments[0].blur()", page.mosaic("sparse"))
    assert page.unit("sparse") == "Point at a unit to see it large."


def test_a_layer_is_drawn_in_pixels_or_by_its_own_weights_on_one_scale_or_each_unit(page, address):
    page.open(address)
    seen = {page.picture("top")}

    def press(value):
        page.one(f'figure[data-layer="top"] button[data-value="{value}"]').click()
        page.until(lambda: page.picture("top") not in seen)
        seen.add(page.picture("top"))
        pressed = page.all('figure[data-layer="top"] [aria-pressed="true"]')
        assert value in [each.get_attribute("data-value") for each in pressed]
        return page.one('figure[data-layer="top"] .high').text

    press("weights")
    first = page.one('figure[data-layer="top"] [data-key="own"][aria-pressed="true"]')
    other = {"true": "false", "false": "true"}[first.get_attribute("data-value")]
    before, after = page.one('figure[data-layer="top"] .high').text, press(other)
    assert (after if other == "true" else before) == "the largest of each unit"
    assert float((before if other == "true" else after).split()[0]) > 0
    page.over("top", 0.1, 0.25).perform()
    large = page.one('figure[data-layer="top"] .unit canvas')
    page.until(lambda: large.get_attribute("width") == "3")


def test_a_scale_that_begins_above_zero_says_so_and_has_paper_at_its_lowest(page, copied, tmp_path):
    inputs, arrays = copied.snapshot("last")
    w = arrays["sparse.w"] / arrays["sparse.w"].max() + 2
    copied.save_snapshot(inputs, arrays | {"sparse.w": w})
    page.open(report([copied], tmp_path / "page.html").as_uri())
    page.picture("sparse")
    figure = 'figure[data-layer="sparse"]'
    assert page.one(f"{figure} .low").text == f"{w.min():.4g} (not 0)"
    assert page.one(f"{figure} .high").text == "3"
    unit = f"document.querySelector('{figure}').sheet.getContext('2d').getImageData(1, 1, 8, 8)"
    red = np.array(page.script(f"[...{unit}.data]")).reshape(64, 4)[:, 0]
    assert red[w[0].argmin()] > 240 > 200 > red[w[0].argmax()]


def test_everything_drawn_has_words_for_who_cannot_see_it(page, address):
    page.open(address)
    page.picture("top")
    label = page.one('figure[data-layer="sparse"] .mosaic canvas').get_attribute("aria-label")
    assert label.startswith("sparse after 800 inputs: 4 × 5 units, weights from 0 to ")
    label = page.one('figure[data-panel="winners"] svg').get_attribute("aria-label")
    assert label == (
        "winners an input: sparse ends at 3, top ends at 1. Left and right read it off"
    )
    unnamed = page.script(
        "[...document.querySelectorAll('img, canvas, svg:not([aria-hidden]), input, button')]"
        ".filter((each) => !each.ariaLabel && !each.alt && !each.textContent.trim())"
        ".filter((each) => !each.closest('[hidden]')).length"
    )
    assert unnamed == 0


def test_the_speed_of_the_first_epoch_is_hollow(page, address):
    page.open(address)
    figure = 'figure[data-panel="inputs_per_second"]'
    page.until(lambda: page.all(f"{figure} svg"))
    assert len(page.all(f"{figure} .hollow")) == 1
    assert len(page.all(f"{figure} circle")) == 3
    assert "hollow: the first epoch" in page.one(f"{figure} figcaption").text
    assert not page.all('figure[data-panel="winners"] .hollow')


def test_curves_are_read_off_by_pointer_and_keyboard(page, address):
    page.open(address)
    figure = 'figure[data-panel="winners"]'
    page.until(lambda: page.all(f"{figure} svg"))
    assert len(page.all(f"{figure} polyline")) == 3  # of two layers, of which one starts anew
    assert [each.text for each in page.all(f"{figure} svg text")][-2:] == ["wander", "digits"]
    plot, said = page.one(f"{figure} svg"), page.one(f"{figure} output")
    page.script("arguments[0].scrollIntoView({block: 'center'})", plot)
    ActionChains(page.driver).move_to_element(plot).perform()
    page.until(lambda: said.text == "after 300: sparse 3 · top 1")
    page.script("arguments[0].focus()", plot)
    page.keys(Keys.RIGHT)
    assert said.text == "after 600: sparse 3 · top 1"
    page.keys(Keys.RIGHT, Keys.RIGHT, Keys.LEFT)
    assert said.text == "after 600: sparse 3 · top 1"


def test_weights_that_do_not_change_have_no_place_on_a_logarithmic_scale(page, address):
    page.open(address)
    figure = 'figure[data-panel="weight_change"]'
    page.until(lambda: page.all(f"{figure} svg"))
    lines = [each.get_attribute("points").split() for each in page.all(f"{figure} polyline")]
    assert [len(points) for points in lines] == [2, 2, 2, 1]  # two layers are frozen at the end
    page.script("arguments[0].focus()", page.one(f"{figure} svg"))
    page.keys(Keys.LEFT)
    assert re.match(r"after 800: sparse 0 · invariant 0 · top ", page.one(f"{figure} output").text)


def test_what_goes_on_beyond_the_edge_fades_there_until_it_is_scrolled_to(page, tmp_path):
    folder = tmp_path / "small-sweep-001"
    folder.mkdir()
    (folder / "sweep.json").write_text(json.dumps({"config": "small.yaml", "on": "test"}))
    (folder / "table.csv").write_text(
        "run,n_w,seed,status,accuracy,raw_pixels,mean,lowest,highest,error\n"
        "n_w-2,2,0,completed,0.5,0.8,0.5,0.5,0.5,\nn_w-3,3,0,completed,0.6,0.8,0.6,0.6,0.6,\n"
    )
    address = report([SweepFolder(folder)], tmp_path / "page.html").as_uri()
    around = "document.querySelector('.scroll:has(.picture)')"
    fade = f"parseFloat(getComputedStyle({around}).getPropertyValue('--fade'))"
    for width, words in ((1280, False), (390, True)):
        page.open(address, width)
        assert page.one(".sideways").is_displayed() == words
        page.until(lambda: (page.script(fade) > 40) == words)  # noqa: B023
    page.script(f"({around}.scrollLeft = 9999)")
    page.until(lambda: page.script(fade) == 0)


@pytest.mark.parametrize("width", [1280, 390])
def test_every_phase_has_its_name_however_many_there_are(page, copied, tmp_path, width):
    names = ["wander", "groups_of_strokes", "strokes", "the_last_of_all", "x" * 90]
    first, *_ = copied.metrics()
    records = [first | {"phase": name, "inputs": 100 * n + 100} for n, name in enumerate(names)]
    copied.write_text("metrics.jsonl", "".join(f"{json.dumps(each)}\n" for each in records))
    page.open(report([copied], tmp_path / "page.html").as_uri(), width)
    figure = 'figure[data-panel="winners"]'
    page.until(lambda: page.all(f"{figure} .phase"))
    assert len(page.all(f"{figure} .border")) == 4
    shown = page.all(f"{figure} .phase")
    assert [each.text for each in shown[:4]] == names[:4]
    assert re.fullmatch("x{30,}…", shown[4].text)
    assert page.script("document.documentElement.scrollWidth") <= width
    lines = sorted((box["y"], box["x"], box["width"]) for box in (each.rect for each in shown))
    for (y, x, room), (below, after, _) in pairwise(lines):
        assert below - y > 10 or (below == y and x + room < after)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_fits_its_window_in_both_colours(page, finished, copied, tmp_path, width, scheme):
    copied.path.rename(
        copied.path.with_name("a_run_with_a_name_that_is_longer_than_a_phone_is_wide")
    )
    other = Run(copied.path.with_name("a_run_with_a_name_that_is_longer_than_a_phone_is_wide"))
    path = report([finished, other], tmp_path / "page.html")
    page.open(path.as_uri(), width, scheme)
    page.picture("top")
    assert page.script("document.documentElement.scrollWidth") <= width
    paper = page.script("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 22, 27)"}[scheme]
    sheet = page.one(".mosaic canvas")
    corner = page.script("[...arguments[0].getContext('2d').getImageData(0, 0, 1, 1).data]", sheet)
    assert corner[:3] == {"light": [221, 221, 221], "dark": [52, 56, 66]}[scheme]


@pytest.mark.parametrize("width, columns", [(1280, 3), (1000, 2), (390, 1)])
def test_three_runs_leave_no_hole_in_the_grid(page, finished, tmp_path, width, columns):
    page.open(report([finished] * 3, tmp_path / "page.html").as_uri(), width)
    room = page.script("document.querySelector('#curves .side').getBoundingClientRect().width")
    boxes = "[...document.querySelectorAll('#curves .side > article')].map("
    boxes = page.script(f"{boxes}(each) => [each.offsetTop, each.offsetLeft, each.offsetWidth])")
    assert len({left for _, left, _ in boxes}) == columns
    row = [wide for top, _, wide in boxes if top == boxes[-1][0]]
    assert sum(row) > room - 50 * len(row)  # the last row is full
    assert page.script("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_counts_of_a_confusion_can_be_read_on_every_colour(page, copied, tmp_path, scheme):
    altered = copied.read_json("eval.json")
    matrix = np.zeros((10, 11), int)
    matrix[range(10), range(10)] = np.arange(10, 110, 10)
    matrix[:, 10] = 100 - matrix.sum(axis=1)
    for each in altered["results"]:
        if "confusion" in each:
            each["confusion"] = matrix.tolist()
    copied.write_json("eval.json", altered)
    page.open(report([copied], tmp_path / "page.html").as_uri(), scheme=scheme)
    # Chromium says mixed colours as color(srgb r g b), and others as rgb(r, g, b).
    colours = page.script(
        "[...document.querySelectorAll('.confusion tbody td:not(.right), .confusion tr td')]"
        ".filter((each) => each.textContent && each.style.length)"
        ".map((each) => [getComputedStyle(each).color, getComputedStyle(each).backgroundColor])"
    )
    assert len(colours) >= 19
    for ink, ground in colours:
        assert contrast(ink, ground) > 3.5, (ink, ground)


def contrast(*colours):
    """As WCAG 2 has it, of two colours as CSS says them."""
    lights = []
    for colour in colours:
        parts = np.array([float(n) for n in re.findall(r"[\d.]+", colour)[:3]])
        parts = parts if colour.startswith("color(") else parts / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        lights.append(linear @ [0.2126, 0.7152, 0.0722])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_colours_follow_the_scheme_while_the_page_is_open(page, address):
    light = page.open(address).picture("sparse")
    scheme = {"name": "prefers-color-scheme", "value": "dark"}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    page.until(lambda: page.picture("sparse") != light)


def test_runs_of_one_page_share_the_slider(page, finished, train_small, tmp_path):
    short = train_small("phases.wander.epochs=1", "evaluate=null", id="short")
    page.open(report([finished, short], tmp_path / "page.html").as_uri())
    page.picture("top")
    # 0, 300, 500 of the shorter, 600, 800: each shows its last snapshot by then.
    slider = page.one(".scrub input")
    assert slider.get_attribute("max") == "4"
    slider.send_keys(Keys.HOME, Keys.RIGHT, Keys.RIGHT)
    page.until(lambda: page.one(".scrub output").text == "after 500 inputs")
    labels = 'figure[data-layer="top"] .mosaic canvas'
    page.until(
        lambda: (
            [each.get_attribute("aria-label").split(":")[0] for each in page.all(labels)]
            == ["top after 300 inputs", "top after 500 inputs"]
        )
    )


# Live


def test_a_run_opens_from_the_list_with_a_click(page, copied):
    with serving(copied.path.parent) as server:
        page.open(f"http://127.0.0.1:{server.server_port}/")
        page.one("#runs a").click()
        page.until(lambda: page.all(".scrub"))
        page.picture("top")
        page.one(".back a").click()
        page.until(lambda: page.all("#runs a"))


def test_the_list_fits_a_phone_though_a_run_says_why_it_is_damaged(page, copied):
    (copied.path / "snapshots" / "000000800.npz").write_bytes(b"")
    with serving(copied.path.parent) as server:
        page.open(f"http://127.0.0.1:{server.server_port}/", width=390)
        assert "000000800.npz: is not a whole" in page.one("#runs .why").text.replace("\n", "")
        assert page.script("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("width", [1280, 390])
def test_the_list_hides_nothing_and_never_scrolls_sideways(page, copied, width):
    with copied.held(), serving(copied.path.parent) as server:
        copied.write_text("metrics.jsonl", json.dumps(copied.metrics()[0]) + "\n")
        copied.note(status="running")
        page.open(f"http://127.0.0.1:{server.server_port}/", width)
        cells = "[...document.querySelectorAll('#runs tbody :is(th, td, .track)')]"
        boxes = page.script(f"{cells}.map((each) => each.getBoundingClientRect().toJSON())")
        assert len(boxes) == 8
        assert all(box["width"] > 20 and box["height"] > 5 for box in boxes)
        assert all(0 <= box["left"] and box["right"] <= width for box in boxes)
        assert page.script("document.documentElement.scrollWidth") <= width
        names = f"{cells}.map((each) => getComputedStyle(each, '::before').content)"
        named = '"inputs "' in page.script(names)
        assert named == (width == 390)  # where there is no head above the cells


def test_the_list_tells_of_a_run_that_begins_and_ends(page, small, tmp_path):
    runs_dir = tmp_path / "runs"
    with serving(runs_dir) as server:
        page.open(f"http://127.0.0.1:{server.server_port}/")
        assert "There is no run yet." in page.one("#runs").text
        run = train(load(small), runs_dir=runs_dir, quiet=True, say=lambda line: None)
        page.until(lambda: "small-001" in page.one("#runs").text)
        run.note(status="failed")
        page.until(lambda: "failed" in page.one("#runs").text)


def test_curves_and_tapestries_of_a_run_in_training_arrive_within_two_seconds(
    page, small, tmp_path
):
    # The top layer goes on learning in leaps, so that no two of its pictures are alike.
    settings = ("phases.digits.epochs=400", "phases.digits.steps=40000", "layers.top.xi=0.3")
    command = [*HEBB, "run", str(small), *settings, "--quiet"]
    training = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE)
    run = Run(tmp_path / "runs" / "small-001")
    try:
        page.until(lambda: len(run.snapshots()) > 1, 120)
        with watching("small-001", cwd=tmp_path) as (_, address):
            page.open(address)
            page.until(lambda: page.all(".scrub input"), 60)
            assert page.text("#summary .status") == "running"
            page.picture("top")
            lags, seen, drawn = [], set(), []
            end = time.monotonic() + 25
            while time.monotonic() < end and (len(lags) < 6 or len(set(drawn)) < 3):
                at = inputs_shown(page)
                if at not in seen and at in run.snapshots():
                    written = run.snapshots()[at].stat().st_mtime
                    drawn.append(page.picture("top"))
                    lags.append(time.time() - written)
                    seen.add(at)
                time.sleep(0.05)
            # The first of them were there before the page; a busy machine may be late now and then.
            assert min(lags[1:]) < 2
            assert len(set(drawn)) >= 3
            assert all(before < after for before, after in pairwise(sorted(seen)))
            points = 'figure[data-panel="weight_change"] polyline'
            drawn_to = "document.querySelector(arguments[0])?.getAttribute('points')"
            before = page.until(lambda: page.script(drawn_to, points))
            page.until(lambda: page.script(drawn_to, points) not in (None, before))
            page.leave()
    finally:
        training.kill()
        training.communicate()


def test_the_bar_moves_with_the_run(page, copied):
    first = copied.metrics()[0]
    with copied.held(), serving(copied.path.parent) as server:
        copied.write_text("metrics.jsonl", json.dumps(first) + "\n")
        copied.note(status="running")
        page.open(f"http://127.0.0.1:{server.server_port}/small-001/")
        bar = "document.querySelector('[role=progressbar]')"
        assert page.script(f"{bar}.ariaValueNow") == "300"
        assert page.script(f"{bar}.ariaValueText").startswith("300 of 800 inputs, ")
        copied.append_metrics(first | {"epoch": 2, "inputs": 600})
        page.until(lambda: page.script(f"{bar}.ariaValueNow") == "600")
        filled = page.script(f"{bar}.firstChild.offsetWidth / {bar}.offsetWidth")
        assert filled == pytest.approx(0.75, abs=0.01)
        copied.note(status="completed")
        page.until(lambda: page.script(f"{bar} === null"))


def test_a_live_page_asks_for_the_pictures_of_tapestries_in_view_alone(page, copied):
    asked = "performance.getEntriesByType('resource').filter((e) => e.name.includes('/frames/'))"
    with serving(copied.path.parent) as server:
        page.open(f"http://127.0.0.1:{server.server_port}/small-001/")
        page.until(lambda: page.all('figure[data-panel="winners"] svg'))
        time.sleep(1.5)  # it has looked again meanwhile
        assert page.script(f"{asked}.length") == 0
        page.picture("sparse")
        assert page.script(f"{asked}.map((e) => e.name.split('/').at(-1))") == ["800.json"]


def inputs_shown(page):
    """After how many inputs the tapestries are, that the page shows."""
    words = page.one('figure[data-layer="top"] .mosaic canvas').get_attribute("aria-label")
    return int(words.split(" after ")[1].split(" ")[0].replace(",", ""))


def test_a_slider_that_was_moved_back_stays_there(page, copied):
    with serving(copied.path.parent) as server:
        page.open(f"http://127.0.0.1:{server.server_port}/small-001/")
        page.picture("top")
        slider, said = page.one(".scrub input"), page.one(".scrub output")
        slider.send_keys(Keys.HOME, Keys.RIGHT)
        page.until(lambda: "after 300" in said.text)
        copied.save_snapshot(900, copied.snapshot("last")[1])
        page.until(lambda: slider.get_attribute("max") == "4")
        assert "after 300" in said.text
        slider.send_keys(Keys.END)
        page.until(lambda: "after 900" in said.text)
        copied.save_snapshot(1000, copied.snapshot("last")[1])
        page.until(lambda: "after 1,000" in said.text)


def test_a_page_says_that_nobody_answers_any_more(page, copied, tmp_path):
    with watching("latest", cwd=tmp_path) as (_, address):
        page.open(address)
        page.picture("top")
    said = "hebb watch has ended; this is what it last told."
    page.until(lambda: page.one("#banner").text == said)
    page.leave()
    page.driver.get_log("browser")  # in which the browser has noted just that
