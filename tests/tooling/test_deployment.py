"""The deployment files agree with the settings and with each other."""

import re
import tomllib

import yaml

from tests.harness.environment import ROOT, variables_of_the_settings

# Fixed by the image, or of no use in a container.
NOT_FOR_COMPOSE = {"DEBUG", "ENV_FILE", "HOST", "PORT", "STATIC_MANIFEST", "STATIC_ROOT", "VAR_DIR"}


def _compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_compose_has_every_service_with_pinned_images():
    services = _compose()["services"]
    assert set(services) == {"beat", "mail", "migrate", "postgres", "redis", "scanner", "web", "worker"}
    for service in services.values():
        assert "build" in service or re.search(r":v?\d", service["image"])


def test_compose_passes_on_every_variable():
    passed = set(_compose()["x-app"]["environment"])
    assert passed == set(variables_of_the_settings()) - NOT_FOR_COMPOSE


def test_nothing_starts_before_the_database_is_migrated():
    services = _compose()["services"]
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_image_holds_every_application_and_runs_without_privileges():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    roots = tools["importlinter"]["root_packages"]
    assert {f"COPY {root} {root}" for root in [*roots, "static", "templates"]} <= set(lines)
    # What is copied must be let in first: .dockerignore shuts everything out.
    let_in = set((ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines())
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert {f"!{source.split('/')[0]}" for sources in copied for source in sources} <= let_in
    assert "USER guichet" in lines
    assert any("HEALTHCHECK" in line for line in lines)


def test_image_and_machine_install_the_same_libraries():
    """What `make run` installs for PDFs is what the image has."""
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    script = (ROOT / "scripts/setup").read_text(encoding="utf-8")
    for package in ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core"):
        assert package in image
        assert package in script


def test_procfile_starts_what_compose_starts():
    names = {line.split(":")[0] for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()}
    assert names == {"web", "worker", "beat"}
