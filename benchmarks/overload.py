"""Four times as many calls as services can answer: `python -m benchmarks.overload [--seconds N] [--json]`.

First the number of callers is looked for that gets the most answers a second, where each waits for its
answer. Then rounds: so many callers (the peak), and calls that begin at `--factor` times that rate,
whatever becomes of the earlier ones, half of them over gRPC and half over HTTP, without any retry. Measured
are the answers a second against the peak (goodput, the median over the rounds), how fast the others are
refused, and the memory of each process above that at rest, against the bound that follows from
`max_held_bytes`. Services have one worker, so that callers and gateway have the other processor of a
machine with two. Processor time of the services for an answer and for a refusal tells the same where the
machine is busy with other things. Exit status 1 when one of them misses its aim, or a call ended in any
other way.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from statistics import median

import grpc
import httpx

from benchmarks.callers import SIZES, photograph
from benchmarks.command_line import new_parser, print_figures
from benchmarks.served import serving
from benchmarks.sums import MIB, holdings, most_resident, processor_seconds, quantiles
from cli.serving.process import ServiceProcess
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from runtime.status import from_rpc_error
from runtime.work.intake import COPIES, LEAST_BYTES

LEAST_GOODPUT = 0.9
MOST_REFUSAL_MS = 50.0
CALLERS = (4, 8, 16, 32)
TIMEOUT_S = 30.0
HELD_MIB = 48
BOUND_MIB = COPIES * HELD_MIB + LEAST_BYTES / MIB
"""What ADR 0013 states: a request lies in memory up to four times, and connections have windows."""
CONNECTIONS = 8


@dataclass
class Outcomes:
    """How calls ended: moments of answers, seconds until refusals by door, and counts of reasons."""

    answered: list[float] = field(default_factory=list)
    refused_s: dict[str, list[float]] = field(default_factory=lambda: {"gRPC": [], "HTTP": []})
    reasons: Counter[str] = field(default_factory=Counter)

    def enter(self, door: str, began: float, reason: str) -> None:
        """Notes the end of a call; without a reason it was answered."""
        now = time.perf_counter()
        if reason:
            self.reasons[reason] += 1
            self.refused_s[door].append(now - began)
        else:
            self.answered.append(now)

    def add(self, others: Outcomes) -> None:
        """Adds those of another round."""
        self.answered += others.answered
        self.reasons += others.reasons
        for door, seconds in others.refused_s.items():
            self.refused_s[door] += seconds


class Load:
    """Calls over gRPC and HTTP in turns, without retries.

    Args:
        gateway: Where to.
        photo: What is sent.
    """

    def __init__(self, gateway: ServiceProcess, photo: bytes) -> None:
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
        self._channels = [grpc.aio.insecure_channel(gateway.target, options) for _ in range(CONNECTIONS)]
        self._stubs = [GatewayServiceStub(each) for each in self._channels]
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, limits=httpx.Limits(max_connections=None))
        self._url, self._photo = f"{gateway.url}/v1/classify", photo
        self._request = gateway_pb2.ClassifyImageRequest()
        self._request.image.data = photo

    async def ask(self, number: int, outcomes: Outcomes) -> None:
        """Makes one call: over gRPC those with even numbers, over HTTP the others."""
        began = time.perf_counter()
        reason = await (self._by_http() if number % 2 else self._by_grpc(number // 2))
        outcomes.enter("HTTP" if number % 2 else "gRPC", began, reason)

    async def closed(self, callers: int, seconds: float) -> float:
        """Answers a second to so many callers who wait for each."""
        outcomes, until = Outcomes(), time.perf_counter() + seconds

        async def caller(number: int) -> None:
            while time.perf_counter() < until:
                await self.ask(number, outcomes)

        began = time.perf_counter()
        await asyncio.gather(*map(caller, range(callers)))
        return len(outcomes.answered) / (time.perf_counter() - began)

    async def open(self, rate: float, seconds: float) -> tuple[float, Outcomes]:
        """Begins so many calls a second; answers a second while it did, and all outcomes."""
        outcomes, calls, began = Outcomes(), list[asyncio.Task[None]](), time.perf_counter()
        while (now := time.perf_counter() - began) < seconds:
            due = int(now * rate) - len(calls)
            calls += [asyncio.create_task(self.ask(len(calls) + each, outcomes)) for each in range(due)]
            await asyncio.sleep(0.005)
        ended = time.perf_counter()
        within = sum(moment <= ended for moment in outcomes.answered)
        await asyncio.gather(*calls)
        return within / (ended - began), outcomes

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()
        for each in self._channels:
            await each.close(None)

    async def _by_grpc(self, number: int) -> str:
        try:
            await self._stubs[number % CONNECTIONS].ClassifyImage(self._request, timeout=TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            known = from_rpc_error(error)  # type: ignore[arg-type]
            return error.code().name if known is None else known.reason
        return ""

    async def _by_http(self) -> str:
        try:
            answer = await self._http.post(self._url, content=self._photo)
        except httpx.TransportError as error:
            return type(error).__name__
        return "" if answer.status_code == 200 else str(answer.json()["reason"])


async def measured(stack: dict[str, ServiceProcess], options: argparse.Namespace) -> dict[str, object]:
    """Peak and overload in turns, so that both meet the same machine."""
    load, part_s = Load(stack["gateway"], photograph(options.size, 1)), options.seconds
    await load.closed(2, 2)
    sweep = {callers: await load.closed(callers, part_s / 2) for callers in CALLERS}
    callers = max(sweep, key=lambda each: sweep[each])
    rest, outcomes = holdings(stack), Outcomes()
    peaks, rates, answer_s, refusal_s = list[float](), list[float](), list[float](), list[float]()
    with most_resident(stack) as most:
        for _ in range(options.rounds):
            spent = [processor_seconds(stack, with_callers=False)]
            peaks.append(await load.closed(callers, part_s))
            spent.append(processor_seconds(stack, with_callers=False))
            rate, ended = await load.open(options.factor * peaks[-1], part_s)
            spent.append(processor_seconds(stack, with_callers=False))
            rates.append(rate)
            answer_s.append((spent[1] - spent[0]) / max(1, round(peaks[-1] * part_s)))
            refusals = spent[2] - spent[1] - answer_s[-1] * len(ended.answered)
            refusal_s.append(refusals / max(1, ended.reasons.total()))
            outcomes.add(ended)
    await load.close()
    return {
        "callers_at_the_peak": callers,
        "peak_per_second": peaks,
        "answers_per_second": rates,
        "goodput": median(rate / max(peak, 1e-9) for rate, peak in zip(rates, peaks, strict=True)),
        "answer_processor_ms": median(answer_s) * 1e3,
        "refusal_processor_ms": median(refusal_s) * 1e3,
        "refused": dict(outcomes.reasons),
        "refusals_ms": {
            door: {name: value * 1e3 for name, value in quantiles(spent).items()}
            for door, spent in outcomes.refused_s.items()
            if spent
        },
        "above_rest_mib": {name: most[name] - held.mib for name, held in rest.items()},
        "bound_mib": BOUND_MIB,
    }


def main() -> None:
    """Prints the figures, as JSON with `--json`."""
    parser = new_parser(__doc__, prints_json=True)
    parser.add_argument("--factor", type=float, default=4.0, help="offered load against the peak")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each part of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", choices=SIZES, default="300 KB")
    options = parser.parse_args()
    held = ("--max-held-bytes", str(HELD_MIB * MIB))
    with serving(
        backends=("features", "classification"),
        backend_flags=(*held, "--workers", "1"),
        gateway_flags=held,
    ) as (stack, _):
        figures = asyncio.run(measured(stack, options))
    print_figures(figures, as_json=options.json)
    missed = [
        figures["goodput"] < LEAST_GOODPUT,  # type: ignore[operator]
        any(each["p95"] > MOST_REFUSAL_MS for each in figures["refusals_ms"].values()),  # type: ignore[attr-defined]
        max(figures["above_rest_mib"].values()) > BOUND_MIB,  # type: ignore[attr-defined]
        set(figures["refused"]) - {"OVERLOADED"},  # type: ignore[call-overload]
    ]
    raise SystemExit(any(missed))


if __name__ == "__main__":
    main()
