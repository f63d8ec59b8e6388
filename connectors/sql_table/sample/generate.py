"""Writes `nomina.db`: a table as a payroll system keeps it, people invented.

Run it to write the file again: `python connectors/sql_table/sample/generate.py`.
Each fault is planted on purpose and counted in `expected.toml`.
"""

import sqlite3
from pathlib import Path

HERE = Path(__file__).parent
TABLE = """
CREATE TABLE padron (
    num_empleado INTEGER PRIMARY KEY,
    nombre TEXT, paterno TEXT, materno TEXT, sexo TEXT,
    puesto TEXT, nivel TEXT, ejercicio INTEGER,
    procedimientos TEXT, actualizado TEXT, foto BLOB
)
"""
PHOTO = b"\x89PNG"
PEOPLE = (
    (101, "ITZEL", "NÚÑEZ", "DE LA CRUZ", "F", "Jefa de Adquisiciones", "JD3", 2025,
     "Licitación", "2025-10-31 18:05:00", PHOTO),
    (104, "Óscar", "Peña", None, "M", "Analista de licitaciones", "AN7", 2025,
     "Licitación; Licencias", "2025-10-31 18:05:00", None),
    (110, "María Begoña", "Zúñiga", "Ríos", "F", "Supervisora de obra", "007", 2024,
     "1", "2025-09-15 09:00:00", None),
    # Nobody says in which procedures: the standard requires it.
    (112, "Noé", "Treviño", "Paz", "M", "Auxiliar", "A12", 2025,
     None, "2025-10-31 18:05:00", None),
    # The day does not exist.
    (131, "Citlali", "Ibáñez", "Sol", "F", "Coordinadora de licencias", "C2", 2025,
     "Licencias", "2025-02-31 10:00:00", None),
    (140, "Jesús", "De la Cruz", "Mora", "M", "Encargado de almacén", "E1", 2025,
     "2", "2025-10-31 18:05:00", None),
)  # fmt: skip


def main() -> None:
    """Write the file beside this one."""
    path = HERE / "nomina.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as base:
        base.execute(TABLE)
        marks = ", ".join("?" * len(PEOPLE[0]))
        insert = f"INSERT INTO padron VALUES ({marks})"  # noqa: S608 - only marks
        base.executemany(insert, PEOPLE)
    base.close()


if __name__ == "__main__":
    main()
