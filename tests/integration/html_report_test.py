#!/usr/bin/env python3
"""The HTML report in a real browser: headless Chromium.

html_report_test.py BIN_DIR [SCREENSHOT_DIR]

Screenshots of all the ways in which the page is shown go into SCREENSHOT_DIR. Exits with 77 when Chromium is missing.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import urllib.parse
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import chromium  # noqa: E402

INPUTS, PROBLEMS, SHOWN = 100_000, 2_000, 25
READY = "document.documentElement?.dataset.ready === 'yes'"
LONGEST = 5_000_000

failures = []


def check(what, is_true, shown=""):
    if not is_true:
        failures.append(what)
        print(f"FAILED: {what} {shown}")


def check_equal(what, got, wanted):
    check(what, got == wanted, f"(is {got!r}, expected {wanted!r})")


def visible_rows(browser):
    return browser.value("[...document.querySelectorAll('#problem-rows tr')].filter(r => r.offsetHeight > 0).length")


def search_for(browser, text):
    browser.value(
        "(() => { const field = document.getElementById('filter-text'); field.value = "
        + json.dumps(text)
        + "; field.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )


def choose_kind(browser, kind):
    browser.value(
        "(() => { const field = document.getElementById('filter-kind'); field.value = "
        + json.dumps(kind)
        + "; field.dispatchEvent(new Event('change', { bubbles: true })); })()"
    )


def check_quiet(browser, path, what):
    """Nothing was fetched but the file and what it contains; nothing was complained of."""
    requests = [
        event["params"]["request"]["url"] for event in browser.events if event.get("method") == "Network.requestWillBeSent"
    ]
    foreign = [url for url in requests if url != f"file://{path}" and not url.startswith("data:")]
    check_equal(f"{what}: requests", foreign, [])
    check_equal(f"{what}: errors in its window", browser.value("window.heardErrors"), [])
    for event in browser.events:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            check(f"{what}: no exception", False, json.dumps(parameters)[:800])
        if method == "Runtime.consoleAPICalled":
            check(f"{what}: nothing on the console", False, json.dumps(parameters)[:800])
        if method == "Log.entryAdded":
            check(f"{what}: nothing in the log", False, json.dumps(parameters)[:800])
        if method == "Audits.issueAdded":  # violations of the Content-Security-Policy among them
            check(f"{what}: no issue", False, json.dumps(parameters)[:800])
        if method == "Page.javascriptDialogOpening":
            check(f"{what}: no dialog", False, json.dumps(parameters)[:800])


def check_harmless(browser):
    """Hostile names are text. The policy holds, too: a script that somebody adds does not run."""
    names = browser.value("[...document.querySelectorAll('#problem-rows .path')].slice(0, 8).map(e => e.textContent)")
    check_equal("a name that ends a script is shown", names[0], "</script><script>alert(1)</script>.jpg")
    check_equal("a name that is an element is shown", names[1], '"><img src=x onerror=alert(1)>.jpg')
    check_equal("a name with a line break is shown", names[3], "line\\nbreak\\xe2\\x80\\xa8.jpg")
    check_equal("a name that turns text is shown", names[4], "turned\\xe2\\x80\\xaegpj.exe")
    check_equal("a name like a part of the page is shown", names[6], "{{script}}&lt;&#60;.jpg")
    check("a long name is shortened", len(names[7]) < 310, len(names[7]))
    check_equal("scripts in the page", browser.value("document.scripts.length"), 2)
    check_equal("heading", browser.value("document.querySelector('h1').textContent"),
                "A report of the test </title><script>alert(1)</script>")
    check_equal("title", browser.value("document.title"), "A report of the test </title><script>alert(1)</script>")
    check_equal("pictures that are none of the gallery's",
                browser.value("[...document.images].filter(i => !i.src.startsWith('data:image/jpeg;base64,')).length"), 0)


def check_policy(path):
    """In a browser of its own, because its complaint is wanted here."""
    browser = chromium.Chromium()
    try:
        browser.open(path)
        browser.wait_for(READY)
        browser.value("(() => { const s = document.createElement('script'); s.textContent = 'window.ran = true';"
                      " document.body.append(s); const i = new Image(); i.src = 'file:///etc/hostname'; document.body.append(i); })()")
        check_equal("a foreign script runs", browser.value("window.ran === true"), False)
        browser.call("Runtime.evaluate", expression="0")
        check("the policy's complaint is heard", any(
            event.get("method") in ("Log.entryAdded", "Audits.issueAdded") for event in browser.events))
    finally:
        browser.close()


def check_problems(browser):
    rows = browser.value("JSON.parse(document.getElementById('report').textContent).problems")
    check_equal("problems in the page", len(rows), PROBLEMS)
    check_equal("rows at first", visible_rows(browser), SHOWN)
    browser.value("document.getElementById('more-problems').click()")
    check_equal("rows after 'Show more'", visible_rows(browser), SHOWN + 200)
    kinds = browser.value("JSON.parse(document.getElementById('report').textContent).kinds")

    timeouts = [row for row in rows if kinds[row[1]] == "timeout"]
    choose_kind(browser, "timeout")
    check_equal("rows of one kind", visible_rows(browser), min(SHOWN, len(timeouts)))
    status = browser.value("document.getElementById('problem-count').textContent")
    check("the number of one kind is said", status.startswith(f"{len(timeouts)} of 2,000 problems"), status)

    search_for(browser, "dsc_001 JPG")
    found = [row for row in timeouts if "dsc_001" in row[0].lower() and "jpg" in row[0].lower()]
    check("the test searches for something", 0 < len(found) < SHOWN, len(found))
    check_equal("rows of a kind with words", visible_rows(browser), len(found))

    choose_kind(browser, "")
    search_for(browser, "onerror=alert")
    check_equal("rows of a hostile name", visible_rows(browser), 1)
    search_for(browser, "no such name")
    check_equal("rows of nothing", visible_rows(browser), 0)
    browser.value("document.querySelector('#filter button[type=reset]').click()")
    browser.wait_for(f"document.querySelectorAll('#problem-rows tr').length === {SHOWN}")

    browser.value("[...document.querySelectorAll('.groups button')].find(b => b.textContent.startsWith('took')).click()")
    check_equal("a group filters", browser.value("document.getElementById('filter-kind').value"), "timeout")
    check_equal("rows of a group", visible_rows(browser), min(SHOWN, len(timeouts)))
    choose_kind(browser, "crash")
    search_for(browser, "")
    link = browser.value("document.querySelector('#problem-rows .crash a').getAttribute('href')")
    check_equal("link to a crash", link, "./crashes/20261124T134700Z-W02-SIGSEGV-ef31e3b8/report.txt")
    browser.value("document.querySelector('#filter button[type=reset]').click()")
    browser.wait_for(f"document.querySelectorAll('#problem-rows tr').length === {SHOWN}")


def check_steps(browser):
    steps = browser.value("JSON.parse(document.getElementById('report').textContent).steps")
    check("there is something to do", len(steps) > 2, steps)
    check_equal("steps", browser.value("[...document.querySelectorAll('#steps li')].map(e => e.textContent)"),
                [why + command for why, command in steps])


def check_plots(browser):
    points = browser.value(
        "Object.fromEntries([...document.querySelectorAll('svg[data-plot]')].map(s => [s.dataset.plot, Number(s.dataset.points)]))"
    )
    check_equal("plots", sorted(points), sorted(
        ["throughput", "failures", "restarts", "memory", "decode", "compose", "encode", "publish", "picture", "before", "after"]))
    for plot, number in points.items():
        check(f"{plot} has its data", number >= 10, number)
    steps = browser.value("document.querySelector('svg[data-plot=throughput] .line').getAttribute('d').split('H').length - 1")
    check_equal("steps of the throughput's line", steps, points["throughput"])
    drawn = browser.value("document.querySelectorAll('svg[data-plot=restarts] .mark').length")
    check_equal("bars of restarts", drawn, 3)
    bad = browser.value(
        "[...document.querySelectorAll('svg *')].filter(e => [...e.attributes].some(a => /NaN|Infinity|undefined/.test(a.value))).length"
    )
    check_equal("attributes that are no numbers", bad, 0)
    check_equal("plots without a title and a description", browser.value(
        "[...document.querySelectorAll('svg[role=img]')].filter(s => !s.querySelector('title') || !s.querySelector('desc')"
        " || s.getAttribute('aria-labelledby').split(' ').some(id => !document.getElementById(id))).length"), 0)
    hint = browser.value("document.getElementById('readout').textContent")
    browser.value("document.getElementById('panels').focus()")
    browser.press("ArrowRight")
    read = browser.value("document.getElementById('readout').textContent")
    check("the arrow keys read values", read != hint and "pictures/s" in read and "GiB" in read or "MiB" in read, read)
    browser.value("document.getElementById('panels').blur()")
    browser.value("(() => { const run = document.getElementById('run'); run.selectedIndex = 1;"
                  " run.dispatchEvent(new Event('change')); })()")
    check("another run can be chosen", browser.value("document.querySelectorAll('svg[data-plot=throughput] .line').length") == 1)


def check_gallery(browser):
    browser.wait_for("[...document.images].every(i => i.complete)")
    check_equal("groups of pictures", browser.value(
        "[...document.querySelectorAll('.cards')].map(c => [c.dataset.group, c.children.length])"),
        [["sampled", 9], ["slowest", 9], ["largest", 9]])
    check_equal("pictures that do not decode", browser.value("[...document.images].filter(i => i.naturalWidth !== 24).length"), 0)
    check_equal("reasons for missing pictures", browser.value("[...document.querySelectorAll('.missing')].map(e => e.textContent)"),
                ["after: the file is no longer there"])
    browser.value("(() => { const s = document.querySelector('.stage input'); s.value = 20; s.dispatchEvent(new Event('input')); })()")
    check_equal("the slider moves", browser.value("document.querySelector('.compared').style.getPropertyValue('--at')"), "20%")
    check_equal("pictures without a text", browser.value("[...document.images].filter(i => !i.alt).length"), 0)


def check_contrast(browser, what):
    """WCAG 2.2, 1.4.3: 4.5 for text. On the colour of the page, which all of this text is on."""
    low = browser.value("""(() => {
      const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
      const light = (colour) => { const [r, g, b] = numbers(colour).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const page = light(getComputedStyle(document.body).backgroundColor);
      const low = [];
      for (const element of document.querySelectorAll('h1, h2, h3, p, dt, dd, th, td, a, span.message, span.word, .tick, figcaption')) {
        const style = getComputedStyle(element);
        const own = light(element instanceof SVGElement ? style.fill : style.color);
        const contrast = (Math.max(own, page) + 0.05) / (Math.min(own, page) + 0.05);
        if (contrast < 4.5) low.push([element.tagName, element.className.toString(), contrast]);
      }
      return low.slice(0, 5);
    })()""")
    check_equal(f"{what}: text of too little contrast", low, [])


def check_width(browser, what):
    wide = browser.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check_equal(f"{what}: pixels that stick out", wide, 0)


def check_page(path, shots):
    check("the file is short", pathlib.Path(path).stat().st_size < LONGEST, pathlib.Path(path).stat().st_size)
    browser = chromium.Chromium()
    try:
        browser.emulate(1200)
        browser.open(path)
        browser.wait_for(READY)
        timing = browser.value("(() => { const n = performance.getEntriesByType('navigation')[0];"
                               " return [n.domInteractive, n.loadEventEnd].map(Math.round); })()")
        print(f"{pathlib.Path(path).stat().st_size:,} bytes; interactive after {timing[0]} ms, loaded after {timing[1]} ms")
        check_harmless(browser)
        check_steps(browser)
        check_plots(browser)
        check_gallery(browser)
        check_problems(browser)
        check_contrast(browser, "light")
        check_width(browser, "1200 px")
        look_at(browser, shots)
        check_quiet(browser, path, "the page")
    finally:
        browser.close()


def look_at(browser, shots):
    for name, width, scheme, media in (("light", 1200, "light", ""), ("dark", 1200, "dark", ""), ("narrow", 400, "light", ""),
                                       ("narrow-dark", 400, "dark", ""), ("print", 794, "light", "print")):
        browser.emulate(width, scheme=scheme, media=media)
        browser.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        if not media:
            check_contrast(browser, name)
            check_width(browser, name)
        if shots:
            browser.screenshot(f"{shots}/{name}.png")
    browser.emulate(1200)
    if shots:
        browser.pdf(f"{shots}/print.pdf")


def check_small(maker, directory):
    """Nothing went wrong, nothing took any time, or there was nothing at all."""
    for inputs, *more in (("10",), ("10", "zeros"), ("0",)):
        path = f"{directory}/small.html"
        subprocess.run([maker, path, inputs, "0", *more], check=True)
        browser = chromium.Chromium()
        try:
            browser.open(path)
            browser.wait_for(READY)
            check_equal("problems of a job without any", browser.value("document.getElementById('problems').hidden"), True)
            check_quiet(browser, path, f"{inputs} inputs")
        finally:
            browser.close()


def png(width, height, seed):
    """A picture with something to see in it."""
    rows = b"".join(
        b"\0" + bytes(value for x in range(width) for value in ((x * 5 + seed * 40) % 256, (y * 7) % 256, (x * y + seed) % 256))
        for y in range(height)
    )
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def run(words, wanted, **options):
    result = subprocess.run(words, capture_output=True, text=True, errors="replace", **options)
    check_equal(f"exit code of {' '.join(map(str, words))}", result.returncode, wanted)
    return result


def check_real_job(binaries, directory):
    """From pictures to the page: with a crash, a damaged file, and an output that has been moved away."""
    top = pathlib.Path(directory) / "a job & more #1"
    inputs, outputs = top / "in", top / "out"
    inputs.mkdir(parents=True)
    for number in range(4):
        (inputs / f"picture {number} <b>.png").write_bytes(png(96, 64, number))
    (inputs / "broken.png").write_bytes(png(96, 64, 9)[:300])
    (inputs / "abort.png").write_bytes(png(96, 64, 10))  # the worker of tests dies of that name
    (top / "logo.png").write_bytes(png(16, 16, 3))
    program = binaries / "wm-supervisor"
    run([program, "--logo", top / "logo.png", "-o", outputs, "-j", "2", "--retries", "0", "--worker-program",
         binaries / "hazard-worker", inputs], 1)
    (outputs / "picture 3 <b>.png").unlink()
    page = top / "page.html"
    run([program, "report", outputs, "--html", page], 0, umask=0o002)
    check_equal("who may read a page with pictures", oct(page.stat().st_mode & 0o777), "0o600")
    first = page.stat().st_ino
    run([program, "report", outputs, "--html", page], 0, umask=0o002)
    check("a page is replaced by a new one", page.stat().st_ino != first)
    refused = run([program, "report", outputs, "--html", inputs / "abort.png"], 2)
    check("the refusal names the file", "abort.png" in refused.stderr, refused.stderr)
    check_equal("an input is not replaced", (inputs / "abort.png").read_bytes(), png(96, 64, 10))

    address = urllib.parse.quote(str(page))
    browser = chromium.Chromium()
    try:
        browser.open(address)
        browser.wait_for(READY)
        browser.wait_for("[...document.images].every(i => i.complete)")
        check("the outcome is said", "4" in browser.value("document.querySelector('h1').textContent"))
        check_equal("pictures in the sample", browser.value("document.querySelectorAll('[data-group=sampled] .card').length"), 4)
        check_equal("sizes of the small pictures", browser.value("[...new Set([...document.images].map(i => `${i.naturalWidth}x${i.naturalHeight}`))]"),
                    ["96x64"])
        check_equal("reasons for missing pictures", browser.value("[...new Set([...document.querySelectorAll('.missing')].map(e => e.textContent))]"),
                    ["after: the file is no longer there"])
        check_equal("problems", browser.value("[...document.querySelectorAll('#problem-rows .word:first-child')].map(e => e.textContent).sort()"),
                    ["corrupt", "crash"])
        link = urllib.parse.unquote(browser.value("document.querySelector('#problem-rows .crash a').href"))
        check("the link to the crash leads to its report", os.path.isfile(link.removeprefix("file://")), link)
        check_equal("rows of stages", browser.value("[...document.querySelectorAll('#stage-table tbody th')].map(e => e.textContent)"),
                    ["decode", "compose", "encode", "publish", "all stages"])
        check_equal("rows of runs", browser.value("document.querySelectorAll('#run-table tbody tr').length"), 1)
        check_quiet(browser, address, "a real job")
    finally:
        browser.close()


def check_merged_job(binaries, directory, shots):
    """Two of three shards have run, with a failure in one of them."""
    top = pathlib.Path(directory) / "shards & more"
    inputs, outputs = top / "in", top / "out"
    inputs.mkdir(parents=True)
    for number in range(12):
        (inputs / f"picture {number}.png").write_bytes(png(96, 64, number))
    for number in range(12):
        (inputs / f"<script> &lt; {number}.png").write_bytes(png(96, 64, 9)[:300])
    (top / "logo.png").write_bytes(png(16, 16, 3))
    program = binaries / "wm-supervisor"
    for shard in ("1/3", "3/3"):
        subprocess.run([program, "--logo", top / "logo.png", "-o", outputs, "-j", "1", "--shard", shard, inputs],
                       capture_output=True)
    page = top / "page.html"
    run([program, "report", "merge", outputs, "--html", page], 75)
    figures = json.loads(run([program, "report", "merge", outputs, "--json", "-"], 75).stdout)
    check("the test has a failure", figures["failed"] > 0, figures["failed"])

    address = urllib.parse.quote(str(page))
    browser = chromium.Chromium()
    try:
        browser.open(address)
        browser.wait_for(READY)
        check("the outcome is said", browser.value("document.querySelector('h1').textContent").startswith(
            "The ledger is not closed (2 of 3 shards finished): "))
        rows = browser.value("[...document.querySelectorAll('.shards tbody tr')].map(r => [r.children[0].textContent,"
                             " r.children[1].children[0].textContent, r.children[1].children[1]?.textContent ?? ''])")
        check_equal("the shard that has not finished", rows[0], ["2", "missing", "no run of it has begun"])
        check_equal("the others", sorted(rows[1:]), [["1", "finished", ""], ["3", "finished", ""]])
        inputs_shown = browser.value("[...document.querySelectorAll('.shards tbody tr')].map(r => Number(r.children[2].textContent))")
        check_equal("pictures of the shards", sum(inputs_shown), figures["inputs"])
        check("what runs the shard again", "--array=2" in browser.value("document.getElementById('steps').textContent"))
        check_equal("groups of problems", browser.value("document.querySelectorAll('.groups tbody tr').length"),
                    len(figures["problem_groups"]))
        check_equal("sections", browser.value("[...document.querySelectorAll('#contents a')].map(a => a.textContent)"),
                    ["Shards", "Problems", "Time per picture", "File sizes"])
        for name, width, scheme in (("merged", 1200, "light"), ("merged-dark", 1200, "dark"), ("merged-narrow", 400, "light")):
            browser.emulate(width, scheme=scheme)
            browser.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            check_contrast(browser, name)
            check_width(browser, name)
            if shots:
                browser.screenshot(f"{shots}/{name}.png")
        check_quiet(browser, address, "a merged job")
    finally:
        browser.close()


def main():
    if chromium.program() is None:
        print("SKIP: chromium is not installed; scripts/setup.sh installs it")
        return 77
    binaries = pathlib.Path(sys.argv[1]).resolve()
    shots = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/report.html"
        subprocess.run([binaries / "html-report-maker", path, str(INPUTS), str(PROBLEMS)], check=True)
        check_page(path, shots)
        check_policy(path)
        check_small(binaries / "html-report-maker", directory)
        check_real_job(binaries, directory)
        check_merged_job(binaries, directory, shots)
    print(f"{len(failures)} checks failed" if failures else "all checks passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
