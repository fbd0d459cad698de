import threading
import time
from collections.abc import Callable

from opsentrix_agent.runner import Runner, State

DEADLINE_S = 0.1


def raising() -> str:
    raise RuntimeError("broken disk")


def states(runner: Runner, *jobs: tuple[str, Callable[[], str]]) -> dict[str, State]:
    return {outcome.name: outcome.state for outcome in runner.run(jobs)}


def eventually(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.001)
    return condition()


def test_jobs_run_in_order_in_one_other_thread() -> None:
    runner = Runner()
    threads: list[int] = []

    def note() -> str:
        threads.append(threading.get_ident())
        return "x"

    outcomes = runner.run([("a", note), ("b", note)])
    assert [(one.name, one.state, one.result) for one in outcomes] == [("a", State.DONE, "x"), ("b", State.DONE, "x")]
    runner.run([("c", note)])
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads
    assert outcomes[0].started <= outcomes[1].started <= time.monotonic()
    runner.close()


def test_a_failing_job_harms_no_other() -> None:
    outcomes = Runner().run([("bad", raising), ("good", lambda: "x")])
    assert (outcomes[0].state, outcomes[0].error) == (State.FAILED, "RuntimeError: broken disk")
    assert outcomes[1].state is State.DONE


def test_a_hanging_job_is_left_alone_until_it_returns() -> None:
    runner = Runner(DEADLINE_S)
    release = threading.Event()

    def hang() -> str:
        release.wait(10)
        return "late"

    jobs = (("first", lambda: "x"), ("stuck", hang), ("last", lambda: "y"))
    before = time.monotonic()
    assert states(runner, *jobs) == {"first": State.DONE, "stuck": State.HUNG, "last": State.DONE}
    assert time.monotonic() - before < 5 * DEADLINE_S
    before = time.monotonic()
    assert states(runner, *jobs) == {"first": State.DONE, "stuck": State.SKIPPED, "last": State.DONE}
    assert time.monotonic() - before < DEADLINE_S
    release.set()
    assert eventually(lambda: states(runner, *jobs)["stuck"] is State.DONE)
    runner.close()


def test_several_jobs_may_hang_at_once() -> None:
    runner = Runner(DEADLINE_S)
    release = threading.Event()

    def hang() -> str:
        release.wait(10)
        return "late"

    jobs = (("one", hang), ("two", hang), ("good", lambda: "x"))
    assert states(runner, *jobs) == {"one": State.HUNG, "two": State.HUNG, "good": State.DONE}
    release.set()
    assert eventually(lambda: states(runner, *jobs)["two"] is State.DONE)


def test_threads_of_jobs_that_returned_late_end() -> None:
    runner = Runner(DEADLINE_S)
    before = threading.active_count()
    release = threading.Event()

    def hang() -> str:
        release.wait(10)
        return "late"

    runner.run([("stuck", hang)])
    assert threading.active_count() == before + 1
    release.set()
    assert eventually(lambda: threading.active_count() == before)


def test_each_call_may_have_its_own_deadline() -> None:
    runner = Runner(DEADLINE_S)
    release = threading.Event()

    def slow() -> str:
        release.wait(2 * DEADLINE_S)
        return "x"

    assert runner.run([("slow", slow)], deadline=10)[0].state is State.DONE
    assert runner.run([("slow", slow)])[0].state is State.HUNG
    release.set()
