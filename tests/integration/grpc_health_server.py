"""A gRPC server with the standard health service, encoded by hand: SERVICE names how it is."""

import sys
from concurrent import futures

import grpc

SERVING, NOT_SERVING, SERVICE_UNKNOWN = 1, 2, 3


def check(request, context):
    name = request[2:].decode() if request else ""
    metadata = dict(context.invocation_metadata())
    if name == "secret" and metadata.get("x-key") != "sesame":
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")
    if name == "slow":
        context.add_callback(lambda: None)
        futures.wait([], timeout=0)
        while context.is_active() and context.time_remaining() > 0:
            context._state.condition.acquire()
            context._state.condition.wait(0.05)
            context._state.condition.release()
        context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "too slow")
    if name == "down":
        return bytes([8, NOT_SERVING])
    if name == "odd":
        return b""
    if name == "broken":
        return b"\xff\xff"
    if name == "busy":
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "50% busy: zu viel")
    if name in ("", "up", "secret"):
        return bytes([8, SERVING])
    context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    return b""


def main():
    port, kind = sys.argv[1], sys.argv[2]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    if kind != "nothing":
        handler = grpc.unary_unary_rpc_method_handler(check)
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": handler}),))
    if kind == "tls":
        with open(sys.argv[3], "rb") as key, open(sys.argv[4], "rb") as certificate:
            credentials = grpc.ssl_server_credentials([(key.read(), certificate.read())])
        server.add_secure_port("127.0.0.1:" + port, credentials)
    else:
        server.add_insecure_port("127.0.0.1:" + port)
    server.start()
    server.wait_for_termination()


main()
