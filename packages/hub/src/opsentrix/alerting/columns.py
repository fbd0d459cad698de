"""From stored history to samples as sources take them: of each target, one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Series
from opsentrix_protocol.layouts import layout_id

from opsentrix.alerting.coarser import Stands
from opsentrix.alerting.plans import Plan
from opsentrix.alerting.sources import Rolled
from opsentrix.alerting.table import Floats
from opsentrix.model.frames import Layout
from opsentrix.model.history import Stretch

Places = NDArray[np.int64]


class Samples(NamedTuple):
    """What is known of one source's targets, by target and time.

    Attributes:
        targets: place of each sample's target in the plan's keys.
        moments: place of each sample in the stretch's time.
        times: Unix seconds.
    """

    targets: Places
    moments: Places
    times: Floats
    values: Floats
    rolled: Rolled | None


def layout_of(series: tuple[Series, ...]) -> Layout:
    """Return a layout of series that no frame need ever have had."""
    return Layout(layout_id(series), series, np.arange(len(series)))


def samples_of(stretch: Stretch, plan: Plan, stands: Mapping[int, Stands]) -> Iterator[tuple[int, Samples]]:
    """Yield the samples of each source, by its number.

    Args:
        stretch: of one agent.
        plan: of a layout of the stretch's series.
        stands: by source, what stands for the newest sample where there are means; the mean where not said.
    """
    if not plan.keys:
        return
    values = plan.values(stretch.values[np.newaxis])[0]
    bounds = stretch.bounds
    if bounds is not None:
        low, high = plan.bounds(bounds.low[np.newaxis], bounds.high[np.newaxis], values[np.newaxis])
        by_stand = {Stands.LOW: low[0], Stands.HIGH: high[0], Stands.MEAN: values}
        counts = plan.counts(bounds.count)
    for number, (begin, end) in plan.spans.items():
        target, moment = np.nonzero(~np.isnan(values[begin:end]))
        place = (begin + target, moment)
        rolled = None
        if bounds is not None:
            newest = by_stand[stands.get(number, Stands.MEAN)][place]
            rolled = Rolled(newest, by_stand[Stands.LOW][place], by_stand[Stands.HIGH][place], counts[place])
        yield number, Samples(begin + target, moment, stretch.time[moment], values[place], rolled)


def joined(parts: Sequence[Rolled | None]) -> Rolled | None:
    """Return what is known of samples one after the other; None where there are no means."""
    known = [one for one in parts if one is not None]
    if not known:
        return None
    return Rolled(
        np.concatenate([one.newest for one in known]),
        np.concatenate([one.low for one in known]),
        np.concatenate([one.high for one in known]),
        np.concatenate([one.counts for one in known]),
    )
