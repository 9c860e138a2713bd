"""The pure rules: paths, variables, frames, exit reasons, code on disk."""

import dataclasses
import io
import platform
import socket
import sys
import zipfile
from pathlib import Path

import pytest

from headgate.local.lambdas.code import CodeFolder
from headgate.local.lambdas.records import MACHINES, FunctionSpec, exit_reason, is_host_first, search_path, variables
from headgate.local.lambdas.runtime import frames

HERE = f"python{sys.version_info.major}.{sys.version_info.minor}"
MACHINE = MACHINES[platform.machine()]
OTHER = "arm64" if MACHINE == "x86_64" else "x86_64"

SPEC = FunctionSpec(
    arn="arn:aws:lambda:us-east-1:123456789012:function:f",
    name="f",
    version="3",
    account_id="123456789012",
    region="us-east-1",
    handler="app.handler",
    runtime=HERE,
    architecture=MACHINE,
    timeout_seconds=3,
    memory_mb=128,
    code_digest="0" * 64,
    layer_digests=(),
    environment=(("AWS_REGION", "mine"),),
    log_group="/aws/lambda/f",
)


@pytest.mark.parametrize(
    ("architecture", "runtime", "host_first"),
    [(MACHINE, HERE, False), (OTHER, HERE, True), (MACHINE, "python3.9", True)],
    ids=["same", "other machine", "other python"],
)
def test_host_packages_go_first_where_the_functions_wheels_cannot_run(
    architecture: str, runtime: str, host_first: bool
) -> None:
    spec = dataclasses.replace(SPEC, architecture=architecture, runtime=runtime)

    before, after = search_path(spec, "/code", (), ("/site",))

    assert is_host_first(spec, platform.machine(), sys.version_info[:2]) is host_first
    assert [*before, "library", *after] == (
        ["/site", "/code", "library"] if host_first else ["/code", "library", "/site"]
    )


def test_layers_come_after_the_code() -> None:
    before, _ = search_path(SPEC, "/code", ("/layer",), ())

    assert before == ["/code", f"/layer/python/lib/{HERE}/site-packages", "/layer/python"]


def test_the_functions_own_variables_win() -> None:
    told = variables(SPEC, stream="s", task_root="/code", endpoint_url="http://localhost:1")

    assert told["AWS_REGION"] == "mine"
    assert told["AWS_DEFAULT_REGION"] == "us-east-1"
    assert "AWS_LAMBDA_LOG_LEVEL" not in told


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (None, "Runtime exited without providing a reason"),
        (0, "Runtime exited without providing a reason"),
        (7, "Runtime exited with error: exit status 7"),
        (-9, "Runtime exited with error: signal: killed"),
        (-12, "Runtime exited with error: signal: 12"),
    ],
)
def test_exit_reasons_are_lambdas(status: int | None, reason: str) -> None:
    assert exit_reason(status) == reason


def test_an_invocation_survives_its_frame() -> None:
    sent = frames.Invoke("id", "arn", 5, "", '{"custom": {}}', b'{"a":\n1}')

    [(kind, body)] = frames.FrameBuffer().feed(frames.encode_invoke(sent))

    assert (kind, frames.decode_invoke(body)) == (frames.INVOKE, sent)


def test_frames_are_cut_whatever_the_chunks() -> None:
    stream = frames.encode(1, b"one") + frames.encode(2, b"") + frames.encode(3, b"x" * 1000)
    buffer = frames.FrameBuffer()

    found = [frame for byte in stream for frame in buffer.feed(bytes([byte]))]

    assert found == frames.FrameBuffer().feed(stream) == [(1, b"one"), (2, b""), (3, b"x" * 1000)]


def archive(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, text in files.items():
            package.writestr(name, text)
    return buffer.getvalue()


def test_code_is_unpacked_once(tmp_path: Path) -> None:
    folder = CodeFolder(tmp_path)
    first = folder.unpack("abc", archive(app="x"))

    again = folder.unpack("abc", b"never looked at")

    assert again == first
    assert (first / "app").read_text() == "x"
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]


def test_what_is_no_archive_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a zip archive"):
        CodeFolder(tmp_path).unpack("abc", b"nonsense")

    assert list(tmp_path.iterdir()) == []


def test_names_that_lead_out_of_the_folder_stay_inside(tmp_path: Path) -> None:
    code = CodeFolder(tmp_path / "code").unpack("abc", archive(**{"../../evil": "x", "/etc/evil": "y"}))

    assert not (tmp_path / "evil").exists()
    assert sorted(path.name for path in code.rglob("*") if path.is_file()) == ["evil", "evil"]


def test_programs_in_the_archive_may_be_run(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        entry = zipfile.ZipInfo("bin/tool")
        entry.external_attr = 0o755 << 16
        package.writestr(entry, "#!/bin/sh\n")

    code = CodeFolder(tmp_path).unpack("abc", buffer.getvalue())

    assert (code / "bin" / "tool").stat().st_mode & 0o777 == 0o755


def test_a_frame_is_read_while_awake_and_while_asleep() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for awake in (True, False):
            ours.sendall(frames.encode(frames.LONE_INVOKE, b"event"))
            assert frames.read_lone_frame(theirs, awake=awake) == (frames.LONE_INVOKE, b"event")
        ours.close()
        with pytest.raises(EOFError):
            frames.read_lone_frame(theirs, awake=True)


def test_nothing_within_the_moment_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "AWAKE_SECONDS", 0.0)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert frames._caught(theirs) == b""


@pytest.mark.parametrize("awake", [True, False])
def test_a_pool_that_is_gone_is_the_end_even_with_an_answer_unread(awake: bool) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"an answer that nobody reads")
        ours.close()
        with pytest.raises(EOFError):
            frames.read_lone_frame(theirs, awake=awake)
