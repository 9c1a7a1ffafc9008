"""A service's indexes, created at its start."""

from collections.abc import Mapping, Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import IndexModel
from pymongo.errors import OperationFailure

from payments_common.errors import Misconfigured, StoreUnavailable
from payments_common.storage.mongo_store import Document, unbroken

_FOR_A_PERSON = {
    13: "this user may not create indexes",
    18: "user or password is wrong",
    85: "one is there with other options; drop it, the next start makes it again",
    86: "one is there with other options; drop it, the next start makes it again",
}
"""MongoDB's codes: Unauthorized, AuthenticationFailed, IndexOptionsConflict, KeySpecsConflict."""


async def ensure_indexes(
    database: AsyncIOMotorDatabase[Document], wanted: Mapping[str, Sequence[IndexModel]]
) -> None:
    """Creates what is missing, by collection.

    Raises StoreUnavailable, or Misconfigured for what only a person can put right: an index that
    is there with other options, credentials that are refused.
    """
    for collection, indexes in wanted.items():
        try:
            await unbroken(database[collection].create_indexes(list(indexes)))
        except StoreUnavailable as error:
            problem = error.__cause__
            if isinstance(problem, OperationFailure) and problem.code in _FOR_A_PERSON:
                raise Misconfigured(
                    f"MongoDB refuses the indexes of {collection}: {_FOR_A_PERSON[problem.code]}"
                ) from error
            raise
