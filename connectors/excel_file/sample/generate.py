"""Writes `servidores.xlsx`: a sheet as a municipality keeps it, people invented.

Run it to write the workbook again: `python connectors/excel_file/sample/generate.py`.
The same seed gives the same people. Each fault is planted on purpose and counted
in `expected.toml`.
"""

import random
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import xlsxwriter

ROWS = 300
HERE = Path(__file__).parent
FIRST_DATA_ROW = 7
WOMEN = (
    "María Guadalupe, Ana Sofía, Ximena, Rosa Elena, Verónica, Itzel, Leticia, "
    "Fernanda, Dulce María, Norma Angélica, Begoña, Citlali"
)
MEN = (
    "José Luis, Juan Carlos, Miguel Ángel, Iñaki, Francisco, Óscar, Jesús, Héctor "
    "Hugo, Raúl, Noé, Martín, Ángel de Jesús"
)
SURNAMES = (
    "Hernández, García, Martínez, López, González, Pérez, Rodríguez, Sánchez, "
    "Ramírez, Cruz, Flores, Gómez, Morales, Vázquez, Reyes, Jiménez, Torres, "
    "Díaz, Gutiérrez, Ruiz, Mendoza, Aguilar, Ortiz, Muñoz, Castañeda, De la "
    "Cruz, Núñez, Ibáñez, Peña, Zúñiga, Quiñones, Treviño"
)
JOBS = (
    ("Director de Obras Públicas", "D1"),
    ("Jefa de Departamento de Adquisiciones", "JD3"),
    ("Auxiliar administrativo", "A12"),
    ("Analista de licitaciones", "AN7"),
    ("Tesorera municipal", "T1"),
    ("Supervisor de obra", "S04"),
    ("Coordinador de licencias", "C2"),
    ("Encargado de almacén", "007"),
)
PROCEDURES = (
    "Licitación",
    "CONTRATACIONES PÚBLICAS",
    "Contrataciones; Concesiones",
    "Licencias; Permisos",
    "1",
    "1; 3",
    "Enajenación de bienes muebles",
    "Avalúos",
    "Otro: comodatos",
    "Adjudicación directa",
)
AREAS = (
    "Requirente",
    "REQUIRENTE; CONTRATANTE",
    "Área técnica",
    "T",
    "",
    "Contratante",
)
LEVELS = ("Atención", "TRAMITACIÓN", "Resolución", "Atención; Tramitación", "A; T", "")
GROUPS = (
    ("Núm. empleado", ""),
    ("Fecha de alta", ""),
    ("Ejercicio", ""),
    ("Datos del servidor público", "Nombre(s)"),
    ("", "Primer apellido"),
    ("", "Segundo apellido"),
    ("", "RFC"),
    ("", "CURP"),
    ("", "Sexo"),
    ("Puesto", "Denominación"),
    ("", "Nivel"),
    ("Contrataciones", "Tipo de área"),
    ("", "Responsabilidad"),
    ("", "Procedimientos"),
    ("Superior inmediato", "Nombre(s)"),
    ("", "Primer apellido"),
    ("", "Segundo apellido"),
    ("", "Puesto"),
    ("Observaciones", ""),
)
NUMBER, DATE, YEAR, NAME, FIRST, SECOND, RFC, CURP, SEX, JOB, LEVEL = range(11)
AREA, DUTY, PROCEDURE = 11, 12, 13
Row = list[Any]
Fault = Callable[[Row], None]


def put(column: int, value: object) -> Fault:
    """Give the fault of a cell that holds that value."""
    return lambda row: row.__setitem__(column, value)


# Row of the sheet → what is wrong in it. Each of these rows must be rejected.
FAULTS: dict[int, Fault] = {
    19: put(DATE, "31/02/2025"),
    28: put(DATE, "pendiente"),
    37: put(DATE, "30/02/2024"),
    46: put(NAME, "N/A"),
    55: put(FIRST, ""),
    64: put(LEVEL, "CONFIANZA NIVEL 14-B"),
    73: put(LEVEL, "Honorarios asimilados"),
    82: put(PROCEDURE, ""),
    91: put(PROCEDURE, "S/D"),
    100: put(PROCEDURE, "Compras menores"),
    118: put(NUMBER, "MSJ-0042"),
    136: put(NUMBER, "MSJ-0041"),
    154: put(NUMBER, ""),
    163: put(SEX, "?"),
    172: put(YEAR, "dos mil veinticinco"),
    190: put(YEAR, "25"),
    208: put(AREA, "Sindicato"),
    226: put(DATE, "13/25/2024"),
    244: put(DUTY, "Vigila"),
    262: lambda row: (row.__setitem__(JOB, ""), row.__setitem__(LEVEL, "-"))[0],
    280: lambda row: (row.__setitem__(NAME, ""), row.__setitem__(DATE, "00/00/0000"))[
        0
    ],
}


def main() -> None:
    """Write the workbook beside this file."""
    chance = random.Random(20251)  # noqa: S311 - invented people, not secrets
    with xlsxwriter.Workbook(str(HERE / "servidores.xlsx")) as book:
        book.set_properties({"created": datetime(2025, 11, 3, 9, 30)})  # noqa: DTZ001
        sheet = book.add_worksheet("Servidores 2025")
        _write_heading(book, sheet)
        dated = book.add_format({"num_format": "dd/mm/yyyy"})
        for index in range(ROWS):
            number = FIRST_DATA_ROW + index
            row = _row(index, chance)
            FAULTS.get(number, lambda _: None)(row)
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number - 1, column, value, dated)
                elif isinstance(value, int | float):
                    sheet.write_number(number - 1, column, value)
                elif value:
                    sheet.write_string(number - 1, column, value)
        last = FIRST_DATA_ROW + ROWS
        sheet.write_string(last, 0, "TOTAL DE SERVIDORES PÚBLICOS")
        sheet.write_formula(last, 3, f"=COUNTA(A7:A{last})", value=ROWS)
        sheet.write_string(
            last + 2, 0, "Fuente: Oficialía Mayor, corte a octubre de 2025."
        )
        _write_notes(book)


def _write_heading(book: Any, sheet: Any) -> None:  # noqa: ANN401 - no types there
    title = book.add_format({"bold": True, "font_size": 14, "align": "center"})
    bold = {"bold": True, "border": 1, "align": "center", "valign": "vcenter"}
    head = book.add_format({**bold, "bg_color": "#d9e2ef", "text_wrap": True})
    sheet.set_column(0, len(GROUPS), 18)
    sheet.merge_range("A1:S1", "H. AYUNTAMIENTO DE SAN JERÓNIMO DE LOS ENCINOS", title)
    sheet.merge_range(
        "A2:S2",
        "Padrón de servidores públicos que intervienen en contrataciones",
        title,
    )
    sheet.write_string("A3", "Ejercicio 2025")
    starts = [i for i, (upper, _) in enumerate(GROUPS) if upper] + [len(GROUPS)]
    for start, end in pairwise(starts):
        upper, lower = GROUPS[start]
        if not lower:
            sheet.merge_range(4, start, 5, start, upper, head)
            continue
        sheet.merge_range(4, start, 4, end - 1, upper, head)
        for column in range(start, end):
            sheet.write_string(5, column, GROUPS[column][1], head)
    sheet.freeze_panes(6, 1)


def _write_notes(book: Any) -> None:  # noqa: ANN401 - no types there
    notes = book.add_worksheet("Notas")
    for row, text in enumerate(
        (
            "Llenar una fila por persona. No borrar columnas.",
            "La columna Procedimientos admite varios, separados por punto y coma.",
            "Dudas: Oficialía Mayor, extensión 114.",
        )
    ):
        notes.write_string(row, 0, text)


def _row(index: int, chance: random.Random) -> Row:
    woman = chance.random() < 0.5
    name = chance.choice((WOMEN if woman else MEN).split(", "))
    first, second = chance.sample(SURNAMES.split(", "), 2)
    born = date(1960, 1, 1) + timedelta(days=chance.randrange(14_000))
    job, level = chance.choice(JOBS)
    row: Row = [
        f"MSJ-{index + 1:04d}",
        _dated(date(2024, 1, 2) + timedelta(days=chance.randrange(640)), chance),
        chance.choice((2025, "2025", 2025.0, "2024")),
        name,
        first,
        second if chance.random() < 0.93 else chance.choice(("", "-", "N/A")),
        _rfc(name, first, second, born, chance),
        "",
        chance.choice(
            ("F", "Mujer", "FEMENINO") if woman else ("H", "Hombre", "MASCULINO")
        ),
        job,
        level,
        chance.choice(AREAS),
        chance.choice(LEVELS),
        chance.choice(PROCEDURES),
        chance.choice(MEN.split(", ")),
        chance.choice(SURNAMES.split(", ")),
        chance.choice(SURNAMES.split(", ")),
        chance.choice(("Presidente municipal", "Oficial mayor", "Síndico")),
        chance.choice(("", "", "", "Licencia médica", "Sin observaciones", "N/A")),
    ]
    # Half the staff types in capitals, and some leave blanks around.
    for column in (NAME, FIRST, SECOND, JOB):
        if chance.random() < 0.5:
            row[column] = row[column].upper()
        if chance.random() < 0.1:
            row[column] = f" {row[column]}  "
    return row


def _dated(day: date, chance: random.Random) -> object:
    """Give a date in one of the ways that a sheet of several hands has."""
    serial = (day - date(1899, 12, 30)).days
    return chance.choice(
        (day, day, f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}", day.isoformat(), float(serial))
    )


def _rfc(name: str, first: str, second: str, born: date, chance: random.Random) -> str:
    letters = f"{first[:2]}{second[:1]}{name[:1]}".replace(" ", "X")
    plain = unicodedata.normalize("NFKD", letters.upper()).encode("ascii", "ignore")
    tail = "".join(chance.choice("ABCDEFGHJKLMNPQRSTUVWXYZ123456789") for _ in range(3))
    return f"{plain.decode():X<4}{born:%y%m%d}{tail}" if chance.random() < 0.9 else ""


if __name__ == "__main__":
    main()
