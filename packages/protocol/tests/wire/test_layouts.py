import hashlib
from collections.abc import Callable

import pytest
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Labels, Metric, Series, labels_of
from opsentrix_protocol.errors import LayoutError
from opsentrix_protocol.layouts import check_labels, check_metric, layout_from_wire, layout_id, layout_to_wire

from .messages import CPU, NETWORK, SERIES, UPTIME

VECTORS: list[tuple[tuple[Series, ...], str, int]] = [
    ((), "", 0xE3B0C44298FC1C14),
    ((Series(UPTIME),), "system.uptime\x1fs\x1f1", 0xE708B4D355C1F51B),
    (
        (Series(NETWORK, labels_of(device="eth0")),),
        "system.network.io\x1fBy/s\x1f2\x1fdevice\x1feth0",
        0xD55F906358BC581A,
    ),
    (
        (Series(CPU, labels_of(state="user")), Series(CPU, labels_of(state="idle", cpu="0"))),
        (
            "system.cpu.utilization\x1f1\x1f1\x1fstate\x1fuser\x1e"
            "system.cpu.utilization\x1f1\x1f1\x1fcpu\x1f0\x1fstate\x1fidle"
        ),
        0x742596E76E54E0E2,
    ),
    (
        (Series(Metric("disk.size", "By", Kind.GAUGE), labels_of(mountpoint="/données")),),
        "disk.size\x1fBy\x1f1\x1fmountpoint\x1f/données",
        0x3D30EB46F745A299,
    ),
]


@pytest.mark.parametrize(("series", "canonical", "expected"), VECTORS)
def test_the_id_is_that_of_the_vectors(series: tuple[Series, ...], canonical: str, expected: int) -> None:
    assert layout_id(series) == expected
    assert expected == int.from_bytes(hashlib.sha256(canonical.encode()).digest()[:8])


def test_the_id_depends_on_order_kind_unit_and_labels() -> None:
    one, two = Series(CPU, labels_of(a="1")), Series(CPU, labels_of(a="2"))
    variants = [
        (one, two),
        (two, one),
        (one,),
        (Series(Metric(CPU.name, "%", CPU.kind), one.labels),),
        (Series(Metric(CPU.name, CPU.unit, Kind.RATE), one.labels),),
        (Series(CPU),),
        (Series(CPU, labels_of(a="1", b="2")),),
    ]
    assert len({layout_id(variant) for variant in variants}) == len(variants)


def test_help_and_counter_width_are_no_part_of_the_id() -> None:
    assert layout_id([Series(NETWORK)]) == layout_id([Series(Metric(NETWORK.name, NETWORK.unit, NETWORK.kind, "text"))])


def test_a_layout_survives_the_wire_and_names_each_metric_once() -> None:
    wire = layout_to_wire(SERIES)
    assert len(wire.metrics) == 2
    back = layout_from_wire(wire)
    assert [one.labels for one in back] == [one.labels for one in SERIES]
    assert layout_id(back) == layout_id(SERIES)


def _broken(change: Callable[[pb.Layout], None]) -> pb.Layout:
    wire = layout_to_wire(SERIES)
    change(wire)
    return wire


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda it: it.Clear(), "layout.series"),
        (lambda it: setattr(it.series[1], "metric", 2), "layout.series[1].metric"),
        (lambda it: it.series.append(it.series[0]), "layout.series[3]"),
        (lambda it: setattr(it.metrics[0], "name", "1 bad name"), "layout.metrics[0].name"),
        (lambda it: setattr(it.metrics[0], "name", ""), "layout.metrics[0].name"),
        (lambda it: setattr(it.metrics[0], "name", "a" * 129), "layout.metrics[0].name"),
        (lambda it: setattr(it.metrics[1], "unit", "x" * 33), "layout.metrics[1].unit"),
        (lambda it: setattr(it.metrics[1], "unit", "a\x1fb"), "layout.metrics[1].unit"),
        (lambda it: setattr(it.metrics[0], "kind", 0), "layout.metrics[0].kind"),
        (lambda it: setattr(it.metrics[0], "kind", 77), "layout.metrics[0].kind"),
        (lambda it: setattr(it.series[1].labels[0], "key", "state"), "layout.series[1].labels"),
        (lambda it: setattr(it.series[1].labels[0], "key", "zz"), "layout.series[1].labels"),
        (lambda it: setattr(it.series[0].labels[0], "key", ""), "layout.series[0].labels"),
        (lambda it: setattr(it.series[0].labels[0], "value", "a\nb"), "layout.series[0].labels"),
        (lambda it: setattr(it.series[0].labels[0], "value", "a" * 257), "layout.series[0].labels"),
    ],
)
def test_a_layout_that_is_not_valid_is_refused_by_field(change: Callable[[pb.Layout], None], field: str) -> None:
    with pytest.raises(LayoutError) as caught:
        layout_from_wire(_broken(change))
    assert caught.value.field == field


def test_labels_are_bounded() -> None:
    many: Labels = tuple((f"k{index:02}", "v") for index in range(17))
    check_labels("x", many[:16])
    with pytest.raises(LayoutError, match="at most 16"):
        check_labels("x", many)


def test_names_follow_opentelemetry() -> None:
    check_metric("m", "system.cpu.load_average.1m", "{thread}")
    with pytest.raises(LayoutError):
        check_metric("m", "system cpu", "1")
