"""Compiled code kept on disk from one run to the next, so that only the first run on a machine waits for it.

numba's own cache looks at the file of the function that is compiled, not at the files of the functions which that one
calls: after a change in one of those it would go on running old code. Here every entry is bound to the text of all
files that any compiled function of the package stands in. And what is only there to save time must never stop a run:
damaged files are compiled anew, and where nothing can be written nothing is kept.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile

__all__ = ["is_ready", "jit", "sources"]

F = TypeVar("F", bound=Callable[..., Any])
PACKAGE = Path(__file__).parent.parent
SOURCES = ("draws/*.py", "network/kinds.py", "engine/compiled/*.py")


def jit(function: F) -> F:
    """Compile a function at its first call, and keep it on disk if there is a folder for that.

    The folder is `__pycache__` beside the source, else numba's in the user's cache folder, or NUMBA_CACHE_DIR.
    """
    dispatcher = numba.njit(nogil=True, error_model="numpy")(function)
    try:
        dispatcher._cache = _Kept(function)
    except RuntimeError as error:  # numba: no folder may be written to
        if "no locator available" not in str(error):
            raise
    return cast(F, dispatcher)


def is_ready(function: Any, signature: tuple[Any, ...]) -> bool:
    """Tell whether a function made by `jit` is compiled for these types already, in this process or on disk."""
    if function.overloads:
        return True
    kept = function._cache
    return isinstance(kept, _Kept) and kept.holds(signature, function.targetctx.codegen())


@cache
def sources() -> str:
    """Return a hash of the text of every file that holds compiled code, or constants that it uses, and of the way to
    compile it (bounds checked or not).
    """
    digest = hashlib.sha256(os.environ.get("SERVSIM_CHECK_BOUNDS", "").encode())
    for pattern in SOURCES:
        for path in sorted(PACKAGE.glob(pattern)):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class _Files(IndexDataCacheFile):  # type: ignore[misc]
    """numba's files of one function, the compiled code behind its own hash: LLVM takes damaged code on trust."""

    def _save_data(self, name: str, data: Any) -> None:
        code = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(hashlib.sha256(code).digest() + code)

    def _load_data(self, name: str) -> Any:
        found = Path(self._data_path(name)).read_bytes()
        size = hashlib.sha256().digest_size
        if hashlib.sha256(found[size:]).digest() != found[:size]:
            raise ValueError(f"{name} is damaged")
        return pickle.loads(found[size:])


class _Kept(FunctionCache):  # type: ignore[misc]
    """numba's cache of one function, bound to all sources, and never in the way of a run."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _Files(self._cache_path, self._impl.filename_base, stamp)

    def _index_key(self, signature: Any, codegen: Any) -> tuple[Hashable, ...]:
        return (*super()._index_key(signature, codegen), sources())

    def holds(self, signature: Any, codegen: Any) -> bool:
        """Tell whether the compiled function for a signature is there."""
        try:
            return self._cache_file.load(self._index_key(signature, codegen)) is not None
        except Exception:  # damaged files raise anything
            return False

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the compiled function for a signature, None if it is not there or damaged."""
        try:
            return super().load_overload(signature, target_context)
        except Exception:  # a damaged pickle raises anything
            self._forget()
            return None

    def save_overload(self, signature: Any, data: Any) -> None:
        """Keep a compiled function, if the disk lets us."""
        try:
            super().save_overload(signature, data)
        except (OSError, EOFError, pickle.UnpicklingError):
            self._forget()

    def _forget(self) -> None:
        """Empty the index, if it can be written."""
        try:
            self.flush()
        except OSError:
            self.disable()
