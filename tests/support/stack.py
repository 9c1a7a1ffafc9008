"""The local stack for tests: `yield from running_stack()` in a session fixture."""

from collections.abc import Iterator

from local_stack.stack import LocalStack, StackUrls


def running_stack() -> Iterator[StackUrls]:
    """Yield the URLs of a stack that lives until the generator is closed.

    URLs given by the environment are used as they are. Only URLs go out: clients belong to the
    event loop of the test that makes them.
    """
    with LocalStack.start() as stack:
        yield stack.urls
