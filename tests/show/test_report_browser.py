"""Reports opened in a headless Chromium: no error, no request, no overflow; skipped where there is no Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser
from test_report import SCENARIO, WHAT_IF

from servsim.decide import claims
from servsim.show.report import save_report
from servsim.study import compare, run, sweep

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH"),
]
WIDTHS = (1280, 390)
KINDS = ("run", "compare", "sweep", "claims")
TWINS = {  # what a page must not do, and how the checker tells it
    "overflow": ('<div style="width: 1500px">wide</div>', "overflow: "),
    "error": ("<script>console.error('lost')</script>", "error: lost"),
    "exception": ("<script>nothing.at.all()</script>", "error: Uncaught"),
    "request": ('<img src="http://127.0.0.1:9/x.png" alt="x" />', "request: http://127.0.0.1:9/x.png"),
}
POLICY = '<meta http-equiv="Content-Security-Policy"'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a report of each kind."""
    top = tmp_path_factory.mktemp("browser")
    as_is, to_be = top / "as_is.yaml", top / "to_be.yaml"
    as_is.write_text(SCENARIO, encoding="utf-8")
    to_be.write_text(WHAT_IF, encoding="utf-8")
    run(as_is, reps=3, contacts=True, events=True).save(top / "run")
    compare(as_is, to_be, reps=3).save(top / "compare")
    sweep(as_is, ["pools.坐席.wage=20/h:40/h:7"], reps=2).save(top / "sweep")
    claims(top, reps=3, breakeven_reps=2).save(top / "claims")
    return {kind: save_report(top / kind, top / f"{kind}.html") for kind in KINDS}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_report_opens_without_fault(
    browser: Browser, pages: dict[str, Path], kind: str, width: int
) -> None:
    seen = browser.look(pages[kind], width, phone=width < 500)
    assert seen.width == width
    assert seen.faults == ()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("fault", list(TWINS))
def test_the_checker_finds_faults(
    browser: Browser, pages: dict[str, Path], tmp_path: Path, fault: str, width: int
) -> None:
    """Sabotage: a page with the fault, and without the policy that would keep it from asking for anything."""
    markup, told = TWINS[fault]
    page = pages["claims"].read_text(encoding="utf-8").replace("</main>", f"{markup}</main>")
    twin = tmp_path / "twin.html"
    twin.write_text(page.replace(POLICY, "<meta"), encoding="utf-8")
    faults = browser.look(twin, width, phone=width < 500).faults
    assert any(one.startswith(told) for one in faults), faults


def test_the_policy_keeps_a_page_from_asking(
    browser: Browser, pages: dict[str, Path], tmp_path: Path
) -> None:
    page = pages["claims"].read_text(encoding="utf-8").replace("</main>", f"{TWINS['request'][0]}</main>")
    twin = tmp_path / "twin.html"
    twin.write_text(page, encoding="utf-8")
    assert "violates the following Content Security Policy" in browser.look(twin, WIDTHS[0]).errors[0]


def test_a_report_prints(browser: Browser, pages: dict[str, Path]) -> None:
    printed = browser.printed(pages["run"])
    assert printed.startswith(b"%PDF")
    assert b"/MediaBox [0 0 594.95" in printed or b"/MediaBox [0 0 595" in printed  # A4
    assert 2 <= printed.count(b"/Type /Page\n") <= 15


def test_a_page_that_is_not_there_is_an_error(browser: Browser, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ERR_FILE_NOT_FOUND"):
        browser.look(tmp_path / "none.html", WIDTHS[0])
