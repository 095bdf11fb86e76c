"""Documents as tools make them, whole and odd, with marks where the site's parts go."""


def document(title: str, rest: str = "") -> str:
    return f'<!doctype html><html lang="en"><title>{title}</title><h1>{title}</h1>{rest}\n'


ODD: dict[str, str] = {
    "all tags": "<!doctype html>\n<html lang=en>\n<head>\n<title>T</title>\n⟨styles⟩</head>\n<body class=a>⟨header⟩\n"
    "<p>Text\n⟨footer⟩</body>\n</html>\n",
    "tags that may be left out": "<!doctype html><title>T</title>⟨styles⟩⟨header⟩<p>Text<p>More⟨footer⟩",
    "no tags but text": "<!doctype html><title>T</title>⟨styles⟩⟨header⟩Text⟨footer⟩",
    "a head alone": "<!doctype html><head><title>T</title>⟨styles⟩</head>⟨header⟩<p>Text⟨footer⟩",
    "a body alone": "<!doctype html><title>T</title>⟨styles⟩<body>⟨header⟩<p>Text⟨footer⟩</body>",
    "no doctype": "<html><head><title>T</title>⟨styles⟩</head><body>⟨header⟩<p>Text⟨footer⟩</body></html>",
    "capital letters": "<!DOCTYPE HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'><HTML><HEAD><TITLE>T</TITLE>⟨styles⟩</HEAD>"
    "<BODY BGCOLOR=#fff>⟨header⟩<P>Text<BR>⟨footer⟩</BODY></HTML>",
    "a byte order mark, and other line ends": "\ufeff<!doctype html>\r\n<title>T</title>⟨styles⟩⟨header⟩<p>Text\r⟨footer⟩",
    "comments that look like tags": "<!doctype html><!-- <head></head><body> --><html><head><!-- </head> --><title>T"
    "</title>⟨styles⟩</head><body>⟨header⟩<!-- </body> --><p>Text⟨footer⟩</body><!-- </body> --></html>",
    "odd comments": "<!doctype html><title>T</title><!-->⟨styles⟩⟨header⟩<p>Text<!---><p><!-- <p --!><p>More⟨footer⟩",
    "scripts that hold tags": "<!doctype html><head><title>T</title>⟨styles⟩<script>'</head><body>'</script></head>"
    "<body>⟨header⟩<script>document.write('</body>')</script>⟨footer⟩</body>",
    "style sheets of its own, which are the stronger ones": "<!doctype html><head><meta charset=utf-8>"
    "<title>T</title>⟨styles⟩<link rel=stylesheet href=s.css><style>p{}</style></head><body>⟨header⟩⟨footer⟩</body>",
    "its charset behind a script": "<!doctype html><head><script src=s.js></script><meta charset=utf-8>⟨styles⟩"
    "<title>T</title></head><body>⟨header⟩⟨footer⟩</body>",
    "a picture with a title of its own": "<!doctype html><title>T</title>⟨styles⟩<body>⟨header⟩<svg><title>Not T</title>"
    "<![CDATA[</body><a href=nix>]]></svg>⟨footer⟩</body>",
    "a template": "<!doctype html><title>T</title>⟨styles⟩<body>⟨header⟩<template><a href=nix id=i></a></template>"
    "<p id=i>⟨footer⟩</body>",
    "a template in the head": "<!doctype html><head><template><p>x</template><title>T</title>⟨styles⟩</head><body>"
    "⟨header⟩⟨footer⟩</body>",
    "no script": "<!doctype html><head><title>T</title><noscript><link rel=stylesheet href=s.css></noscript>⟨styles⟩</head>"
    "<body>⟨header⟩⟨footer⟩</body>",
    "a shadow tree": "<!doctype html><title>T</title>⟨styles⟩<body>⟨header⟩<x-a><template shadowrootmode=open>"
    "<p id=i><slot></slot></template></x-a><p id=i>⟨footer⟩</body>",
    "text areas": "<!doctype html><title>T</title>⟨styles⟩<body>⟨header⟩<textarea></body><a href=nix></textarea>⟨footer⟩"
    "</body>",
    "a comment that never ends": "<!doctype html><title>T</title>⟨styles⟩<body>⟨header⟩<p>Text⟨footer⟩<!-- and so on",
    "a tag that never ends": "<!doctype html><title>T</title>⟨styles⟩<body>⟨header⟩<p>Text⟨footer⟩<a href='x",
    "a script that never ends": "<!doctype html><title>T</title>⟨styles⟩<body>⟨header⟩<p>Text⟨footer⟩<script src=s.js>x",
    "what follows its end": "<!doctype html><title>T</title>⟨styles⟩<body>⟨header⟩⟨footer⟩</body></html>\n\n<!-- made -->\n",
    "code points that mean something to us": "<!doctype html><title>T</title>⟨styles⟩<body>⟨header⟩\ufdd0l:x\ufdd1\0⟨footer⟩"
    "</body>",
    "an XML declaration": '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/'
    'xhtml"><head><title>T</title>⟨styles⟩</head><body>⟨header⟩<br />⟨footer⟩</body></html>',
    "a blank between, and quotes": "<!doctype html><title >T</title >⟨styles⟩<body title='>' >⟨header⟩<p title=\">\">⟨footer⟩"
    "</body >",
    "braces of other templates": "<!doctype html><title>T</title>⟨styles⟩<body>⟨header⟩{{ x }} {% y %} {# z #}⟨footer⟩</body>",
}
"""Documents, with marks where something is put in."""
