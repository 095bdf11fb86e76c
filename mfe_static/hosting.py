"""What users may write under `[deploy.<name>]` of `site.toml`: one table for what all hosts share, one for each kind.

Here stand only the keys; what a host does with them is in `deploy/`, which no build imports. Nothing secret is among
them: tokens come from the environment, and a key for one is unknown like any other.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

HostKind = Literal["cloudflare", "folder", "git", "netlify", "s3"]
Count = Annotated[int, Meta(ge=0, description="a whole number")]
Many = Annotated[int, Meta(ge=1, le=1000, description="a number from 1 to 1000")]
Place = Annotated[str, Meta(pattern=r"^[^\x00-\x1f]*$", description="a folder")]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class CloudflareSettings(_Table, frozen=True, kw_only=True):
    """`[deploy.<name>.cloudflare]`: a project of Cloudflare Pages, or a Worker."""

    project: Annotated[str, Meta(pattern=r"^[a-z0-9-]*$", description="a project's name")] = ""
    """The project's name, as in `name.pages.dev`."""
    worker: Annotated[str, Meta(pattern=r"^[a-z0-9_-]*$", description="a Worker's name")] = ""
    """In place of a project: a Worker that is nothing but the site."""
    account: Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]*$", description="an account's id")] = ""
    """The account it belongs to; without it `CLOUDFLARE_ACCOUNT_ID` of the environment."""
    max_files: Annotated[int, Meta(ge=1, le=100_000, description="a number from 1 to 100 000")] = 20_000
    """How many files the account's plan takes; those that are paid for take up to 100 000."""


class FolderSettings(_Table, frozen=True, kw_only=True):
    """`[deploy.<name>.folder]`."""

    path: Place = ""
    """The folder, absolute or from the site's root; it may be mounted from elsewhere."""
    front: Literal["other", "nginx", "caddy", "none"] = "other"
    """What serves the folder. With `nginx` and `caddy` it is asked whether it can be told all rules; with `none` nobody
    is told any, so pages that lead on stand for redirects, and documents say their policy themselves."""
    compress: tuple[Literal["br", "gzip"], ...] = ()
    """Which compressed forms of texts lie beside them, for servers that send what they find."""


class GitSettings(_Table, frozen=True, kw_only=True):
    """`[deploy.<name>.git]`."""

    remote: Annotated[str, Meta(pattern=r"^[^\x00-\x20-][^\x00-\x20]*$", description="a remote's name or URL")] = (
        "origin"
    )
    """The repository that is pushed to: the name of a remote, or a URL without a password."""
    branch: Annotated[str, Meta(pattern=r"^[\w.][\w./-]*$", description="a branch's name")] = "gh-pages"
    """The branch that holds the site, and nothing else."""
    style: Literal["github", "gitlab", "plain"] = "github"
    """Whose Pages serve the branch; `plain`: somebody else, who is told no rules."""
    domain: Annotated[str, Meta(pattern=r"^[\w.-]*$", description="a host's name")] = ""
    """The site's own domain, for GitHub's `CNAME`."""
    previews: Annotated[str, Meta(pattern=r"^[\w./-]*$", description="the beginning of a branch's name")] = "preview/"
    """What the branches of previews begin with."""


class NetlifySettings(_Table, frozen=True, kw_only=True):
    """`[deploy.<name>.netlify]`: a site at Netlify."""

    site: Annotated[str, Meta(pattern=r"^[0-9A-Za-z.-]*$", description="a site's id or name")] = ""
    """The site: its id, or its name as in `name.netlify.app`; without it `NETLIFY_SITE_ID` of the environment."""


class S3Settings(_Table, frozen=True, kw_only=True):
    """`[deploy.<name>.s3]`. The keys come from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`."""

    bucket: Annotated[str, Meta(pattern=r"^[a-z0-9.-]*$", description="a bucket's name")] = ""
    """The bucket."""
    prefix: Annotated[str, Meta(pattern=r"^[^\x00-\x20\\?#%]*$", description="the beginning of keys")] = ""
    """What all keys begin with, such as `shop`; without it the site is the whole bucket."""
    region: Annotated[str, Meta(pattern=r"^[a-z0-9-]+$", description="a region's name")] = "us-east-1"
    """Where the bucket is."""
    endpoint: Annotated[str, Meta(pattern=r"^(https?://[^\s/?#@]+)?$", description="a URL without a path")] = ""
    """The store, where it is not Amazon's: `https://fsn1.your-objectstorage.com`."""
    front: Literal["none", "cloudfront", "other"] = "none"
    """What stands in front of the bucket and is told redirects and headers; with `none`, pages that lead on stand for
    redirects, and documents say their policy themselves."""
    compress: Literal["none", "gzip", "br"] = "none"
    """How texts are compressed; the store sends them so to everybody, whatever they asked for."""


class DeploySettings(_Table, frozen=True, kw_only=True):
    """`[deploy.<name>]`: a place that the site is deployed to."""

    target: HostKind | UnsetType = UNSET
    """The kind of host; what it needs to know stands in the table of the same name."""
    environment: str = ""
    """The environment that the site is built with for it; previews are built with `preview`."""
    keep_deploys: Many = 20
    """Of how many of the last deployments the assets stay, and how many can be rolled back to where we keep them."""
    keep_days: Annotated[int, Meta(ge=0, le=3650, description="a whole number")] = 30
    """For how many days they stay at least, however many deployments there were since."""
    max_deletes: Count | UnsetType = UNSET
    """How many files a deployment may remove; without it 256, or a quarter of them where that is less."""
    not_secret: tuple[str, ...] = ()
    """Paths of the output in which what looks like a secret is none, such as `docs/keys/*`."""
    cloudflare: CloudflareSettings = field(default_factory=CloudflareSettings)
    """Where at Cloudflare."""
    folder: FolderSettings = field(default_factory=FolderSettings)
    """Which folder."""
    git: GitSettings = field(default_factory=GitSettings)
    """Which branch of which repository."""
    netlify: NetlifySettings = field(default_factory=NetlifySettings)
    """Where at Netlify."""
    s3: S3Settings = field(default_factory=S3Settings)
    """Which bucket."""
