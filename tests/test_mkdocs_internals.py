"""What the preview uses of MkDocs, though MkDocs does not promise it: here a new MkDocs fails first, and clearly."""

import inspect

import pytest
from material.plugins.search.plugin import SearchIndex, SearchPlugin
from mkdocs.commands import build
from mkdocs.config import load_config
from mkdocs.config.config_options import Hooks
from mkdocs.livereload import LiveReloadServer

from autograd_notes.edition import EPOCH
from autograd_notes.preview import incremental

ADAPT = "this is not the MkDocs that src/autograd_notes/preview/incremental.py was written for: adapt it"


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (build._populate_page, ["page", "config", "files", "dirty"]),
        (build._build_page, ["page", "config", "doc_files", "nav", "env", "dirty", "excluded"]),
    ],
)
def test_a_build_makes_a_page_by_the_functions_whose_place_the_preview_takes(function, parameters):
    assert list(inspect.signature(function).parameters) == parameters, ADAPT
    assert function.__name__ in build.build.__code__.co_names, ADAPT


def test_the_server_asks_its_attributes_each_time(tmp_path):
    server = LiveReloadServer(builder=lambda: None, host="127.0.0.1", port=0, root=str(tmp_path))
    assert {"builder", "build_delay"} <= set(LiveReloadServer._build_loop.__code__.co_names), ADAPT
    assert {"observer", "_watched_paths"} <= set(LiveReloadServer.watch.__code__.co_names), ADAPT
    assert {"root", "_visible_epoch"} <= set(LiveReloadServer._serve_request.__code__.co_names), ADAPT
    assert "error_handler" in LiveReloadServer.serve_request.__code__.co_names, ADAPT
    server.watch(str(tmp_path))
    assert list(server._watched_paths) == [str(tmp_path)], ADAPT
    assert server._want_rebuild is False, ADAPT
    assert b"<script>" in server._inject_js_into_html(b"<body></body>", server._visible_epoch), ADAPT
    server.server_close()


def test_hooks_are_imported_once_and_can_be_forgotten():
    assert callable(Hooks._load_hook.cache_clear), ADAPT


def test_the_search_plugin_collects_what_a_page_says_in_a_list(project):
    config = load_config(str(project / "mkdocs.yml"))
    # By name: another test may have had the module imported anew.
    assert type(config.plugins[incremental.SEARCH]).__name__ == SearchPlugin.__name__, ADAPT
    assert SearchIndex().entries == [], ADAPT
    assert {"search_index", "add_entry_from_context"} <= set(SearchPlugin.on_page_context.__code__.co_names), ADAPT


def test_warnings_are_counted_from_before_the_settings_are_asked_for():
    names = build.build.__code__.co_names
    assert names.index("CountHandler") < names.index("on_config"), ADAPT


def test_a_build_that_is_no_preview_is_stock_mkdocs(project, monkeypatch):
    monkeypatch.setenv(EPOCH, "0")
    load_config(str(project / "mkdocs.yml")).plugins.on_startup(command="build", dirty=False)
    assert not incremental.is_preview()
    assert build._populate_page.__module__ == build._build_page.__module__ == "mkdocs.commands.build"
