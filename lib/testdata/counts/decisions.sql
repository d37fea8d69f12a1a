-- Then: deno task metrics --input counts.csv --score decision --counts n --group education --label hired --control region
SELECT
  "education",
  "hired",
  "region",
  CASE WHEN CAST("score" AS DOUBLE) >= 0.5e0 THEN 1 WHEN CAST("score" AS DOUBLE) IS NOT NULL THEN 0 END AS "decision",
  COUNT(*) AS "n"
FROM 'rows.csv'
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
