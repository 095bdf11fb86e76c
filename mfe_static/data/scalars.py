"""What a plain word of YAML means: text, number, truth value, date or nothing.

The rules are those of the core schema of YAML 1.2.2 (§10.3.2): only `true` and `false` are truth values, `012` is
twelve, `12:30` is text. ISO dates are dates besides, because front matter lives on them. A word that looks like a
date but is none (`2024-02-30`) stays text, so that whoever wants a date can say what is wrong with it.
"""

import datetime

from mfe_static.patterns import pattern

Scalar = str | int | float | bool | datetime.date | None

_NAMED: dict[str, bool | None] = {
    **dict.fromkeys(["~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
_FIRST = frozenset("0123456789+-.")
"""With what begins all else that is not text."""
_WORD = r"""(?x)
      (?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})
      | (?P<int>[-+]?[0-9]{1,640}) | 0o(?P<oct>[0-7]{1,640}) | 0x(?P<hex>[0-9a-fA-F]{1,640})
      | (?P<float>[-+]?(?:\.[0-9]{1,640}|[0-9]{1,640}(?:\.[0-9]{0,640})?)(?:[eE][-+]?[0-9]{1,9})?)
      | (?P<inf>[-+]?\.(?:inf|Inf|INF)) | (?P<nan>\.(?:nan|NaN|NAN))
      | (?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}[-+:.0-9 \t]*[Zz]?)
    """
_MOMENT = r"""(?x)
        ([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})
        (?:(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?
           [ \t]*(?:([Zz])|([-+])([0-9]{1,2})(?::?([0-9]{2}))?)?)?"""


def plain(word: str) -> Scalar:
    """The value of a word written without quotes."""
    if not word:
        return None
    if word[0] not in _FIRST:
        return _NAMED.get(word, word)
    found = pattern(_WORD).fullmatch(word)
    if found is None or found.lastgroup is None:
        return word
    return _valued(found.lastgroup, found[found.lastgroup], word)


def _valued(kind: str, text: str, word: str) -> Scalar:
    match kind:
        case "day":
            try:
                return datetime.date.fromisoformat(text)
            except ValueError:
                return word
        case "int":
            return int(text)
        case "oct" | "hex":
            return int(text, 8 if kind == "oct" else 16)
        case "moment":
            when = moment(text)
            return word if when is None else when
        case "inf" | "nan":
            return float(text.replace(".", ""))
    return float(text)


def moment(text: str) -> datetime.date | datetime.datetime | None:
    """A date, or a date with a time, as in ISO 8601 and YAML 1.1's timestamps; None when it is neither.

    Seconds may be missing, a blank may stand for the `T` and before the offset. Without an offset the time is naive.
    """
    found = pattern(_MOMENT).fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, part, zulu, sign, hours, minutes = found.groups()
    try:
        if hour is None:
            return datetime.date(int(year), int(month), int(day))
        zone: datetime.timezone | None = datetime.UTC if zulu else None
        if sign:
            offset = datetime.timedelta(hours=int(hours), minutes=int(minutes or 0))
            zone = datetime.timezone(-offset if sign == "-" else offset)
        micro = int((part or "0")[:6].ljust(6, "0"))
        clock = int(hour), int(minute), int(second or 0), micro
        return datetime.datetime(int(year), int(month), int(day), *clock, tzinfo=zone)
    except ValueError:
        return None
