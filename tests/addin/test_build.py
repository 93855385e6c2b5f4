"""LushaEnrich.xlsm as other readers see it: every rule real Excel is known to insist on that can be checked without it."""

from __future__ import annotations

import io
import json
import posixpath
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import olefile
import openpyxl
import pytest
from lxml import etree
from oletools.mraptor import MacroRaptor
from oletools.olevba import VBA_Parser, decompress_stream

from addin.build.ovba import compress
from addin.build.package import OURS, PROJECT, RIBBON, TOP, build, modules, unpack
from addin.build.pages import BUTTONS, COLUMNS, PAGES, samples
from addin.build.sources import Module, Sort, check, parse
from addin.build.wrappers import TARGET
from addin.conf import CONF, NOT_SET_UP
from addin.stamping import interpreter_of, interpreter_settings, settings_of, shipped, stamp
from core import words
from core.enriching import read_rows
from core.errors import FileTrouble
from core.model import Kind
from core.sheets.workbook import open_workbook
from sandbox.people import CAST
from tests.ooxml import validate

FILE = TOP / "LushaEnrich.xlsm"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
SHEETS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    return unpack(FILE.read_bytes())


@pytest.fixture(scope="module")
def xml(parts: dict[str, bytes]) -> dict[str, Any]:
    return {name: etree.fromstring(text) for name, text in parts.items() if name.endswith((".xml", ".rels", ".vml"))}


@pytest.fixture(scope="module")
def project(parts: dict[str, bytes]) -> Any:
    return olefile.OleFileIO(io.BytesIO(parts["xl/vbaProject.bin"]), raise_defects=olefile.DEFECT_INCORRECT)


def stream(project: Any, name: str) -> bytes:
    return project.openstream(name).read()


def relations(xml: dict[str, Any], part: str) -> list[tuple[str, str, str]]:
    folder, name = posixpath.split(part)
    found = xml.get(posixpath.join(folder, "_rels", f"{name}.rels"))
    made = []
    for one in [] if found is None else found.findall(RELATION):
        target = one.get("Target")
        made.append(
            (
                one.get("Id"),
                one.get("Type"),
                target[1:] if target[0] == "/" else posixpath.normpath(posixpath.join(folder, target)),
            )
        )
    return made


# -- the product of the sources ---------------------------------------------------------------------------------------
def test_the_committed_file_is_what_the_sources_make_part_by_part(parts: dict[str, bytes]) -> None:
    fresh = unpack(build())
    assert list(fresh) == list(parts)
    assert [name for name in parts if parts[name] != fresh[name]] == []


def test_two_builds_are_the_same_bytes() -> None:
    assert build() == build()


def test_the_command_writes_the_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "addin.build", str(tmp_path / "x.xlsm")], cwd=TOP, check=True, capture_output=True
    )
    assert b"x.xlsm" in done.stdout
    assert unpack((tmp_path / "x.xlsm").read_bytes()).keys() == unpack(FILE.read_bytes()).keys()


def test_the_wrappers_of_the_functions_are_what_xlwings_generates() -> None:
    code = "import sys; from addin.build.wrappers import generate; sys.stdout.write(generate())"
    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, check=True, capture_output=True, text=True)
    assert done.stdout == TARGET.read_text("cp1252")
    assert re.findall(r"^Function (\w+)", done.stdout, re.MULTILINE) == ["LUSHA_EMAIL", "LUSHA_PHONE", "LUSHA_STATUS"]


def test_the_sample_rows_are_people_of_the_practice_server() -> None:
    for link, first, last, company, mail in samples():
        assert any(
            link.endswith(f"/{one.slug}")
            or (mail and mail == one.email)
            or (first, last, company) == (one.first, one.last, one.company)
            for one in CAST
        ), (link, first, last)


# -- the package ------------------------------------------------------------------------------------------------------
def test_microsofts_validator_has_nothing_to_say_of_the_shipped_and_of_a_stamped_file(tmp_path: Path) -> None:
    assert validate(FILE) == []
    copy = tmp_path / "LushaEnrich.xlsm"
    copy.write_bytes(stamp(FILE.read_bytes(), {"INTERPRETER_WIN": r"C:\Users\Jörg & Co\venv\Scripts\python.exe"}))
    assert validate(copy) == []


def test_the_zip_is_plain_and_in_order(parts: dict[str, bytes]) -> None:
    package = zipfile.ZipFile(FILE)
    assert package.testzip() is None
    assert package.namelist()[0] == "[Content_Types].xml"
    assert len(set(package.namelist())) == len(package.namelist())
    assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert not any("\\" in name or name.endswith("/") for name in parts)


def test_every_part_has_a_type_and_every_type_a_part(parts: dict[str, bytes], xml: dict[str, Any]) -> None:
    types = xml["[Content_Types].xml"]
    endings = {one.get("Extension"): one.get("ContentType") for one in types.findall(f"{TYPES}Default")}
    named = {one.get("PartName"): one.get("ContentType") for one in types.findall(f"{TYPES}Override")}
    for name in parts:
        assert name == "[Content_Types].xml" or f"/{name}" in named or name.rpartition(".")[2] in endings, name
    assert all(name[1:] in parts for name in named)
    assert named["/xl/workbook.xml"] == "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    assert (named.get("/xl/vbaProject.bin") or endings["bin"]) == "application/vnd.ms-office.vbaProject"
    assert endings["png"] == "image/png"


def test_every_relation_leads_somewhere_and_every_part_is_reached(parts: dict[str, bytes], xml: dict[str, Any]) -> None:
    reached, todo = set(), [""]
    while todo:
        found = relations(xml, todo.pop())
        assert len({one[0] for one in found}) == len(found)
        for _, _, target in found:
            assert target in parts
            if target not in reached:
                reached.add(target)
                todo.append(target)
    assert {name for name in parts if not name.endswith(".rels")} - reached == {"[Content_Types].xml"}
    vba = [target for _, kind, target in relations(xml, "xl/workbook.xml") if kind.endswith("/2006/relationships/vbaProject")]
    assert vba == ["xl/vbaProject.bin"]


def test_the_tables_columns_are_its_headings(xml: dict[str, Any]) -> None:
    table = xml["xl/tables/table1.xml"]
    found = table.find(f"{SHEETS}tableColumns")
    names = [one.get("name") for one in found]
    assert names == [name for name, _ in COLUMNS]
    assert int(found.get("count")) == len(names) == len({one.get("id") for one in found}) == len(set(map(str.lower, names)))
    sheet = openpyxl.load_workbook(FILE)["Prospects"]
    assert [cell.value for cell in sheet[4][: len(names)]] == names


def test_the_template_reads_as_a_list_whose_columns_are_all_there() -> None:
    read = read_rows(open_workbook(FILE).sheet(), frozenset(Kind))
    assert [put.new for put in read.layout.headings] == ["Found as"]  # which comes only when a match has to be checked
    assert [row.number for row in read.rows] == list(range(5, 5 + len(samples())))
    assert not any(row.problem for row in read.rows)


def test_status_is_picked_from_exactly_our_words() -> None:
    sheet = openpyxl.load_workbook(FILE)["Prospects"]
    lists = [one.formula1 for one in sheet.data_validations.dataValidation if one.type == "list"]
    assert lists == [f'"{",".join(words.STATUS.values())}"']
    assert sheet.freeze_panes == "A5"


def test_openpyxl_keeps_the_macros_byte_for_byte(tmp_path: Path, parts: dict[str, bytes]) -> None:
    copy = tmp_path / "copy.xlsm"
    openpyxl.load_workbook(FILE, keep_vba=True).save(copy)
    assert unpack(copy.read_bytes())["xl/vbaProject.bin"] == parts["xl/vbaProject.bin"]


# -- the settings sheet -----------------------------------------------------------------------------------------------
def test_every_key_xlwings_asks_for_stands_on_the_hidden_sheet_once_and_without_a_gap() -> None:
    theirs = next(module.code for module in modules() if module.name == "xlwings")
    asked = set(re.findall(r'GetConfig\("([^"]+)"', theirs))
    sheet = openpyxl.load_workbook(FILE)["xlwings.conf"]
    keys = [row[0].value for row in sheet.iter_rows(max_col=1)]
    assert asked
    assert asked <= set(keys)
    assert keys == list(CONF)
    assert len({key.upper() for key in keys}) == len(keys)
    assert sheet.sheet_state == "hidden"
    assert not any(page.name.endswith(".py") for page in PAGES)
    assert settings_of(FILE.read_bytes()) == CONF


def test_a_stamped_copy_differs_in_one_sheet_only() -> None:
    before = FILE.read_bytes()
    path = r"C:\Users\Jörg & Co\venv\Scripts\python.exe"
    after = stamp(before, interpreter_settings(path, "win32"))
    old, new = unpack(before), unpack(after)
    assert [name for name in old if old[name] != new[name]] == ["xl/worksheets/sheet3.xml"]
    assert interpreter_of(after, "win32") == path
    assert interpreter_of(after, "darwin") == ""
    assert settings_of(before)["INTERPRETER_WIN"] == NOT_SET_UP
    assert openpyxl.load_workbook(io.BytesIO(after))["xlwings.conf"]["B1"].value == path
    assert interpreter_of(stamp(after, interpreter_settings("/opt/py", "darwin")), "darwin") == "/opt/py"
    with pytest.raises(FileTrouble):
        interpreter_settings(r"C:\50%\python.exe", "win32")
    with pytest.raises(KeyError):
        stamp(before, {"NO SUCH KEY": "x"})
    assert shipped() == FILE


# -- the project ------------------------------------------------------------------------------------------------------
def test_the_project_declares_the_book_and_its_sheets_in_order(project: Any, xml: dict[str, Any]) -> None:
    text = stream(project, "PROJECT").decode("cp1252")
    assert "\n" not in text.replace("\r\n", "")
    targets = {one[0]: one[2] for one in relations(xml, "xl/workbook.xml")}
    book = xml["xl/workbook.xml"]
    codes = [book.find(f"{SHEETS}workbookPr").get("codeName")]
    codes += [xml[targets[one.get(RID)]].find(f"{SHEETS}sheetPr").get("codeName") for one in book.iter(f"{SHEETS}sheet")]
    assert re.findall(r"^Document=(\w+)/&H00000000\r?$", text, re.MULTILINE) == codes
    order = [line.partition("=")[0] for line in text.split("\r\n")]
    heads = [
        "ID",
        *["Document"] * 4,
        *["Module"] * 4,
        "Class",
        "Name",
        "HelpContextID",
        "VersionCompatible32",
        "CMG",
        "DPB",
        "GC",
        "",
    ]
    assert order[: len(heads)] == heads
    assert f'Name="{PROJECT}"' in text


def decrypt(text: str, identity: str) -> bytes:
    """MS-OVBA 2.4.3.3, written from the specification's text and not from the writer."""
    raw = bytes.fromhex(text)
    assert raw[0] ^ raw[1] == 2
    assert raw[0] ^ raw[2] == sum(identity.encode()) & 0xFF
    plain, one_back, two_back, out = raw[0] ^ raw[2], raw[2], raw[1], b""
    for coded in raw[3:]:
        plain = coded ^ ((two_back + plain) & 0xFF)
        two_back, one_back = one_back, coded
        out += bytes([plain])
    ignored = (raw[0] & 6) // 2
    (length,) = struct.unpack("<I", out[ignored : ignored + 4])
    assert len(out) == ignored + 4 + length
    return out[ignored + 4 :]


def test_the_project_is_neither_protected_nor_hidden(project: Any) -> None:
    text = stream(project, "PROJECT").decode("cp1252")
    identity = re.match(r'ID="(\{[0-9A-F-]{36}\})"', text)[1]
    wanted = {"CMG": bytes(4), "DPB": bytes(1), "GC": b"\xff"}
    for name, plain in wanted.items():
        assert decrypt(re.search(rf'^{name}="([0-9A-F]+)"', text, re.MULTILINE)[1], identity) == plain, name


def test_the_directory_of_modules_is_complete_and_ends_where_it_says(project: Any) -> None:
    assert project.parsing_issues == []
    raw = bytes(decompress_stream(bytearray(stream(project, "VBA/dir"))))
    at, records = 0, []
    while at < len(raw):
        number, size = struct.unpack_from("<HI", raw, at)
        size = 6 if number == 9 else size
        records.append((number, raw[at + 6 : at + 6 + size]))
        at += 6 + size
    assert at == len(raw)
    assert records[-1] == (0x10, b"")
    names = [body.decode("cp1252") for number, body in records if number == 0x19]
    assert names == [module.name for module in modules()]
    assert {f"VBA/{name}" for name in names} | {"VBA/dir", "VBA/_VBA_PROJECT", "PROJECT", "PROJECTwm"} == {
        "/".join(path) for path in project.listdir()
    }
    assert [body for number, body in records if number == 0x31] == [bytes(4)] * len(names)
    assert struct.unpack("<H", next(body for number, body in records if number == 0x0F))[0] == len(names)
    assert next(body for number, body in records if number == 0x03) == struct.pack("<H", 1252)
    assert [body for number, body in records if number == 0x16] == [b"stdole", b"Office"]
    assert stream(project, "VBA/_VBA_PROJECT") == bytes.fromhex("cc61ffff000100")


def test_every_module_reads_back_as_its_source_in_two_readers(project: Any) -> None:
    seen = {path.rpartition("/")[2]: code for _, path, _, code in VBA_Parser(str(FILE)).extract_all_macros()}
    assert seen.keys() == {module.name for module in modules()}

    def body(text: str) -> str:
        return "\n".join(line for line in text.splitlines() if not line.startswith("Attribute ")).strip()

    for module in modules():
        assert bytes(decompress_stream(bytearray(stream(project, f"VBA/{module.name}")))).decode("cp1252") == module.stream
        assert body(seen[module.name]) == body(module.stream)


def test_the_sources_are_the_files_of_the_tree(project: Any) -> None:
    for name in OURS:
        text = (TOP / "addin" / "vba" / f"{name}.bas").read_text("cp1252").replace("\n", "\r\n")
        assert bytes(decompress_stream(bytearray(stream(project, f"VBA/{name}")))).decode("cp1252") == text


def test_a_virus_scanners_rules_find_nothing_to_run() -> None:
    raptor = MacroRaptor("\n".join(module.code for module in modules() if module.name != "xlwings"))
    raptor.scan()
    assert not raptor.suspicious
    whole = MacroRaptor("\n".join(module.code for module in modules()))
    whole.scan()
    assert not whole.autoexec
    assert not whole.suspicious


def test_the_vba_analyser_has_nothing_to_say_of_our_modules(tmp_path: Path) -> None:
    for module in modules():
        (tmp_path / f"{module.name}.{'bas' if module.sort is Sort.MODULE else 'cls'}").write_text(
            module.stream, "cp1252", newline=""
        )
    program = Path(sys.executable).with_name("pyvbaanalysis")
    words = [str(program), "--whole-project", "--format", "json", str(tmp_path)]
    said = json.loads(subprocess.run(words, capture_output=True, text=True, check=False).stdout)
    found = {one["module"]: one["diagnostics"] for one in said[0]["modules"]}
    assert {name: found[name] for name in OURS} == {name: [] for name in OURS}


def subs() -> dict[str, tuple[str, str]]:
    found = {}
    for module in modules():
        for name, arguments in re.findall(r"^(?:Public )?Sub (\w+)\(([^)]*)\)", module.code, re.MULTILINE):
            found[name] = (module.name, arguments)
    return found


def test_every_button_runs_a_sub_without_arguments_that_calls_a_macro_of_python(parts: dict[str, bytes]) -> None:
    import addin.macros

    vml = parts["xl/drawings/vmlDrawing1.vml"].decode()
    assert re.findall(r"<x:FmlaMacro>\[0\]!(\w+)</x:FmlaMacro>", vml) == [macro for _, macro in BUTTONS]
    code = next(module.code for module in modules() if module.name == "LushaMacros")
    for _, macro in BUTTONS:
        assert subs()[macro] == ("LushaMacros", "")
        called = re.search(rf'Sub {macro}\(\)\s+CallPython "(\w+)"', code)
        assert callable(getattr(addin.macros, called[1]))


def test_every_ribbon_button_has_its_callback_its_picture_and_its_own_name(xml: dict[str, Any]) -> None:
    for part, relation, namespace in RIBBON:
        assert xml[part].tag == f"{{{namespace}}}customUI"
        assert (relation, part) in [(one[1], one[2]) for one in relations(xml, "")]
        buttons = [one for one in xml[part].iter() if one.get("onAction")]
        assert len(buttons) == len(BUTTONS)
        pictures = {one[0]: one[2] for one in relations(xml, part)}
        for one in buttons:
            assert subs()[one.get("onAction")][1] == "control As IRibbonControl"
            assert one.get("image") in pictures
        names = [one.get("id") for one in xml[part].iter() if one.get("id")]
        assert len(set(names)) == len(names)
        assert all(name.startswith("lusha") for name in names)


def test_nothing_runs_on_opening() -> None:
    code = "\n".join(module.code for module in modules())
    assert not re.search(r"(?im)^\s*(?:Private |Public )?Sub (?:Workbook_Open|Auto_?Open|Auto_?Close)\b", code)
    ours = "\n".join(module.code for module in modules() if module.name in OURS)
    assert not re.search(r"\bShell\b|CreateObject", ours)


# -- the writer -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text", [b"", b"a", b"abc" * 3000, b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa", bytes(range(256)) * 40]
)
def test_what_is_compressed_reads_back(text: bytes) -> None:
    assert bytes(decompress_stream(bytearray(compress(text)))) == text


def test_the_specifications_example_comes_out_byte_for_byte() -> None:
    """MS-OVBA 3.2.3: the maximum compression example."""
    assert compress(b"a" * 73) == bytes.fromhex("0103b002614500")


def test_a_full_chunk_that_does_not_compress_is_kept_raw_and_a_short_one_is_refused() -> None:
    import random

    noise = random.Random(1).randbytes(5000)
    assert bytes(decompress_stream(bytearray(compress(noise[:4096])))) == noise[:4096]
    with pytest.raises(ValueError, match="does not compress"):
        compress(noise[:4090])


@pytest.mark.parametrize(
    "wrong",
    [
        [Module("ThisWorkbook", Sort.WORKBOOK), Module("thisworkbook", Sort.MODULE)],
        [Module("A", Sort.MODULE)],
        [Module("ThisWorkbook", Sort.WORKBOOK), Module("_a", Sort.MODULE)],
        [Module("ThisWorkbook", Sort.WORKBOOK), Module("a" * 32, Sort.MODULE)],
        [Module("ThisWorkbook", Sort.WORKBOOK), Module("A", Sort.MODULE, "x" * 1024)],
        [Module("ThisWorkbook", Sort.WORKBOOK), Module("A", Sort.MODULE, "x _\n" * 25)],
    ],
)
def test_what_the_editor_would_refuse_is_refused_here(wrong: list[Module]) -> None:
    with pytest.raises(ValueError, match="."):
        check("P", wrong)


def test_a_source_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="VB_Name"):
        parse("Sub A()\nEnd Sub\n", Sort.MODULE)
