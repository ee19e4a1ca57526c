WITH order_by_customer AS (
  SELECT
    customer_id,
    COUNT(*) FILTER (
      WHERE EXTRACT(HOUR FROM
        placed_at
        + TO_SECONDS(CASE WHEN placed_at < TIMESTAMP '1985-12-31 18:30:00' THEN 19800 ELSE 20700 END)
      ) < 8
    ) AS count_order_hour_placed_at_below_8,
    COUNT(
      DISTINCT CAST(
        placed_at
        + TO_SECONDS(
          CASE WHEN placed_at < TIMESTAMP '1985-12-31 18:30:00' THEN 19800 ELSE 20700 END
        ) AS DATE
      )
    ) AS distinct_date_placed_at
  FROM shop.orders
  WHERE status IN ('paid', 'shipped') AND placed_at < TIMESTAMP '2026-06-15 09:30:00'
  GROUP BY customer_id
)
SELECT customers.customer_id
FROM shop.customers
LEFT JOIN order_by_customer ON order_by_customer.customer_id = customers.customer_id
WHERE (customers.created_at < TIMESTAMP '2026-06-15 09:30:00' OR customers.created_at IS NULL)
  AND order_by_customer.distinct_date_placed_at >= 3
  AND order_by_customer.count_order_hour_placed_at_below_8 >= 1
