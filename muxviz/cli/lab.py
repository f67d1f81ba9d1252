"""The lab, and the catalogue of its scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from muxviz.cli.common import Problem, lang_option, need_linux, out, payload_option, terminal
from muxviz.language import of_scenario, say
from muxviz.scenarios import CATALOGUE, FIRST, Fix, Scenario, lanes_of
from muxviz.scenarios.model import DRAIN
from muxviz.words import action_words

ANY_FIX: Final = ""
_DEFAULT: Final = click.core.ParameterSource.DEFAULT


def _names(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if not names and param.name is not None and ctx.get_parameter_source(param.name) is not _DEFAULT:
        raise click.BadParameter("name at least one lane")
    return names


def _fix_of(scenario: Scenario, name: str | None) -> Fix | None:
    if name is None:
        return None
    found = next((fix for fix in scenario.fixes if name in (fix.name, ANY_FIX)), None)
    if found is None:
        known = ", ".join(fix.name for fix in scenario.fixes) or "it has none"
        asked = f" named {name!r}" if name != ANY_FIX else ""
        raise Problem(f"{scenario.name} has no fix{asked}: {known}")
    return found


@click.command()
@click.argument("scenario", required=False)
@click.option("--lanes", default="", callback=_names, help="Which lanes run, separated by commas; all where not given.")
@click.option("--fix", is_flag=False, flag_value=ANY_FIX, help="With the scenario's fix, or with the one of that name.")
@click.option("--drain", is_flag=True, help="The fix drain: every server reads until EAGAIN.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Record the session into this file.")
@payload_option
@click.option("--headless", is_flag=True, help="No screen: play the scenario to its end.")
@click.option("--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
@lang_option
@click.option("--predict", is_flag=True, help="Ask what each wait will report before it does; p switches it.")
def lab(
    scenario: str | None,
    lanes: tuple[str, ...],
    fix: str | None,
    drain: bool,
    output: Path | None,
    payload: int,
    headless: bool,
    theme: str,
    predict: bool,
) -> int:
    """Four real servers side by side, stepped one call at a time."""
    chosen = scenario_named(scenario) if scenario is not None else None
    on_screen = terminal() and not headless
    played = chosen or CATALOGUE[FIRST]
    _refuse_lanes(played, lanes)
    mended = _fix_of(played, DRAIN.name if drain else fix)
    if chosen is not None or not on_screen:
        need_linux("muxviz lab")  # the menu opens recordings, too
    if not on_screen:
        quiet = headless and output is not None
        return _play(played, lanes, fix=mended, output=output, payload=payload, quiet=quiet)
    from muxviz.tui.app import run_lab

    return run_lab(chosen, lanes, fix=mended, record=output, payload=payload, theme=theme, predict=predict)


def _refuse_lanes(scenario: Scenario, lanes: tuple[str, ...]) -> None:
    known = lanes_of(scenario)
    unknown = [name for name in lanes if name not in known]
    if unknown:
        raise Problem(f"no lane of {scenario.name} is named {unknown[0]!r}: choose from {', '.join(known)}")


@click.command()
@click.argument("name", required=False)
@lang_option
def scenarios(name: str | None) -> int:
    """What there is to see; with a name, that scenario's story."""
    if name is not None:
        one = scenario_named(name)
        told = {
            part: of_scenario(one.name, part, getattr(one, part)) for part in ("title", "story", "question", "watch")
        }
        out(f"{one.name}: {told['title']}\n\n{told['story']}\n")
        out(say("Question: {question}", question=told["question"]))
        out(say("Watch {watch}", watch=told["watch"]) + "\n")
        out("\n".join(f"  {n}. {action_words(beat.label)}" for n, beat in enumerate(one.beats, 1)))
        return 0
    groups = dict.fromkeys(scenario.group for scenario in CATALOGUE.values())
    for group in groups:
        out(say(group))
        for scenario in CATALOGUE.values():
            if scenario.group == group:
                out(f"  {scenario.name:<14} {of_scenario(scenario.name, 'summary', scenario.summary)}")
    return 0


def scenario_named(name: str) -> Scenario:
    """One of the catalogue, or a person's own by its path."""
    if name.endswith(".py") or "/" in name:
        from muxviz.scenarios.load import ScenarioError, own

        try:
            return own(Path(name))
        except ScenarioError as error:
            raise Problem(str(error)) from None
    if name not in CATALOGUE:
        raise Problem(f"no scenario is named {name!r}: choose from {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def _play(
    scenario: Scenario, lanes: tuple[str, ...], *, fix: Fix | None, output: Path | None, payload: int, quiet: bool
) -> int:
    from muxviz.recording import RecordingError
    from muxviz.sources.lab.headless import play

    try:
        trace, trouble = play(scenario, lanes, fix=fix, record=output, payload=payload)
    except RecordingError as error:
        raise Problem(str(error)) from None
    try:
        if not quiet:
            from muxviz.draw import story

            out(story(trace), nl=False)
    finally:
        trace.close()
    if trouble is not None:
        raise Problem(trouble)
    return 0
