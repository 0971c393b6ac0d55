"""Every variable that a service reads stands in README.md or docs/providers.md."""

from __future__ import annotations

import importlib
import re

import pytest

from common.settings import variables
from tests.deploy.matrix import SERVICES
from tests.deploy.test_compose import every_settings_of
from vendors.settings import VendorSettings
from vision3.data_dir import CHECKOUT

TEXT = (CHECKOUT / "README.md").read_text() + (CHECKOUT / "docs" / "providers.md").read_text()
OF_EVERY_VENDOR = {f"…_{name.upper()}" for name in VendorSettings.model_fields}


@pytest.mark.parametrize("service", SERVICES)
def test_every_variable_is_documented(service: str):
    importlib.import_module(f"{service}.app")
    named = set(re.findall(r"`([A-Z0-9_…]+)`", TEXT))
    assert named >= OF_EVERY_VENDOR
    for settings in every_settings_of(service):
        prefix = str(settings.model_config["env_prefix"])
        for variable in variables(settings):
            general = f"…_{variable.removeprefix(prefix)}"
            short = variable.removeprefix("VISION3_")
            assert {short, variable} & named or (issubclass(settings, VendorSettings) and general in named), variable
