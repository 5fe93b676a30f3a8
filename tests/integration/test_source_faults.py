"""The source when things break, on a real Kafka: nothing is lost, nothing spins, and it goes on by itself."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shipper import consumer, fence, watch
from shipper.kafka import CLOSE_TIMEOUT_S, KafkaSettings
from tests.brokers.client import Kafka
from tests.brokers.kafka import KafkaBroker
from tests.conftest import unique_name
from tests.integration.daemon import until
from tests.integration.reader import Reader, eventually, numbered, settings

Configure = Callable[..., KafkaSettings]


@pytest.fixture
def configure(kafka: Kafka, topic: str, group: str) -> Configure:
    """Settings on the test's own topic and group."""
    return lambda **more: settings(kafka.bootstrap, topic, group, **more)


@pytest.fixture
def own_topic(own_kafka: KafkaBroker, request: pytest.FixtureRequest) -> str:
    """A topic of two partitions on the broker that may be broken."""
    name = unique_name(request.node.name)
    own_kafka.create_topic(name, 2)
    return name


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an operator may wait for, a test need not."""
    monkeypatch.setattr(watch, "QUIET_S", 1.0)
    monkeypatch.setattr(watch, "ASK_TIMEOUT_S", 1.0)
    monkeypatch.setattr(consumer, "CALM_S", 2.5)
    monkeypatch.setattr(consumer, "START_QUIET_S", 2.0)


async def commits(reader: Reader) -> None:
    """Commit until the group has it: the first tries may meet what was broken."""
    await eventually(reader.commit, True)


# the client's own faults


def reset(ports: list[int]) -> None:
    """Reset the connections from these local ports, as a firewall or a broker's kernel might."""
    subprocess.run(["ss", "-K", " or ".join(f"sport = :{port}" for port in ports)], check=False, capture_output=True)


def why_no_reset(bootstrap: str) -> str | None:
    """What hinders `ss -K` on this machine, if anything does."""
    if shutil.which("ss") is None:
        return "ss (iproute2) is not installed"
    host, port = bootstrap.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=0.5) as probe:
        reset([probe.getsockname()[1]])
        try:
            probe.recv(1)
        except TimeoutError:
            return "`ss -K` destroys no sockets: CAP_NET_ADMIN or the kernel's INET_DIAG_DESTROY is missing"
        except OSError:
            pass
    return None


async def test_reset_connections_cost_nothing(kafka: Kafka, topic: str, configure: Configure) -> None:
    """aiokafka issue 1038: on uvloop a write after a reset raises RuntimeError, and its fetch task dies of it."""
    if hindrance := why_no_reset(kafka.bootstrap):
        pytest.skip(hindrance)
    async with Reader(configure()) as reader:
        await reader.joined(4)
        produced = resets = 0

        async def produce() -> None:
            nonlocal produced
            while True:
                await asyncio.to_thread(kafka.produce, topic, numbered(20, produced))
                produced += 20
                await asyncio.sleep(0.01)

        async def commit() -> None:
            while True:
                await reader.commit()
                await asyncio.sleep(0.002)

        flowing = [asyncio.create_task(produce()), asyncio.create_task(commit())]
        loop = asyncio.get_running_loop()
        end_s = loop.time() + 6
        while loop.time() < end_s:
            connections = [conn for conn in reader.consumer._client._conns.values() if conn.connected()]
            ports = [conn._writer.get_extra_info("sockname")[1] for conn in connections]
            if ports:
                await asyncio.to_thread(reset, ports)
                resets += len(ports)
            await asyncio.sleep(0.01)
        for task in flowing:
            task.cancel()
        await asyncio.gather(*flowing, return_exceptions=True)
        await reader.has(numbered(produced), within_s=5)
        await commits(reader)
        assert resets > 100
        assert reader.said("consumer_rebuilt") == []
    assert kafka.committed(reader.group, topic) == kafka.end_offsets(topic)


@pytest.mark.parametrize(
    "task_of",
    [
        lambda consumer: consumer._fetcher._fetch_task,
        lambda consumer: consumer._coordinator._coordination_task,
        lambda consumer: consumer._client._sync_task,
    ],
    ids=["fetch", "coordination", "metadata"],
)
async def test_a_dead_task_of_the_client_is_found_and_the_consumer_built_anew(
    kafka: Kafka, topic: str, configure: Configure, task_of: Callable[[Any], asyncio.Task[None]]
) -> None:
    """Nothing tells of it: records would just stay away. They go on from the committed offsets."""
    kafka.produce(topic, numbered(8))
    async with Reader(configure()) as reader:
        await reader.has(numbered(8))
        assert await reader.source.commit({(topic, 0): 1})
        task_of(reader.consumer).cancel()
        kafka.produce(topic, numbered(8, 8))
        await reader.has(numbered(8, 8), within_s=10)
        assert reader.names() == ["assigned", "lost", "assigned"]
        assert reader.told[-1][1] == {(topic, 0): 1, (topic, 1): 0, (topic, 2): 0, (topic, 3): 0}
        assert reader.metric("consumer_rebuilds_total", reason="error") == 1
        await until(lambda: not reader.held, "the hold's end", 10)


async def test_a_client_that_fetches_no_more_is_found_by_its_silence(
    kafka: Kafka, topic: str, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every task lives, but one waits for something that never comes: an unknown wedge, and the brokers answer."""
    async with Reader(configure(stall_timeout_s=5.0)) as reader:
        await reader.joined(4)
        in_flight = reader.consumer._fetcher._in_flight
        monkeypatch.setattr(reader.consumer._fetcher, "_in_flight", EveryNode(in_flight))
        kafka.produce(topic, numbered(8))
        await until(lambda: reader.said("consumer_rebuilt"), "a new consumer", 15)
        await reader.has(numbered(8), within_s=10)
        assert reader.metric("consumer_rebuilds_total", reason="stalled") == 1


class EveryNode(set[int]):
    """The nodes that a fetch is under way to: all, for ever."""

    def __contains__(self, _: object) -> bool:
        return True


async def test_an_idle_topic_is_not_a_stall(kafka: Kafka, topic: str, configure: Configure) -> None:
    """No records for longer than the stall time-out: nobody is alarmed, the generation stays."""
    async with Reader(configure(stall_timeout_s=5.0)) as reader:
        await reader.joined(4)
        generation = reader.generation
        await asyncio.sleep(7)
        assert (reader.generation, reader.held, reader.said("consumer_rebuilt")) == (generation, False, [])


async def test_a_member_that_was_given_up_keeps_nothing_in_the_group(
    own_kafka: KafkaBroker, own_topic: str, group: str
) -> None:
    """stop() hangs on a frozen broker and leaves the client's tasks alive: their heartbeats would hold partitions."""
    async with Reader(settings(own_kafka.bootstrap, own_topic, group)) as reader:
        await reader.joined(2)
        await reader.stop_polling()
        own_kafka.sigstop()
        loop = asyncio.get_running_loop()
        before = asyncio.all_tasks()
        began_s = loop.time()
        await reader.source.close()
        assert loop.time() - began_s < 11
        await asyncio.sleep(0)
        own_kafka.sigcont()
        assert len(asyncio.all_tasks() - {asyncio.current_task()}) < len(before)
        assert {task.get_coro().__qualname__ for task in asyncio.all_tasks()} <= {  # type: ignore[union-attr]
            "test_a_member_that_was_given_up_keeps_nothing_in_the_group"
        }


# the group


async def test_a_zombie_never_rewinds_the_group(own_kafka: KafkaBroker, own_topic: str, group: str) -> None:
    """A member frozen beyond its session wakes up and commits: refused, and what the next owner committed stays."""
    own_kafka.produce(own_topic, numbered(600))
    command = [sys.executable, "-m", "tests.integration.member", own_kafka.bootstrap, own_topic, group]
    zombie = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert zombie.stdout is not None
    heirs = {0: 300, 1: 300}
    try:
        async with asyncio.timeout(60):
            assert [await zombie.stdout.readline() for _ in range(2)] == [b"ok\n", b"assigned\n"]
            zombie.send_signal(signal.SIGSTOP)
            async with Reader(settings(own_kafka.bootstrap, own_topic, group)) as heir:
                await heir.joined(2)
                await heir.has(numbered(600)[2:])
                await commits(heir)
            # The group is empty: that is where a broker takes a commit from anybody.
            zombie.send_signal(signal.SIGCONT)
            said = []
            while b"assigned\n" not in said:
                said.append(await zombie.stdout.readline())
                assert own_kafka.committed(group, own_topic) == heirs
            for _ in range(20):
                await asyncio.sleep(0.02)
                assert own_kafka.committed(group, own_topic) == heirs
        assert b"fenced\n" in said
        assert b"ok\n" not in said
    finally:
        zombie.kill()
        await zombie.wait()
        zombie._transport.close()  # type: ignore[attr-defined]  # else its pipe is told to be unclosed


async def test_a_member_that_left_commits_nothing(kafka: Kafka, topic: str, group: str, configure: Configure) -> None:
    """Not polled past max_poll_interval the client leaves the group by itself: a broker would take its commits."""
    kafka.produce(topic, numbered(8))
    async with Reader(configure()) as reader:
        await reader.has(numbered(8))
        assert await reader.source.commit({(topic, 0): 2})
        await reader.stop_polling()
        reader.consumer._coordinator._max_poll_interval = 0.5
        await until(lambda: reader.generation <= 0, "the member's leave")
        assert not kafka.members(group)
        assert not await reader.source.commit({(topic, 0): 1})
        assert kafka.committed(group, topic)[0] == 2
        reader.consumer._coordinator._max_poll_interval = 300
        reader.resume_polling()
        await until(lambda: reader.generation > 0 and reader.source.joined, "membership")
        kafka.produce(topic, numbered(8, 8))
        await reader.has(numbered(8, 8))
        assert reader.names() == ["assigned", "lost", "assigned"]  # nothing to settle: its commits would be refused


async def test_nothing_is_committed_for_partitions_of_others(
    kafka: Kafka, topic: str, group: str, configure: Configure
) -> None:
    """A broker takes a member's commit for any partition; the source does not pass it on."""
    kafka.produce(topic, numbered(8))
    async with Reader(configure()) as reader, Reader(configure()) as other:
        await until(lambda: len(reader.positions) == len(other.positions) == 2, "two partitions each")
        await until(lambda: len(reader.records) + len(other.records) >= 8, "all records")
        assert await other.commit()
        before = kafka.committed(group, topic)
        assert not await reader.source.commit({**dict.fromkeys(other.positions, 1), **reader.positions})
        assert kafka.committed(group, topic) == before
        assert reader.metric("commits_total", result="fenced") == 1


async def test_a_slow_rebalance_blocks_no_poll_and_hides_positions(
    kafka: Kafka, topic: str, configure: Configure
) -> None:
    """While custody drains polls come back empty, and nobody can commit past what was polled and not taken."""
    kafka.produce(topic, numbered(8))
    async with Reader(configure()) as reader:
        await reader.has(numbered(8))
        assert await reader.source.position((topic, 0)) == 2
        reader.drain_s = 2.0
        async with Reader(configure()) as guest:
            await until(lambda: "revoked" in reader.names(), "the rebalance")
            polls = reader.polls
            await asyncio.sleep(1.5)
            assert (reader.names()[-1], reader.polls - polls >= 2) == ("revoked", True)
            assert await reader.source.position((topic, 0)) is None
            await guest.joined(2)
        assert reader.longest_poll_s < 1.2
        await reader.joined(4)


async def test_a_cancellation_that_nobody_asked_for_is_an_error_of_the_client(
    kafka: Kafka, topic: str, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let through, it would end the loop that polls without a word; one that was asked for still comes through."""
    async with Reader(configure()) as reader:
        await reader.joined(4)

        async def cancelled(**_: object) -> None:
            raise asyncio.CancelledError

        monkeypatch.setattr(reader.consumer, "getmany", cancelled)
        await until(lambda: reader.said("consumer_rebuilt"), "a new consumer", 10)
        kafka.produce(topic, numbered(8))
        await reader.has(numbered(8), within_s=10)
        asked = asyncio.create_task(reader.source.poll(5.0))
        await asyncio.sleep(0.1)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked


# offsets that Kafka does not hold


async def test_retention_that_overtook_stops_that_partition_alone(
    kafka: Kafka, topic: str, group: str, configure: Configure
) -> None:
    """Told once, with the exact gap; no spinning; the others flow; the committed offset stays where it is."""
    kafka.produce(topic, numbered(40))
    async with Reader(configure()) as first:
        await first.has(numbered(40))
        await first.source.commit(dict.fromkeys([(topic, n) for n in range(4)], 2))
    kafka.delete_records(topic, 1, 7)
    async with Reader(configure(out_of_range="stop")) as reader:
        await until(lambda: reader.said("retention_overtook"), "the alarm")
        await asyncio.sleep(1)
        kafka.produce(topic, numbered(8, 40))
        await until(lambda: len(reader.records) == 3 * (8 + 2), "the others' records")
        assert {record.partition for record in reader.records} == {0, 2, 3}
        assert len(reader.said("retention_overtook")) == 1
        assert reader.metric("lost_by_retention_records_total") == 5
        assert reader.metric("hold", reason="partition_stopped") == 1
        assert not reader.source.all_stopped
        assert reader.polls < 60  # about five a second
        # Another member comes and takes it, and with it the alarm.
        async with Reader(configure(out_of_range="stop")) as other:
            await until(lambda: (topic, 1) in other.positions or (topic, 1) in reader.positions, "custody")
            await until(lambda: len(other.positions) == len(reader.positions) == 2, "two partitions each")
            holds = [("partition_stopped" in one.telemetry.holds) for one in (reader, other)]
            await until(lambda: other.said("retention_overtook") or (topic, 1) in reader.positions, "its alarm")
            assert holds[0] == ((topic, 1) in reader.positions)
    assert kafka.committed(group, topic)[1] == 2


async def test_when_every_partition_is_stopped_it_says_so(kafka: Kafka, group: str) -> None:
    """Then only an operator can help, and the process need not stay."""
    name = f"{group}-one"
    kafka.create_topic(name, 1)
    kafka.produce(name, numbered(10))
    async with Reader(settings(kafka.bootstrap, name, group)) as first:
        await first.has(numbered(10))
        await first.source.commit({(name, 0): 2})
    kafka.delete_records(name, 0, 5)
    async with Reader(settings(kafka.bootstrap, name, group)) as reader:
        await until(lambda: reader.source.all_stopped, "all stopped")
    kafka.delete_topic(name)


async def test_retention_that_overtook_may_be_passed_by(kafka: Kafka, topic: str, configure: Configure) -> None:
    """`earliest`: on at the oldest record left, the gap told and counted; what is under way stays in custody."""
    kafka.produce(topic, numbered(10), partition=0)
    async with Reader(configure()) as first:
        await first.has(numbered(10))
        await first.source.commit({(topic, 0): 2})
    kafka.delete_records(topic, 0, 7)
    async with Reader(configure(out_of_range="earliest")) as reader:
        await reader.has(numbered(3, 7))
        assert reader.values() == numbered(3, 7)
        assert reader.metric("lost_by_retention_records_total") == 5
        assert "'committed': 2, 'oldest': 7" in reader.said("retention_overtook")[0]
        assert reader.names() == ["assigned"]
        await commits(reader)
        # Nothing left at all: the end can still be reached and committed.
        kafka.produce(topic, numbered(5, 10), partition=0)
        await reader.has(numbered(5, 10))
    assert reader.values() == numbered(8, 7)


async def test_a_topic_made_anew_is_read_from_its_beginning(kafka: Kafka, group: str) -> None:
    """Deleted and created again while a member reads it: smaller offsets, and none of its records is skipped."""
    name = f"{group}-anew"
    kafka.create_topic(name, 1)
    kafka.produce(name, numbered(50))
    async with Reader(settings(kafka.bootstrap, name, group, out_of_range="earliest")) as reader:
        await reader.has(numbered(50))
        await commits(reader)
        kafka.delete_topic(name)
        await asyncio.sleep(0.5)
        kafka.create_topic(name, 1)
        kafka.produce(name, numbered(20, 50))
        reader.consumer._client.force_metadata_update()  # as the client does by itself once a minute
        await reader.has(numbered(20, 50))
        await commits(reader)
        assert kafka.committed(group, name) == {0: 20}
    kafka.delete_topic(name)


async def test_a_commit_beyond_the_end_is_a_log_that_began_anew(
    kafka: Kafka, topic: str, group: str, configure: Configure
) -> None:
    """The records that were there are gone, the new ones begin below: all of them come, and commits go on there."""
    kafka.produce(topic, numbered(20), partition=0)
    async with Reader(configure()) as first:
        await first.has(numbered(20))
        await first.source.commit({(topic, 0): 50})
    async with Reader(configure(out_of_range="earliest")) as reader:
        await reader.has(numbered(20), within_s=5)
        assert reader.names() == ["assigned", "revoked", "assigned"]
        assert reader.metric("lost_by_retention_records_total") == 0
        assert "'committed': 50, 'oldest': 0" in reader.said("retention_overtook")[0]
        await commits(reader)
    assert kafka.committed(group, topic)[0] == 20


async def test_a_damaged_batch_stops_that_partition_alone(own_kafka: KafkaBroker, own_topic: str, group: str) -> None:
    """A flipped bit on the broker's disk: the good records before it come, the other partition flows, nobody spins."""
    segment = own_kafka._data / f"{own_topic}-0" / "00000000000000000000.log"
    own_kafka.produce(own_topic, numbered(5), partition=0)
    own_kafka.produce(own_topic, numbered(5, 5), partition=0)
    with segment.open("r+b") as log:
        log.seek(-1, 2)
        last = log.read(1)[0]
        log.seek(-1, 2)
        log.write(bytes([last ^ 1]))
    own_kafka.produce(own_topic, numbered(5, 10), partition=0)
    async with Reader(settings(own_kafka.bootstrap, own_topic, group)) as reader:
        await until(lambda: "partition_stopped" in reader.telemetry.holds, "the stop", 20)
        own_kafka.produce(own_topic, numbered(5, 15), partition=1)
        await reader.has([*numbered(5), *numbered(5, 15)], within_s=5)
        assert reader.values() == [*numbered(5), *numbered(5, 15)]
        assert f"'partition': 0, 'offset': {5}" in reader.said("unreadable")[0]
        assert reader.said("consumer_rebuilt") == []
        await commits(reader)
    assert own_kafka.committed(group, own_topic) == {0: 5, 1: 5}


# rights


@pytest.mark.parametrize("what", ["topic", "group", "topic, but it may still be described"])
async def test_a_right_taken_and_given_back(secured_kafka: KafkaBroker, topic: str, group: str, what: str) -> None:
    """It holds and says why, without spinning; when the right is back records flow, and none is missing."""
    kafka = secured_kafka
    kafka.allow("bob", topic=topic, group=group)
    if "described" in what:
        kafka.allow("bob", topic=topic, operations=("DESCRIBE",))
    right = {"group": group} if what == "group" else {"topic": topic}
    access = kafka.access("SASL_PLAINTEXT", user="bob", mechanism="SCRAM-SHA-256")
    kafka.produce(topic, numbered(8))
    async with Reader(settings(access, topic, group)) as reader:
        await reader.has(numbered(8))
        await commits(reader)
        await asyncio.to_thread(kafka.forbid, "bob", **right)
        await until(lambda: reader.held, "the hold", 15)
        await asyncio.to_thread(kafka.produce, topic, numbered(8, 8))
        cpu_s, polls, errors = time.process_time(), reader.polls, len(reader.lines)
        await asyncio.sleep(3)
        assert time.process_time() - cpu_s < 0.5
        assert reader.polls - polls < 20
        assert len(reader.lines) - errors < 5
        assert reader.held
        assert f"{'Group' if what == 'group' else 'Topic'}AuthorizationFailed" in "".join(reader.said("hold"))
        await asyncio.to_thread(kafka.allow, "bob", **right)
        await reader.has(numbered(16), within_s=15)
        await commits(reader)
        await until(lambda: not reader.held, "the hold's end", 15)
        # Only the group's right never heals in the client. To leave and join at each try would disturb the others.
        assert len(reader.said("consumer_rebuilt")) == (what == "group")
    assert kafka.committed(group, topic) == kafka.end_offsets(topic)
    kafka.forbid("bob", topic=topic, group=group, operations=("READ", "DESCRIBE"))


@pytest.mark.parametrize(
    ("listener", "fault", "reason"),
    [
        ("SASL_PLAINTEXT", {"sasl_password": "canary-password"}, "SaslAuthenticationFailed"),
        ("SSL", {"ssl_ca_file": "stranger_ca"}, "CERTIFICATE_VERIFY_FAILED"),
        ("PLAINTEXT", {"bootstrap_servers": "127.0.0.1:1"}, "Connect call failed|Connection refused"),
        ("SSL", {"security_protocol": "PLAINTEXT"}, "127.0.0.1|localhost"),
    ],
    ids=["password", "ca", "unreachable", "wrong-protocol"],
)
async def test_what_stands_in_the_way_is_said(
    secured_kafka: KafkaBroker,
    topic: str,
    group: str,
    listener: str,
    fault: dict[str, str],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The hold has the true reason and no secret; when the reason has gone, records come."""
    good = secured_kafka.access(listener, mechanism="SCRAM-SHA-512")
    if "ssl_ca_file" in fault:
        fault = {"ssl_ca_file": str(secured_kafka.certificates.stranger_ca)}
    bad = settings(replace(good, **fault), topic, group)
    secured_kafka.produce(topic, numbered(4))
    async with Reader(bad) as reader:
        await until(lambda: reader.held, "the hold", 15)
        assert re.search(reason, reader.said("hold")[0])
        assert "canary" not in "".join(reader.lines)
        assert (reader.values(), reader.source.joined) == ([], False)
        monkeypatch.setattr(reader.source._life, "settings", settings(good, topic, group))
        await reader.has(numbered(4))
        await until(lambda: not reader.held, "the hold's end", 10)


async def test_a_topic_that_does_not_exist_yet_is_waited_for(kafka: Kafka, group: str) -> None:
    """It says so; it reads from the first record once the topic is there."""
    name = f"{group}-later"
    async with Reader(settings(kafka.bootstrap, name, group)) as reader:
        await until(lambda: reader.held, "the hold", 30)
        assert name in reader.said("hold")[0]
        kafka.create_topic(name, 1)
        kafka.produce(name, numbered(3))
        await reader.has(numbered(3), within_s=30)
    kafka.delete_topic(name)


# brokers


async def test_a_killed_broker_costs_time_only(own_kafka: KafkaBroker, own_topic: str, group: str) -> None:
    """No poll raises or blocks, the outage is said, commits have an end; then all goes on in the same generation."""
    own_kafka.produce(own_topic, numbered(20))
    async with Reader(settings(own_kafka.bootstrap, own_topic, group, session_timeout_s=30.0)) as reader:
        await reader.has(numbered(20))
        generation = reader.generation
        await asyncio.to_thread(own_kafka.kill9)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        assert not await reader.commit()
        assert loop.time() - began_s < fence.COMMIT_TIMEOUT_S + 1
        await until(lambda: reader.held, "the hold", 15)
        assert reader.longest_poll_s < 4
        await asyncio.to_thread(own_kafka.start)
        await asyncio.to_thread(own_kafka.produce, own_topic, numbered(20, 20))
        await reader.has(numbered(40), within_s=10)
        await commits(reader)
        await until(lambda: not reader.held, "the hold's end", 15)
        assert (reader.generation, reader.said("consumer_rebuilt")) == (generation, [])
    assert own_kafka.committed(group, own_topic) == own_kafka.end_offsets(own_topic)


async def test_a_frozen_broker_costs_time_only(own_kafka: KafkaBroker, own_topic: str, group: str) -> None:
    """Connections stay open and nothing is answered: the same."""
    own_kafka.produce(own_topic, numbered(20))
    async with Reader(settings(own_kafka.bootstrap, own_topic, group, rebalance_timeout_s=2.0)) as reader:
        await reader.has(numbered(20))
        own_kafka.sigstop()
        await until(lambda: reader.held, "the hold", 15)
        assert reader.longest_poll_s < 4
        own_kafka.sigcont()
        await asyncio.to_thread(own_kafka.produce, own_topic, numbered(20, 20))
        await reader.has(numbered(40), within_s=15)
        await commits(reader)
        await until(lambda: not reader.held, "the hold's end", 15)


async def test_close_has_an_end_when_the_broker_is_dead(own_kafka: KafkaBroker, own_topic: str, group: str) -> None:
    """stop() raises a CancelledError that nobody asked for, or hangs: neither reaches the caller."""
    async with Reader(settings(own_kafka.bootstrap, own_topic, group)) as reader:
        await reader.joined(2)
        await asyncio.to_thread(own_kafka.kill9)
        await asyncio.sleep(0.3)
        await reader.stop_polling()
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await reader.source.close()
        assert loop.time() - began_s < 2 * CLOSE_TIMEOUT_S + 1


async def test_a_broker_that_is_dead_at_the_start_is_waited_for(
    own_kafka: KafkaBroker, own_topic: str, group: str
) -> None:
    """Frozen, dead, back: no poll blocks, and it begins to read by itself."""
    own_kafka.produce(own_topic, numbered(20))
    own_kafka.sigstop()
    async with Reader(settings(own_kafka.bootstrap, own_topic, group)) as reader:
        await until(lambda: reader.held, "the hold", 20)
        assert reader.longest_poll_s < 4
        await asyncio.to_thread(own_kafka.kill9)
        await asyncio.to_thread(own_kafka.start)
        await reader.has(numbered(20))
        await until(lambda: not reader.held, "the hold's end", 10)
