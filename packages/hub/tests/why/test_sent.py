"""Where messages went: delivered, or where routes, channels, caps and digests ended or held them."""

from datetime import UTC, datetime, timedelta

from opsentrix.model.agents import TokenRequest

from packages.hub.tests.api.test_alert_rules import ALERTS, HOT
from packages.hub.tests.kit.receiver import Answer
from packages.hub.tests.why.asking import Watch, details, stopped, text, told


async def test_delivered(watch: Watch) -> None:
    await watch.routed()
    await watch.rule_of()
    await watch.fire()
    await watch.send()
    answer = await watch.why()
    assert set(told(answer).values()) == {"ok"}, answer
    assert answer["paged"] is True
    assert answer["verdict"].startswith("Paged. Hook took it at ")
    assert "31" in text(answer, "samples")
    assert "Too hot fired for web-1 at " in text(answer, "rule")
    assert "31 against 30" in text(answer, "rule")
    assert text(answer, "grouping") == f"It opened incident {answer['incident']}."
    assert "0 s after it fired" in text(answer, "suppression")
    assert text(answer, "route") == "The default route tells hook."
    assert "taken 200, ok" in details(answer, "attempts")
    assert "nobody acknowledged it yet" in text(answer, "receipt")
    assert (answer["agent"]["name"], answer["rule"]["version"]) == ("web-1", 1)
    assert answer["rule"]["expression"] == HOT["expression"]
    assert watch.receiver.url not in str(answer)
    listed = (await watch.client.get(ALERTS)).json()["items"][0]
    assert answer["fingerprint"] == listed["fingerprint"]
    for other in ({"fingerprint": answer["fingerprint"]}, {"incident_id": answer["incident"]}):
        again = await watch.why(**other)
        assert (again["paged"], again["rule"], again["fingerprint"]) == (True, answer["rule"], answer["fingerprint"])


async def test_the_default_route_has_no_target(watch: Watch) -> None:
    await watch.rule_of()
    await watch.fire()
    await watch.send()
    assert stopped(await watch.why(), "route") == "The default route tells nobody: give it a target."


async def test_all_that_a_route_names_is_off(watch: Watch) -> None:
    await watch.routed(enabled=False)
    await watch.rule_of()
    await watch.fire()
    await watch.send()
    assert "The default route told nobody: all that it names was off" in stopped(await watch.why(), "route")


async def test_a_provider_that_fails_is_tried_again(watch: Watch) -> None:
    await watch.routed()
    watch.receiver.answer = Answer(500, b"out of order")
    await watch.rule_of()
    await watch.fire()
    await watch.hub.hub.alarms.notifier.step(datetime.now(UTC))
    await watch.hub.hub.alarms.notifier.settle()
    answer = await watch.why()
    assert told(answer)["attempts"] == "unknown"
    assert told(answer)["receipt"] == "nothing"
    assert answer["paged"] is None
    assert "has not taken it after 1 tries: 500 out of order; the next is at" in answer["verdict"]
    assert "not taken 500, out of order" in details(answer, "attempts")
    watch.receiver.answer = Answer()
    await watch.send(timedelta(minutes=1))
    assert (await watch.why())["paged"] is True


async def test_capped_into_a_summary(watch: Watch) -> None:
    await watch.routed(per_minute=2)
    await watch.rule_of()
    fleet = [
        watch.agent,
        *[await watch.hub.enroll(f"db-{one}", TokenRequest(environment=f"e{one}")) for one in range(3)],
    ]
    for agent in fleet:
        await watch.fire(agent)
    await watch.send()
    last = await watch.why(agent_id=fleet[-1].id, rule_id=watch.rule)
    assert last["paged"] is True
    assert "as a part of a bundle (over the limit of messages a minute)" in text(last, "attempts")
    assert len(watch.receiver.got) == 2


async def test_waiting_for_a_digest(watch: Watch) -> None:
    await watch.routed(digest_minutes=60)
    await watch.rule_of(severity="warning")
    await watch.fire()
    await watch.send()
    answer = await watch.why()
    assert (told(answer)["attempts"], answer["paged"]) == ("unknown", None)
    assert "It waits for the digest of hook at" in text(answer, "attempts")
