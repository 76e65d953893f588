"""Single files from the hub, by the hub's own wire format, with everything going wrong that can."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.fetch_hub import FetchError, RemoteFile, describe, fetch, is_checked
from tests.hub_server import Fault, HubServer
from tests.ollama_server import absent_url

pytest.importorskip("huggingface_hub", reason="huggingface-hub is not installed")

LARGE, SMALL = "owner/name/model.bin", "owner/name/config.json"
CONTENT = random.Random(7).randbytes(200_000)


def silent(_done: int, _total: int) -> None:
    """Report nothing."""


@pytest.fixture
def small_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer({LARGE: CONTENT, SMALL: b'{"a": 1}'}) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def large() -> RemoteFile:
    found = describe("owner/name", "model.bin")
    assert found is not None
    return found


def parts(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.glob("*.part")]


def test_what_the_hub_tells(small_hub: HubServer) -> None:
    found = large()
    assert (found.name, found.size_bytes, found.checksum) == ("model.bin", 200_000, small_hub.checksum(LARGE))
    assert len(found.checksum) == 64
    small = describe("owner/name", "config.json")
    assert small is not None
    assert len(small.checksum) == 40
    assert is_checked(small)
    assert describe("owner/name", "nothing.json") is None
    with pytest.raises(FetchError, match="the hub has no public nobody/nothing"):
        describe("nobody/nothing", "model.bin")


def test_a_whole_file(small_hub: HubServer, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = fetch(large(), tmp_path, lambda done, total: told.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert told == sorted(told)
    assert told[-1] == (200_000, 200_000)
    assert os.listdir(tmp_path) == ["model.bin"]
    small_hub.gets.clear()
    assert fetch(large(), tmp_path, silent) == path
    assert small_hub.gets == [], "it is compared with the checksum, not fetched"
    path.write_bytes(CONTENT[:-1] + b"x")
    assert fetch(large(), tmp_path, silent).read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["model.bin", "config.json"])
def test_broken_off_anywhere_and_gone_on_with(small_hub: HubServer, tmp_path: Path, name: str) -> None:
    content = small_hub.files[f"owner/name/{name}"]
    remote = describe("owner/name", name)
    assert remote is not None
    for number, place in enumerate(sorted({0, 1, 3, *range(0, len(content), 23_456), len(content) - 1})):
        folder = tmp_path / str(number)
        small_hub.faults.extend([Fault(drop_at=place), Fault(drop_at=0)])
        with pytest.raises(FetchError, match="was lost on the way"):
            fetch(remote, folder, silent)
        small_hub.faults.clear()
        assert not (folder / name).exists()
        assert sum(parts(folder)) == place, "what has come is kept"
        small_hub.gets.clear()
        assert fetch(remote, folder, silent).read_bytes() == content
        assert small_hub.gets == [(f"owner/name/{name}", f"bytes={place}-" if place else "")]


def test_a_line_that_drops_again_and_again(small_hub: HubServer, tmp_path: Path) -> None:
    small_hub.faults.extend([Fault(drop_at=30_000)] * 5)
    assert fetch(large(), tmp_path, silent).read_bytes() == CONTENT
    assert [asked for _, asked in small_hub.gets][1:] == [f"bytes={n * 30_000}-" for n in range(1, 6)]


def test_a_server_without_ranges_starts_anew_and_is_given_up(small_hub: HubServer, tmp_path: Path) -> None:
    small_hub.faults.extend([Fault(drop_at=50_000), Fault(drop_at=60_000, no_range=True), Fault(no_range=True)])
    assert fetch(large(), tmp_path / "a", silent).read_bytes() == CONTENT
    small_hub.faults.extend([Fault(drop_at=50_000, no_range=True)] * 2)
    with pytest.raises(FetchError):
        fetch(large(), tmp_path / "b", silent)
    assert not small_hub.faults, "the second attempt brought no more than the first"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault(status=404), "answers 404 for model.bin"),
        (Fault(status=500), "answers 500 for model.bin"),
        (Fault(status=503), "answers 503 for model.bin"),
    ],
)
def test_refusals(small_hub: HubServer, tmp_path: Path, fault: Fault, message: str) -> None:
    small_hub.faults.append(fault)
    with pytest.raises(FetchError, match=message):
        fetch(large(), tmp_path, silent)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("status", [403, 500])
def test_a_hub_that_does_not_tell(small_hub: HubServer, status: int) -> None:
    small_hub.heads[LARGE] = status
    with pytest.raises(FetchError, match=f"answers {status}"):
        describe("owner/name", "model.bin")
    assert small_hub.asked == 1, "told at once, not after retries"


def test_another_range_than_was_asked_for(small_hub: HubServer, tmp_path: Path) -> None:
    small_hub.faults.extend([Fault(drop_at=100), Fault(wrong_start=True)])
    with pytest.raises(FetchError, match="another part"):
        fetch(large(), tmp_path, silent)
    assert parts(tmp_path) == [100]


@pytest.mark.parametrize("faults", [[Fault(flip=0)], [Fault(drop_at=500), Fault(flip=199_999)]])
def test_a_flipped_bit_is_thrown_away(small_hub: HubServer, tmp_path: Path, faults: list[Fault]) -> None:
    small_hub.faults.extend(faults)
    with pytest.raises(FetchError, match="wrong checksum"):
        fetch(large(), tmp_path, silent)
    assert os.listdir(tmp_path) == []
    assert fetch(large(), tmp_path, silent).read_bytes() == CONTENT


def test_a_new_version_does_not_go_on_with_the_old_part(small_hub: HubServer, tmp_path: Path) -> None:
    small_hub.faults.extend([Fault(drop_at=500), Fault(drop_at=0)])
    with pytest.raises(FetchError):
        fetch(large(), tmp_path, silent)
    small_hub.files[LARGE] = CONTENT[::-1]
    assert fetch(large(), tmp_path, silent).read_bytes() == CONTENT[::-1]
    assert os.listdir(tmp_path) == ["model.bin"]


def test_a_mirror_without_checksums(small_hub: HubServer, tmp_path: Path) -> None:
    small_hub.checksums[LARGE] = "5d41402abc4b2a76b9719d911017c592"
    remote = large()
    assert not is_checked(remote)
    assert fetch(remote, tmp_path, silent).read_bytes() == CONTENT


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    url = absent_url()
    monkeypatch.setenv("HF_ENDPOINT", url)
    with pytest.raises(FetchError, match=f"{url} cannot be reached") as caught:
        describe("owner/name", "model.bin")
    assert "\n" not in str(caught.value)


def test_gone_between_asking_and_fetching(tmp_path: Path) -> None:
    remote = RemoteFile("model.bin", f"{absent_url()}/owner/name/resolve/main/model.bin", 9, "")
    with pytest.raises(FetchError, match="cannot be reached"):
        fetch(remote, tmp_path, silent)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
def test_a_full_disk(small_hub: HubServer, tmp_path: Path) -> None:
    remote = large()
    (tmp_path / f"model.bin.{remote.checksum[:12]}.part").symlink_to("/dev/full")
    with pytest.raises(FetchError, match=r"cannot write .*\.part: No space left on device"):
        fetch(remote, tmp_path, silent)
    assert len(small_hub.gets) == 1, "a full disk is no reason to ask again"
    assert not (tmp_path / "model.bin").exists()


@pytest.mark.usefixtures("small_hub")
def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FetchError, match=r"cannot write .*file"):
        fetch(large(), tmp_path / "file" / "x", silent)
