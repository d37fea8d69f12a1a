-- Then: deno task metrics --input counts.csv --score score --counts n --group education --label hired --control region --threshold 0.5 --bin-width 0.01
SELECT
  "education",
  "hired",
  "region",
  CASE WHEN CAST("score" AS DOUBLE) = 1 THEN 99.5e0 * 0.01e0 ELSE (FLOOR((CAST("score" AS DOUBLE) - 0.5e0) / 0.01e0) + 50.5e0) * 0.01e0 END AS "score",
  COUNT(*) AS "n"
FROM 'rows.csv'
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
