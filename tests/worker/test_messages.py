"""What worker and fork parent say is heard as it was said."""

import os
import stat

import pytest

from headway.errors import BadInput
from headway.worker.messages import (
    LIMIT,
    Ended,
    Forked,
    Message,
    NotForked,
    Order,
    Ready,
    Unready,
    pair,
    receive,
    send,
)


@pytest.mark.parametrize(
    "message",
    [
        Order("0c1f", "/tmp/folder", {"HOME": "/root", "GONE": None, "ÄÖÜ": "\n"}, streams=False, number=3),
        Order("0c1f", "/tmp/folder", {}, hooks_of='{"type": "CRASHED"}'),
        Ready(1791),
        Unready("ImportError: no module"),
        Forked(3, 4711),
        NotForked(3, "Resource temporarily unavailable"),
        Ended(3, -9),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message(message: Message) -> None:
    ours, theirs = pair()
    with ours, theirs:
        send(ours, message)
        assert receive(theirs) == (message, [])


def test_an_order_of_which_a_part_would_be_heard_is_not_given() -> None:
    """The fork parent would end by it, and Prefect call the runs of other applications failed."""
    ours, theirs = pair()
    with ours, theirs:
        send(ours, Order("0c1f", "/tmp/folder", {"A": "x" * (LIMIT - 500)}))
        assert receive(theirs) is not None
        with pytest.raises(BadInput, match=r"are heard.*Make the variables"):
            send(ours, Order("0c1f", "/tmp/folder", {"A": "x" * LIMIT}))


def test_packets_stay_apart() -> None:
    ours, theirs = pair()
    with ours, theirs:
        for number in range(3):
            send(ours, Ended(number, 0))
        assert [receive(theirs) for _ in range(3)] == [(Ended(number, 0), []) for number in range(3)]


def test_a_descriptor_goes_with_it_and_no_further() -> None:
    ours, theirs = pair()
    reads, writes = os.pipe()
    with ours, theirs:
        send(ours, Forked(1, 2), reads)
        heard = receive(theirs)
    assert heard
    assert heard[0] == Forked(1, 2)
    [descriptor] = heard[1]
    assert stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    assert not os.get_inheritable(descriptor)
    for each in (descriptor, reads, writes):
        os.close(each)


def test_the_end_of_the_other_side_is_heard() -> None:
    ours, theirs = pair()
    with theirs:
        ours.close()
        assert receive(theirs) is None
        with pytest.raises(OSError, match="Broken pipe"):
            send(theirs, Ready(1))
