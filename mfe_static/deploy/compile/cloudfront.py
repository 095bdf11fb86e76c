"""CloudFront, in front of a bucket: a function for viewer requests, and policies for response headers.

Sources: Amazon, "CloudFront Functions event structure", "Quotas", and the API's `ResponseHeadersPolicyConfig`, in which
headers of security have fields of their own and may not be custom ones. The function knows folders by their slash and
sends who left it out; it runs before CloudFront looks for a file, so a rule wins over a file. What the store itself
sends with an object (`Cache-Control`, `Content-Type` …) is in no policy.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec

from mfe_static.deploy.compile.texts import first, with_query
from mfe_static.deploy.compile.wild import address, answering_file, filled_in, sent
from mfe_static.deploy.host import Headers, Redirect, Release
from mfe_static.deploy.rules import base_of, cannot, pattern_of
from mfe_static.problems import Problem, problem
from mfe_static.routes import emitted
from mfe_static.serve.patterns import plain
from mfe_static.serve.view import REDIRECTS

FUNCTION, POLICY = "cloudfront-function.js", "cloudfront-headers{}.json"
FUNCTION_LIMIT = 10 * 1024
"""Bytes of a function (Amazon, "Quotas on CloudFront Functions")."""
WITH_OBJECTS = frozenset(
    {"Cache-Control", "Content-Type", "Content-Encoding", "Content-Language", "Content-Disposition", "Expires"}
)
"""What a store sends with an object by itself."""
_HOST = "CloudFront"
_CODE = """\
// Made by mfe-static, for viewer requests (cloudfront-js-2.0).
var moved = %s;
var rules = %s;

function asked(query) {
  var all = [];
  for (var name in query) {
    (query[name].multiValue || [query[name]]).forEach(function (one) { all.push(name + '=' + one.value); });
  }
  return all.length ? '?' + all.join('&') : '';
}

function sent(status, to, query) {
  var at = to.indexOf('#');
  var address = at < 0 ? to : to.slice(0, at);
  var location = address + (address.indexOf('?') < 0 ? asked(query) : '') + (at < 0 ? '' : to.slice(at));
  return { statusCode: status, statusDescription: 'Moved', headers: { location: { value: location } } };
}

function handler(event) {
  var request = event.request, uri = request.uri;
  var rule = moved[uri.replace(/\\/+$/, '').toLowerCase()];
  if (rule) return sent(rule[0], rule[1], request.querystring);
  for (var i = 0; i < rules.length; i++) {
    var found = new RegExp(rules[i][0], 'i').exec(uri);
    if (found) {
      var to = rules[i][2].replace(/\\$(\\d)/g, function (_, n) { return found[n] || ''; });
      if (rules[i][1] !== 200) return sent(rules[i][1], to, request.querystring);
      request.uri = to;
      return request;
    }
  }
  if (uri.endsWith('/')) request.uri = uri + 'index.html';
  else if (uri.slice(uri.lastIndexOf('/')).indexOf('.') < 0 && uri.indexOf('\\\\') < 0) {
    return sent(301, uri.replace(/^\\/+/, '/') + '/', request.querystring);
  }
  return request;
}
"""


def cloudfront(release: Release) -> Mapping[str, str] | Sequence[Problem]:
    """The function, a policy for all paths, and one for each path that has headers of its own."""
    rules = release.rules
    problems = [*with_query(_HOST, rules.redirects), *first(_HOST, release), *_refused(rules.headers)]
    code = _function(release)
    if (size := len(code.encode())) > FUNCTION_LIMIT:
        said = f"{_HOST} takes {FUNCTION_LIMIT:,} bytes of a function, and with the site's redirects it has {size:,}"
        problems.append(problem("host-limit", said, file=REDIRECTS))
    return problems or {FUNCTION: code, **_policies(rules.headers, base_of(release))}


def _function(release: Release) -> str:
    moved: dict[str, tuple[int, str]] = {}
    rules: list[tuple[str, int, str]] = []
    base = base_of(release)
    for rule in release.rules.redirects:
        if plain(rule.start) and rule.status != 200:
            moved[(base + rule.start).rstrip("/").lower()] = rule.status, address(rule, None, str, "")
        else:
            wild = sent(rule.start, base)
            to = filled_in(_file(rule, release), wild, "${}".format) if rule.status == 200 else ""
            rules.append((wild.regex, rule.status, to or address(rule, wild, "${}".format, "")))
    return _CODE % (_literal(moved), _literal(rules))


def _file(rule: Redirect, release: Release) -> str:
    return emitted("", answering_file(rule, release, unquote(base_of(release))))


def _literal(value: object) -> str:
    """As JavaScript has it, which JSON is part of (ECMAScript 2019)."""
    return msgspec.json.encode(value).decode()


def _refused(headers: Iterable[Headers]) -> list[Problem]:
    problems = []
    for under in headers:
        if re.search(r"/:|\*.", under.path) and _own(under):
            problems.append(cannot(_HOST, under, "what it calls a path pattern has no :name"))
        for name, value in under.values:
            if name.startswith("Access-Control-"):
                problems.append(cannot(_HOST, under, f"{name} is part of a policy that you write yourself"))
            elif name == "Strict-Transport-Security" and not re.search(r"max-age=\d+", value):
                problems.append(cannot(_HOST, under, f"{name} has no max-age"))
    return problems


def _own(under: Headers) -> dict[str, str]:
    return {name: value for name, value in under.values if name not in WITH_OBJECTS}


def _policies(headers: Sequence[Headers], base: str) -> dict[str, str]:
    """By file; a path's own policy holds what is said of all as well, as only one is sent."""
    differing = [under for under in headers if under.path != "/*" and _own(under)]
    out = {}
    for number, path in enumerate(["/*", *(under.path for under in differing)]):
        said: dict[str, str] = {}
        for under in headers:
            if under.path == path or pattern_of(under.path).match(path) is not None:
                said |= _own(under)
        if said:
            policy = {"Name": f"mfe-static-{number}", "Comment": f"{base}{path}", **_config(said)}
            text = msgspec.json.format(msgspec.json.encode(policy), indent=2).decode()
            out[POLICY.format(f"-{number}" if number else "")] = text + "\n"
    return out


def _config(said: Mapping[str, str]) -> dict[str, Any]:
    secure, custom = {}, []
    for name, value in said.items():
        if found := _secure(name, value):
            secure[found[0]] = {"Override": True, **found[1]}
        else:
            custom.append({"Header": name, "Value": value, "Override": True})
    config: dict[str, Any] = {"SecurityHeadersConfig": secure} if secure else {}
    return {**config, "CustomHeadersConfig": {"Quantity": len(custom), "Items": custom}} if custom else config


def _secure(name: str, value: str) -> tuple[str, dict[str, Any]] | None:
    """The field for a header of security."""
    if name == "Content-Security-Policy":
        return "ContentSecurityPolicy", {"ContentSecurityPolicy": value}
    if name == "Referrer-Policy":
        return "ReferrerPolicy", {"ReferrerPolicy": value}
    if name == "X-Content-Type-Options":
        return "ContentTypeOptions", {}
    if name == "X-Frame-Options":
        return "FrameOptions", {"FrameOption": value.upper()}
    if name == "Strict-Transport-Security":
        age = re.search(r"max-age=(\d+)", value)
        said = {word.strip().lower() for word in value.split(";")}
        return "StrictTransportSecurity", {
            "AccessControlMaxAgeSec": int(age[1]) if age else 0,
            "IncludeSubdomains": "includesubdomains" in said,
            "Preload": "preload" in said,
        }
    return None
