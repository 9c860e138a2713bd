"""The worker's end of the socket."""

import socket

import pytest

from headgate.local.lambdas.runtime import frames


@pytest.mark.parametrize("size", [0, 1, 70_000, 200_000])
def test_a_frame_is_read_whole_whatever_its_size(size: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1_000_000)
        ours.sendall(frames.encode(frames.INVOKE, b"x" * size))

        assert frames.read_lone_frame(theirs) == (frames.INVOKE, b"x" * size)


def test_a_zygotes_setup_does_not_swallow_the_command_behind_it() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(frames.encode(frames.COMMAND, b"setup") + frames.encode(frames.COMMAND, b"spawn"))

        assert [frames.read_frame(theirs)[1], frames.read_frame(theirs)[1]] == [b"setup", b"spawn"]


@pytest.mark.parametrize("sizes", [(3,), (3, 4), (0, 5)])
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_stream_is_cut_into_frames_whatever_its_chunks(sizes: tuple[int, ...], step: int) -> None:
    stream = b"".join(frames.encode(frames.RESULT, b"y" * size) for size in sizes)
    buffer = frames.FrameBuffer()

    found = [frame for at in range(0, len(stream), step) for frame in buffer.feed(stream[at : at + step])]

    assert found == [(frames.RESULT, b"y" * size) for size in sizes]


def test_an_end_in_the_middle_is_an_end() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        ours.sendall(frames.encode(frames.INVOKE, b"xyz")[:-1])
        ours.close()

        with pytest.raises(EOFError):
            frames.read_lone_frame(theirs)
