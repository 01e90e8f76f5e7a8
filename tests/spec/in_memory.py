"""A register of nothing but entries, for a story that must never be put on record: the same door, no database."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from habeas import safeguards
from habeas.core.case import Case, fold
from habeas.core.commands import Command, Refusal, decide
from habeas.core.context import Context, Facility, Party
from habeas.core.entries import Body, Entry
from habeas.core.entries.institutions import FacilityCertified
from habeas.core.orders import stay_orders
from habeas.core.permissions import ACTS
from habeas.core.terms import Agreement
from habeas.demo.scenario import Scenario
from habeas.store import read


@dataclass(slots=True, kw_only=True)
class InMemory:
    """What `decide` takes stands in `entries`, what it refuses in `refused`, with the name of the act."""

    story: Scenario
    agreement: Agreement
    entries: list[Entry] = field(default_factory=list)
    refused: list[tuple[str, Refusal]] = field(default_factory=list)

    def do(self, command: Command, case_id: str | None, at: datetime) -> Sequence[Entry] | Refusal:
        """Record a command in a case at a moment, or refuse it."""
        answer = decide(fold(self._stream(case_id)) if case_id else None, command, self.context(), at)
        if isinstance(answer, Refusal):
            self.refused.append((command.act, answer))
            return answer
        stream = case_id or f"{'case' if ACTS[command.act].on_case else 'other'}-{len(self.entries)}"
        before = len(self.entries)
        for body in answer.bodies:
            self.entries.append(self._entry(stream, body, command, at))
        return self.entries[before:]

    def cases(self) -> tuple[Case, ...]:
        streams = dict.fromkeys(each.stream for each in self.entries if each.subject)
        return tuple(fold(self._stream(each)) for each in streams)

    def context(self) -> Context:
        """What `decide` must know. The place is measured as if everybody of the story were there."""
        adopted, everybody = self.story.beginning.agreements[0], sum(each.count for each in self.story.people)
        about_nobody = [each for each in self.entries if not each.subject]
        certified = [each.body for each in about_nobody if isinstance(each.body, FacilityCertified)]
        return Context(
            agreement=self.agreement,
            safeguards=_SAFEGUARDS,
            periods=read.periods_of(self.agreement.periods),
            sending=adopted.sending_party,
            receiving=adopted.receiving_party,
            facilities={
                each.facility: Facility(
                    code=each.facility,
                    on_roll=everybody - 1,
                    **{name: value for name, value in asdict(each).items() if name != "facility"},
                )
                for each in certified
            },
            parties={
                each.party: Party(id=each.party, name=each.name, kind=each.kind, state=each.state)
                for each in self.story.beginning.parties
            },
            orders=stay_orders(each for each in about_nobody if not isinstance(each.body, FacilityCertified)),
        )

    def _stream(self, stream: str) -> list[Entry]:
        return [each for each in self.entries if each.stream == stream]

    def _entry(self, stream: str, body: Body, command: Command, at: datetime) -> Entry:
        number = len(self.entries)
        return Entry(
            id=f"{number:032x}",
            index=number,
            stream=stream,
            version=len(self._stream(stream)),
            subject=f"person of {stream}" if ACTS[command.act].on_case else None,
            occurred_at=command.occurred_at,
            recorded_at=at,
            actor=command.actor,
            body=body,
        )


_SAFEGUARDS = safeguards.read()
