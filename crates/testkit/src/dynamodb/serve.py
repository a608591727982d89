"""moto's DynamoDB on a port of this machine, with what it lacks to be one: transactions that nobody sees halfway.

moto serves each request in a thread of its own, copies the whole table before a transaction and puts the copy back where
the transaction fails, whatever others wrote meanwhile. Here one request follows the other, and the copy holds the same
items as the table: of what is put, moto never changes an item that is there, it puts another one in its place.
"""

import sys
import threading
from collections import defaultdict

from moto.dynamodb.models.table import Table
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple


def copied(self, memo):
    copy = Table.__new__(Table)
    copy.__dict__.update(self.__dict__)
    copy.items = defaultdict(dict, {partition: dict(items) for partition, items in self.items.items()})
    return copy


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_):
        pass


Table.__deepcopy__ = copied
dispatcher = DomainDispatcherApplication(create_backend_app)
turn = threading.Lock()


def one_by_one(environ, start_response):
    with turn:
        return list(dispatcher(environ, start_response))


run_simple("127.0.0.1", int(sys.argv[1]), one_by_one, threaded=True, request_handler=Quiet)
