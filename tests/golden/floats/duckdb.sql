WITH order_by_customer_read AS (
  SELECT
    customer_id,
    placed_at,
    status,
    CASE WHEN ABS(weight) BETWEEN 1e-100 AND 1e+100 OR weight = 0 THEN CAST(weight AS DOUBLE) END AS weight
  FROM shop.orders
), order_by_customer AS (
  SELECT
    customer_id,
    MAX(weight) AS max_weight,
    MIN(weight) AS min_weight,
    TRY_CAST(
      SUM(
        CASE
          WHEN weight BETWEEN -9000000000000 AND 9000000000000
            THEN CAST(FLOOR(weight * 1000000 + 0.5) AS BIGINT)
        END
      ) AS DECIMAL(29, 0)
    ) * 0.000001 AS sum_weight
  FROM order_by_customer_read
  WHERE status IN ('paid', 'shipped') AND placed_at < TIMESTAMP '2026-06-15 09:30:00'
  GROUP BY customer_id
), segments_rows AS (
  SELECT
    order_by_customer.max_weight / NULLIF(order_by_customer.min_weight, 0) AS divide_min_weight,
    customers.customer_id
  FROM shop.customers
  LEFT JOIN order_by_customer ON order_by_customer.customer_id = customers.customer_id
  WHERE (customers.created_at < TIMESTAMP '2026-06-15 09:30:00' OR customers.created_at IS NULL)
    AND order_by_customer.sum_weight > 10.5
)
SELECT customer_id
FROM segments_rows
WHERE CASE
  WHEN ABS(divide_min_weight) BETWEEN 1e-100 AND 1e+100 OR divide_min_weight = 0 THEN divide_min_weight
END > 2
