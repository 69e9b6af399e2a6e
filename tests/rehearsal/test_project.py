import json
from pathlib import Path

import pytest

from mcp_ops.errors import InputError
from mcp_ops.rehearsal.project import load_project, main_directory, stack_names


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(
        "name: shop\nruntime: {name: python, options: {virtualenv: .venv}}\nmain: app/\n"
        "config:\n  aws:region: eu-west-1\n  colour: {type: string, default: blue}\n"
        "  token: {value: abc, secret: true}\n  absent: {type: string}\n"
    )
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_text("")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  aws:region: eu-central-1\n  count: 3\n  flag: true\n  sizes: {a: 1, b: [x]}\n"
        "  password: {secure: v1:abc}\n  nested: {user: me, key: {secure: v1:def}, list: [{secure: v1:x}]}\n"
    )
    return tmp_path


def test_a_stack_gets_the_configuration_that_pulumi_would_hand_over(project: Path) -> None:
    loaded = load_project(project, "dev")
    assert loaded.config["aws:region"] == "eu-central-1"
    assert loaded.config["shop:colour"] == "blue"
    assert loaded.config["shop:count"] == "3"
    assert loaded.config["shop:flag"] == "true"
    assert json.loads(loaded.config["shop:sizes"]) == {"a": 1, "b": ["x"]}
    assert "shop:absent" not in loaded.config


def test_encrypted_values_get_a_stand_in_and_are_secret(project: Path) -> None:
    loaded = load_project(project, "dev")
    assert loaded.config["shop:password"] == "rehearsal-secret-shop-password"
    assert json.loads(loaded.config["shop:nested"])["user"] == "me"
    assert json.loads(loaded.config["shop:nested"])["key"].startswith("rehearsal-secret-")
    assert loaded.secrets == {"shop:password", "shop:nested", "shop:token"}


def test_the_program_lies_where_main_says(project: Path) -> None:
    loaded = load_project(project, "dev")
    assert loaded.main == (project / "app").resolve()
    assert loaded.working_directory == main_directory(project)


def test_the_stacks_are_those_with_a_file(project: Path) -> None:
    (project / "Pulumi.prod.yml").write_text("config: {}\n")
    assert stack_names(project) == ["dev", "prod"]
    assert load_project(project, "prod").stack == "prod"


def test_a_stack_may_have_no_configuration_and_may_name_environments(project: Path) -> None:
    (project / "Pulumi.bare.yaml").write_text("environment:\n  - shared\n")
    loaded = load_project(project, "bare")
    assert loaded.config["aws:region"] == "eu-west-1"
    assert "ESC" in loaded.notes[0]


@pytest.mark.parametrize(("listed", "disabled"), [('["aws"]', True), ('["*"]', True), ('["github"]', False)])
def test_default_providers_can_be_disabled(project: Path, listed: str, disabled: bool) -> None:
    (project / "Pulumi.dev.yaml").write_text(f"config:\n  pulumi:disable-default-providers: {listed}\n")
    assert load_project(project, "dev").default_providers_disabled("aws") is disabled


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        ("dve", "stack: dve has no file Pulumi.dve.yaml in {folder}/; did you mean dev?"),
        ("zzz", "stack: zzz has no file Pulumi.zzz.yaml in {folder}/; known stacks: dev"),
    ],
)
def test_an_unknown_stack_is_refused_with_the_known_ones(project: Path, stack: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        load_project(project, stack)
    assert str(refused.value) == message.format(folder=project.name)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (
            "Pulumi.dev.yaml",
            "config:\n  a: [1\n",
            "Pulumi.dev.yaml:3:1: \"expected ',' or ']', but got '<stream end>'\" is not YAML",
        ),
        ("Pulumi.dev.yaml", "config:\n  a: 1\n  a: 2\n", "Pulumi.dev.yaml:3:3: \"duplicate key 'a'\" is not YAML"),
        ("Pulumi.dev.yaml", "- a\n", "Pulumi.dev.yaml: ['a'] is no mapping of keys to values"),
        ("Pulumi.dev.yaml", "config: [1]\n", "Pulumi.dev.yaml: config: [1] is no mapping of keys to values"),
        ("Pulumi.yaml", "runtime: python\n", "Pulumi.yaml: name: None is no project name; write `name: <project>`"),
        (
            "Pulumi.yaml",
            "name: x\nruntime: go\n",
            "Pulumi.yaml: runtime: go is not rehearsed; only Python programs are",
        ),
        (
            "Pulumi.yaml",
            "name: x\nruntime: python\nmain: nowhere/\n",
            "Pulumi.yaml: main: nowhere/ holds no Python program (__main__.py)",
        ),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(project: Path, file: str, content: str, message: str) -> None:
    (project / file).write_text(content)
    with pytest.raises(InputError) as refused:
        load_project(project, "dev")
    assert str(refused.value) == message


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no Pulumi\.yaml"):
        load_project(tmp_path, "dev")


def test_a_file_that_is_no_text_is_refused(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"Pulumi.dev.yaml: .* (cannot be read|is not YAML)"):
        load_project(project, "dev")
