"""Cleaning what people write, and the code of the fault if that cannot be done."""

from intake.normal import NotNormal


def faulty(clean, *args, **options) -> str | None:
    """The code of the fault, or None."""
    try:
        clean(*args, **options)
    except NotNormal as error:
        assert str(error) == error.code
        return error.code
    return None
