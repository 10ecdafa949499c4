"""The credibility of an answer as a page: HTML, or a Word document for who has to hand one in."""

import html
from pathlib import Path

from opioidsim.files import whole
from opioidsim.refusal import Refusal, need
from opioidsim.show.page import PURPOSE, part, shell
from opioidsim.studies.credibility import Credibility

TITLE = "Credibility of an answer"
TERMS = "In the terms of ICH M15, general principles for model-informed drug development."


def refuse_another(path: Path) -> None:
    """Raises Refusal for a name that ends otherwise, and for a Word document where its library is not installed."""
    if path.suffix not in (".html", ".docx"):
        raise Refusal(f'"{path.name}" is neither a page nor a document; end its name with .html or .docx.')
    if path.suffix == ".docx":
        need("docx", "a Word document")


def write(found: Credibility, path: Path) -> None:
    """The page, by the ending of its name; see `refuse_another`."""
    refuse_another(path)
    if path.suffix == ".docx":
        document = _word(found)
        with whole(path, "wb") as file:
            document.save(file)
    else:
        with whole(path) as file:
            file.write(page(found))


def page(found: Credibility) -> str:
    """One HTML page with everything inside it."""
    e = html.escape
    parts = "".join(part(each) for each in found.sections())
    return shell(TITLE, f'<h1>{e(TITLE)}</h1><p class="quiet">{e(TERMS)}</p>{parts}')


def _word(found: Credibility):
    import docx

    document = docx.Document()
    document.add_heading(TITLE, 0)
    document.add_paragraph(TERMS)
    for section in found.sections():
        document.add_heading(section.title, 1)
        for text in section.sentences:
            document.add_paragraph(text)
        if section.rows:
            table = document.add_table(rows=1, cols=len(section.header), style="Light Grid Accent 1")
            for row in (section.header, *section.rows):
                cells = table.rows[0].cells if row is section.header else table.add_row().cells
                for cell, text in zip(cells, row, strict=True):
                    cell.text = text
    document.add_paragraph(PURPOSE)
    return document
