"""What the site does to the pages of docs/: equations become MathML, files of the root become pages, each drug its entry."""

import re
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.structure.files import File

from opioidsim.questions import questions

ROOT = Path(__file__).parents[1]
OF_ROOT = {"changes.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
MATH = re.compile(r"\$\$(.+?)\$\$|(?<![\\$`\w])\$([^$\n`]+?)\$(?![\w$])", re.DOTALL)


def on_config(config):
    """The drugs' sheets in the navigation, alphabetical."""
    sheets = [f"drugs/{path.name}" for path in sorted((ROOT / "docs" / "drugs").glob("*.md"))]
    for part in config.nav:
        for entries in part.values():
            for entry in entries if isinstance(entries, list) else ():
                if entry.get("Drugs") == "drugs/":
                    entry["Drugs"] = sheets
    return config


def on_files(files, config):
    """Pages from files of the root."""
    for name, origin in OF_ROOT.items():
        text = (ROOT / origin).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=re.sub(r"\]\((?:docs/)?([\w/-]+\.md)", _within, text)))
    return files


def _within(link) -> str:
    """A link of a file of the root, as one of a page beside the others."""
    page = {origin: name for name, origin in OF_ROOT.items()} | {"README.md": "index.md"}
    return f"]({page.get(link[1], link[1])}"


def on_page_markdown(markdown, page, config, files):
    """Equations as MathML, which browsers draw without a script; links to files of the root."""
    if page.file.src_uri.startswith("learn/"):
        return markdown
    for name, origin in {**OF_ROOT, "index.md": "README.md"}.items():
        markdown = markdown.replace(f"](../{origin if name != 'index.md' else 'README.md'}", f"]({name}")
    if page.file.src_uri == "reference/python.md":
        markdown = re.sub(r"(::: opioidsim\.questions\.(\w+)\.\2)\n", _with_parameters, markdown)
    return MATH.sub(_drawn, markdown) if page.file.src_uri == "equations.md" else markdown


def _drawn(found) -> str:
    if found[1]:
        return convert(found[1].strip(), display="block")
    return f"<span>{convert(found[2].strip())}</span>"  # a line that begins with <math would be a block


def _with_parameters(found) -> str:
    """A question's entry, and under it what each of its parameters means, from their declarations."""
    lines = ["| parameter | | usual |", "| --- | --- | --- |"]
    for each in questions()[found[2]].parameters:
        name = f"`who.{each.name}`" if each.of_who else f"`{each.name}`"
        said = ": ".join(filter(None, (each.ask.label, each.hint()))).replace("|", "\\|")
        usual = each.data(each.default)
        lines.append(f"| {name} | {said} | {'' if usual in (None, '', {}, []) else f'`{usual}`'} |")
    return "\n".join([found[1], "", *lines, "", ""])
