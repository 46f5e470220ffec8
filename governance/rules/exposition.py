"""The text form in which Prometheus reads figures, version 0.0.4; pure.

https://prometheus.io/docs/instrumenting/exposition_formats/ and, for names and base units,
https://prometheus.io/docs/practices/naming/.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Sample:
    """One value with its labels."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure that goes up and down, in seconds or as a number, with its samples."""

    name: str
    words: str
    samples: tuple[Sample, ...]


def exposition(gauges: Iterable[Gauge]) -> str:
    """Write gauges; one without a sample is left out, since unknown is not zero.

    Raises ValueError for a name that is none.
    """
    return "".join(_gauge(one) for one in gauges if one.samples)


def _gauge(gauge: Gauge) -> str:
    if not all(NAME.fullmatch(name) for name in _names(gauge)):
        raise ValueError(f"{gauge.name} or one of its labels is no name")
    lines = [f"# HELP {gauge.name} {_escaped(gauge.words)}", f"# TYPE {gauge.name} gauge"]
    lines += [f"{gauge.name}{_labels(one.labels)} {_number(one.value)}" for one in gauge.samples]
    return "\n".join(lines) + "\n"


def _names(gauge: Gauge) -> list[str]:
    return [gauge.name, *(name for sample in gauge.samples for name in sample.labels)]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    said = (f'{name}="{_escaped(text, quoted=True)}"' for name, text in labels.items())
    return f"{{{','.join(said)}}}"


def _escaped(text: str, *, quoted: bool = False) -> str:
    plain = text.replace("\\", "\\\\").replace("\n", "\\n")
    return plain.replace('"', '\\"') if quoted else plain


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
