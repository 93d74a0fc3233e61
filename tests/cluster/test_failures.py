"""Any one process of the cluster may end: readers are served, and no request is lost or counted twice."""

import time

import pytest

from tests.cluster.running_cluster import Cluster
from tests.cluster.size import FULL
from tests.cluster.visitors import BROKE_OFF, Visitors, each_was_mailed_about_once, nothing_is_lost_or_double
from tests.running_site import free_port, wait_for


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


def test_replicas_are_killed_and_added_and_nobody_notices(cluster):
    kills = 0
    with Visitors(cluster) as visitors:
        for _ in range(10 if FULL else 1):
            for port in list(cluster.web):
                cluster.web[port].kill()
                kills += 1
                time.sleep(0.5)
                wait_for(cluster.start_web(port).is_well, seconds=120)
            # Room for more: a new replica, and the oldest one goes.
            oldest, new = next(iter(cluster.web)), free_port()
            wait_for(cluster.start_web(new).is_well, seconds=120)
            cluster.front.point_to(cluster.web)
            cluster.front.reload()
            time.sleep(0.5)
            cluster.front.point_to([port for port in cluster.web if port != oldest])
            cluster.front.reload()
            cluster.web.pop(oldest).stop()

    print(
        f"{kills} kills, {sum(visitors.read.values())} reads, {len(visitors.told)} requests, {dict(visitors.put_off)}"
    )
    assert set(visitors.read) == {200}
    assert set(visitors.put_off) <= {BROKE_OFF}
    assert visitors.put_off[BROKE_OFF] <= kills
    nothing_is_lost_or_double(cluster, visitors)
    each_was_mailed_about_once(cluster, visitors)


def test_the_database_is_restarted_and_requests_go_on_without_a_restart_of_the_site(cluster):
    with Visitors(cluster) as visitors:
        for mode in ("fast", "immediate") * (5 if FULL else 1):
            time.sleep(0.5)
            cluster.database.stop(mode)
            time.sleep(1)
            cluster.database.start()
            before = len(visitors.told)
            wait_for(lambda before=before: len(visitors.told) > before + 4, seconds=120)

    print(f"{sum(visitors.read.values())} reads, {len(visitors.told)} requests, put off: {dict(visitors.put_off)}")
    assert set(visitors.read) == {200}
    assert set(visitors.put_off) <= {503}
    nothing_is_lost_or_double(cluster, visitors)


def test_the_mail_worker_moves_and_no_message_is_lost_or_sent_twice(cluster):
    with Visitors(cluster) as visitors:
        for _ in range(5 if FULL else 1):
            cluster.start_worker()
            time.sleep(2)
            cluster.workers.pop(0).stop()
            time.sleep(1)

    assert not visitors.put_off
    each_was_mailed_about_once(cluster, visitors)
