"""The pages of the benchmark: what they say, and nothing of how a generator wants them written.

A page depends on the seed, its number and the size of the site alone, so two generators get the same titles, prose,
tables, code and links, and a second run gets the same bytes. Sentences come from a pool that all pages share: making
a hundred thousand pages takes seconds, and the prose still varies. No page uses what only some dialects know.
"""

import random
from collections.abc import Callable, Sequence
from functools import cache
from string import Template
from typing import NamedTuple

TEAMS = "bakery garden library kitchen harbour workshop museum theatre".split()
NOUNS = """
    anchor barrel basket bell bridge cabinet candle carpet chapel clock compass counter drawer engine fence ferry forge
    fountain gate harvest hinge island journal kettle ladder lamp ledger lens market mill mirror nail oven paddle parcel
    path pier plough quarry recipe ribbon roof rope saddle sail scale shelf shovel signal spindle stable stamp stove
    stream ticket timber tower trunk tunnel valley wagon wheel window yard
""".split()
ADJECTIVES = """
    amber ancient bright broad calm careful clean crooked early empty even famous gentle golden heavy hollow humble late
    level light lively lonely lucky modest narrow new old open pale patient plain polished quiet rapid rough round rusty
    sharp silent simple slow small solid spare steady stiff sturdy swift tall thin tidy warm wide wooden
""".split()
VERBS = (
    "carries covers crosses feeds follows guards holds joins lifts lights marks meets mends moves needs opens".split()
)
ENDINGS = (
    "before noon",
    "until the rain stops",
    "as the almanac says",
    "on the first day of the week",
    "without a sound",
    "for a small fee",
    "when the wind turns",
    "and nobody minds",
    "after the long winter",
    "at the end of the road",
    "twice a year",
    "by hand",
)
TAGS = "craft food history letters maps music nature places people repair tools travel water weather".split()
PICTURES = 4
"""Pictures of each team: `picture-1.svg` and so on, beside its pages."""
TEXT_MARK = "This text is edition {}."
"""A sentence that stands once on every page; a changed page has the next number."""

CODE = {
    "python": '''
        """Every $noun that the $other $verb."""

        from dataclasses import dataclass


        @dataclass(frozen=True)
        class ${Noun}:
            name: str
            weight: float = $number.5


        def heaviest(items: list[${Noun}], limit: int = $number) -> list[str]:
            # The $other takes no more than this.
            found = [item for item in items if item.weight > 0 and item.name != "$other"]
            return sorted({item.name.upper() for item in found})[:limit]
    ''',
    "js": """
        import { $other } from "./$other.js";

        const limit = $number;

        export async function load${Noun}(url) {
          const answer = await fetch(`$${url}?limit=$${limit}`);
          if (!answer.ok) {
            throw new Error("no $noun: " + answer.status);
          }
          // What the $other $verb comes first.
          const rows = await answer.json();
          return rows.filter((row) => row.weight >= 0 && row.name !== null).map($other);
        }
    """,
    "sql": """
        -- Each $noun with all that it $verb.
        CREATE TABLE $noun (id INTEGER PRIMARY KEY, name TEXT NOT NULL, weight REAL DEFAULT 0.5);

        INSERT INTO $noun (name, weight) VALUES ('$other', $number), ('none', NULL);

        SELECT a.name, COUNT(*) AS pieces, MAX(b.weight) AS most
        FROM $noun AS a
        LEFT JOIN $other AS b ON b.owner = a.id AND b.weight > $number
        WHERE a.name <> '' OR b.id IS NULL
        GROUP BY a.name
        ORDER BY pieces DESC
        LIMIT 10;
    """,
}


class Page(NamedTuple):
    """A page, wherever its generator wants it."""

    team: str
    """Empty: the home page, which belongs to the whole site."""
    folder: str
    """Below the team's folder; empty: directly in it."""
    slug: str
    """The last part of its URL; empty: the page of the team's own URL."""
    title: str

    @property
    def url(self) -> str:
        """Its path in the site, such as `/bakery/part-1/plain-oven-17/`."""
        return "/" + "".join(f"{part}/" for part in (self.team, self.folder, self.slug) if part)


class Matter(NamedTuple):
    """What stands in a page's front matter."""

    title: str
    description: str
    date: str
    tags: Sequence[str]


class Corpus(NamedTuple):
    """All pages of a site, by number; the home page is number 0."""

    pages: Sequence[Page]
    teams: Sequence[str]
    seed: int

    def matter(self, number: int) -> Matter:
        """The front matter of a page."""
        chance = _chance(self.seed, "matter", number)
        date = f"{chance.randrange(2015, 2025)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        tags = sorted(chance.sample(TAGS, chance.randrange(1, 4)))
        return Matter(self.pages[number].title, f"{_plain(chance)}.", date, tags)

    def text(self, number: int) -> str:
        """The Markdown of a page: about 5 KB; the home page has a link to each team instead."""
        if number:
            return _Author(self, number, _chance(self.seed, "text", number), _sentences(self.seed)).text()
        links = [f"* [{team.capitalize()}](/{team}/)" for team in self.teams]
        return "\n".join([TEXT_MARK.format(0), "", *links, ""])


def plan(pages: int, teams: int = 8, seed: int = 1) -> Corpus:
    """The home page, and `pages` more: the teams take turns, and a folder holds 50 at most.

    A site has no more teams than pages.
    """
    count = min(teams, pages)
    names = [TEAMS[index] if index < len(TEAMS) else f"team-{index + 1}" for index in range(count)]
    out = [Page("", "", "", "Home")]
    for number in range(pages):
        nth, team = divmod(number, count)
        chance = _chance(seed, "plan", number)
        title = f"{chance.choice(ADJECTIVES)} {chance.choice(NOUNS)} {number + 1}"
        folder, slug = (f"part-{nth // 50 + 1}", title.replace(" ", "-")) if nth else ("", "")
        out.append(Page(names[team], folder, slug, title.capitalize()))
    return Corpus(out, names, seed)


def picture(index: int) -> str:
    """A small picture, another one for every index."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="90" viewBox="0 0 160 90">'
        f'<rect width="160" height="90" fill="hsl({index * 47 % 360} 60% 80%)"/>'
        f'<circle cx="{20 + index * 13 % 120}" cy="45" r="30" fill="hsl({index * 47 % 360} 60% 40%)"/></svg>\n'
    )


def _chance(seed: int, what: str, number: int) -> random.Random:
    return random.Random(f"{seed} {what} {number}")  # noqa: S311 (nothing secret: the same numbers are wanted again)


def _plain(chance: random.Random) -> str:
    subject = chance.choice(("The", "This", "Every", "One")), chance.choice(ADJECTIVES), chance.choice(NOUNS)
    return f"{' '.join(subject)} {chance.choice(VERBS)} the {chance.choice(NOUNS)} {chance.choice(ENDINGS)}"


@cache
def _sentences(seed: int) -> Sequence[str]:
    """Two thousand sentences; three of eight have markup in them."""
    chance = _chance(seed, "sentences", 0)
    return [_marked(_plain(chance), index % 8) + "." for index in range(2000)]


def _marked(sentence: str, kind: int) -> str:
    first, second, rest = sentence.split(" ", 2)
    mark = {0: "**", 3: "*", 5: "`"}.get(kind, "")
    return f"{first} {mark}{second}{mark} {rest}"


class _Author(NamedTuple):
    """Writes one page."""

    corpus: Corpus
    number: int
    chance: random.Random
    sentences: Sequence[str]

    def text(self) -> str:
        codes = self.chance.sample(list(CODE), 2)[: 1 + self.chance.randrange(2)]
        blocks = [
            f"{self.prose(3, self.own)} {TEXT_MARK.format(0)}",
            *self.section(self.prose(5, self.any), f"{self.rows('*', 5)}\n{self.rows('    *', 2)}"),
            *self.section(self.prose(4, self.own), self.code(codes[0])),
            *self.section(self.table(), self.prose(6, self.any)),
            f"![The {self.chance.choice(ADJECTIVES)} {self.chance.choice(NOUNS)}]({self.picture()})",
            *self.section(self.prose(6, self.own), f"> {self.chance.choice(self.sentences)}", self.rows("1.", 4)),
            *(self.section(self.prose(4, self.any), self.code(codes[1])) if len(codes) > 1 else ()),
            *self.section(self.prose(6, self.any), self.prose(5, self.own), level=3),
        ]
        return "\n\n".join(blocks) + "\n"

    def section(self, *blocks: str, level: int = 2) -> Sequence[str]:
        heading = f"{self.chance.choice(ADJECTIVES)} {self.chance.choice(NOUNS)}".capitalize()
        return f"{'#' * level} {heading}", *blocks

    def prose(self, count: int, target: Callable[[], Page]) -> str:
        most = count + self.chance.randrange(4)
        page = target()
        return " ".join([*self.chance.choices(self.sentences, k=most), f"See [{page.title}]({page.url})."])

    def rows(self, mark: str, count: int) -> str:
        return "\n".join(f"{mark} {sentence}" for sentence in self.chance.choices(self.sentences, k=count))

    def table(self) -> str:
        head = "| " + " | ".join(name.capitalize() for name in self.chance.sample(NOUNS, 3)) + " | Pieces |"
        rows = [
            f"| {chosen[0]} | `{chosen[1]}` | {self.chance.choice(VERBS)} {chosen[2]} | {self.chance.randrange(900)} |"
            for chosen in (self.chance.sample(NOUNS, 3) for _ in range(6))
        ]
        return "\n".join([head, "| --- | --- | :---: | ---: |", *rows])

    def code(self, language: str) -> str:
        noun, other = self.chance.sample(NOUNS, 2)
        lines = CODE[language].strip("\n").rstrip().split("\n")
        return f"```{language}\n" + Template("\n".join(line[8:] for line in lines)).substitute(
            noun=noun,
            Noun=noun.capitalize(),
            other=other,
            verb=self.chance.choice(VERBS),
            number=self.chance.randrange(2, 90),
        ) + "\n```"  # fmt: skip

    def own(self) -> Page:
        """A page of the same team: they take turns, so its number is a multiple of the teams away."""
        teams = len(self.corpus.teams)
        return self.corpus.pages[self.chance.randrange((self.number - 1) % teams + 1, len(self.corpus.pages), teams)]

    def any(self) -> Page:
        """A page of the site."""
        return self.chance.choice(self.corpus.pages)

    def picture(self) -> str:
        """A picture of the same team."""
        return f"/{self.corpus.pages[self.number].team}/picture-{self.chance.randrange(1, PICTURES + 1)}.svg"
