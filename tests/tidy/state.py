"""Nothing is kept at module level: what changes lives in an object that somebody made and handed on."""

import ast
from collections.abc import Iterator

from tests.tidy.source import Source, Violation, dotted

# fmt: off
_MUTABLE = frozenset({
    "AsyncClient", "bytearray", "ChainMap", "Client", "Condition", "ContextVar", "count", "Counter", "cycle",
    "defaultdict", "deque", "dict", "Environment", "Event", "FastAPI", "Jinja2Templates", "list", "Lock",
    "OrderedDict", "Queue", "Random", "RLock", "Semaphore", "set", "SimpleNamespace", "ThreadPoolExecutor",
    "WeakKeyDictionary", "WeakSet", "WeakValueDictionary",
})
# fmt: on
_READ_ONLY = ("Final", "Mapping", "Sequence", "frozenset", "AbstractSet", "tuple", "Collection", "Iterable")
_DISPLAYS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
_CACHES = frozenset({"cache", "lru_cache", "cached"})


def nothing_is_kept_at_module_level(source: Source) -> Iterator[Violation]:
    """Module level and class bodies hold constants: no mutable object unless its type says that it is only read."""
    if not source.in_package:
        return
    yield from _mutable_in(source, source.tree.body)
    for node in source.nodes:
        if isinstance(node, ast.ClassDef):
            yield from _mutable_in(source, node.body)
        elif isinstance(node, ast.Global):
            yield source.violation(node.lineno, f"global {', '.join(node.names)}: module-level state")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _cached(source, node)


def _mutable_in(source: Source, body: list[ast.stmt]) -> Iterator[Violation]:
    for node in body:
        if isinstance(node, ast.Assign):
            name, kind, value = " ".join(dotted(target) for target in node.targets), "", node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            name, kind, value = dotted(node.target), ast.unparse(node.annotation), node.value
        else:
            continue
        if name != "__all__" and _is_mutable(value) and not any(word in kind for word in _READ_ONLY):
            yield source.violation(
                node.lineno, f"{name} can be changed; a tuple, or annotate Mapping, Sequence or Final"
            )


def _is_mutable(value: ast.expr) -> bool:
    return isinstance(value, _DISPLAYS) or (
        isinstance(value, ast.Call) and dotted(value.func).split(".")[-1] in _MUTABLE
    )


def _cached(source: Source, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Violation]:
    for item in node.decorator_list:
        name = dotted(item.func if isinstance(item, ast.Call) else item).split(".")[-1]
        if name in _CACHES:
            yield source.violation(node.lineno, f"{node.name}: a cache on a function is module-level state")
