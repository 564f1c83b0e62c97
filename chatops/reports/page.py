"""What every page has in common: how a template becomes HTML, and HTML a PDF."""

import contextlib
import importlib
import io
import re
from pathlib import Path
from types import ModuleType

import jinja2
from markupsafe import Markup, escape

from chatops import bahasa
from chatops.controls import Severity
from chatops.errors import TypesettingError

TEMPLATES = Path(__file__).with_name("templates")
SEVERITIES = {
    Severity.CRITICAL: "kritis",
    Severity.HIGH: "tinggi",
    Severity.MEDIUM: "sedang",
    Severity.LOW: "rendah",
}
CODE = re.compile(r"`([^`]+)`")


def html(template: str, **facts: object) -> str:
    """Fill a template in; whatever it is given is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"text": text, "visible": printable, "day": bahasa.day, "moment": bahasa.moment}
    return environment.get_template(template).render(severities=SEVERITIES, **facts)


def text(words: str) -> Markup:
    """Words of the catalogue or of a host: what stands between backticks is code, and all else is text."""
    parts = CODE.split(printable(words))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


def printable(words: str) -> str:
    """A host may say anything; what neither XML nor paper can hold is only shown to have been there."""
    return "".join(each if each.isprintable() or each in "\n\t" else "\N{REPLACEMENT CHARACTER}" for each in words)


def typesetter() -> ModuleType:
    """What sets PDFs. It needs libraries of the system, and finds out when it is imported whether they are there."""
    try:
        # It also prints advice, in English, about other systems.
        with contextlib.redirect_stdout(io.StringIO()):
            return importlib.import_module("weasyprint")
    except OSError as error:
        name = re.search(r"library '([^']+)'", str(error))
        raise TypesettingError(library=name[1] if name else error) from error


def pdf(page: str) -> bytes:
    """Set a page on paper. It brings everything along: nothing is fetched, from nowhere."""
    weasyprint = typesetter()
    alone = weasyprint.URLFetcher(allowed_protocols=(), fail_on_errors=True)
    written: bytes = weasyprint.HTML(string=page, url_fetcher=alone).write_pdf(pdf_tags=True)
    return written
