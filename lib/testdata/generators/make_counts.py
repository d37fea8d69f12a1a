"""Runs the SQL beside rows.csv in DuckDB (pip install duckdb) and writes its tables of counts.

    python lib/testdata/generators/make_counts.py

The .sql files are what `deno task metrics --counts-sql duckdb` prints; a test holds them to it.
"""
from pathlib import Path

import duckdb

folder = Path(__file__).parent.parent / "counts"
for sql in sorted(folder.glob("*.sql")):
    text = sql.read_text().replace("'rows.csv'", f"'{folder / 'rows.csv'}'")
    query = text.strip()
    duckdb.sql(f"COPY (\n{query}\n) TO '{sql.with_suffix('.csv')}' (HEADER)")
    print(sql.with_suffix(".csv"), duckdb.__version__)
