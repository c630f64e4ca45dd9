"""Makes records as the standard `dataclass` does, at a fraction of its cost when a process starts.

A cycle is a cold process that defines some eighty records and uses half of them. The standard decorator compiles six
functions for each and loads `inspect`; here what all records do alike is shared, and `__init__` is compiled when the
first one is made. Types are checked as for the standard decorator, whose names these are (docs/decisions/0145).
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import MISSING as MISSING
    from dataclasses import FrozenInstanceError as FrozenInstanceError
    from dataclasses import asdict as asdict
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import fields as fields
    from dataclasses import replace as replace

else:
    MISSING = object()

    class FrozenInstanceError(AttributeError):
        """A record is made anew by `replace`, never changed."""

    class Field:
        __slots__ = ("default", "factory", "name", "repr")

        def __init__(self, default: object, factory: object, shown: bool) -> None:
            self.name, self.default, self.factory, self.repr = "", default, factory, shown

    def field(*, default: object = MISSING, default_factory: object = MISSING, repr: bool = True) -> Field:
        return Field(default, default_factory, repr)

    def fields(record: Any) -> tuple[Field, ...]:
        return record.__record_fields__

    def replace(record: Any, /, **changes: object) -> Any:
        for one in record.__record_fields__:
            if one.name not in changes:
                changes[one.name] = getattr(record, one.name)
        return type(record)(**changes)

    def asdict(value: Any) -> Any:
        if hasattr(type(value), "__record_fields__"):
            return {one.name: asdict(getattr(value, one.name)) for one in value.__record_fields__}
        if isinstance(value, (list, tuple)):
            return type(value)(map(asdict, value))
        return {key: asdict(part) for key, part in value.items()} if isinstance(value, dict) else value

    def dataclass(
        cls: type | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True, order: bool = False
    ) -> Any:
        if cls is None:
            return lambda cls: _made(cls, frozen=frozen, slots=slots, eq=eq, order=order)
        return _made(cls, frozen=frozen, slots=slots, eq=eq, order=order)

    def _made(cls: type, *, frozen: bool, slots: bool, eq: bool, order: bool) -> type:
        own = [_own(cls, name) for name, of in cls.__annotations__.items() if not str(of).startswith("ClassVar")]
        inherited = getattr(cls, "__record_fields__", ())
        named = {one.name: one for one in (*inherited, *own)}
        if slots:
            cls = _slotted(cls, [one.name for one in own])
        cls.__record_fields__ = tuple(named.values())
        cls.__match_args__ = tuple(named)
        values = _values(tuple(named))
        functions = _always(cls, frozen=frozen) | (_compared(values, order=order) if eq else {})
        if frozen:
            functions |= _fixed()
        for name, function in functions.items():
            if name not in cls.__dict__:
                setattr(cls, name, function)
        if eq and cls.__dict__.get("__hash__") is None:  # as Python leaves it beside an `__eq__`
            cls.__hash__ = (lambda self: hash(values(self))) if frozen else None
        return cls

    def _own(cls: type, name: str) -> Field:
        given = cls.__dict__.get(name, MISSING)
        one = given if type(given) is Field else Field(given, MISSING, True)
        one.name = name
        if one.default is not MISSING:
            setattr(cls, name, one.default)
        elif given is not MISSING:
            delattr(cls, name)
        return one

    def _slotted(cls: type, names: list[str]) -> type:
        """The same class with slots, which can only be given to a new one."""
        kept = {name: value for name, value in cls.__dict__.items() if name not in names}
        for name in ("__dict__", "__weakref__"):
            kept.pop(name, None)
        new = type(cls)(cls.__name__, cls.__bases__, {**kept, "__slots__": tuple(names)})
        new.__qualname__ = cls.__qualname__
        return new

    def _values(names: tuple[str, ...]) -> Any:
        """A function that tells a record's values as one tuple."""
        if len(names) > 1:
            return operator.attrgetter(*names)
        return lambda self: tuple(getattr(self, name) for name in names)

    def _always(cls: type, *, frozen: bool) -> dict[str, Any]:
        def __init__(self: Any, *args: object, **kwargs: object) -> None:
            cls.__init__ = made = _initialiser(cls, frozen=frozen)
            made(self, *args, **kwargs)

        def __repr__(self: Any) -> str:
            shown = (f"{one.name}={getattr(self, one.name)!r}" for one in self.__record_fields__ if one.repr)
            return f"{type(self).__qualname__}({', '.join(shown)})"

        def __getstate__(self: Any) -> list[object]:
            return [getattr(self, one.name) for one in self.__record_fields__]

        def __setstate__(self: Any, state: list[object]) -> None:
            for one, value in zip(self.__record_fields__, state, strict=True):
                object.__setattr__(self, one.name, value)

        return {one.__name__: one for one in (__init__, __repr__, __getstate__, __setstate__)}

    def _fixed() -> dict[str, Any]:
        def __setattr__(_self: Any, name: str, _value: object) -> None:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(_self: Any, name: str) -> None:
            raise FrozenInstanceError(f"cannot delete field {name!r}")

        return {"__setattr__": __setattr__, "__delattr__": __delattr__}

    def _compared(values: Any, *, order: bool) -> dict[str, Any]:
        def by(how: Any) -> Any:
            return lambda self, other: how(values(self), values(other)) if type(other) is type(self) else NotImplemented

        ways = (operator.eq, operator.lt, operator.le, operator.gt, operator.ge) if order else (operator.eq,)
        return {f"__{how.__name__}__": by(how) for how in ways}

    def _initialiser(cls: type, *, frozen: bool) -> Any:
        known: dict[str, Any] = {"MISSING": MISSING}
        parameters, body = ["self"], []
        for one in cls.__record_fields__:
            name, value = one.name, one.name
            if one.factory is not MISSING:
                known[f"make_{name}"] = one.factory
                parameters.append(f"{name}=MISSING")
                value = f"make_{name}() if {name} is MISSING else {name}"
            elif one.default is not MISSING:
                known[f"usual_{name}"] = one.default
                parameters.append(f"{name}=usual_{name}")
            else:
                parameters.append(name)
            slot = getattr(cls, name, None) if frozen else None
            if not frozen:
                body.append(f" self.{name} = {value}")
            elif type(slot).__name__ == "member_descriptor":
                known[f"set_{name}"] = slot.__set__
                body.append(f" set_{name}(self, {value})")
            else:
                body.append(f" self.__dict__['{name}'] = {value}")
        if hasattr(cls, "__post_init__"):
            body.append(" self.__post_init__()")
        text = "\n".join([f"def __init__({', '.join(parameters)}):", *body, " return None"])
        exec(text, known)  # names of fields of our own classes, nothing else
        made = known["__init__"]
        made.__qualname__ = f"{cls.__qualname__}.__init__"
        return made
