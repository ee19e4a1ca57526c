WITH segments_read AS (
  SELECT
    birth_date,
    created_at,
    customer_id,
    CASE WHEN ABS(height) BETWEEN 1e-100 AND 1e+100 OR height = 0 THEN CAST(height AS DOUBLE) END AS height,
    level
  FROM shop.customers
)
SELECT customer_id
FROM segments_read
WHERE (created_at < TIMESTAMP '2026-06-15 09:30:00' OR created_at IS NULL)
  AND 2026 - EXTRACT(YEAR FROM birth_date)
    - CASE
      WHEN 615 < EXTRACT(MONTH FROM birth_date) * 100 + EXTRACT(DAY FROM birth_date) THEN 1
      ELSE 0
    END >= 18
  AND CASE level WHEN 'low' THEN 0 WHEN 'middle' THEN 1 WHEN 'high' THEN 2 END >= 1
  AND (EPOCH_US(TIMESTAMP '2026-06-15 09:30:00') - EPOCH_US(created_at) + 345600000000000000)
    // 86400000000 - 4000000 < 365
  AND CASE WHEN ABS(height * 2) BETWEEN 1e-100 AND 1e+100 OR height * 2 = 0 THEN height * 2 END > 3.5
