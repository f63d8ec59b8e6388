# Every command of the project. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.listo
# The tests start hundreds of processes: none should compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup system demo test check format unit coverage mutants bench bench-marketplace docs docs-serve messages reference lock clean

help: ## Muestra esta ayuda
	@echo "Uso: make <orden>"
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Prepara el entorno de Python en .venv (las demás órdenes lo hacen solas)

$(READY): pyproject.toml constraints.txt .ci/setup
	@bash .ci/setup $(VENV)
	@touch $@

system: ## Instala lo que usan las pruebas: Chromium, PostgreSQL y Redis
	@bash .ci/system

demo: setup ## De un Excel a un dictamen en el Mercado Digital (CHECK=1 termina solo)
	@$(BIN)/pdn-marketplace demo $(if $(CHECK),--check) $(if $(PORT),--port $(PORT))

test: setup system check unit docs ## Todo lo que corre la integración continua

check: setup ## Estilo, tipos y capas
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## Da formato al código
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

unit: setup ## Pruebas (ARGS="-k nombre" para elegir)
	$(BIN)/python -m pytest -n $${PDN_TEST_PROCESSES:-3} $(ARGS)

# Apart, because tracing every line takes longer than all the tests.
coverage: setup ## Pruebas con cobertura por ramas, al menos 90 %
	@rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -n $${PDN_TEST_PROCESSES:-2} --cov --cov-report=term --cov-fail-under=90

mutants: setup ## Siembra cada falla y cuenta cuáles se escapan (ARGS=s2)
	$(BIN)/python -m tests.mutants $(ARGS)

bench: setup ## Mide velocidad y memoria; escribe docs/reference/benchmarks.md
	$(BIN)/python -m tests.bench

bench-marketplace: setup system ## Mide el Mercado Digital lleno (ARGS=--small: un minuto)
	$(BIN)/python -m tests.bench.market $(ARGS)

docs: setup ## Construye el sitio de documentación en site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

reference: setup ## Escribe las páginas de referencia que salen del código
	$(BIN)/python -m tests.docs

docs-serve: setup ## Muestra la documentación en http://127.0.0.1:8000
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

messages: setup ## Compila los catálogos de mensajes (.po) de la línea de órdenes
	$(BIN)/pybabel -q compile -D messages -d sdk/pdn_sdk/locale -l es

lock: ## Vuelve a fijar las versiones de constraints.txt
	@bash .ci/lock

clean: ## Borra lo generado (no toca datos de los proyectos)
	rm -rf $(VENV) site dist build .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
