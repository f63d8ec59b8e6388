"""A site as large as the country, written by PostgreSQL itself, for speed.

What is measured does not depend on what the rows say, but on how many there are
and how they are spread: a resource for each submission, runs for all of them.
"""

import psycopg
from tests.bench.market.sizes import Sizes

WORDS = (
    "declaraciones patrimoniales contrataciones publicas servidores sancionados "
    "particulares municipio ayuntamiento contraloria estado secretaria datos abiertos "
    "interoperabilidad conector interfaz validador carga masiva consulta historica "
    "intereses fiscal convertidor hoja registro institucional transparencia "
    "anticorrupcion expediente padron proveedor licitacion contrato auditoria "
    "dependencia organo"
)
STATES = (
    "Jalisco Oaxaca Chiapas Puebla Sonora Yucatan Veracruz Tabasco Durango Hidalgo "
    "Morelos Colima Nayarit Sinaloa Tlaxcala Zacatecas Guerrero Campeche"
)
TECHNOLOGIES = (
    "Python Node.js PostgreSQL MongoDB Docker NGINX Java PHP Laravel Flask Go C#"
)

# %(…)s only: whatever is counted is counted by PostgreSQL.
FILL = (
    """
    INSERT INTO users (id, email, name, organization, role, password_hash, created_at,
                       confirmed_at, factor_secret, factor_step)
    SELECT 1000 + i, 'persona' || i || '@ejemplo.gob.mx', 'Persona ' || i,
           'Institución ' || i, 'contributor', 'x', now(), now(), '', 0
    FROM generate_series(1, %(institutions)s) i""",
    """
    INSERT INTO organisations (id, name, created_at)
    SELECT i, 'Institución ' || i, now()
    FROM generate_series(1, %(institutions)s) i""",
    """
    INSERT INTO organisation_members (organisation_id, user_id, seat, joined_at)
    SELECT i, 1000 + i, 'manager', now()
    FROM generate_series(1, %(institutions)s) i""",
    """
    INSERT INTO submissions (
        id, owner_id, organisation_id, state, name, abstract, description, institution,
        maintainer, standard, environment, base_url, token_url, client_id,
        client_secret, username, password, token, contact_email, contact_phone,
        repository_url, documentation_url, licence, slug, round, created_at, changed_at,
        sent_at)
    SELECT i, 1000 + o, o, CASE WHEN i %% 60 = 0 THEN 'in_review' ELSE 'published' END,
           initcap(a[1 + i %% n] || ' ' || a[1 + (i * 7) %% n] || ' ' ||
                   s[1 + i %% m]) || ' ' || i,
           'Publica ' || a[1 + (i * 3) %% n] || ' de ' || s[1 + (i * 5) %% m] || '.',
           'Descripción.', 'Institución ' || o, 'Institución ' || o,
           (ARRAY['s1', 's2', 's3s', 's3v2', 's6'])[1 + i %% 5], 'development',
           'https://api' || i || '.ejemplo.gob.mx', '', 'pdn', '', 'pdn', '', '',
           'ti@ejemplo.gob.mx', '', '', '', (ARRAY['MIT', 'GPL-3.0', ''])[1 + i %% 3],
           CASE WHEN i %% 60 = 0 THEN '' ELSE 'conector-' || i END, 1,
           now() - interval '400 days', now() - interval '400 days',
           now() - (i %% 60) * interval '1 day'
    FROM generate_series(1, %(resources)s) i,
         LATERAL (SELECT 1 + i %% %(institutions)s AS o,
                         string_to_array(%(words)s, ' ') AS a,
                         string_to_array(%(states)s, ' ') AS s) w,
         LATERAL (SELECT cardinality(a) AS n, cardinality(s) AS m) c""",
    """
    INSERT INTO submission_contributors (submission_id, user_id)
    SELECT id, owner_id FROM submissions""",
    """
    INSERT INTO runs (
        id, submission_id, requested_by, by_watch, state, attempts, queued_at,
        started_at, finished_at, cancel_requested, done, total, doing, message, verdict,
        summary, suite_version, sentence)
    SELECT i, s, 1000 + 1 + s %% %(institutions)s, true, 'finished', 1, t, t, t, false,
           68, 68, '', '',
           CASE WHEN i %% 11 = 0 THEN 'non_conformant' ELSE 'conformant' END,
           '{"pass": 68, "fail": 0, "warn": 0, "skip": 0, "error": 0}', '0.1.0',
           'Conforme: cumple todos los requisitos obligatorios.'
    FROM generate_series(1, %(runs)s) i,
         LATERAL (SELECT 1 + i %% %(resources)s AS s,
                         now() - (%(runs)s - i) * interval '1 minute' AS t) w""",
    """
    UPDATE submissions SET published_run_id =
        (SELECT max(id) FROM runs WHERE submission_id = submissions.id)
    WHERE state = 'published'""",
    """
    INSERT INTO resources (
        id, slug, position, origin, type, name, name_key, maintainer, abstract,
        description, audience, url, licence, contact, links, notes, conformance,
        verdict, verified_key, search_text, published_at, updated_at)
    SELECT 1000 + s.id, s.slug, 1000000 + s.id, 'connector', 'api', s.name,
           lower(s.name), s.maintainer, s.abstract, s.description, '', s.base_url,
           s.licence, '{}', '[]', '[]',
           json_build_object(
               'standard', s.standard, 'standard_version', '1.1',
               'verdict', 'conformant', 'verified_at', '2026-11-02T09:30:00+00:00',
               'suite_version', '0.1.0', 'report_path', '/pruebas/' || published_run_id,
               'badge_path', '/api/v1/resources/' || s.slug || '/badge.svg'),
           'conformant', '2026-' || to_char(1 + s.id %% 11, 'FM00') || '-02T09:30:00',
           lower(s.name || ' ' || s.abstract || ' institucion ' || s.owner_id),
           now() - s.id * interval '1 minute', now() - s.id * interval '1 minute'
    FROM submissions s WHERE state = 'published'""",
    """
    INSERT INTO resource_systems (resource_id, system)
    SELECT 1000 + id, left(standard, 2) FROM submissions WHERE state = 'published'""",
    """
    INSERT INTO resource_technologies (resource_id, technology, position)
    SELECT 1000 + id, t[1 + (id * k * 5 + k) %% cardinality(t)], k
    FROM submissions, generate_series(0, 1) k,
         LATERAL (SELECT string_to_array(%(technologies)s, ' ') AS t) w
    WHERE state = 'published' ON CONFLICT DO NOTHING""",
    """
    INSERT INTO watched (submission_id, round, next_look_at, next_run_at, alerts)
    SELECT id, 1, now() + interval '1 day', now() + interval '7 days', '[]'
    FROM submissions WHERE state = 'published'""",
    """
    INSERT INTO looks (submission_id, at, is_up, is_refused, latency_ms, records,
                       repeats_pages, fingerprint)
    SELECT id, now() - k * interval '1 day', k %% 19 > 0, false, 80 + k, 300, false, 'a'
    FROM submissions, generate_series(1, 30) k WHERE state = 'published'""",
    """
    INSERT INTO audit (at, actor, action, object, payload, previous_hash, hash)
    SELECT s.created_at + k * interval '1 day', 'cuenta:' || owner_id,
           (ARRAY['create', 'run_finish', 'send', 'review_approve', 'review_approve',
                  'approve', 'publish'])[k],
           'submission:' || id, '{}', md5(id || '-' || k), md5('h' || id || '-' || k)
    FROM submissions s, generate_series(1, 7) k""",
    """
    INSERT INTO audit (at, actor, action, object, payload, previous_hash, hash)
    SELECT finished_at, 'sistema', 'run_finish', 'submission:' || submission_id, '{}',
           md5('run' || id), md5('hrun' || id)
    FROM runs""",
)
COUNTED = ("users", "organisations", "submissions", "runs", "resources")


def fill(address: str, sizes: Sizes) -> None:
    """Fill a migrated database."""
    values = {
        "institutions": sizes.institutions,
        "resources": sizes.resources,
        "runs": sizes.runs,
        "words": WORDS,
        "states": STATES,
        "technologies": TECHNOLOGIES,
    }
    with psycopg.connect(address, autocommit=True) as connection:
        # Bound in the text: what a parameter is cannot be told inside LATERAL.
        with psycopg.ClientCursor(connection) as cursor:
            for statement in FILL:
                cursor.execute(statement.encode(), values)
            for table in COUNTED:
                following = f"SELECT setval('{table}_id_seq', max(id)) FROM {table}"
                cursor.execute(following.encode())
        connection.execute("ANALYZE")
