"""The door of the demonstration: set it up, tell it, and leave nothing running."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console

from pdn_marketplace.demo.folder import DemoFolder
from pdn_marketplace.demo.processes import Processes
from pdn_marketplace.demo.story import STEPS, Story
from pdn_marketplace.demo.voice import Voice
from pdn_marketplace.errors import DemoError
from pdn_sdk.conformance.results import Verdict

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_demo(
    folder: Path, environ: Mapping[str, str], *, port: int, is_check: bool
) -> int:
    """Tell the demonstration and give the exit status.

    With `is_check` it ends by itself; else it goes on until Ctrl+C. 0 when the
    provider was conformant, 1 when it was not or some step did not come out.
    """
    voice = Voice(Console(highlight=False), STEPS)
    voice.title("De un Excel a un dictamen en el Mercado Digital")
    try:
        with _ended_as_interruptions():
            return _told(folder, environ, voice, port=port, is_check=is_check)
    except DemoError as error:
        voice.bad(error.message)
        return 1
    except KeyboardInterrupt:
        voice.stopped()
        return 1 if is_check else 0


def _told(
    folder: Path, environ: Mapping[str, str], voice: Voice, *, port: int, is_check: bool
) -> int:
    with DemoFolder(folder) as held, Processes(environ, held.logs) as processes:
        story = Story(held, processes, voice, port)
        ending = story.tell()
        voice.ending(ending)
        if not is_check:
            voice.staying()
            story.watch()
    voice.stopped()
    return 0 if ending.verdict is Verdict.CONFORMANT else 1


@contextmanager
def _ended_as_interruptions() -> Iterator[None]:
    """Take being told to end as Ctrl+C, so that everything is tidied up."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
