"""Release after release is brought in while people read and ask: nobody is put off, and no request is lost."""

from collections import Counter
from pathlib import Path

from tests.cluster.releases import make_release
from tests.cluster.running_cluster import Cluster
from tests.cluster.size import FULL
from tests.cluster.visitors import Visitors, each_was_mailed_about_once, nothing_is_lost_or_double, rows
from tests.running_site import wait_for

DEPLOYMENTS = 20 if FULL else 1
STORED_BY = "SELECT submission_key, release_{} FROM consultations_consultationrequest"


def test_releases_with_a_migration_each_are_brought_in_and_nobody_notices(tmp_path):
    (tmp_path / "cluster").mkdir()
    with Cluster(tmp_path / "cluster") as cluster:
        with Visitors(cluster) as visitors:
            for number in range(1, DEPLOYMENTS + 1):
                before, asked = cluster.code, len(visitors.told)
                release = make_release(tmp_path, number, before)
                bring_in(cluster, release)
                # Some while both releases were running, and some since.
                wait_for(lambda asked=asked: len(visitors.told) > asked + 4, seconds=120)
        stored_by = Counter(by for _, by in rows(cluster, STORED_BY.format(number), visitors))

        print(f"{DEPLOYMENTS} deployments: {sum(visitors.read.values())} reads, {len(visitors.told)} requests")
        assert set(visitors.read) == {200}
        assert not visitors.put_off
        nothing_is_lost_or_double(cluster, visitors)
        each_was_mailed_about_once(cluster, visitors)
        assert stored_by["before"], "no request came before the last release"
        assert stored_by[f"release_{number}"], "no request came to the last release"


def bring_in(cluster: Cluster, release: Path) -> None:
    """Step by step what deploy/release does: one process after another, each when the one before is well."""
    cluster.prepare(release)
    for port, replica in list(cluster.web.items()):
        replica.stop()
        wait_for(cluster.start_web(port, release).is_well, seconds=120)
    cluster.workers.pop().stop()
    cluster.start_worker(release)
    cluster.front.reload()
    cluster.code = release
