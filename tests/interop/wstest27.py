# Python 2.7: the Autobahn suite's wstest, listening on 127.0.0.1 at a port that the system gives.
# Arguments: folder of the installed suite, then wstest's own.

import site
import sys

del sys.path[0]  # this folder's own autobahn.py is not the suite's
site.addsitedir(sys.argv.pop(1))

from autobahntestsuite import fuzzing  # noqa: E402
from autobahntestsuite.wstest import run  # noqa: E402
from twisted.internet import reactor  # noqa: E402


def listen(factory, context=None):
    listener = reactor.listenTCP(0, factory, interface="127.0.0.1")
    factory.port = factory.externalPort = listener.getHost().port
    print("port %d" % factory.port)
    sys.stdout.flush()
    return listener


fuzzing.listenWS = listen
run()
