"""Write a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from autograd_notes.engine.transcript import InputError


def replace(path: Path, new: bytes, old: bytes | None) -> None:
    """Put a new content in the place of a file in one step; a link stays one, and the file that it leads to is new.

    Args:
        path: The file.
        new: What it is to hold.
        old: What it held when the new content was made from it; None where there was none.

    Raises:
        InputError: The file cannot be written, or holds something else by now.
    """
    temporary = None
    try:
        target = path.resolve()
        mode = stat.S_IMODE(target.stat().st_mode) if old is not None else 0o644
        if not mode & stat.S_IWUSR:
            raise InputError(str(path), 0, "is read-only.", "Make it writable (chmod u+w) and accept again.")
        if (target.read_bytes() if target.exists() else None) != old:
            raise InputError(str(path), 0, "was changed while its examples ran; nothing was written.", "Accept again.")
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(target)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                temporary.unlink()
        kept = "it is as it was" if old is not None else "nothing was written"
        problem = f"could not be written: {error.strerror}; {kept}."
        raise InputError(str(path), 0, problem, "Make room or check the rights.") from error


def with_line_ends_of(original: bytes, text: str) -> bytes:
    """Return a text with the line ends of a file, and its byte order mark."""
    mark = b"\xef\xbb\xbf" if original.startswith(b"\xef\xbb\xbf") else b""
    return mark + text.replace("\n", "\r\n" if b"\r\n" in original else "\n").encode()
