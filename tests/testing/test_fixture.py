"""The plugin as a user has it: pytest in a process of its own, on a small project, with the tests of docs/testing.md."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("testing")

ROOT = Path(__file__).parents[2]
SHOP = Path(__file__).parent / "shop"
# An install that knows the entry point loads the plugin by itself.
IS_INSTALLED = any(point.value == "headgate.testing.plugin" for point in entry_points(group="pytest11"))
PLUGIN = [] if IS_INSTALLED else ["-p", "headgate.testing.plugin"]
BLOCK = re.compile(r"^```python\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IMPORTS = "import headgate.testing\nimport moto\nimport pathlib\nimport pytest\n"
MORE = r"""
def test_another_test_finds_the_gateway_as_new(headgate_gateway):
    gateway = headgate_gateway
    assert (gateway.logs(), gateway.requests("users"), gateway.invocations()) == ([], [], [])
    answer = gateway.client.get("/products")
    assert answer.status_code == 501
    assert answer.json()["fix"] == 'gateway.upstream("catalogue").reply("/products", json=...)'


def test_an_upstream_that_is_none_is_refused(headgate_gateway):
    with pytest.raises(ValueError, match="catalogue, users"):
        headgate_gateway.upstream("user")


def test_wrong_inputs_are_named(headgate_gateway):
    with pytest.raises(ValueError, match="a status, 'timeout' or 'refuse', got 'exploded'"):
        headgate_gateway.fail_upstream("users", "exploded")
    with pytest.raises(ValueError, match="0 to 100 percent or 'auto', got 150"):
        headgate_gateway.deploy(canary=150)
    with pytest.raises(ValueError, match="got 'canari'"):
        headgate_gateway.force("canari")


def test_a_gateway_whose_place_is_taken_says_so(headgate_gateway):
    with moto.mock_aws(), headgate.testing.mocked_gateway():
        pass
    with pytest.raises(headgate.testing.GatewayError, match=r"gave its place to mocked_gateway\(\)"):
        headgate_gateway.client.get("/products")


def test_a_service_that_never_answers_times_out(headgate_gateway):
    headgate_gateway.fail_upstream("catalogue", "timeout")

    assert headgate_gateway.client.get("/products").status_code == 504
    headgate_gateway.upstream("catalogue").recover().reply("/products", json=[1])
    assert headgate_gateway.client.get("/products").json() == [1]


def test_a_status_of_a_service_is_passed_on(headgate_gateway):
    headgate_gateway.fail_upstream("catalogue", 503)

    assert headgate_gateway.client.get("/products").status_code == 503


def test_caches_can_be_emptied(headgate_gateway):
    gateway = headgate_gateway
    gateway.upstream("users").reply("/users/bob", json={"id": "bob"})
    headers = {"Authorization": f"Bearer {gateway.token(sub='bob', aud='shop', scope='users:read')}"}
    ask = lambda: gateway.client.get("/users/bob", headers=headers).status_code
    assert (ask(), ask(), len(gateway.invocations("authorizer"))) == (200, 200, 1)

    gateway.flush_caches()

    assert (ask(), len(gateway.invocations("authorizer"))) == (200, 2)


def test_the_side_of_a_canary_can_be_chosen(headgate_gateway):
    gateway = headgate_gateway
    gateway.upstream("catalogue").reply("/products", json=[]).reply("/offers", json=[])
    offers = pathlib.Path("openapi/shop.yaml")
    before = offers.read_text()
    offers.write_text(before.replace("  /products:", OFFERS + "  /products:"))
    try:
        gateway.deploy(canary=10)
    finally:
        offers.write_text(before)

    def statuses():
        return {gateway.client.get("/offers").status_code for _ in range(20)}

    gateway.force("canary")
    assert statuses() == {200}
    gateway.force("stable")
    assert statuses() == {403}
    assert {record["isCanaryRequest"] for record in gateway.logs()} == {"true", "false"}


OFFERS = '''
  /offers:
    get:
      operationId: listOffers
      x-headgate: {upstream: catalogue}
      responses: {"200": {description: Offers.}}
'''
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """One run of pytest over everything."""
    folder = tmp_path_factory.mktemp("user") / "shop"
    shutil.copytree(SHOP, folder)
    blocks = dict(BLOCK.findall((ROOT / "docs" / "testing.md").read_text(encoding="utf-8")))
    for name, source in blocks.items():
        (folder / name).write_text(source, encoding="utf-8")
    (folder / "test_zz_more.py").write_text(f"{IMPORTS}{MORE}", encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        *PLUGIN,
        "-p",
        "no:cacheprovider",
        "-v",
        "--durations=0",
        "--durations-min=0",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "AWS_"))}
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False
    )


def test_the_tests_of_the_documentation_pass(done: subprocess.CompletedProcess[str]) -> None:
    names = re.findall(r"^def (test_\w+)", (ROOT / "docs" / "testing.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert len(names) == 5
    for name in names:
        assert f"::{name} PASSED" in done.stdout, done.stdout + done.stderr


def test_every_promise_of_the_fixture_holds(done: subprocess.CompletedProcess[str]) -> None:
    names = re.findall(r"^def (test_\w+)", MORE, re.MULTILINE)

    for name in names:
        assert f"::{name} PASSED" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_after_the_first_test_the_gateway_is_there_in_no_time(done: subprocess.CompletedProcess[str]) -> None:
    setups = [
        float(seconds) for seconds in re.findall(r"^([\d.]+)s setup +test_(?:gateway|zz)", done.stdout, re.MULTILINE)
    ]

    assert len(setups) >= 8
    assert sorted(setups)[-4] < 1  # the first deployed, and two came after tests under mock_aws


def test_a_project_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(headgate_gateway): pass\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", *PLUGIN, "-p", "no:cacheprovider", "--rootdir=."]

    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert "has no gateway.yaml: set `headgate_project`" in done.stdout
