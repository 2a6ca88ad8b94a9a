"""What has changed since somebody answered."""

import pytest

from headway.decide.review.plan_changes import changes

SHOWN = {"package": "sha256:2", "revision": "4", "Deployment/cart": "aa", "Service/cart": "bb"}


@pytest.mark.parametrize(
    ("answered", "now", "said"),
    [
        pytest.param({}, SHOWN, ("what was shown then is not known any more",), id="nobody knows"),
        pytest.param(
            SHOWN,
            SHOWN | {"revision": "6"},
            ("revision 6 runs, and revision 4 ran then",),
            id="something else runs",
        ),
        pytest.param(
            SHOWN | {"revision": "0"},
            SHOWN,
            ("revision 4 runs, and nothing ran then",),
            id="something runs",
        ),
        pytest.param(SHOWN, SHOWN | {"package": "sha256:3"}, ("it is another package",), id="the package"),
        pytest.param(
            SHOWN,
            {
                "package": "sha256:2",
                "revision": "4",
                "Job/new": "cc",
                "Deployment/cart": "dd",
            },
            ("Job/new has come", "Deployment/cart is rendered otherwise", "Service/cart has gone"),
            id="resources",
        ),
        pytest.param(
            SHOWN | {"Deployment/cart": ""},
            SHOWN,
            ("its content is rendered otherwise",),
            id="contents that were not digested",
        ),
    ],
)
def test_changes(answered: dict[str, str], now: dict[str, str], said: tuple[str, ...]) -> None:
    assert changes(answered, now) == said
