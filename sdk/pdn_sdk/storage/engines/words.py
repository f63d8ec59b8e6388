"""What every engine says in the same words."""

INTERRUPTED = (
    "La carga se interrumpió por un error anterior y no puede seguir. "
    "Los datos anteriores siguen intactos; repita la carga."
)


def too_long(longest_s: float) -> str:
    """Say that a search took longer than it may."""
    return (
        f"La consulta tarda más de {longest_s:g} segundos. Use menos condiciones, "
        "o empiece por una que encuentre pocos registros."
    )
