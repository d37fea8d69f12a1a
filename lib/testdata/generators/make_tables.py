"""Writes the Parquet files of lib/testdata/tables with pyarrow, in every compression that hubs use."""
import decimal, datetime, sys
import pyarrow as pa, pyarrow.parquet as pq
out = sys.argv[1]
n = 6
table = pa.table({
    "resume": pa.array(["Wäscherin", "cook", None, "nurse", "clerk", "welder"]),
    "score": pa.array([0.25, 0.5, float("nan"), 1.0, 0.125, 1e-7]),
    "half": pa.array([0.5, 0.25, 0.5, 0.25, 0.5, 0.25], pa.float32()),
    "label": pa.array([1, 0, 1, None, 0, 1], pa.int64()),
    "big": pa.array([2**53 + 1] * n, pa.int64()),
    "rate": pa.array([decimal.Decimal("0.10"), decimal.Decimal("-12.34"), None] * 2, pa.decimal128(6, 2)),
    "hired": pa.array([True, False, None] * 2),
    "group": pa.array(["A", "B", "A", "B", None, "A"]).dictionary_encode(),
    "day": pa.array([datetime.date(2024, 2, 29)] * n),
    "moment": pa.array([datetime.datetime(2024, 2, 29, 13, 5)] * n, pa.timestamp("us")),
    "skills": pa.array([["welding", "css"], [], None] * 2),
    "person": pa.array([{"id": 1}, {"id": 2}, None] * 2),
})
for codec in ["none", "snappy", "gzip", "zstd", "brotli"]:
    pq.write_table(table, f"{out}/{codec}.parquet", compression=codec, row_group_size=4)
pq.write_table(table.select(["score"]), f"{out}/lz4.parquet", compression="lz4")
