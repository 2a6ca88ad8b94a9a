"""Text of a file that a person wrote: what is not UTF-8 is their mistake, not an accident of ours."""

from headway.errors import BadInput


def text(data: bytes, where: str) -> str:
    """The characters, nothing normalised; raises BadInput naming the file and its first wrong byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"this is not UTF-8 (byte {error.start})", where=where, next_step="Save it as UTF-8."
        ) from error
