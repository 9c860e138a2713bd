"""`make demo` as its user sees it: a bad release comes in by the real CDK CLI, and leaves by itself."""

import json
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from examples.portal.__main__ import start, stop
from tools.animation import animate, read_shots
from tools.demo.__main__ import report
from tools.demo.load import Answered, Book
from tools.demo.scene import WIDTH
from tools.demo.setting import Look
from tools.demo.stagehand import frame
from tools.demo.story import Ending, new_scene

from .gateway import ROOT, Client
from .statistics import binomial_p_value

ROLLBACK = {"command": "rollback", "by": "automation", "releaseId": "bad"}
PROMISED = Ending(
    seconds=58.0,
    counts={"stable": {"requests": 900, "failed": 0}, "canary": {"requests": 100, "failed": 5}},
    lost=0,
    history=[ROLLBACK],
    judgement=Look(0.0, "bad", "5xx", 150.0),
)


def demo(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tools.demo", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_demo_rolls_a_bad_release_back_and_stable_loses_nothing(tmp_path: Path) -> None:
    process = demo("--plain", "--record", str(tmp_path / "frames.json"))
    output, errors = process.communicate(timeout=380)

    assert process.returncode == 0, output + errors
    assert re.search(r"^stable: \d{3,} requests, 0 failed \(0\.0%\)$", output, re.MULTILINE), output
    assert re.search(r"^canary: \d+ requests, [1-9]\d* failed", output, re.MULTILINE), output
    assert re.search(r"^judge:  bad, 5xx: ", output, re.MULTILINE), output
    assert re.search(r"^history: rollback of release (\w+) by automation$", output, re.MULTILINE), output
    assert re.search(r"step recommendations: failed .*upstream recommendations, status 500", output), output
    assert re.search(r"release [0-9a-f]{12}", output), output
    assert "rolled back by itself, stable lost no request" in output.splitlines()[-1]
    recording = json.loads((tmp_path / "frames.json").read_text())
    ET.fromstring(animate(recording, "make demo"))


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    process = demo("--plain")
    assert process.stdout
    process.stdout.readline()  # it is starting
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 130, errors
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("headgate-demo-")] == []
    assert processes_below(tmp_path) == []


def processes_below(folder: Path) -> list[str]:
    """Command lines of running processes that name the folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = file.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        found += [text] if str(folder) in text else []
    return found


def test_an_outcome_as_promised_has_no_problems() -> None:
    assert PROMISED.problems == []
    assert report(PROMISED)[-1] == "rolled back by itself, stable lost no request; 58 s"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"history": []}, "was not rolled back by the automation: no history"),
        ({"history": [{**ROLLBACK, "by": "ada"}]}, "was not rolled back by the automation"),
        ({"history": [{**ROLLBACK, "command": "promote"}]}, "was not rolled back by the automation"),
        ({"counts": {**PROMISED.counts, "stable": {"requests": 900, "failed": 1}}}, "the stable release failed 1"),
        ({"counts": {**PROMISED.counts, "canary": {"requests": 90, "failed": 0}}}, "no request of the canary failed"),
        ({"lost": 2}, "2 requests got no answer"),
    ],
)
def test_what_is_not_as_promised_is_named(change: dict[str, object], said: str) -> None:
    ending = Ending(**{**vars(PROMISED), **change})  # type: ignore[arg-type]

    assert [said in problem for problem in ending.problems] == [True]
    assert report(ending)[-1].startswith("not as promised")


def test_answers_are_counted_for_the_side_that_the_access_log_names() -> None:
    answers = [
        Answered(0.1, "a", 200, is_degraded=True),
        Answered(0.2, "b", 502, is_degraded=False),
        Answered(1.2, "c", 500, is_degraded=False),
        Answered(1.4, "", 0, is_degraded=False),
    ]
    book = Book(answers)
    book.refresh([{"requestId": "a", "isCanaryRequest": "-"}])
    book.refresh([{"requestId": "b", "isCanaryRequest": "true"}, {"requestId": "c", "isCanaryRequest": "false"}])
    stable, canary = book.counts["stable"], book.counts["canary"]

    assert (stable.requests, stable.failed, stable.degraded) == (2, 1, 1)
    assert (canary.requests, canary.failed) == (1, 1)
    assert [column.failed for column in book.columns] == [{"stable": 0, "canary": 1}, {"stable": 1, "canary": 0}]
    assert book.lost == 1, "an answer that no record explains is lost"


def test_a_service_fails_now_and_then_when_its_switch_says_so() -> None:
    servers = start({"recommendations": 0})
    client = Client(f"http://127.0.0.1:{servers[0].server_port}")
    try:
        refused = client.request("/_switch?broken=true&share=few", "POST")
        told = client.request("/_switch?broken=true&share=0.05", "POST")
        statuses = Counter(client.request("/recommendations?userId=ada").status for _ in range(1000))
    finally:
        client.close()
        stop(servers)

    assert (refused.status, "share=0.05" in refused.json["detail"]) == (400, True)
    assert told.json == {"service": "recommendations", "slow": 0.0, "broken": True, "share": 0.05}
    assert statuses.keys() == {200, 500}
    assert binomial_p_value(statuses[500], 1000, 0.05) > 1e-6


def test_equal_frames_are_one_and_the_last_is_held() -> None:
    lines = frame(new_scene())
    frames = [
        {"at": 0.0, "step": "up", "lines": lines},
        {"at": 0.5, "step": "edit", "lines": lines},
        {"at": 2.0, "step": "edit", "lines": lines[:1]},
    ]

    assert [shot.seconds for shot in read_shots(frames, {})] == [2.0, 6.0]
    assert [shot.seconds for shot in read_shots(frames, {"edit": 3.0})] == [1.0, 6.0]


def test_an_animation_is_well_formed_and_shows_its_last_frame_to_whoever_cannot_play_it() -> None:
    first, second = [["<█&", "", "", "bold"]], [["two", "#f4005f", "", ""]]
    frames = [{"at": at, "step": "", "lines": [line]} for at, line in ((0.0, first), (1.0, second))]
    picture = animate({"width": WIDTH, "frames": frames}, "a & b")
    root = ET.fromstring(picture)

    assert root.tag.endswith("svg")
    assert "prefers-reduced-motion" in picture
    assert "&lt;" in picture
    assert re.search(r"\.strip\{transform:translateY\(-\d+px\);animation", picture)
