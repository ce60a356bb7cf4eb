"""XML as S3 writes and reads it: escaping, small documents, request bodies."""

import re
from xml.parsers import expat

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ESCAPES = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


def escape(value, references=False):
    """Text for an element. What XML 1.0 cannot hold becomes U+FFFD, or with
    `references` a character reference as AWS writes it (not well-formed)."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    value = str(value).translate(ESCAPES)
    if references:
        return FORBIDDEN.sub(lambda m: f"&#x{ord(m.group()):x};", value)
    return FORBIDDEN.sub("\ufffd", value)


def tag(name, value):
    """<name>value</name> with the value escaped."""
    return f"<{name}>{escape(value)}</{name}>"


def wrap(name, *children):
    """<name>children</name>; the children are XML already."""
    return f"<{name}>{''.join(children)}</{name}>"


def document(name, *children):
    """A whole document in S3's namespace, as bytes."""
    text = (f'{DECLARATION}<{name} xmlns="{NAMESPACE}">'
            f"{''.join(children)}</{name}>")
    return text.encode("utf-8", "replace")


def parse(data):
    """A request body as a nested list [name, text, [children]]; names without
    their namespace. Raises ValueError for what is not well-formed XML or
    holds a document type."""
    root = ["", "", []]
    stack = [root]

    def start(name, _attributes):
        node = [name.rpartition(" ")[2], "", []]
        stack[-1][2].append(node)
        stack.append(node)

    def end(_name):
        stack.pop()

    def text(characters):
        stack[-1][1] += characters

    def doctype(*_ignored):
        raise ValueError("document types are not allowed")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return root[2][0]


def child(node, name, default=None):
    """The text of the first child of that name."""
    for found in node[2]:
        if found[0] == name:
            return found[1]
    return default
