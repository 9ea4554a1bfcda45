"""All that knows MkDocs: one command builds and serves both languages, and a failing block does not end a preview."""

from __future__ import annotations

from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

OTHER = "zh"
serving = False


def on_startup(command: str, dirty: bool) -> None:
    """Remember whether this is a preview."""
    global serving
    serving = command == "serve"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Let a preview show a failure in place, where a build ends with it; name the sections in the page's language."""
    if serving:
        config.strict = False
    config.nav = _in_language(config.nav, config.extra.get("sections", {}))
    return config


def on_post_build(config: MkDocsConfig) -> None:
    """After the English site, build the Chinese one below it."""
    if config.theme["language"] == OTHER:
        return
    folder = Path(config.config_file_path).parent
    other = load_config(
        str(folder / f"mkdocs.{OTHER}.yml"),
        site_dir=str(Path(config.site_dir) / OTHER),
        site_url=f"{config.site_url}{OTHER}/",
        strict=config.strict,
    )
    build(other)


def on_page_context(context: dict, page: Page, config: MkDocsConfig, nav: object) -> dict:
    """Give the language switcher the address of this same page in the other language, relative to this one."""
    context["other_language"] = _other_language(page, config)
    return context


def _in_language(nav: list | str, sections: dict[str, str]) -> list | str:
    if not isinstance(nav, list):
        return nav
    return [
        {sections.get(name, name): _in_language(entry, sections) for name, entry in item.items()}
        if isinstance(item, dict)
        else item
        for item in nav
    ]


def _other_language(page: Page, config: MkDocsConfig) -> str:
    up = "../" * page.url.rstrip("/").count("/") + ("../" if page.url not in ("", "./", "/") else "")
    here = "" if page.url in ("./", "/") else page.url
    return f"{up}../{here}" if config.theme["language"] == OTHER else f"{up}{OTHER}/{here}"
