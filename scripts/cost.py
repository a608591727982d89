#!/usr/bin/env python3
"""What a month of chat costs by Amazon's list prices: serverless by the message, servers by the hour (docs/SIZING.md)."""

import argparse
import math
from dataclasses import dataclass

DAYS = 30
HOURS_A_MONTH = 730
MILLION = 1e6


@dataclass
class Load:
    """Who talks, and how much."""

    people: int
    hours: float
    sends: float
    room: int

    @property
    def sends_a_month(self):
        return self.people * self.sends * DAYS

    @property
    def deliveries_a_month(self):
        # The sender has it from the answer; the other members are told.
        return self.sends_a_month * max(self.room, 1)

    @property
    def deliveries_a_second_when_busy(self):
        """Four times the mean of the hours in which people are there."""
        return 4 * self.deliveries_a_month / (DAYS * self.hours * 3600)


@dataclass
class Prices:
    """Dollars. us-east-1, 2025; messages are counted by 32 KiB."""

    gateway_message: float = 1.00 / MILLION
    gateway_message_beyond: float = 0.80 / MILLION
    gateway_beyond: float = 1e9
    gateway_minute: float = 0.25 / MILLION
    lambda_request: float = 0.20 / MILLION
    lambda_gb_second: float = 0.0000133334
    table_write: float = 0.625 / MILLION
    table_read: float = 0.125 / MILLION
    queue_request: float = 0.40 / MILLION
    node_hour: float = 0.0725
    balancer_hour: float = 0.0225
    balancer_unit_hour: float = 0.008
    nat_hour: float = 0.045
    database_hour: float = 0.129
    database_gb_month: float = 0.23
    cache_hour: float = 0.032


def serverless(load, prices):
    """By the message, the minute, the write and the request."""
    messages = load.sends_a_month + load.deliveries_a_month
    cheap = max(0, messages - prices.gateway_beyond)
    chunks = load.sends_a_month * math.ceil(load.room / 500)
    # A connection is made anew every two hours; each of them costs some writes.
    connects = load.people * DAYS * math.ceil(load.hours / 2)
    return {
        "gateway, messages": (messages - cheap) * prices.gateway_message + cheap * prices.gateway_message_beyond,
        "gateway, minutes": load.people * load.hours * 60 * DAYS * prices.gateway_minute,
        # Fifty deliveries are under way at once, each of some 20 ms: the lease, the post, the end of the lease.
        "functions": (load.sends_a_month + chunks) * prices.lambda_request
        + (load.sends_a_month * 0.02 + load.deliveries_a_month * 0.0004) * 0.25 * prices.lambda_gb_second,
        # The message, its number, the idempotency record and the index; a lease taken and ended for each connection that is told,
        # which are read by pages of 40.
        "table": (load.sends_a_month * 8 + load.deliveries_a_month * 2 + connects * 6) * prices.table_write
        + load.sends_a_month * math.ceil(load.room / 40) * 2 * prices.table_read,
        "queue": chunks * 3 * prices.queue_request,
    }


def nodes(load, per_node, deliveries_per_node):
    """At least two, and one more than are needed."""
    by_people = math.ceil(load.people / per_node)
    by_work = math.ceil(load.deliveries_a_second_when_busy / deliveries_per_node)
    return max(2, max(by_people, by_work) + 1)


def servers(load, prices, per_node, deliveries_per_node):
    """By the hour, whether anybody talks or not: the module deploy/terraform/aws-ec2."""
    count = nodes(load, per_node, deliveries_per_node)
    units = max(load.people / 3000, 1)
    stored_gb = max(50, load.sends_a_month * 12 * 500 / 1e9)
    return {
        f"{count} nodes": count * prices.node_hour * HOURS_A_MONTH,
        "balancer": (prices.balancer_hour + units * prices.balancer_unit_hour) * HOURS_A_MONTH,
        "ways out": 2 * prices.nat_hour * HOURS_A_MONTH,
        "PostgreSQL, two zones": prices.database_hour * HOURS_A_MONTH + stored_gb * prices.database_gb_month,
        "Redis, two zones": 2 * prices.cache_hour * HOURS_A_MONTH,
    }


def crossing(load, prices, per_node, deliveries_per_node):
    """The smallest room for which servers cost less; None if there is none up to everybody."""
    for room in range(2, load.people + 1):
        other = Load(load.people, load.hours, load.sends, room)
        if sum(servers(other, prices, per_node, deliveries_per_node).values()) < sum(serverless(other, prices).values()):
            return room
    return None


def table(load, prices, per_node, deliveries_per_node, rooms):
    """The two beside each other, for rooms of several sizes."""
    lines = ["| people a room | deliveries a month | serverless | servers | cheaper |", "| --- | --- | --- | --- | --- |"]
    for room in rooms:
        one = Load(load.people, load.hours, load.sends, room)
        by_message = sum(serverless(one, prices).values())
        by_hour = sum(servers(one, prices, per_node, deliveries_per_node).values())
        cheaper = "serverless" if by_message < by_hour else "servers"
        lines.append(f"| {room:,} | {one.deliveries_a_month / MILLION:,.0f} M | ${by_message:,.0f} | ${by_hour:,.0f} | {cheaper} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000, help="people who are there at the same time")
    parser.add_argument("--hours", type=float, default=8, help="hours a day that they are there")
    parser.add_argument("--sends", type=float, default=20, help="messages that each of them sends a day")
    parser.add_argument("--room", type=int, default=50, help="people in the room that a message goes to")
    parser.add_argument("--per-node", type=int, default=20_000, help="connections of a node")
    parser.add_argument("--deliveries-per-node", type=int, default=20_000, help="deliveries a second of a node")
    parser.add_argument("--table", action="store_true", help="only the table of docs/SIZING.md")
    for name, value in vars(Prices()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=value, help=argparse.SUPPRESS)
    parser.epilog = "Prices, in dollars: " + ", ".join(f"--{name.replace('_', '-')} {value:g}" for name, value in vars(Prices()).items())
    given = parser.parse_args()
    load = Load(given.people, given.hours, given.sends, given.room)
    prices = Prices(**{name: getattr(given, name) for name in vars(Prices())})
    size = (given.per_node, given.deliveries_per_node)
    if given.table:
        print(table(load, prices, *size, [2, 10, 50, 200, 1000]))
        return
    for title, items in (("Serverless", serverless(load, prices)), ("Servers", servers(load, prices, *size))):
        print(f"{title}: ${sum(items.values()):,.0f} a month")
        for name, dollars in items.items():
            print(f"  {name:<24} ${dollars:>10,.2f}")
    room = crossing(load, prices, *size)
    print(f"Servers cost less for rooms of {room} and more." if room else "Serverless costs less for rooms of any size.")


if __name__ == "__main__":
    main()
