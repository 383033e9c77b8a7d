"""Numbers from counts alone: new users a span, and the glance of a cold start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

import pandas as pd

from ownli_api.cache.check_ins import KINDS, CheckIns
from ownli_api.cache.kept import Kept, Timing
from ownli_api.cache.loading import Loading
from ownli_api.cache.questions import Questions, milliseconds
from ownli_api.cache.rewards import Rewards
from ownli_api.values import TIME

if TYPE_CHECKING:
    from ownli_api.client import Span

# A span that ended so long ago counts the same for ever, whatever Ownli's clock says.
CLOSED_AFTER_SECONDS = 3_600.0
STATUSES = ("Confirmed", "Declined", "OnHold", "Pending")


class UserCounts:
    """How many users registered in spans; closed spans are asked about once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._closed: dict[Span, int] = {}

    def known(self, span: Span) -> int | None:
        """The count of a closed span, if it was asked before."""
        with self._lock:
            return self._closed.get(span)

    def ask(self, questions: Questions, span: Span, now: float) -> int | None:
        """The count of a span; None if Ownli does not say."""
        known = self.known(span)
        if known is not None:
            return known
        counted = questions.count_users(span)
        if counted is not None and span.end.timestamp() < now - CLOSED_AFTER_SECONDS:
            with self._lock:
                self._closed[span] = counted
        return counted

    def forget(self) -> None:
        """Ask about closed spans again as well."""
        with self._lock:
            self._closed.clear()


class NewUsers(Kept):
    """How many users registered in each of some spans."""

    def __init__(
        self, timing: Timing, executor: Executor, users: UserCounts, spans: Sequence[Span]
    ) -> None:
        super().__init__("new_users", timing, executor)
        self._users = users
        self._spans = tuple(spans)

    def work(self, questions: Questions, loading: Loading) -> None:
        """Ask about the spans that are not known for ever."""
        at = self.timing.clock()
        tell, done = loading.part(), _Done()

        def ask(span: Span) -> int | None:
            counted = self._users.ask(questions, span, at)
            tell(done.one_more(), len(self._spans))
            return counted

        counts = questions.together([partial(ask, span) for span in self._spans])
        frame = pd.DataFrame(
            {
                "start": pd.Series([span.start for span in self._spans], dtype=TIME),
                "end": pd.Series([span.end for span in self._spans], dtype=TIME),
                "count": pd.Series(counts, dtype="Int64"),
            }
        )
        with self.changed:
            if self.version is not None and frame.equals(self.version.frame):
                frame = self.version.frame
            unsure = ("Ownli gives no total for users, so new users are not known.",)
            self.publish(frame, at, unsure if None in counts else ())


class Glance(Kept):
    """The numbers to show while the lists are loaded; what a list already holds is not asked."""

    def __init__(
        self,
        timing: Timing,
        executor: Executor,
        users: UserCounts,
        check_ins: CheckIns,
        rewards: Rewards,
        spans: Sequence[Span],
    ) -> None:
        super().__init__("glance", timing, executor)
        self._users = users
        self._check_ins = check_ins
        self._rewards = rewards
        self._spans = tuple(spans)

    def work(self, questions: Questions, loading: Loading) -> None:
        """Ask all counts side by side."""
        at = self.timing.clock()
        tell, done = loading.part(), _Done()
        asked: list[tuple[tuple[str, str | None, str | None, Span | None], Call]] = [
            (("users", None, None, None), partial(questions.count_users)),
            (("rewards", None, "Confirmed", None), partial(self._outstanding, questions)),
        ]
        for span in self._spans:
            asked.append((("new_users", None, None, span), partial(self._new, questions, span, at)))
        for span in self._spans:
            for kind in KINDS:
                for status in STATUSES:
                    call = partial(self._submitted, questions, kind, status, span)
                    asked.append((("check_ins", kind, status, span), call))

        def counted(call: Call) -> int | None:
            number = call()
            tell(done.one_more(), len(asked))
            return number

        counts = questions.together([partial(counted, call) for _, call in asked])
        labels = [label for label, _ in asked]
        frame = pd.DataFrame(
            {
                "noun": pd.Series([noun for noun, *_ in labels], dtype="str"),
                "kind": pd.Series([kind for _, kind, *_ in labels], dtype="str"),
                "status": pd.Series([status for *_, status, _ in labels], dtype="str"),
                "start": pd.Series([span and span.start for *_, span in labels], dtype=TIME),
                "count": pd.Series(counts, dtype="Int64"),
            }
        )
        self.publish(frame, at)

    def _new(self, questions: Questions, span: Span, at: float) -> int | None:
        return self._users.ask(questions, span, at)

    def _outstanding(self, questions: Questions) -> int | None:
        version = self._rewards.version
        if version is not None and version.complete and self._young(version.at):
            return int((version.frame["status"] == "Confirmed").sum())
        return questions.count_rewards("Confirmed")

    def _submitted(self, questions: Questions, kind: str, status: str, span: Span) -> int | None:
        version = self._check_ins.version
        if version is not None and self._check_ins.covers(span.start) and self._young(version.at):
            rows = version.frame
            inside = rows["checked_in_at"].between(span.start, span.end)
            return int((inside & (rows["kind"] == kind) & (rows["status"] == status)).sum())
        between = (milliseconds(span.start), milliseconds(span.end))
        return questions.count_check_ins(kind, between, status)

    def _young(self, at: float) -> bool:
        return self.timing.clock() - at <= self.timing.stale


Call = Callable[[], int | None]


class _Done:
    """How many questions have been answered, counted across threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._count = 0

    def one_more(self) -> int:
        with self._lock:
            self._count += 1
            return self._count
