"""moto's server on a port of this machine, with what it lacks: the members of a replication group of ElastiCache."""

import inspect
import sys

from moto.elasticache.models import ElastiCacheBackend
from moto.server import main

create_group = ElastiCacheBackend.create_replication_group
wanted = inspect.signature(ElastiCacheBackend.create_cache_cluster).parameters


def create_with_members(self, **group):
    created = create_group(self, **group)
    for member in created.member_clusters:
        of_group = {name: group.get(name) for name in wanted if name != "self"}
        self.create_cache_cluster(**{**of_group, "cache_cluster_id": member, "num_cache_nodes": 1, "tags": []})
    return created


ElastiCacheBackend.create_replication_group = create_with_members
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
