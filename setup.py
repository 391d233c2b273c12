"""What pyproject.toml cannot say: the packages found *and* `config/`, which is no package here but one in the wheel."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["indexer*", "search*", "viz*"]), "iconoscope_config"],
    package_dir={"iconoscope_config": "config"},
    package_data={
        "": ["py.typed"],
        "iconoscope_config": ["**/*"],
        "indexer": ["**/*.json", "**/*.yaml", "**/*.txt", "**/*.npz"],
        "search": ["static/**/*"],
        "viz": ["template/**/*"],
    },
)
