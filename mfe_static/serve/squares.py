"""An address as a QR code, for phones: lines of half blocks, made by segno."""


def squares(text: str) -> list[str]:
    """The code in two rows a line, light on dark, with the margin that readers need."""
    import segno

    rows = [[not dark for dark in row] for row in segno.make_qr(text, error="l").matrix_iter(border=2)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    return ["".join(map(_half, upper, lower)) for upper, lower in zip(rows[::2], rows[1::2], strict=True)]


def _half(upper: bool, lower: bool) -> str:
    return " ▄▀█"[upper * 2 + lower]
