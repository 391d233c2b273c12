"""XML from strangers: no entities, no network, no giant trees."""

from __future__ import annotations

from typing import Any

from indexer.core.errors import UsageError

LIMIT = 256 * 2**20
"""Largest XML file that is read, bytes. A newspaper page in ALTO has 1–5 MB."""


def parse_xml(data: bytes, name: str) -> Any:
    """Root element of an XML file.

    Raises:
        UsageError: Not XML, too large, or with a document type that declares entities (an entity bomb).
    """
    from lxml import etree

    if len(data) > LIMIT:
        raise UsageError(f"{name} has {len(data) // 2**20} MB.", f"At most {LIMIT // 2**20} MB; split it by page.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UsageError(
            f"{name} is not well-formed XML: {error}.", "Export it again, or check it with xmllint."
        ) from None
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(iter(dtd.iterentities()), None) is not None:
        raise UsageError(f"{name} declares entities, which are not read.", "Remove its document type (<!DOCTYPE …>).")
    return root


def local(element: Any) -> str:
    """Name of an element without its namespace; "" for comments and processing instructions."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def namespace(element: Any) -> str:
    """Namespace of an element, "" for none."""
    tag = str(element.tag)
    return tag[1:].split("}", 1)[0] if tag.startswith("{") else ""
