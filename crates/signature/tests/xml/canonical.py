"""Canonical forms by lxml. A line in: a document and prefixes; a line out: its forms, whole and of the element `target`."""

import io
import sys

from lxml import etree

XML = "{http://www.w3.org/XML/1998/namespace}"
FORMS = [(False, False, False), (False, True, False), (True, False, False), (True, True, False), (True, False, True)]


def written(tree, form, prefixes):
    exclusive, comments, with_list = form
    out = io.BytesIO()
    names = prefixes if with_list and prefixes else None
    tree.write_c14n(out, exclusive=exclusive, with_comments=comments, inclusive_ns_prefixes=names)
    return out.getvalue().hex()


def target(root, form):
    """The element as a document of its own, with all namespaces known at its place."""
    element = root.xpath("//*[@Id='target']")[0]
    if not form[0]:
        # Canonical XML 1.0, 2.4.
        for around in element.iterancestors():
            for name, value in around.attrib.items():
                if name.startswith(XML) and name not in element.attrib:
                    element.set(name, value)
    return etree.fromstring(etree.tostring(element, encoding="UTF-8", with_tail=False)).getroottree()


# lxml looks for prefixes of the list among names it has met, and it would not meet this one.
etree.fromstring(b"<a xmlns='#default'/>")
for line in sys.stdin:
    document, *prefixes = line.split(" ")
    document = bytes.fromhex(document.strip())
    prefixes = [bytes.fromhex(one.strip()).decode() for one in prefixes]
    forms = []
    for form in FORMS:
        forms.append(written(etree.fromstring(document).getroottree(), form, prefixes))
        forms.append(written(target(etree.fromstring(document), form), form, prefixes))
    print(" ".join(forms))
