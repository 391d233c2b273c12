from pathlib import Path

import pytest

from viz.bundle import bundle
from viz.site import TEMPLATE


def _write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text)
    return folder


def test_modules_come_once_and_in_order_of_need(tmp_path: Path) -> None:
    folder = _write(
        tmp_path,
        main='import { b } from "./b.js";\nimport { a as x } from "./a.js";\nb(x);\n',
        b='import { a } from "./a.js";\nexport function b(v) { return a + v; }\n',
        a="export const a = 1;\n",
    )
    text = bundle(folder, "main.js")
    assert text.index("// --- a.js") < text.index("// --- b.js") < text.index("// --- main.js")
    assert text.count("// --- a.js") == 1
    assert 'const { a: x } = modules["a.js"];' in text
    assert "export" not in text
    assert "import" not in text


@pytest.mark.parametrize("line", ['import x from "./a.js";', "export default 3;", "export { a };"])
def test_other_forms_are_refused(tmp_path: Path, line: str) -> None:
    _write(tmp_path, a="export const a = 1;\n", main=line + "\n")
    with pytest.raises(ValueError, match="cannot bundle"):
        bundle(tmp_path, "main.js")


def test_circles_are_refused(tmp_path: Path) -> None:
    _write(
        tmp_path,
        a='import { b } from "./b.js";\nexport const a = 1;',
        b='import { a } from "./a.js";\nexport const b = 1;',
    )
    with pytest.raises(ValueError, match="circle"):
        bundle(tmp_path, "a.js")


def test_the_viewer_bundles_all_its_modules_and_names_no_other_host() -> None:
    text = bundle(TEMPLATE, "main.js")
    for module in TEMPLATE.rglob("*.js"):
        assert f"// --- {module.relative_to(TEMPLATE).as_posix()}" in text
    addresses = {line for line in text.splitlines() if "://" in line and "www.w3.org/2000/svg" not in line}
    assert all("file://" in line or "https?:" in line for line in addresses), addresses


def test_both_languages_say_the_same_things() -> None:
    import re

    def keys(name: str) -> list[str]:
        return re.findall(r"^  (\w+):", (TEMPLATE / "texts" / name).read_text(), re.MULTILINE)

    assert keys("en.js") == keys("fr.js")
    used = set(re.findall(r"\bt\(\"(\w+)\"", bundle(TEMPLATE, "main.js")))
    assert used <= set(keys("en.js"))
