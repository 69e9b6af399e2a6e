"""A secret that somebody commits is found: by gitleaks in the history, by detect-secrets in files."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Put together here, so that this file itself holds nothing that looks like a secret.
ACCESS_KEY = "AKIA" + "Q7RTX2MWPL4KDN6V"
PRIVATE_KEY = (
    "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7bq0" * 12 + "\n-----END RSA " + "PRIVATE KEY-----\n"
)
TOKEN = "ghp_" + "x7Kq9vR2" + "mT5wY8zB" + "3nC6dF1g" + "H4jL0pS7uEaI"
PLANTED = {"settings.py": f'KEY_ID = "{ACCESS_KEY}"\n', "server.pem": PRIVATE_KEY, "deploy.sh": f"TOKEN={TOKEN}\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the project's configuration and one sound commit."""
    for name in (".gitleaks.toml", ".secrets.baseline"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "readme.md").write_text("# Nothing to hide\n")
    _git(tmp_path, "init", "--quiet")
    _commit(tmp_path)
    return tmp_path


def _git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    command = ["git", *who, *arguments]
    subprocess.run(command, cwd=folder, check=True, timeout=30)


def _commit(folder: Path) -> None:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", "change")


def _gitleaks(folder: Path) -> subprocess.CompletedProcess[str]:
    report = ["--report-format", "json", "--report-path", "-"]
    command = ["gitleaks", "git", "--no-banner", "--redact", "--exit-code", "1", *report, "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(shutil.which("gitleaks") is None, reason="gitleaks is not on PATH; the workflow security has it")
@pytest.mark.parametrize("name", sorted(PLANTED))
def test_gitleaks_finds_what_was_committed_and_does_not_repeat_it(repository: Path, name: str) -> None:
    assert _gitleaks(repository).returncode == 0
    (repository / name).write_text(PLANTED[name])
    _commit(repository)
    (repository / name).unlink()
    _commit(repository)
    found = _gitleaks(repository)
    assert found.returncode == 1, "deleting it does not take it out of the history"
    assert {item["File"] for item in json.loads(found.stdout)} == {name}
    assert not [secret for secret in (ACCESS_KEY, TOKEN) if secret in found.stdout + found.stderr]


@pytest.mark.skipif(importlib.util.find_spec("detect_secrets") is None, reason="detect-secrets is not installed")
@pytest.mark.parametrize("name", sorted(PLANTED))
def test_detect_secrets_refuses_the_commit(repository: Path, name: str) -> None:
    command = [sys.executable, "-m", "detect_secrets.pre_commit_hook", "--baseline", ".secrets.baseline"]
    sound = subprocess.run([*command, "readme.md"], cwd=repository, timeout=60, check=False)
    assert sound.returncode == 0
    (repository / name).write_text(PLANTED[name])
    found = subprocess.run([*command, name], cwd=repository, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 1
    assert not [secret for secret in (ACCESS_KEY, TOKEN) if secret in found.stdout + found.stderr]
