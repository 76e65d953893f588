"""Makes a Piper network tell how long each phoneme is.

The networks compute it (the output of their only Ceil node: frames a phoneme) and do not give it out. Naming the
tensor as an output suffices; piper does so with the ``onnx`` package (``piper.patch_voice_with_alignment``), which
parses and rewrites the file. Here the name is appended instead: protobuf defines that serialised messages put one
behind the other merge, repeated fields growing (Protocol Buffers documentation, "Encoding", "Last One Wins"), so a
ModelProto that holds nothing but ``graph { output { name } }`` adds that output. No package, no parsing of weights,
no second copy.

Pure functions on bytes. Field numbers are those of ``onnx.proto``.
"""

from collections.abc import Iterator

_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_OUTPUT = 1, 12
_NODE_OUTPUT, _NODE_OPERATOR = 2, 4
_VALUE_NAME = 1

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


def with_durations(model: bytes) -> tuple[bytes, bool]:
    """The network with phoneme durations as its second output, and whether it has them.

    A network that already gives them out is returned as it is; so is one in which the tensor cannot be told (none or
    several Ceil nodes: not exported by piper). Raises ``ValueError`` where the bytes end too early or are no
    protobuf.
    """
    tensors: list[bytes] = []
    outputs: list[bytes] = []
    whole = memoryview(model)
    for field, graph in _fields(whole):
        if field != _MODEL_GRAPH:
            continue
        for kind, part in _fields(graph):
            if kind == _GRAPH_NODE:
                tensors += _ceil_outputs(part)
            elif kind == _GRAPH_OUTPUT:
                outputs += [bytes(name) for number, name in _fields(part) if number == _VALUE_NAME]
    if len(tensors) != 1:
        return model, False
    if tensors[0] in outputs:
        return model, outputs.index(tensors[0]) == 1
    if len(outputs) != 1:
        return model, False
    addition = _message(_MODEL_GRAPH, _message(_GRAPH_OUTPUT, _message(_VALUE_NAME, tensors[0])))
    return model + addition, True


def _ceil_outputs(node: memoryview) -> list[bytes]:
    parts = [(field, bytes(value)) for field, value in _fields(node) if field in (_NODE_OUTPUT, _NODE_OPERATOR)]
    if (_NODE_OPERATOR, b"Ceil") not in parts:
        return []
    return [value for field, value in parts if field == _NODE_OUTPUT]


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The fields of a protobuf message that have a length, by number; others are passed over."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == _VARINT:
            _, place = _varint(message, place)
            continue
        if kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        elif kind == _LENGTH:
            length, place = _varint(message, place)
        else:
            raise ValueError(f"no protobuf: wire type {kind} at byte {place}")
        if place + length > len(message):
            raise ValueError(f"it ends after {len(message)} bytes, in the middle of a field")
        if kind == _LENGTH:
            yield key >> 3, message[place : place + length]
        place += length


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """The number at ``place`` and the place behind it."""
    value = shift = 0
    while place < len(message) and shift < 64:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
    raise ValueError(f"it ends after {len(message)} bytes, or is no protobuf")


def _message(field: int, content: bytes) -> bytes:
    return _encoded(field << 3 | _LENGTH) + _encoded(len(content)) + content


def _encoded(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
