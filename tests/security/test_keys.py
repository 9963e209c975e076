"""The installation's secret: where it comes from, what is derived from it, how it is rotated."""

import os
import secrets
import stat
from pathlib import Path

import pytest

from hub.security.keys import KeyFault, Keys, Undecryptable, encode_secret, rotate

ONE = encode_secret(b"1" * 32)
TWO = encode_secret(b"2" * 32)


def test_the_first_start_makes_a_key_that_only_its_owner_can_read(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    first = Keys.load(directory, {})
    file = directory / "key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in directory.iterdir()] == ["key"]
    assert Keys.load(directory, {}).key("a") == first.key("a")


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    assert Keys.load(tmp_path / "a", {}).key("x") != Keys.load(tmp_path / "b", {}).key("x")


def test_of_two_processes_that_start_at_once_both_use_the_first_ones_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first: list[Keys] = []
    random = secrets.token_bytes

    def overtaken(count: int) -> bytes:
        # The other process comes in after we saw that there is no file, before we write one.
        monkeypatch.undo()
        first.append(Keys.load(tmp_path, {}))
        return random(count)

    monkeypatch.setattr(secrets, "token_bytes", overtaken)
    second = Keys.load(tmp_path, {})
    assert second.key("x") == first[0].key("x") == Keys.load(tmp_path, {}).key("x")


def test_the_environment_takes_the_place_of_the_file(tmp_path: Path) -> None:
    keys = Keys.load(tmp_path / "data", {"PAYAM_KEY": f" {ONE} "})
    assert keys.key("x") == Keys([b"1" * 32]).key("x")
    assert not (tmp_path / "data").exists()


def test_a_missing_key_is_not_replaced_where_there_is_data(tmp_path: Path) -> None:
    with pytest.raises(KeyFault, match="Restore it from the backup"):
        Keys.load(tmp_path, {}, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["short", "ü" * 50, f"{ONE},oops", ONE[:-4]])
def test_a_key_that_is_none_is_refused_with_the_way_out(tmp_path: Path, value: str) -> None:
    with pytest.raises(KeyFault, match="token_urlsafe") as refusal:
        Keys.load(tmp_path, {"PAYAM_KEY": value})
    assert value not in str(refusal.value)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    Keys.load(tmp_path, {})
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(KeyFault, match="chmod 600"):
        Keys.load(tmp_path, {})


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "key", os.O_CREAT | os.O_WRONLY, 0o600)
    os.close(descriptor)
    with pytest.raises(KeyFault, match="no key in"):
        Keys.load(tmp_path, {})


def test_a_directory_that_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyFault, match="cannot be written"):
        Keys.load(tmp_path / "file" / "data", {})


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = Keys.generate()
    assert keys.key("one") != keys.key("two")
    assert keys.key("one") == keys.key("one")
    assert len(keys.key("one", 64)) == 64
    signature = keys.sign("one", b"message")
    assert keys.verify("one", b"message", signature)
    assert not keys.verify("two", b"message", signature)
    assert not keys.verify("one", b"other", signature)


def test_the_derivation_is_hkdf_and_stays_as_it_is() -> None:
    # What was signed and stored must be readable by every later version.
    assert Keys([b"1" * 32]).key("thread-token/1").hex() == (
        "6698ed689e672b0a66a6bc32e8a10af1ee05cbdae6e73bfdb0d70f31d04ccfd9"
    )


@pytest.mark.parametrize("length", [0, 7, 33])
def test_a_signature_of_unfit_length_is_none(length: int) -> None:
    keys = Keys.generate()
    assert not keys.verify("one", b"message", (keys.sign("one", b"message") * 2)[:length])


def test_after_a_rotation_old_signatures_hold_and_new_ones_are_made_with_the_new_key() -> None:
    old = Keys([b"1" * 32])
    both = Keys([b"2" * 32, b"1" * 32])
    new = Keys([b"2" * 32])
    assert both.verify("p", b"m", old.sign("p", b"m"))
    assert both.sign("p", b"m") == new.sign("p", b"m")
    assert both.decrypt(old.encrypt(b"credential")) == b"credential"
    assert new.decrypt(both.reencrypt(old.encrypt(b"credential"))) == b"credential"
    with pytest.raises(Undecryptable):
        new.decrypt(old.encrypt(b"credential"))


def test_rotating_puts_a_new_key_in_front_and_keeps_the_old_ones(tmp_path: Path) -> None:
    before = Keys.load(tmp_path, {})
    secret = before.encrypt(b"credential")
    file = rotate(tmp_path)
    after = Keys.load(tmp_path, {})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert after.key("x") != before.key("x")
    assert after.all_keys("x")[1:] == before.all_keys("x")
    assert after.decrypt(secret) == b"credential"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_several_keys_in_the_environment(tmp_path: Path) -> None:
    keys = Keys.load(tmp_path, {"PAYAM_KEY": f"{TWO}, {ONE}\n"})
    assert keys.all_keys("x") == Keys([b"2" * 32, b"1" * 32]).all_keys("x")


@pytest.mark.parametrize("token", ["", "nonsense", "ü", "\ud800"])
def test_what_was_never_encrypted_is_not_decrypted(token: str) -> None:
    with pytest.raises(Undecryptable):
        Keys.generate().decrypt(token)


def test_keys_do_not_show_their_secrets() -> None:
    assert repr(Keys([b"1" * 32])) == "Keys(1)"


def test_weak_secrets_are_refused() -> None:
    with pytest.raises(KeyFault, match="fewer than 32"):
        Keys([b"short"])
    with pytest.raises(KeyFault, match="no key"):
        Keys([])
